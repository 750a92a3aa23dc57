"""Which numbers belong to which name: `200 ema`, `macd 12/26/9`, `rsi with a period of 14`."""

from __future__ import annotations

from engine.strategy.compose.fitting import capacity
from engine.strategy.compose.lexer import Item
from engine.strategy.compose.parts import AVERAGES, PARTS
from engine.strategy.compose.words import Text, words_of

AFTER = frozenset(
    words_of(
        "( ) period periods length with of a the last = : lookback window line lines setting settings"
        " parameters params default standard ribbon ribbons fan stack stacked cloud using bands band channel"
        " channels indicator over on value system strategy setup"
    )
)
_NUMBER_NAMES = frozenset(words_of("multiplier multiple factor mult period periods dev smooth smoothing and"))
_SAYS_PERIOD = frozenset(words_of("( period periods length lookback window setting settings last"))
_BEFORE = frozenset(words_of("period bar simple exponential fast slow slower faster short term day s"))
NAMED_BY_OUTPUT = {
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
_PAIRED = {"MA", "Golden", *AVERAGES}


def _owner(item: Item) -> str:
    """The indicator that a name, or an output such as `lower bollinger band`, speaks of."""
    return str(item.groups.get("name") or item.value).capitalize() if item.kind == "output" else item.value


def _room(name: str) -> int:
    if name in _PAIRED or name == "Breakout":
        return 3 if name in _PAIRED else 1
    return 1 if name == "Momentum" else 2 if name == "Donchian" else capacity(PARTS[name])


def attach(items: list[Item], at: int, text: Text) -> None:
    item = items[at]
    before = items[at - 1] if at else None
    if before is not None and before.kind == "between" and item.value in _PAIRED:
        item.numbers = [(float(before.groups[key] or 0), "") for key in ("a", "b")]
        before.used = True
        return
    found = _preceding(items, at, text)
    if not found or _counts_names(item, found, items, at, text):
        found = _following(items, at, text) or found
    if item.value == "ATR" and found and not found[0].groups["unit"] and float(found[0].groups["n"] or 0) < 7:
        item.groups["multiple"] = found[0].groups["n"]
        found[0].used = True
        return
    unit = next((n.groups["unit"] for n in reversed(found) if n.groups["unit"]), "") or ""
    for number in found:
        number.used = True
        item.numbers.append((float(number.groups["n"] or 0), number.groups["unit"] or unit))


def _counts_names(item: Item, found: list[Item], items: list[Item], at: int, text: Text) -> bool:
    """`3 ema system: 4, 9 and 18`: the number before says how many come after."""
    count = float(found[0].groups["n"] or 0)
    if item.value not in _PAIRED or len(found) > 1 or found[0].groups["unit"] or count not in {2, 3}:
        return False
    return len(_following(items, at, text)) == count


def _preceding(items: list[Item], at: int, text: Text) -> list[Item]:
    """Numbers right before a name: `200 ema`, `9/21 ema`, `14 period rsi`."""
    name = items[at]
    if not at or not free_number(items[at - 1]) or not only(text, items[at - 1], name, _BEFORE):
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
        if position < 0 or not free_number(items[position]):
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
    if first < len(items) and items[first].kind == "output" and is_output_of(items[first], name.value):
        first += 1
    if _spans_over(items[first : first + 2], text):
        items[first].kind = "skip"
        first += 1
    crossing = first < len(items) and items[first].value == "cross"
    if first < len(items) and (items[first].kind == "mode" or crossing):
        first += 1
    if first < len(items) and items[first].kind == "join" and _word(text, items[first]) in {"with", ":", "-"}:
        first += 1
    if first >= len(items) or not free_number(items[first]):
        return []
    gap = words_between(text, items[first - 1], items[first]) + words_between(text, name, items[at + 1])
    spelled = bool(_SAYS_PERIOD & set(gap)) or bool(items[first].groups["unit"])
    if not set(gap) <= AFTER or (_has_level(name) and gap and not spelled):
        return []
    found: list[Item] = []
    position = first
    while position < len(items) and len(found) < _room(_owner(name)) and free_number(items[position]):
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
    return [] if crossing and not (found and found[0].groups["unit"]) else found


def _spans_over(pair: list[Item], text: Text) -> bool:
    """`momentum over 14 bars`: here `over` is no comparison."""
    if len(pair) < 2 or pair[0].kind != "relation" or _word(text, pair[0]) != "over":
        return False
    return pair[1].kind == "number" and (pair[1].groups["unit"] or "%") != "%"


def _belongs_to_next(items: list[Item], at: int, text: Text, name: str, *, separated: bool) -> bool:
    """Whether the number at `at` is the next name's: `rsi and 200 ema`, but not `rsi 14 ema 200`."""
    after = at + 1
    if after >= len(items) or items[after].kind not in {"name", "extreme"}:
        return False
    if not only(text, items[at], items[after], _BEFORE) or items[after].value == name:
        return False
    if name == "Golden" and items[after].value in _PAIRED:
        return False
    own = after + 1 < len(items) and free_number(items[after + 1])
    return separated or not own


def _separates(item: Item) -> bool:
    return item.kind == "join" and item.value in {"and", ",", "with"}


def free_number(item: Item) -> bool:
    return item.kind == "number" and not item.used and item.groups["unit"] != "%"


def _has_level(item: Item) -> bool:
    part = PARTS.get(_owner(item))
    return part is not None and part.scale is not None and _owner(item) not in _PAIRED


def words_between(text: Text, left: Item, right: Item) -> list[str]:
    return text.open[left.end : right.start].split()


def only(text: Text, left: Item, right: Item, allowed: frozenset[str]) -> bool:
    return set(words_between(text, left, right)) <= allowed


def _adjacent(text: Text, left: Item, right: Item, separated: bool) -> bool:
    allowed = (
        {",", "/", "and", "-", "x", ":", "&", "+", "with", "(", ")", "the", "then"} if separated else {"x"}
    )
    return set(words_between(text, left, right)) <= allowed | _NUMBER_NAMES


def _word(text: Text, item: Item) -> str:
    return text.norm[item.start : item.end]


def is_output_of(output: Item, name: str) -> bool:
    return name in NAMED_BY_OUTPUT.get(output.value, ())
