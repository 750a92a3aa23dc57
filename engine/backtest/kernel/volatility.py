"""The volatility that a volatility target sizes by."""

from __future__ import annotations

import math

import numpy as np

from engine.backtest.kernel.forms import Floats
from engine.compiled import kernel


@kernel("(Array(float64, 1, 'C', readonly=True), int64)")
def rolling_deviation(close: Floats, window: int) -> Floats:
    """Standard deviation (ddof 1) of the last `window` simple returns at each close; NaN before there are."""
    n = close.size
    result = np.full(n, math.nan)
    for bar in range(window, n):
        total = 0.0
        for step in range(bar - window + 1, bar + 1):
            total += close[step] / close[step - 1] - 1.0
        mean = total / window
        squares = 0.0
        for step in range(bar - window + 1, bar + 1):
            squares += (close[step] / close[step - 1] - 1.0 - mean) ** 2
        result[bar] = math.sqrt(squares / (window - 1))
    return result
