"""What one walk over an equity curve yields, compiled; `engine.backtest.metrics` has the definitions."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.compiled import kernel

Floats = NDArray[np.float64]

EQUITY_ROUNDING = 1e-12


class Curve(NamedTuple):
    """Figures of an equity curve.

    Attributes:
        returns: float64[n-1], of each close on the close before; 0 once equity is at or below 0.
        mean: of the returns.
        deviation: their standard deviation, ddof 1; NaN for fewer than two.
        downside: root mean square of the negative ones over all.
        depth: the deepest fall below a running peak, fraction of the peak, 0 to 1.
        longest: the longest run of bars that close below an earlier peak.
        mean_equity: mean of the equity, below 0 as 0.
    """

    returns: Floats
    mean: float
    deviation: float
    downside: float
    depth: float
    longest: int
    mean_equity: float


@kernel("(Array(float64, 1, 'C', readonly=True), float64)")
def describe(equity: Floats, cash: float) -> Curve:
    """The figures of float64[n] equity at the closes, n >= 2, that started with `cash`."""
    n = equity.size
    returns = np.empty(n - 1, np.float64)
    total = squared_falls = lowest = total_equity = 0.0
    peak = cash
    below = longest = 0
    for i in range(n):
        now = equity[i]
        total_equity += max(now, 0.0)
        peak = max(peak, now)
        fall = 1.0 - now / peak
        lowest = max(lowest, fall)
        below = below + 1 if fall > EQUITY_ROUNDING else 0
        longest = max(longest, below)
        if i > 0:
            before = equity[i - 1]
            change = now / before - 1.0 if before > 0.0 else 0.0
            returns[i - 1] = change
            total += change
            squared_falls += min(change, 0.0) ** 2
    count = n - 1
    mean = total / count
    squares = 0.0
    for i in range(count):
        squares += (returns[i] - mean) ** 2
    deviation = math.sqrt(squares / (count - 1)) if count > 1 else math.nan
    downside = math.sqrt(squared_falls / count)
    return Curve(returns, mean, deviation, downside, min(lowest, 1.0), longest, total_equity / n)
