"""The compiled kernel gives what the rules give, under every cost and market rule, to nine digits."""

from __future__ import annotations

import numpy as np
import pytest

from engine.backtest.replay import replay_signals
from engine.backtest.rules import FLOATS, Assumption
from engine.backtest.simulate import simulate_with
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
