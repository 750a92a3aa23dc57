"""Several markets on one account: tables worked by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from engine.backtest.costs import Costs
from engine.backtest.portfolio.allocation import FixedWeights, Rebalancing
from engine.backtest.portfolio.result import PortfolioSimulation
from engine.backtest.portfolio.setup import PortfolioSetup
from engine.backtest.portfolio.simulate import simulate_portfolio
from engine.backtest.slippage import FixedSlippage, VolatilityShare
from engine.market.bars import Bars, FundingRates, MarketData, Origin
from engine.market.instrument import Category, Instrument
from engine.market.interval import Interval
from engine.strategy.signals import FLAG_COLUMNS, LEVEL_COLUMNS, Signals

START_MS = 1_704_067_200_000
HOUR_MS = 3_600_000
A = Instrument("bybit", Category.LINEAR, "AAAUSDT")
B = Instrument("bybit", Category.LINEAR, "BBBUSDT")
C = Instrument("bybit", Category.LINEAR, "CCCUSDT")
TEN_BPS = Costs(4.0, 10.0, FixedSlippage(0.0))
FREE = Costs(0.0, 0.0, FixedSlippage(0.0))


def market(instrument: Instrument, *rows: str) -> tuple[MarketData, Signals]:
    """A market from lines `hour open high low close signals...`; a level is written name=value."""
    words = [row.split() for row in rows]
    prices = np.array([[float(word) for word in line[:5]] for line in words])
    columns = dict(zip(("open", "high", "low", "close"), prices.T[1:], strict=True))
    columns["open_time"] = START_MS + (prices[:, 0] * HOUR_MS).astype(np.int64)
    columns["volume"] = np.ones(len(rows))
    flags = {name: np.array([name in line for line in words]) for name in FLAG_COLUMNS}
    levels = {name: np.full(len(rows), np.nan) for name in LEVEL_COLUMNS}
    for row, line in enumerate(words):
        for word in line[5:]:
            name, _, value = word.partition("=")
            if value:
                levels[name][row] = float(value)
    bars = Bars.checked(instrument, Interval.H1, columns, Origin.FILE)
    return MarketData(bars), Signals(**flags, **levels)


def run(
    *parts: tuple[MarketData, Signals], costs: Costs = TEN_BPS, cash: float = 2002.0, **setup: object
) -> PortfolioSimulation:
    markets = [data for data, _ in parts]
    signals = {data.bars.instrument: part for data, part in parts}
    return simulate_portfolio(markets, signals, PortfolioSetup(costs, cash, **setup))


def near(values: Sequence[float] | float) -> object:
    return pytest.approx(values, rel=1e-12, abs=1e-9)


def test_two_markets_share_the_cash_and_each_entry_gets_its_weight_of_it() -> None:
    result = run(
        market(A, "0 100 100 100 100 long_entry", "1 100 111 99 110 long_exit", "2 120 125 119 121"),
        market(B, "0 100 100 100 100 short_entry", "1 50 55 44 45", "2 40 41 39 40"),
    )
    # 1001 each: A buys 10 at 100, fee 1; B sells 20 at 50, fee 1. A leaves at 120, fee 1.2.
    assert result.equity.tolist() == near([2002, 2000 + 100 + 100, 2000 + 200 - 1.2 + 200])
    assert result.trades.quantity.tolist() == near([10])
    assert result.traded == (A,)
    position = result.open_positions[B]
    assert (position.side, position.quantity, position.unrealised_pnl) == (-1, near(20), near(199))
    assert [part.pnl for part in result.contributions] == near([200 - 2.2, 200 - 1])
    assert [part.fees for part in result.contributions] == near([2.2, 1])
    assert [part.trades for part in result.contributions] == [1, 0]
    assert result.weights[:, 1].tolist() == pytest.approx([1100 / 2200, -900 / 2200], rel=1e-6)
    assert result.metrics.turnover == near((1000 + 1200 + 1000) / np.mean(result.equity))
    assert result.metrics.exposure == near(2 / 3)


def test_an_exit_in_a_later_market_pays_for_an_entry_in_an_earlier_one() -> None:
    result = run(
        market(A, "0 50 50 50 50", "1 50 50 50 50 long_entry", "2 50 50 50 50"),
        market(B, "0 100 100 100 100 long_entry", "1 100 100 100 100 long_exit", "2 100 100 100 100"),
        costs=FREE,
        cash=1000.0,
        allocation=FixedWeights({A: 0.5, B: 0.5}),
    )
    assert result.open_positions[A].quantity == near(10)
    assert not any("free cash" in text for text in result.warnings)


def test_an_entry_gets_no_more_than_the_free_cash_and_a_warning_counts_it() -> None:
    result = run(
        market(A, "0 100 100 100 100 long_entry", "1 100 300 99 300", "2 300 300 300 300"),
        market(B, "0 100 100 100 100", "1 100 100 100 100 long_entry", "2 100 100 100 100"),
    )
    # A holds 10, worth 3000 of 4001 at the last open; B asks for 2000.5 and gets the rest, 1001.
    assert result.open_positions[B].quantity == near(10)
    assert result.equity[-1] == near(4000)
    assert "1 entries found less free cash than they ask for, and are smaller or absent." in result.warnings


def test_a_short_ties_down_its_value_too() -> None:
    result = run(
        market(A, "0 100 100 100 100 short_entry", "1 100 100 100 100", "2 130 130 130 130"),
        market(B, "0 100 100 100 100", "1 100 100 100 100 long_entry", "2 100 100 100 100"),
        costs=FREE,
        cash=1000.0,
        allocation=FixedWeights({A: 0.5, B: 0.5}),
    )
    # A is short 5 at 100. At 130 equity is 850, of which 650 are tied down: B gets 200, not 425.
    assert result.open_positions[B].quantity == near(2)


def test_of_two_entries_at_one_open_the_earlier_market_takes_what_is_free() -> None:
    result = run(
        market(A, "0 100 100 100 100 short_entry", "1 100 100 100 100", "2 120 120 120 120"),
        market(B, "0 10 10 10 10", "1 10 10 10 10 long_entry", "2 10 10 10 10"),
        market(C, "0 10 10 10 10", "1 10 10 10 10 long_entry", "2 10 10 10 10"),
        costs=FREE,
        cash=1000.0,
        allocation=FixedWeights({A: 0.6, B: 0.2, C: 0.2}),
    )
    # Equity is 880, of which the short ties down 720. B and C ask for 176 each: B gets 160, C nothing.
    assert result.open_positions[B].quantity == near(16)
    assert C not in result.open_positions
    assert any(text.startswith("2 entries found less free cash") for text in result.warnings)


def test_rebalancing_sells_what_grew_and_buys_the_rest_from_what_that_frees() -> None:
    dear = Costs(0.0, 100.0, FixedSlippage(0.0))
    parts = (
        market(
            A,
            "0 100 100 100 100 long_entry",
            "1 100 200 99 200",
            "2 200 200 200 200 long_exit",
            "3 210 210 210 210",
        ),
        market(
            B,
            "0 100 100 100 100 long_entry",
            "1 100 100 100 100",
            "2 100 100 100 100 long_exit",
            "3 110 110 110 110",
        ),
    )
    result = run(*parts, costs=dear, cash=2020.0, rebalancing=Rebalancing(2))
    # At 200 and 100 equity is 3000, half of it 1500: sell 2.5 A, fee 5; 495 are free, which buy 495 / 101 B.
    bought = 495 / 101
    assert result.equity[2] == near(3000 - 5 - bought)
    assert [part.rebalanced for part in result.contributions] == [1, 1]
    a, b = 0, 1
    assert result.trades.quantity.tolist() == near([10, 10 + bought])
    assert result.trades.entry_price.tolist() == near([100, 100])
    assert result.trades.exit_price[a] == near((2.5 * 200 + 7.5 * 210) / 10)
    assert result.trades.fees[b] == near(10 + bought + (10 + bought) * 1.1)
    assert 2020 + result.trades.pnl.sum() == near(float(result.equity[-1]))


def test_an_addition_makes_the_entry_price_the_average_and_moves_no_level() -> None:
    result = run(
        market(A, "0 100 100 100 100 long_entry stop_loss=0.6", "1 100 100 50 50", "2 50 50 41 45"),
        market(B, "0 100 100 100 100 long_entry", "1 100 150 100 150", "2 150 150 150 150"),
        costs=FREE,
        cash=2000.0,
        rebalancing=Rebalancing(2),
    )
    position = result.open_positions[A]
    assert (position.quantity, position.entry_price, position.stop_loss) == (near(20), near(75), near(40))
    assert result.equity[-1] == near(20 * 45 + 1000)


def test_a_drift_within_the_band_is_left_alone() -> None:
    parts = (
        market(A, "0 100 100 100 100 long_entry", "1 100 200 99 200", "2 200 200 200 200"),
        market(B, "0 100 100 100 100 long_entry", "1 100 100 100 100", "2 100 100 100 100"),
    )
    for band, traded in ((0.16, 1), (0.17, 0)):
        result = run(*parts, costs=FREE, cash=2000.0, rebalancing=Rebalancing(2, band))
        assert [part.rebalanced for part in result.contributions] == [traded, traded]


def test_a_market_that_is_listed_later_and_one_with_a_gap() -> None:
    late = market(B, "2 10 10 10 10 long_entry", "3 10 12 10 12")
    data, signals = market(
        A, "0 100 100 100 100 long_entry", "1 100 110 100 110 long_exit", "3 120 130 120 125"
    )
    stamp = FundingRates.checked(A, [START_MS + 2 * HOUR_MS], [0.01], Origin.FILE)
    result = run((MarketData(data.bars, stamp), signals), late)
    # Hour 2: A has no bar and is worth its last close. Hour 3: the stamp of hour 2 is settled at 120, then A
    # leaves; half of the equity then buys B.
    whole = 2001 + 200 - 1.2 - 10 * 120 * 0.01
    quantity = whole / 2 / (10 * 1.001)
    assert result.open_time.tolist() == [START_MS + hour * HOUR_MS for hour in range(4)]
    assert result.equity.tolist() == near([2002, 2101, 2101, whole - quantity * 0.01 + quantity * 2])
    assert result.trades.funding.tolist() == near([12])
    assert (result.trades.entry_bar.tolist(), result.trades.exit_bar.tolist()) == ([1], [2])
    assert result.trades.exit_time.tolist() == [START_MS + 3 * HOUR_MS]
    assert result.open_positions[B].entry_bar == 1
    assert result.weights[:, 2].tolist() == pytest.approx([1100 / 2101, 0.0])


def test_stop_and_target_in_one_bar_make_the_band() -> None:
    levels = "stop_loss=0.1 take_profit=0.2"
    result = run(
        market(A, f"0 100 100 100 100 long_entry {levels}", "1 100 130 80 100"),
        market(B, "0 100 100 100 100", "1 100 100 100 100"),
        costs=FREE,
        cash=2000.0,
    )
    assert result.trades.exit_reason == ("stop_loss",)
    assert result.equity[-1] == near(1900)
    band = result.band
    assert (band.total_return_low, band.total_return_high) == (near(-0.05), near(0.1))
    assert (band.ambiguous_bars, band.other_equity[-1]) == (1, near(2200))


def test_what_a_stop_frees_at_an_open_is_there_from_the_next_open_on() -> None:
    result = run(
        market(
            A,
            "0 100 100 100 100 short_entry stop_loss=0.1",
            "1 100 100 100 100",
            "2 150 150 150 150",
            "3 150 150 150 150",
        ),
        market(B, "0 10 10 10 10", "1 10 10 10 10 long_entry", "2 10 10 10 10 long_entry", "3 10 10 10 10"),
        costs=FREE,
        cash=1000.0,
        allocation=FixedWeights({A: 0.6, B: 0.4}),
    )
    # At hour 2 equity is 700 and the short is worth 900: nothing is free. Its stop goes; B buys at hour 3.
    assert result.trades.exit_price.tolist() == near([150])
    assert (result.open_positions[B].entry_bar, result.open_positions[B].quantity) == (3, near(28))
    assert any(text.startswith("1 entries found less free cash") for text in result.warnings)


def test_ruin_closes_everything_and_ends_the_run() -> None:
    result = run(
        market(A, "0 100 100 100 100 short_entry", "1 100 100 100 100", "2 400 400 400 400", "3 10 10 10 10"),
        market(B, "0 100 100 100 100 long_entry", "1 100 100 100 100", "3 900 900 900 900"),
        costs=FREE,
        cash=2000.0,
    )
    assert result.ruined
    assert result.equity.tolist() == near([2000, 2000, -1000, -1000])
    assert result.trades.exit_reason == ("ruined", "ruined")
    assert result.trades.exit_price.tolist() == near([400, 100])
    assert result.weights[:, 2:].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert any("ruined" in text for text in result.warnings)


def test_slippage_may_be_a_share_of_the_range_of_the_bar_before() -> None:
    result = run(
        market(A, "0 100 105 95 100 long_entry", "1 100 100 100 100"),
        costs=Costs(0.0, 0.0, VolatilityShare(0.1)),
        cash=1010.0,
    )
    assert result.open_positions[A].entry_price == near(101)


def test_the_benchmark_buys_every_market_when_it_appears_and_holds() -> None:
    result = run(
        market(A, "0 100 100 100 100", "1 100 100 100 100", "2 150 150 150 150", "3 150 150 150 150"),
        market(B, "1 10 10 10 10", "2 10 10 10 10", "3 20 20 20 20"),
        costs=FREE,
        cash=1000.0,
        rebalancing=Rebalancing(1),
    )
    # 5 A at 100; at hour 2 equity is 1250, half of it asks for 625, and 500 are free: 50 B at 10.
    assert result.benchmark_equity.tolist() == near([1000, 1000, 1250, 1750])
    assert result.benchmark.total_return == near(0.75)
    assert result.equity.tolist() == near([1000] * 4)


def test_correlations_are_of_the_common_bars_and_of_what_the_markets_brought() -> None:
    result = run(
        market(A, "0 100 100 100 100 long_entry", "1 100 110 100 110", "2 110 110 99 99", "3 99 120 99 120"),
        market(B, "0 100 100 100 100 short_entry", "1 100 110 100 110", "2 110 110 99 99", "3 99 120 99 120"),
        costs=FREE,
    )
    np.testing.assert_allclose(result.market_correlation, [[1, 1], [1, 1]])
    np.testing.assert_allclose(result.contribution_correlation, [[1, -1], [-1, 1]])
    idle = run(
        market(A, "0 100 100 100 100", "1 100 100 100 100", "2 100 100 100 100"),
        market(B, "0 100 100 100 100", "1 100 101 99 100", "2 100 100 90 95"),
    )
    assert np.isnan(idle.market_correlation[0]).all()
    assert np.isnan(idle.contribution_correlation).all()


def test_warnings_name_the_market_they_are_about() -> None:
    result = run(
        market(A, "0 100 100 100 100 long_entry short_entry", "1 100 100 100 100"),
        market(Instrument("bybit", Category.SPOT, "BBBUSDC"), "0 9 9 9 9 short_entry", "1 9 9 9 9"),
    )
    texts = "\n".join(result.warnings)
    assert f"{A}: No funding data" in texts
    assert f"{A}: 1 bars ask for a long and a short entry" in texts
    assert "bybit:spot:BBBUSDC: Spot cannot be sold short" in texts
    assert "quoted in USDC, USDT" in texts
