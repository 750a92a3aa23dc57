"""Per-bar returns of an equity curve, as every figure here and in the metrics takes them."""

from __future__ import annotations

import numpy as np

from engine.backtest.result import Floats

RETURN_ROUNDING = 1e-14
"""A spread of returns at or below this is rounding and counts as none."""


def bar_returns(equity: Floats) -> Floats:
    """equity_i / equity_{i-1} - 1 for i = 1 .. n-1: float64[n-1], 0 once equity is at or below 0."""
    before, now = equity[:-1], equity[1:]
    return np.divide(now, before, out=np.ones_like(now), where=before > 0.0) - 1.0
