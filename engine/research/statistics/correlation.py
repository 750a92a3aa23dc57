"""Correlation of returns whose windows and period lengths may differ, many at once.

Two trials are compared on the whole periods of their common window, the finer one compounded to the coarser.
Fewer than `MIN_COMMON` common periods, lengths that do not nest, or no movement leave it undefined.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.research.returns import PeriodReturns

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

MIN_COMMON = 20
_ROUNDING = 1e-12  # a variance below this share of the mean square is none
_TINY = 1e-200


def correlation(a: PeriodReturns, b: PeriodReturns) -> float | None:
    """Correlation on the common window, -1 to 1; None where it is undefined."""
    period = common_period(a.period_ms, b.period_ms)
    if period is None:
        return None
    one, other = (stacked([whole(trial, period)], period) for trial in (a, b))
    found = float(correlations(one, other)[0, 0])
    return None if math.isnan(found) else found


def common_period(a_ms: int, b_ms: int) -> int | None:
    """The coarser of two lengths if the finer makes it up, else None."""
    coarse, fine = max(a_ms, b_ms), min(a_ms, b_ms)
    return None if coarse % fine else coarse


def whole(returns: PeriodReturns, period_ms: int) -> PeriodReturns:
    """The whole periods of a coarser length: one cut off at an end is not like the other's full one."""
    if returns.period_ms == period_ms:
        return returns
    start = -(-returns.start_ms // period_ms) * period_ms
    return returns.between(start, max(start, returns.end_ms // period_ms * period_ms)).coarser(period_ms)


def moves(returns: PeriodReturns) -> bool:
    """Whether the returns vary at all."""
    values = returns.values
    squares = float(values @ values)
    centred = values - values.mean() if len(values) else values
    return squares > _TINY and float(centred @ centred) > _ROUNDING * squares


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Trials of one period length as rows over the calendar.

    Attributes:
        first: number of the period of column 0 since 1970.
        values: float64[rows, columns], 0 outside of a row's window.
        total, squares: float64[rows, columns + 1], sums and sums of squares before each column.
        start, stop: int64[rows], numbers of a row's first period and of the one behind its last; a single
            element where all rows share them.
    """

    first: int
    values: Floats
    total: Floats
    squares: Floats
    start: Numbers
    stop: Numbers

    def rows(self, chosen: NDArray[np.intp]) -> Stack:
        """Some of the rows, in their order."""
        if len(chosen) == len(self.values):
            return self
        shared = len(self.start) == 1
        return Stack(
            self.first,
            self.values[chosen],
            self.total[chosen],
            self.squares[chosen],
            self.start if shared else self.start[chosen],
            self.stop if shared else self.stop[chosen],
        )

    def columns(self, first: int, stop: int) -> Floats:
        """The values of the periods numbered [first, stop)."""
        return self.values[:, first - self.first : stop - self.first]

    def sums(self, start: Numbers, stop: Numbers) -> tuple[Floats, Floats]:
        """Sums and sums of squares of each row over [start, stop), both int64[rows or 1, n]."""
        row = np.arange(len(self.values))[:, None]
        left, right = start - self.first, stop - self.first
        total = self.total[row, right] - self.total[row, left]
        return total, self.squares[row, right] - self.squares[row, left]


def stacked(trials: Sequence[PeriodReturns], period_ms: int) -> Stack:
    """Trials of one period length, at least one."""
    start = np.array([trial.start_ms // period_ms for trial in trials], dtype=np.int64)
    stop = start + [len(trial) for trial in trials]
    first = int(start.min())
    values = np.zeros((len(trials), int(stop.max()) - first))
    for row, trial in enumerate(trials):
        values[row, start[row] - first : stop[row] - first] = trial.values
    if np.all(start == start[0]) and np.all(stop == stop[0]):
        start, stop = start[:1], stop[:1]
    return Stack(first, values, _before(values), _before(values**2), start, stop)


def _before(values: Floats) -> Floats:
    """Sum of what stands before each column, float64[rows, columns + 1]."""
    sums = np.zeros((len(values), values.shape[1] + 1))
    np.cumsum(values, axis=1, out=sums[:, 1:])
    return sums


def correlations(a: Stack, b: Stack) -> Floats:
    """Correlation of every row of one stack with every row of another, float64[rows of a, rows of b].

    Both have the same period length. NaN where it is undefined.
    """
    start = np.maximum(a.start[:, None], b.start)
    stop = np.maximum(start, np.minimum(a.stop[:, None], b.stop))
    count = stop - start
    enough = count >= MIN_COMMON
    shape = (len(a.values), len(b.values))
    if not np.any(enough):
        return np.full(shape, math.nan)
    start, stop = (
        np.where(enough, start, max(a.first, b.first)),
        np.where(enough, stop, max(a.first, b.first)),
    )
    count = np.maximum(count, 1)
    total_a, squares_a = a.sums(start, stop)
    total_b, squares_b = (part.T for part in b.sums(start.T, stop.T))
    spread_a = squares_a - total_a**2 / count
    spread_b = squares_b - total_b**2 / count
    first, last = int(start.min()), int(stop.max())
    product = a.columns(first, last) @ b.columns(first, last).T - total_a * total_b / count
    defined = enough & _spreads(spread_a, squares_a) & _spreads(spread_b, squares_b)
    scale = np.sqrt(np.where(defined, spread_a, 1.0)) * np.sqrt(np.where(defined, spread_b, 1.0))
    return np.where(defined, np.clip(product / scale, -1.0, 1.0), math.nan)


def _spreads(spread: Floats, squares: Floats) -> NDArray[np.bool_]:
    return (squares > _TINY) & (spread > _ROUNDING * squares)
