"""Check a bundle on this machine: find its bars, run its code in the sandbox, compare."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from engine.backtest.result import Simulation
from engine.backtest.simulate import simulate_with
from engine.errors import InvalidInput, NotFound
from engine.market.bars import Bars, MarketData
from engine.market.instrument import parse_instrument
from engine.market.interval import parse_instant, parse_interval
from engine.market.lake import Lake
from engine.research.artifacts import EquityCurve
from engine.research.backtesting import Laboratory, detail_bars, warmed_signals
from engine.research.bundle.comparison import (
    ELSEWHERE,
    band_differences,
    first_difference,
    metric_differences,
    trade_differences,
)
from engine.research.bundle.document import (
    BundleVerdict,
    FirstDifference,
    NeededRows,
    SignerPart,
    VerificationDocument,
)
from engine.research.bundle.machine import this_machine
from engine.research.bundle.needs import needs_of
from engine.research.bundle.reading import Bundle
from engine.research.document import RunDocument, data_part
from engine.research.holdout import holdout_point
from engine.research.reopening import same_rows, warm_up_of
from engine.research.setup_parts import setup_of
from engine.strategy.port import StrategyLoader
from engine.version import ENGINE_VERSION


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """What this lake has of a bundle's bars."""

    market: MarketData
    detail: Bars | None
    warm_up: Bars | None


@dataclass(frozen=True, slots=True)
class _Comparison:
    """What differs between the run here and that in the bundle."""

    first: FirstDifference | None
    others: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        return self.first is None and not self.others


def verify(laboratory: Laboratory, bundle: Bundle, signer: SignerPart) -> VerificationDocument:
    """Whether the run comes out the same here. Nothing is put on record, and nothing counts as a trial.

    Of a run that reaches into the holdout of this machine no figure is told, only whether it is the same.

    Raises:
        InvalidInput: parameters that the code does not have.
        StrategyRejected, StrategyFailed, SandboxUnavailable: the code.
    """
    lake = laboratory.lake
    missing = _missing(lake, bundle)
    if missing:
        return _answer(bundle, signer, "data missing", missing=missing)
    rows = _rows(lake, bundle)
    data = _data_differences(bundle.run, rows)
    simulation = _simulated(laboratory.loader, bundle, rows)
    exact = _compared(bundle, rows, simulation, 0.0)
    if exact.agrees and not data:
        return _answer(bundle, signer, "identical")
    found = exact if _same_machine(bundle) else _compared(bundle, rows, simulation, ELSEWHERE)
    if found.agrees and not data:
        return _answer(bundle, signer, "identical to 1e-9")
    if _reaches_into_holdout(laboratory, bundle.run):
        found = _withheld(found)
    told = (*_version_differences(bundle), *data, *found.others)
    return _answer(bundle, signer, "different", first=found.first, differences=told)


def _missing(lake: Lake, bundle: Bundle) -> tuple[NeededRows, ...]:
    """The needs of which this lake lacks rows."""
    return tuple(need for need in needs_of(bundle.run.data) if _held(lake, need) < need.bars)


def _held(lake: Lake, need: NeededRows) -> int:
    """How many bars of a window the lake has."""
    start, end = parse_instant(need.start), parse_instant(need.end)
    instrument, interval = parse_instrument(need.instrument), parse_interval(need.interval)
    try:
        return len(lake.bars(instrument, interval, start_ms=start, end_ms=end))
    except (NotFound, InvalidInput):
        return 0


def _rows(lake: Lake, bundle: Bundle) -> _Rows:
    market, finer = same_rows(lake, bundle.run, bundle.kept), bundle.run.data.detail
    detail = None if finer is None else detail_bars(lake, market.bars, parse_interval(finer.interval))
    return _Rows(market, detail, warm_up_of(lake, bundle.run, market.bars))


def _data_differences(run: RunDocument, rows: _Rows) -> tuple[str, ...]:
    """Which hashes of rows are not those of the card."""
    setup = setup_of(run.costs, run.trading)
    now = data_part(rows.market, setup, rows.detail, parse_instant(run.data.holdout_from), rows.warm_up)
    found: list[str] = []
    if now.hash != run.data.hash:
        found.append(f"the data: hash {run.data.hash[:12]} in the bundle, {now.hash[:12]} here")
    if now.mark != run.data.mark:
        found.append("the mark prices are not the same")
    if now.detail != run.data.detail:
        found.append("the finer bars are not the same")
    if now.warm_up != run.data.warm_up:
        found.append("the bars before the window are not the same")
    return tuple(found)


def _simulated(loader: StrategyLoader, bundle: Bundle, rows: _Rows) -> Simulation:
    """The run of the bundle's code, in the sandbox, with its settings."""
    run = bundle.run
    with closing(loader.load(bundle.document.code)) as strategy:
        params = strategy.spec.resolve(run.params)
        signals = warmed_signals(strategy, rows.warm_up, rows.market.bars, params)
        setup = setup_of(run.costs, run.trading)
        return simulate_with(rows.market, signals, setup, detail=rows.detail)


def _compared(bundle: Bundle, rows: _Rows, now: Simulation, tolerance: float) -> _Comparison:
    bars, run = rows.market.bars, bundle.run
    close = bars.open_time + bars.interval.milliseconds
    here = EquityCurve(close, now.equity, now.benchmark_equity)
    others = (
        *trade_differences(now.trades, bundle.trades, tolerance),
        *metric_differences("", now.metrics, run.metrics, tolerance),
        *metric_differences("buy and hold: ", now.benchmark, run.benchmark, tolerance),
        *band_differences(now.band, run.band, tolerance),
    )
    return _Comparison(first_difference(here, bundle.equity, tolerance), others)


def _same_machine(bundle: Bundle) -> bool:
    """Whether the same bits are due."""
    return bundle.document.machine == this_machine() and bundle.run.versions.engine == ENGINE_VERSION


def _version_differences(bundle: Bundle) -> tuple[str, ...]:
    engine = bundle.run.versions.engine
    if engine == ENGINE_VERSION:
        return ()
    return (f"engine version {engine} in the bundle, {ENGINE_VERSION} here",)


def _reaches_into_holdout(laboratory: Laboratory, run: RunDocument) -> bool:
    base_asset = parse_instrument(run.data.instrument).base_asset
    return parse_instant(run.data.end) > holdout_point(laboratory.lake, laboratory.store, base_asset)


def _withheld(found: _Comparison) -> _Comparison:
    """The same without any figure from here."""
    first = None if found.first is None else found.first.model_copy(update={"here": None})
    return _Comparison(first, ("figures from here are not told: the run reaches into the holdout",))


def _answer(
    bundle: Bundle,
    signer: SignerPart,
    verdict: BundleVerdict,
    *,
    first: FirstDifference | None = None,
    differences: tuple[str, ...] = (),
    missing: tuple[NeededRows, ...] = (),
) -> VerificationDocument:
    run = bundle.run
    return VerificationDocument(
        verdict=verdict,
        run_id=run.run_id,
        strategy=run.strategy.name,
        card_hash=run.card_hash,
        signer=signer,
        same_machine=_same_machine(bundle),
        first_difference=first,
        differences=differences,
        missing=missing,
    )
