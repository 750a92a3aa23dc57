"""The compiled kernel gives what the rules give, under every cost and market rule, to nine digits."""

from __future__ import annotations

import numpy as np
import pytest

from engine.backtest.replay import replay_signals
from engine.backtest.rules import FLOATS, Assumption
from engine.backtest.simulate import simulate_with
from engine.market.bars import MarketData
from engine.market.interval import Interval
from engine.market.resample import resampled
from tests.support.signal_worlds import signal_world

SEEDS = range(200)


@pytest.mark.parametrize("seed", SEEDS)
def test_equity_and_trades_of_random_signals_are_those_of_the_rules(seed: int) -> None:
    world = signal_world(seed)
    rules = replay_signals(world.market, world.signals, world.setup, FLOATS)
    kernel = simulate_with(world.market, world.signals, world.setup)
    np.testing.assert_allclose(kernel.equity, rules.equity, rtol=1e-9, atol=1e-7)
    traded = sum(fill.price * fill.quantity for fill in rules.fills)
    held = kernel.open_position.quantity * kernel.open_position.entry_price if kernel.open_position else 0.0
    closed = kernel.trades.quantity @ (kernel.trades.entry_price + kernel.trades.exit_price)
    assert kernel.ruined == rules.state.ruined
    assert kernel.metrics.fees_paid == pytest.approx(
        sum(fill.fee for fill in rules.fills), rel=1e-9, abs=1e-7
    )
    if not world.setup.execution.participation:
        assert closed + held == pytest.approx(traded, rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS[:60])
def test_the_band_is_that_of_the_rules_under_both_assumptions(seed: int) -> None:
    world = signal_world(seed)
    ends = [
        replay_signals(world.market, world.signals, world.setup, FLOATS, assumption).equity[-1]
        for assumption in Assumption
    ]
    returns = sorted(end / world.setup.cash - 1 for end in ends)
    band = simulate_with(world.market, world.signals, world.setup).band
    assert [band.total_return_low, band.total_return_high] == pytest.approx(returns, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("assumption", list(Assumption))
@pytest.mark.parametrize("seed", SEEDS[:80])
def test_finer_bars_tell_kernel_and_rules_the_same(seed: int, assumption: Assumption) -> None:
    world = signal_world(seed, bars=240)
    fine = world.market
    market = MarketData(resampled(fine.bars, Interval.H4), fine.funding, fine.mark)
    signals = signal_world(seed, len(market.bars)).signals
    rules = replay_signals(market, signals, world.setup, FLOATS, assumption, detail=fine.bars)
    run = simulate_with(market, signals, world.setup, detail=fine.bars)
    first = assumption is Assumption.STOP_FIRST
    equity = run.equity if first or not run.band.ambiguous_bars else run.band.other_equity
    np.testing.assert_allclose(equity, rules.equity, rtol=1e-9, atol=1e-7)
    if first:
        assert run.band.ambiguous_bars == rules.ambiguous_bars


def test_the_random_worlds_meet_what_they_are_made_for() -> None:
    runs = [simulate_with(w.market, w.signals, w.setup) for w in map(signal_world, SEEDS)]
    reasons = {reason.value for run in runs for reason in run.trades.exit_reason}
    assert reasons >= {
        "signal",
        "reverse",
        "re_entry",
        "stop_loss",
        "trailing_stop",
        "take_profit",
        "liquidation",
    }
    assert sum(run.band.ambiguous_bars > 0 for run in runs) > 10
