"""Open the holdout: run what a run has recorded on the data that were held out from it, once.

The opening goes on record before anything is run, so that of two at once one is refused, and so that a run
that fails has had its opening: its error has told something too.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace

from engine.backtest.simulate import simulate_with
from engine.errors import InvalidInput, NotFound
from engine.market.bars import Bars, MarketData
from engine.market.interval import format_instant, parse_instant, parse_interval
from engine.research.artifacts import read_equity, run_artifacts
from engine.research.backtesting import (
    BacktestRequest,
    CompletedRun,
    Laboratory,
    Window,
    detail_bars,
    record,
    warmed_signals,
)
from engine.research.document import RunDocument, data_part, document_of
from engine.research.ledger.counting import lineage_of, settled
from engine.research.ledger.lineage import join_pairs
from engine.research.ledger.openings import ALLOWANCE, check_may_open, openings
from engine.research.ledger.running import returns_of
from engine.research.ledger.similarity import CORRELATION
from engine.research.returns import PeriodReturns, period_returns
from engine.research.setup_parts import setup_of
from engine.research.statistics.correlation import correlation
from engine.store.records import RunRecord
from engine.store.store import Store
from engine.strategy.port import Strategy


@dataclass(frozen=True, slots=True, eq=False)
class OpenedHoldout:
    """What the held-out part says beside the research part.

    Attributes:
        research: the run that was put to the test.
        held_out: the run on the held-out part, which is on record.
        left: openings that the asset has left.
    """

    research: RunDocument
    held_out: CompletedRun
    left: int


@dataclass(frozen=True, slots=True, eq=False)
class _HeldOut:
    """The rows from the instant on, and the bars before them that the signals read too."""

    held_from: int
    warm_up: Bars | None
    market: MarketData
    detail: Bars | None


def open_holdout(laboratory: Laboratory, run_id: str, *, allowance: int = ALLOWANCE) -> OpenedHoldout:
    """Run what a run has recorded on the data held out from it; a person's act, which no tool can do.

    Args:
        allowance: how many openings the asset has, for all lineages together.

    Raises:
        NotFound: no such run or series, or no holdout yet.
        InvalidInput: the run has seen the holdout, or too little is held out.
        LimitExceeded: the lineage has had its opening, or the allowance is used up.
        StrategyRejected, StrategyFailed: the code; a strategy that fails has had its opening.
    """
    store = laboratory.store
    recorded = store.runs.get(run_id)
    research = RunDocument.model_validate(recorded.card)
    if research.data.includes_holdout:
        raise InvalidInput(f"Run {run_id} has seen held-out data itself.", "Give a run on the research part.")
    request = _request(recorded, research)
    held_out = _held_out(laboratory, request, research)
    with closing(laboratory.loader.load(recorded.code)) as strategy:
        new_id = _claimed(store, recorded, research, held_out, allowance)
        completed = _run(store, request, strategy, research, held_out, new_id)
    left = allowance - len(openings(store, recorded.instrument.base_asset))
    return OpenedHoldout(research, completed, max(0, left))


def _request(recorded: RunRecord, research: RunDocument) -> BacktestRequest:
    detail = research.data.detail
    return BacktestRequest(
        name=recorded.name,
        code=recorded.code,
        strategy_id=recorded.strategy_id,
        origin="user",
        instrument=recorded.instrument,
        interval=recorded.interval,
        window=Window(),
        params=research.params,
        setup=setup_of(research.costs, research.trading),
        detail=None if detail is None else parse_interval(detail.interval),
    )


def _held_out(laboratory: Laboratory, request: BacktestRequest, research: RunDocument) -> _HeldOut:
    lake, setup, asset = laboratory.lake, request.setup, request.instrument.base_asset
    standing = laboratory.store.holdouts.get(asset)
    if standing is None:
        raise NotFound(f"{asset} has no holdout yet.", "The first trial on it fixes one.")
    held_from = standing.holdout_from_ms
    whole = lake.market_data(request.instrument, request.interval, funding=setup.costs.funding)
    bars = whole.bars.between(held_from, None)
    if len(bars) < 2:
        raise InvalidInput(
            f"There are {len(bars)} bars of {request.instrument} {request.interval} from "
            f"{format_instant(held_from)} on.",
            "Add newer bars first: `edgewright data sync`.",
        )
    market = replace(whole, bars=bars).used()
    if setup.margin is not None:
        market = replace(market, mark=lake.mark_during(bars) or market.mark)
    detail = None if request.detail is None else detail_bars(lake, bars, request.detail)
    warm_up = whole.bars.between(parse_instant(research.data.start), bars.start_ms)
    return _HeldOut(held_from, warm_up if len(warm_up) else None, market, detail)


def _claimed(
    store: Store, recorded: RunRecord, research: RunDocument, held_out: _HeldOut, allowance: int
) -> str:
    """Put the opening on record, if there may be one; the id of the run that it will make."""
    asset, code_hash = recorded.instrument.base_asset, recorded.code_hash
    settled(store, asset, code_hash)
    _join_those_that_earned_the_same(store, recorded, research)
    new_id = store.new_run_id()
    with store.holdouts.opening(asset):
        lineage = lineage_of(store, code_hash)
        check_may_open(store, asset, store.lineages.texts(lineage), allowance)
        opened = {
            "run_id": new_id,
            "of_run": recorded.id,
            "code_hash": code_hash,
            "lineage": lineage,
            "end_ms": held_out.market.bars.end_ms,
        }
        store.holdouts.record_opening(asset, "holdout open", opened)
    return new_id


def _join_those_that_earned_the_same(store: Store, recorded: RunRecord, research: RunDocument) -> None:
    """A copy of an idea that was opened is that idea, however its text reads."""
    asset, returns = recorded.instrument.base_asset, _returns(store, recorded, research)
    for opening in openings(store, asset):
        if not opening.code_hash or store.lineages.of(opening.code_hash) is None:
            continue
        texts = store.lineages.texts(lineage_of(store, opening.code_hash))
        if recorded.code_hash in texts:
            continue
        theirs = returns_of(store.trials.in_order(asset, code_hashes=texts))
        if any((correlation(returns, other) or 0.0) >= CORRELATION for other in theirs):
            join_pairs(store, [(opening.code_hash, recorded.code_hash)])


def _returns(store: Store, recorded: RunRecord, research: RunDocument) -> PeriodReturns:
    curve = read_equity(store.runs.artifact(recorded.id, "equity"))
    opened = curve.close_time - recorded.interval.milliseconds
    return period_returns(opened, recorded.interval, curve.equity, research.costs.cash)


def _run(
    store: Store,
    request: BacktestRequest,
    strategy: Strategy,
    research: RunDocument,
    held_out: _HeldOut,
    run_id: str,
) -> CompletedRun:
    market, setup = held_out.market, request.setup
    signals = warmed_signals(strategy, held_out.warm_up, market.bars, research.params)
    simulation = simulate_with(market, signals, setup, detail=held_out.detail)
    data = data_part(market, setup, held_out.detail, held_out.held_from, held_out.warm_up)
    said = (
        f"This run opened the holdout from {data.holdout_from} on for run {research.run_id}, on the record."
    )
    notes = (*simulation.warnings, said)
    params = dict(research.params)
    document = document_of(run_id, research.strategy, data, params, setup, simulation, notes)
    artifacts = run_artifacts(market, simulation)
    with store.transaction():
        record(store, request, document, market, simulation, artifacts)
    return CompletedRun(document, request.code, market, simulation)
