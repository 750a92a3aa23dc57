"""Walk-forward: chosen on the past, tested on what follows."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.interval import DAY_MS
from engine.research.walk_forward import (
    Candidates,
    anchored,
    out_of_sample,
    rolling,
    walk_anchored,
    walk_rolling,
)


def candidates(returns: np.ndarray) -> Candidates:
    return Candidates([{"n": number} for number in range(returns.shape[1])], returns, 0, DAY_MS)


@given(periods=st.integers(20, 2000), gap=st.integers(0, 30), folds=st.integers(1, 12))
def test_no_training_reaches_into_its_test_and_the_gap_lies_between(periods: int, gap: int, folds: int):
    for fold in (*anchored(periods, gap, folds), *rolling(periods, gap, folds)):
        assert 0 <= fold.train_start < fold.train_end
        assert fold.train_end + gap <= fold.test_start < fold.test_end <= periods


@given(periods=st.integers(60, 2000), folds=st.integers(1, 8))
def test_the_tests_follow_each_other_without_a_hole_to_the_end(periods: int, folds: int):
    walked = anchored(periods, 0, folds)
    assert walked[-1].test_end == periods
    assert all(before.test_end == after.test_start for before, after in itertools.pairwise(walked))


def test_anchored_trainings_grow_and_rolling_ones_keep_their_length():
    grown, moved = anchored(200, 3), rolling(200, 3)
    assert {fold.train_start for fold in grown} == {0}
    assert len({fold.train_end - fold.train_start for fold in grown}) == len(grown)
    assert len({fold.train_end - fold.train_start for fold in moved}) == 1


def test_what_is_tested_is_the_set_that_was_best_before():
    # the first set is better until period 60, the second from then on
    steady = np.tile([0.01, 0.0], 50)
    first = np.where(np.arange(100) < 60, steady, -steady)
    second = -first
    folds = anchored(100, 0, folds=2)  # tests 30..65 and 65..100
    returns = np.column_stack([first, second])
    tested = out_of_sample(candidates(returns), folds)
    assert tested[:35] == pytest.approx(first[30:65])
    part = walk_anchored(candidates(returns), purge=0, embargo=0)
    assert part is not None
    assert next(fold.params["n"] for fold in part.folds) == 0


def test_a_set_that_was_good_only_in_the_purged_periods_is_not_chosen():
    returns = np.zeros((100, 2))
    returns[:, 0] = np.tile([0.002, -0.0015], 50)
    returns[27:30, 1] = [0.02, 0.019, 0.021]  # right before the first test
    with_gap = walk_anchored(candidates(returns), purge=2, embargo=1)
    without = walk_anchored(candidates(returns), purge=0, embargo=0)
    assert with_gap is not None and without is not None
    assert with_gap.folds[0].params == {"n": 0}
    assert without.folds[0].params == {"n": 1}


def test_the_figures_are_those_of_the_tests_put_together():
    rng = np.random.default_rng(4)
    made = candidates(rng.normal(0.001, 0.01, (300, 5)))
    part = walk_rolling(made, purge=1, embargo=1)
    assert part is not None
    tested = out_of_sample(made, rolling(300, 2))
    assert part.sharpe == pytest.approx(tested.mean() / tested.std(ddof=1) * 365**0.5)
    assert part.total_return == pytest.approx(np.prod(1 + tested) - 1)
    assert part.share_positive == np.mean([fold.return_test > 0 for fold in part.folds])
    assert part.folds[-1].test_end == "1970-10-28T00:00:00Z"


def test_efficiency_is_the_return_of_the_tests_over_that_of_the_trainings():
    returns = np.full((100, 1), 0.01)
    returns[1::2] = 0.0
    returns[30:] /= 2
    part = walk_rolling(candidates(returns), purge=0, embargo=0)
    assert part is not None and part.efficiency is not None
    trained = np.mean([returns[f.train_start : f.train_end].mean() for f in rolling(100, 0)])
    assert part.efficiency == pytest.approx(returns[30:].mean() / trained)


def test_losing_trainings_have_no_efficiency_and_flat_tests_no_ratio():
    losing = walk_anchored(candidates(np.tile([[-0.01], [-0.02]], (50, 1))), purge=0, embargo=0)
    flat = walk_anchored(candidates(np.zeros((100, 2))), purge=0, embargo=0)
    assert losing is not None and losing.efficiency is None
    assert flat is not None and flat.sharpe is None and flat.probability is None


def test_a_window_of_a_few_periods_cannot_be_walked():
    assert walk_anchored(candidates(np.zeros((12, 2))), purge=1, embargo=1) is None
