"""The most volatile stretches of a window, found by themselves, and what the run made of them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.market.bars import Bars
from engine.market.interval import format_instant
from engine.research.bar_returns import annual_sharpe, bar_returns
from engine.research.findings import StressRow
from engine.research.subject import Subject

Floats = NDArray[np.float64]

_PARTS = 10  # a stretch is this part of the window
_MOST = 3
_LEAST_BARS = 20


def volatile_rows(subject: Subject) -> tuple[StressRow, ...]:
    """The run's own equity in up to three stretches of a tenth of the window, the most volatile first."""
    return tuple(
        _row(subject, number, first, stop)
        for number, (first, stop) in enumerate(volatile_stretches(subject.market.bars), 1)
    )


def volatile_stretches(bars: Bars) -> tuple[tuple[int, int], ...]:
    """Rows [first, stop) of the stretches with the highest realised volatility, without overlap.

    Realised volatility is the root mean square of the changes of log close. Only stretches above that of
    the whole window count; there are none in a window under 200 bars.
    """
    length = len(bars) // _PARTS
    if length < _LEAST_BARS:
        return ()
    squares = np.diff(np.log(bars.close), prepend=math.log(bars.close[0])) ** 2
    sums = np.concatenate(([0.0], np.cumsum(squares)))
    within = sums[length:] - sums[:-length]  # of the stretch from each row on
    usual = length * squares.mean()
    found: list[tuple[int, int]] = []
    while len(found) < _MOST:
        first = int(np.argmax(within))
        if not within[first] > usual:
            break
        found.append((first, first + length))
        within[max(0, first - length + 1) : first + length] = -1.0
    return tuple(found)


def _row(subject: Subject, number: int, first: int, stop: int) -> StressRow:
    bars, simulation = subject.market.bars, subject.simulation
    before = simulation.equity[first - 1] if first else simulation.cash
    equity = np.concatenate(([before], simulation.equity[first:stop]))
    entries = simulation.trades.entry_bar
    end_ms = int(bars.open_time[stop - 1]) + bars.interval.milliseconds
    return StressRow(
        name=f"volatile_{number}",
        said=f"Only {format_instant(int(bars.open_time[first]))} to {format_instant(end_ms)}, "
        f"one of the most volatile tenths of the window.",
        sharpe=annual_sharpe(bar_returns(equity), bars.interval.bars_per_year),
        total_return=float(equity[-1] / before - 1.0) if before > 0.0 else 0.0,
        max_drawdown=_drawdown(equity),
        trades=int(np.count_nonzero((entries >= first) & (entries < stop))),
    )


def _drawdown(equity: Floats) -> float:
    peak = np.maximum.accumulate(equity)
    if peak[0] <= 0.0:
        return 0.0
    return float(min(np.max(1.0 - equity / peak), 1.0))
