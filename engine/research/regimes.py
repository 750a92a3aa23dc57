"""What kind of market it was, as one could have known at the time, and what a run earned in each kind.

A bar is, by bars up to its own close only:

high_volatility  the root mean square of the changes of log close over 3 days is above its own 80% quantile
                 over the year before
trend_up         else, the change of log close over 10 days is above the root of the sum of squared changes
trend_down       else, it is below minus that
range            else, and as long as there are too few bars to tell

On a random walk the change over its root of squares is about normal with deviation 1, so that a third of the
quiet bars would be called a trend by chance. Times are calendar time, but no window is under 10 bars (20 for
trends): the same words for all intervals.
"""

from __future__ import annotations

import bisect
from collections import deque
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from engine.market.bars import Bars
from engine.market.interval import DAY_MS, Interval
from engine.research.bar_returns import annual_sharpe, bar_returns
from engine.research.findings import RegimeRow
from engine.research.subject import Subject

Floats = NDArray[np.float64]
Labels = NDArray[np.int8]
Regime = Literal["range", "trend_up", "trend_down", "high_volatility"]

RANGE, TREND_UP, TREND_DOWN, HIGH_VOLATILITY = range(4)
NAMES: tuple[Regime, ...] = get_args(Regime)

_VOLATILITY_DAYS, _LEAST_VOLATILITY_BARS = 3, 10
_TREND_DAYS, _LEAST_TREND_BARS = 10, 20
_QUANTILE = 0.8
_SAMPLES_PER_WINDOW = 4  # the long-run quantile is of so many volatilities per window
_LEAST_SAMPLES = 20


def regime_labels(bars: Bars) -> Labels:
    """int8[n]: RANGE, TREND_UP, TREND_DOWN or HIGH_VOLATILITY; row i reads bars up to i only."""
    price = np.log(bars.close)
    squares = np.concatenate(([0.0, 0.0], np.cumsum(np.diff(price) ** 2)))
    labels = np.full(len(bars), RANGE, np.int8)
    trend = _bars_in(bars.interval, _TREND_DAYS, _LEAST_TREND_BARS)
    if len(bars) > trend:
        moved = price[trend:] - price[:-trend]
        usual = np.sqrt(_sums(squares, trend))
        labels[trend:][moved > usual] = TREND_UP
        labels[trend:][moved < -usual] = TREND_DOWN
    window = _bars_in(bars.interval, _VOLATILITY_DAYS, _LEAST_VOLATILITY_BARS)
    if len(bars) > window:
        volatility = np.sqrt(_sums(squares, window) / window)
        every = max(window // _SAMPLES_PER_WINDOW, 1)
        year = round(bars.interval.bars_per_year / every)
        high = volatility > np.repeat(_long_run(volatility[::every], year), every)[: len(volatility)]
        labels[window:][high] = HIGH_VOLATILITY
    return labels


def regime_rows(subject: Subject) -> tuple[RegimeRow, ...]:
    """What the run earned by the kind of market: each bar, and each entry, counts for the bar before it.

    Returns are compounded over the bars of a kind; the Sharpe ratio is that of these bars, annual; trades are
    the closed ones that were entered in it.
    """
    known = regime_labels(subject.market.bars)[:-1]
    returns = bar_returns(subject.simulation.equity)
    entered = known[subject.simulation.trades.entry_bar - 1]
    per_year = subject.market.bars.interval.bars_per_year
    return tuple(
        RegimeRow(
            regime=name,
            share_of_bars=np.count_nonzero(known == label) / len(known),
            total_return=float(np.prod(1.0 + returns[known == label]) - 1.0),
            sharpe=annual_sharpe(returns[known == label], per_year),
            trades=int(np.count_nonzero(entered == label)),
        )
        for label, name in enumerate(NAMES)
    )


def _bars_in(interval: Interval, days: int, least: int) -> int:
    return max(days * DAY_MS // interval.milliseconds, least)


def _sums(cumulative: Floats, window: int) -> Floats:
    """Sums of the last `window` changes at each close from row `window` on; rounding below 0 is 0."""
    return np.maximum(cumulative[window + 1 :] - cumulative[1:-window], 0.0)


def _long_run(samples: Floats, year: int) -> Floats:
    """The quantile of up to `year` samples before each; infinite while there are too few."""
    quantiles = np.full(len(samples), np.inf)
    ordered: list[float] = []
    recent: deque[float] = deque()
    for number, sample in enumerate(samples.tolist()):
        if len(ordered) >= _LEAST_SAMPLES:
            quantiles[number] = ordered[int(_QUANTILE * (len(ordered) - 1))]
        if len(recent) == year:
            del ordered[bisect.bisect_left(ordered, recent.popleft())]
        recent.append(sample)
        bisect.insort(ordered, sample)
    return quantiles
