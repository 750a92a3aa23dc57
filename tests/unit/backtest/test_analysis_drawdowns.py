"""Drawdowns: by hand, and against a walk over every bar."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.backtest.analysis.drawdowns import Drawdown, deepest_drawdowns, drawdown_curve

MINUTE = 60_000
curves = hnp.arrays(np.float64, st.integers(1, 300), elements=st.floats(50, 1e6))
coarse = st.lists(st.sampled_from([80.0, 90.0, 100.0, 110.0, 120.0]), min_size=1, max_size=60)


def times(n: int) -> Any:
    return np.arange(n, dtype=np.int64) * MINUTE + 7 * MINUTE


def of(equity: list[float], cash: float = 100.0, most: int = 99) -> tuple[Drawdown, ...]:
    return deepest_drawdowns(times(len(equity)), np.array(equity), cash, most)


def walked(equity: list[float], cash: float) -> list[tuple[float, int, int, int | None]]:
    """(depth, peak, trough, recovery) of every drawdown, in order of time, found bar by bar."""
    found: list[tuple[float, int, int, int | None]] = []
    peak, peak_bar, lowest, trough = cash, -1, cash, -1
    for bar, now in enumerate(equity):
        if now >= peak:
            if lowest < peak:
                found.append((1 - lowest / peak, peak_bar, trough, bar))
            peak, peak_bar, lowest = now, bar, now
        elif now < lowest:
            lowest, trough = now, bar
    if lowest < peak:
        found.append((1 - lowest / peak, peak_bar, trough, None))
    return found


@given(curves, st.floats(50, 1e6))
def test_the_curve_is_the_fall_from_the_highest_equity_so_far(equity, cash):
    fall = drawdown_curve(equity, cash)
    for i in range(len(equity)):
        peak = max(cash, *equity[: i + 1])
        assert fall[i] == pytest.approx(1 - equity[i] / peak, abs=1e-12)


def test_rounding_is_no_fall_and_nothing_falls_below_zero():
    assert drawdown_curve(np.array([100.0, 100.0 - 1e-11, -30.0]), 100.0).tolist() == [0.0, 0.0, 1.0]


def test_a_drawdown_has_its_peak_trough_and_recovery():
    (worst, second) = of([100.0, 120.0, 90.0, 60.0, 100.0, 125.0, 110.0])
    assert (worst.depth, worst.peak, worst.trough, worst.recovery) == (0.5, 1, 3, 5)
    assert (worst.peak_time, worst.trough_time, worst.recovery_time) == (8 * MINUTE, 10 * MINUTE, 12 * MINUTE)
    assert (worst.bars_to_trough, worst.bars_to_recovery) == (2, 2)
    assert second.depth == pytest.approx(0.12)
    assert (second.recovery, second.recovery_time, second.bars_to_recovery) == (None, None, None)


def test_a_fall_from_the_start_has_the_cash_as_its_peak():
    (only,) = of([90.0, 80.0, 95.0])
    assert (only.peak, only.peak_time, only.trough, only.recovery) == (-1, 7 * MINUTE, 1, None)
    assert only.bars_to_trough == 2


def test_equity_that_never_falls_has_none():
    assert of([101.0, 102.0]) == ()


def test_of_equal_depths_the_earlier_comes_first_and_the_table_stops_where_told():
    found = of([80.0, 100.0, 80.0, 100.0, 70.0], most=2)
    assert [(one.trough, round(one.depth, 9)) for one in found] == [(4, 0.3), (0, 0.2)]


@given(coarse, st.integers(0, 9))
def test_the_table_equals_a_walk_over_every_bar(equity, most):
    wanted = sorted(walked(equity, 100.0), key=lambda episode: -episode[0])[:most]
    found = [(one.depth, one.peak, one.trough, one.recovery) for one in of(equity, most=most)]
    assert found == wanted


@given(curves, st.floats(50, 1e6))
def test_the_deepest_is_the_maximum_of_the_curve(equity, cash):
    found = deepest_drawdowns(times(len(equity)), equity, cash, 1)
    assert (found[0].depth if found else 0.0) == drawdown_curve(equity, cash).max()
