"""The rolling Sharpe ratio: by hand, against a loop with the metric's own definition, and against pandas."""

from __future__ import annotations

import math
import statistics
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.backtest.analysis.rolling import rolling_sharpe, usual_window
from engine.backtest.metrics import measure
from engine.errors import InvalidInput
from engine.market.interval import Interval
from tests.unit.report.builders import trades_of, walk

moves = st.lists(st.sampled_from([0.0, 0.0, 0.01, -0.02, 0.005]), min_size=1, max_size=60)


def grown(changes: list[float]) -> np.ndarray:
    return 100.0 * np.cumprod(1 + np.array([0.0, *changes]))


def looped(equity: np.ndarray, window: int, interval: Interval) -> list[float]:
    """Each ratio from its own window of equity, with the standard library alone."""
    ratios: list[float] = []
    for i in range(len(equity)):
        part = equity[max(0, i - window) : i + 1].tolist()
        returns = [b / a - 1 for a, b in pairwise(part)]
        spread = statistics.stdev(returns) if len(returns) == window else 0.0
        year = math.sqrt(365 * 86_400_000 / interval.milliseconds)
        ratios.append(statistics.fmean(returns) / spread * year if spread > 1e-12 else math.nan)
    return ratios


def test_a_window_of_two_by_hand():
    ratios = rolling_sharpe(np.array([100.0, 110.0, 104.5, 104.5]), 2, Interval.D1)  # +10%, -5%, 0
    first, second = 0.025 / (0.15 / math.sqrt(2)), -0.025 / (0.05 / math.sqrt(2))
    assert np.isnan(ratios[:2]).all()
    assert ratios[2:] == pytest.approx([first * math.sqrt(365), second * math.sqrt(365)])


@given(moves, st.integers(2, 20))
def test_each_ratio_equals_that_of_its_window_alone(changes, window):
    equity = grown(changes)
    assert rolling_sharpe(equity, window, Interval.H1) == pytest.approx(
        looped(equity, window, Interval.H1), rel=1e-9, abs=1e-9, nan_ok=True
    )


def test_a_window_over_the_whole_run_is_the_metric():
    bars = walk(500)
    whole = measure(10_000.0, bars.close, bars.interval, trades_of(bars, []), None).sharpe
    assert rolling_sharpe(bars.close, 499, bars.interval)[-1] == pytest.approx(whole, rel=1e-9)


def test_a_long_run_equals_pandas():
    bars = walk(30_000)
    for window in (7, 168, 8_760):
        returns = pd.Series(bars.close).pct_change()
        part = returns.rolling(window)
        wanted = part.mean() / part.std() * math.sqrt(365 * 24)
        found = rolling_sharpe(bars.close, window, bars.interval)
        assert np.array_equal(np.isnan(found), wanted.isna().to_numpy())
        assert np.nanmax(np.abs(found - wanted.to_numpy())) < 1e-6


def test_nothing_distant_is_rounded_into_a_quiet_window():
    rng = np.random.default_rng(3)
    wild, quiet = rng.normal(0, 0.2, 5_000), rng.normal(0, 1e-7, 400)
    equity = np.cumprod(1 + np.clip(np.concatenate((wild, quiet)), -0.5, 1)) + 0.0
    equity /= equity[-1]
    found = rolling_sharpe(equity, 100, Interval.D1)
    returns = equity[-100:] / equity[-101:-1] - 1
    assert found[-1] == pytest.approx(returns.mean() / returns.std(ddof=1) * math.sqrt(365), rel=1e-6)


def test_flat_stretches_and_even_growth_have_no_ratio():
    assert np.isnan(rolling_sharpe(np.full(50, 100.0), 5, Interval.D1)).all()
    assert np.isnan(rolling_sharpe(100 * 1.01 ** np.arange(50.0), 5, Interval.D1)).all()


def test_after_ruin_returns_are_zero():
    ratios = rolling_sharpe(np.array([100.0, 50.0, -10.0, -20.0, -20.0]), 3, Interval.D1)  # -50%, -120%, 0, 0
    mean, spread = -1.7 / 3, statistics.stdev([-0.5, -1.2, 0.0])
    assert ratios[3] == pytest.approx(mean / spread * math.sqrt(365))


def test_a_run_shorter_than_the_window_has_no_ratio_and_a_window_of_one_is_refused():
    assert np.isnan(rolling_sharpe(np.array([1.0, 2.0, 3.0]), 3, Interval.D1)).all()
    with pytest.raises(InvalidInput, match="window of 1"):
        rolling_sharpe(np.array([1.0, 2.0]), 1, Interval.D1)


@pytest.mark.parametrize(
    ("bars", "interval", "window"),
    [
        (8_760 * 4, Interval.H1, (365, 8_760)),
        (8_760, Interval.H1, (90, 2_160)),
        (730, Interval.D1, (90, 90)),
        (100, Interval.D1, None),
        (240, Interval.D1, (30, 30)),
        (520, Interval.W1, (365, 52)),
        (119, Interval.M1, None),
    ],
)
def test_the_usual_window_fits_four_times_and_holds_thirty_returns(bars, interval, window):
    assert usual_window(bars, interval) == window
