"""A trial from start to end: data inside the holdout, signals, simulation, document, and the record of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.ambient import Ambient
from engine.backtest.costs import Costs
from engine.backtest.result import Simulation
from engine.backtest.simulate import simulate
from engine.errors import InvalidInput
from engine.market.bars import Bars, MarketData
from engine.market.instrument import Instrument
from engine.market.interval import Interval, format_instant
from engine.market.lake import Lake
from engine.research.document import (
    CostsPart,
    DataPart,
    RunDocument,
    StrategyPart,
    canonical_hash,
    card_hash,
)
from engine.research.holdout import fix_holdout, holdout_point
from engine.research.records import equity_artifact, trades_artifact
from engine.store.records import NewRun, NewTrial
from engine.store.store import Store
from engine.strategy.port import Strategy, StrategyLoader
from engine.strategy.spec import Number


@dataclass(frozen=True, slots=True)
class Window:
    """The time asked for, UTC ms, [start, end); None means all there is before the holdout."""

    start_ms: int | None = None
    end_ms: int | None = None
    include_holdout: bool = False


@dataclass(frozen=True, slots=True)
class BacktestRequest:
    """What to run. `params` are as given, not resolved; without an id the text is saved under `name`."""

    name: str
    code: str
    strategy_id: str | None
    instrument: Instrument
    interval: Interval
    window: Window
    params: Mapping[str, object]
    costs: Costs
    cash: float = 10_000.0


@dataclass(frozen=True, slots=True, eq=False)
class CompletedRun:
    """A run that is on record, with what it was made of."""

    document: RunDocument
    market: MarketData
    simulation: Simulation


@dataclass(frozen=True, slots=True)
class Laboratory:
    """Where trials are made: the data, the records, and who runs strategy code."""

    lake: Lake
    store: Store
    loader: StrategyLoader
    ambient: Ambient

    def run(self, request: BacktestRequest) -> CompletedRun:
        """Backtest, and leave a run, its trial and its artifacts. Nothing is left when it fails.

        Raises:
            InvalidInput: dates outside the data, a parameter outside its range.
            NotFound: no such series.
            StrategyRejected, StrategyFailed: the code.
        """
        whole = self.lake.market_data(request.instrument, request.interval, funding=request.costs.funding)
        held_from = holdout_point(self.lake, self.store, request.instrument.base_asset)
        market = cut(whole, request.window, held_from)
        strategy = self.loader.load(request.code)
        try:
            params = strategy.spec.resolve(request.params)
            simulation = simulated(strategy, market, params, request.costs, request.cash)
            request = self._saved(request, strategy)
        finally:
            strategy.close()
        fix_holdout(self.store, request.instrument.base_asset, held_from)
        document = self._document(request, strategy, params, market, simulation, held_from)
        self._record(request, document, market, simulation)
        return CompletedRun(document, market, simulation)

    def _saved(self, request: BacktestRequest, strategy: Strategy) -> BacktestRequest:
        if request.strategy_id is not None:
            return request
        saved = self.store.strategies.save(request.name, request.code, strategy.spec, origin="user")
        return replace(request, strategy_id=saved.id)

    def _document(
        self,
        request: BacktestRequest,
        strategy: Strategy,
        params: dict[str, Number],
        market: MarketData,
        simulation: Simulation,
        held_from: int,
    ) -> RunDocument:
        spec, bars = strategy.spec, market.bars
        about = StrategyPart(
            id=request.strategy_id, name=request.name, code_hash=spec.code_hash, hypothesis=spec.hypothesis
        )
        data = DataPart(
            instrument=str(request.instrument),
            interval=str(request.interval),
            source=bars.origin.value,
            start=format_instant(bars.start_ms),
            end=format_instant(bars.end_ms),
            bars=len(bars),
            gaps=sum(gap.missing for gap in bars.gaps),
            funding_rows=0 if market.funding is None else len(market.funding),
            hash=market.content_hash(),
            synthetic=market.synthetic,
            holdout_from=format_instant(held_from),
            includes_holdout=bars.end_ms > held_from,
        )
        costs = CostsPart.of(request.costs, request.cash)
        return RunDocument(
            run_id=self.ambient.new_id("run"),
            strategy=about,
            data=data,
            params=params,
            costs=costs,
            metrics=simulation.metrics,
            benchmark=simulation.benchmark,
            warnings=simulation.warnings + _holdout_warnings(request.window, held_from, data),
            card_hash=card_hash(about, data, params, costs, 0),
        )

    def _record(
        self, request: BacktestRequest, document: RunDocument, market: MarketData, simulation: Simulation
    ) -> None:
        data, card = document.data, document.model_dump(mode="json")
        self.store.record_run(
            NewRun(
                id=document.run_id,
                strategy_id=request.strategy_id,
                name=request.name,
                instrument=data.instrument,
                interval=data.interval,
                code=request.code,
                code_hash=document.strategy.code_hash,
                data_hash=data.hash,
                card_hash=document.card_hash,
                card=card,
                include_holdout=data.includes_holdout,
            ),
            artifacts={
                "trades": trades_artifact(simulation.trades),
                "equity": equity_artifact(market, simulation),
            },
            trial=NewTrial(
                base_asset=request.instrument.base_asset,
                code_hash=document.strategy.code_hash,
                instrument=data.instrument,
                interval=data.interval,
                window_start_ms=market.bars.start_ms,
                window_end_ms=market.bars.end_ms,
                params=dict(document.params),
                costs=document.costs.model_dump(),
                card_hash=document.card_hash,
                sharpe=simulation.metrics.sharpe,
                touches_holdout=data.includes_holdout,
            ),
        )


def cut(whole: MarketData, window: Window, held_from: int) -> MarketData:
    """The rows of a window, without any that closes after the holdout begins unless it is included.

    Raises:
        InvalidInput: the window reaches outside the data, or fewer than two bars are left of it.
    """
    _check_inside(whole.bars, window)
    end = window.end_ms
    if not window.include_holdout:
        last_open = held_from - whole.bars.interval.milliseconds + 1
        end = last_open if end is None else min(end, last_open)
    bars = whole.bars.between(window.start_ms, end)
    if len(bars) < 2:
        raise InvalidInput(
            f"{bars.instrument} {bars.interval} has {len(bars)} bars in this window before the holdout, "
            f"which begins {format_instant(held_from)}.",
            "Ask for an earlier start, or import a longer history.",
        )
    return MarketData(bars, whole.funding, whole.mark).used()


def simulated(
    strategy: Strategy, market: MarketData, params: Mapping[str, Number], costs: Costs, cash: float
) -> Simulation:
    """Signals of the strategy on the bars, simulated on the market (without its funding if costs say so)."""
    signals = strategy.signals(market.bars, params)
    return simulate(market, signals, costs, cash=cash)


def outcome_hash(simulation: Simulation) -> str:
    """SHA-256 (hex) of the trade list: the same bits give the same hash."""
    trades = simulation.trades
    return canonical_hash(
        [
            trades.side.tolist(),
            trades.entry_time.tolist(),
            trades.exit_time.tolist(),
            [price.hex() for price in trades.entry_price.tolist()],
            [price.hex() for price in trades.exit_price.tolist()],
            [amount.hex() for amount in trades.quantity.tolist()],
            [amount.hex() for amount in trades.pnl.tolist()],
        ]
    )


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


def _holdout_warnings(window: Window, held_from: int, data: DataPart) -> tuple[str, ...]:
    if data.includes_holdout:
        return (
            f"The holdout from {data.holdout_from} on is included, on the record: this is no fair trial.",
        )
    if window.end_ms is not None and window.end_ms > held_from:
        return (f"The data from {data.holdout_from} on are held out: the run ends at {data.end}.",)
    return ()
