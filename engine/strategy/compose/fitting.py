"""Numbers that stand beside an indicator's name, given their meaning: periods, multipliers, levels."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.strategy.compose.model import Number
from engine.strategy.compose.parts import Part
from engine.strategy.compose.timeframe import bars_of


@dataclass(slots=True)
class Fit:
    """Numbers in the part's order (None where none was named), levels, and what made no sense."""

    numbers: tuple[Number | None, ...] = ()
    levels: dict[str, float] = field(default_factory=dict[str, float])
    wrong: list[float] = field(default_factory=list[float])


def capacity(part: Part) -> int:
    """How many numbers may stand beside the part's name."""
    return len(part.specs) + (2 if _has_levels(part) else 0)


def fit(part: Part, given: list[tuple[float, str]], bar_minutes: int) -> Fit:
    """What `given` (value, unit) means for `part`; units of time become bars."""
    fitted = Fit()
    values = [(bars_of(value, unit, bar_minutes), bool(unit)) for value, unit in given]
    if _has_levels(part):
        values = _without_levels(part, values, fitted)
    ordered = _in_order(part, [value for value, _ in values])
    numbers: list[Number | None] = []
    for position, value in enumerate(ordered[: len(part.specs)]):
        spec = part.specs[position]
        fits = value is not None and spec.lowest <= value <= spec.highest
        if value is not None and (not fits or (spec.whole and value != int(value))):
            fitted.wrong.append(value)
            numbers.append(None)
        else:
            numbers.append(value if value is None else int(value) if spec.whole else float(value))
    fitted.numbers = tuple(numbers)
    return fitted


def _has_levels(part: Part) -> bool:
    return part.name in {"RSI", "Stochastic", "Stochastic RSI", "MFI", "CCI", "Williams %R", "ADX", "Z-score"}


def _without_levels(part: Part, values: list[tuple[float, bool]], fitted: Fit) -> list[tuple[float, bool]]:
    """Split levels off: `30/70`, `14 30 70`, `20 -100 100`."""
    scale = part.scale
    plain = [value for value, _ in values]
    if scale is None:
        return values
    negative = [value for value in plain if value < 0]
    if negative:
        fitted.levels["oversold"] = min(negative)
        above = [value for value in plain if value > min(negative) and (value < 0 or -value in negative)]
        fitted.levels["overbought"] = max(above, default=2 * scale.centre - min(negative))
        return [pair for pair in values if pair[0] > 0 and -pair[0] not in negative]
    if part.name in {"ADX", "CCI", "Williams %R", "Z-score"}:
        return _with_one_level(part, values, fitted)
    tail = plain[-2:]
    symmetric = len(tail) == 2 and tail[0] < 50 < tail[1] and 85 <= sum(tail) <= 115
    periods = len(part.specs)
    if symmetric and (len(values) == 2 or len(values) in {3, periods + 2}) and len(values) != periods:
        fitted.levels.update(oversold=tail[0], overbought=tail[1])
        return values[:-2]
    return values


def _with_one_level(part: Part, values: list[tuple[float, bool]], fitted: Fit) -> list[tuple[float, bool]]:
    """`adx 14 25`, `cci 20 100`, `williams 14 80`."""
    if len(values) < 2:
        return values
    level = values[1][0]
    name = "min" if part.name == "ADX" else "overbought"
    fitted.levels[name] = -100.0 + level if part.name == "Williams %R" and level < 50 else level
    return values[:1]


def _in_order(part: Part, values: list[float]) -> list[float | None]:
    """Numbers as the part's specs want them, where people write them the other way round."""
    if len(part.specs) < 2:
        return list(values)
    second_is_multiplier = not part.specs[1].whole and part.specs[0].whole
    if second_is_multiplier and len(values) == 1 and (values[0] <= 4 or values[0] != int(values[0])):
        return [None, values[0]]
    if second_is_multiplier and len(values) == 2 and values[0] < values[1]:
        return [values[1], values[0]]
    if part.ordered and len(values) >= 2 and values[0] > values[1]:
        return [values[1], values[0], *values[2:]]
    return list(values)
