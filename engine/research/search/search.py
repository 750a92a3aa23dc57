"""A search from start to end: data before the holdout, sets in batches, a record of each, the best as a run.

Sets are asked for, run and told batch by batch, so that the table depends on the request alone. What is on
record of a search that was killed is told to a fresh sampler with the same seed, which then goes on as it
would have.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace

from engine.backtest.notices import data_notices
from engine.backtest.periods import Periods
from engine.cancellation import Cancellation
from engine.market.bars import Bars, MarketData
from engine.progress import Progress, part_of, unheard
from engine.research.backtesting import Laboratory, cut, detail_bars
from engine.research.document import DataPart, RunDocument, StrategyPart, data_part
from engine.research.holdout import fix_holdout, holdout_point
from engine.research.returns import period_for
from engine.research.search.backends import Backend, Threads, Work
from engine.research.search.course import Course
from engine.research.search.document import SearchDocument
from engine.research.search.landscape import mapped_pair
from engine.research.search.objectives import best_of
from engine.research.search.recording import SearchLog
from engine.research.search.request import SearchRequest, identity_of
from engine.research.search.samplers import proposals
from engine.research.search.space import Space, space_of
from engine.research.search.summary import document_of
from engine.store.records import ClaimedJob, SearchRecord
from engine.strategy.port import Strategy

_SEARCHING = 0.98  # of the progress; the rest is the run of the best set


def search(
    laboratory: Laboratory,
    request: SearchRequest,
    *,
    backend: Backend | None = None,
    cancellation: Cancellation | None = None,
    progress: Progress = unheard,
    claim: ClaimedJob | None = None,
) -> SearchDocument:
    """Search the parameters of a strategy; every set that runs is a trial, and the best becomes a run.

    The same request again goes on where it was stopped, or gives the document that is there.

    Args:
        backend: where sets run; threads of this process unless given. Results do not depend on it.
        cancellation: ends the search between two sets; batches that were finished stay on record.
        claim: the job on whose behalf; checked in every transaction.

    Raises:
        InvalidInput: the request, nothing to search, dates outside the data.
        NotFound: no such series.
        StrategyRejected: the text.
        Cancelled: as asked.
        Conflict: the claim no longer holds.
        SandboxUnavailable, LimitExceeded: as the loader says.
        ProviderUnavailable: the backend's workers do not answer.
    """
    request.check()
    ground = _ground(laboratory, request)
    with closing(laboratory.loader.load(request.code)) as strategy:
        space = space_of(strategy.spec, request.params)
        mapped_pair(space.axes, request.heat_map, {})
        record = _begun(laboratory, request, ground, space, claim)
        if record.document is not None:
            return SearchDocument.model_validate(record.document)
        course = Course(
            request,
            proposals(space, request.sampler, request.seed, len(request.objectives), request.trials),
            _log(laboratory, request, ground, strategy, record, claim),
            cancellation or Cancellation(),
            part_of(progress, 0.0, _SEARCHING),
        )
        work = Work(
            strategy, request.code, ground.market, request.setup, ground.detail, ground.periods.period_ms
        )
        with (backend or Threads()).running(work) as evaluate:
            course.run(evaluate)
    document = _concluded(laboratory, request, ground, space, record, course, claim)
    with laboratory.store.transaction(claim):
        laboratory.store.searches.finish(record.id, document.model_dump(mode="json"))
    progress(1.0, f"{len(course.tried)} of {request.trials} sets")
    return document


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """What all sets of a search run on.

    Attributes:
        held_from: begin of the holdout, UTC ms.
        periods: those of the returns that the ledger keeps.
    """

    market: MarketData
    detail: Bars | None
    held_from: int
    data: DataPart
    periods: Periods


def _ground(laboratory: Laboratory, request: SearchRequest) -> _Ground:
    """The rows before the holdout, exactly as a run reads them."""
    lake, setup = laboratory.lake, request.setup
    whole = lake.market_data(request.instrument, request.interval, funding=setup.costs.funding)
    held_from = holdout_point(lake, laboratory.store, request.instrument.base_asset)
    market = cut(whole, request.window, held_from)
    if setup.margin is not None:
        market = replace(market, mark=lake.mark_during(market.bars) or market.mark)
    bars = market.bars
    detail = None if request.detail is None else detail_bars(lake, bars, request.detail)
    period_ms = period_for(bars.interval, bars.end_ms - bars.start_ms)
    data = data_part(market, setup, detail, held_from)
    return _Ground(market, detail, held_from, data, Periods.of(bars.open_time, period_ms))


def _begun(
    laboratory: Laboratory, request: SearchRequest, ground: _Ground, space: Space, claim: ClaimedJob | None
) -> SearchRecord:
    """The search on record, begun now or before; holdout and text with it."""
    store = laboratory.store
    described = request.described(ground.data, space.spec.code_hash, space.fixed)
    with store.transaction(claim):
        fix_holdout(store, request.instrument.base_asset, ground.held_from)
        strategy_id = request.strategy_id
        if strategy_id is None:
            saved = store.strategies.save(request.name, request.code, space.spec, origin=request.origin)
            strategy_id = saved.id
        identity = identity_of(described)
        return store.searches.begin(identity, described, seed=request.seed, strategy_id=strategy_id)


def _log(
    laboratory: Laboratory,
    request: SearchRequest,
    ground: _Ground,
    strategy: Strategy,
    record: SearchRecord,
    claim: ClaimedJob | None,
) -> SearchLog:
    bars = ground.market.bars
    return SearchLog(
        laboratory.store,
        record.id,
        request,
        strategy.spec.code_hash,
        (bars.start_ms, bars.end_ms),
        ground.periods,
        claim,
    )


def _concluded(
    laboratory: Laboratory,
    request: SearchRequest,
    ground: _Ground,
    space: Space,
    record: SearchRecord,
    course: Course,
    claim: ClaimedJob | None,
) -> SearchDocument:
    """The document, after the best set has been run in full; its trial is on record already."""
    number = best_of(course.values)
    run: RunDocument | None = None
    if number is not None:
        chosen = request.run_of(course.tried[number].params, record.strategy_id)
        run = laboratory.run(chosen, claim).document
    strategy = StrategyPart(
        id=record.strategy_id,
        name=request.name,
        code_hash=space.spec.code_hash,
        hypothesis=space.spec.hypothesis,
    )
    notes = run.warnings if run else data_notices(ground.market, request.setup.costs)
    return document_of(record.id, request, strategy, ground.data, space, course, run, notes)
