"""Finer bars as the inside of a bar: there where all of them are, and only where they agree with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import InvalidInput
from engine.market.bars import Bars
from engine.market.detail import detail_of
from engine.market.instrument import Category, Instrument
from engine.market.interval import Interval
from engine.market.resample import resampled
from tests.support.market import made_bars, real_bars, renamed

FINER = made_bars(60, interval=Interval.M15)
HOURS = resampled(FINER, Interval.H1)


def without(bars: Bars, row: int) -> Bars:
    there = np.arange(len(bars)) != row
    names = ("open_time", "open", "high", "low", "close", "volume")
    return replace(bars, **{name: getattr(bars, name)[there] for name in names})


def test_every_bar_of_which_all_parts_are_there_has_them_as_its_inside() -> None:
    detail = detail_of(HOURS, FINER)
    assert detail.first.tolist() == list(range(0, 60, 4))
    assert detail.stop.tolist() == list(range(4, 61, 4))
    assert (detail.first.dtype, detail.stop.dtype) == (np.int64, np.int64)
    assert (detail.incomplete, detail.disagreeing, detail.present.all()) == (0, 0, True)


def test_a_bar_that_lacks_one_part_has_no_detail_and_its_neighbours_keep_theirs() -> None:
    detail = detail_of(HOURS, without(FINER, 5))
    assert detail.present.tolist() == [True, False, *[True] * 13]
    assert detail.first.tolist()[:3] == [0, 0, 7]
    assert detail.stop.tolist()[:3] == [4, 0, 11]
    assert (detail.incomplete, detail.disagreeing) == (1, 0)


@pytest.mark.parametrize("name", ["open", "high", "low", "close"])
def test_a_bar_whose_parts_tell_another_price_is_counted_and_has_no_detail(name: str) -> None:
    column = getattr(HOURS, name).copy()
    column[2] *= 1.0 + 2e-9
    column[3] *= 1.0 + 2e-10
    detail = detail_of(replace(HOURS, **{name: column}), FINER)
    assert np.flatnonzero(~detail.present).tolist() == [2]
    assert (detail.incomplete, detail.disagreeing) == (0, 1)


def test_finer_bars_of_another_time_are_no_detail() -> None:
    late = made_bars(8, interval=Interval.M15, start_ms=HOURS.end_ms)
    assert detail_of(HOURS, late).incomplete == len(HOURS)
    assert detail_of(HOURS, FINER.rows(0, 0)).incomplete == len(HOURS)


def test_another_instrument_or_interval_is_refused() -> None:
    other = renamed(FINER, Instrument("bybit", Category.SPOT, "BTCUSDT"))
    with pytest.raises(InvalidInput, match="finer bars are of bybit:spot:BTCUSDT"):
        detail_of(HOURS, other)
    with pytest.raises(InvalidInput, match="shorter interval"):
        detail_of(HOURS, HOURS)
    with pytest.raises(InvalidInput, match="A 15m bar is not made of 1h bars"):
        detail_of(FINER, HOURS)


def test_every_recorded_hour_has_its_quarters(market_files: Path) -> None:
    quarters = real_bars(market_files, "bybit_linear_ETHUSDT_15m")
    hours = real_bars(market_files, "bybit_linear_ETHUSDT_1h").between(quarters.start_ms, quarters.end_ms)
    detail = detail_of(hours, quarters)
    assert detail.disagreeing == 0
    assert detail.incomplete <= 1  # the last hour may end after the last quarter
