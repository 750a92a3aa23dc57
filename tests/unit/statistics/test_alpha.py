"""What is earned beyond the market."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.research.statistics.alpha import alpha, beyond_market


def market(seed: int, n: int = 400) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.002, 0.02, n)


def test_a_share_of_the_market_earns_nothing_beyond_it():
    moves = market(1)
    noise = np.random.default_rng(2).normal(0.0, 0.001, 400)
    found = alpha(0.5 * moves + noise - noise.mean(), moves)
    assert found is not None
    assert found.beta == pytest.approx(0.5, abs=0.01)
    assert abs(found.score) < 0.5


def test_the_constant_and_its_error_are_those_of_the_textbook():
    # y = 1, 2, 4 and x = 0, 1, 2, ten times over: slope 1.5, constant 5/6, residuals 1/6, -1/3, 1/6
    x = np.tile([0.0, 1.0, 2.0], 10)
    y = np.tile([1.0, 2.0, 4.0], 10)
    found = alpha(y, x)
    assert found is not None
    assert found.beta == pytest.approx(1.5)
    assert found.per_period == pytest.approx(5 / 6)
    # weights 1/n - (x - 1) / 20 with n = 30; the sandwich with n / (n - 2), worked by hand
    weights = np.tile([1 / 30 + 1 / 20, 1 / 30, 1 / 30 - 1 / 20], 10)
    rest = np.tile([1 / 6, -1 / 3, 1 / 6], 10)
    assert found.score == pytest.approx(5 / 6 / np.sqrt(30 / 28 * np.sum((weights * rest) ** 2)))


@pytest.mark.parametrize("changing", [False, True])
def test_a_strategy_without_skill_scores_like_a_standard_normal(changing: bool):
    rng = np.random.default_rng(3)
    scores = []
    for _ in range(800):
        spread = np.exp(np.cumsum(rng.normal(0, 0.1, 300)) * changing)
        moves = spread * rng.normal(0.0, 0.02, 300)
        own = 0.7 * moves + spread * rng.normal(0.0, 0.01, 300)
        found = alpha(own, moves)
        assert found is not None
        scores.append(found.score)
    assert abs(np.mean(scores)) < 0.12
    assert 0.9 < np.std(scores) < 1.12


@given(st.integers(0, 50), st.floats(-3, 3))
def test_adding_market_moves_the_beta_and_leaves_the_rest(seed: int, more: float):
    moves = market(seed)
    own = np.random.default_rng(seed + 99).normal(0.001, 0.01, 400)
    one, other = alpha(own, moves), alpha(own + more * moves, moves)
    assert one is not None and other is not None
    assert other.beta == pytest.approx(one.beta + more, abs=1e-9)
    assert other.score == pytest.approx(one.score, rel=1e-6)
    assert beyond_market(own + more * moves, moves) == pytest.approx(beyond_market(own, moves), abs=1e-9)


def test_too_little_or_nothing_that_moves_is_undefined():
    assert alpha(market(1, 19), market(2, 19)) is None
    assert alpha(market(1), np.zeros(400)) is None
    assert alpha(np.zeros(400), market(1)) is None
    assert alpha(2 * market(1), market(1)) is None
