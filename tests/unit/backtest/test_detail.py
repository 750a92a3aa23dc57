"""Finer bars tell what happened inside a bar, where they are complete."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.backtest.costs import Costs
from engine.backtest.margin import Margin
from engine.backtest.simulate import simulate
from engine.backtest.slippage import FixedSlippage
from engine.errors import InvalidInput
from engine.market.bars import Bars, MarketData, Origin
from engine.market.instrument import parse_instrument
from engine.market.interval import Interval
from engine.strategy.signals import Signals

HOUR_MS = 3_600_000
BTC = parse_instrument("bybit:linear:BTCUSDT")
FREE = Costs(0.0, 0.0, FixedSlippage(0.0), funding=False)
Row = tuple[float, float, float, float]


def bars(rows: list[Row], interval: Interval, start_ms: int = 0) -> Bars:
    columns = dict(zip(("open", "high", "low", "close"), np.array(rows, float).T, strict=True))
    times = start_ms + np.arange(len(rows)) * interval.milliseconds
    columns |= {"open_time": times, "volume": np.full(len(rows), 1000.0)}
    return Bars.checked(BTC, interval, columns, Origin.FILE)


def long_from_the_first_bar(n: int, **levels: float) -> Signals:
    first, never = np.arange(n) == 0, np.zeros(n, np.bool_)
    return Signals(first, never, never, never, **{name: np.full(n, value) for name, value in levels.items()})


# A long at 100 with a stop at 95 and a target at 105; the third hour reaches both.
HOURS = bars([(100, 100, 100, 100), (100, 101, 99, 100), (100, 106, 94, 100)], Interval.H1)
BRACKET = long_from_the_first_bar(3, stop_loss=0.05, take_profit=0.05)


def halves(*last: Row) -> Bars:
    """Half hours of HOURS, with those of the last hour given."""
    quiet = [(100, 100, 100, 100), (100, 100, 100, 100), (100, 101, 99, 100), (100, 100, 100, 100)]
    return bars([*quiet, *last], Interval.M30)


def test_without_finer_bars_the_stop_comes_first_and_the_bar_is_ambiguous() -> None:
    result = simulate(HOURS, BRACKET, FREE)
    assert result.trades.exit_reason == ("stop_loss",)
    assert result.band.ambiguous_bars == 1
    assert (result.band.total_return_low, result.band.total_return_high) == pytest.approx((-0.05, 0.05))
    assert result.band.other_equity[-1] == pytest.approx(10_500)


def test_finer_bars_show_that_the_target_came_first() -> None:
    result = simulate(HOURS, BRACKET, FREE, detail=halves((100, 106, 99, 99), (99, 100, 94, 100)))
    assert result.trades.exit_reason == ("take_profit",)
    assert result.trades.exit_price[0] == pytest.approx(105)
    assert result.band.ambiguous_bars == 0
    assert result.band.total_return_low == result.band.total_return_high
    assert "Finer bars told the order of events in 1 ambiguous bars; 0 stay ambiguous." in result.warnings


def test_a_finer_open_beyond_a_level_fills_at_that_open() -> None:
    result = simulate(HOURS, BRACKET, FREE, detail=halves((100, 101, 99, 99), (94, 106, 94, 100)))
    assert (result.trades.exit_reason, result.trades.exit_price[0]) == (("stop_loss",), 94.0)


def test_a_finer_bar_that_reaches_both_leaves_the_bar_ambiguous() -> None:
    result = simulate(HOURS, BRACKET, FREE, detail=halves((100, 106, 94, 100), (100, 100, 100, 100)))
    assert result.trades.exit_reason == ("stop_loss",)
    assert result.band.ambiguous_bars == 1
    assert result.band.total_return_high == pytest.approx(0.05)


@pytest.mark.parametrize("kept", [slice(0, 5), slice(0, 4)])
def test_a_bar_with_finer_bars_missing_is_walked_as_it_is(kept: slice) -> None:
    detail = halves((100, 106, 99, 99), (99, 100, 94, 100)).rows(kept.start, kept.stop)
    result = simulate(HOURS, BRACKET, FREE, detail=detail)
    assert result.trades.exit_reason == ("stop_loss",)
    assert result.band.ambiguous_bars == 1


def test_finer_bars_that_tell_of_another_market_are_not_believed() -> None:
    result = simulate(HOURS, BRACKET, FREE, detail=halves((100, 106, 99, 99), (99, 100, 93, 100)))
    assert result.trades.exit_reason == ("stop_loss",)
    assert result.trades.exit_price[0] == pytest.approx(95)


def test_a_trailing_stop_follows_whole_bars_even_with_finer_ones() -> None:
    rows = [(100, 100, 100, 100), (100, 110, 100, 104), (104, 104, 99, 100)]
    detail = bars(
        [(100, 100, 100, 100)] * 2
        + [(100, 110, 100, 104), (104, 104, 104, 104), (104, 104, 99, 100), (100, 100, 100, 100)],
        Interval.M30,
    )
    signals = long_from_the_first_bar(3, trailing_stop=0.05)
    result = simulate(bars(rows, Interval.H1), signals, FREE, detail=detail)
    assert (result.trades.exit_bar[0], result.trades.exit_price[0]) == (2, pytest.approx(104.0))


def test_the_mark_may_liquidate_in_a_bar_whose_finer_bars_reach_the_target_first() -> None:
    detail = halves((100, 106, 99, 99), (99, 100, 94, 100))
    mark = bars([(100, 100, 100, 100), (100, 100, 100, 100), (100, 100, 89, 100)], Interval.H1)
    signals = long_from_the_first_bar(3, take_profit=0.05)
    result = simulate(MarketData(HOURS, mark=mark), signals, FREE, margin=Margin(10.0), detail=detail)
    assert result.trades.exit_reason == ("liquidation",)
    unmarked = simulate(HOURS, signals, FREE, margin=Margin(10.0), detail=detail)
    assert unmarked.trades.exit_reason == ("take_profit",)


def test_detail_that_is_not_finer_or_of_another_instrument_is_refused() -> None:
    with pytest.raises(InvalidInput, match="The finer bars are 1h as the bars are"):
        simulate(HOURS, BRACKET, FREE, detail=HOURS)
    other = replace(halves((1, 1, 1, 1), (1, 1, 1, 1)), instrument=parse_instrument("bybit:linear:ETHUSDT"))
    with pytest.raises(InvalidInput, match="The finer bars are of bybit:linear:ETHUSDT"):
        simulate(HOURS, BRACKET, FREE, detail=other)
