"""A lean walk, that keeps neither equity nor trades, gives a full simulation's numbers to the last bit."""

from __future__ import annotations

import math
import threading
from dataclasses import replace

import numpy as np
import pytest

from engine.backtest.checks import checked
from engine.backtest.margin import Margin
from engine.backtest.metrics import measure
from engine.backtest.prepared import Prepared, prepare, run, summarise
from engine.backtest.simulate import simulate_with
from engine.backtest.sizing import VolatilityTarget
from engine.market.bars import Bars, MarketData, Origin
from engine.market.interval import Interval
from engine.market.marks import mark_prices
from engine.strategy.signals import Signals
from tests.support.signal_worlds import SignalWorld, signal_world

WORLDS = [signal_world(seed, bars=120) for seed in range(60)]


def prepared_world(world: SignalWorld) -> tuple[Prepared, Signals]:
    prepared = prepare(world.market, world.setup)
    return prepared, checked(world.signals, len(prepared))


@pytest.mark.parametrize("world", WORLDS)
def test_every_metric_of_a_lean_run_has_the_bits_of_the_full_one(world: SignalWorld) -> None:
    full = simulate_with(world.market, world.signals, world.setup)
    lean = summarise(*prepared_world(world))
    for name, value in full.metrics.as_dict().items():
        if name not in ("var_95", "cvar_95"):
            got = getattr(lean.summary, name)
            assert (None if isinstance(got, float) and math.isnan(got) else got) == value, name
    assert lean.summary.ruined == full.ruined
    assert lean.summary.ambiguous_bars == full.band.ambiguous_bars
    assert (lean.total_return_low, lean.total_return_high) == (
        full.band.total_return_low,
        full.band.total_return_high,
    )


@pytest.mark.parametrize("world", WORLDS[:20])
def test_a_lean_run_keeps_nothing_that_grows_with_the_bars(world: SignalWorld) -> None:
    outcome = run(*prepared_world(world), recorded=False)
    assert (outcome.equity.size, outcome.ledger.size) == (0, 0)


@pytest.mark.parametrize("world", WORLDS)
def test_sums_made_on_the_way_are_those_of_the_finished_curve(world: SignalWorld) -> None:
    full = simulate_with(world.market, world.signals, world.setup)
    metrics = measure(
        full.cash,
        full.equity,
        world.market.bars.interval,
        full.trades,
        full.open_position,
        bars_exposed=round(full.metrics.exposure * len(full.equity)),
    )
    closed_in_part = full.open_position is not None and world.setup.execution.participation is not None
    for name, value in full.metrics.as_dict().items():
        if name == "turnover" and closed_in_part:
            continue  # the list of trades does not tell of the parts
        assert getattr(metrics, name) == (value if value is None else pytest.approx(value, rel=1e-9)), name


def test_threads_share_one_prepared_market() -> None:
    prepared, signals = prepared_world(WORLDS[0])
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.extend(repr(summarise(prepared, signals)) for _ in range(200)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 400
    assert len(set(found)) == 1


def test_returns_summed_over_a_million_bars_stay_exact() -> None:
    rng = np.random.default_rng(3)
    equity = 10_000.0 * np.exp(np.cumsum(rng.normal(1e-6, 1e-3, 1_000_000)))
    metrics = measure(10_000.0, equity, Interval.M1, *_no_trades())
    returns = equity[1:] / equity[:-1] - 1.0
    exact = math.fsum(returns) / len(returns)
    spread = math.sqrt(math.fsum((returns - exact) ** 2) / (len(returns) - 1))
    root = math.sqrt(Interval.M1.bars_per_year)
    assert metrics.annual_volatility == pytest.approx(spread * root, rel=1e-10)
    assert metrics.sharpe == pytest.approx(exact / spread * root, rel=1e-10)
    falls = math.sqrt(math.fsum(np.minimum(returns, 0.0) ** 2) / len(returns))
    assert metrics.sortino == pytest.approx(exact / falls * root, rel=1e-10)


def test_a_volatility_target_reads_the_returns_up_to_the_signal_only() -> None:
    world = WORLDS[0]
    setup = replace(world.setup, sizing=VolatilityTarget(0.5, 10))
    share = prepare(world.market, setup).columns.volatility_share
    close = world.market.bars.close
    assert np.isnan(share[:10]).all()
    returns = close[31:41] / close[30:40] - 1.0
    annual = returns.std(ddof=1) * math.sqrt(world.market.bars.interval.bars_per_year)
    assert share[40] == pytest.approx(0.5 / annual, rel=1e-12)


def _hourly(n: int, price: float = 100.0, interval: Interval = Interval.H1) -> Bars:
    columns = dict.fromkeys(("open", "high", "low", "close"), np.full(n, price))
    columns |= {"open_time": np.arange(n) * interval.milliseconds, "volume": np.ones(n)}
    return Bars.checked(WORLDS[0].market.bars.instrument, interval, columns, Origin.FILE)


def test_mark_bars_of_a_shorter_interval_are_gathered_where_they_are_complete() -> None:
    bars = _hourly(4)
    mark = _hourly(8, 90.0, Interval.M30)
    low = mark.low.copy()
    low[3] = 80.0
    mark = replace(mark, low=low)
    holed = MarketData(bars, mark=replace(mark.rows(0, 7)))
    setup = replace(WORLDS[0].setup, margin=Margin(2.0))
    prepared = prepare(holed, setup)
    assert prepared.columns.mark_low.tolist() == [90.0, 80.0, 90.0, 100.0]
    assert prepared.unmarked == 1
    assert mark_prices(bars, mark).low.tolist() == [90.0, 80.0, 90.0, 90.0]


def _no_trades():
    full = simulate_with(
        _hourly(3), Signals(*[np.zeros(3, np.bool_)] * 4), replace(WORLDS[0].setup, margin=None)
    )
    return full.trades, None
