"""Longer bars made of shorter ones: what is in them, and from when on they are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InvalidInput
from engine.market.bars import COLUMNS, PRICE_COLUMNS, Bars
from engine.market.interval import DAY_MS, Interval
from engine.market.resample import last_closed, missing_in, resampled
from tests.support.market import HOUR_MS, START_MS, altered_after, holed, made_bars, real_bars, same_bars

LONGER = st.sampled_from([Interval.H2, Interval.H4, Interval.H12, Interval.D1, Interval.W1])


def slowly(bars: Bars, interval: Interval) -> tuple[dict[int, list[float]], dict[int, int]]:
    """Longer bars by their open, and how many shorter ones each lacks: bar by bar, in dicts."""
    made: dict[int, list[float]] = {}
    counts: dict[int, int] = {}
    for i in range(len(bars)):
        opens = int(bars.open_time[i])
        while (opens - interval.anchor_ms) % interval.milliseconds:
            opens -= HOUR_MS
        row = [float(getattr(bars, name)[i]) for name in COLUMNS]
        held = made.setdefault(opens, [row[0], row[1], row[2], row[3], 0.0])
        held[1], held[2], held[3] = max(held[1], row[1]), min(held[2], row[2]), row[3]
        held[4] += row[4]
        counts[opens] = counts.get(opens, 0) + 1
    over = [opens for opens in made if opens + interval.milliseconds <= bars.open_time[-1] + HOUR_MS]
    parts = interval.milliseconds // HOUR_MS
    return {opens: made[opens] for opens in over}, {opens: parts - counts[opens] for opens in over}


def test_six_hours_make_one_bar_of_four_and_the_unfinished_one_is_left_out() -> None:
    bars = made_bars(6)
    longer = resampled(bars, Interval.H4)
    assert (len(longer), longer.interval, longer.start_ms) == (1, Interval.H4, START_MS)
    assert (longer.open[0], longer.close[0]) == (bars.open[0], bars.close[3])
    assert (longer.high[0], longer.low[0]) == (bars.high[:4].max(), bars.low[:4].min())
    assert longer.volume[0] == pytest.approx(bars.volume[:4].sum())
    assert (longer.instrument, longer.origin) == (bars.instrument, bars.origin)


def test_a_bar_is_known_with_the_close_of_its_last_part_and_not_before() -> None:
    bars = made_bars(9)
    assert last_closed(bars, resampled(bars, Interval.H4)).tolist() == [-1, -1, -1, 0, 0, 0, 0, 1, 1]


def test_with_its_last_part_missing_a_bar_is_known_when_the_next_part_has_closed() -> None:
    bars = made_bars(9)
    there = bars.rows(0, 3), bars.rows(4, 9)
    gap = Bars.checked(
        bars.instrument,
        bars.interval,
        {name: np.concatenate([getattr(part, name) for part in there]) for name in ("open_time", *COLUMNS)},
        bars.origin,
    )
    longer = resampled(gap, Interval.H4)
    assert missing_in(gap, Interval.H4).tolist() == [1, 0]
    assert longer.close[0] == bars.close[2]
    assert last_closed(gap, longer).tolist() == [-1, -1, -1, 0, 0, 0, 1, 1]


def test_weeks_begin_on_monday() -> None:
    bars = made_bars(24 * 16, start_ms=START_MS - DAY_MS)
    longer = resampled(bars, Interval.W1)
    assert longer.open_time.tolist() == [START_MS - 7 * DAY_MS, START_MS, START_MS + 7 * DAY_MS]
    assert missing_in(bars, Interval.W1).tolist() == [144, 0, 0]


def test_the_same_interval_gives_the_same_bars() -> None:
    bars = holed(made_bars(100), 0.2, 1)
    assert same_bars(resampled(bars, Interval.H1), bars)


def test_no_bars_make_no_bars() -> None:
    assert len(resampled(made_bars(4).rows(0, 0), Interval.H4)) == 0
    assert len(resampled(made_bars(3), Interval.H4)) == 0


@pytest.mark.parametrize(
    ("own", "longer"), [(Interval.M3, Interval.M5), (Interval.H4, Interval.H6), (Interval.H1, Interval.M30)]
)
def test_what_is_no_whole_multiple_is_refused_and_what_is_one_is_named(
    own: Interval, longer: Interval
) -> None:
    with pytest.raises(InvalidInput, match=rf"A {longer} bar is not made of {own} bars") as refused:
        resampled(made_bars(10, interval=own), longer)
    assert "1d" in str(refused.value)


@settings(max_examples=100)
@given(st.integers(0, 10**6), st.integers(1, 400), st.sampled_from([0.0, 0.1, 0.7]), LONGER)
def test_longer_bars_equal_a_slow_loop(seed: int, rows: int, absent: float, interval: Interval) -> None:
    bars = holed(made_bars(rows, seed=seed), absent, seed)
    longer = resampled(bars, interval)
    made, missing = slowly(bars, interval)
    assert longer.open_time.tolist() == list(made)
    assert missing_in(bars, interval).tolist() == list(missing.values())
    for place, name in enumerate(PRICE_COLUMNS):
        assert getattr(longer, name).tolist() == [row[place] for row in made.values()]
    np.testing.assert_allclose(longer.volume, [row[4] for row in made.values()], rtol=1e-12)
    known = [
        sum(opens + interval.milliseconds <= time + HOUR_MS for opens in made) - 1 for time in bars.open_time
    ]
    assert last_closed(bars, longer).tolist() == known


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(2, 300), LONGER)
def test_a_bar_that_is_known_is_made_of_no_later_bar(seed: int, rows: int, interval: Interval) -> None:
    bars = holed(made_bars(rows, seed=seed), 0.1, seed)
    cut = 1 + seed % (len(bars) - 1)
    whole = resampled(bars, interval)
    known = int(last_closed(bars, whole)[cut - 1]) + 1
    assert same_bars(resampled(bars.rows(0, cut), interval), whole.rows(0, known))
    assert same_bars(resampled(altered_after(bars, cut, seed), interval).rows(0, known), whole.rows(0, known))


def test_five_minutes_of_a_real_market_make_its_recorded_hours(market_files: Path) -> None:
    made = resampled(real_bars(market_files, "bybit_linear_BTCUSDT_5m"), Interval.H1)
    recorded = real_bars(market_files, "bybit_linear_BTCUSDT_1h").between(made.start_ms, made.end_ms)
    shared = made.between(recorded.start_ms, recorded.end_ms)
    assert len(shared) == len(recorded) > 9_000
    for name in PRICE_COLUMNS:
        np.testing.assert_array_equal(getattr(shared, name), getattr(recorded, name))
    np.testing.assert_allclose(shared.volume, recorded.volume, rtol=1e-12)
