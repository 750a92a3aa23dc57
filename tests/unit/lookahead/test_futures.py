"""Other futures: plausible bars after a cut, and not a bit of difference before it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.bars import COLUMNS, Bars
from engine.market.futures import Course, OtherFuture, altered_bars, nudged_bars
from engine.research.lookahead.made_up import KINDS, made_up_bars

BARS = made_up_bars(KINDS[0], 3)


@given(cut=st.integers(1, len(BARS)), course=st.sampled_from(Course), seed=st.integers(0, 9))
def test_another_future_keeps_the_past_and_is_made_of_valid_bars(cut: int, course: Course, seed: int) -> None:
    other = altered_bars(BARS, cut, OtherFuture(course, seed))
    for name in COLUMNS:
        assert np.array_equal(getattr(other, name)[:cut], getattr(BARS, name)[:cut])
    Bars.checked(other.instrument, other.interval, vars_of(other), other.origin)
    assert np.array_equal(other.open_time, BARS.open_time)
    if cut < len(BARS):
        assert not np.array_equal(other.close[cut:], BARS.close[cut:])


def test_the_same_future_can_be_made_again_and_another_seed_gives_another() -> None:
    first, again = (altered_bars(BARS, 500, OtherFuture(Course.RISE, 1)) for _ in range(2))
    other = altered_bars(BARS, 500, OtherFuture(Course.RISE, 2))
    assert np.array_equal(first.close, again.close) and not np.array_equal(first.close, other.close)


@pytest.mark.parametrize("cut", [2, 400, 1100])
def test_courses_go_where_their_names_say(cut: int) -> None:
    ends = {
        course: np.mean([altered_bars(BARS, cut, OtherFuture(course, s)).close[cut + 30] for s in range(8)])
        for course in Course
    }
    assert ends[Course.FALL] < 0.8 * BARS.close[cut - 1] < 1.2 * BARS.close[cut - 1] < ends[Course.RISE]


def test_nudged_bars_are_valid_and_no_two_closes_tie() -> None:
    bars = nudged_bars(BARS, 1)
    Bars.checked(bars.instrument, bars.interval, vars_of(bars), bars.origin)
    assert len(np.unique(BARS.close)) < len(BARS) == len(np.unique(bars.close))
    assert np.allclose(bars.close, BARS.close, rtol=2e-9)


def test_made_up_bars_have_gaps_bursts_and_ties_as_recorded_ones_do() -> None:
    for kind in KINDS:
        bars = made_up_bars(kind, 0)
        jumps = np.abs(bars.open[1:] / bars.close[:-1] - 1) > 1e-3
        assert 0.005 < jumps.mean() < 0.2
        assert bars.volume.max() > 8 * np.median(bars.volume)
        assert bool(bars.gaps) == (kind.share_missing > 0)
        assert bars.close.max() / bars.close.min() > 1.1


def vars_of(bars: Bars) -> dict[str, np.ndarray]:
    return {name: getattr(bars, name) for name in ("open_time", *COLUMNS)}
