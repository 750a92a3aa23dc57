"""The null of random entries: what the same trades would have earned at moments chosen by chance.

The run's own round trips (side, time held, size) are put in a random order and at random moments of the same
market, without overlap, and go through the same kernel with the same fees, slippage and funding. Trades, time
in the market, net exposure and costs are thus the strategy's own, drift of the market included; only the
timing is chance. They have no stops: the time held contains what stops did. It is a permutation test of the
timing; see Masters, Permutation and Randomization Tests for Trading System Development, 2020.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.backtest.execution import Execution
from engine.backtest.prepared import prepare, run
from engine.backtest.setup import Setup
from engine.backtest.sizing import FractionOfEquity
from engine.cancellation import Cancellation
from engine.market.filters import Filters
from engine.progress import Progress, unheard
from engine.research.findings import RandomEntriesPart
from engine.research.stress.round_trips import RoundTrips, round_trips
from engine.research.subject import Subject
from engine.strategy.signals import Signals

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_BPS = 10_000.0
_CROWDED = 0.05  # of the bars: less time out of the market than this leaves too few places to move to
_TELL_EVERY = 50
_SAME = 1e-9  # a spread of Sharpe ratios below this is rounding


def random_entries(
    subject: Subject,
    runs: int,
    seed: int,
    *,
    cancellation: Cancellation | None = None,
    progress: Progress = unheard,
) -> RandomEntriesPart:
    """How the strategy stands among `runs` placements of its own round trips at random moments.

    Sharpe ratios are annual, of the returns per bar, for the strategy as for the null. Figures are None where
    nothing is left to chance: no trade, or a position held through the whole window.

    Raises:
        Cancelled: as asked.
    """
    sharpes = random_sharpes(subject, runs, seed, cancellation=cancellation, progress=progress)
    own = subject.simulation.metrics.sharpe
    if len(sharpes) < 2 or own is None:
        return RandomEntriesPart(runs=runs, mean_sharpe=None, deviation=None, percentile=None, score=None)
    mean, deviation = float(sharpes.mean()), float(sharpes.std(ddof=1))
    if deviation < _SAME:
        return RandomEntriesPart(runs=runs, mean_sharpe=mean, deviation=0.0, percentile=None, score=None)
    beaten = (np.count_nonzero(sharpes < own) + 0.5 * np.count_nonzero(sharpes == own)) / len(sharpes)
    return RandomEntriesPart(
        runs=runs,
        mean_sharpe=mean,
        deviation=deviation,
        percentile=beaten,
        score=(own - mean) / deviation,
    )


def random_sharpes(
    subject: Subject,
    runs: int,
    seed: int,
    *,
    cancellation: Cancellation | None = None,
    progress: Progress = unheard,
) -> Floats:
    """Annual Sharpe ratios of the placements, float64[runs]; fewer where one of them has none.

    Raises:
        Cancelled: as asked.
    """
    costs, bars = subject.setup.costs, len(subject.market.bars)
    trips = round_trips(subject.simulation, costs.taker_fee_bps / _BPS)
    if not len(trips):
        return np.empty(0)
    base = float(trips.share.max())
    prepared = prepare(subject.market, _setup_of_the_null(subject.setup, base))
    rng = np.random.Generator(np.random.PCG64(seed))
    sharpes = np.empty(runs)
    for number in range(runs):
        if cancellation is not None:
            cancellation.check()
        signals = placed(trips, bars, base, rng)
        sharpes[number] = run(prepared, signals, recorded=False).summary.sharpe
        if number % _TELL_EVERY == 0:
            progress(number / runs, "random entries")
    return sharpes[~np.isnan(sharpes)]


def placed(trips: RoundTrips, bars: int, base: float, rng: np.random.Generator) -> Signals:
    """Signals that make the round trips in random order at random moments of `bars` bars.

    Each trip begins at a moment drawn evenly from the time out of the market. Where there is next to none (a
    strategy that turns from long to short and back), the whole is also shifted round by a random number
    of bars, and the trip that this cuts in two is made in two parts, at the costs of two.

    Args:
        base: the share of equity that a size of 1 stands for.
    """
    order = rng.permutation(len(trips))
    side, held, size = trips.side[order], trips.held[order], trips.share[order] / base
    room = bars - 1  # nothing can be entered at the first open
    idle = room - trips.bars_held
    start = np.sort(rng.integers(0, idle + 1, len(trips))) + np.cumsum(held) - held
    end = start + held
    if idle < _CROWDED * room and side.min() < side.max():
        start, end, side, size = _shifted(start, end, side, size, room, int(rng.integers(room)))
    return _signals(start, end, side, size, bars)


def _shifted(
    start: Integers,
    end: Integers,
    side: Integers,
    size: Floats,
    room: int,
    shift: int,
) -> tuple[Integers, Integers, Integers, Floats]:
    """The trips shifted round a circle of `room` bars; one that crosses its end goes on at its start."""
    start = (start + shift) % room
    end = (end + shift - 1) % room + 1
    cut = np.flatnonzero(end <= start)
    starts = np.append(start, np.zeros(len(cut), np.int64))
    ends = np.append(np.where(end <= start, room, end), end[cut])
    return starts, ends, np.append(side, side[cut]), np.append(size, size[cut])


def _signals(start: Integers, end: Integers, side: Integers, size: Floats, bars: int) -> Signals:
    """Rows `start` enter, rows `end` leave; a row acts at the open of the bar after it."""
    flags = np.zeros((4, bars), np.bool_)
    is_long = side > 0
    for row, rows in enumerate((start[is_long], end[is_long], start[~is_long], end[~is_long])):
        flags[row, rows] = True
    sizes = np.ones(bars)
    sizes[start] = size
    return Signals(flags[0], flags[1], flags[2], flags[3], size=sizes)


def _setup_of_the_null(setup: Setup, base: float) -> Setup:
    """The same costs and margin; what decided about sizes and delay is in the trips already."""
    tick = setup.filters.tick if setup.filters else 0.0
    return replace(
        setup,
        execution=Execution(participation=setup.execution.participation),
        filters=Filters(tick=tick) if tick else None,
        sizing=FractionOfEquity(base),
        drawdown_scaling=None,
    )
