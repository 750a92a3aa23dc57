"""The lake is a set of rows: neither the order nor the cut of appends can be seen in it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.market.interval import Interval
from engine.market.lake import Lake
from tests.support.market import BTC, made_bars, made_funding, same_bars

ROWS = 120
BARS = made_bars(ROWS)
FUNDING = made_funding(ROWS)
spans = st.tuples(st.integers(0, ROWS - 1), st.integers(1, ROWS)).map(
    lambda s: (s[0], min(ROWS, s[0] + s[1]))
)


@settings(deadline=None, max_examples=25)
@given(cuts=st.lists(spans, min_size=1, max_size=8), order=st.randoms(use_true_random=False))
def test_any_overlapping_appends_in_any_order_give_the_same_series(
    cuts: list[tuple[int, int]], order
) -> None:
    whole = [*cuts, *((row, row + 30) for row in range(0, ROWS, 30))]
    order.shuffle(whole)
    with tempfile.TemporaryDirectory() as folder:
        lake, reference = Lake(Path(folder) / "one"), Lake(Path(folder) / "two")
        reference.append(BARS)
        added = sum(lake.append(BARS.rows(first, stop)).added for first, stop in whole)
        assert added == ROWS
        assert same_bars(lake.bars(BTC, Interval.H1), BARS)
        assert lake.coverage()[0].content_hash == reference.coverage()[0].content_hash


@settings(deadline=None, max_examples=25)
@given(cuts=st.lists(spans, min_size=1, max_size=6), window=spans)
def test_what_was_appended_is_what_a_window_shows(
    cuts: list[tuple[int, int]], window: tuple[int, int]
) -> None:
    held = sorted({row for first, stop in cuts for row in range(first, stop)})
    start, end = int(FUNDING.time[window[0]]), int(FUNDING.time[window[1] - 1]) + 1
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder))
        for first, stop in cuts:
            lake.append(FUNDING.between(int(FUNDING.time[first]), int(FUNDING.time[stop - 1]) + 1))
        shown = lake.funding(BTC, start_ms=start, end_ms=end)
    expected = [int(FUNDING.time[row]) for row in held if window[0] <= row < window[1]]
    assert ([] if shown is None else shown.time.tolist()) == expected
