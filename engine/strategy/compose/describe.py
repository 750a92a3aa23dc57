"""Lines, conditions and windows in plain words."""

from __future__ import annotations

from engine.strategy.compose.model import (
    Condition,
    Family,
    FilterUse,
    Hours,
    Level,
    Line,
    Months,
    Number,
    Rule,
    Weekdays,
    Window,
)
from engine.strategy.compose.parts import AVERAGES, PRICE, part_of

WHY: dict[Family, str] = {
    "trend": "Trends persist",
    "breakout": "A new extreme draws the next buyers in",
    "mean_reversion": "Stretched prices snap back",
    "momentum": "Momentum carries on",
    "oscillator": "Short bursts of fear and greed overshoot",
    "volatility": "Quiet markets end in large moves",
    "volume": "Volume shows where the large orders stand",
    "calendar": "Demand follows the clock",
}
SHOWN = {"Bollinger squeeze": "Bollinger", "ATR band": "ATR"}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_RELATIONS = {
    "above": "is above",
    "below": "is below",
    "crosses_above": "crosses above",
    "crosses_below": "crosses below",
}
_KINDS = {"Volume average": "volume", "ATR": "volatility", "Bollinger squeeze": "volatility", "ADX": "adx"}


def line_words(line: Line, *, numbers: bool = True) -> str:
    """A series, with its numbers unless they may change: `EMA(9)`, `lower Bollinger(20, 2) band`."""
    part = part_of(line)
    shown = ", ".join(f"{number:g}" for number in line.numbers) if numbers else ""
    name = SHOWN.get(part.name, part.name)
    called = f"{name}({shown})" if shown else name
    series = part.series[line.output]
    words = series.words.format(name=called)
    if "{name}" not in series.words and shown:
        words = (
            f"{words} ({shown} bars)" if line.indicator in {"Donchian", "Candles"} else f"{words} ({shown})"
        )
    return f"change of {words}" if line.change else words


def level_value(line: Line, level: Level) -> float:
    """The number that the code compares with when parameters have their defaults."""
    scale = part_of(line).scale
    centre = scale.centre if scale else 0.0
    return 2 * centre - level.value if level.mirrored else level.value


def condition_words(condition: Condition, *, numbers: bool = True) -> str:
    """A condition in words; without numbers it stays true when parameters change."""
    left, right = condition.left, condition.right
    if left.indicator == "Candles":
        count = f"{left.numbers[0]:g} " if numbers else ""
        way = "rising" if left.output == "up" else "falling"
        return f"{way} candle" if left.numbers[0] == 1 else f"{count}{way} candles in a row"
    if left.change and isinstance(right, Level):
        way = "rising" if condition.relation == "above" else "falling"
        return f"{line_words(_still(left), numbers=numbers)} is {way}"
    start = line_words(left, numbers=numbers)
    if isinstance(right, Line):
        end = line_words(right, numbers=numbers)
        if start == end:
            faster = left.numbers < right.numbers
            start, end = (f"fast {start}", f"slow {end}") if faster else (f"slow {start}", f"fast {end}")
    elif not right.name:
        end = "zero" if right.value == 0 else f"{right.value:g}"
    elif numbers:
        value = level_value(left, right)
        end = (
            f"{value:.4g}" if left.indicator != "ROC" and left.output != "distance" else f"{100 * value:.4g}%"
        )
    else:
        end = f"its {right.name} level"
    return f"{start} {_RELATIONS[condition.relation]} {end}"


def _still(line: Line) -> Line:
    return Line(line.indicator, line.output, line.numbers)


def rule_words(rule: Rule, *, numbers: bool = True) -> str:
    """Conditions joined by `and` or `or`."""
    joint = " or " if rule.any_of else " and "
    return joint.join(condition_words(condition, numbers=numbers) for condition in rule.conditions)


def window_words(window: Window) -> str:
    """`on Monday, Tuesday`, `between 8 and 20 UTC`, `in December`."""
    if isinstance(window, Hours):
        return f"between {clock(window.start)} and {clock(window.end)} UTC"
    if isinstance(window, Months):
        return "in " + ", ".join(_MONTHS[month - 1] for month in window.months)
    named: dict[tuple[int, ...], str] = {(0, 1, 2, 3, 4): "on weekdays", (5, 6): "on weekends"}
    return named.get(window.days) or "on " + ", ".join(_DAYS[day] for day in window.days)


def clock(hour: float) -> str:
    """8 as `8:00`, 8.5 as `8:30`."""
    return f"{int(hour)}:{round(60 * (hour % 1)):02d}"


def condition_use(condition: Condition) -> FilterUse:
    """A filter as the answer shows it."""
    left, right = condition.left, condition.right
    numbers: dict[str, Number | str] = {}
    for line in (left, right):
        if isinstance(line, Line) and line != PRICE:
            specs = part_of(line).specs
            numbers.update({spec.name: n for spec, n in zip(specs, line.numbers, strict=True)})
    if isinstance(right, Level) and right.name:
        numbers["level"] = level_value(left, right)
    subject = right if left.indicator == "Price" and isinstance(right, Line) else left
    kind = _KINDS.get(subject.indicator) or (
        "trend"
        if subject.indicator in {*AVERAGES, "VWAP", "Supertrend", "Ichimoku"}
        else subject.indicator.lower()
    )
    numbers["indicator"] = SHOWN.get(subject.indicator, subject.indicator)
    return FilterUse(kind, condition_words(condition), numbers)


def window_use(window: Window) -> FilterUse:
    """A time filter as the answer shows it."""
    if isinstance(window, Hours):
        return FilterUse("hours", window_words(window), {"start": window.start, "end": window.end})
    if isinstance(window, Weekdays):
        return FilterUse(
            "weekdays", window_words(window), {"days": ",".join(_DAYS[d][:3] for d in window.days)}
        )
    return FilterUse("months", window_words(window), {"months": ",".join(str(m) for m in window.months)})
