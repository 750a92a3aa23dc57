"""What is left of a request, as a row of items: indicators, relations, numbers, roles, joins."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from engine.strategy.compose.grammar_names import NAMES
from engine.strategy.compose.grammar_verbs import VERBS
from engine.strategy.compose.grammar_wholes import WHOLES
from engine.strategy.compose.words import Text, phrase


@dataclass(slots=True)
class Item:
    """One piece of meaning.

    Attributes:
        kind: name, output, price, relation, slope, polarity, zone, streak, move, volume, activity, number,
            role, join, not, mode, lean.
        value: which one, e.g. `RSI`, `crosses_above`, `long_entry`.
        start, end: its place in the plain words.
        groups: what its pattern caught.
        numbers: (value, unit) pairs attached to a name.
        used: whether the plan says something because of it.
    """

    kind: str
    value: str
    start: int
    end: int
    groups: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    numbers: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    used: bool = False


@cache
def _patterns() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """All patterns, compiled once; the first that fits wins."""
    return tuple((kind, value, phrase(pattern)) for kind, value, pattern in (*WHOLES, *VERBS, *NAMES))


def items_of(text: Text) -> list[Item]:
    """The items of what nobody took so far, in the order of the text."""
    items: list[Item] = []
    position = 1
    while position < len(text.open):
        item = _item_at(text.open, position)
        if item is None:
            following = text.open.find(" ", position)
            position = len(text.open) if following < 0 else following + 1
            continue
        items.append(item)
        position = item.end + 1
    return items


def _item_at(line: str, position: int) -> Item | None:
    for kind, value, pattern in _patterns():
        match = pattern.match(line, position)
        if match is not None and match.end() > position:
            return Item(kind, value, match.start(), match.end(), match.groupdict())
    return None
