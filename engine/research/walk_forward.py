"""Walk-forward: parameters chosen on the past only, judged on what came right after it.

Pardo, The Evaluation and Optimization of Trading Strategies, 2nd ed. 2008, ch. 11 (walk-forward efficiency);
purging and embargo after Lopez de Prado, Advances in Financial Machine Learning, 2018, ch. 7. It works on
returns by period that are known for every parameter set, so that a position may be held across the border of
two folds, as it would be in life.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.market.interval import format_instant
from engine.research.findings import FoldPart, WalkForwardPart
from engine.research.returns import YEAR_MS
from engine.research.statistics.sharpe import moments, probabilistic_sharpe, sharpe_ratio, sharpe_ratios
from engine.strategy.spec import Number

Floats = NDArray[np.float64]

FOLDS = 6
FIRST_TRAINING = 0.3
MIN_TEST_PERIODS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Parameter sets with their returns on the same periods.

    Attributes:
        params: the sets.
        returns: float64[periods, sets], fractions.
        start_ms: start of the first period, UTC ms; period_ms: length of each.
    """

    params: Sequence[Mapping[str, Number]]
    returns: Floats
    start_ms: int
    period_ms: int

    @property
    def per_year(self) -> float:
        """Periods in 365 days."""
        return YEAR_MS / self.period_ms

    def instant(self, period: int) -> str:
        """Start of a period, ISO 8601 UTC."""
        return format_instant(self.start_ms + period * self.period_ms)


@dataclass(frozen=True, slots=True)
class Fold:
    """Periods [train_start, train_end) to choose on, [test_start, test_end) to be judged on."""

    train_start: int
    train_end: int
    test_start: int
    test_end: int


def anchored(periods: int, gap: int, folds: int = FOLDS) -> tuple[Fold, ...]:
    """Trainings that all begin at the first period and grow; `gap` periods between training and test."""
    return tuple(
        Fold(0, start - gap, start, end)
        for start, end in _tests(periods, folds)
        if start - gap >= MIN_TEST_PERIODS
    )


def rolling(periods: int, gap: int, folds: int = FOLDS) -> tuple[Fold, ...]:
    """Trainings of one length, that of the first, moving along; `gap` periods between training and test."""
    length = int(periods * FIRST_TRAINING)
    return tuple(
        Fold(start - length, start - gap, start, end)
        for start, end in _tests(periods, folds)
        if length - gap >= MIN_TEST_PERIODS
    )


def walk_anchored(candidates: Candidates, *, purge: int, embargo: int) -> WalkForwardPart | None:
    """The walk with growing trainings; None where the window is too short for one.

    Args:
        purge: periods that a position may last: so many are dropped from the end of each training.
        embargo: periods dropped besides, since returns are not independent from one to the next.
    """
    folds = anchored(len(candidates.returns), purge + embargo)
    return _walked("anchored", candidates, folds, purge, embargo)


def walk_rolling(candidates: Candidates, *, purge: int, embargo: int) -> WalkForwardPart | None:
    """The walk with trainings of one length; None where the window is too short for one."""
    folds = rolling(len(candidates.returns), purge + embargo)
    return _walked("rolling", candidates, folds, purge, embargo)


def out_of_sample(candidates: Candidates, folds: Sequence[Fold]) -> Floats:
    """Returns of all test parts, one after the other: of the set that was best in each training."""
    return np.concatenate([_tested(candidates, fold) for fold in folds])


def _tests(periods: int, folds: int) -> list[tuple[int, int]]:
    """Test parts of equal length that fill what the first training leaves."""
    edges = np.linspace(int(periods * FIRST_TRAINING), periods, folds + 1).astype(int).tolist()
    pairs = itertools.pairwise(edges)
    return [(start, end) for start, end in pairs if end - start >= MIN_TEST_PERIODS]


def _walked(
    kind: str, candidates: Candidates, folds: Sequence[Fold], purge: int, embargo: int
) -> WalkForwardPart | None:
    if not folds:
        return None
    parts = [_fold_part(candidates, fold) for fold in folds]
    tested = out_of_sample(candidates, folds)
    return WalkForwardPart(
        kind="anchored" if kind == "anchored" else "rolling",
        sets=len(candidates.params),
        purged_periods=purge,
        embargo_periods=embargo,
        folds=tuple(parts),
        sharpe=_annual(tested, candidates),
        total_return=_compounded(tested),
        efficiency=_efficiency(candidates, folds, tested),
        share_positive=float(np.mean([part.return_test > 0.0 for part in parts])),
        probability=_above_zero(tested),
    )


def _chosen(candidates: Candidates, fold: Fold) -> int:
    """The set with the best Sharpe ratio in the training; of equal ones the first."""
    ratios = sharpe_ratios(candidates.returns[fold.train_start : fold.train_end])
    return int(np.argmax(np.nan_to_num(ratios, nan=-np.inf)))


def _tested(candidates: Candidates, fold: Fold) -> Floats:
    return candidates.returns[fold.test_start : fold.test_end, _chosen(candidates, fold)]


def _fold_part(candidates: Candidates, fold: Fold) -> FoldPart:
    chosen, tested = _chosen(candidates, fold), _tested(candidates, fold)
    train = candidates.returns[fold.train_start : fold.train_end, chosen]
    return FoldPart(
        train_start=candidates.instant(fold.train_start),
        train_end=candidates.instant(fold.train_end),
        test_start=candidates.instant(fold.test_start),
        test_end=candidates.instant(fold.test_end),
        params=dict(candidates.params[chosen]),
        sharpe_train=_annual(train, candidates),
        sharpe_test=_annual(tested, candidates),
        return_test=_compounded(tested),
    )


def _efficiency(candidates: Candidates, folds: Sequence[Fold], tested: Floats) -> float | None:
    """Mean return per period in the tests over that in the trainings; None where the trainings lost."""
    trained = [
        candidates.returns[fold.train_start : fold.train_end, _chosen(candidates, fold)].mean()
        for fold in folds
    ]
    inside = float(np.mean(trained))
    return float(tested.mean()) / inside if inside > 0.0 else None


def _above_zero(tested: Floats) -> float | None:
    found = moments(tested)
    if found is None:
        return None
    return probabilistic_sharpe(found.sharpe, 0.0, found.periods, found.skewness, found.kurtosis)


def _annual(returns: Floats, candidates: Candidates) -> float | None:
    ratio = sharpe_ratio(returns)
    return None if ratio is None else ratio * candidates.per_year**0.5


def _compounded(returns: Floats) -> float:
    return float(np.prod(1.0 + returns) - 1.0)
