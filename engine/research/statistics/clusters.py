"""How many independent trials a row of trials amounts to: clusters of alike returns.

A trial joins the first leader whose returns correlate with its own at least at the threshold, else it becomes
a leader (Hartigan, Clustering Algorithms, 1975, ch. 3). The number of leaders is the effective number. It
depends on the trials and their order only, a further trial never lowers it, and a row can be gone on with
from its leaders alone. Why trials have to be clustered: Lopez de Prado & Lewis, "Detection of false
investment strategies using unsupervised learning methods", Quantitative Finance 19(9), 2019.

Trials whose correlation is undefined are independent; a trial that never moved is no trial.

The default threshold is the one at which the number of clusters N tells the luck of a search best: grids of
rules on 300 random walks of 800 days. By threshold: N, the best t statistic expected of N such trials, and
how often the deflated Sharpe ratio of the real best (whose mean t is under best) was above 0.95. It falls
short for rules that are mostly long, whose luck is the market's: the verdict asks those for more than that.

    rules                  best        0.5              0.7              0.8
    133 crosses of means   1.48    4  1.07   6%    11  1.58   2%    20  1.89   1%
    the same, long only    1.14    2  0.27  24%     4  0.87  12%     8  1.33   4%
    87 bands               1.85    9  1.50   3%    21  1.92   0%    36  2.14   0%
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, islice

import numpy as np
from numpy.typing import NDArray

from engine.research.returns import PeriodReturns
from engine.research.statistics.correlation import (
    Stack,
    common_period,
    correlations,
    moves,
    stacked,
    whole,
)

THRESHOLD = 0.7
FLAT = -1
_ROUNDING = 1e-9  # how a product was cut up shall not decide
_AT_ONCE = 256

Labels = NDArray[np.int64]
Rows = NDArray[np.intp]
Flags = NDArray[np.bool_]


def effective_trials(trials: Sequence[PeriodReturns], threshold: float = THRESHOLD) -> int:
    """Number of clusters among trials in the order in which they were made."""
    clusters = Clusters(threshold)
    clusters.add(trials)
    return clusters.count


class Clusters:
    """Clusters of trials in the order in which they come; extended without looking at earlier ones again."""

    def __init__(self, threshold: float = THRESHOLD, leaders: Sequence[PeriodReturns] = ()) -> None:
        """Empty, or gone on with from the leaders of an earlier clustering under the same threshold.

        Args:
            threshold: correlation from which on two trials are one.
            leaders: the `leaders` of that clustering, in their order; they are not compared again.
        """
        self._threshold = threshold - _ROUNDING
        self._groups: list[_Group] = []
        self._lead(leaders)

    @property
    def count(self) -> int:
        """Effective number of independent trials so far."""
        return sum(len(group.trials) for group in self._groups)

    @property
    def leaders(self) -> tuple[PeriodReturns, ...]:
        """The first trial of each cluster, in order: all that is needed to go on later."""
        return tuple(leader for group in self._groups for leader in group.trials)

    def add(self, trials: Sequence[PeriodReturns]) -> tuple[int, ...]:
        """Put each trial into its cluster, in this order.

        Returns:
            The number of the cluster of each, from 0; `FLAT` for a trial that never moved.
        """
        labels: list[int] = []
        for block in _blocks(trials):
            labels += self._add_block(_Group(block)).tolist()
        return tuple(labels)

    def _add_block(self, block: _Group) -> Labels:
        labels = np.full(len(block.trials), FLAT)
        rows: Rows = np.flatnonzero([moves(trial) for trial in block.trials])  # those without a leader yet
        before = 0
        for group in self._groups:
            match = _first(block.alike(rows, group, self._threshold))
            labels[rows] = np.where(match == FLAT, FLAT, before + match)
            rows = rows[match == FLAT]
            before += len(group.trials)
        leaders, match = _first_among(block.alike(rows, block, self._threshold)[:, rows])
        labels[rows] = before + match
        self._lead([block.trials[int(rows[leader])] for leader in leaders])
        return labels

    def _lead(self, trials: Sequence[PeriodReturns]) -> None:
        """Open a cluster for each, in groups of at most a block."""
        last = self._groups.pop().trials if self._groups else ()
        self._groups += [_Group(block) for block in _blocks((*last, *trials))]


class _Group:
    """Trials of one period length that are compared at once, at least one."""

    def __init__(self, trials: Sequence[PeriodReturns]) -> None:
        self.trials = tuple(trials)
        self._period = trials[0].period_ms
        self._stacks: dict[int, Stack] = {}

    def alike(self, rows: Rows, other: _Group, threshold: float) -> Flags:
        """Which of some trials here reach the threshold with which of another group, bool[rows, others]."""
        period = common_period(self._period, other._period)
        if period is None or not len(rows):
            return np.zeros((len(rows), len(other.trials)), dtype=bool)
        return correlations(self._at(period).rows(rows), other._at(period)) >= threshold

    def _at(self, period: int) -> Stack:
        if period not in self._stacks:
            self._stacks[period] = stacked([whole(trial, period) for trial in self.trials], period)
        return self._stacks[period]


def _blocks(trials: Sequence[PeriodReturns]) -> Iterator[list[PeriodReturns]]:
    """Consecutive trials of one period length, at most `_AT_ONCE` of them."""
    for _, alike in groupby(trials, key=lambda trial: trial.period_ms):
        while block := list(islice(alike, _AT_ONCE)):
            yield block


def _first(alike: Flags) -> Labels:
    """The first column that is set in each row, else `FLAT`."""
    return np.where(alike.any(axis=1), alike.argmax(axis=1), FLAT)


def _first_among(alike: Flags) -> tuple[list[int], Labels]:
    """Leaders among n trials, and which of them each trial follows, from bool[n, n]."""
    leaders: list[int] = []
    follows = np.full(len(alike), FLAT)
    for row in range(len(alike)):
        if follows[row] == FLAT:
            follows[(follows == FLAT) & alike[:, row]] = len(leaders)
            follows[row] = len(leaders)
            leaders.append(row)
    return leaders, follows
