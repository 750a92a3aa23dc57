"""The returns of an equity curve, for figures that need all of them at once."""

from __future__ import annotations

import numpy as np

from engine.backtest.kernel.forms import Floats
from engine.compiled import kernel


@kernel("(Array(float64, 1, 'C', readonly=True),)")
def returns_of(equity: Floats) -> Floats:
    """float64[n-1], of each close on the close before; 0 once equity is at or below 0."""
    returns = np.empty(equity.size - 1, np.float64)
    for bar in range(1, equity.size):
        before = equity[bar - 1]
        returns[bar - 1] = equity[bar] / before - 1.0 if before > 0.0 else 0.0
    return returns
