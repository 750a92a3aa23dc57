"""The assessment document: a verdict with its reasons, and every figure behind it, as one JSON object.

Its shape is `schema` 1; the JSON Schema lies in docs/schemas/assessment.json. Sharpe ratios are annual unless
a name says otherwise; returns, shares and drawdowns are fractions; times ISO 8601 UTC.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.research.document import DataPart, StrategyPart, VersionsPart
from engine.research.findings import (
    AlphaPart,
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
from engine.research.model_parts import Part
from engine.research.setup_parts import CostsPart, TradingPart
from engine.strategy.spec import Number

Verdict = Literal["accept", "reject", "not enough evidence"]
Outcome = Literal["for", "against", "open", "not applicable"]


class Reason(Part):
    """One check: what was found, what was asked, what it says about the strategy, what would change it."""

    name: str = Field(description="Name of the check, e.g. deflated_sharpe.")
    outcome: Outcome = Field(description="What it says about the strategy; open is not enough evidence.")
    value: float | None
    threshold: float | None
    said: str = Field(description="The finding in one sentence, with its numbers.")
    would_change: str = Field(default="", description="What would change it; empty when it speaks for it.")


class Assessment(BaseModel):
    """A verdict on a recorded run."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")
    run_id: str
    strategy: StrategyPart
    data: DataPart
    params: dict[str, Number]
    costs: CostsPart
    trading: TradingPart
    seed: int
    verdict: Verdict
    reasons: tuple[Reason, ...]
    sharpe: SharpePart
    trials: TrialsPart
    overfitting: OverfittingPart | None = Field(description="Null without a search.")
    walk_forward: tuple[WalkForwardPart, ...]
    random_entries: RandomEntriesPart | None
    alpha: AlphaPart | None = None
    neighbours: NeighboursPart | None = Field(description="Null for a strategy without parameters.")
    stress: tuple[StressRow, ...]
    capacity: CapacityPart | None
    monte_carlo: MonteCarloPart | None
    regimes: tuple[RegimeRow, ...]
    forecast: ForecastPart | None
    heat_map: HeatMapPart | None
    ledger: tuple[LedgerRow, ...] = Field(description="Newest trials of the lineage.")
    buy_and_hold_sharpe: float | None
    lookahead: Literal["clean", "leaks", "undecided", "not asked"]
    warnings: tuple[str, ...]
    versions: VersionsPart
