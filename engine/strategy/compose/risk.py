"""Stops, targets, trailing stops, position size and holding time, as a request names them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from engine.strategy.compose.model import AtrMultiple, Risk, StopMultiple
from engine.strategy.compose.risk_patterns import (
    ALL_IN,
    BARE_ATR_STOP,
    BARE_STOP,
    BARE_TARGET,
    BARE_TRAILING,
    HAS_STOP,
    HAS_TARGET,
    HAS_TRAILING,
    HELD,
    NAMED_FIRST,
    PAIRED,
    PAIRED_BEFORE,
    PART,
    PER_TRADE,
    RATIOS,
    REFUSED,
    SIZES,
    STOP_ATR,
    STOP_PATTERNS,
    TARGET_ATR,
    TARGET_PATTERNS,
    TRAILING,
    TRAILING_ATR,
)
from engine.strategy.compose.timeframe import bars_of
from engine.strategy.compose.words import Text

DEFAULT_STOP = 0.02
DEFAULT_TRAILING = 0.03
DEFAULT_RATIO = 2.0
_DEFAULT_ATR_STOP = 2.0

_WORDED = {"twice": 2.0, "double": 2.0, "triple": 3.0}
_PARTS_OF = {"half": 0.5, "quarter": 0.25, "third": 1 / 3, "full": 1.0, "double": 1.0}


@dataclass(slots=True)
class RiskReading:
    """What was read, and what had to be assumed."""

    risk: Risk = field(default_factory=Risk)
    assumptions: list[str] = field(default_factory=list[str])


def read_risk(text: Text, bar_minutes: int) -> RiskReading:
    """Take every phrase on exits by price, on size and on holding time out of `text`."""
    reading = RiskReading()
    no_stop, no_target, no_trailing = _read_refusals(text)
    trailing = _read_trailing(text, reading)
    stop, target = _read_pair(text)
    target = target if target is not None else _read_ratio(text)
    stop = stop if stop is not None else _read_distance(text, STOP_PATTERNS, STOP_ATR, 0.95)
    target = target if target is not None else _read_distance(text, TARGET_PATTERNS, TARGET_ATR, 100.0)
    size, per_trade = _read_size(text)
    max_bars = _read_holding(text, bar_minutes)
    if stop is None:
        stop = _assumed_stop(text, reading)
    if target is None and text.take(BARE_TARGET):
        target = StopMultiple(DEFAULT_RATIO)
        reading.assumptions.append(f"take profit without a number: {DEFAULT_RATIO:g} times the stop")
    if isinstance(target, StopMultiple) and no_stop:
        target = round(target.ratio * DEFAULT_STOP, 10)
        reading.assumptions.append(f"a target in multiples of a stop that is not wanted: {target:.2%}")
    if isinstance(target, StopMultiple) and stop is None:
        stop = DEFAULT_STOP
        reading.assumptions.append(f"a target in multiples of the stop, so a stop of {DEFAULT_STOP:.0%}")
    if per_trade is not None and (stop is None or no_stop):
        size, per_trade = per_trade, None
        reading.assumptions.append(
            "a share of the equity per trade, without a stop: it is the position's size"
        )
    reading.risk = Risk(
        None if no_stop else stop,
        None if no_target else target,
        None if no_trailing else trailing,
        size,
        per_trade,
        max_bars,
    )
    return reading


def _read_refusals(text: Text) -> tuple[bool, bool, bool]:
    no_stop = no_target = no_trailing = False
    for match in text.take_all(REFUSED):
        what = f" {match['what']} "
        trailing = HAS_TRAILING.search(what) is not None
        no_trailing |= trailing
        no_stop |= not trailing and HAS_STOP.search(what) is not None
        no_target |= HAS_TARGET.search(what) is not None
    return no_stop, no_target, no_trailing


def _read_trailing(text: Text, reading: RiskReading) -> float | AtrMultiple | None:
    atr = _taken_atr(text, TRAILING_ATR)
    if atr is not None:
        return atr
    fraction = _taken_fraction(text, TRAILING, 0.95)
    if fraction is not None:
        return fraction
    match = text.take(BARE_TRAILING)
    if match is None:
        return None
    if " atr " in f" {match.group()} ":
        reading.assumptions.append("an ATR trailing stop without a number: 3 times the ATR(14)")
        return AtrMultiple(3.0)
    reading.assumptions.append(f"a trailing stop without a number: {DEFAULT_TRAILING:.0%}")
    return DEFAULT_TRAILING


def _read_pair(text: Text) -> tuple[float | None, float | StopMultiple | None]:
    match = text.find(PAIRED_BEFORE)
    if match is not None and not NAMED_FIRST.search(text.open[: match.start()]):
        stop, target = float(match["a"] or match["a2"]) / 100, float(match["b"] or match["b2"]) / 100
    else:
        match = text.find(PAIRED)
        if match is None:
            return None, None
        first, second = float(match["a"]) / 100, float(match["b"]) / 100
        stop, target = (second, first) if match["reverse"] else (first, second)
    if not (0 < stop < 0.95 and 0 < target < 100):
        return None, None
    text.use(*match.span())
    return stop, target


def _read_ratio(text: Text) -> StopMultiple | None:
    for pattern in RATIOS:
        match = text.find(pattern)
        if match is None:
            continue
        ratio = _ratio_of(match.groupdict())
        if 0 < ratio <= 100:
            text.use(*match.span())
            return StopMultiple(ratio)
    return None


def _ratio_of(groups: dict[str, str | None]) -> float:
    if groups.get("word"):
        return _WORDED[str(groups["word"])]
    if groups.get("n"):
        return float(str(groups["n"]))
    low, high = sorted((float(str(groups["a"])), float(str(groups["b"]))))
    return high / low if low > 0 else 0.0


def _read_distance(
    text: Text, patterns: tuple[re.Pattern[str], ...], atr: tuple[re.Pattern[str], ...], most: float
) -> float | AtrMultiple | None:
    multiple = _taken_atr(text, atr)
    return multiple if multiple is not None else _taken_fraction(text, patterns, most)


def _taken_atr(text: Text, patterns: tuple[re.Pattern[str], ...]) -> AtrMultiple | None:
    for pattern in patterns:
        match = text.find(pattern)
        if match is None or not 0 < float(match["n"]) <= 50:
            continue
        text.use(*match.span())
        groups = match.groupdict()
        period = int(groups.get("period") or groups.get("after") or 14)
        return AtrMultiple(float(match["n"]), period if 2 <= period <= 1000 else 14)
    return None


def _taken_fraction(text: Text, patterns: tuple[re.Pattern[str], ...], most: float) -> float | None:
    for pattern in patterns:
        for match in pattern.finditer(text.open):
            fraction = _fraction(match["n"], match["scale"])
            if 0 < fraction < most:
                text.use(*match.span())
                return fraction
    return None


def _fraction(number: str, scale: str | None) -> float:
    """2 % is 0.02; 50 bps is 0.005; a bare 0.02 is a fraction, a bare 2 is percent."""
    value = abs(float(number))
    if scale in {"bps", "basis points"}:
        return round(value / 10_000, 10)
    if scale is None and value < 0.2:
        return value
    return round(value / 100, 10)


def _assumed_stop(text: Text, reading: RiskReading) -> float | AtrMultiple | None:
    if text.take(BARE_ATR_STOP):
        reading.assumptions.append("an ATR stop without a number: 2 times the ATR(14)")
        return AtrMultiple(_DEFAULT_ATR_STOP)
    match = text.take(BARE_STOP)
    if match is None:
        return None
    words = match.group()
    stop = 0.01 if "tight" in words or "close" in words else 0.05 if "wide" in words else DEFAULT_STOP
    reading.assumptions.append(f"a stop without a number: {stop:.0%}")
    return stop


def _read_size(text: Text) -> tuple[float | None, float | None]:
    """Share of the equity per position, and share of it that may be lost per trade."""
    match = text.find(PER_TRADE)
    if match is not None and 0 < float(match["n"]) <= 100:
        text.use(*match.span())
        return None, float(match["n"]) / 100
    for pattern in SIZES:
        match = text.find(pattern)
        if match is not None and 0 < float(match["n"]) <= 100:
            text.use(*match.span())
            return float(match["n"]) / 100, None
    match = text.take(PART)
    if match is not None:
        return round(_PARTS_OF[match["part"]], 4), None
    return (1.0, None) if text.take(ALL_IN) else (None, None)


def _read_holding(text: Text, bar_minutes: int) -> int | None:
    for pattern in HELD:
        match = text.find(pattern)
        if match is None:
            continue
        bars = bars_of(float(match["n"]), match["unit"], bar_minutes)
        if bars == int(bars) and 1 <= bars <= 100_000:
            text.use(*match.span())
            return int(bars)
    return None
