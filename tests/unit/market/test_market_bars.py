"""Bars, funding and market data as checked values."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InvalidInput
from engine.market.bars import Bars, FundingRates, Gap, MarketData, Origin
from engine.market.interval import Interval
from tests.support.market import BTC, HOUR_MS, START_MS, made_bars, made_funding, same_bars

GOOD = {
    "open_time": [START_MS, START_MS + HOUR_MS, START_MS + 2 * HOUR_MS],
    "open": [10.0, 11.0, 12.0],
    "high": [12.0, 13.0, 14.0],
    "low": [9.0, 10.0, 11.0],
    "close": [11.0, 12.0, 13.0],
    "volume": [1.0, 0.0, 3.0],
}


def checked(**changes: list[float]) -> Bars:
    return Bars.checked(BTC, Interval.H1, {**GOOD, **changes}, Origin.FILE)


def test_good_columns_become_bars_that_nobody_can_write_to() -> None:
    bars = checked()
    assert (len(bars), bars.start_ms, bars.end_ms, bars.gaps) == (3, START_MS, START_MS + 3 * HOUR_MS, ())
    with pytest.raises(ValueError, match="read-only"):
        bars.close[0] = 1.0


def test_the_columns_that_were_handed_in_stay_the_callers_own() -> None:
    column = np.array(GOOD["close"])
    bars = Bars.checked(BTC, Interval.H1, {**GOOD, "close": column}, Origin.FILE)
    column[0] = 11.5
    assert bars.close[0] == 11.0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"open_time": [START_MS, START_MS, START_MS + HOUR_MS]}, "Row 1 repeats 2024-01-01T00:00:00Z"),
        ({"open_time": [START_MS + HOUR_MS, START_MS, START_MS + 2 * HOUR_MS]}, "Row 1 .* unsorted"),
        ({"open_time": [START_MS, START_MS + 1800_000, START_MS + HOUR_MS]}, "Row 1 opens .* no 1h bar does"),
        ({"open_time": [t * 1000 for t in GOOD["open_time"]]}, "Row 0 of open_time .*not a time"),
        ({"open_time": [START_MS + 0.5, START_MS + HOUR_MS, START_MS + 2 * HOUR_MS]}, "not a time"),
        ({"open_time": ["a", "b", "c"]}, "holds no times"),
        ({"high": [12.0, 11.5, 14.0]}, "Row 1 .*high below"),
        ({"low": [9.0, 10.0, 12.5]}, "Row 2 .*low above"),
        ({"close": [11.0, float("nan"), 13.0]}, "Row 1 .*no number in close"),
        ({"high": [float("inf"), 13.0, 14.0]}, "Row 0 .*no number in high"),
        ({"low": [9.0, 0.0, 11.0]}, "Row 1 .*low that is not positive"),
        ({"open": [-1.0, 11.0, 12.0]}, "Row 0 .*open that is not positive"),
        ({"volume": [1.0, -1.0, 0.0]}, "Row 1 .*negative volume"),
        ({"volume": [1.0, 2.0]}, "volume has 2 rows"),
        ({"volume": ["x", "y", "z"]}, "volume holds something that is no number"),
    ],
)
def test_a_wrong_row_is_named_with_what_is_wrong(changes: dict[str, list[float]], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        checked(**changes)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InvalidInput, match="lack volume"):
        Bars.checked(BTC, Interval.H1, {k: v for k, v in GOOD.items() if k != "volume"}, Origin.FILE)


def test_rows_are_counted_from_where_the_part_begins() -> None:
    with pytest.raises(InvalidInput, match="Row 101 "):
        Bars.checked(BTC, Interval.H1, {**GOOD, "low": [9.0, -1.0, 11.0]}, Origin.FILE, first_row=100)


def test_weeks_begin_on_monday() -> None:
    week = {name: values[:1] for name, values in GOOD.items()}
    assert len(Bars.checked(BTC, Interval.W1, week, Origin.FILE)) == 1
    with pytest.raises(InvalidInput, match="no 1w bar"):
        Bars.checked(BTC, Interval.W1, {**week, "open_time": [START_MS + 24 * HOUR_MS]}, Origin.FILE)


def test_missing_bars_are_gaps() -> None:
    bars = checked(open_time=[START_MS, START_MS + 3 * HOUR_MS, START_MS + 4 * HOUR_MS])
    assert bars.gaps == (Gap(START_MS + HOUR_MS, 2),)


def test_between_takes_the_start_and_leaves_the_end() -> None:
    bars = made_bars(10)
    cut = bars.between(START_MS + HOUR_MS, START_MS + 3 * HOUR_MS)
    assert cut.open_time.tolist() == [START_MS + HOUR_MS, START_MS + 2 * HOUR_MS]
    assert len(bars.between(START_MS + 5 * HOUR_MS, START_MS)) == 0
    assert same_bars(bars.between(None, None), bars)


def test_closed_by_takes_only_bars_that_are_over() -> None:
    bars = made_bars(10)
    assert len(bars.closed_by(START_MS + 3 * HOUR_MS)) == 3
    assert len(bars.closed_by(START_MS + 3 * HOUR_MS - 1)) == 2


def test_the_frame_is_a_copy_with_utc_nanosecond_times() -> None:
    bars = made_bars(3)
    frame = bars.frame()
    assert str(frame.index.dtype) == "datetime64[ns, UTC]"
    assert frame.index.name == "open_time"
    frame.iloc[0, 0] = 1.0
    assert bars.open[0] != 1.0


def test_negative_zero_is_zero_so_that_equal_columns_have_equal_bytes() -> None:
    assert same_bars(checked(volume=[-0.0, 0.0, 0.0]), checked(volume=[0.0, 0.0, 0.0]))


@pytest.mark.parametrize(
    ("times", "rates", "says"),
    [
        ([1, 1], [0.0, 0.0], "repeats"),
        ([2, 1], [0.0, 0.0], "unsorted"),
        ([1, 2], [0.0, float("nan")], "Funding row 1"),
        ([1, 2], [0.0, 1.5], "has rate 1.5"),
        ([1, 2], [0.0], "rate has 1 rows"),
    ],
)
def test_wrong_funding_is_refused(times: list[int], rates: list[float], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        FundingRates.checked(BTC, times, rates, Origin.FILE)


def test_the_hash_covers_exactly_the_rows_that_a_run_reads() -> None:
    bars, funding = made_bars(24), made_funding(10)
    data = MarketData(bars, funding, made_bars(24, seed=2))
    assert data.used().funding is not None
    later = MarketData(bars, made_funding(20), made_bars(48, seed=2))
    assert later.used().mark is not None
    assert data.used().funding.time.tolist() == [START_MS + 8 * HOUR_MS, START_MS + 16 * HOUR_MS]
    assert data.used().mark.open_time.tolist() == data.used().funding.time.tolist()
    assert data.content_hash() == data.used().content_hash()


def test_the_hash_changes_with_any_row_that_a_run_reads() -> None:
    bars, funding, mark = made_bars(24), made_funding(10), made_bars(24, seed=2)
    hashes = {
        MarketData(bars, funding, mark).content_hash(),
        MarketData(bars.rows(0, 23), funding, mark).content_hash(),
        MarketData(bars, funding).content_hash(),
        MarketData(bars).content_hash(),
        MarketData(bars, made_funding(10, every_ms=4 * HOUR_MS), mark).content_hash(),
        MarketData(bars, funding, made_bars(24, seed=3)).content_hash(),
        MarketData(made_bars(24, seed=4), funding, mark).content_hash(),
    }
    assert len(hashes) == 7


def test_any_made_up_part_makes_the_data_synthetic() -> None:
    assert not MarketData(made_bars(3), made_funding(1)).synthetic
    assert MarketData(made_bars(3), made_funding(1, origin=Origin.SYNTHETIC)).synthetic
