"""What the figures are drawn from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.backtest.report.series import (
    bins,
    column_of,
    compounded,
    decimated,
    deepest_fall,
    drawdowns,
    monthly_returns,
    round_up,
    runs,
)

DAY = 86_400_000
curves = hnp.arrays(np.float64, st.integers(1, 300), elements=st.floats(50, 1e6))
returns = hnp.arrays(np.float64, st.integers(1, 200), elements=st.floats(-0.9, 3.0))


def days(n: int, start: str = "2023-12-15") -> np.ndarray:
    return np.datetime64(start, "ms").astype(np.int64) + np.arange(n) * DAY


@given(curves, st.floats(50, 1e6), st.integers(1, 40))
def test_the_months_compound_to_the_total_return(equity, cash, days_per_bar):
    times = days(len(equity))[0] + np.arange(len(equity)) * days_per_bar * DAY
    fractions = [month.fraction for month in monthly_returns(times, equity, cash)]
    assert compounded(fractions) == pytest.approx(equity[-1] / cash - 1, rel=1e-9, abs=1e-9)


def test_a_month_runs_from_the_last_equity_before_it():
    times = days(5, "2024-01-30")  # 30, 31 January, 1, 2, 3 February
    months = monthly_returns(times, np.array([101.0, 110.0, 120.0, 90.0, 99.0]), 100.0)
    assert [(m.year, m.month) for m in months] == [(2024, 1), (2024, 2)]
    assert [m.fraction for m in months] == pytest.approx([0.10, -0.10])


def test_months_without_bars_are_absent():
    times = np.array([np.datetime64(text, "ms").astype(np.int64) for text in ("1969-12-31", "1970-03-01")])
    months = monthly_returns(times, np.array([1.0, 2.0]), 1.0)
    assert [(m.year, m.month, m.fraction) for m in months] == [(1969, 12, 0.0), (1970, 3, 1.0)]


def test_after_ruin_a_month_has_no_return_and_the_year_keeps_what_came_before():
    months = monthly_returns(days(90), np.array([100.0] * 30 + [0.0] * 60), 100.0)
    fractions = [month.fraction for month in months]
    assert fractions == [0.0, -1.0, None, None]
    assert compounded(fractions) == -1.0
    assert compounded([None]) is None
    assert compounded([]) is None


@given(curves, st.floats(50, 1e6))
def test_a_drawdown_is_the_fall_from_the_highest_equity_so_far(equity, cash):
    fall = drawdowns(equity, cash)
    for i in range(len(equity)):
        peak = max(cash, *equity[: i + 1])
        assert fall[i] == pytest.approx(1 - equity[i] / peak, abs=1e-12)


def test_rounding_is_no_fall_and_nothing_falls_below_zero():
    assert drawdowns(np.array([100.0, 100.0 - 1e-11, -30.0]), 100.0).tolist() == [0.0, 0.0, 1.0]


def test_the_deepest_fall_has_its_peak_trough_and_recovery():
    fall = drawdowns(np.array([100.0, 120.0, 90.0, 60.0, 100.0, 125.0, 110.0]), 100.0)
    deepest = deepest_fall(fall)
    assert (deepest.depth, deepest.peak, deepest.trough, deepest.recovered) == (0.5, 1, 3, 5)


def test_a_fall_from_the_start_has_the_cash_as_peak_and_may_last():
    deepest = deepest_fall(drawdowns(np.array([90.0, 80.0, 95.0]), 100.0))
    assert (deepest.peak, deepest.trough, deepest.recovered) == (-1, 1, None)
    assert deepest_fall(drawdowns(np.array([101.0, 102.0]), 100.0)) is None


@given(
    hnp.arrays(np.float64, st.integers(1, 2000), elements=st.floats(-1e6, 1e6)),
    st.integers(1, 60),
)
def test_decimation_keeps_first_last_lowest_and_highest_of_every_column(values, columns):
    times = np.arange(len(values), dtype=np.int64) * 60_000
    column = column_of(times, 0, int(times[-1]), columns)
    keep = decimated(column, values)
    assert list(keep) == sorted(set(keep))
    assert len(keep) <= max(4 * columns, len(runs(column)) * 2)
    for first, stop in runs(column):
        mine = values[keep[(keep >= first) & (keep < stop)]]
        whole = values[first:stop]
        assert (mine.min(), mine.max()) == (whole.min(), whole.max())
        assert (mine[0], mine[-1]) == (whole[0], whole[-1])


@given(st.lists(st.integers(0, 10**13), min_size=1, max_size=50, unique=True), st.integers(1, 1000))
def test_columns_ascend_with_time_and_stay_inside(stamps, columns):
    times = np.array(sorted(stamps), dtype=np.int64)
    column = column_of(times, int(times[0]), int(times[-1]), columns)
    assert column[0] == 0
    assert (np.diff(column) >= 0).all()
    assert column.max() <= columns - 1


@given(returns)
def test_every_value_is_in_one_bin_and_no_bin_straddles_zero(values):
    found = bins(values)
    assert sum(found.counts) == len(values)
    assert len(found.edges) == len(found.counts) + 1 <= 60
    assert found.edges[0] <= 0 <= found.edges[-1]
    assert not any(
        low < -1e-12 and high > 1e-12 for low, high in zip(found.edges, found.edges[1:], strict=False)
    )
    below, above = (values < found.edges[0] - 1e-12).sum(), (values > found.edges[-1] + 1e-12).sum()
    assert below <= found.below
    assert above <= found.above


def test_bins_count_what_they_should():
    found = bins(np.array([-0.02, -0.011, -0.001, 0.001, 0.011, 0.012, 0.02, 0.029]))
    counted = dict(zip(np.round(found.edges[:-1], 6).tolist(), found.counts, strict=True))
    assert sum(count for low, count in counted.items() if low < 0) == 3
    assert sum(count for low, count in counted.items() if low >= 0) == 5
    assert (found.below, found.above) == (0, 0)


def test_a_far_tail_is_gathered_in_the_outer_bin_and_counted():
    values = np.concatenate((np.linspace(-0.01, 0.01, 200), [5.0, 6.0]))
    found = bins(values)
    assert found.above == 2
    assert found.counts[-1] >= 2
    assert found.edges[-1] < 0.1


@given(st.floats(1e-12, 1e12))
def test_rounding_up_gives_a_round_number_at_or_just_above(value):
    rounded = round_up(value)
    assert value * (1 - 1e-9) <= rounded <= value * 2.5 * (1 + 1e-9)
    leading = float(f"{rounded:.6e}".split("e")[0])
    assert leading in (1.0, 2.0, 2.5, 5.0)
