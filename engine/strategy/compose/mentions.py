"""Numbers and outputs joined to the indicator that they belong to."""

from __future__ import annotations

from engine.strategy.compose.fitting import capacity
from engine.strategy.compose.lexer import Item
from engine.strategy.compose.parts import AVERAGES, PARTS
from engine.strategy.compose.words import Text, words_of

_AFTER = frozenset(
    words_of(
        "( ) period periods length with of a the last = : lookback window line lines setting settings"
        " parameters params default standard ribbon ribbons fan stack stacked cloud using bands band channel"
        " channels indicator over on value"
    )
)
_NUMBER_NAMES = frozenset(words_of("multiplier multiple factor mult period periods dev smooth smoothing and"))
_SAYS_PERIOD = frozenset(words_of("( period periods length lookback window setting settings last"))
_BEFORE = frozenset(words_of("period bar simple exponential fast slow slower faster short term day s"))
_NAMED_BY_OUTPUT = {
    "signal": ("MACD",),
    "histogram": ("MACD",),
    "k": ("Stochastic", "Stochastic RSI"),
    "d": ("Stochastic", "Stochastic RSI"),
    "plus": ("ADX",),
    "minus": ("ADX",),
    "tenkan": ("Ichimoku",),
    "kijun": ("Ichimoku",),
    "upper": ("Bollinger", "Keltner", "Donchian", "Ichimoku"),
    "middle": ("Bollinger", "Keltner", "Donchian"),
    "lower": ("Bollinger", "Keltner", "Donchian", "Ichimoku"),
}
_BETWEEN_NAME_AND_OUTPUT = frozenset(words_of("( ) s ' of the band bands , line / s"))
_PAIRED = {"MA", "Golden", *AVERAGES}


def joined(items: list[Item], text: Text) -> list[Item]:
    """The items, with numbers inside the names they belong to, and `macd histogram` as one item."""
    _name_crosses(items)
    _name_plays(items)
    for at, item in enumerate(items):
        if item.kind == "name" or item.groups.get("name"):
            _attach(items, at, text)
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
            if _only(text, first, last, _AFTER):
                return role
    return None


def _name_crosses(items: list[Item]) -> None:
    for item in items:
        if item.kind == "mode" and item.value in {"golden", "death"}:
            item.kind, item.groups = "name", {"cross": item.value}
            item.value = "Golden"


def _give_spans(items: list[Item], text: Text) -> None:
    """`rsi strategy: ..., period 10`: a span that stands alone belongs to the first name without one."""
    for at, item in enumerate(items):
        before = text.open[: item.start].split()[-1:]
        if not _free_number(item) or before not in (["period"], ["length"], ["lookback"], ["periods"]):
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
    if any(item.kind == "extreme" or item.value in {"Bollinger", "Keltner", "Donchian"} for item in items):
        for item in items:
            if item.kind == "name" and item.value == "Breakout":
                item.kind, item.value = "mode", "breakout"


def _owner(item: Item) -> str:
    """The indicator that a name, or an output such as `lower bollinger band`, speaks of."""
    return str(item.groups.get("name") or item.value).capitalize() if item.kind == "output" else item.value


def _room(name: str) -> int:
    if name in _PAIRED or name == "Breakout":
        return 3 if name in _PAIRED else 1
    return 1 if name == "Momentum" else 2 if name == "Donchian" else capacity(PARTS[name])


def _attach(items: list[Item], at: int, text: Text) -> None:
    item = items[at]
    before = items[at - 1] if at else None
    if before is not None and before.kind == "between" and item.value in _PAIRED:
        item.numbers = [(float(before.groups[key] or 0), "") for key in ("a", "b")]
        before.used = True
        return
    found = _preceding(items, at, text) or _following(items, at, text)
    if item.value == "ATR" and found and not found[0].groups["unit"] and float(found[0].groups["n"] or 0) < 7:
        item.groups["multiple"] = found[0].groups["n"]
        found[0].used = True
        return
    unit = next((n.groups["unit"] for n in reversed(found) if n.groups["unit"]), "") or ""
    for number in found:
        number.used = True
        item.numbers.append((float(number.groups["n"] or 0), number.groups["unit"] or unit))


def _preceding(items: list[Item], at: int, text: Text) -> list[Item]:
    """Numbers right before a name: `200 ema`, `9/21 ema`, `14 period rsi`."""
    name = items[at]
    if not at or not _free_number(items[at - 1]) or not _only(text, items[at - 1], name, _BEFORE):
        return []
    number = items[at - 1]
    leads = items[at - 2].kind if at > 1 else ""
    is_level = leads in {"relation", "zone", "touch"} and not number.groups["unit"]
    if is_level and _owner(name) not in _PAIRED | {"VWAP", "Donchian", "Breakout"}:
        return []
    found = [number]
    position = at - 2
    while position >= 0 and len(found) < _room(_owner(name)):
        separated = items[position].kind == "join" and items[position].value in {"and", ",", "with"}
        position -= 1 if separated else 0
        if position < 0 or not _free_number(items[position]):
            break
        if position and items[position - 1].kind in {"relation", "zone", "sigma"}:
            break
        if not _adjacent(text, items[position], items[position + 1], separated):
            break
        found.insert(0, items[position])
        position -= 1
    return found


