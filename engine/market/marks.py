"""Mark prices bar by bar: those that decide liquidation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.market.bars import Bars

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MarkPrices:
    """The mark over n bars.

    Attributes:
        open, high, low, close: float64[n], quote currency; the bar's own where no mark covers it.
        uncovered: how many bars lack a mark of their own.
    """

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    uncovered: int


def mark_prices(bars: Bars, mark: Bars | None) -> MarkPrices:
    """The mark over each bar, where mark bars of its interval, or of one that divides it, cover it whole."""
    open_, high, low, close = (bars.open.copy(), bars.high.copy(), bars.low.copy(), bars.close.copy())
    step = bars.interval.milliseconds
    if mark is None or not len(mark) or step % mark.interval.milliseconds:
        return MarkPrices(open_, high, low, close, len(bars))
    parts = step // mark.interval.milliseconds
    first = np.searchsorted(mark.open_time, bars.open_time, "left")
    stop = np.searchsorted(mark.open_time, bars.open_time + step, "left")
    covered = np.flatnonzero(stop - first == parts)
    row = first[covered]
    open_[covered], close[covered] = mark.open[row], mark.close[row + parts - 1]
    inside = row[:, None] + np.arange(parts)
    high[covered], low[covered] = mark.high[inside].max(axis=1), mark.low[inside].min(axis=1)
    return MarkPrices(open_, high, low, close, len(bars) - len(covered))
