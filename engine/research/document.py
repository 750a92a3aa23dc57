"""The run document: what every backtest leaves for people and programs, as one JSON object.

Its shape is `schema` 1; the JSON Schema lies in docs/schemas/run.json.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.backtest.costs import Costs
from engine.backtest.result import Metrics
from engine.backtest.slippage import FixedSlippage
from engine.strategy.spec import CONTRACT, Number
from engine.version import ENGINE_VERSION


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StrategyPart(_Part):
    """Which text ran."""

    id: str | None = Field(description="Id in the store; null for a text that was not saved.")
    name: str
    code_hash: str = Field(description="SHA-256 of the text.")
    hypothesis: str


class DataPart(_Part):
    """Which rows it ran on."""

    instrument: str = Field(description="venue:category:symbol")
    interval: str
    source: Literal["exchange", "file", "synthetic"]
    start: str = Field(description="Open of the first bar, ISO 8601 UTC, inclusive.")
    end: str = Field(description="Close of the last bar, ISO 8601 UTC, exclusive.")
    bars: int
    gaps: int = Field(description="Bars missing inside the window.")
    funding_rows: int
    hash: str = Field(description="SHA-256 over the bars, funding and mark rows used.")
    synthetic: bool
    holdout_from: str = Field(description="From here on the data are held out, ISO 8601 UTC.")
    includes_holdout: bool


class CostsPart(_Part):
    """What trading cost."""

    maker_fee_bps: float
    taker_fee_bps: float
    slippage_bps: float
    funding: bool
    cash: float = Field(description="Start equity, quote currency.")

    @classmethod
    def of(cls, costs: Costs, cash: float) -> CostsPart:
        """The part for these costs and this start equity."""
        return cls(
            maker_fee_bps=costs.maker_fee_bps,
            taker_fee_bps=costs.taker_fee_bps,
            slippage_bps=costs.slippage.bps if isinstance(costs.slippage, FixedSlippage) else 0.0,
            funding=costs.funding,
            cash=cash,
        )

    @property
    def costs(self) -> Costs:
        """The engine's value."""
        return Costs(self.maker_fee_bps, self.taker_fee_bps, FixedSlippage(self.slippage_bps), self.funding)


class VersionsPart(_Part):
    """What the numbers depend on besides the inputs."""

    engine: str = ENGINE_VERSION
    contract: int = CONTRACT


class RunDocument(BaseModel):
    """A finished backtest."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")
    run_id: str
    strategy: StrategyPart
    data: DataPart
    params: dict[str, Number]
    costs: CostsPart
    seed: int = 0
    metrics: Metrics
    benchmark: Metrics = Field(description="Buy and hold with the same costs.")
    warnings: tuple[str, ...]
    versions: VersionsPart = VersionsPart()
    card_hash: str = Field(description="SHA-256 over code, data, params, costs, seed and versions.")


def card_hash(
    strategy: StrategyPart, data: DataPart, params: dict[str, Number], costs: CostsPart, seed: int
) -> str:
    """SHA-256 (hex) of everything that decides a run's numbers; never ids, names or times of day."""
    return canonical_hash(
        {
            "code": strategy.code_hash,
            "data": {"hash": data.hash, "instrument": data.instrument, "interval": data.interval},
            "params": params,
            "costs": costs.model_dump(),
            "seed": seed,
            "versions": VersionsPart().model_dump(),
        }
    )


def canonical_hash(value: Any) -> str:
    """SHA-256 (hex) of the one JSON text of `value`: sorted keys, no spaces."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
