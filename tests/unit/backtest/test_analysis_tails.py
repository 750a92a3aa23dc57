"""Tail measures: by hand, and against numpy's quantiles and pandas' and scipy's moments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from engine.backtest.analysis.tails import Tails, losses_in_tail, measure_tails

MINUTE = 60_000


def of(returns: list[float] | np.ndarray, worst: int = 5) -> Tails:
    equity = 100.0 * np.cumprod(np.concatenate(([1.0], 1 + np.asarray(returns))))
    return measure_tails(np.arange(len(equity), dtype=np.int64) * MINUTE, equity, worst)


def drawn(seed: int, n: int) -> np.ndarray:
    return np.clip(np.random.default_rng(seed).standard_t(4, n) * 0.01, -0.5, 0.5)


def test_a_hundred_and_one_returns_by_hand():
    tails = of([-0.10, -0.08, -0.06, -0.05, -0.04, -0.03, *[0.0] * 89, *[0.02] * 6])
    assert tails.var_95 == pytest.approx(0.03)  # the sixth lowest of 101
    assert tails.cvar_95 == pytest.approx(0.36 / 6)
    assert tails.var_99 == pytest.approx(0.08)
    assert tails.cvar_99 == pytest.approx(0.09)
    assert tails.tail_ratio == pytest.approx(0.02 / 0.03)


def test_skew_and_kurtosis_by_hand():
    tails = of([0.01, 0.01, 0.01, -0.03])  # deviations 1, 1, 1, -3 of a hundredth; variance 3
    assert tails.skew == pytest.approx(-24 / 4 / 3**1.5)
    assert tails.excess_kurtosis == pytest.approx(84 / 4 / 9 - 3)


@pytest.mark.parametrize(("seed", "n"), [(1, 20), (2, 100), (3, 4_001), (4, 60_000)])
def test_everything_equals_numpy_and_scipy(seed, n):
    from scipy import stats

    returns = drawn(seed, n)
    tails = of(returns)
    for share, var, cvar in ((0.05, tails.var_95, tails.cvar_95), (0.01, tails.var_99, tails.cvar_99)):
        quantile = np.quantile(returns, share)
        assert var == pytest.approx(-quantile, rel=1e-9)
        assert cvar == pytest.approx(-returns[returns <= quantile + 1e-15].mean(), rel=1e-9)
    assert tails.skew == pytest.approx(stats.skew(returns), rel=1e-9)
    assert tails.excess_kurtosis == pytest.approx(stats.kurtosis(returns), rel=1e-9)
    low, high = np.quantile(returns, (0.05, 0.95))
    assert tails.tail_ratio == pytest.approx(abs(high) / abs(low), rel=1e-9)
    lowest = pd.Series(returns).nsmallest(5)
    assert [bar.bar for bar in tails.worst] == (lowest.index + 1).tolist()
    assert [bar.fraction for bar in tails.worst] == pytest.approx(lowest.tolist(), rel=1e-9)


@pytest.mark.parametrize("share", [0.01, 0.05])
@pytest.mark.parametrize("flat", [0.0, 0.9, 0.999])
def test_many_equal_returns_do_not_mislead_the_guess(share, flat):
    rng = np.random.default_rng(11)
    returns = rng.normal(0, 0.01, 40_000) * (rng.random(40_000) >= flat)
    var, cvar = losses_in_tail(returns, share)
    quantile = np.quantile(returns, share)
    assert var == pytest.approx(max(0.0, -quantile), rel=1e-12)
    assert cvar == pytest.approx(-returns[returns <= quantile].mean(), rel=1e-9)


def test_the_worst_bars_are_named_by_their_own_open_and_gains_are_none():
    tails = of([0.01, -0.02, 0.03, -0.05], worst=3)
    assert [(bar.bar, bar.time) for bar in tails.worst] == [(4, 4 * MINUTE), (2, 2 * MINUTE)]
    assert of([0.01, 0.02]).worst == ()


def test_a_flat_curve_has_no_shape_and_one_bar_no_measure():
    flat = of([0.0] * 20)
    assert (flat.var_95, flat.cvar_99, flat.skew, flat.excess_kurtosis, flat.tail_ratio) == (
        0,
        0,
        None,
        None,
        None,
    )
    assert measure_tails(np.array([0]), np.array([100.0])) == Tails(
        None, None, None, None, None, None, None, ()
    )
