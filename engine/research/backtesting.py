"""A trial from start to end: data inside the holdout, signals, simulation, document, and the record of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from engine.backtest.margin import ONE_TIER
from engine.backtest.result import Simulation
from engine.backtest.setup import Setup
from engine.backtest.simulate import simulate_with
from engine.errors import InvalidInput
from engine.market.bars import COLUMNS, Bars, MarketData
from engine.market.instrument import Instrument
from engine.market.interval import Interval, format_instant
from engine.market.lake import Lake
from engine.research.artifacts import run_artifacts
from engine.research.document import DataPart, RunDocument, StrategyPart, data_part, document_of
from engine.research.holdout import fix_holdout, holdout_point
from engine.research.returns import period_returns
from engine.research.trials import new_trial
from engine.store.records import Artifact, ClaimedJob, NewRun, Origin
from engine.store.store import Store
from engine.strategy.port import Strategy, StrategyLoader
from engine.strategy.signals import Signals
from engine.strategy.spec import Number, StrategySpec


@dataclass(frozen=True, slots=True)
class Window:
    """The time asked for, UTC ms, [start, end); None means all there is before the holdout."""

    start_ms: int | None = None
    end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class BacktestRequest:
    """What to run. `params` are as given, not resolved; without an id the text is saved under `name`.

    Attributes:
        detail: finer bars of the lake that tell the order inside a bar; None for the assumptions alone.
    """

    name: str
    code: str
    strategy_id: str | None
    origin: Origin
    instrument: Instrument
    interval: Interval
    window: Window
    params: Mapping[str, object]
    setup: Setup
    detail: Interval | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CompletedRun:
    """A run that is on record, with what it was made of."""

    document: RunDocument
    code: str
    market: MarketData
    simulation: Simulation


@dataclass(frozen=True, slots=True)
class Laboratory:
    """Where trials are made: the data, the records, and who runs strategy code."""

    lake: Lake
    store: Store
    loader: StrategyLoader

    def run(self, request: BacktestRequest, claim: ClaimedJob | None = None) -> CompletedRun:
        """Backtest, and leave strategy, holdout, run and trial on record; nothing of it when it fails.

        Args:
            claim: the job on whose behalf; checked with what is written.

        Raises:
            Conflict: the claim no longer holds.
            InvalidInput: dates outside the data, a parameter outside its range, detail that is no finer.
            NotFound: no such series.
            StrategyRejected, StrategyFailed: the code.
        """
        setup, lake = request.setup, self.lake
        whole = lake.market_data(request.instrument, request.interval, funding=setup.costs.funding)
        held_from = holdout_point(lake, self.store, request.instrument.base_asset)
        market = cut(whole, request.window, held_from)
        if setup.margin is not None:
            market = replace(market, mark=lake.mark_during(market.bars) or market.mark)
        detail = None if request.detail is None else detail_bars(lake, market.bars, request.detail)
        with closing(self.loader.load(request.code)) as strategy:
            spec, params = strategy.spec, strategy.spec.resolve(request.params)
            simulation = simulated(strategy, market, params, setup, detail)
        data = data_part(market, setup, detail, held_from)
        notes = (
            simulation.warnings + _tier_warnings(request) + _holdout_warnings(request.window, held_from, data)
        )
        artifacts = run_artifacts(market, simulation)
        with self.store.transaction(claim):
            fix_holdout(self.store, request.instrument.base_asset, held_from)
            about = self._strategy(request, spec)
            document = document_of(self.store.new_run_id(), about, data, params, setup, simulation, notes)
            record(self.store, request, document, market, simulation, artifacts)
        return CompletedRun(document, request.code, market, simulation)

    def _strategy(self, request: BacktestRequest, spec: StrategySpec) -> StrategyPart:
        strategy_id = request.strategy_id
        if strategy_id is None:
            strategies = self.store.strategies
            strategy_id = strategies.save(request.name, request.code, spec, origin=request.origin).id
        return StrategyPart(
            id=strategy_id, name=request.name, code_hash=spec.code_hash, hypothesis=spec.hypothesis
        )


def record(
    store: Store,
    request: BacktestRequest,
    document: RunDocument,
    market: MarketData,
    simulation: Simulation,
    artifacts: Mapping[str, Artifact],
) -> None:
    """Put a finished run and its trial on record."""
    data, bars = document.data, market.bars
    run = NewRun(
        id=document.run_id,
        strategy_id=document.strategy.id,
        name=request.name,
        instrument=request.instrument,
        interval=request.interval,
        code=request.code,
        code_hash=document.strategy.code_hash,
        data_hash=data.hash,
        card_hash=document.card_hash,
        card=document.model_dump(mode="json"),
        include_holdout=data.includes_holdout,
    )
    trial = new_trial(
        instrument=request.instrument,
        interval=request.interval,
        code_hash=document.strategy.code_hash,
        start_ms=bars.start_ms,
        end_ms=bars.end_ms,
        params=document.params,
        setup=request.setup,
        detail=request.detail,
        card_hash=document.card_hash,
        sharpe=document.metrics.sharpe,
        returns=period_returns(bars.open_time, bars.interval, simulation.equity, request.setup.cash),
        touches_holdout=data.includes_holdout,
    )
    store.record_run(run, artifacts=artifacts, trial=trial)


def cut(whole: MarketData, window: Window, held_from: int) -> MarketData:
    """The rows of a window, without any that closes after the holdout begins.

    Raises:
        InvalidInput: the window reaches outside the data, or fewer than two bars are left of it.
    """
    _check_inside(whole.bars, window)
    bars = whole.bars.closed_by(held_from).between(window.start_ms, window.end_ms)
    if len(bars) < 2:
        raise InvalidInput(
            f"{bars.instrument} {bars.interval} has {len(bars)} bars in this window before the holdout, "
            f"which begins {format_instant(held_from)}.",
            "Ask for an earlier start, or import a longer history.",
        )
    return MarketData(bars, whole.funding, whole.mark).used()


def detail_bars(lake: Lake, bars: Bars, interval: Interval) -> Bars:
    """The lake's finer bars over the same time, as far as it has them.

    Raises:
        NotFound: no such series.
        InvalidInput: none in that time.
    """
    return lake.bars(bars.instrument, interval, start_ms=bars.start_ms, end_ms=bars.end_ms)


def simulated(
    strategy: Strategy,
    market: MarketData,
    params: Mapping[str, Number],
    setup: Setup,
    detail: Bars | None = None,
) -> Simulation:
    """Signals of the strategy on the bars, simulated on the market (without its funding if costs say so)."""
    signals = strategy.signals(market.bars, params)
    return simulate_with(market, signals, setup, detail=detail)


def warmed_signals(
    strategy: Strategy, warm_up: Bars | None, bars: Bars, params: Mapping[str, Number]
) -> Signals:
    """Signals on `bars` of a strategy that has seen the bars before them too.

    Args:
        warm_up: ends where `bars` begin; None for none.
    """
    if warm_up is None:
        return strategy.signals(bars, params)
    signals = strategy.signals(joined(warm_up, bars), params)
    return signals.rows(len(warm_up), len(signals))


def joined(earlier: Bars, later: Bars) -> Bars:
    """Two consecutive stretches of one series as one."""
    columns = ("open_time", *COLUMNS)
    whole = {name: np.concatenate((getattr(earlier, name), getattr(later, name))) for name in columns}
    return replace(later, **whole)


def _check_inside(bars: Bars, window: Window) -> None:
    first, last = format_instant(bars.start_ms), format_instant(bars.end_ms)
    span = f"{bars.instrument} {bars.interval} covers {first} to {last}"
    start, end = window.start_ms, window.end_ms
    if start is not None and end is not None and start >= end:
        raise InvalidInput(
            f"The start {format_instant(start)} is not before the end {format_instant(end)}.",
            "Start is inclusive, end exclusive.",
        )
    if start is not None and not bars.start_ms <= start < bars.end_ms:
        raise InvalidInput(f"The start {format_instant(start)} lies outside the data.", f"{span}.")
    if end is not None and not bars.start_ms < end <= bars.end_ms:
        raise InvalidInput(f"The end {format_instant(end)} lies outside the data.", f"{span}.")


def _tier_warnings(request: BacktestRequest) -> tuple[str, ...]:
    margin = request.setup.margin
    if margin is None or margin.tiers != ONE_TIER:
        return ()
    rate = f"{ONE_TIER[0].maintenance_rate:.1%}"
    return (f"There are no risk tiers of {request.instrument}: maintenance margin is {rate} at every size.",)


def _holdout_warnings(window: Window, held_from: int, data: DataPart) -> tuple[str, ...]:
    if window.end_ms is None or window.end_ms <= held_from:
        return ()
    return (f"The data from {data.holdout_from} on are held out: the run ends at {data.end}.",)
