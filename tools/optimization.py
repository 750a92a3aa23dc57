"""Toolset `backtest`: a search over a strategy's parameters, in which every set that runs is a trial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Field

from engine.errors import InvalidInput
from engine.research.document import DataPart, StrategyPart, VersionsPart
from engine.research.findings import HeatMapPart
from engine.research.search.document import AxisPart, BestPart, CountsPart, RowPart
from engine.research.search.objectives import Objective
from engine.research.search.samplers import Sampler
from engine.research.setup_parts import CostsPart, TradingPart
from engine.strategy.spec import Number
from tools.backtest import Detail, RunBacktest, backtest_request, laboratory
from tools.core import Core
from tools.long_tool import LongRequest, Work, long_tool
from tools.registry import ADDS, Answer

if TYPE_CHECKING:
    from engine.research.search.backends import Backend
    from engine.research.search.document import SearchDocument
    from engine.research.search.request import SearchRequest

_SHOWN_ROWS = {"summary": 0, "stats": 10, "full": 50}


class RunOptimization(RunBacktest, LongRequest):
    """What to search, on which bars, how it trades, and how to search."""

    params: Annotated[
        dict[str, float], Field(description="Parameters that keep one value; the others are searched.")
    ] = {}
    sampler: Annotated[Sampler, Field(description="Who proposes the sets.")] = "tpe"
    objectives: Annotated[
        list[Objective],
        Field(
            description="What is raised; the first decides which set is the best.", min_length=1, max_length=3
        ),
    ] = ["sharpe"]
    trials: Annotated[int, Field(description="Parameter sets to run at most.", ge=2, le=5000)] = 100
    seed: Annotated[int, Field(description="The same seed proposes the same sets.", ge=0, lt=2**32)] = 0
    patience: Annotated[
        int | None, Field(description="Stop after so many batches without a new best; null for never.", ge=1)
    ] = None
    heat_map: Annotated[
        tuple[str, str] | None, Field(description="Two parameters to map; null for those that matter most.")
    ] = None
    backend: Annotated[
        Literal["threads", "dask"], Field(description="dask is the cluster of this server's settings.")
    ] = "threads"


class Optimization(Answer):
    """A search. `summary` leaves out the parts that may be null; `full` shows more sets and the heat map."""

    search_id: str
    strategy: StrategyPart
    data: DataPart
    sampler: Sampler
    objectives: list[Objective]
    seed: int
    fixed: dict[str, Number] = Field(description="Parameters that were not searched.")
    counts: CountsPart
    stopped_early: bool = Field(description="The patience ran out before the budget.")
    best: BestPart | None = Field(description="Null where the objective is undefined for every set.")
    axes: list[AxisPart] | None = Field(default=None, description="What was searched, and what matters.")
    top: list[RowPart] | None = Field(default=None, description="The best sets by the first objective.")
    front: list[RowPart] | None = Field(
        default=None, description="Sets that none beats in all objectives, where there are several."
    )
    heat_map: HeatMapPart | None = None
    costs: CostsPart | None = None
    trading: TradingPart | None = None
    versions: VersionsPart | None = None
    warnings: list[str]
    resources: list[str] = Field(description="The whole table of the search.")


def _admit(core: Core, request: RunOptimization) -> None:
    chosen_backend(core, request)
    search_request(core, request).check()


@long_tool("backtest", "Search a strategy's parameters", ADDS, admit=_admit)
def run_optimization(core: Core, request: RunOptimization, work: Work) -> Optimization:
    """Search the parameters of a strategy for which PARAMS gives a range, on the bars before the holdout.

    Every set that runs counts as a trial on the asset, and a verdict is deflated by that number: search
    little, and where the idea says that values should lie. The same call again goes on where a stopped search
    was. The best set is recorded as a run; its figures are flattered by the choice. Next: assess_robustness
    with the best set's run_id.
    """
    document = searched(core, search_request(core, request), chosen_backend(core, request), work)
    return shaped(document, request.detail)


def search_request(core: Core, request: RunOptimization, name: str | None = None) -> SearchRequest:
    """The engine's request for the tool's.

    Args:
        name: of a text that is not saved yet.

    Raises:
        InvalidInput, NotFound: no such strategy or series, settings that cannot be.
    """
    from engine.research.search.request import SearchRequest

    run = backtest_request(core, request)
    return SearchRequest(
        name=name or run.name,
        code=run.code,
        strategy_id=run.strategy_id,
        origin=run.origin,
        instrument=run.instrument,
        interval=run.interval,
        window=run.window,
        setup=run.setup,
        params=run.params,
        detail=run.detail,
        sampler=request.sampler,
        objectives=tuple(request.objectives),
        trials=request.trials,
        seed=request.seed,
        patience=request.patience,
        heat_map=request.heat_map,
    )


def searched(core: Core, request: SearchRequest, backend: Backend | None, work: Work) -> SearchDocument:
    """The finished search."""
    from engine.research.search.search import search

    return search(
        laboratory(core),
        request,
        backend=backend,
        cancellation=work.cancellation,
        progress=work.progress,
        claim=work.claim,
    )


def chosen_backend(core: Core, request: RunOptimization) -> Backend | None:
    """Where the sets run; None is this process.

    Raises:
        InvalidInput: the settings name no cluster.
    """
    if request.backend == "threads":
        return None
    if not core.settings.dask_address:
        raise InvalidInput(
            "The settings name no Dask cluster.",
            "Set EDGEWRIGHT_DASK_ADDRESS to its scheduler, or leave backend out.",
        )
    from engine.research.search.dask_backend import Dask
    from tools.cluster import loader_maker

    return Dask(core.settings.dask_address, loader_maker(core.settings))


def shaped(document: SearchDocument, detail: Detail) -> Optimization:
    """A search with as much detail as asked for."""
    fields: dict[str, Any] = {
        name: getattr(document, name)
        for name in (
            *("search_id", "strategy", "data", "sampler", "objectives", "seed", "fixed", "counts"),
            *("stopped_early", "best", "warnings"),
        )
    }
    if detail != "summary":
        fields |= {name: getattr(document, name) for name in ("axes", "costs", "trading", "versions")}
        most = _SHOWN_ROWS[detail]
        fields["top"] = _top(document)[:most]
        fields["front"] = [document.rows[number] for number in document.front[:most]]
    if detail == "full":
        fields["heat_map"] = document.heat_map
    fields["resources"] = [f"search://{document.search_id}/table"]
    return Optimization.model_validate(fields, from_attributes=True)


def _top(document: SearchDocument) -> list[RowPart]:
    """Sets whose first objective is defined, the highest first; of equal ones the earlier."""
    objective = document.objectives[0]
    defined = [(row.metrics[objective], row) for row in document.rows if row.metrics is not None]
    ranked = [(value, row) for value, row in defined if value is not None]
    return [row for _, row in sorted(ranked, key=lambda pair: (-pair[0], pair[1].number))]


class SearchTable(BaseModel):
    """Every set of a search, in columns; also of one that is still at work."""

    search_id: str
    state: str
    number: list[int]
    params: dict[str, list[Number | None]]
    metrics: dict[str, list[float | None]] = Field(description="Null where a set failed.")
    error: list[str | None]


def search_table(core: Core, search_id: str) -> SearchTable:
    """The sets of a search so far.

    Raises:
        NotFound: there is no such search.
    """
    record, rows = core.store.searches.get(search_id), core.store.searches.results(search_id)
    names = dict.fromkeys(name for row in rows for name in row.params)
    figures = dict.fromkeys(name for row in rows for name in row.metrics or ())
    return SearchTable(
        search_id=search_id,
        state=record.state,
        number=[row.number for row in rows],
        params={name: [row.params.get(name) for row in rows] for name in names},
        metrics={name: [(row.metrics or {}).get(name) for row in rows] for name in figures},
        error=[row.error for row in rows],
    )
