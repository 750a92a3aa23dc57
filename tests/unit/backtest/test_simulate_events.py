"""An event-shaped strategy sees the past, acts at the next open, and its run adds up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.backtest.costs import Costs
from engine.backtest.events import simulate_events
from engine.backtest.execution import Execution
from engine.backtest.margin import Margin
from engine.backtest.result import ExitReason
from engine.backtest.setup import Setup
from engine.backtest.simulate import simulate_with
from engine.backtest.sizing import FixedQuantity
from engine.backtest.slippage import FixedSlippage
from engine.errors import InvalidInput
from engine.market.bars import MarketData
from engine.market.filters import Filters
from engine.strategy.events import Context, EventStrategy, restore_state, saved_state
from engine.strategy.orders import (
    Bracket,
    FillReason,
    LimitOrder,
    RejectionReason,
    StopOrder,
    TakeProfitOrder,
)
from engine.strategy.signals import Signals
from tests.support.event_strategies import FREE, Crossing, Scripted, bars_through
from tests.support.market import made_bars, made_funding

COSTLY = Setup(Costs(4.0, 10.0, FixedSlippage(100.0), funding=False), cash=10_000.0)


def test_the_calls_come_in_the_order_of_the_contract() -> None:
    strategy = Scripted({0: lambda context: context.buy(1.0)})
    simulate_events(bars_through([100, 101, 102]), strategy, FREE)
    expected = [("start", -1), ("bar", 0), ("fill", 1), ("bar", 1), ("bar", 2), ("finish", 2)]
    assert strategy.calls == expected


def test_an_order_of_one_close_fills_at_the_next_open_with_costs() -> None:
    run = simulate_events(
        bars_through([100, 110, 120]), Scripted({0: lambda context: context.buy(10.0, tag="first")}), COSTLY
    )
    (fill,) = run.fills
    assert (fill.bar, fill.reason, fill.maker, fill.tag) == (1, FillReason.MARKET, False, "first")
    assert fill.price == pytest.approx(101.0)
    assert fill.fee == pytest.approx(1.01)
    assert fill.slippage == pytest.approx(10.0)
    position = run.simulation.open_position
    assert position is not None
    assert position.unrealised_pnl == pytest.approx(10 * 19 - 1.01)
    assert run.simulation.equity == pytest.approx([10_000, 10_000 + 90 - 1.01, 10_000 + 190 - 1.01])


def test_what_is_no_event_strategy_is_refused() -> None:
    wrong: Any = "grid"
    with pytest.raises(InvalidInput, match="'grid' is no event-shaped strategy"):
        simulate_events(bars_through([100, 101, 102]), wrong, FREE)


def test_latency_delays_orders_by_whole_bars() -> None:
    late = replace(FREE, execution=Execution(2))
    run = simulate_events(
        bars_through([100, 101, 102, 103, 104]), Scripted({0: lambda context: context.buy(1.0)}), late
    )
    assert [(fill.bar, fill.price) for fill in run.fills] == [(3, 102.0)]


def test_the_context_holds_no_bar_after_this_one() -> None:
    bars, lengths = made_bars(50), []

    def look(context: Context) -> None:
        columns = (context.open, context.high, context.low, context.close, context.volume)
        lengths.append({len(column) for column in columns})
        assert context.close[-1] == bars.close[context.bar]
        assert context.time == bars.open_time[context.bar]
        with pytest.raises(IndexError):
            context.close[context.bar + 1]

    simulate_events(bars, Scripted(dict.fromkeys(range(50), look)), FREE)
    assert lengths == [{bar + 1} for bar in range(50)]


@pytest.mark.parametrize("bracket", [None, Bracket(stop_loss=0.5)])
@pytest.mark.parametrize("funded", [False, True])
def test_the_equity_that_a_strategy_sees_is_that_of_the_run_at_every_close(
    bracket: Bracket[float] | None, funded: bool
) -> None:
    bars, seen = made_bars(40), dict[int, float]()

    def note(context: Context) -> None:
        seen[context.bar] = context.equity
        if context.bar % 10 == 2:
            context.buy(0.4 * context.equity / context.close[-1], bracket=bracket)
        elif context.bar % 10 == 8:
            context.close_position()

    stamps = made_funding(5) if funded else None
    market = MarketData(bars, stamps)
    setup = replace(COSTLY, costs=replace(COSTLY.costs, funding=True))
    run = simulate_events(market, Scripted(dict.fromkeys(range(40), note)), setup)
    assert [seen[bar] for bar in range(40)] == pytest.approx(run.simulation.equity.tolist(), rel=1e-12)
    assert len(run.simulation.trades) == 4
    assert (run.simulation.metrics.funding_paid != 0.0) == funded


def test_other_bars_to_come_change_nothing_that_has_been() -> None:
    bars = made_bars(300)
    whole = simulate_events(bars, Crossing())
    part = simulate_events(bars.rows(0, 200), Crossing())
    assert part.fills == tuple(fill for fill in whole.fills if fill.bar < 200)
    np.testing.assert_array_equal(part.simulation.equity, whole.simulation.equity[:200])


class _Restarted(EventStrategy):
    """Replaced at one bar by a new instance that is given the saved state."""

    spec = Crossing.spec

    def __init__(self, bar: int) -> None:
        super().__init__()
        self.inner, self.bar = Crossing(), bar

    def on_start(self, context: Context) -> None:
        self.inner.on_start(context)

    def on_bar(self, context: Context) -> None:
        if context.bar == self.bar:
            text = saved_state(self.inner)
            self.inner = Crossing()
            restore_state(self.inner, text)
        self.inner.on_bar(context)


@pytest.mark.parametrize("bar", [1, 10, 77, 150])
def test_a_strategy_restarted_from_its_state_goes_on_the_same(bar: int) -> None:
    bars = made_bars(300)
    plain, restarted = simulate_events(bars, Crossing()), simulate_events(bars, _Restarted(bar))
    assert len(plain.fills) > 5
    assert restarted.fills == plain.fills
    np.testing.assert_array_equal(restarted.simulation.equity, plain.simulation.equity)


@pytest.mark.parametrize("wrong", [{1: "a"}, {"a": (1, 2)}, {"a": np.arange(2)}, {"a": object()}])
def test_a_state_that_is_no_plain_data_is_refused(wrong: Any) -> None:
    strategy = Crossing()
    strategy.state = wrong
    with pytest.raises(InvalidInput, match="Crossing"):
        saved_state(strategy)


def test_running_the_same_strategy_twice_gives_the_same() -> None:
    strategy, bars = Crossing(), made_bars(300)
    assert simulate_events(bars, strategy).fills == simulate_events(bars, strategy).fills


def test_market_orders_give_the_same_equity_as_the_same_signals() -> None:
    bars = made_bars(400)
    setup = replace(COSTLY, sizing=FixedQuantity(0.01))
    enter, leave = np.zeros(400, np.bool_), np.zeros(400, np.bool_)
    enter[10::40], leave[30::40] = True, True
    none = np.zeros(400, np.bool_)
    script: dict[int, Any] = {
        int(bar): lambda context: context.buy(0.01) for bar in np.flatnonzero(enter)
    } | {int(bar): lambda context: context.close_position() for bar in np.flatnonzero(leave)}
    run = simulate_events(bars, Scripted(script), setup).simulation
    signals = simulate_with(bars, Signals(enter, leave, none, none), setup)
    np.testing.assert_allclose(run.equity, signals.equity, rtol=1e-12)
    np.testing.assert_allclose(run.trades.pnl, signals.trades.pnl, rtol=1e-9)
    np.testing.assert_allclose(run.benchmark_equity, signals.benchmark_equity)
    assert run.metrics.exposure == pytest.approx(signals.metrics.exposure)
    assert run.metrics.sharpe == pytest.approx(signals.metrics.sharpe)


def test_a_trade_is_one_reducing_fill_and_shares_the_entry_fees() -> None:
    script: dict[int, Any] = {
        0: lambda context: context.buy(4.0, tag="in"),
        1: lambda context: context.sell(1.0),
        2: lambda context: context.sell(5.0),
    }
    setup = Setup(Costs(0.0, 10.0, FixedSlippage(0.0), funding=False), cash=10_000.0)
    run = simulate_events(bars_through([100, 110, 120, 120]), Scripted(script), setup).simulation
    trades = run.trades
    assert trades.side.tolist() == [1, 1]
    assert trades.quantity.tolist() == [1.0, 3.0]
    assert trades.exit_price.tolist() == [110.0, 120.0]
    assert trades.fees == pytest.approx([0.1 + 0.11, 0.3 + 0.36])
    assert trades.pnl == pytest.approx([10 - 0.21, 60 - 0.66])
    assert trades.exit_reason == (ExitReason.MARKET, ExitReason.MARKET)
    assert trades.tag == ("in", "in")
    assert run.open_position is not None
    assert (run.open_position.side, run.open_position.quantity) == (-1, 2.0)
    assert run.equity[-1] - 10_000 == pytest.approx(trades.pnl.sum() + run.open_position.unrealised_pnl)


def test_everything_that_was_paid_and_gained_adds_up_to_the_equity() -> None:
    run = simulate_events(made_bars(500), Crossing(), COSTLY).simulation
    held = run.open_position.unrealised_pnl if run.open_position else 0.0
    assert run.equity[-1] == pytest.approx(10_000 + run.trades.pnl.sum() + held, rel=1e-12)


def test_what_is_at_work_is_seen_and_can_be_taken_back() -> None:
    seen: list[dict[int, float]] = []

    def place(context: Context) -> None:
        context.buy(1.0, limit=90.0)
        context.place(StopOrder(side=1, quantity=2.0, trigger=120.0))
        seen.append(dict(context.working))

    script: dict[int, Any] = {
        0: place,
        1: lambda context: (seen.append(dict(context.working)), context.cancel(0)),
        2: lambda context: (seen.append(dict(context.working)), context.cancel_all()),
        3: lambda context: seen.append(dict(context.working)),
    }
    run = simulate_events(bars_through([100, 101, 100, 101, 85, 130]), Scripted(script), FREE)
    assert seen == [{0: 1.0, 1: 2.0}, {0: 1.0, 1: 2.0}, {1: 2.0}, {}]
    assert run.fills == ()


def test_a_bracket_protects_the_position_and_its_fills_name_no_order() -> None:
    buy = Scripted({0: lambda context: context.buy(1.0, bracket=Bracket(stop_loss=0.05), tag="b")})
    run = simulate_events(bars_through([100, 100, 90, 80]), buy, FREE)
    assert [(fill.order_id, fill.reason.value, fill.price) for fill in run.fills] == [
        (0, "market", 100.0),
        (None, "stop_loss", 95.0),
    ]
    assert run.simulation.trades.stop_loss.tolist() == [95.0]
    assert run.simulation.trades.exit_reason == (ExitReason.STOP_LOSS,)


def test_refusals_are_listed_and_counted_in_a_warning() -> None:
    filters = replace(FREE, filters=Filters(tick=0.5, lot=0.1))
    script: dict[int, Any] = {0: lambda context: (context.buy(0.25), context.buy(1000.0), context.buy(0.1))}
    run = simulate_events(bars_through([100, 100, 100]), Scripted(script), filters)
    assert [(each.order_id, each.why) for each in run.rejections] == [
        (0, RejectionReason.QUANTITY_OFF_LOT),
        (1, RejectionReason.INSUFFICIENT_BALANCE),
    ]
    assert len(run.fills) == 1
    assert "1 orders were refused or cut short: quantity off lot." in run.simulation.warnings


def test_prices_and_quantities_can_be_made_acceptable() -> None:
    found: list[float] = []
    setup = replace(FREE, filters=Filters(tick=0.5, lot=0.1, min_quantity=0.2))

    def look(context: Context) -> None:
        found.extend([context.to_tick(100.3), context.to_lot(0.39), context.to_lot(0.3), context.to_lot(0.1)])

    simulate_events(bars_through([100, 100]), Scripted({0: look}), setup)
    assert found == pytest.approx([100.5, 0.3, 0.3, 0.0])


def test_the_band_shows_what_the_order_of_high_and_low_could_have_made() -> None:
    def place(context: Context) -> None:
        context.place(LimitOrder(side=1, quantity=1.0, price=95.0))
        context.place(LimitOrder(side=-1, quantity=1.0, price=105.0, reduce_only=True))

    strategy = Scripted({0: place})
    result = simulate_events(bars_through([100, 100, 100], wick=6.0), strategy, FREE).simulation
    # Bought at 95 and sold at 105 in the same bar when the low comes first; else nothing to reduce at 105.
    assert result.band.ambiguous_bars >= 1
    assert result.equity[-1] == pytest.approx(10_010.0)
    assert result.band.other_equity[-1] == pytest.approx(10_005.0)
    assert (result.band.total_return_low, result.band.total_return_high) == pytest.approx((0.0005, 0.001))


def test_orders_on_one_side_alone_leave_no_doubt() -> None:
    strategy = Scripted({0: lambda context: context.buy(1.0, limit=95.0)})
    band = simulate_events(bars_through([100, 100, 100], wick=6.0), strategy, FREE).simulation.band
    assert band.ambiguous_bars == 0
    assert band.total_return_low == band.total_return_high


def test_a_liquidated_account_is_warned_of() -> None:
    setup = replace(FREE, margin=Margin(10.0))
    strategy = Scripted({0: lambda context: context.buy(900.0)})
    run = simulate_events(bars_through([100, 100, 80, 80]), strategy, setup)
    assert [fill.reason for fill in run.fills] == [FillReason.MARKET, FillReason.LIQUIDATION]
    assert "1 positions were liquidated." in run.simulation.warnings


def test_ruin_ends_the_run_and_the_strategy_hears_no_more() -> None:
    strategy = Scripted({0: lambda context: context.sell(100.0)})
    run = simulate_events(bars_through([100, 100, 250, 100, 100]), strategy, FREE)
    assert run.simulation.ruined
    assert run.fills[-1].reason is FillReason.RUINED
    assert strategy.calls[-2:] == [("fill", 2), ("finish", 2)]
    assert run.simulation.equity.tolist() == [10_000.0, 10_000.0, -5_000.0, -5_000.0, -5_000.0]
    assert run.simulation.metrics.annual_return == -1.0


def test_a_take_profit_order_without_a_position_is_refused_when_it_would_fill() -> None:
    order = TakeProfitOrder(side=-1, quantity=1.0, price=105.0)
    run = simulate_events(bars_through([100, 100, 110]), Scripted({0: lambda c: c.place(order)}), FREE)
    assert [(each.bar, each.why) for each in run.rejections] == [(2, RejectionReason.NOTHING_TO_REDUCE)]
