"""A sweep gives for each set what a single simulation gives, and loses none that fails."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.backtest.result import Simulation
from engine.backtest.setup import Setup
from engine.backtest.simulate import simulate
from engine.backtest.sweep import sweep
from engine.backtest.sweep_table import METRICS, SweepTable
from engine.cancellation import Cancellation
from engine.errors import Cancelled, InvalidInput, StrategyFailed
from engine.market.bars import COLUMNS, Bars, MarketData, Origin
from engine.market.interval import Interval
from engine.strategy.compiled.form import CompiledStrategy, declared
from engine.strategy.indicators import Indicators, Request
from engine.strategy.library import catalogue
from engine.strategy.signals import Signals
from engine.strategy.spec import Number
from sandbox.loader import SandboxLoader
from tests.support.market import HOUR_MS, made_bars, made_funding
from tests.support.trusted_loader import TrustedStrategy
from tests.support.walks import Walk, walks

BARS = made_bars(1_200)
MARKET = MarketData(BARS, made_funding(150))
PAIRS = {"fast": [5, 10, 20, 40], "slow": [30, 50, 90]}


def text(name: str, *, edited: bool = False) -> TrustedStrategy:
    """A ready strategy; an edited one has no compiled form."""
    return TrustedStrategy(catalogue.text(name) + "\n" * edited)


def no_requests(_params: dict[str, Number]) -> tuple[Request, ...]:
    return ()


def assert_rows_are_single_runs(
    table: SweepTable, market: MarketData, signals: Iterator[Signals], setup: Setup
) -> None:
    """Every figure of every row has the bits of the single simulation."""
    for row, each in zip(table.rows(), signals, strict=True):
        assert row.metrics == figures(simulate(market, each, setup.costs, cash=setup.cash)), row.params


def figures(simulation: Simulation) -> dict[str, float | int | None]:
    """Those that a row has, of a single simulation."""
    band, told = simulation.band, simulation.metrics.as_dict()
    ends = {"total_return_low": band.total_return_low, "total_return_high": band.total_return_high}
    return {name: value for name, value in (told | ends).items() if name in METRICS}


@pytest.mark.parametrize("edited", [False, True], ids=["compiled form", "text"])
@pytest.mark.parametrize("name", catalogue.names())
def test_every_row_is_the_single_run(name: str, edited: bool) -> None:
    strategy = text(name, edited=edited)
    grid = {each.name: np.floor(np.linspace(each.low, each.high, 3)) for each in strategy.spec.parameters}
    setup = Setup.defaults(BARS.instrument.category)
    table = sweep(MARKET, strategy, grid)
    assert table.form == ("text" if edited else "compiled") and not table.failures
    signals = (strategy.signals(BARS, params) for params in table.sets)
    assert_rows_are_single_runs(table, MARKET, signals, setup)


@settings(max_examples=25)
@given(walk=walks(), sets=st.integers(1, 20))
def test_every_row_is_the_single_run_whatever_market_signals_and_costs(walk: Walk, sets: int) -> None:
    market = walk.market()

    def rule(_bars: Bars, _indicators: Indicators, params: dict[str, Number]) -> Signals:
        return Walk(**{**_fields(walk), "seed": walk.seed + params["seed"]}).signals()

    strategy = CompiledStrategy(declared({"seed": 0}), no_requests, rule)
    setup = Setup(walk.costs, cash=5_000.0)
    try:
        table = sweep(market, strategy, {"seed": range(sets)}, setup)
    except InvalidInput as error:
        assert len(market.bars) < 2, error
        return
    signals = (rule(market.bars, (), params) for params in table.sets)
    if not table.failures:
        assert_rows_are_single_runs(table, market, signals, setup)


def _fields(walk: Walk) -> dict[str, object]:
    return {name: getattr(walk, name) for name in walk.__dataclass_fields__}


def test_rows_stand_in_the_order_of_the_grid_with_their_parameters() -> None:
    table = sweep(BARS, text("sma_cross"), PAIRS)
    frame = table.frame()
    assert len(table) == 11 and table.left_out == 1
    assert list(zip(frame["fast"], frame["slow"], strict=True))[:4] == [(5, 30), (5, 50), (5, 90), (10, 30)]
    assert list(frame.columns) == ["fast", "slow", *METRICS, "error"]
    assert frame["error"].isna().all() and frame["trades"].tolist() == table.metrics["trades"].tolist()


def test_the_warnings_of_the_data_stand_over_the_table() -> None:
    assert any("No funding data" in warning for warning in sweep(BARS, text("rsi"), {}).warnings)


def test_the_best_row_is_the_highest_or_the_lowest_where_less_is_better() -> None:
    table = sweep(BARS, text("sma_cross"), PAIRS)
    assert table.best("sharpe").metrics["sharpe"] == table.metrics["sharpe"].max()
    assert table.best("max_drawdown").metrics["max_drawdown"] == table.metrics["max_drawdown"].min()
    with pytest.raises(InvalidInput, match=r"no metric .sharp.\. Metrics: total_return"):
        table.best("sharp")


def test_a_figure_that_is_undefined_is_none_in_a_row_and_never_the_best() -> None:
    table = sweep(made_bars(60), text("sma_cross"), {"fast": [10], "slow": [50, 40, 59]})
    undefined = [row for row in table.rows() if row.metrics["win_rate"] is None]
    assert undefined and all(np.isnan(table.metrics["win_rate"]).tolist())
    with pytest.raises(InvalidInput, match="win_rate is undefined for all 3 sets"):
        table.best("win_rate")


FAILING = '''"""Fails for some."""
PARAMS = {"n": {"default": 0, "low": 0, "high": 9}}
def generate_signals(df, params):
    n = params["n"]
    if n == 3:
        return 1 / 0
    if n == 5:
        return pd.DataFrame({"long_entry": df["close"] > 0})
    return pd.DataFrame({"long_entry": df["close"] > df["open"], "long_exit": df["close"] < df["open"],
                         "stop_loss": 0.01 * (1 + n)}, index=df.index)
'''


def test_a_set_that_fails_in_the_sandbox_is_a_row_with_its_error(walls: None) -> None:
    with SandboxLoader(zygotes=2) as loader:
        strategy = loader.load(FAILING)
        table = sweep(MARKET, strategy, {"n": range(10)})
        assert sorted(table.failures) == [3, 5] and len(table) == 10 and table.form == "text"
        assert all(isinstance(error, StrategyFailed) for error in table.failures.values())
        failed = table.row(3)
        assert failed.params == {"n": 3} and failed.metrics == {} and "line 6" in str(failed.error)
        assert np.flatnonzero(np.isnan(table.metrics["total_return"])).tolist() == [3, 5]
        assert table.frame()["error"].notna().tolist() == [n in (3, 5) for n in range(10)]
        assert table.row(7).metrics == figures(simulate(MARKET, strategy.signals(BARS, {"n": 7})))


def test_an_indicator_that_cannot_be_computed_fails_its_set_only() -> None:
    def requests(params: dict[str, Number]) -> tuple[Request, ...]:
        return (Request("RSI", ("close",), (params["period"],)),)

    def rule(_bars: Bars, indicators: Indicators, _params: dict[str, Number]) -> Signals:
        none = np.zeros(len(indicators[0]), np.bool_)
        return Signals(indicators[0] < 30, indicators[0] > 70, none, none)

    strategy = CompiledStrategy(declared({"period": 14}), requests, rule)
    table = sweep(BARS, strategy, {"period": [1, 2, 14]})
    assert list(table.failures) == [0] and "Bad Parameter" in str(table.row(0).error)
    assert table.best("total_return").params["period"] in (2, 14)
    with pytest.raises(
        InvalidInput, match=r"undefined for all 1 sets\. 1 of them failed, the first one so: RSI"
    ):
        sweep(BARS, strategy, {"period": [1]}).best("sharpe")


def test_signals_of_another_length_fail_their_set() -> None:
    def rule(_bars: Bars, _indicators: Indicators, params: dict[str, Number]) -> Signals:
        none = np.zeros(int(params["rows"]), np.bool_)
        return Signals(none, none, none, none)

    strategy = CompiledStrategy(declared({"rows": 10}), no_requests, rule)
    table = sweep(BARS, strategy, {"rows": [len(BARS), 5]})
    assert list(table.failures) == [1] and "5 rows for 1200 bars" in str(table.failures[1])


def stopped(_bars: Bars, _indicators: Indicators, params: dict[str, Number]) -> Signals:
    """Always in the market, with a stop and a target close by."""
    rows = int(params["rows"])
    always, none = np.ones(rows, np.bool_), np.zeros(rows, np.bool_)
    levels = np.full(rows, params["level"])
    return Signals(always, none, none, none, stop_loss=levels, take_profit=levels)


def test_finer_bars_tell_a_sweep_the_order_inside_a_bar() -> None:
    fine = made_bars(1_200, interval=Interval.M15)
    quarters = {name: getattr(fine, name).reshape(-1, 4) for name in COLUMNS}
    columns = {
        "open_time": fine.open_time[::4],
        "open": quarters["open"][:, 0],
        "high": quarters["high"].max(axis=1),
        "low": quarters["low"].min(axis=1),
        "close": quarters["close"][:, -1],
        "volume": quarters["volume"].sum(axis=1),
    }
    hours = Bars.checked(fine.instrument, Interval.H1, columns, Origin.FILE)
    strategy = CompiledStrategy(declared({"level": 0.01, "rows": 300}), no_requests, stopped)
    grid = {"level": [0.002, 0.004]}
    table, coarse = sweep(hours, strategy, grid, detail=fine), sweep(hours, strategy, grid)
    assert (table.metrics["total_return"] != coarse.metrics["total_return"]).all()
    for row in table.rows():
        signals = stopped(hours, (), row.params)
        assert row.metrics == figures(simulate(hours, signals, detail=fine))
    band = coarse.metrics["total_return_high"] > coarse.metrics["total_return_low"]
    assert band.all()


def test_equity_that_overflows_fails_its_set() -> None:
    price = np.array([1e-300, 1e-300, 1e300])
    columns = dict.fromkeys(("open", "high", "low", "close"), price)
    columns |= {"open_time": np.arange(3) * HOUR_MS, "volume": np.ones(3)}
    wild = Bars.checked(BARS.instrument, Interval.H1, columns, Origin.FILE)

    def rule(_bars: Bars, _indicators: Indicators, params: dict[str, Number]) -> Signals:
        none = np.zeros(3, np.bool_)
        return Signals(np.full(3, bool(params["enter"])), none, none, none)

    table = sweep(wild, CompiledStrategy(declared({"enter": 0}), no_requests, rule), {"enter": [0, 1]})
    assert list(table.failures) == [1] and "overflows" in str(table.failures[1])


@pytest.mark.parametrize("edited", [False, True], ids=["compiled form", "text"])
def test_progress_is_told_from_the_calling_thread_once_per_set(edited: bool) -> None:
    told: list[tuple[int, int, int]] = []
    sweep(
        BARS,
        text("sma_cross", edited=edited),
        PAIRS,
        progress=lambda done, of: told.append((done, of, threading.get_ident())),
    )
    assert told == [(done, 11, threading.get_ident()) for done in range(1, 12)]


@pytest.mark.parametrize("edited", [False, True], ids=["compiled form", "text"])
def test_cancelling_ends_a_sweep_between_two_sets_and_leaves_no_thread(edited: bool) -> None:
    cancellation, done, before = Cancellation(), [], threading.active_count()

    def progress(count: int, _of: int) -> None:
        done.append(count)
        if count == 3:
            cancellation.cancel()

    with pytest.raises(Cancelled):
        sweep(
            BARS,
            text("sma_cross", edited=edited),
            {"fast": range(5, 55), "slow": range(60, 80)},
            cancellation=cancellation,
            progress=progress,
        )
    assert done == [1, 2, 3] and threading.active_count() == before


def test_a_sweep_holds_few_signals_at_a_time_however_many_sets_there_are() -> None:
    made: list[weakref.ref[np.ndarray]] = []
    most = 0

    def rule(bars: Bars, _indicators: Indicators, _params: dict[str, Number]) -> Signals:
        nonlocal most
        entry, none = np.zeros(len(bars), np.bool_), np.zeros(len(bars), np.bool_)
        made.append(weakref.ref(entry))
        most = max(most, sum(each() is not None for each in made))
        return Signals(entry, none, none, none)

    sweep(BARS, CompiledStrategy(declared({"n": 0}), no_requests, rule), {"n": range(300)})
    assert len(made) == 300 and most <= 2 * (threading.active_count() + 8)


def test_a_text_sweep_reads_signals_only_as_fast_as_it_reduces_them() -> None:
    class Endless(TrustedStrategy):
        made = 0

        def signals_many(self, bars: Bars, sets: object, *, tags: bool = True) -> Iterator[Signals]:
            for params in sets:  # type: ignore[attr-defined]
                Endless.made += 1
                yield self.signals(bars, params)

    ahead: list[int] = []
    strategy = Endless(catalogue.text("rsi") + "\n")
    sweep(
        BARS, strategy, {"period": range(5, 40)}, progress=lambda done, _: ahead.append(Endless.made - done)
    )
    assert len(ahead) == 35 and max(ahead) <= 2 * (os.cpu_count() or 1) + 1


def test_too_few_bars_are_an_error_of_the_sweep() -> None:
    with pytest.raises(InvalidInput, match="at least 2 bars"):
        sweep(made_bars(1), text("rsi"), {})


def test_a_sweep_is_called_from_the_public_import() -> None:
    import edgewright as ew

    def requests(params: dict[str, Number]) -> tuple[Request, ...]:
        return (ew.Request("SMA", ("close",), (params["window"],)),)

    def rule(bars: Bars, indicators: Indicators, _params: dict[str, Number]) -> Signals:
        above, none = bars.close > indicators[0], np.zeros(len(bars), np.bool_)
        return ew.Signals(above, ~above, none, none)

    strategy = ew.CompiledStrategy(ew.declared({"window": 20}), requests, rule)
    table = ew.sweep(BARS, strategy, {"window": range(10, 60, 10)}, ew.Setup(ew.Costs(2.0, 5.5)))
    assert table.best("sharpe").params["window"] in range(10, 60, 10)