def _following(items: list[Item], at: int, text: Text) -> list[Item]:
    """Numbers right after a name: `rsi(14)`, `ema 9 and 21`, `macd 12/26/9`, `rsi with period 14`."""
    name, first = items[at], at + 1
    if first < len(items) and items[first].kind == "output" and _is_output_of(items[first], name.value):
        first += 1
    if first + 1 < len(items) and _word(text, items[first]) == "over" and items[first + 1].groups.get("unit"):
        if items[first].kind == "relation" and items[first + 1].groups["unit"] != "%":
            items[first].kind = "skip"
            first += 1
    crossing = first < len(items) and items[first].value == "cross"
    if first < len(items) and (items[first].kind == "mode" or crossing):
        first += 1
    if first < len(items) and items[first].kind == "join" and _word(text, items[first]) in {"with", ":", "-"}:
        first += 1
    if first >= len(items) or not _free_number(items[first]):
        return []
    gap = _words_between(text, items[first - 1], items[first]) + _words_between(text, name, items[at + 1])
    spelled = bool(_SAYS_PERIOD & set(gap)) or bool(items[first].groups["unit"])
    if not set(gap) <= _AFTER or (_has_level(name) and gap and not spelled):
        return []
    found: list[Item] = []
    position = first
    while position < len(items) and len(found) < _room(_owner(name)) and _free_number(items[position]):
        if _belongs_to_next(
            items,
            position,
            text,
            name.value,
            separated=position > first and items[position - 1].kind == "join",
        ):
            break
        found.append(items[position])
        separated = position + 1 < len(items) and _separates(items[position + 1])
        following = position + (2 if separated else 1)
        if following >= len(items) or not _adjacent(text, items[position], items[following], separated):
            break
        position = following
    if crossing and _owner(name) in _PAIRED:
        return found if len(found) > 1 else []
    return [] if crossing and not found[0].groups["unit"] else found


def _belongs_to_next(items: list[Item], at: int, text: Text, name: str, *, separated: bool) -> bool:
    """Whether the number at `at` is the next name's: `rsi and 200 ema`, but not `rsi 14 ema 200`."""
    after = at + 1
    if after >= len(items) or items[after].kind not in {"name", "extreme"}:
        return False
    if not _only(text, items[at], items[after], _BEFORE) or items[after].value == name:
        return False
    if name == "Golden" and items[after].value in _PAIRED:
        return False
    own = after + 1 < len(items) and _free_number(items[after + 1])
    return separated or not own


def _separates(item: Item) -> bool:
    return item.kind == "join" and item.value in {"and", ",", "with"}


def _free_number(item: Item) -> bool:
    return item.kind == "number" and not item.used and item.groups["unit"] != "%"


def _has_level(item: Item) -> bool:
    part = PARTS.get(_owner(item))
    return part is not None and part.scale is not None and _owner(item) not in _PAIRED


def _words_between(text: Text, left: Item, right: Item) -> list[str]:
    return text.open[left.end : right.start].split()


def _only(text: Text, left: Item, right: Item, allowed: frozenset[str]) -> bool:
    return set(_words_between(text, left, right)) <= allowed


def _adjacent(text: Text, left: Item, right: Item, separated: bool) -> bool:
    allowed = (
        {",", "/", "and", "-", "x", ":", "&", "+", "with", "(", ")", "the", "then"} if separated else {"x"}
    )
    return set(_words_between(text, left, right)) <= allowed | _NUMBER_NAMES


def _word(text: Text, item: Item) -> str:
    return text.norm[item.start : item.end]


def _is_output_of(output: Item, name: str) -> bool:
    return name in _NAMED_BY_OUTPUT.get(output.value, ())


def _with_outputs(items: list[Item], text: Text) -> list[Item]:
    """`macd histogram`, `lower bollinger band`, `%d of stochastic` as one item each."""
    result: list[Item] = []
    for item in items:
        before = result[-1] if result else None
        if item.kind == "output" and item.value in _NAMED_BY_OUTPUT:
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
    return output.kind == "output" and _is_output_of(output, name) and not output.groups.get("part")


def _names(name: Item, output: Item, text: Text) -> bool:
    """Whether `name` says whose output this is: next to it, or with only its numbers between."""
    if name.kind != "name" or not _is_output_of(output, name.value):
        return False
    gap = [word for word in _words_between(text, name, output) if not word.replace(".", "").isdigit()]
    return set(gap) <= _BETWEEN_NAME_AND_OUTPUT


def _merged(name: Item, output: Item) -> Item:
    start, end = min(name.start, output.start), max(name.end, output.end)
    return Item("output", output.value, start, end, {"part": name.value}, name.numbers)
