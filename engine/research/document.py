"""The run document: what every backtest leaves for people and programs, as one JSON object.

Its shape is `schema` 1; the JSON Schema lies in docs/schemas/run.json.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.backtest.result import Metrics, Simulation
from engine.backtest.setup import Setup
from engine.market.bars import Bars, MarketData
from engine.market.interval import format_instant
from engine.research.model_parts import Part
from engine.research.setup_parts import CostsPart, TradingPart, costs_part, trading_part
from engine.strategy.spec import CONTRACT, Number
from engine.version import ENGINE_VERSION


class StrategyPart(Part):
    """Which text ran."""

    id: str | None = Field(description="Id in the store; null for a text that was not saved.")
    name: str
    code_hash: str = Field(description="SHA-256 of the text.")
    hypothesis: str


class RowsPart(Part):
    """Rows that a run used besides its bars."""

    interval: str
    bars: int
    hash: str = Field(description="SHA-256 of the rows.")


class DataPart(Part):
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
    mark: RowsPart | None = Field(default=None, description="Mark prices of a run with a margin.")
    detail: RowsPart | None = Field(default=None, description="Finer bars that told the order inside a bar.")
    warm_up: RowsPart | None = Field(
        default=None, description="Bars before the start that only the signals read, of an opened holdout."
    )


class BandPart(Part):
    """The total return under both assumptions about the order of high and low inside a bar."""

    total_return_low: float
    total_return_high: float
    ambiguous_bars: int = Field(description="Bars in which the order decided.")


class VersionsPart(Part):
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
    trading: TradingPart = TradingPart()
    seed: int = 0
    metrics: Metrics
    band: BandPart | None = Field(default=None, description="Null on the first cards.")
    benchmark: Metrics = Field(description="Buy and hold with the same costs.")
    warnings: tuple[str, ...]
    versions: VersionsPart = VersionsPart()
    card_hash: str = Field(description="SHA-256 over code, data, params, costs, trading, seed and versions.")


def data_part(
    market: MarketData, setup: Setup, detail: Bars | None, held_from: int, warm_up: Bars | None = None
) -> DataPart:
    """What the document says of the rows.

    Args:
        held_from: begin of the holdout, UTC ms.
        warm_up: bars before the first that only the signals read.
    """
    bars = market.bars
    return DataPart(
        instrument=str(bars.instrument),
        interval=str(bars.interval),
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
        mark=None if setup.margin is None else _rows_part(market.mark),
        detail=_rows_part(detail),
        warm_up=_rows_part(warm_up),
    )


def _rows_part(rows: Bars | None) -> RowsPart | None:
    if rows is None:
        return None
    return RowsPart(interval=str(rows.interval), bars=len(rows), hash=MarketData(rows).content_hash())


def document_of(
    run_id: str,
    strategy: StrategyPart,
    data: DataPart,
    params: dict[str, Number],
    setup: Setup,
    simulation: Simulation,
    warnings: tuple[str, ...],
) -> RunDocument:
    """The document of a simulation, with its card's hash."""
    costs, trading, band = costs_part(setup), trading_part(setup), simulation.band
    return RunDocument(
        run_id=run_id,
        strategy=strategy,
        data=data,
        params=params,
        costs=costs,
        trading=trading,
        metrics=simulation.metrics,
        band=BandPart(
            total_return_low=band.total_return_low,
            total_return_high=band.total_return_high,
            ambiguous_bars=band.ambiguous_bars,
        ),
        benchmark=simulation.benchmark,
        warnings=warnings,
        card_hash=card_hash(strategy, data, params, costs, trading, seed=0),
    )


def card_hash(
    strategy: StrategyPart,
    data: DataPart,
    params: dict[str, Number],
    costs: CostsPart,
    trading: TradingPart,
    seed: int,
) -> str:
    """SHA-256 (hex) of everything that decides a run's numbers; never ids, names or times of day."""
    rows = {
        "hash": data.hash,
        "instrument": data.instrument,
        "interval": data.interval,
        "mark": None if data.mark is None else data.mark.hash,
        "detail": None if data.detail is None else data.detail.hash,
    }
    if data.warm_up is not None:
        rows["warm_up"] = data.warm_up.hash
    return canonical_hash(
        {
            "code": strategy.code_hash,
            "data": rows,
            "params": params,
            "costs": costs.model_dump(),
            "trading": trading.model_dump(),
            "seed": seed,
            "versions": VersionsPart().model_dump(),
        }
    )


def canonical_hash(value: Any) -> str:
    """SHA-256 (hex) of the one JSON text of `value`: sorted keys, no spaces."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
