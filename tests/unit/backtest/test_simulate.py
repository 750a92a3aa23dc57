"""What a simulation refuses, what it warns of, and what it hands back beside the trades."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from engine.backtest.costs import Costs
from engine.backtest.execution import Execution
from engine.backtest.margin import Margin
from engine.backtest.simulate import simulate
from engine.backtest.sizing import FixedNotional, FixedQuantity, RiskPerTrade
from engine.backtest.slippage import FixedSlippage
from engine.errors import InvalidInput
from engine.market.bars import Bars, FundingRates, MarketData, Origin
from engine.market.filters import Filters
from engine.market.instrument import parse_instrument
from engine.market.interval import Interval
from engine.strategy.signals import Signals, signals_from_frame

HOUR_MS = 3_600_000
BTC = parse_instrument("bybit:linear:BTCUSDT")
SPOT = parse_instrument("bybit:spot:BTCUSDT")


def bars(n: int = 48, instrument=BTC, origin: Origin = Origin.FILE, without: tuple[int, ...] = ()) -> Bars:
    """Hourly bars from 1970-01-01 that rise by 1 a bar from 100."""
    hours = np.array([hour for hour in range(n) if hour not in without], np.int64)
    open_ = 100.0 + hours
    columns = {"open": open_, "high": open_ + 1.5, "low": open_ - 0.5, "close": open_ + 1.0}
    columns |= {"open_time": hours * HOUR_MS, "volume": np.ones(len(hours))}
    return Bars.checked(instrument, Interval.H1, columns, origin)


def signals(n: int = 48, **columns) -> Signals:
    """No signals but the given ones; a flag is given by its rows."""
    flags = {name: np.zeros(n, np.bool_) for name in ("long_entry", "long_exit", "short_entry", "short_exit")}
    for name in flags.keys() & columns.keys():
        flags[name][columns.pop(name)] = True
    return Signals(**flags, **columns)


def funding(hours: list[int], instrument=BTC, origin: Origin = Origin.FILE) -> FundingRates:
    times = np.array(hours, np.int64) * HOUR_MS
    return FundingRates.checked(instrument, times, np.full(len(hours), 1e-4), origin)


def mark(hours: list[int], instrument=BTC) -> Bars:
    price = np.full(len(hours), 100.0)
    columns = dict.fromkeys(("open", "high", "low", "close"), price)
    columns |= {"open_time": np.array(hours, np.int64) * HOUR_MS, "volume": np.zeros(len(hours))}
    return Bars.checked(instrument, Interval.H1, columns, Origin.FILE)


EIGHT_HOURLY = [0, 8, 16, 24, 32, 40, 48]


def complete(n: int = 48) -> MarketData:
    return MarketData(bars(n), funding(EIGHT_HOURLY), mark(EIGHT_HOURLY))


def warnings_of(market: Bars | MarketData, given: Signals | None = None, costs: Costs | None = None) -> str:
    n = len(market if isinstance(market, Bars) else market.bars)
    return "\n".join(simulate(market, given or signals(n), costs).warnings)


# What is refused


def test_one_bar_is_too_few() -> None:
    with pytest.raises(InvalidInput, match="at least 2 bars, these are 1"):
        simulate(bars(1), signals(1))


@pytest.mark.parametrize("cash", [0.0, -1.0, float("nan"), float("inf")])
def test_cash_must_be_above_zero(cash: float) -> None:
    with pytest.raises(InvalidInput, match="cash"):
        simulate(bars(), signals(), cash=cash)


def test_signals_of_another_length_are_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="long_entry has 47 rows for 48 bars"):
        simulate(bars(), signals(47))
    with pytest.raises(InvalidInput, match="stop_loss has 3 rows for 48 bars"):
        simulate(bars(), signals(stop_loss=np.full(3, 0.1)))
    with pytest.raises(InvalidInput, match="tag has 1 rows"):
        simulate(bars(), signals(tag=("x",)))


def test_flags_that_are_not_boolean_are_refused() -> None:
    given = replace(signals(), long_exit=np.zeros(48))
    with pytest.raises(InvalidInput, match="long_exit has dtype float64, not bool"):
        simulate(bars(), given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"), [("stop_loss", 0.0), ("take_profit", -0.1), ("trailing_stop", np.inf), ("size", 1.5)]
)
def test_levels_outside_their_range_are_refused_with_row_and_value(name: str, value: float) -> None:
    column = np.full(48, np.nan)
    column[7] = value
    with pytest.raises(InvalidInput, match=f"{name} is .* at row 7"):
        simulate(bars(), signals(**{name: column}))


def test_levels_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(InvalidInput, match="size has dtype bool"):
        simulate(bars(), signals(size=np.ones(48, np.bool_)))


def test_two_dimensional_columns_are_refused() -> None:
    with pytest.raises(InvalidInput, match="size has 48 x 2 rows for 48 bars"):
        simulate(bars(), signals(size=np.ones((48, 2))))


def test_funding_and_marks_of_another_instrument_are_refused() -> None:
    other = parse_instrument("bybit:linear:ETHUSDT")
    with pytest.raises(InvalidInput, match="Funding rates are of bybit:linear:ETHUSDT"):
        simulate(MarketData(bars(), funding(EIGHT_HOURLY, other)), signals())
    with pytest.raises(InvalidInput, match="Mark prices are of bybit:linear:ETHUSDT"):
        simulate(MarketData(bars(), funding(EIGHT_HOURLY), mark(EIGHT_HOURLY, other)), signals())


def test_prices_beyond_all_reason_are_refused_and_not_reported_as_infinite() -> None:
    price = np.array([1e-300, 1e-300, 1e300])
    columns = dict.fromkeys(("open", "high", "low", "close"), price)
    columns |= {"open_time": np.arange(3) * HOUR_MS, "volume": np.ones(3)}
    wild = Bars.checked(SPOT, Interval.H1, columns, Origin.FILE)
    with pytest.raises(InvalidInput, match="overflows"):
        simulate(wild, signals(3, long_entry=[0]))


@pytest.mark.parametrize(
    ("setting", "wrong", "right"),
    [
        ("sizing", 3, "FractionOfEquity"),
        ("execution", 0.5, "participation=0.1"),
        ("margin", 3.0, "Margin"),
        ("filters", "all", "Filters"),
        ("drawdown_scaling", 0.2, "DrawdownScaling"),
    ],
)
def test_a_setting_that_is_no_such_value_is_refused_with_one_that_is(
    setting: str, wrong: Any, right: str
) -> None:
    with pytest.raises(InvalidInput, match=f"{setting} = .*{right}"):
        simulate(bars(), signals(), **{setting: wrong})


def test_an_engine_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="There is no engine 'quick'"):
        simulate(bars(), signals(), engine="quick")


# What a reader is warned of


def test_complete_data_needs_no_warning() -> None:
    assert warnings_of(complete()) == ""
    assert warnings_of(bars(instrument=SPOT)) == ""


def test_a_perpetual_without_funding_data_says_so() -> None:
    assert "No funding data for this perpetual" in warnings_of(bars())
    assert "No funding data" in warnings_of(MarketData(bars(), funding([])))


def test_funding_switched_off_needs_no_warning() -> None:
    assert warnings_of(bars(), costs=Costs(2.0, 5.5, funding=False)) == ""


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ([24, 32, 40, 48], "before 1970-01-02T00:00:00Z"),
        ([8, 16], "after 1970-01-01T16:00:00Z"),
        ([8, 16, 40, 48], "between 1970-01-01T16:00:00Z and 1970-01-02T16:00:00Z"),
        ([80, 88], "anywhere in it"),
    ],
)
def test_funding_for_part_of_the_window_names_the_part_that_is_missing(hours: list[int], said: str) -> None:
    text = warnings_of(MarketData(bars(), funding(hours), mark(EIGHT_HOURLY)))
    assert "covers only part of the window" in text
    assert said in text


def test_funding_before_the_window_alone_covers_nothing() -> None:
    late = replace(bars(), open_time=bars().open_time + 1000 * HOUR_MS)
    text = warnings_of(MarketData(late, funding([0, 8]), None))
    assert text == "Funding data covers only part of the window, none is charged anywhere in it."


def test_a_change_of_the_funding_interval_is_no_gap() -> None:
    hours = [0, 8, 16, 20, 24, 28, 32, 36, 40, 44]
    assert warnings_of(MarketData(bars(), funding(hours), mark(hours))) == ""
    hours = [0, 4, 8, 12, 20, 28, 36, 44]
    assert warnings_of(MarketData(bars(), funding(hours), mark(hours))) == ""


def test_missing_mark_prices_at_stamps_are_counted() -> None:
    some = MarketData(bars(), funding(EIGHT_HOURLY), mark([8, 16, 17]))
    assert "No mark price at 3 of 5 funding stamps" in warnings_of(some)
    none = MarketData(bars(), funding(EIGHT_HOURLY))
    assert "No mark price at 5 of 5 funding stamps" in warnings_of(none)


def test_synthetic_data_is_said_loudly() -> None:
    assert "SYNTHETIC data" in warnings_of(bars(instrument=SPOT, origin=Origin.SYNTHETIC))
    made_up = MarketData(bars(), funding(EIGHT_HOURLY, origin=Origin.SYNTHETIC), mark(EIGHT_HOURLY))
    assert "SYNTHETIC data" in warnings_of(made_up)


def test_gaps_in_the_bars_are_counted() -> None:
    holed = bars(instrument=SPOT, without=(5, 6, 20))
    assert (
        "Gaps in the bars: 3 bars are missing at 2 places, the first at 1970-01-01T05:00:00Z."
        in warnings_of(holed)
    )


def test_ignored_shorts_on_spot_are_counted() -> None:
    result = simulate(bars(instrument=SPOT), signals(short_entry=[1, 5], short_exit=[3]))
    assert len(result.trades) == 0
    assert "2 short entries are ignored" in result.warnings[0]


def test_on_spot_a_short_entry_still_cancels_the_long_entry_of_its_row() -> None:
    result = simulate(bars(instrument=SPOT), signals(long_entry=[3], short_entry=[3]))
    assert result.open_position is None


def test_long_and_short_entry_together_give_one_warning() -> None:
    market = complete()
    frame = pd.DataFrame(
        {"long_entry": True, "long_exit": False, "short_entry": True}, index=market.bars.frame().index
    )
    said = simulate(market, signals_from_frame(frame, frame.index)).warnings
    assert said == ("48 bars ask for a long and a short entry at once: neither acts there.",)
    assert simulate(market, signals(long_entry=[1], short_entry=[1])).warnings[0].startswith("1 bars ask")


def test_the_signals_own_warnings_are_passed_on() -> None:
    assert warnings_of(complete(), signals(warnings=("mind the gap",))) == "mind the gap"


def test_entries_of_size_zero_are_counted() -> None:
    size = np.full(48, np.nan)
    size[[3, 4]] = 0.0
    assert "1 entries have size 0" in warnings_of(complete(), signals(long_entry=[4, 9], size=size))


def test_ruin_is_said() -> None:
    price = np.array([100.0, 100.0, 300.0, 300.0])
    columns = dict.fromkeys(("open", "high", "low", "close"), price)
    columns |= {"open_time": np.arange(4) * HOUR_MS, "volume": np.ones(4)}
    result = simulate(
        Bars.checked(BTC, Interval.H1, columns, Origin.FILE),
        signals(4, short_entry=[0]),
        Costs(0, 0, funding=False),
    )
    assert result.ruined
    assert "ruined" in result.warnings[-1]
    assert result.metrics.annual_return == -1.0
    assert result.metrics.max_drawdown == 1.0


def test_entries_that_the_filters_refuse_are_counted() -> None:
    said = simulate(complete(), signals(long_entry=[1, 4]), filters=Filters(min_notional=20_000)).warnings
    assert said == ("2 entries are refused by the instrument's filters: too small.",)


def test_entries_without_the_stop_that_sizes_them_are_counted() -> None:
    said = simulate(complete(), signals(long_entry=[1]), sizing=RiskPerTrade(0.01)).warnings
    assert said == ("1 entries have no stop to size them by and open nothing.",)


def test_entries_cut_to_what_can_be_paid_are_counted() -> None:
    said = simulate(complete(), signals(long_entry=[1]), sizing=FixedNotional(20_000)).warnings
    assert said == ("1 entries are cut to what the account can pay, or to the largest size.",)
    assert simulate(complete(), signals(long_entry=[1])).warnings == ()


def test_orders_carried_over_for_want_of_volume_are_counted() -> None:
    wanted = signals(long_entry=[1])
    slow = Execution(participation=0.5)
    result = simulate(complete(), wanted, sizing=FixedQuantity(2.0), execution=slow)
    assert result.open_position is not None
    assert result.open_position.quantity == pytest.approx(2.0)
    assert result.warnings[0].startswith("3 times the rest of an order was carried over")


def test_liquidations_and_a_margin_without_mark_bars_are_counted() -> None:
    price = np.array([100.0, 100.0, 150.0, 150.0])
    columns = dict.fromkeys(("open", "high", "low", "close"), price)
    columns |= {"open_time": np.arange(4) * HOUR_MS, "volume": np.ones(4)}
    market = Bars.checked(BTC, Interval.H1, columns, Origin.FILE)
    costs = Costs(0, 0, funding=False)
    result = simulate(market, signals(4, short_entry=[0]), costs, margin=Margin(5.0))
    assert "1 positions were liquidated." in result.warnings
    assert "No mark price for 4 of 4 bars: their own prices decide liquidation there." in result.warnings


def test_an_inverse_contract_is_said_to_be_simulated_as_linear() -> None:
    inverse = bars(instrument=parse_instrument("bybit:inverse:BTCUSD"))
    assert "inverse contract is simulated as a linear one" in warnings_of(inverse)


# What comes back


def test_costs_default_to_those_of_the_category() -> None:
    entry = signals(long_entry=[0])
    linear, spot = simulate(bars(), entry), simulate(bars(instrument=SPOT), entry)
    assert linear.open_position and spot.open_position
    assert linear.open_position.fees == pytest.approx(10_000 / 1.00055 * 0.00055)
    assert spot.open_position.fees == pytest.approx(10_000 / 1.001 * 0.001)


def test_the_benchmark_buys_at_the_second_open_and_holds_with_the_same_costs() -> None:
    result = simulate(complete(), signals(), Costs(2.0, 5.5, FixedSlippage(1.0)))
    fill = 101.0 * 1.0001
    quantity = 10_000 / (fill * 1.00055)
    paid = quantity * 100.0 * 1e-4 * 5  # stamps 8 to 40 at the mark's 100
    final = 10_000 - quantity * fill * 0.00055 + quantity * (148.0 - fill) - paid
    assert result.benchmark_equity[-1] == pytest.approx(final, rel=1e-12)
    assert result.benchmark.funding_paid == pytest.approx(paid)
    assert result.benchmark.trades == 0
    assert result.benchmark.exposure == pytest.approx(47 / 48)
    same = simulate(complete(), signals(long_entry=[0]), Costs(2.0, 5.5, FixedSlippage(1.0)))
    assert same.metrics == result.benchmark


def test_bars_alone_and_market_data_without_funding_are_the_same() -> None:
    given = signals(long_entry=[1, 20], long_exit=[10])
    assert simulate(bars(), given).metrics == simulate(MarketData(bars()), given).metrics


def test_a_trade_carries_the_tag_and_the_times_of_its_bars() -> None:
    tag = tuple(f"why {row}" for row in range(48))
    result = simulate(complete(), signals(long_entry=[3, 20], long_exit=[9], tag=tag))
    assert result.trades.tag == ("why 3",)
    assert (result.trades.entry_time[0], result.trades.exit_time[0]) == (4 * HOUR_MS, 10 * HOUR_MS)
    assert result.open_position is not None
    assert (result.open_position.tag, result.open_position.entry_time) == ("why 20", 21 * HOUR_MS)


def test_excursions_count_whole_bars_but_of_the_exits_own_only_what_was_reached() -> None:
    rows = np.array([[100, 100, 100, 100], [100, 110, 95, 100], [100, 130, 70, 100], [100, 200, 50, 100]])
    columns = dict(zip(("open", "high", "low", "close"), rows.T.astype(float), strict=True))
    columns |= {"open_time": np.arange(4) * HOUR_MS, "volume": np.ones(4)}
    market = Bars.checked(BTC, Interval.H1, columns, Origin.FILE)
    costs = Costs(0, 0, FixedSlippage(0.0), funding=False)
    stopped = simulate(market, signals(4, long_entry=[0], stop_loss=np.full(4, 0.2)), costs).trades
    assert (stopped.adverse_excursion[0], stopped.favourable_excursion[0]) == pytest.approx((0.2, 0.1))
    assert stopped.stop_loss[0] == pytest.approx(80.0)
    assert np.isnan(stopped.take_profit[0])
    sold = simulate(market, signals(4, short_entry=[0], short_exit=[2]), costs).trades
    assert (sold.adverse_excursion[0], sold.favourable_excursion[0]) == pytest.approx((0.3, 0.3))
    held = simulate(market, signals(4, long_entry=[1]), costs).open_position
    assert held is not None
    assert (held.adverse_excursion, held.favourable_excursion) == pytest.approx((0.5, 1.0))


def test_the_tag_is_that_of_the_signal_also_when_it_acts_later() -> None:
    tag = tuple(f"why {row}" for row in range(48))
    late = Execution(latency_bars=3)
    result = simulate(complete(), signals(long_entry=[3], long_exit=[9], tag=tag), execution=late)
    assert (result.trades.tag, result.trades.entry_bar[0], result.trades.exit_bar[0]) == (("why 3",), 7, 13)


def test_buy_and_hold_knows_no_margin_no_cap_and_no_delay() -> None:
    plain = simulate(complete(), signals())
    other = simulate(
        complete(),
        signals(),
        execution=Execution(2, 0.1),
        margin=Margin(5.0),
        sizing=FixedNotional(10.0),
        filters=Filters(min_notional=1e9),
    )
    assert other.benchmark == plain.benchmark


def test_all_mark_bars_of_the_window_are_used_under_a_margin_and_hashed() -> None:
    market = MarketData(bars(), funding(EIGHT_HOURLY), mark(list(range(60))))
    assert market.used().mark.open_time.tolist() == [h * HOUR_MS for h in (8, 16, 24, 32, 40)]
    assert len(market.used(margin=True).mark) == 48
    assert market.content_hash() != market.content_hash(margin=True)
    assert market.used(margin=True).content_hash() == market.content_hash()
    assert MarketData(bars(), mark=mark([1])).used().mark is None


def test_columns_that_are_views_with_strides_are_read_as_they_are() -> None:
    wide = np.zeros((48, 2), np.bool_)
    wide[3, 0] = wide[9, 1] = True
    strided = replace(signals(), long_entry=wide[:, 0], long_exit=wide[:, 1])
    assert simulate(complete(), strided).metrics.trades == 1


def test_columns_may_be_lists_or_series_too() -> None:
    given = signals(long_entry=[3], long_exit=[9], stop_loss=np.full(48, 0.5), size=np.ones(48))
    loose = replace(
        given,
        long_entry=given.long_entry.tolist(),
        long_exit=pd.Series(given.long_exit),
        stop_loss=pd.Series(given.stop_loss),
        size=[1] * 48,
    )
    assert simulate(complete(), loose).metrics == simulate(complete(), given).metrics


def test_nothing_that_is_handed_in_is_changed() -> None:
    market, given = complete(), signals(long_entry=[3], size=np.full(48, 0.5))
    before = market.content_hash(), given.long_entry.tobytes(), given.size.tobytes()
    simulate(market, given)
    assert (market.content_hash(), given.long_entry.tobytes(), given.size.tobytes()) == before
