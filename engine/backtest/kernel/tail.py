"""The returns of an equity curve, for figures that need more of them than their sums."""

from __future__ import annotations

import numpy as np

from engine.backtest.kernel.forms import Floats
from engine.compiled import always_inlined, kernel


@always_inlined
def _return_at(equity: Floats, bar: int) -> float:
    """Of a close on the close before; 0 once equity is at or below 0."""
    before = equity[bar - 1]
    return equity[bar] / before - 1.0 if before > 0.0 else 0.0


@kernel("(Array(float64, 1, 'C', readonly=True),)")
def returns_of(equity: Floats) -> Floats:
    """float64[n-1], the returns of equity at n closes."""
    returns = np.empty(equity.size - 1, np.float64)
    for bar in range(1, equity.size):
        returns[bar - 1] = _return_at(equity, bar)
    return returns


@kernel("(Array(float64, 1, 'C', readonly=True), float64)")
def returns_up_to(equity: Floats, limit: float) -> Floats:
    """Those of them that are at most `limit`."""
    found = 0
    kept = np.empty(equity.size - 1, np.float64)
    for bar in range(1, equity.size):
        kept[found] = _return_at(equity, bar)
        found += kept[found] <= limit
    return kept[:found].copy()
