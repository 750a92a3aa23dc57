"""Monthly and yearly returns: by hand, and against pandas' own calendar."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.backtest.analysis.months import MonthlyReturn, compounded, monthly_returns, yearly_returns

DAY = 86_400_000
curves = hnp.arrays(np.float64, st.integers(1, 300), elements=st.floats(50, 1e6))


def days(n: int, start: str = "2023-12-15") -> np.ndarray:
    return np.datetime64(start, "ms").astype(np.int64) + np.arange(n) * DAY


@given(curves, st.floats(50, 1e6), st.integers(1, 40))
def test_the_months_compound_to_the_total_return(equity, cash, days_per_bar):
    times = days(len(equity))[0] + np.arange(len(equity)) * days_per_bar * DAY
    months = monthly_returns(times, equity, cash)
    total = pytest.approx(equity[-1] / cash - 1, rel=1e-9, abs=1e-9)
    assert compounded([month.fraction for month in months]) == total
    assert compounded([year.fraction for year in yearly_returns(months)]) == total


@given(curves, st.integers(1, 700_000))
def test_months_and_years_equal_those_of_pandas(equity, minutes):
    times = days(1)[0] + np.arange(len(equity), dtype=np.int64) * minutes * 60_000
    months = monthly_returns(times, equity, 1000.0)
    series = pd.Series(equity, pd.to_datetime(times, unit="ms", utc=True))
    for rule, found in (("M", months), ("Y", yearly_returns(months))):
        last = series.groupby(series.index.tz_localize(None).to_period(rule)).last()
        wanted = last / last.shift(1, fill_value=1000.0) - 1
        assert [one.year for one in found] == [period.year for period in last.index]
        assert [one.fraction for one in found] == pytest.approx(wanted.tolist(), rel=1e-9, abs=1e-9)


def test_a_month_runs_from_the_last_equity_before_it():
    times = days(5, "2024-01-30")  # 30, 31 January, 1, 2, 3 February
    months = monthly_returns(times, np.array([101.0, 110.0, 120.0, 90.0, 99.0]), 100.0)
    assert [(m.year, m.month) for m in months] == [(2024, 1), (2024, 2)]
    assert [m.fraction for m in months] == pytest.approx([0.10, -0.10])


def test_a_year_compounds_its_months():
    months = (MonthlyReturn(2023, 11, 0.10), MonthlyReturn(2023, 12, -0.50), MonthlyReturn(2024, 1, 0.25))
    assert [(y.year, y.fraction) for y in yearly_returns(months)] == [
        (2023, pytest.approx(-0.45)),
        (2024, 0.25),
    ]


def test_months_without_bars_are_absent():
    times = np.array([np.datetime64(text, "ms").astype(np.int64) for text in ("1969-12-31", "1970-03-01")])
    months = monthly_returns(times, np.array([1.0, 2.0]), 1.0)
    assert [(m.year, m.month, m.fraction) for m in months] == [(1969, 12, 0.0), (1970, 3, 1.0)]
    assert monthly_returns(times[:0], np.empty(0), 1.0) == ()


def test_after_ruin_a_month_has_no_return_and_the_year_keeps_what_came_before():
    months = monthly_returns(days(90), np.array([100.0] * 30 + [0.0] * 60), 100.0)
    assert [month.fraction for month in months] == [0.0, -1.0, None, None]
    assert [(y.year, y.fraction) for y in yearly_returns(months)] == [(2023, 0.0), (2024, -1.0)]
    assert compounded([None]) is None
    assert compounded([]) is None
