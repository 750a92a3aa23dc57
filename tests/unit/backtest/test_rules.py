"""The rules give what was worked by hand, lose no money, and know nothing of later bars."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.backtest.replay import replay, replay_signals
from engine.backtest.rules import (
    DECIMALS,
    FLOATS,
    Assumption,
    Bar,
    SignalRow,
    exactly,
    start,
    step,
    terms_of,
)
from engine.backtest.setup import Setup
from engine.market.bars import MarketData
from engine.market.instrument import Category
from tests.support.candles import CandleTable, read_candle_tables
from tests.support.conservation import missing_money
from tests.support.order_streams import in_decimals, order_world

TABLES = read_candle_tables(Path(__file__).with_name("candles.txt"))
SEEDS = range(120)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.title)
def test_the_rules_give_the_equity_worked_by_hand_in_floats_and_in_decimals(table: CandleTable) -> None:
    setup = table.setup()
    floats = replay_signals(table.market(), table.signals(), setup, FLOATS)
    with exactly():
        decimals = replay_signals(table.market(), table.signals(), setup, DECIMALS)
    np.testing.assert_allclose(floats.equity, table.equity, rtol=1e-9)
    np.testing.assert_allclose(np.array(decimals.equity, float), table.equity, rtol=1e-9)
    assert floats.state.ruined == table.ruined


@pytest.mark.parametrize("seed", SEEDS)
def test_no_random_stream_of_orders_loses_or_makes_money_in_decimals(seed: int) -> None:
    world = order_world(seed)
    with exactly():
        done = replay(world.market, in_decimals(world.stream), world.setup, DECIMALS)
        assert missing_money(world.market, world.setup, done, DECIMALS) == 0


def test_the_streams_bring_every_kind_of_fill_and_of_refusal() -> None:
    done = [replay(world.market, world.stream, world.setup) for world in map(order_world, SEEDS)]
    reasons = {fill.reason.value for each in done for fill in each.fills}
    refusals = {rejection.why.value for each in done for rejection in each.rejections}
    assert {"market", "limit", "stop", "stop_limit", "take_profit", "stop_loss", "liquidation"} <= reasons
    assert {"insufficient_balance", "would_take", "nothing_to_reduce", "no_shorting"} <= refusals


@pytest.mark.parametrize("seed", range(30))
def test_floats_and_decimals_tell_the_same_story(seed: int) -> None:
    world = order_world(seed)
    floats = replay(world.market, world.stream, world.setup)
    with exactly():
        decimals = replay(world.market, in_decimals(world.stream), world.setup, DECIMALS)
    assert [fill.reason for fill in floats.fills] == [fill.reason for fill in decimals.fills]
    np.testing.assert_allclose(floats.equity, np.array(decimals.equity, float), rtol=1e-9)


@pytest.mark.parametrize("seed", range(30))
def test_bars_that_come_later_change_nothing_before_them(seed: int) -> None:
    world = order_world(seed)
    whole, half = world.market, len(world.market.bars) // 2
    cut = MarketData(whole.bars.rows(0, half), whole.funding, whole.mark)
    all_ = replay(whole, world.stream, world.setup)
    first = replay(cut, world.stream, world.setup)
    assert all_.equity[:half] == first.equity
    assert [fill for fill in all_.fills if fill.bar < half] == list(first.fills)


@pytest.mark.parametrize("seed", range(30))
def test_all_fills_of_a_bar_take_no_more_than_their_share_of_its_volume(seed: int) -> None:
    world = order_world(seed)
    share = world.setup.execution.participation
    if share is None:
        return
    taken = np.zeros(len(world.market.bars))
    for fill in replay(world.market, world.stream, world.setup).fills:
        taken[fill.bar] += 0.0 if fill.reason in ("liquidation", "ruined") else fill.quantity
    assert (taken <= share * world.market.bars.volume * (1 + 1e-12)).all()


def test_a_step_leaves_the_state_that_it_was_given_as_it_was() -> None:
    terms = terms_of(Setup.defaults(Category.LINEAR), Category.LINEAR, FLOATS)
    state, bar = start(terms), Bar(100.0, 110.0, 90.0, 105.0, 1.0)
    asked = [SignalRow(long_entry=True, stop_loss=0.05)]
    once, again = step(state, bar, asked, terms), step(state, bar, asked, terms)
    assert once == again
    assert once.fills
    assert state == start(terms)


def test_a_bar_with_stop_and_target_in_reach_is_ambiguous_and_the_assumption_decides() -> None:
    terms = terms_of(Setup.defaults(Category.LINEAR), Category.LINEAR, FLOATS)
    asked = [SignalRow(long_entry=True, stop_loss=0.05, take_profit=0.05)]
    bar = Bar(100.0, 110.0, 90.0, 105.0, 1.0)
    stopped = step(start(terms), bar, asked, terms, Assumption.STOP_FIRST)
    paid = step(start(terms), bar, asked, terms, Assumption.TARGET_FIRST)
    assert stopped.ambiguous
    assert paid.ambiguous
    assert stopped.state.equity < 10_000.0 < paid.state.equity
