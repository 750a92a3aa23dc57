"""What the composer passes on: what it understood, its plan, and its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Number = int | float
Family = Literal[
    "trend", "breakout", "mean_reversion", "momentum", "oscillator", "volatility", "volume", "calendar"
]
Direction = Literal["long", "short", "both"]
Relation = Literal["above", "below", "crosses_above", "crosses_below"]


@dataclass(frozen=True, slots=True)
class IndicatorUse:
    """An indicator of the strategy, with the periods and levels it is used with."""

    name: str
    params: dict[str, Number]


@dataclass(frozen=True, slots=True)
class FilterUse:
    """A condition that removes entries: what it looks at, the condition in words, its numbers."""

    kind: str
    text: str
    params: dict[str, Number | str] = field(default_factory=dict[str, Number | str])


@dataclass(frozen=True, slots=True)
class Understood:
    """What the rules read in a request.

    Attributes:
        interval: as named in the request, else the caller's; None when neither names one.
        stop, target, trailing: fractions of the entry price; None for none (or a multiple of the ATR,
            which then stands among the indicators).
        size: share of the equity per position, 0 to 1; None means all.
        max_bars: longest holding time; None means no limit.
        not_understood: phrases of the request, word for word.
    """

    family: Family
    indicators: tuple[IndicatorUse, ...]
    direction: Direction
    interval: str | None
    stop: float | None
    target: float | None
    trailing: float | None
    filters: tuple[FilterUse, ...]
    not_understood: tuple[str, ...]
    symbol: str | None = None
    size: float | None = None
    max_bars: int | None = None

    def as_dict(self) -> dict[str, object]:
        """The same as JSON values."""
        return {
            "family": self.family,
            "indicators": [{"name": use.name, "params": dict(use.params)} for use in self.indicators],
            "direction": self.direction,
            "interval": self.interval,
            "stop": self.stop,
            "target": self.target,
            "trailing": self.trailing,
            "filters": [
                {"kind": use.kind, "text": use.text, "params": dict(use.params)} for use in self.filters
            ],
            "not_understood": list(self.not_understood),
            "symbol": self.symbol,
            "size": self.size,
            "max_bars": self.max_bars,
        }


@dataclass(frozen=True, slots=True)
class Composition:
    """A strategy made from a request.

    Attributes:
        name: short slug, e.g. `ema_cross_9_21`.
        brief: in plain words: what it does, what was assumed, what was not understood, who wrote it.
        code: the text of a module after Contract 1.
    """

    name: str
    brief: str
    understood: Understood
    code: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question instead of a guess; each option is a request that can be sent back as it is."""

    text: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One series of an indicator.

    Attributes:
        indicator: key of a part, e.g. `RSI`.
        output: which of its series.
        numbers: its periods and multipliers in the part's order.
        change: True for the series' change from bar to bar.
    """

    indicator: str
    output: str = "value"
    numbers: tuple[Number, ...] = ()
    change: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """A number that a line is compared with.

    Attributes:
        name: what it is called among the parameters; empty for a constant such as zero.
        value: as named in the request, before it is mirrored.
        mirrored: True when the code compares with `2 x centre - value` of the line's scale.
    """

    name: str
    value: float
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """left, relation, right: true or false on each bar."""

    left: Line
    relation: Relation
    right: Line | Level


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions of one decision; any of them when `any_of`, else all of them."""

    conditions: tuple[Condition, ...] = ()
    any_of: bool = False


@dataclass(frozen=True, slots=True)
class Weekdays:
    """Days on which a strategy may enter: 0 is Monday; UTC, day of the bar's open."""

    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of the day in which a strategy may enter: [start, end) UTC; start > end spans midnight."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Months:
    """Months in which a strategy may enter: 1 is January; UTC."""

    months: tuple[int, ...]


Window = Weekdays | Hours | Months


@dataclass(frozen=True, slots=True)
class AtrMultiple:
    """A distance of `multiple` times the ATR."""

    multiple: float
    period: int = 14


@dataclass(frozen=True, slots=True)
class StopMultiple:
    """A target `ratio` times as far away as the stop."""

    ratio: float


@dataclass(frozen=True, slots=True)
class Risk:
    """Exits that hang on the fill price. Floats are fractions of it."""

    stop: float | AtrMultiple | None = None
    target: float | AtrMultiple | StopMultiple | None = None
    trailing: float | AtrMultiple | None = None
    size: float | None = None
    risk_per_trade: float | None = None
    max_bars: int | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """When to open and when to close a position of one side."""

    entry: Rule
    exit: Rule
    filters: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A strategy as rules, before it is written down.

    Attributes:
        hold_window: the position is opened when this window opens and closed when it ends (calendar).
        exit_window: closes the position when this window opens.
        windows: times outside which there is no entry.
    """

    family: Family
    direction: Direction
    long: Side | None
    short: Side | None
    windows: tuple[Window, ...]
    risk: Risk
    hold_window: Window | None = None
    exit_window: Window | None = None
    assumptions: tuple[str, ...] = ()
