"""The compiled desk does with orders what the rules do, and loses no money."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.backtest.desk.orders import OrderDesk, fill_of, run_stream
from engine.backtest.execution import Execution
from engine.backtest.prepared import prepare
from engine.backtest.replay import replay
from engine.backtest.rules import FLOATS, Assumption
from engine.market.bars import MarketData
from engine.strategy.orders import Cancel, Intent, LimitOrder, Place, RejectionReason
from tests.support.conservation import missing_money
from tests.support.desk_run import DeskRun, by_desk, desk_differences
from tests.support.order_streams import OrderWorld, order_world
from tests.support.order_tables import OrderTable, read_order_tables
from tests.support.table_check import by_rules

TABLES = read_order_tables(Path(__file__).parents[2] / "data" / "engine")
ORDER_TABLES = [table for table in TABLES if not table.has_signals]
WORLDS = range(1000, 1200)


def run(world: OrderWorld) -> DeskRun:
    return by_desk(world.market, world.setup, world.stream)


def careless(world: OrderWorld) -> OrderWorld:
    """The same with orders off the tick, off the lot, too small: what filters refuse."""
    rng = np.random.default_rng(1)

    def spoilt(intent: Intent[Any]) -> Intent[Any]:
        if isinstance(intent, Cancel) or rng.random() < 0.5:
            return intent
        order, choice = intent.order, rng.integers(3)
        if choice == 0 and isinstance(order, LimitOrder):
            return Place(intent.id, replace(order, price=order.price + 0.02))
        return Place(intent.id, replace(order, quantity=0.01 if choice == 1 else order.quantity + 0.003))

    return replace(world, stream=[[spoilt(intent) for intent in asked] for asked in world.stream])


@pytest.mark.parametrize("first", WORLDS[::20])
@pytest.mark.parametrize("assumption", Assumption)
def test_the_desk_equals_the_rules_on_random_orders_under_random_costs(
    first: int, assumption: Assumption
) -> None:
    for seed in range(first, first + 20):
        world = order_world(seed)
        rules = replay(world.market, world.stream, world.setup, FLOATS, assumption)
        desk = by_desk(world.market, world.setup, world.stream, assumption)
        assert not desk_differences(desk, rules), f"world {seed}"


@pytest.mark.parametrize("table", ORDER_TABLES, ids=lambda table: table.name)
def test_the_desk_does_what_the_tables_worked_by_hand_say(table: OrderTable) -> None:
    desk = by_desk(table.market(), table.setup(), table.stream(), table.assumption)
    assert not desk_differences(desk, by_rules(table, FLOATS))
    assert desk.equity == pytest.approx(table.equity, rel=1e-9)


def test_the_desk_refuses_what_the_rules_refuse() -> None:
    for seed in WORLDS[:60]:
        world = careless(order_world(seed))
        assert not desk_differences(run(world), replay(world.market, world.stream, world.setup))


def test_the_random_worlds_show_every_kind_of_fill_and_refusal() -> None:
    fills, refusals = set(), set()
    for seed in WORLDS:
        desk = run(order_world(seed))
        fills |= {fill.reason.value for fill in desk.fills}
        refusals |= {rejection.why for rejection in run(careless(order_world(seed))).rejections}
    assert fills >= {"market", "limit", "stop", "stop_limit", "take_profit", "trailing_stop", "stop_loss"}
    assert fills >= {"liquidation"}
    assert refusals == set(RejectionReason)


def test_no_money_is_lost_or_made_between_fills_fees_funding_and_equity() -> None:
    for seed in WORLDS:
        world = order_world(seed)
        desk = run(world)
        missing = missing_money(world.market, world.setup, desk, FLOATS)
        turned = sum(fill.price * fill.quantity for fill in desk.fills)
        assert abs(missing) <= 1e-9 * (world.setup.cash + turned), f"world {seed}"


def test_no_bar_changes_what_came_before_it() -> None:
    for seed in WORLDS[:60]:
        world = order_world(seed)
        whole, cut = run(world), 5 + seed % 30
        bars = world.market.bars.rows(0, cut)
        part = by_desk(replace(world.market, bars=bars), world.setup, world.stream[:cut])
        assert part.equity == whole.equity[:cut]
        assert part.fills == tuple(fill for fill in whole.fills if fill.bar < cut)
        assert part.rejections == tuple(each for each in whole.rejections if each.bar < cut)


def test_an_order_that_is_cancelled_before_it_arrives_never_fills() -> None:
    for seed in WORLDS[:60]:
        world = order_world(seed)
        taken_back = {
            intent.id for asked in world.stream for intent in asked[::2] if isinstance(intent, Place)
        }
        stream = [
            [*asked, *(Cancel(each.id) for each in asked if each.id in taken_back)] for asked in world.stream
        ]
        desk = by_desk(world.market, world.setup, stream)
        assert taken_back.isdisjoint(fill.order_id for fill in desk.fills)
        assert taken_back.isdisjoint(each.order_id for each in desk.rejections)


def test_a_reduce_only_order_never_adds_to_a_position() -> None:
    seen = 0
    for seed in WORLDS:
        world = order_world(seed)
        reducing = {
            intent.id
            for asked in world.stream
            for intent in asked
            if isinstance(intent, Place) and intent.order.reduce_only
        }
        held = 0.0
        for fill in run(world).fills:
            after = held + fill.side * fill.quantity
            if fill.order_id in reducing:
                seen += 1
                assert abs(after) < abs(held)
                assert after * held >= 0.0 or math.isclose(after, 0.0, abs_tol=1e-9)
            held = after
    assert seen > 50


def test_one_bar_at_a_time_gives_the_same_as_all_bars_at_once() -> None:
    for seed in WORLDS[:30]:
        world = order_world(seed)
        desk, fills = OrderDesk(prepare(world.market, world.setup)), []
        for bar, asked in enumerate(world.stream):
            fills += [fill_of(row) for row in desk.advance(bar) if not row["rejected"]]
            for intent in asked:
                desk.send(bar, intent)
        whole = run(world)
        assert tuple(fills) == whole.fills
        assert tuple(desk.equity.tolist()) == whole.equity


def test_latency_moves_arrivals_by_whole_bars() -> None:
    world = order_world(1003)
    plain = replace(world.setup, execution=Execution())
    late = replace(world.setup, execution=Execution(2))
    moved = [[], [], *world.stream[:-2]]
    assert by_desk(world.market, late, world.stream) == by_desk(world.market, plain, moved)


def test_a_market_without_funding_and_mark_runs() -> None:
    world = order_world(1001)
    assert len(by_desk(MarketData(world.market.bars), world.setup, world.stream).equity) == 40


def test_the_order_of_high_and_low_matters_only_in_bars_that_say_so() -> None:
    differing = 0
    for seed in WORLDS:
        world, runs = order_world(seed), []
        for target_first in (False, True):
            desk = OrderDesk(prepare(world.market, world.setup), target_first=target_first)
            run_stream(desk, world.stream)
            runs.append((desk.equity, int(desk.account["contested"][0])))
        (equity, contested), (other, _) = runs
        if not contested:
            np.testing.assert_array_equal(equity, other)
        differing += not np.array_equal(equity, other)
    assert differing > 20
