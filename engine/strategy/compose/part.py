"""What a part is: an indicator's numbers, its series, and the code that computes them."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.strategy.compose.model import Line, Number


@dataclass(frozen=True, slots=True)
class Spec:
    """A number of an indicator and the range in which it makes sense."""

    name: str
    default: Number
    lowest: Number = 2
    highest: Number = 10_000

    @property
    def whole(self) -> bool:
        """Whether it counts bars."""
        return isinstance(self.default, int)


@dataclass(frozen=True, slots=True)
class Series:
    """One series: the lines that compute it and the expression that names it.

    `together` computes it where the strategy reads another series of the same indicator as well.
    """

    lines: tuple[str, ...]
    expression: str = "{v}"
    words: str = "{name}"
    together: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a bounded or centred indicator lives; levels are mirrored about the centre."""

    low: float
    high: float
    centre: float
    oversold: float
    overbought: float


@dataclass(frozen=True, slots=True)
class Part:
    """One indicator.

    Attributes:
        name: as people call it; prefix: as its variables and parameters are called.
        swaps: for the mirror image of a condition, which series stands for which.
        steady: series whose conditions read the same for shorts (volume, strength, volatility).
        ordered: names of two numbers of which the first is the smaller.
    """

    name: str
    prefix: str
    specs: tuple[Spec, ...]
    series: dict[str, Series]
    scale: Scale | None = None
    swaps: dict[str, str] = field(default_factory=dict[str, str])
    steady: frozenset[str] = frozenset()
    ordered: tuple[str, str] | None = None

    def line(self, output: str = "value", *numbers: Number | None) -> Line:
        """A series of this part; numbers that are missing take their defaults."""
        given = (*numbers, *(None,) * len(self.specs))
        filled = tuple(
            spec.default if value is None else value for spec, value in zip(self.specs, given, strict=False)
        )
        return Line(self.name, output, filled)
