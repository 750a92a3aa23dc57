"""The Sharpe ratio over a window that moves along the run."""

from __future__ import annotations

import math

import numpy as np

from engine.backtest.result import Floats
from engine.errors import InvalidInput
from engine.market.interval import Interval

_DAYS = (365, 90, 30, 7, 1)
_LEAST_RETURNS = 30


def rolling_sharpe(equity: Floats, window: int, interval: Interval) -> Floats:
    """The Sharpe ratio of the last `window` per-bar returns at each bar: float64[n].

    As the metric: mean / deviation, ddof 1, rate 0, times the root of the bars per 365 days. NaN where
    fewer returns have passed, and where they do not spread.

    Args:
        equity: float64[n], quote currency at each bar's close.
        window: returns per ratio, at least 2.

    Raises:
        InvalidInput: a window below 2.
    """
    from engine.backtest.curve import SPREAD_ROUNDING
    from engine.backtest.kernel.summary import RETURN_ROUNDING
    from engine.backtest.kernel.tail import returns_of

    if window < 2:
        raise InvalidInput(f"A window of {window} returns has no deviation.", "Give 2 or more.")
    ratios = np.full(len(equity), np.nan)
    returns = returns_of(equity)
    if len(returns) < window:
        return ratios
    mean, squares = _rolling_sum(returns, window) / window, _rolling_sum(returns**2, window)
    spread = squares - window * mean**2
    deviation = np.sqrt(np.where(spread > squares * SPREAD_ROUNDING, spread, 0.0) / (window - 1))
    ratio = np.divide(mean, deviation, out=np.full(len(mean), np.nan), where=deviation > RETURN_ROUNDING)
    ratios[window:] = ratio * math.sqrt(interval.bars_per_year)
    return ratios


def usual_window(bars: int, interval: Interval) -> tuple[int, int] | None:
    """A window for a run of so many bars, as (days, returns); None when the run is too short for one.

    The longest of 365, 90, 30, 7 days and 1 that holds 30 returns and fits into the run four times.
    """
    for days in _DAYS:
        returns = round(interval.bars_per_year * days / 365)
        if _LEAST_RETURNS <= returns <= bars // 4:
            return days, returns
    return None


def _rolling_sum(values: Floats, window: int) -> Floats:
    """Sums of each `window` neighbours: float64[n - window + 1].

    The running sums start anew at every multiple of the window, so that each result adds the end of one
    block to the start of the next and nothing from farther away is rounded into it.
    """
    n = len(values)
    blocks = np.zeros(-(-n // window) * window)
    blocks[:n] = values
    blocks = blocks.reshape(-1, window)
    from_start = np.cumsum(blocks, axis=1).ravel()
    to_end = np.cumsum(blocks[:, ::-1], axis=1)[:, ::-1].ravel()
    first = np.arange(n - window + 1)
    sums = from_start[window - 1 : n].copy()
    crossing = first % window != 0
    sums[crossing] += to_end[: len(first)][crossing]
    return sums
