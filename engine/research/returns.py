"""Returns of a run by calendar period: what the ledger keeps of every trial, and what all statistics read.

Periods lie on one grid for all trials (multiples of their length since 1970), so that two can be compared
whatever their bars and windows are. One day is the rule; short windows have shorter periods.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.backtest.periods import Periods
from engine.errors import InvalidInput
from engine.market.interval import DAY_MS, Interval

Floats = NDArray[np.float64]
Times = NDArray[np.int64]

MIN_PERIODS = 120
YEAR_MS = 365 * DAY_MS
_LENGTHS = (DAY_MS, DAY_MS // 6, DAY_MS // 24, DAY_MS // 96, DAY_MS // 288, DAY_MS // 1440)


@dataclass(frozen=True, slots=True, eq=False)
class PeriodReturns:
    """Simple returns of consecutive periods, without a hole; a period without a bar has 0.

    Attributes:
        start_ms: start of the first period, UTC ms, a multiple of `period_ms`.
        period_ms: length of a period.
        values: float64[n], fractions.
    """

    start_ms: int
    period_ms: int
    values: Floats

    def __len__(self) -> int:
        return len(self.values)

    @property
    def end_ms(self) -> int:
        """End of the last period, UTC ms, exclusive."""
        return self.start_ms + len(self.values) * self.period_ms

    @property
    def per_year(self) -> float:
        """Periods in 365 days."""
        return YEAR_MS / self.period_ms

    @property
    def traded(self) -> bool:
        """Whether anything happened: a flat curve tells nothing."""
        return bool(np.any(self.values != 0.0))

    def between(self, start_ms: int, end_ms: int) -> PeriodReturns:
        """The whole periods inside [start_ms, end_ms)."""
        first = max(0, -((self.start_ms - start_ms) // self.period_ms))
        stop = max(first, min(len(self.values), (end_ms - self.start_ms) // self.period_ms))
        return PeriodReturns(self.start_ms + first * self.period_ms, self.period_ms, self.values[first:stop])

    def coarser(self, period_ms: int) -> PeriodReturns:
        """The same compounded to longer periods.

        Raises:
            InvalidInput: `period_ms` is not a multiple of the period.
        """
        if period_ms == self.period_ms:
            return self
        if period_ms % self.period_ms:
            raise InvalidInput(f"Periods of {self.period_ms} ms do not make up {period_ms} ms.")
        start = self.start_ms // period_ms * period_ms
        place = (self.start_ms - start) // self.period_ms + np.arange(len(self.values))
        bucket = place // (period_ms // self.period_ms)
        logs = np.bincount(bucket, np.log1p(np.maximum(self.values, -1.0 + 1e-12)))
        return PeriodReturns(start, period_ms, np.expm1(logs))


def period_for(interval: Interval, span_ms: int) -> int:
    """Length of the periods for a window: one day, or shorter where that leaves fewer than `MIN_PERIODS`.

    Never shorter than a bar; bars longer than a day are periods themselves.
    """
    bar = interval.milliseconds
    fitting = [length for length in _LENGTHS if length >= bar]
    return next((length for length in fitting if span_ms // length >= MIN_PERIODS), min(fitting, default=bar))


def period_returns(open_time: Times, interval: Interval, equity: Floats, cash: float) -> PeriodReturns:
    """Returns by period of an equity curve at the closes of n bars, n >= 1.

    Args:
        open_time: int64[n], UTC ms of the bars' opens.
        equity: float64[n], quote currency at the closes; at or below 0 means ruined.
        cash: equity before the first bar.
    """
    bar = interval.milliseconds
    span = int(open_time[-1]) + bar - int(open_time[0])
    return returns_by_period(open_time, equity, cash, period_for(interval, span))


def returns_by_period(open_time: Times, equity: Floats, cash: float, period_ms: int) -> PeriodReturns:
    """The same for periods of a given length, at least a bar long."""
    periods = Periods.of(open_time, period_ms)
    return PeriodReturns(periods.start_ms, period_ms, periods.returns(equity, cash))
