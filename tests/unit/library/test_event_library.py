"""Grid and DCA on prices whose fills can be told by hand."""

from __future__ import annotations

from typing import Any

import pytest

from engine.backtest.costs import Costs
from engine.backtest.events import EventRun, simulate_events
from engine.backtest.setup import Setup
from engine.backtest.slippage import FixedSlippage
from engine.errors import InvalidInput, NotFound
from engine.market.filters import Filters
from engine.strategy.events import saved_state
from engine.strategy.library.events.catalogue import event_names, event_spec_of, event_strategy
from tests.support.event_strategies import FREE, bars_through
from tests.support.market import made_bars

GRID = {"lower": 80.0, "upper": 120.0, "levels": 5, "notional": 1000.0}


def play(name: str, closes: list[float], params: dict[str, Any], setup: Setup = FREE) -> EventRun:
    return simulate_events(bars_through(closes), event_strategy(name, params), setup)


def told(run: EventRun) -> list[tuple[int, int, float, float]]:
    """Bar, side, price, quantity of each fill."""
    return [(fill.bar, fill.side, fill.price, round(fill.quantity, 6)) for fill in run.fills]


def test_a_grid_buys_on_each_line_down_and_sells_one_line_up() -> None:
    # Lines 80, 90, 100, 110, 120. From 105: purchases wait on 80, 90 and 100.
    run = play("grid", [105, 105, 95, 85, 95, 105, 105], GRID)
    assert told(run) == [
        (2, 1, 100.0, 10.0),
        (3, 1, 90.0, 11.111111),
        (5, -1, 100.0, 11.111111),
    ]
    assert run.simulation.equity[-1] == pytest.approx(10_000 + 10 * 11.111111 + 5 * 10, abs=1e-3)


def test_a_line_is_used_again_once_its_purchase_is_sold() -> None:
    run = play("grid", [95, 95, 85, 85, 105, 105, 95, 85, 85], GRID)
    assert told(run)[:3] == [(2, 1, 90.0, 11.111111), (4, -1, 100.0, 11.111111), (6, 1, 100.0, 10.0)]
    assert told(run)[3] == (7, 1, 90.0, 11.111111)


def test_a_grid_around_the_first_close_spans_the_same_share_on_both_sides() -> None:
    strategy = event_strategy("grid", {"span": 0.2, "levels": 3})
    simulate_events(bars_through([100, 100]), strategy, FREE)
    assert strategy.state["lines"] == pytest.approx([80.0, 100.0, 120.0])


def test_a_grid_is_over_when_a_bar_closes_beyond_its_stop() -> None:
    run = play("grid", [95, 95, 85, 75, 70, 60, 95, 85, 95], GRID | {"stop": 0.05})
    assert told(run) == [
        (2, 1, 90.0, 11.111111),
        (3, 1, 80.0, 12.5),
        (4, -1, 75.0, 23.611111),
    ]
    assert run.fills[-1].tag == "stop"
    assert run.simulation.open_position is None


def test_a_grid_asks_only_for_what_the_instrument_accepts() -> None:
    setup = Setup(FREE.costs, filters=Filters(tick=0.1, lot=0.01, min_quantity=0.01))
    bars = bars_through([100, 99.3, 97, 98, 101, 95, 103])
    run = simulate_events(bars, event_strategy("grid", {"span": 0.0777, "levels": 7}), setup)
    assert run.fills
    assert run.rejections == ()


def test_a_grid_without_distance_between_its_lines_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no grid"):
        play("grid", [100, 100], {"lower": 100.0, "upper": 100.0})


def test_dca_buys_by_the_clock() -> None:
    run = play("dca", [100, 100, 50, 50, 25, 25], {"every": 2, "notional": 100.0})
    assert told(run) == [(1, 1, 100.0, 1.0), (3, 1, 50.0, 2.0), (5, 1, 25.0, 4.0)]
    position = run.simulation.open_position
    assert position is not None
    assert position.entry_price == pytest.approx(300 / 7)


def test_dca_takes_profit_on_the_average_and_begins_again() -> None:
    params = {"every": 0, "notional": 1000.0, "safety_orders": 2, "step": 0.1, "take_profit": 0.12}
    run = play("dca", [100, 100, 85, 95, 110, 110], params)
    # 10 at 100, 11.11 at 90: 2000 / 21.11 = 94.74 on average, sold at 106.11; the next round buys at 110.
    assert told(run)[:3] == [
        (1, 1, 100.0, 10.0),
        (2, 1, 90.0, 11.111111),
        (4, -1, pytest.approx(2000 / 21.1111111 * 1.12), 21.111111),
    ]
    assert told(run)[3] == (5, 1, 110.0, round(1000 / 110, 6))


def test_dca_scales_the_steps_and_the_amounts_of_its_safety_orders() -> None:
    params = {
        "every": 0,
        "notional": 100.0,
        "safety_orders": 3,
        "step": 0.1,
        "step_scale": 2.0,
        "volume_scale": 2.0,
    }
    run = play("dca", [100, 100, 100, 20], params)
    # 10%, then 20% and 40% further: at 90, 70 and 30; for 200, 400 and 800.
    assert told(run) == [
        (1, 1, 100.0, 1.0),
        (3, 1, 90.0, round(200 / 90, 6)),
        (3, 1, 70.0, round(400 / 70, 6)),
        (3, 1, pytest.approx(30.0), round(800 / 30, 6)),
    ]


def test_dca_takes_back_what_still_waits_when_its_round_is_stopped_out() -> None:
    params = {"every": 100, "notional": 100.0, "safety_orders": 2, "step": 0.2, "stop": 0.1}
    run = play("dca", [100, 100, 89, 70, 50], params)
    assert told(run) == [(1, 1, 100.0, 1.0), (2, -1, 90.0, 1.0)]


@pytest.mark.parametrize("name", event_names())
def test_every_ready_strategy_runs_on_made_bars_with_plain_state(name: str) -> None:
    strategy = event_strategy(name)
    setup = Setup(Costs(2.0, 5.5, FixedSlippage(1.0)), filters=Filters(0.1, 0.001, 0.001, 5.0))
    run = simulate_events(made_bars(1500), strategy, setup)
    assert len(run.fills) > 10
    assert len(saved_state(strategy)) < 10_000
    simulation = run.simulation
    held = simulation.open_position.unrealised_pnl if simulation.open_position else 0.0
    assert simulation.equity[-1] == pytest.approx(10_000 + simulation.trades.pnl.sum() + held, rel=1e-9)


@pytest.mark.parametrize("name", event_names())
def test_every_ready_strategy_says_what_it_believes_and_takes(name: str) -> None:
    spec = event_spec_of(name)
    assert ":" in spec.hypothesis
    assert len(spec.code_hash) == 64
    assert spec.resolve({})
    with pytest.raises(InvalidInput, match="no parameter"):
        event_strategy(name, {"nonsense": 1})


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(NotFound, match="Did you mean grid"):
        event_strategy("gird")
