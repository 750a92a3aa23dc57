"""The difference of two Sharpe ratios.

| source | figures |
|---|---|
| Jobson & Korkie 1981 with the correction of Memmel 2003 | variance of the difference for normal returns with correlation c: (2 - 2c + (a^2 + b^2 - 2 a b c^2) / 2) / n |
| simulation of no difference | a test at 10% rejects in 4% to 17% of pairs |
"""  # noqa: E501

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.market.interval import DAY_MS
from engine.research.returns import PeriodReturns
from engine.research.statistics.comparison import sharpe_difference
from engine.research.statistics.sharpe import sharpe_ratio


def run(values: np.ndarray, start: int = 18_000, period_ms: int = DAY_MS) -> PeriodReturns:
    return PeriodReturns(start * period_ms, period_ms, values)


def pair(n: int, a: float, b: float, correlation: float, seed: int, memory: float = 0.0) -> np.ndarray:
    """Two histories of n periods with the given ratios, float64[2, n]."""
    rng = np.random.default_rng(seed)
    values = rng.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], n)
    for row in range(1, n):
        values[row] += memory * values[row - 1]
    return (values * math.sqrt(1 - memory**2) + [a, b]).T


def test_the_interval_is_as_wide_as_the_formula_for_normal_returns() -> None:
    a, b, c, n = 1.2, 0.2, 0.3, 500
    error = math.sqrt((2 - 2 * c + (a**2 + b**2 - 2 * a * b * c**2) / 2) / n)
    widths = []
    for seed in range(20):
        one, other = pair(n, a, b, c, seed)
        found = sharpe_difference(run(one), run(other), seed, runs=200)
        assert found is not None
        widths.append((found.high - found.low) / (2 * 1.645 * error * math.sqrt(365)))
    assert np.mean(widths) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("memory", [0.0, 0.3])
def test_runs_that_are_as_good_differ_as_rarely_as_asked(memory: float) -> None:
    p_values = []
    for seed in range(100):
        one, other = pair(200, 0.08, 0.08, 0.5, seed, memory)
        found = sharpe_difference(run(one), run(other), seed, runs=150)
        assert found is not None
        p_values.append(found.p)
    assert 0.04 <= np.mean(np.array(p_values) <= 0.1) <= 0.17


def test_a_run_that_is_far_better_is_told_apart() -> None:
    one, other = pair(1000, 0.15, 0.0, 0.5, seed=2)
    found = sharpe_difference(run(one), run(other), seed=0)
    assert found is not None
    assert found.p < 0.01
    assert 0.0 < found.low < found.difference < found.high


def test_only_common_periods_count_and_ratios_are_annual() -> None:
    one, other = pair(400, 0.1, 0.0, 0.3, seed=3)
    found = sharpe_difference(run(one), run(other[100:], 18_100), seed=0)
    assert found is not None
    ratio = sharpe_ratio(one[100:])
    assert ratio is not None
    assert found.periods == 300
    assert found.one == pytest.approx(ratio * math.sqrt(365))
    assert found.difference == pytest.approx(found.one - found.other)


def test_runs_of_other_period_lengths_are_compared_on_the_coarser() -> None:
    hours = np.random.default_rng(4).normal(0.0, 0.01, 24 * 50)
    days = np.random.default_rng(5).normal(0.0, 0.01, 60)
    found = sharpe_difference(run(hours, 24 * 18_005, DAY_MS // 24), run(days), seed=0)
    assert found is not None
    assert found.periods == 50


def test_the_other_way_round_is_the_same_with_the_other_sign() -> None:
    one, other = pair(200, 0.1, 0.0, 0.3, seed=6)
    forth, back = sharpe_difference(run(one), run(other), 1), sharpe_difference(run(other), run(one), 1)
    assert forth is not None
    assert back is not None
    assert (forth.difference, forth.low, forth.p) == pytest.approx((-back.difference, -back.high, back.p))


@pytest.mark.parametrize(
    "other",
    [
        np.zeros(200),
        np.random.default_rng(7).normal(size=19),
        3.0 * np.random.default_rng(8).normal(size=200),
    ],
    ids=["flat", "too few common periods", "only another scale"],
)
def test_what_cannot_be_compared_has_no_difference(other: np.ndarray) -> None:
    assert sharpe_difference(run(np.random.default_rng(8).normal(size=200)), run(other), 0) is None
