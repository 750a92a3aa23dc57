"""What a reader of items remembers between two of them, and how a statement is noted."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from engine.strategy.compose.describe import level_value
from engine.strategy.compose.lexer import Item
from engine.strategy.compose.model import Condition, Level, Line
from engine.strategy.compose.parts import AVERAGES, PRICE
from engine.strategy.compose.plays import is_setup
from engine.strategy.compose.series import Lines
from engine.strategy.compose.statements import (
    Reading,
    Role,
    Statement,
    as_state,
    flipped,
)
from engine.strategy.compose.words import Text

BANDS = {"Bollinger", "Keltner", "Donchian", "Ichimoku", "ATR band"}
LEVELLED = ("RSI", "Stochastic", "Stochastic RSI", "CCI", "Williams %R", "MFI", "Z-score")
EXITS = {"exit", "long_exit", "while"}
FILTERS = {"filter", "filter_long", "filter_not"}


def _other_bound(right: Line | Level) -> Line | Level:
    """`not above 70` keeps below a maximum."""
    other = {"min": "max", "max": "min"}
    return replace(right, name=other.get(right.name, right.name)) if isinstance(right, Level) else right


class State:
    """What a reader of items remembers between two of them, and how a statement is noted."""

    def __init__(self, items: list[Item], text: Text, bar_minutes: int) -> None:
        self.items = items
        self.text = text
        self.reading = Reading()
        self.lines = Lines(items, bar_minutes, self.reading)
        self.role: Role = ""
        self.verb = ""
        self.join = ""
        self.left: tuple[Line, Item] | None = None
        self.relation: Item | None = None
        self.subject: Line | None = None
        self.bare: list[tuple[tuple[Line, ...], Item]] = []
        self.negated = False
        self.spoken = False  # whether the present sentence has said something
        self.percent: Item | None = None
        self.clause = 0
        self.at: int = 0
        told = [item for item in items if item.kind not in {"join", "mode"}]
        self.verbs_last = bool(told) and told[-1].kind == "role" and told[0].kind != "role"

    def peek(self, ahead: int = 1) -> Item | None:
        position = self.at + ahead
        return self.items[position] if position < len(self.items) else None

    def paired(self) -> list[tuple[tuple[Line, ...], Item]]:
        """Bare averages of one kind side by side are one mention: `ema 9, ema 21`."""
        result: list[tuple[tuple[Line, ...], Item]] = []
        for lines, item in self.bare:
            last = result[-1] if result else None
            averages = bool(lines) and all(line.indicator in AVERAGES for line in lines)
            if last and averages and last[0] and last[0][0].indicator in AVERAGES and len(last[0]) == 1:
                item.used = last[1].used = True
                result[-1] = ((*last[0], *lines), item)
            else:
                result.append((lines, item))
        return result

    def keep_left(self) -> None:
        if self.left is not None and self.left[0].indicator != "Price":
            self.bare.append(((self.left[0],), self.left[1]))
        self.left = None

    def main(self) -> Line | None:
        """What a relation without its own left side speaks of."""
        if self.left is not None:
            return self.left[0]
        if self.bare and self.bare[-1][0] and len(self.bare[-1][0]) == 1:
            return self.bare[-1][0][0]
        if self.subject is not None:
            return self.subject
        name = self.lines.named(*LEVELLED)
        return self.lines.line(name) if name else PRICE

    def entry_level(self, line: Line) -> float | None:
        """The level of the same line at which the position was entered."""
        for statement in reversed(self.reading.statements):
            condition = statement.condition
            same = condition.left.indicator == line.indicator and isinstance(condition.right, Level)
            if same and statement.role not in EXITS and statement.role != "short_exit":
                return level_value(condition.left, cast(Level, condition.right))
        return None

    def _has_said(self) -> bool:
        """Whether the sentence of the present verb has its condition already."""
        said = self.reading.statements
        return self.role not in {"", "while"} and bool(said) and said[-1].role == self.role

    def add(self, condition: Condition, joined: str, *items: Item, weak: bool = False) -> None:
        for item in items:
            item.used = True
        right = condition.right
        if isinstance(right, Line) and right.indicator == condition.left.indicator == "Price":
            self.relation = None
            return
        joined = joined or ("and" if self.spoken else "")
        self.spoken = True
        if is_setup(condition) and joined in {"with", ","} and self._has_said():
            self.role = "filter"
        negate = self.negated != (self.role == "filter_not")
        if negate:
            state = as_state(condition)
            condition = replace(state, relation=flipped(state.relation), right=_other_bound(state.right))
        self.reading.statements.append(Statement(self.role, condition, joined, items, self.verb, weak=weak))
        if condition.left.indicator not in {"Volume average", "ATR", "Candles"}:
            self.subject = condition.left
        self.left, self.relation, self.negated = None, None, False
        self.join = ""
