"""What holds on every market and every signal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from engine.backtest.simulate import simulate, simulate_with
from engine.backtest.slippage import FixedSlippage
from engine.market.bars import MarketData
from engine.market.instrument import Category
from engine.strategy.signals import FLAG_COLUMNS, LEVEL_COLUMNS, Signals
from tests.support.crosscheck import assert_equal_to_naive
from tests.support.signal_worlds import signal_world
from tests.support.walks import Walk, walks

many = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
some = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(walks(Category.LINEAR))
def test_trades_equity_and_metrics_equal_the_naive_loop(walk: Walk) -> None:
    result = assert_equal_to_naive(walk.market(), walk.signals(), walk.costs, cash=10_000.1)
    for reason in set(result.trades.exit_reason):
        event(reason)


@many
@given(walks())
def test_cash_and_the_gains_of_all_positions_are_the_final_equity(walk: Walk) -> None:
    result = simulate(walk.market(), walk.signals(), walk.costs)
    unrealised = result.open_position.unrealised_pnl if result.open_position else 0.0
    total = result.cash + result.trades.pnl.sum() + unrealised
    scale = max(result.cash, np.abs(result.equity).max())
    assert abs(total - result.equity[-1]) <= 1e-9 * scale


@some
@given(walks())
def test_the_same_input_gives_the_same_bits(walk: Walk) -> None:
    first, second = (simulate(walk.market(), walk.signals(), walk.costs) for _ in range(2))
    assert first.equity.tobytes() == second.equity.tobytes()
    assert repr(first.metrics) == repr(second.metrics)


@some
@given(walks())
def test_no_later_bar_and_no_later_signal_changes_what_came_before(walk: Walk) -> None:
    market, signals = walk.market(), walk.signals()
    cut = len(market.bars) // 2 + 1
    early = MarketData(market.bars.rows(0, cut), market.funding, market.mark)
    whole = simulate(market, signals, walk.costs)
    part = simulate(early, _rows(signals, cut), walk.costs)
    np.testing.assert_array_equal(part.equity, whole.equity[:cut])


@some
@given(walks())
def test_the_signals_of_the_last_bar_change_nothing(walk: Walk) -> None:
    market, signals = walk.market(), walk.signals()
    flags = {name: getattr(signals, name).copy() for name in FLAG_COLUMNS}
    for column in flags.values():
        column[-1] = not column[-1]
    changed = simulate(market, replace(signals, **flags), walk.costs)
    assert changed.equity.tobytes() == simulate(market, signals, walk.costs).equity.tobytes()


@some
@given(walks(Category.LINEAR))
def test_metrics_are_finite_or_none_and_in_their_ranges(walk: Walk) -> None:
    result = simulate(walk.market(), walk.signals(), walk.costs)
    for metrics in (result.metrics, result.benchmark):
        for name, value in metrics.as_dict().items():
            assert value is None or np.isfinite(value), name
        assert 0.0 <= metrics.max_drawdown <= 1.0
        assert 0.0 <= metrics.exposure <= 1.0
        assert metrics.var_95 is not None and metrics.cvar_95 is not None
        assert 0.0 <= metrics.var_95 <= metrics.cvar_95 + 1e-15


@some
@given(walks(Category.LINEAR))
def test_dearer_fees_and_slippage_never_help_a_run_of_one_trade(walk: Walk) -> None:
    market, signals = walk.market(), walk.signals()
    none = np.zeros(len(signals), np.bool_)
    first = none.copy()
    first[0] = True
    hold = Signals(first, none, none, none)
    cheap = replace(walk.costs, funding=False)
    dear = replace(
        cheap, taker_fee_bps=cheap.taker_fee_bps + 5, slippage=FixedSlippage(cheap.slippage.bps + 5)
    )
    results = [simulate(market, hold, costs) for costs in (dear, cheap)]
    assert results[0].equity[-1] < results[1].equity[-1]


WORLDS = range(150)


@pytest.mark.parametrize("seed", WORLDS)
def test_with_every_rule_the_gains_of_all_positions_are_the_final_equity(seed: int) -> None:
    world = signal_world(seed)
    result = simulate_with(world.market, world.signals, world.setup)
    unrealised = result.open_position.unrealised_pnl if result.open_position else 0.0
    total = result.cash + result.trades.pnl.sum() + unrealised
    assert total == pytest.approx(result.equity[-1], rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("seed", WORLDS)
def test_with_every_rule_no_later_bar_changes_what_came_before(seed: int) -> None:
    world = signal_world(seed)
    whole = simulate_with(world.market, world.signals, world.setup)
    for cut in (2, len(whole.equity) // 2, len(whole.equity) - 1):
        early = replace(world.market, bars=world.market.bars.rows(0, cut))
        part = simulate_with(early, _rows(world.signals, cut), world.setup)
        np.testing.assert_array_equal(part.equity, whole.equity[:cut])


@pytest.mark.parametrize("seed", WORLDS)
def test_with_every_rule_signals_that_can_act_no_more_change_nothing(seed: int) -> None:
    world = signal_world(seed)
    late = world.setup.execution.latency_bars + 1
    flags = {name: getattr(world.signals, name).copy() for name in FLAG_COLUMNS}
    for column in flags.values():
        column[-late:] = ~column[-late:]
    changed = simulate_with(world.market, replace(world.signals, **flags), world.setup)
    same = simulate_with(world.market, world.signals, world.setup)
    assert changed.equity.tobytes() == same.equity.tobytes()


@pytest.mark.parametrize("seed", WORLDS)
def test_the_band_holds_the_result_and_the_other_curve_ends_at_its_other_end(seed: int) -> None:
    world = signal_world(seed)
    result = simulate_with(world.market, world.signals, world.setup)
    band, ends = result.band, {result.equity[-1], result.band.other_equity[-1]}
    assert band.total_return_low <= result.metrics.total_return <= band.total_return_high
    assert (band.total_return_low, band.total_return_high) == (
        min(ends) / result.cash - 1.0,
        max(ends) / result.cash - 1.0,
    )
    if not band.ambiguous_bars:
        assert band.other_equity is result.equity


@some
@given(walks(Category.LINEAR), st.sampled_from([0.0, 4.0]))
def test_dearer_fees_never_help_a_long_of_any_number_of_trades(walk: Walk, maker: float) -> None:
    """With the whole equity, unrounded, each trade multiplies it, and a fee makes the factor smaller."""
    market, signals = walk.market(), walk.signals()
    none = np.zeros(len(signals), np.bool_)
    longs = Signals(signals.long_entry, signals.long_exit, none, none)
    cheap = replace(walk.costs, funding=False, maker_fee_bps=maker)
    dear = replace(cheap, taker_fee_bps=cheap.taker_fee_bps + 5, maker_fee_bps=maker + 5)
    results = [simulate(market, longs, costs) for costs in (dear, cheap)]
    assert results[0].equity[-1] <= results[1].equity[-1] * (1 + 1e-12)


def _rows(signals: Signals, stop: int) -> Signals:
    columns = {name: getattr(signals, name) for name in (*FLAG_COLUMNS, *LEVEL_COLUMNS)}
    return Signals(**{name: None if column is None else column[:stop] for name, column in columns.items()})
