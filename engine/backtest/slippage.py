"""How much worse than the price it aims at a taker's fill is: four models, each a small value.

Every model yields a fraction of the price. What it reads is known when the order meets the market: the bar
that closed before (its range and volume), never the bar of the fill.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.errors import InvalidInput

_MAX_BPS = 1000.0
_MAX_SHARE = 1.0
_MAX_COEFFICIENT = 100.0
_BPS = 10_000.0


@dataclass(frozen=True, slots=True)
class FixedSlippage:
    """`bps` of the price, always."""

    bps: float = 1.0

    def __post_init__(self) -> None:
        _check("bps", self.bps, _MAX_BPS)

    @property
    def fraction(self) -> float:
        """The same as a fraction."""
        return self.bps / _BPS

    def scaled(self, factor: float) -> FixedSlippage:
        """`factor` times as much, at most the largest possible."""
        return FixedSlippage(min(self.bps * factor, _MAX_BPS))


@dataclass(frozen=True, slots=True)
class HalfSpread:
    """Half of a bid-ask spread of `spread_bps`: a taker crosses from the middle to the other side."""

    spread_bps: float

    def __post_init__(self) -> None:
        _check("spread_bps", self.spread_bps, 2 * _MAX_BPS)

    @property
    def fraction(self) -> float:
        """Half of the spread as a fraction."""
        return self.spread_bps / 2 / _BPS

    def scaled(self, factor: float) -> HalfSpread:
        """`factor` times as much, at most the largest possible."""
        return HalfSpread(min(self.spread_bps * factor, 2 * _MAX_BPS))


@dataclass(frozen=True, slots=True)
class VolatilityShare:
    """`share` of the range (high - low) / close of the bar before the fill; nothing on the first bar."""

    share: float

    def __post_init__(self) -> None:
        _check("share", self.share, _MAX_SHARE)

    def scaled(self, factor: float) -> VolatilityShare:
        """`factor` times as much, at most the largest possible."""
        return VolatilityShare(min(self.share * factor, _MAX_SHARE))


@dataclass(frozen=True, slots=True)
class SquareRootImpact:
    """coefficient x range x root(quantity / volume), range and volume of the bar before the fill.

    The square-root law of market impact (Almgren et al., Direct Estimation of Equity Market Impact, 2005;
    Toth et al., Anomalous Price Impact, 2011), with the bar's range (high - low) / close as its volatility.
    A bar without volume counts as if the order were its whole volume.
    """

    coefficient: float = 1.0

    def __post_init__(self) -> None:
        _check("coefficient", self.coefficient, _MAX_COEFFICIENT)

    def scaled(self, factor: float) -> SquareRootImpact:
        """`factor` times as much, at most the largest possible."""
        return SquareRootImpact(min(self.coefficient * factor, _MAX_COEFFICIENT))


Slippage = FixedSlippage | HalfSpread | VolatilityShare | SquareRootImpact


def _check(name: str, value: float, high: float) -> None:
    if not (math.isfinite(value) and 0.0 <= value <= high):
        raise InvalidInput(f"Slippage {name} = {value} is not possible.", f"Give 0 to {high:g}.")
