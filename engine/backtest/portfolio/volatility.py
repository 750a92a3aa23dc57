"""How much a market's closes have moved lately, compiled."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.compiled import kernel

Floats = NDArray[np.float64]


@kernel("(Array(float64, 1, 'C', readonly=True), int64)")
def rolling_deviation(close: Floats, window: int) -> Floats:
    """Standard deviation (ddof 1) of the last `window` simple returns at each close; NaN with fewer.

    Args:
        close: float64[n].
        window: 2 or more.
    """
    deviation = np.full(close.size, np.nan)
    for end in range(window, close.size):
        mean = 0.0
        for i in range(end - window + 1, end + 1):
            mean += close[i] / close[i - 1] - 1.0
        mean /= window
        squares = 0.0
        for i in range(end - window + 1, end + 1):
            squares += (close[i] / close[i - 1] - 1.0 - mean) ** 2
        deviation[end] = math.sqrt(squares / (window - 1))
    return deviation
