"""Numbers, outputs and spans joined to the indicator that they belong to."""

from __future__ import annotations

from itertools import pairwise

from engine.strategy.compose.attaching import (
    AFTER,
    NAMED_BY_OUTPUT,
    attach,
    free_number,
    is_output_of,
    only,
    words_between,
)
from engine.strategy.compose.lexer import Item
from engine.strategy.compose.parts import PARTS
from engine.strategy.compose.words import Text, words_of

_BETWEEN_NAME_AND_OUTPUT = frozenset(words_of("( ) s ' of the band bands , line / s"))


def joined(items: list[Item], text: Text) -> list[Item]:
    """The items, with numbers inside the names they belong to, and `macd histogram` as one item."""
    _name_crosses(items)
    _name_returns(items)
    _drop_echoes(items)
    _name_plays(items)
    for at, item in enumerate(items):
        if (item.kind == "name" and not item.numbers) or item.groups.get("name"):
            attach(items, at, text)
    _give_spans(items, text)
    _give_to_keltner(items)
    rest = [item for item in items if not (item.kind in {"number", "between"} and item.used)]
    return _with_outputs(_with_spans(rest, text), text)


def _with_spans(items: list[Item], text: Text) -> list[Item]:
    """`20 day entries and 10 day exits` of a channel: spans beside a verb become its highs and lows."""
    if not any(item.kind == "extreme" or item.value in {"Donchian", "Breakout"} for item in items):
        return items
    result: list[Item] = []
    spans: dict[int, Item] = {}
    for at, item in enumerate(items):
        role = _verb_beside(items, at, text)
        if role is not None:
            end = "low" if "exit" in role.value else "high"
            item.used = True
            spans[role.start] = Item("extreme", end, item.start, item.end, {**item.groups, "end": end})
    for item in items:
        if not (item.kind == "number" and item.used):
            result.append(item)
        if item.kind == "role" and item.start in spans:
            result.append(spans[item.start])
    return result


def _verb_beside(items: list[Item], at: int, text: Text) -> Item | None:
    """The verb that a span of its own stands beside."""
    item = items[at]
    if item.kind != "number" or item.used or item.groups["unit"] == "%":
        return None
    for role in (*items[at + 1 : at + 2], *items[max(at - 1, 0) : at]):
        if role.kind == "role" and role.value in {"exit", "long_exit", "long_entry"}:
            first, last = sorted((item, role), key=lambda each: each.start)
            if only(text, first, last, AFTER):
                return role
    return None


def _name_returns(items: list[Item]) -> None:
    """`the 60 day return`."""
    for item in items:
        if item.kind == "returns":
            item.kind, item.value = "name", "ROC"
            item.numbers = [(float(item.groups["n"] or 0), item.groups["unit"] or "")]


def _drop_echoes(items: list[Item]) -> None:
    """`donchian 24 hour high`: the high says it all."""
    for item, following in pairwise(items):
        if item.kind == "name" and item.value == "Donchian" and following.kind == "extreme":
            item.kind = "skip"


def _name_crosses(items: list[Item]) -> None:
    for item in items:
        if item.kind == "mode" and item.value in {"golden", "death"}:
            item.kind, item.groups = "name", {"cross": item.value}
            item.value = "Golden"


def _give_spans(items: list[Item], text: Text) -> None:
    """`rsi strategy: ..., period 10`: a span that stands alone belongs to the first name without one."""
    for at, item in enumerate(items):
        before = text.open[: item.start].split()[-1:]
        if not free_number(item) or before not in (["period"], ["length"], ["lookback"], ["periods"]):
            continue
        if at and items[at - 1].kind == "relation":
            continue
        bare = [each for each in items if each.kind == "name" and not each.numbers and each.value in PARTS]
        if bare:
            item.used = True
            bare[0].numbers.append((float(item.groups["n"] or 0), item.groups["unit"] or ""))


def _give_to_keltner(items: list[Item]) -> None:
    """`keltner with 20 ema and 1.5 atr`: the channel's own average and width."""
    keltner = next((item for item in items if item.kind == "name" and item.value == "Keltner"), None)
    if keltner is None or keltner.numbers:
        return
    average = next(
        (i for i in items if i.kind == "name" and i.value in {"EMA", "MA"} and len(i.numbers) == 1), None
    )
    width = next((i for i in items if i.kind == "name" and i.groups.get("multiple")), None)
    if width is None:
        return
    keltner.numbers = [*(average.numbers if average else []), (float(width.groups["multiple"] or 2), "")]
    for item in (width, average) if average else (width,):
        item.kind, item.used = "skip", True


def _name_plays(items: list[Item]) -> None:
    """`keltner breakout`, `breakout of the 20 bar high`: the breakout is how to play what is named."""
    named = any(
        item.kind == "extreme" or item.value in {"Bollinger", "Keltner", "Donchian"} for item in items
    )
    for at, item in enumerate(items):
        if not named or item.kind != "name" or item.value != "Breakout":
            continue
        if at and items[at - 1].kind == "number" and items[at - 1].groups["unit"]:
            for other in items:  # `turtle, 20 day breakout`: the span says which channel
                other.kind = "skip" if other.value == "Donchian" and other.kind == "name" else other.kind
        else:
            item.kind, item.value = "mode", "breakout"


def _with_outputs(items: list[Item], text: Text) -> list[Item]:
    """`macd histogram`, `lower bollinger band`, `%d of stochastic` as one item each."""
    result: list[Item] = []
    for item in items:
        before = result[-1] if result else None
        if item.kind == "output" and item.value in NAMED_BY_OUTPUT:
            if before is not None and _names(before, item, text):
                result[-1] = _merged(before, item)
                continue
            named = str(item.groups.get("name") or "").capitalize()
            item.groups = {"part": named} if named else {}
        elif item.kind == "name" and before is not None and _waits_for(before, item.value):
            result[-1] = _merged(item, before)
            continue
        result.append(item)
    return result


def _waits_for(output: Item, name: str) -> bool:
    """Whether `output` stands before a name and has none of its own yet."""
    return output.kind == "output" and is_output_of(output, name) and not output.groups.get("part")


def _names(name: Item, output: Item, text: Text) -> bool:
    """Whether `name` says whose output this is: next to it, or with only its numbers between."""
    if name.kind != "name" or not is_output_of(output, name.value):
        return False
    gap = [word for word in words_between(text, name, output) if not word.replace(".", "").isdigit()]
    return set(gap) <= _BETWEEN_NAME_AND_OUTPUT


def _merged(name: Item, output: Item) -> Item:
    start, end = min(name.start, output.start), max(name.end, output.end)
    return Item("output", output.value, start, end, {"part": name.value}, name.numbers)
