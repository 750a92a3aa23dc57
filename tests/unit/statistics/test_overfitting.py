"""Combinatorially symmetric cross-validation.

| source | figures |
|---|---|
| by hand | four blocks, two sets: six splits, of which four choose the worse one |
| vignette of the R package pbo (Barry 2014), after Bailey et al. 2017 | 100 sets of noise with equal means, 8 blocks: PBO 1, probability of loss 1 |
| Bailey, Borwein, Lopez de Prado & Zhu 2017 | 16 blocks: 12,870 splits; one set with an edge: PBO near 0; noise: near a half over many searches |
"""  # noqa: E501

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidInput
from engine.research.statistics.overfitting import overfitting


def noise(periods: int, sets: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 0.01, (periods, sets))


def by_definition(returns: np.ndarray, blocks: int) -> tuple[float, float, float]:
    """Probability, probability of loss and slope by the plainest of loops."""
    from itertools import combinations

    cut = np.array_split(returns, blocks)
    logits, inside, outside = [], [], []
    for chosen in combinations(range(blocks), blocks // 2):
        one = np.concatenate([cut[b] for b in chosen])
        other = np.concatenate([cut[b] for b in range(blocks) if b not in chosen])
        in_ratio = one.mean(axis=0) / one.std(axis=0, ddof=1)
        out_ratio = other.mean(axis=0) / other.std(axis=0, ddof=1)
        best = int(in_ratio.argmax())
        rank = (out_ratio < out_ratio[best]).sum() + 1
        odds = rank / (returns.shape[1] + 1)
        logits.append(math.log(odds / (1 - odds)))
        inside.append(in_ratio[best])
        outside.append(out_ratio[best])
    slope = np.polyfit(inside, outside, 1)[0]
    return float(np.mean(np.array(logits) <= 0)), float(np.mean(np.array(outside) < 0)), float(slope)


def test_an_example_worked_by_hand() -> None:
    """Set A earns in blocks 1 and 2, set B in 3 and 4; both move alike around their means.

    Block means are A: 2 2 -2 -2, B: -1 -1 1 1. The halves {1,2} and {3,4} choose the one that is worse in the
    other half and loses there. In the four mixed halves both have mean 0, hence equal ratios of 0 inside and
    outside: the middle of the two ranks is the median, which counts as not above it.
    """
    wobble = np.array([1.0, -1.0, 1.0, -1.0, 0.0])
    a = np.concatenate([wobble + mean for mean in (2.0, 2.0, -2.0, -2.0)])
    b = np.concatenate([wobble + mean for mean in (-1.0, -1.0, 1.0, 1.0)])
    found = overfitting(np.column_stack([a, b]), blocks=4)
    assert (found.sets, found.blocks, found.splits) == (2, 4, 6)
    assert found.probability == 1.0
    assert found.probability_of_loss == pytest.approx(2 / 6)
    assert sorted(found.logits) == pytest.approx([-math.log(2)] * 2 + [0.0] * 4)


def test_the_figures_are_those_of_the_definition() -> None:
    returns = noise(96, 9, seed=5)
    found = overfitting(returns, blocks=8)
    assert (found.probability, found.probability_of_loss, found.slope) == pytest.approx(
        by_definition(returns, 8)
    )


def test_sixteen_blocks_have_12870_splits() -> None:
    assert overfitting(noise(400, 3)).splits == 12_870


def test_the_published_case_of_equal_means_is_wholly_over_fitted() -> None:
    returns = noise(2400, 100, seed=765)
    returns = returns / returns.std(axis=0, ddof=1) / math.sqrt(252)
    returns += -returns.mean(axis=0) - 0.03 / 252
    found = overfitting(returns, blocks=8)
    assert (found.probability, found.probability_of_loss) == (1.0, 1.0)
    assert found.slope == pytest.approx(-1.0, abs=0.05)


def test_a_search_among_noise_is_as_good_as_a_coin() -> None:
    found = [overfitting(noise(240, 21, seed), blocks=8).probability for seed in range(60)]
    assert np.mean([p for p in found if p is not None]) == pytest.approx(0.5, abs=0.08)


def test_one_real_edge_is_not_over_fitted() -> None:
    returns = noise(800, 30, seed=2)
    returns[:, 11] += 0.0025
    found = overfitting(returns)
    assert found.probability is not None
    assert found.probability < 0.01
    assert found.probability_of_loss is not None
    assert found.probability_of_loss < 0.01


def test_short_data_has_fewer_blocks_and_the_oldest_remainder_is_left_out() -> None:
    returns = noise(47, 5)
    assert overfitting(returns).blocks == 8
    assert overfitting(returns).probability == overfitting(returns[7:]).probability


@pytest.mark.parametrize("shape", [(19, 5), (200, 1), (0, 0)])
def test_too_little_data_has_no_figures(shape: tuple[int, int]) -> None:
    found = overfitting(noise(*shape))
    assert (found.probability, found.probability_of_loss, found.slope, found.splits) == (None, None, None, 0)


@pytest.mark.parametrize("blocks", [3, 7, 2, 0])
def test_blocks_that_cannot_be_halved_are_refused(blocks: int) -> None:
    with pytest.raises(InvalidInput, match="even number"):
        overfitting(noise(100, 5), blocks)


def test_sets_that_never_move_neither_fail_nor_win() -> None:
    returns = noise(200, 6, seed=4)
    returns[:, :3] = 0.0
    found = overfitting(returns, blocks=8)
    assert found.probability is not None
    assert np.all(np.isfinite(found.logits))
    nothing = overfitting(np.zeros((200, 4)), blocks=8)
    assert (nothing.probability, nothing.probability_of_loss, nothing.slope) == (1.0, 0.0, None)


@given(st.integers(0, 10**6), st.floats(0.001, 1000.0), st.permutations(range(7)))
def test_neither_the_scale_of_a_set_nor_the_order_of_sets_matters(
    seed: int, scale: float, order: list[int]
) -> None:
    returns = noise(60, 7, seed)
    before = overfitting(returns, blocks=6)
    returns[:, 3] *= scale
    after = overfitting(returns[:, order], blocks=6)
    assert np.sort(before.logits) == pytest.approx(np.sort(after.logits))
    assert before.slope == pytest.approx(after.slope)


@given(st.integers(0, 10**6))
def test_a_copy_of_every_set_changes_no_rank_by_more_than_the_tie(seed: int) -> None:
    returns = noise(60, 7, seed)
    once, twice = overfitting(returns, blocks=6), overfitting(np.hstack([returns, returns]), blocks=6)
    assert once.slope == pytest.approx(twice.slope)
    assert once.probability_of_loss == twice.probability_of_loss
