"""From values and times to places on a figure, and the ticks between."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.backtest.report.series import round_up
from engine.backtest.result import Floats

_LOG_FROM = 4.0  # a range wider than this factor is shown on a logarithmic scale
_DAY = 86_400_000
_HOUR = 3_600_000
_CLOCK_STEPS = tuple(hours * _HOUR for hours in (1, 3, 6, 12)) + tuple(days * _DAY for days in (1, 2, 5, 10))
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Scale:
    """A line from domain [low, high] to places [start, end]; `log` spaces factors evenly."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, values: Any) -> Floats:
        """Places of values."""
        low, high, at = self.low, self.high, np.asarray(values, dtype=np.float64)
        if self.log:
            low, high, at = math.log(low), math.log(high), np.log(at)
        return self.start + (at - low) * ((self.end - self.start) / (high - low))

    def at(self, value: float) -> float:
        """Place of one value."""
        return float(self(value))


def value_scale(low: float, high: float, start: float, end: float, *, may_log: bool = True) -> Scale:
    """A scale that holds low..high with a little air; logarithmic for positive values of a wide range."""
    if may_log and low > 0 and high / low > _LOG_FROM:
        air = (high / low) ** 0.04
        return Scale(low / air, high * air, start, end, log=True)
    air = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    return Scale(low - air, high + air, start, end)


def value_ticks(scale: Scale, most: int) -> list[float]:
    """Round values inside the scale's domain, at most about `most`."""
    if scale.log:
        ticks = _log_ticks(scale.low, scale.high, most)
        if len(ticks) >= 3:
            return ticks
    step = round_up((scale.high - scale.low) / most)
    first, last = math.ceil(scale.low / step - 1e-9), math.floor(scale.high / step + 1e-9)
    return [round(place * step, 12) for place in range(first, last + 1)]


def _log_ticks(low: float, high: float, most: int) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 1.5, 2, 3, 4, 5, 7), (1, 2, 3, 5), (1, 2, 5), (1, 3), (1,)):
        ticks = [step * 10.0**power for power in powers for step in steps]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) <= most:
            return ticks
    return ticks[:: math.ceil(len(ticks) / most)]


@dataclass(frozen=True, slots=True)
class TimeTick:
    """A labelled instant; `major` marks the start of a year."""

    utc_ms: int
    label: str
    major: bool = False


def time_ticks(start: int, end: int, most: int) -> list[TimeTick]:
    """Calendar instants (UTC) in [start, end], at most `most`."""
    span = max(1, end - start)
    for step in _CLOCK_STEPS:
        if span / step <= most:
            return _clock_ticks(start, end, step)
    for step in _MONTH_STEPS:
        if span / (step * 30 * _DAY) <= most:
            return _month_ticks(start, end, step)
    return _month_ticks(start, end, 12 * math.ceil(span / (365 * _DAY) / most))


def _clock_ticks(start: int, end: int, step: int) -> list[TimeTick]:
    ticks: list[TimeTick] = []
    for time in range(-(-start // step) * step, end + 1, step):
        date = np.datetime64(time, "ms").astype(object)
        midnight = time % _DAY == 0
        label = f"{date.day} {_MONTHS[date.month - 1]}" if midnight else f"{date:%H:%M}"
        ticks.append(TimeTick(time, label, major=step < _DAY and midnight))
    return ticks


def _month_ticks(start: int, end: int, step: int) -> list[TimeTick]:
    first = int(np.datetime64(start, "ms").astype("M8[M]").astype(np.int64))
    last = int(np.datetime64(end, "ms").astype("M8[M]").astype(np.int64))
    ticks: list[TimeTick] = []
    for month in range(-(-first // step) * step, last + 1, step):
        time = int(np.datetime64(month, "M").astype("M8[ms]").astype(np.int64))
        january = month % 12 == 0
        if start <= time <= end:
            ticks.append(TimeTick(time, str(1970 + month // 12) if january else _MONTHS[month % 12], january))
    return ticks
