"""The search document: what was tried, what came of it, and which set was the best, as one JSON object.

Its shape is `schema` 1; the JSON Schema lies in docs/schemas/search.json.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.research.document import DataPart, StrategyPart, VersionsPart
from engine.research.findings import HeatMapPart
from engine.research.model_parts import Part
from engine.research.search.objectives import Objective
from engine.research.search.samplers import Sampler
from engine.research.setup_parts import CostsPart, TradingPart
from engine.strategy.spec import Number


class AxisPart(Part):
    """One parameter that was searched."""

    name: str
    low: Number
    high: Number
    step: Number | None = Field(description="Null for a parameter without steps.")
    log: bool
    choices: tuple[Number, ...] = Field(description="Its values where the strategy lists them.")
    importance: float | None = Field(
        description="Share of the spread of the first objective that goes with it, 0 to 1."
    )


class CountsPart(Part):
    """How many sets."""

    budget: int = Field(description="Sets to run at most.")
    asked: int = Field(description="Proposed by the sampler.")
    infeasible: int = Field(description="Of these, broke a constraint and were not run.")
    duplicates: int = Field(description="Of these, had been proposed before and were not run again.")
    evaluated: int = Field(description="Run.")
    failed: int = Field(description="Of these, ended in an error and left no trial.")


class RowPart(Part):
    """One set that was run."""

    number: int = Field(description="In the order of the search, from 0.")
    params: dict[str, Number]
    metrics: dict[str, float | None] | None = Field(description="Null when it failed.")
    error: str | None


class BestPart(Part):
    """The set with the highest first objective; of equal ones the first."""

    number: int
    params: dict[str, Number]
    metrics: dict[str, float | None]
    run_id: str = Field(description="Its full run.")


class SearchDocument(BaseModel):
    """A finished search."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")
    search_id: str
    strategy: StrategyPart
    data: DataPart
    costs: CostsPart
    trading: TradingPart
    sampler: Sampler
    objectives: tuple[Objective, ...]
    seed: int
    axes: tuple[AxisPart, ...]
    fixed: dict[str, Number] = Field(description="Parameters that were not searched, and their values.")
    counts: CountsPart
    stopped_early: bool = Field(description="The patience ran out before the budget.")
    best: BestPart | None = Field(description="Null where the objective is undefined for every set.")
    front: tuple[int, ...] = Field(
        description="Numbers of the sets that none beats in all objectives; empty for one objective."
    )
    rows: tuple[RowPart, ...]
    heat_map: HeatMapPart | None = Field(description="Null for a search of one parameter.")
    warnings: tuple[str, ...]
    versions: VersionsPart = VersionsPart()
