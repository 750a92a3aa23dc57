"""Toolset `backtest`: recorded runs side by side, and whether one is better by more than chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast

from pydantic import BaseModel, Field

from engine.backtest.result import Metrics
from engine.errors import InvalidInput
from engine.market.interval import parse_interval
from engine.research.assessment.document import Verdict
from engine.research.document import RunDocument
from engine.strategy.spec import Number
from tools.core import Core
from tools.registry import READS, Answer, Request, tool

if TYPE_CHECKING:
    from engine.research.returns import PeriodReturns

RunId = Annotated[str, Field(max_length=80)]


class CompareRuns(Request):
    """Which runs."""

    run_ids: Annotated[
        list[RunId],
        Field(description="2 to 10; the others are held against the first.", min_length=2, max_length=10),
    ]
    seed: Annotated[int, Field(description="Of the bootstrap.", ge=0, lt=2**32)] = 0


class ComparedRun(BaseModel):
    """One of the runs."""

    run_id: str
    name: str
    instrument: str
    interval: str
    start: str
    end: str
    params: dict[str, Number]
    metrics: Metrics
    verdict: Verdict | None = Field(description="The last one; null where nobody has assessed it.")


class Difference(BaseModel):
    """Something in which the runs differ besides their metrics; one value per run, in their order."""

    name: str = Field(description="e.g. params.fast, costs.taker_fee_bps, data.hash")
    values: list[Any]


class SharpeComparison(BaseModel):
    """The annual Sharpe ratio of the first run less that of another, on their common periods."""

    other_run_id: str
    difference: float | None = Field(description="Null where they cannot be compared; so are the others.")
    low: float | None = Field(description="5% end of its interval by the bootstrap of both together.")
    high: float | None = Field(description="95% end.")
    p: float | None = Field(description="Chance of a difference so far from 0 if there were none.")
    periods: int


class Comparison(Answer):
    """Runs side by side."""

    runs: list[ComparedRun]
    differences: list[Difference]
    correlation: list[list[float | None]] = Field(
        description="Of their period returns, rows and columns in the runs' order."
    )
    sharpe: list[SharpeComparison]
    warnings: list[str]


@tool("backtest", "Compare runs", READS)
def compare_runs(core: Core, request: CompareRuns) -> Comparison:
    """Compare 2 to 10 recorded runs: metrics, what differs, correlation, Sharpe difference with its interval.

    Read `warnings` first: runs on different data or costs are no fair comparison. An interval that holds 0
    says that the difference may be chance; choosing the best of many runs is a search, and widens it further.
    """
    ids = list(request.run_ids)
    if len(set(ids)) < len(ids):
        raise InvalidInput("run_ids names a run twice.", "Name each once.")
    cards = [RunDocument.model_validate(dict(core.store.runs.get(run_id).card)) for run_id in ids]
    returns = [_returns(core, card) for card in cards]
    differences = _differences(cards)
    return Comparison(
        runs=[_compared(core, card) for card in cards],
        differences=differences,
        correlation=_correlations(returns),
        sharpe=[
            _sharpe(card.run_id, returns[0], other, request.seed)
            for card, other in zip(cards[1:], returns[1:], strict=True)
        ],
        warnings=_warnings(cards, {each.name for each in differences}),
    )


def _compared(core: Core, card: RunDocument) -> ComparedRun:
    from engine.research.assessment.assess import newest_assessment

    data, assessment = card.data, newest_assessment(core.store, card.run_id)
    return ComparedRun(
        run_id=card.run_id,
        name=card.strategy.name,
        instrument=data.instrument,
        interval=data.interval,
        start=data.start,
        end=data.end,
        params=card.params,
        metrics=card.metrics,
        verdict=None if assessment is None else assessment.verdict,
    )


def _returns(core: Core, card: RunDocument) -> PeriodReturns:
    from engine.research.artifacts import read_equity
    from engine.research.returns import period_returns

    curve, interval = read_equity(core.store.runs.artifact(card.run_id, "equity")), card.data.interval
    length = parse_interval(interval)
    return period_returns(curve.close_time - length.milliseconds, length, curve.equity, card.costs.cash)


def _correlations(returns: list[PeriodReturns]) -> list[list[float | None]]:
    from engine.research.statistics.correlation import correlation

    return [[correlation(one, other) for other in returns] for one in returns]


def _sharpe(other_id: str, first: PeriodReturns, other: PeriodReturns, seed: int) -> SharpeComparison:
    from engine.research.statistics.comparison import sharpe_difference

    found = sharpe_difference(first, other, seed)
    return SharpeComparison(
        other_run_id=other_id,
        difference=None if found is None else found.difference,
        low=None if found is None else found.low,
        high=None if found is None else found.high,
        p=None if found is None else found.p,
        periods=0 if found is None else found.periods,
    )


_COMPARED = ("strategy", "data", "params", "costs", "trading", "versions")
_SAID_BY_OTHERS = frozenset(
    {"strategy.id", "strategy.hypothesis", "data.gaps", "data.funding_rows", "data.bars"}
)


def _differences(cards: list[RunDocument]) -> list[Difference]:
    """Whatever is not the same in all cards, by its path."""
    flat = [_flat(card.model_dump(mode="json", include=set(_COMPARED))) for card in cards]
    names = dict.fromkeys(name for each in flat for name in each)
    return [
        Difference(name=name, values=[each.get(name) for each in flat])
        for name in names
        if name not in _SAID_BY_OTHERS and any(each.get(name) != flat[0].get(name) for each in flat)
    ]


def _flat(part: dict[str, Any], path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in part.items():
        if isinstance(value, dict):
            found |= _flat(cast(dict[str, Any], value), f"{path}{name}.")
        else:
            found[path + name] = value
    return found


def _warnings(cards: list[RunDocument], differing: set[str]) -> list[str]:
    """What makes the comparison unfair."""
    warnings: list[str] = []
    if "data.hash" in differing or "data.instrument" in differing or "data.interval" in differing:
        warnings.append("The runs are on different data: they are not about the same market and time.")
    if any(name.startswith(("costs.", "trading.")) for name in differing):
        warnings.append("The runs pay different costs or trade by different settings.")
    if any(name.startswith("versions.") for name in differing):
        warnings.append("The runs were made by different versions of the engine.")
    if any(card.data.synthetic for card in cards):
        warnings.append("There is a run on synthetic data: it says nothing about a market.")
    if any(card.data.includes_holdout for card in cards):
        warnings.append("There is a run that has seen the holdout: it is no fair trial.")
    return warnings
