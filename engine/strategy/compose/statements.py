"""The row of items read as statements: who does what when."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from engine.strategy.compose.lexer import Item
from engine.strategy.compose.model import Condition, Level, Line, Number, Relation
from engine.strategy.compose.parts import part_of

Role = Literal[
    "",
    "long_entry",
    "exit",
    "long_exit",
    "short_entry",
    "short_exit",
    "filter",
    "filter_long",
    "filter_not",
    "while",
]
_DAY = 1440
_FLIP: dict[Relation, Relation] = {
    "above": "below",
    "below": "above",
    "crosses_above": "crosses_below",
    "crosses_below": "crosses_above",
}
ZERO = Level("", 0.0)
PRICE_LOW, PRICE_HIGH = Line("Price", "low"), Line("Price", "high")


def flipped(relation: Relation) -> Relation:
    """The relation that looks the other way."""
    return _FLIP[relation]


def is_edge(relation: Relation) -> bool:
    """Whether it is true only on the bar of a change."""
    return relation.startswith("crosses")


def as_state(condition: Condition) -> Condition:
    """The state that a crossing leads to."""
    if condition.relation == "crosses_above":
        return replace(condition, relation="above")
    if condition.relation == "crosses_below":
        return replace(condition, relation="below")
    return condition


def as_edge(condition: Condition) -> Condition:
    """The crossing that leads to a state."""
    if condition.relation == "above":
        return replace(condition, relation="crosses_above")
    if condition.relation == "below":
        return replace(condition, relation="crosses_below")
    return condition


@dataclass(slots=True)
class Statement:
    """A condition in the role that the sentence gives it. `joined` is how it hangs on the one before."""

    role: Role
    condition: Condition
    joined: str
    items: tuple[Item, ...]
    verb: str = ""
    weak: bool = False


@dataclass(slots=True)
class Mention:
    """An indicator that was named without a condition."""

    role: Role
    name: str
    lines: tuple[Line, ...]
    items: tuple[Item, ...]
    verb: str = ""


@dataclass(slots=True)
class Reading:
    """What the sentences say.

    Attributes:
        levels: levels named beside an indicator (`rsi 14 30 70`), by part.
        modes: family words and plays (`breakout`, `reversion`, `squeeze`), with their items.
    """

    statements: list[Statement] = field(default_factory=list[Statement])
    mentions: list[Mention] = field(default_factory=list[Mention])
    levels: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    modes: dict[str, Item] = field(default_factory=dict[str, Item])
    assumptions: list[str] = field(default_factory=list[str])
    wrong: list[str] = field(default_factory=list[str])
    band_numbers: tuple[Number | None, ...] = ()
    roles: list[tuple[Role, str]] = field(default_factory=list[tuple[Role, str]])


def threshold(line: Line, value: float, relation: Relation, role: Role) -> Level:
    """A named level for comparing `line` with `value`."""
    part = part_of(line)
    scale = part.scale
    below = relation in {"below", "crosses_below"}
    if value == 0:
        return ZERO
    if line.indicator == "ADX":
        return Level("max" if below else "min", value)
    if line.output == "distance" or line.indicator == "ROC":
        return Level("drop" if value < 0 else "rise", abs(value), mirrored=value < 0)
    if scale is None:
        return Level("level", value)
    if role in {"filter", "filter_long", "filter_not"}:
        return Level("max" if below else "min", value)
    if value == scale.centre:
        return Level("middle", value)
    return Level("oversold" if value < scale.centre else "overbought", value)
