"""Returns bar by bar of a part of an equity curve, and their Sharpe ratio."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_ROUNDING = 1e-14


def bar_returns(equity: Floats) -> Floats:
    """float64[n - 1]: simple returns between n closes; 0 once equity is at or below 0."""
    before, after = equity[:-1], equity[1:]
    return np.divide(after, before, out=np.ones(len(before)), where=before > 0.0) - 1.0


def annual_sharpe(returns: Floats, bars_per_year: float) -> float | None:
    """Mean over standard deviation (ddof 1), annual, rate 0; None without a spread."""
    if len(returns) < 2:
        return None
    deviation = float(returns.std(ddof=1))
    return float(returns.mean()) / deviation * math.sqrt(bars_per_year) if deviation > _ROUNDING else None
