"""What another order of the trades, or missing some of them, would have made of a run.

Trades count as exchangeable, each as a return on the equity before it: the order of the real ones is then one
of many that were as likely (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, ch. 15). Shuffling
changes no total return, only the way to it; what losses in a row owe to each other is lost.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.research.findings import MonteCarloPart

Floats = NDArray[np.float64]

RUNS = 1000
MISSED_SHARE = 0.1
_CELLS = 1 << 20  # trades looked at at once


def monte_carlo(
    trades: Floats, seed: int, runs: int = RUNS, missed_share: float = MISSED_SHARE
) -> MonteCarloPart:
    """Shuffles of the trades and histories with some of them missed; figures are None without a trade.

    Args:
        trades: float64[trades], profit of each over the equity before it; at or below -1 is ruin.
    """
    rng = np.random.default_rng(seed)
    growth = np.maximum(1.0 + trades, 0.0)
    drawdowns = np.concatenate([_drawdowns(rng.permuted(rows, axis=1)) for rows in _copies(growth, runs)])
    returns = np.concatenate([_with_missed(rows, missed_share, rng) for rows in _copies(growth, runs)])
    some = len(trades) > 0
    return MonteCarloPart(
        runs=runs,
        drawdown_median=float(np.median(drawdowns)) if some else None,
        drawdown_95=float(np.quantile(drawdowns, 0.95)) if some else None,
        missed_share=missed_share,
        return_5_with_missed=float(np.quantile(returns, 0.05)) if some else None,
    )


def _copies(growth: Floats, runs: int) -> Iterator[Floats]:
    """`runs` copies of the trades in portions float64[rows, trades]."""
    at_once = max(1, _CELLS // max(1, len(growth)))
    for done in range(0, runs, at_once):
        yield np.tile(growth, (min(at_once, runs - done), 1))


def _drawdowns(growth: Floats) -> Floats:
    """Largest fall below the highest equity so far, the start included; 0 to 1, by row."""
    start = np.ones((len(growth), 1))
    equity = np.cumprod(np.hstack([start, growth]), axis=1)
    peak = np.maximum.accumulate(equity, axis=1)
    return np.max(1.0 - equity / peak, axis=1)


def _with_missed(growth: Floats, share: float, rng: np.random.Generator) -> Floats:
    """Return of each row when every trade is missed with probability `share`."""
    missed = rng.random(growth.shape, dtype=np.float32) < share
    return np.prod(np.where(missed, 1.0, growth), axis=1) - 1.0
