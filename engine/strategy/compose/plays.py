"""The usual way to play an indicator, its mirror image, and the exit that belongs to an entry."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.strategy.compose.model import Condition, Family, Level, Line
from engine.strategy.compose.parts import AVERAGES, PARTS, PRICE, part_of
from engine.strategy.compose.statements import ZERO, flipped, is_edge

DEFAULT_AVERAGES = {"SMA": (20, 50), "EMA": (9, 21), "WMA": (10, 30), "DEMA": (20, 50), "TEMA": (20, 50)}
_BANDED = {"Bollinger", "Keltner", "Donchian", "ATR band"}
_SETUPS = {"ADX", "ATR", "Volume average", "Bollinger squeeze"}


@dataclass(frozen=True, slots=True)
class Play:
    """An entry with its exit, and conditions that belong to it."""

    entry: Condition
    exit: Condition
    filters: tuple[Condition, ...] = ()


def mirrored(condition: Condition) -> Condition:
    """The same condition for the other side of the market."""
    left, right = condition.left, condition.right
    part = part_of(left)
    steady = left.output in part.steady
    relation = condition.relation if steady else flipped(condition.relation)
    if left.indicator == "ADX" and left.output in {"plus", "minus"}:
        return replace(condition, relation=relation)
    if isinstance(right, Level):
        if right.name and not steady and part.scale is not None and not left.change:
            right = replace(right, mirrored=not right.mirrored)
        return Condition(_swapped(left), relation, right)
    return Condition(_swapped(left), relation, _swapped(right))


def _swapped(line: Line) -> Line:
    swaps = part_of(line).swaps
    return replace(line, output=swaps.get(line.output, line.output))


def is_setup(condition: Condition) -> bool:
    """Whether it describes a market to trade in rather than a moment to enter."""
    line = condition.left
    if line.indicator == "Candles":
        return line.numbers[0] == 1
    return (line.indicator in _SETUPS and line.output == "value") or line.change


def play(name: str, lines: tuple[Line, ...], levels: dict[str, float], modes: frozenset[str]) -> Play | None:
    """How an indicator that was named without a rule is traded; None where there is no usual way."""
    if name in {"MA", "Golden", *AVERAGES}:
        return _average_play(name if name in AVERAGES else "SMA", lines)
    line = lines[0] if lines else PARTS[name].line("value" if "value" in PARTS[name].series else "upper")
    if line.indicator in _BANDED:
        return _band_play(line, lines, modes)
    if line.indicator == "ADX":
        plus, minus = replace(line, output="plus"), replace(line, output="minus")
        strong = Condition(replace(line, output="value"), "above", Level("min", levels.get("min", 25.0)))
        return Play(
            Condition(plus, "crosses_above", minus), Condition(plus, "crosses_below", minus), (strong,)
        )
    if line.indicator == "Ichimoku":
        if line.output in {"tenkan", "kijun"}:
            tenkan, kijun = replace(line, output="tenkan"), replace(line, output="kijun")
            return _both_ways(tenkan, kijun)
        top, bottom = replace(line, output="upper"), replace(line, output="lower")
        return Play(Condition(PRICE, "crosses_above", top), Condition(PRICE, "crosses_below", bottom))
    if line.indicator == "MACD":
        if line.output == "histogram":
            return _both_ways(line, ZERO)
        return _both_ways(replace(line, output="value"), replace(line, output="signal"))
    if line.indicator == "ATR":
        return _band_play(PARTS["ATR band"].line("upper", line.numbers[0]), (), modes)
    if line.indicator == "Volume average":
        return None
    if line.indicator == "OBV":
        return _both_ways(line, replace(line, output="average"))
    if line.indicator in {"VWAP", "Parabolic SAR"}:
        return _both_ways(PRICE, line)
    if line.indicator in {"ROC", "Aroon", "Supertrend"}:
        return _both_ways(line, ZERO)
    if line.indicator == "Candles":
        return Play(Condition(line, "crosses_above", ZERO), mirrored(Condition(line, "crosses_above", ZERO)))
    return _oscillator_play(replace(line, output="value"), levels, modes)


def _both_ways(left: Line, right: Line | Level) -> Play:
    return Play(Condition(left, "crosses_above", right), Condition(left, "crosses_below", right))


def _average_play(kind: str, lines: tuple[Line, ...]) -> Play:
    if len(lines) == 1:
        return _both_ways(PRICE, lines[0])
    if not lines:
        fast, slow = DEFAULT_AVERAGES.get(kind, (20, 50))
        lines = (PARTS[kind].line("value", fast), PARTS[kind].line("value", slow))
    ordered = sorted(lines, key=lambda line: line.numbers)
    main = _both_ways(ordered[0], ordered[-1])
    stacked = tuple(Condition(ordered[0], "above", middle) for middle in ordered[1:-1])
    return replace(main, filters=stacked)


def _band_play(line: Line, lines: tuple[Line, ...], modes: frozenset[str]) -> Play:
    upper, middle, lower = (replace(line, output=side) for side in ("upper", "middle", "lower"))
    if line.indicator == "ATR band":
        return Play(Condition(PRICE, "crosses_above", upper), Condition(PRICE, "crosses_below", lower))
    if line.indicator == "Donchian" and not (line.output == "lower" or "reversion" in modes):
        leave = lines[1].numbers[0] if len(lines) > 1 else max(2, int(line.numbers[0]) // 2)
        out = PARTS["Donchian"].line("lower", leave)
        return Play(Condition(PRICE, "crosses_above", upper), Condition(PRICE, "crosses_below", out))
    if "squeeze" in modes:
        tight = PARTS["Bollinger squeeze"].line("value", *line.numbers[:2])
        return Play(
            Condition(PRICE, "crosses_above", upper),
            Condition(PRICE, "crosses_below", middle),
            (Condition(tight, "below", Level("tightness", 0.7)),),
        )
    reverts = line.indicator == "Bollinger" and "breakout" not in modes
    if (reverts or "reversion" in modes) or line.output == "lower":
        return Play(Condition(PRICE, "crosses_below", lower), Condition(PRICE, "crosses_above", middle))
    return Play(Condition(PRICE, "crosses_above", upper), Condition(PRICE, "crosses_below", middle))


def _oscillator_play(line: Line, levels: dict[str, float], modes: frozenset[str]) -> Play | None:
    scale = part_of(line).scale
    if scale is None:
        return None
    if "momentum" in modes or "trend" in modes:
        level = Level("middle" if scale.centre else "", levels.get("oversold", scale.centre))
        return _both_ways(line, level)
    low = Level("oversold", levels.get("oversold", scale.oversold))
    high = Level("overbought", levels.get("overbought", scale.overbought))
    if line.indicator == "Z-score":
        return Play(Condition(line, "crosses_below", low), Condition(line, "crosses_above", ZERO))
    return Play(Condition(line, "crosses_below", low), Condition(line, "crosses_above", high))


def default_exit(entry: Condition, levels: dict[str, float]) -> Condition:
    """The exit that belongs to an entry when the request names none."""
    left, right = entry.left, entry.right
    up = entry.relation in {"above", "crosses_above"}
    part = part_of(left)
    if left.output in {"low", "high"} and isinstance(right, Line) and right.indicator not in _BANDED:
        return Condition(PRICE, "crosses_below" if left.output == "low" else "crosses_above", right)
    opposite = Condition(left, "crosses_below" if up else "crosses_above", right)
    if isinstance(right, Line) and right.output in {"upper", "middle", "lower"}:
        return _band_exit(right, up=up)
    if left.indicator in {"Candles", "Volume average", "ATR", "Bollinger squeeze"}:
        average = PARTS["SMA"].line("value", 20)
        falling = left.indicator == "Candles" and left.output == "down"
        return Condition(PRICE, "crosses_above" if falling else "crosses_below", average)
    if not isinstance(right, Level) or part.scale is None or not right.name:
        return opposite
    if left.output == "distance" or left.indicator in {"ROC", "Z-score"}:
        return replace(opposite, right=ZERO)
    value = 2 * part.scale.centre - right.value if right.mirrored else right.value
    if value < part.scale.centre:
        high = levels.get("overbought", max(2 * part.scale.centre - value, part.scale.overbought))
        if left.indicator == "RSI":
            high = levels.get("overbought", part.scale.overbought)
        return Condition(left, "crosses_above", Level("overbought", high))
    return opposite


def _band_exit(band: Line, *, up: bool) -> Condition:
    if band.indicator == "Donchian":
        period = max(2, int(band.numbers[0]) // 2)
        out = PARTS["Donchian"].line("lower" if up else "middle", period if up else band.numbers[0])
    elif band.indicator in {"Ichimoku", "ATR band"}:
        out = replace(band, output="lower" if up else "upper")
    else:
        out = replace(band, output="middle")
    if band.output == "middle":
        out = band
    return Condition(PRICE, "crosses_below" if up else "crosses_above", out)


def is_symmetric(entry: Condition) -> bool:
    """Whether the entry has a natural opposite that ends the position: a cross of two lines, or of zero."""
    right = entry.right
    if entry.left.output in {"low", "high"}:
        return False
    if isinstance(right, Line):
        return right.indicator not in {"Bollinger", "Keltner"} or right.output == "middle"
    return not right.name and entry.left.indicator != "Candles" and is_edge(entry.relation)


_FAMILIES: dict[str, Family] = {
    "Supertrend": "trend",
    "Ichimoku": "trend",
    "Parabolic SAR": "trend",
    "ADX": "trend",
    "MACD": "momentum",
    "ROC": "momentum",
    "Aroon": "momentum",
    "Z-score": "mean_reversion",
    "VWAP": "volume",
    "OBV": "volume",
    "Volume average": "volume",
    "ATR": "volatility",
    "ATR band": "volatility",
    "Bollinger squeeze": "volatility",
}
_FAMILY_OF_MODE: tuple[tuple[str, Family], ...] = (
    ("squeeze", "volatility"),
    ("volatility_breakout", "volatility"),
    ("reversion", "mean_reversion"),
    ("breakout", "breakout"),
    ("momentum", "momentum"),
    ("trend", "trend"),
    ("oscillator", "oscillator"),
)


def family_of(entry: Condition, modes: frozenset[str], *, opens_short: bool) -> Family:
    """The family that a strategy with this entry belongs to; words of the request come first."""
    against = {"above", "crosses_above"} if opens_short else {"below", "crosses_below"}
    for mode, family in _FAMILY_OF_MODE:
        if mode in modes:
            return family
    left, right = entry.left, entry.right
    if left.output == "distance":
        return "mean_reversion"
    for line in (right, left):
        if not isinstance(line, Line) or line.indicator == "Price":
            continue
        if line.indicator in _FAMILIES:
            buys_a_drop = line.indicator == "ROC" and entry.relation in against
            return "mean_reversion" if buys_a_drop else _FAMILIES[line.indicator]
        if line.indicator in _BANDED:
            return "mean_reversion" if entry.relation in against else "breakout"
        if line.indicator == "Candles":
            return "mean_reversion" if line.output == "down" else "momentum"
        if line.indicator in AVERAGES:
            return "trend"
        return "oscillator"
    return "trend"
