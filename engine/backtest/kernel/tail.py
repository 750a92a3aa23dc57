"""The worst returns of an equity curve, picked out on one walk."""

from __future__ import annotations

import numpy as np

from engine.backtest.kernel.forms import Floats
from engine.compiled import kernel


@kernel("(Array(float64, 1, 'C', readonly=True), float64)")
def returns_up_to(equity: Floats, limit: float) -> Floats:
    """The returns (of each close on the close before; 0 once equity is at or below 0) that are at most `limit`."""
    found = 0
    kept = np.empty(equity.size - 1, np.float64)
    for bar in range(1, equity.size):
        before = equity[bar - 1]
        change = equity[bar] / before - 1.0 if before > 0.0 else 0.0
        kept[found] = change
        found += change <= limit
    return kept[:found]
