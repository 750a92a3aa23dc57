"""Scales, ticks, paths and marks."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.backtest.report.chart import Timeline, apart, narrow, path, place, wide
from engine.backtest.report.lanes import lane_columns
from engine.backtest.report.marks import level_marks, marked_trades
from engine.backtest.report.price import price_plot
from engine.backtest.report.scale import Scale, time_ticks, value_scale, value_ticks
from engine.backtest.result import ExitReason
from engine.market.interval import Interval
from tests.unit.report.builders import cross, held, trades_of, walk

DAY = 86_400_000


def points_of(data: str) -> list[list[tuple[float, float]]]:
    """The lines of path data made of M, relative l and h, as absolute points."""
    lines: list[list[tuple[float, float]]] = []
    for stretch in data.split("M")[1:]:
        numbers = [float(n) for n in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", stretch)]
        x, y = numbers[:2]
        line = [(x, y)]
        if "l" in stretch:
            for dx, dy in zip(numbers[2::2], numbers[3::2], strict=True):
                x, y = x + dx, y + dy
                line.append((x, y))
        lines.append(line)
    return lines


coordinates = st.lists(st.tuples(st.floats(-50, 1500), st.floats(-50, 1500)), min_size=1, max_size=60)


@given(coordinates)
def test_a_path_passes_through_its_points_to_a_tenth(points):
    x, y = (np.array(axis) for axis in zip(*points, strict=True))
    (line,) = points_of(path(x, y))
    rounded = [
        (round(a, 1), round(b, 1)) for a, b in zip(np.rint(x * 10) / 10, np.rint(y * 10) / 10, strict=True)
    ]
    wanted = [p for i, p in enumerate(rounded) if i == 0 or p != rounded[i - 1]]
    assert np.allclose(np.array(line), np.array(wanted), atol=1e-6)


def test_a_path_starts_anew_at_its_breaks():
    lines = points_of(path(np.arange(6.0), np.arange(6.0), {2, 5}))
    assert [line[0] for line in lines] == [(0, 0), (2, 2), (5, 5)]


def test_a_line_breaks_where_bars_are_missing():
    bars = walk(400)
    keep = np.r_[0:100, 250:400]
    columns = {
        name: getattr(bars, name)[keep] for name in ("open_time", "open", "high", "low", "close", "volume")
    }
    gapped = type(bars).checked(bars.instrument, bars.interval, columns, bars.origin)
    timeline = Timeline(gapped, wide(300))
    lines = points_of(timeline.line(gapped.close, Scale(0, 1e5, 300, 0)))
    assert len(lines) == 2
    assert lines[1][0][0] - lines[0][-1][0] == pytest.approx(timeline.canvas.columns * 151 / 399, abs=0.2)


@given(st.floats(1e-6, 1e6), st.floats(1.0001, 1e5), st.integers(3, 12))
def test_value_ticks_lie_inside_ascend_and_are_few(low, factor, most):
    scale = value_scale(low, low * factor, 300, 0)
    ticks = value_ticks(scale, most)
    assert 1 <= len(ticks) <= most + 2
    assert ticks == sorted(ticks)
    span = scale.high - scale.low
    assert all(scale.low - span * 1e-6 <= tick <= scale.high + span * 1e-6 for tick in ticks)


def test_a_wide_range_is_logarithmic_and_a_range_with_zero_never():
    assert value_scale(10, 1000, 0, 1).log
    assert not value_scale(10, 30, 0, 1).log
    assert not value_scale(0, 1000, 0, 1).log
    scale = value_scale(10, 1000, 100, 0)
    assert scale.at(100) == pytest.approx(50)


@given(st.integers(0, 4_000_000_000_000), st.integers(60_000, 30 * 365 * DAY), st.integers(2, 14))
def test_time_ticks_lie_inside_and_are_few(start, span, most):
    ticks = time_ticks(start, start + span, most)
    assert len(ticks) <= most + 2
    assert all(start <= tick.utc_ms <= start + span for tick in ticks)
    assert [tick.utc_ms for tick in ticks] == sorted({tick.utc_ms for tick in ticks})


def test_time_ticks_speak_the_calendar():
    start = int(np.datetime64("2023-11-20", "ms").astype(np.int64))
    labels = [tick.label for tick in time_ticks(start, start + 300 * DAY, 10)]
    assert labels == ["Dec", "2024", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep"]
    hours = [tick.label for tick in time_ticks(start, start + DAY, 10)]
    assert hours == ["20 Nov", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "21 Nov"]


@given(st.lists(st.floats(0, 300), min_size=2, max_size=2), st.floats(1, 40))
def test_end_labels_keep_their_distance(wanted, distance):
    moved = apart(wanted, distance)
    assert abs(moved[0] - moved[1]) >= distance - 1e-9
    assert sum(moved) == pytest.approx(sum(wanted))


def test_few_trades_are_all_marked_and_of_many_the_largest():
    bars = walk(3000)
    trades = cross(bars, 3, 8).trades
    assert list(marked_trades(trades, 10**6)) == list(range(len(trades)))
    shown = marked_trades(trades, 50)
    assert len(shown) == 50
    rest = np.setdiff1d(np.arange(len(trades)), shown)
    assert np.abs(trades.net_return[shown]).min() >= np.abs(trades.net_return[rest]).max()


def test_liquidations_are_marked_before_larger_returns():
    bars = walk(3000)
    simulation = cross(bars, 3, 8)
    smallest = np.argsort(np.abs(simulation.trades.net_return))[:4].tolist()
    reasons = tuple(
        ExitReason.LIQUIDATION if i in smallest else ExitReason.SIGNAL for i in range(len(simulation.trades))
    )
    shown = marked_trades(replace(simulation.trades, exit_reason=reasons), 10)
    assert len(shown) == 10
    assert set(smallest) <= set(shown.tolist())


def test_a_level_runs_from_entry_to_exit_at_its_price_and_only_where_it_is_seen():
    bars = walk(1000, interval=Interval.D1)
    timeline, places = Timeline(bars, wide(300)), Scale(10_000, 30_000, 300, 0)
    rows = [
        (1, 100, 400, 1.0, 5.0, 0, 0, 0),
        (1, 500, 501, 1.0, 5.0, 0, 0, 0),
        (-1, 600, 800, 1.0, 5.0, 0, 0, 0),
    ]
    trades = replace(
        trades_of(bars, rows),
        stop_loss=np.array([15_000.0, 15_000.0, 90_000.0]),
        take_profit=np.array([np.nan, 25_000.0, np.nan]),
    )
    marks = level_marks(timeline, places, trades, np.arange(3))
    x = timeline.scale(trades.entry_time[:1])[0], timeline.scale(trades.exit_time[:1])[0]
    assert re.findall(r'class="([a-z ]+)" d="([^"]*)"', marks.content) == [
        ("level stop", f"M{place(x[0])} 225H{place(x[1])}")
    ]
    assert (marks.drawn, marks.trades) == (1, 3)


def test_the_area_between_two_lines_covers_both_and_nothing_else():
    bars = walk(6000)
    timeline, places = Timeline(bars, narrow(300)), Scale(0.0, 1.0, 300, 0)
    rng = np.random.default_rng(2)
    one, other = rng.random(6000), rng.random(6000)
    ((*corners,),) = points_of(timeline.area(one, other, places).removesuffix("z"))
    there, back = corners[: len(corners) // 2], corners[len(corners) // 2 :][::-1]
    both = np.concatenate((one, other))
    heights = [300 * (1 - value) for value in (both.min(), both.max())]
    assert max(y for _, y in there) == pytest.approx(heights[0], abs=0.1)
    assert min(y for _, y in back) == pytest.approx(heights[1], abs=0.1)
    assert [x for x, _ in there] == pytest.approx([x for x, _ in back], abs=1e-6)
    assert all(low >= high for (_, low), (_, high) in zip(there, back, strict=True))


def test_a_line_leaves_out_what_is_undefined():
    bars = walk(300)
    values = np.r_[np.full(50, np.nan), np.ones(100), np.full(50, np.nan), np.ones(100)]
    timeline = Timeline(bars, wide(300))
    lines = points_of(timeline.line(values, Scale(0, 2, 300, 0)))
    assert [line[0][0] for line in lines] == pytest.approx(timeline.scale(bars.open_time[[50, 200]]), abs=0.1)
    assert timeline.line(np.full(300, np.nan), Scale(0, 2, 300, 0)) == ""


def test_the_plot_draws_as_many_marks_as_it_says():
    bars = walk(3000)
    simulation = replace(cross(bars, 3, 8), open_position=None)
    plot = price_plot(Timeline(bars, narrow(300)), simulation)
    entries = re.findall(r'class="entry (?:win|loss)" d="([^"]*)"', plot.content)
    assert sum(data.count("M") for data in entries) == plot.marked < plot.trades
    assert plot.note == f"Marked: {plot.marked} of {plot.trades} closed trades."


def test_the_lanes_show_every_trade_that_has_a_mark_or_none():
    bars = walk(1000, interval=Interval.D1)
    timeline = Timeline(bars, wide(300))
    rows = [
        (1, 10, 200, 1.0, 5.0, 0, 0, 0),
        (-1, 300, 301, 1.0, -5.0, 0, 0, 0),
        (1, 900, 950, 1.0, -2.0, 0, 0, 0),
    ]
    simulation = replace(held(bars, np.zeros(1000, int)), trades=trades_of(bars, rows))
    long, short = (lane_columns(timeline, simulation, side) for side in (1, -1))
    assert long.count("win") == pytest.approx(190 / 999 * timeline.canvas.columns, abs=2)
    assert long.count("loss") == pytest.approx(50 / 999 * timeline.canvas.columns, abs=2)
    assert short.count("loss") in (1, 2)
    assert short.count("win") == 0


def test_trades_that_meet_in_a_column_show_the_sign_of_their_sum():
    bars = walk(100_000, interval=Interval.M1)
    timeline = Timeline(bars, narrow(300))
    rows = [(1, 0, 2, 1.0, 5.0, 0, 0, 0), (1, 3, 5, 1.0, -9.0, 0, 0, 0)]
    simulation = replace(held(bars, np.zeros(len(bars), int)), trades=trades_of(bars, rows))
    assert lane_columns(timeline, simulation, 1)[:2] == ["loss", ""]


def test_the_open_position_is_in_the_lane_up_to_the_end():
    bars = walk(500)
    simulation = held(bars, np.r_[np.zeros(400, int), np.full(100, -1)])
    lane = lane_columns(Timeline(bars, wide(300)), simulation, -1)
    assert lane[-1] == "open"
    assert lane.count("open") == pytest.approx(100 / 499 * wide(300).columns, abs=2)
