"""Whether the best of a search is better than flat.

| source | figures |
|---|---|
| Hansen 2005, sec. 3 and 4 | lower <= consistent <= upper; a bad set changes White's p and the upper bound, not the consistent p |
| simulation of its null (all sets flat in truth) | a test at 10% rejects in 4% to 17% of searches |
| simulation of one set with an annual ratio of about 3 among 50 over two years | found in more than 90% |
| by hand | one set with independent returns and a t statistic of 1.645: p near 0.05 |
"""  # noqa: E501

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.research.statistics.superior import superiority


def noise(periods: int, sets: int, seed: int, common: float = 0.0) -> np.ndarray:
    """Returns without skill; `common` is the share of variance that all sets have in common."""
    rng = np.random.default_rng(seed)
    own = rng.normal(0.0, 0.01, (periods, sets))
    return np.sqrt(1.0 - common) * own + np.sqrt(common) * rng.normal(0.0, 0.01, (periods, 1))


@pytest.mark.parametrize("common", [0.0, 0.7])
def test_a_search_without_skill_is_called_superior_as_rarely_as_asked(common: float) -> None:
    found = [superiority(noise(250, 15, seed, common), seed, runs=150) for seed in range(100)]
    p_values = np.array([one.p for one in found if one is not None])
    assert 0.04 <= np.mean(p_values <= 0.1) <= 0.17
    assert np.median(p_values) == pytest.approx(0.5, abs=0.12)


def test_one_real_edge_among_many_is_found() -> None:
    found = []
    for seed in range(25):
        returns = noise(730, 50, seed)
        returns[:, 17] += 3.2 / 365**0.5 * 0.01
        one = superiority(returns, seed, runs=200)
        found.append(one is not None and one.p <= 0.1)
    assert np.mean(found) > 0.9


def test_a_single_set_has_the_p_of_its_t_statistic() -> None:
    returns = np.random.default_rng(3).normal(size=400)
    returns = (returns - returns.mean()) / returns.std() + 1.6448536 / 20
    found = superiority(returns[:, None], 0, runs=20_000, mean_block=1.0)
    assert found is not None
    assert found.p == pytest.approx(0.05, abs=0.006)
    assert found.upper == pytest.approx(found.reality_check, abs=1e-12)


def test_plainly_bad_sets_leave_the_consistent_p_but_raise_the_reality_check() -> None:
    returns = noise(500, 5, 8)
    returns[:, 0] += 0.0010
    bad = 4.0 * noise(500, 40, 9) - 0.012
    before, after = superiority(returns, 1), superiority(np.hstack([returns, bad]), 1)
    assert before is not None
    assert after is not None
    assert after.p == pytest.approx(before.p, abs=0.04)
    assert after.upper > after.p + 0.05
    assert after.reality_check > before.reality_check + 0.1


def test_a_search_that_only_loses_is_certain_to_be_no_better_than_flat() -> None:
    found = superiority(noise(300, 10, 4) - 0.01, 0)
    assert found is not None
    assert found.p == found.upper == 1.0


def test_sets_that_never_move_do_not_count() -> None:
    returns = noise(200, 6, 5)
    with_flat = np.hstack([returns, np.zeros((200, 3))])
    assert superiority(with_flat, 0) == superiority(returns, 0)


@pytest.mark.parametrize("returns", [np.zeros((100, 4)), noise(9, 3, 0), np.empty((0, 0)), np.empty((50, 0))])
def test_nothing_to_test_has_no_p(returns: np.ndarray) -> None:
    assert superiority(returns, 0) is None


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.floats(0.01, 100.0), st.permutations(range(6)))
def test_bounds_hold_and_neither_scale_nor_order_of_sets_matters(
    seed: int, scale: float, order: list[int]
) -> None:
    returns = noise(60, 6, seed)
    found = superiority(returns, 7, runs=100, mean_block=3.0)
    again = superiority(scale * returns[:, order], 7, runs=100, mean_block=3.0)
    assert found is not None
    assert again is not None
    assert found.lower <= found.p <= found.upper
    assert (again.p, again.lower, again.upper) == pytest.approx(
        (found.p, found.lower, found.upper), abs=0.011
    )
