"""Regimes are what one could have known at the time, and a run's bars are shared out among them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.bars import Bars
from engine.market.interval import Interval
from engine.research.regimes import (
    HIGH_VOLATILITY,
    NAMES,
    RANGE,
    TREND_DOWN,
    TREND_UP,
    regime_labels,
    regime_rows,
)
from tests.support.market import altered_after, made_bars
from tests.support.subjects import random_signals, subject_of


def moving(moves: np.ndarray) -> Bars:
    """Hourly bars whose log closes move like this."""
    close = 100.0 * np.exp(np.cumsum(moves))
    open_ = np.concatenate(([100.0], close[:-1]))
    high, low = np.maximum(open_, close), np.minimum(open_, close)
    return replace(made_bars(len(moves)), open=open_, high=high, low=low, close=close)


SERIES = [
    made_bars(3_000, interval=interval, seed=seed)
    for seed, interval in enumerate((Interval.M15, Interval.H1, Interval.H4, Interval.D1, Interval.W1))
]


@given(st.sampled_from(SERIES), st.integers(1, 2_999))
def test_the_labels_of_a_prefix_are_the_prefix_of_the_labels(bars: Bars, cut: int) -> None:
    assert regime_labels(bars.rows(0, cut)).tolist() == regime_labels(bars)[:cut].tolist()


@given(st.sampled_from(SERIES), st.integers(1, 2_999), st.integers(0, 99))
def test_another_future_changes_no_label_of_the_past(bars: Bars, cut: int, seed: int) -> None:
    before, after = regime_labels(bars), regime_labels(altered_after(bars, cut, seed))
    assert before[:cut].tolist() == after[:cut].tolist()


def test_every_interval_has_every_regime() -> None:
    for bars in SERIES[1:]:
        assert set(regime_labels(bars)) == {RANGE, TREND_UP, TREND_DOWN, HIGH_VOLATILITY}


@pytest.mark.parametrize(("drift", "label"), [(0.001, TREND_UP), (-0.001, TREND_DOWN)])
def test_a_steady_drift_is_a_trend(drift: float, label: int) -> None:
    noise = np.random.default_rng(1).normal(0.0, 0.002, 3_000)
    labels = regime_labels(moving(noise + drift))[300:]
    assert np.mean((labels == label) | (labels == HIGH_VOLATILITY)) > 0.99
    assert np.mean(labels == label) > 0.6


def test_back_and_forth_is_a_range() -> None:
    noise = np.random.default_rng(1).normal(0.0, 0.002, 3_001)
    labels = regime_labels(moving(np.diff(noise)))
    assert np.mean((labels == RANGE) | (labels == HIGH_VOLATILITY)) > 0.99


def test_a_burst_is_high_volatility_once_it_is_seen_and_until_it_is_over() -> None:
    moves = np.random.default_rng(1).normal(0.0, 0.002, 3_000)
    moves[2_000:2_200] *= 4.0
    labels = regime_labels(moving(moves))
    assert np.all(labels[2_030:2_200] == HIGH_VOLATILITY)
    assert not np.any(labels[2_300:2_400] == HIGH_VOLATILITY)


def test_too_few_bars_and_a_price_that_stands_still_are_a_range() -> None:
    assert not regime_labels(made_bars(71)).any()
    assert not regime_labels(moving(np.zeros(3_000))).any()


def test_the_rows_share_out_bars_trades_and_return() -> None:
    subject = subject_of(made_bars(3_000), random_signals(3_000, 1))
    rows = regime_rows(subject)
    metrics = subject.simulation.metrics
    assert {row.regime for row in rows} == set(NAMES)
    assert sum(row.share_of_bars for row in rows) == pytest.approx(1.0)
    assert sum(row.trades for row in rows) == metrics.trades
    grown = np.prod([1.0 + row.total_return for row in rows])
    assert grown == pytest.approx(1.0 + metrics.total_return)


def test_a_bar_counts_for_the_regime_known_at_its_open() -> None:
    subject = subject_of(made_bars(3_000), random_signals(3_000, 1, held=4, idle=4))
    labels, equity = regime_labels(subject.market.bars), subject.simulation.equity
    returns = np.diff(equity) / equity[:-1]
    for row in regime_rows(subject):
        own = returns[labels[:-1] == NAMES.index(row.regime)]
        assert row.total_return == pytest.approx(np.prod(1.0 + own) - 1.0)
        assert row.sharpe == pytest.approx(own.mean() / own.std(ddof=1) * np.sqrt(8_760))
        entries = labels[subject.simulation.trades.entry_bar - 1]
        assert row.trades == np.sum(entries == NAMES.index(row.regime))
