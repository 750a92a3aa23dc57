"""vectorbt gives the same trades from the same signals, says what it lacks, and takes over our runs."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

from engine.backtest.costs import Costs
from engine.backtest.execution import Execution
from engine.backtest.margin import Margin
from engine.backtest.result import Metrics, Simulation
from engine.backtest.setup import Setup
from engine.backtest.simulate import simulate, simulate_with
from engine.backtest.sizing import DrawdownScaling, FixedNotional
from engine.backtest.slippage import FixedSlippage, SquareRootImpact
from engine.backtest.vectorbt_bridge import to_vectorbt
from engine.errors import InvalidInput
from engine.market.bars import Bars, MarketData, Origin
from engine.market.filters import Filters
from engine.market.instrument import Category, Instrument
from engine.market.interval import Interval
from engine.strategy.signals import FLAG_COLUMNS, Signals
from tests.campaigns.engine_peers import Tally, compare, run_vectorbt
from tests.support.market import made_bars, made_funding
from tests.support.peer_cases import draw_case

ROOT = Path(__file__).resolve().parents[3]
# Uncompiled, vectorbt's "spend everything" (an infinite size) makes numpy warn of infinity x 0.
pytestmark = pytest.mark.filterwarnings("ignore:invalid value encountered in scalar multiply:RuntimeWarning")
NO_FUNDING = Costs(2.0, 5.5, FixedSlippage(3.0), funding=False)


@pytest.fixture(scope="module")
def vectorbt() -> Iterator[Any]:
    """vectorbt with its functions left as Python: compiling them takes half a minute."""
    compiled = "vectorbt" in sys.modules
    numba.config.DISABLE_JIT = not compiled
    try:
        module: Any = importlib.import_module("vectorbt")
    finally:
        numba.config.DISABLE_JIT = False
    module.settings["numba"]["check_func_type"] = compiled
    yield module
    module.settings["numba"]["check_func_type"] = True


def quiet(bars: int) -> dict[str, np.ndarray]:
    return {name: np.zeros(bars, np.bool_) for name in FLAG_COLUMNS}


def at(bars: int, **rows: list[int]) -> Signals:
    """Signals that are True at the given rows."""
    flags = quiet(bars)
    for name, where in rows.items():
        flags[name][where] = True
    return Signals(**flags)


def hourly(prices: list[tuple[float, float, float, float]], category: Category = Category.LINEAR) -> Bars:
    """Bars from rows of open, high, low, close."""
    columns = dict(zip(("open", "high", "low", "close"), np.array(prices).T, strict=True))
    columns["open_time"] = np.arange(len(prices)) * Interval.H1.milliseconds
    columns["volume"] = np.ones(len(prices))
    instrument = Instrument("bybit", category, "BTCUSDT")
    return Bars.checked(instrument, Interval.H1, columns, Origin.FILE)


def busy(bars: int, **levels: float) -> Signals:
    """Entries and exits of both sides at odd steps, with levels on every row."""
    row = np.arange(bars)
    flags = {name: row % step == 3 for name, step in zip(FLAG_COLUMNS, (7, 11, 13, 17), strict=True)}
    columns = {name: np.full(bars, value) for name, value in levels.items()}
    return Signals(**flags, **columns, tag=tuple(f"row {number}" for number in row))


def both(market: MarketData, signals: Signals, setup: Setup) -> tuple[Simulation, Simulation]:
    """The run by our kernel and by vectorbt."""
    return simulate_with(market, signals, setup), simulate_with(market, signals, setup, engine="vectorbt")


def assert_same(got: Metrics, expected: Metrics) -> None:
    for name, value in expected.as_dict().items():
        other = got.as_dict()[name]
        assert other == (value if value is None else pytest.approx(value, rel=1e-9, abs=1e-12)), name


@pytest.mark.usefixtures("vectorbt")
def test_vectorbt_equals_the_rules_on_random_signals() -> None:
    tallies: dict[str, Tally] = {}
    for number in range(16):
        compare(draw_case(5, number, None), {"vectorbt": run_vectorbt}, tallies)
    assert tallies["vectorbt"].unexplained == []
    assert tallies["vectorbt"].runs["all"] >= 5


@pytest.mark.usefixtures("vectorbt")
@pytest.mark.parametrize(
    "levels",
    [
        {},
        {"stop_loss": 0.01, "take_profit": 0.02},
        {"trailing_stop": 0.01, "size": 0.4},
        {"take_profit": 0.01},
    ],
)
def test_every_column_and_metric_of_a_vectorbt_run_equals_ours(levels: dict[str, float]) -> None:
    bars = made_bars(300)
    setup = Setup(NO_FUNDING, cash=500.0, execution=Execution(latency_bars=1))
    ours, theirs = both(MarketData(bars), busy(300, **levels), setup)
    assert len(ours.trades) > 10
    for name in ours.trades.__slots__:
        mine, other = getattr(ours.trades, name), getattr(theirs.trades, name)
        if isinstance(mine, tuple):
            assert mine == other, name
        else:
            np.testing.assert_allclose(other, mine, rtol=1e-9, atol=1e-12, err_msg=name)
    assert_same(theirs.metrics, ours.metrics)
    assert_same(theirs.benchmark, ours.benchmark)
    np.testing.assert_allclose(theirs.equity, ours.equity, rtol=1e-12)
    np.testing.assert_allclose(theirs.benchmark_equity, ours.benchmark_equity, rtol=1e-12)
    assert theirs.band.ambiguous_bars == ours.band.ambiguous_bars
    assert theirs.warnings[: len(ours.warnings)] == ours.warnings


@pytest.mark.usefixtures("vectorbt")
def test_the_open_position_of_a_vectorbt_run_equals_ours() -> None:
    bars = made_bars(50)
    signals = replace(at(50, short_entry=[10]), stop_loss=np.full(50, 0.5), tag=("",) * 10 + ("why",) * 40)
    ours, theirs = both(MarketData(bars), signals, Setup(NO_FUNDING))
    assert ours.open_position is not None and theirs.open_position is not None
    for name in ours.open_position.__slots__:
        expected = getattr(ours.open_position, name)
        got = getattr(theirs.open_position, name)
        assert got == (expected if isinstance(expected, str) else pytest.approx(expected, nan_ok=True)), name


@pytest.mark.usefixtures("vectorbt")
def test_a_stop_is_live_on_the_bar_of_the_entry_and_the_next_entry_waits_for_the_next_open() -> None:
    bars = hourly([(100, 101, 99, 100), (100, 101, 90, 95), (95, 96, 94, 95), (95, 97, 94, 96)])
    signals = replace(at(4, long_entry=[0, 1]), stop_loss=np.full(4, 0.05))
    result = simulate(bars, signals, Costs(0.0, 0.0, FixedSlippage(0.0), funding=False), engine="vectorbt")
    trades = result.trades
    assert (trades.entry_bar.tolist(), trades.exit_bar.tolist()) == ([1], [1])
    assert trades.exit_price.tolist() == [95.0]
    assert result.open_position is not None and result.open_position.entry_bar == 2
    assert result.equity.tolist() == pytest.approx([10_000.0, 9_500.0, 9_500.0, 9_600.0])


@pytest.mark.usefixtures("vectorbt")
def test_spot_has_no_shorts_in_vectorbt_either() -> None:
    spot = Instrument("bybit", Category.SPOT, "BTCUSDT")
    bars = made_bars(120, instrument=spot)
    ours, theirs = both(MarketData(bars), busy(120), Setup(NO_FUNDING))
    assert set(theirs.trades.side.tolist()) == {1}
    np.testing.assert_allclose(theirs.equity, ours.equity, rtol=1e-12)
    assert any("short" in text for text in theirs.warnings)


@pytest.mark.usefixtures("vectorbt")
def test_a_warning_counts_targets_that_the_open_jumped_beside_stops() -> None:
    bars = hourly([(100, 101, 99, 100), (100, 101, 99, 100), (110, 111, 109, 110), (110, 111, 109, 110)])
    signals = replace(at(4, long_entry=[0]), stop_loss=np.full(4, 0.05), take_profit=np.full(4, 0.05))
    ours, theirs = both(MarketData(bars), signals, Setup(NO_FUNDING))
    assert ours.trades.exit_price.tolist() == [110.0]
    assert theirs.trades.exit_price.tolist() == pytest.approx([110.0 * (1 - 3e-4)])
    assert "The open jumped 1 targets" in theirs.warnings[-1]


@pytest.mark.usefixtures("vectorbt")
def test_a_warning_counts_bars_in_which_the_order_of_high_and_low_decided() -> None:
    bars = hourly([(100, 101, 99, 100), (100, 110, 90, 100), (100, 101, 99, 100)])
    signals = replace(at(3, long_entry=[0]), stop_loss=np.full(3, 0.05), take_profit=np.full(3, 0.05))
    ours, theirs = both(MarketData(bars), signals, Setup(NO_FUNDING))
    assert theirs.band.ambiguous_bars == ours.band.ambiguous_bars == 1
    assert "In 1 bars a stop and a target" in theirs.warnings[-1]


@pytest.mark.usefixtures("vectorbt")
def test_a_ruined_run_is_refused() -> None:
    bars = hourly([(100, 101, 99, 100), (100, 101, 99, 100), (250, 260, 240, 250), (50, 60, 40, 50)])
    for rows in ({"short_entry": [0]}, {"short_entry": [0], "short_exit": [1]}):
        with pytest.raises(InvalidInput, match="ruined at bar 2"):
            simulate(bars, at(4, **rows), NO_FUNDING, engine="vectorbt")


LACKING = {
    "funding": Setup(Costs(2.0, 5.5)),
    "leverage and liquidation": Setup(NO_FUNDING, margin=Margin(2.0)),
    "participation in the volume": Setup(NO_FUNDING, execution=Execution(participation=0.1)),
    "instrument's filters": Setup(NO_FUNDING, filters=Filters(tick=0.1)),
    "impact of the quantity": Setup(replace(NO_FUNDING, slippage=SquareRootImpact())),
    "sizing by FixedNotional": Setup(NO_FUNDING, sizing=FixedNotional(100.0)),
    "drawdown scaling": Setup(NO_FUNDING, drawdown_scaling=DrawdownScaling(0.5)),
}


def funded(bars: int) -> MarketData:
    return MarketData(made_bars(bars), made_funding(3))


@pytest.mark.parametrize("feature", LACKING)
def test_what_vectorbt_lacks_is_refused_by_name(feature: str) -> None:
    with pytest.raises(InvalidInput, match=feature) as caught:
        simulate_with(funded(30), at(30, long_entry=[3]), LACKING[feature], engine="vectorbt")
    assert "Leave out engine='vectorbt', or give: " in caught.value.hint


def test_finer_bars_are_refused() -> None:
    finer = made_bars(60, interval=Interval.M30)
    with pytest.raises(InvalidInput, match="no finer bars"):
        simulate(made_bars(30), at(30, long_entry=[3]), NO_FUNDING, detail=finer, engine="vectorbt")


def test_everything_that_vectorbt_lacks_is_said_at_once() -> None:
    setup = Setup(Costs(2.0, 5.5), margin=Margin(2.0), filters=Filters(tick=0.1))
    with pytest.raises(InvalidInput) as caught:
        simulate_with(funded(30), at(30, long_entry=[3]), setup, engine="vectorbt")
    expected = "vectorbt has no funding; no leverage and liquidation; no an instrument's filters."
    assert caught.value.message == expected


def test_a_stop_loss_beside_a_trailing_stop_is_refused_only_where_an_entry_has_both() -> None:
    signals = at(30, long_entry=[3])
    level = np.full(30, 0.02)
    with pytest.raises(InvalidInput, match="beside a trailing stop"):
        simulate(
            made_bars(30),
            replace(signals, stop_loss=level, trailing_stop=level),
            NO_FUNDING,
            engine="vectorbt",
        )


@pytest.mark.usefixtures("vectorbt")
def test_a_run_handed_to_vectorbt_has_the_value_of_its_equity() -> None:
    bars = made_bars(400)
    for signals in (busy(400), busy(400, stop_loss=0.004, take_profit=0.006, size=0.7)):
        run = simulate(bars, signals, NO_FUNDING)
        portfolio = to_vectorbt(MarketData(bars), run)
        np.testing.assert_allclose(portfolio.value().to_numpy(), run.equity, rtol=1e-9)
        assert portfolio.trades.count() == len(run.trades) + (run.open_position is not None)
        assert portfolio.total_return() == pytest.approx(run.metrics.total_return, rel=1e-9)
        assert portfolio.value().index[0] == bars.frame().index[0]


def test_a_run_that_paid_funding_is_not_handed_over() -> None:
    market = funded(60)
    run = simulate(market, at(60, long_entry=[1]), Costs(2.0, 5.5))
    with pytest.raises(InvalidInput, match="no funding"):
        to_vectorbt(market, run)


def test_a_run_filled_in_parts_is_not_handed_over() -> None:
    bars = made_bars(60)
    run = simulate(
        bars,
        at(60, long_entry=[1], long_exit=[40]),
        NO_FUNDING,
        cash=1e9,
        execution=Execution(participation=0.2),
    )
    with pytest.raises(InvalidInput, match="in parts"):
        to_vectorbt(MarketData(bars), run)


def test_a_run_is_not_handed_over_with_another_market() -> None:
    run = simulate(made_bars(60), at(60, long_entry=[1]), NO_FUNDING)
    with pytest.raises(InvalidInput, match="60 bars, the market 61"):
        to_vectorbt(MarketData(made_bars(61)), run)


def test_only_the_bridge_imports_vectorbt() -> None:
    imports = re.compile(r"^\s*(import|from) vectorbt\b|import_module\(.vectorbt", re.MULTILINE)
    packages = ("engine", "tools", "sandbox", "agent_server", "prompts")
    sources = [path for name in packages for path in (ROOT / name).rglob("*.py")]
    found = [path.name for path in sources if imports.search(path.read_text(encoding="utf-8"))]
    assert found == ["vectorbt_bridge.py"]
