"""Each row of the stress table equals the simulation that it speaks of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.backtest.costs import Costs
from engine.backtest.execution import Execution
from engine.backtest.margin import Margin
from engine.backtest.setup import Setup
from engine.backtest.simulate import simulate_with
from engine.backtest.sizing import FixedNotional, FixedQuantity
from engine.backtest.slippage import FixedSlippage, HalfSpread, SquareRootImpact, VolatilityShare
from engine.cancellation import Cancellation
from engine.errors import Cancelled
from engine.market.bars import Bars, MarketData
from engine.market.filters import Filters
from engine.market.instrument import Category, Instrument
from engine.research.findings import StressRow
from engine.research.stress.sub_periods import volatile_stretches
from engine.research.stress.table import stress_rows
from engine.research.subject import Subject
from tests.support.market import made_bars, renamed
from tests.support.subjects import random_signals, ready_subject, subject_of
from tests.support.trusted_loader import TrustedStrategy

ETH = Instrument("bybit", Category.LINEAR, "ETHUSDT")


def rows_by_name(subject: Subject, *others: Bars) -> dict[str, StressRow]:
    markets = {bars.instrument: MarketData(bars) for bars in others}
    return {row.name: row for row in stress_rows(subject, markets)}


def assert_is(row: StressRow, subject: Subject, setup: Setup) -> None:
    metrics = simulate_with(subject.market, subject.signals, setup).metrics
    figures = (metrics.sharpe, metrics.total_return, metrics.max_drawdown, metrics.trades)
    assert (row.sharpe, row.total_return, row.max_drawdown, row.trades) == figures


def test_the_rows_stand_in_one_order() -> None:
    names = list(rows_by_name(ready_subject(), renamed(made_bars(500, seed=2), ETH)))
    assert names == [
        "costs_x2",
        "costs_x3",
        "one_bar_later",
        "stop_first",
        "target_first",
        "volatile_1",
        "volatile_2",
        "volatile_3",
        "symbol:bybit:linear:ETHUSDT",
        "buy_and_hold",
    ]


@pytest.mark.parametrize(
    ("slippage", "doubled"),
    [
        (FixedSlippage(3.0), FixedSlippage(6.0)),
        (HalfSpread(4.0), HalfSpread(8.0)),
        (VolatilityShare(0.1), VolatilityShare(0.2)),
        (SquareRootImpact(0.7), SquareRootImpact(1.4)),
    ],
)
def test_doubled_costs_double_fees_and_slippage(slippage: object, doubled: object) -> None:
    subject = ready_subject(setup=Setup(Costs(2.0, 5.0, slippage)))
    assert_is(rows_by_name(subject)["costs_x2"], subject, Setup(Costs(4.0, 10.0, doubled)))


def test_tripled_costs_leave_a_rebate_and_funding_as_they_are() -> None:
    assert Costs(-1.0, 5.0, FixedSlippage(2.0), funding=False).scaled(3.0) == Costs(
        -1.0, 15.0, FixedSlippage(6.0), funding=False
    )


def test_a_cost_that_reaches_its_largest_value_is_named() -> None:
    subject = ready_subject(setup=Setup(Costs(2.0, 400.0, VolatilityShare(0.6))))
    rows = rows_by_name(subject)
    assert rows["costs_x2"].said == "Fees and slippage doubled (slippage only up to the largest possible)."
    assert rows["costs_x3"].said.endswith("(taker fee and slippage only up to the largest possible).")


def test_one_bar_later_adds_to_the_latency_there_is() -> None:
    setup = Setup.defaults(Category.LINEAR)
    subject = ready_subject(setup=replace(setup, execution=Execution(latency_bars=2)))
    row = rows_by_name(subject)["one_bar_later"]
    assert_is(row, subject, replace(setup, execution=Execution(latency_bars=3)))


def test_the_two_paths_inside_a_bar_are_the_band() -> None:
    signals = random_signals(1_500, 4, held=5, idle=5)
    signals = replace(signals, stop_loss=np.full(1_500, 0.004), take_profit=np.full(1_500, 0.004))
    subject = subject_of(made_bars(1_500), signals)
    band, rows = subject.simulation.band, rows_by_name(subject)
    ends = rows["stop_first"].total_return, rows["target_first"].total_return
    assert band.ambiguous_bars > 0
    assert (min(ends), max(ends)) == (band.total_return_low, band.total_return_high)
    assert ends[0] == subject.simulation.metrics.total_return
    assert f"in the {band.ambiguous_bars} bars" in rows["stop_first"].said


def test_buy_and_hold_is_the_benchmark_of_the_run() -> None:
    subject = ready_subject()
    row, benchmark = rows_by_name(subject)["buy_and_hold"], subject.simulation.benchmark
    assert (row.sharpe, row.total_return) == (benchmark.sharpe, benchmark.total_return)


@pytest.mark.parametrize("text", [False, True], ids=["compiled form", "text"])
def test_another_symbol_is_traded_with_signals_of_its_own(text: bool) -> None:
    subject, other = ready_subject(), renamed(made_bars(1_800, seed=9), ETH)
    if text:  # an edited text has no compiled form
        edited = TrustedStrategy("import talib as ta\n" + _source())
        subject = replace(subject, strategy=edited)
    elsewhere = replace(
        subject, market=MarketData(other), signals=subject.strategy.signals(other, subject.params)
    )
    assert_is(rows_by_name(subject, other)["symbol:bybit:linear:ETHUSDT"], elsewhere, subject.setup)


def _source() -> str:
    from engine.strategy.library import catalogue

    return catalogue.text("sma_cross")


def test_filters_tiers_and_a_quantity_of_one_coin_do_not_go_with_it_to_another() -> None:
    setup = Setup.defaults(Category.LINEAR)
    own = replace(setup, filters=Filters(lot=5.0), margin=Margin(2.0), sizing=FixedQuantity(0.1))
    subject, other = ready_subject(setup=own), renamed(made_bars(1_800, seed=9), ETH)
    amount = 0.1 * float(subject.market.bars.close[0])
    elsewhere = replace(
        subject, market=MarketData(other), signals=subject.strategy.signals(other, subject.params)
    )
    expected = replace(setup, margin=Margin(2.0), sizing=FixedNotional(amount))
    assert_is(rows_by_name(subject, other)["symbol:bybit:linear:ETHUSDT"], elsewhere, expected)


def test_a_symbol_on_which_nothing_can_run_is_a_row_that_says_why() -> None:
    row = rows_by_name(ready_subject(), renamed(made_bars(1), ETH))["symbol:bybit:linear:ETHUSDT"]
    assert (row.sharpe, row.trades) == (None, 0)
    assert "failed there" in row.said


def bursts(rows: int, places: tuple[int, ...], length: int) -> Bars:
    """Quiet bars with stretches of fivefold moves."""
    rng = np.random.default_rng(5)
    moves = rng.normal(0.0, 0.002, rows)
    for place in places:
        moves[place : place + length] *= 5.0
    close = 100.0 * np.exp(np.cumsum(moves))
    open_ = np.concatenate(([100.0], close[:-1]))
    base = made_bars(rows)
    return replace(base, open=open_, high=np.maximum(open_, close), low=np.minimum(open_, close), close=close)


def test_the_most_volatile_stretches_are_found_where_they_are() -> None:
    found = volatile_stretches(bursts(2_000, (250, 900, 1_600), 200))
    assert len(found) == 3
    for (first, stop), place in zip(sorted(found), (250, 900, 1_600), strict=True):
        assert stop - first == 200
        assert abs(first - place) <= 15


def test_one_burst_is_one_stretch_and_a_short_window_has_none() -> None:
    assert len(volatile_stretches(bursts(2_000, (700,), 200))) == 1
    assert volatile_stretches(made_bars(150)) == ()


def test_a_volatile_row_is_the_runs_own_equity_in_it() -> None:
    bars = bursts(2_000, (250, 900, 1_600), 200)
    subject = subject_of(bars, random_signals(2_000, 3))
    simulation = subject.simulation
    for number, (first, stop) in enumerate(volatile_stretches(bars), 1):
        row = rows_by_name(subject)[f"volatile_{number}"]
        equity = simulation.equity[first - 1 : stop]
        entries = simulation.trades.entry_bar
        assert row.total_return == pytest.approx(equity[-1] / equity[0] - 1.0)
        assert row.max_drawdown == pytest.approx(np.max(1.0 - equity / np.maximum.accumulate(equity)))
        assert row.trades == np.sum((first <= entries) & (entries < stop))
        returns = np.diff(equity) / equity[:-1]
        assert row.sharpe == pytest.approx(returns.mean() / returns.std(ddof=1) * np.sqrt(8_760))


def test_it_tells_how_far_it_is_and_stops_when_cancelled() -> None:
    told: list[float] = []
    stress_rows(ready_subject(), progress=lambda done, _doing: told.append(done))
    assert told == sorted(told)
    assert 0.0 < told[0] < told[-1] <= 1.0
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(Cancelled):
        stress_rows(ready_subject(), cancellation=cancellation)
