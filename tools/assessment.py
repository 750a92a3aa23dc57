"""Toolset `backtest`: the verdict on a run: accept, reject, or not enough evidence, with reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from engine.errors import InvalidInput, NotFound
from engine.research.assessment.document import Reason, Verdict
from engine.research.document import DataPart, StrategyPart, VersionsPart
from engine.research.findings import (
    CapacityPart,
    ForecastPart,
    HeatMapPart,
    LedgerRow,
    MonteCarloPart,
    NeighboursPart,
    OverfittingPart,
    RandomEntriesPart,
    RegimeRow,
    SharpePart,
    StressRow,
    TrialsPart,
    WalkForwardPart,
)
from engine.research.setup_parts import CostsPart, TradingPart
from engine.strategy.spec import Number
from tools.backtest import Detail, RunBacktest, backtest_request, laboratory
from tools.core import Core
from tools.long_tool import LongRequest, Work, long_tool
from tools.registry import ADDS, Answer

if TYPE_CHECKING:
    from engine.research.assessment.document import Assessment


class AssessRobustness(LongRequest):
    """Which run, or what to run first."""

    run_id: Annotated[str | None, Field(description="The recorded run to judge.", max_length=80)] = None
    backtest: Annotated[
        RunBacktest | None,
        Field(description="Instead of run_id: the arguments of run_backtest, which is run first."),
    ] = None
    seed: Annotated[int, Field(description="Of all random parts.", ge=0, lt=2**32)] = 0
    detail: Annotated[Detail, Field(description="How much comes back.")] = "stats"


class Robustness(Answer):
    """A verdict. `summary` gives verdict, reasons, Sharpe ratio and trials; `full` leaves nothing out."""

    run_id: str
    strategy: StrategyPart
    data: DataPart
    params: dict[str, Number]
    seed: int
    verdict: Verdict
    reasons: list[Reason]
    sharpe: SharpePart
    trials: TrialsPart
    lookahead: Literal["clean", "leaks", "undecided", "not asked"]
    buy_and_hold_sharpe: float | None
    warnings: list[str]
    overfitting: OverfittingPart | None = None
    walk_forward: list[WalkForwardPart] | None = Field(default=None, description="Folds only in full.")
    random_entries: RandomEntriesPart | None = None
    neighbours: NeighboursPart | None = None
    stress: list[StressRow] | None = None
    capacity: CapacityPart | None = Field(default=None, description="Points only in full.")
    monte_carlo: MonteCarloPart | None = None
    regimes: list[RegimeRow] | None = None
    forecast: ForecastPart | None = Field(default=None, description="The cone only in full.")
    heat_map: HeatMapPart | None = None
    ledger: list[LedgerRow] | None = None
    costs: CostsPart | None = None
    trading: TradingPart | None = None
    versions: VersionsPart | None = None
    resources: list[str] = Field(description="The whole assessment.")


_HEAD = (
    *("run_id", "strategy", "data", "params", "seed", "verdict", "reasons", "sharpe", "trials"),
    *("lookahead", "buy_and_hold_sharpe", "warnings"),
)
_FIGURES = (
    *("overfitting", "walk_forward", "random_entries", "neighbours", "stress", "capacity"),
    *("monte_carlo", "regimes", "forecast"),
)
_REST = ("heat_map", "ledger", "costs", "trading", "versions")


def _admit(core: Core, request: AssessRobustness) -> None:
    if (request.run_id is None) == (request.backtest is None):
        raise InvalidInput(
            "Give either run_id or backtest.",
            "list_runs shows the runs; backtest takes run_backtest's arguments.",
        )
    if request.run_id is not None:
        core.store.runs.get(request.run_id)
    elif request.backtest is not None:
        backtest_request(core, request.backtest)


@long_tool("backtest", "Judge a run", ADDS, admit=_admit)
def assess_robustness(core: Core, request: AssessRobustness, work: Work) -> Robustness:
    """Judge a run: accept, reject, or not enough evidence, each with reasons and what would change them.

    It weighs the number of all trials on the asset, look-ahead, the deflated Sharpe ratio, over-fitting of a
    search, walk-forward, higher costs, neighbouring parameters, random entries, and buy and hold. What it
    tries counts as no trial. A strategy that is not accepted has not earned any money; say so to the user.
    """
    _admit(core, request)
    run_id = request.run_id or _run_first(core, request, work)
    return shaped(assessed(core, run_id, request.seed, work), request.detail)


def _run_first(core: Core, request: AssessRobustness, work: Work) -> str:
    assert request.backtest is not None
    return laboratory(core).run(backtest_request(core, request.backtest), work.claim).document.run_id


def assessed(core: Core, run_id: str, seed: int, work: Work) -> Assessment:
    """The assessment of a recorded run, kept with the run."""
    from engine.research.assessment.assess import assess

    return assess(
        laboratory(core),
        run_id,
        seed=seed,
        allowance=core.settings.holdout_allowance,
        cancellation=work.cancellation,
        progress=work.progress,
    )


def newest_assessment(core: Core, run_id: str) -> Assessment:
    """The last assessment that was made of a run.

    Raises:
        NotFound: no such run, or nobody has assessed it.
    """
    from engine.research.assessment.assess import newest_assessment as newest

    found = newest(core.store, run_id)
    if found is None:
        raise NotFound(f"Run {run_id} has not been assessed.", "assess_robustness judges it.")
    return found


def shaped(assessment: Assessment, detail: Detail) -> Robustness:
    """An assessment with as much detail as asked for."""
    chosen = {"summary": _HEAD, "stats": _HEAD + _FIGURES, "full": _HEAD + _FIGURES + _REST}[detail]
    fields: dict[str, Any] = assessment.model_dump(include=set(chosen))
    if detail == "stats":
        for walk in fields["walk_forward"]:
            walk["folds"] = ()
        for name, long in (("capacity", "points"), ("forecast", "cone")):
            if fields[name] is not None:
                fields[name][long] = ()
    fields["resources"] = [f"assessment://{assessment.run_id}"]
    return Robustness.model_validate(fields)
