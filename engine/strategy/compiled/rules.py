"""The rules of the ready strategies, compiled: indicator arrays in, entries and exits of the long side out.

Each says the same as its text in `engine.strategy.library`, comparison by comparison. NaN, an indicator's
warm-up, compares as False, and the first row has none before it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import kernel

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_FLOATS = "Array(float64, 1, 'C', readonly=True)"


@kernel(f"({_FLOATS}, {_FLOATS})")
def sma_cross(fast: Floats, slow: Floats) -> tuple[Flags, Flags]:
    """Enter where the fast average comes to lie above the slow one, leave where it falls below."""
    entry, leave = np.zeros(fast.size, np.bool_), np.zeros(fast.size, np.bool_)
    for row in range(1, fast.size):
        gap = fast[row] - slow[row]
        before = fast[row - 1] - slow[row - 1]
        entry[row] = (gap > 0.0) & (before <= 0.0)
        leave[row] = (gap < 0.0) & (before >= 0.0)
    return entry, leave


@kernel(f"({_FLOATS},)")
def macd(histogram: Floats) -> tuple[Flags, Flags]:
    """Enter where the histogram turns positive, leave where it turns negative."""
    entry, leave = np.zeros(histogram.size, np.bool_), np.zeros(histogram.size, np.bool_)
    for row in range(1, histogram.size):
        now, before = histogram[row], histogram[row - 1]
        entry[row] = (now > 0.0) & (before <= 0.0)
        leave[row] = (now < 0.0) & (before >= 0.0)
    return entry, leave


@kernel(f"({_FLOATS}, float64, float64)")
def rsi(strength: Floats, oversold: float, overbought: float) -> tuple[Flags, Flags]:
    """Enter where the strength drops below `oversold`, leave where it rises above `overbought`."""
    entry, leave = np.zeros(strength.size, np.bool_), np.zeros(strength.size, np.bool_)
    for row in range(1, strength.size):
        now, before = strength[row], strength[row - 1]
        entry[row] = (now < oversold) & (before >= oversold)
        leave[row] = (now > overbought) & (before <= overbought)
    return entry, leave


@kernel(f"({_FLOATS}, {_FLOATS}, {_FLOATS})")
def bollinger(close: Floats, middle: Floats, lower: Floats) -> tuple[Flags, Flags]:
    """Enter where the close drops through the lower band, leave where it rises through the middle one."""
    entry, leave = np.zeros(close.size, np.bool_), np.zeros(close.size, np.bool_)
    for row in range(1, close.size):
        below, below_before = close[row] - lower[row], close[row - 1] - lower[row - 1]
        above, above_before = close[row] - middle[row], close[row - 1] - middle[row - 1]
        entry[row] = (below < 0.0) & (below_before >= 0.0)
        leave[row] = (above > 0.0) & (above_before <= 0.0)
    return entry, leave
