"""The settings of a run as JSON: `engine.backtest.setup.Setup` in two parts, costs and trading, and back.

What is infinite in the engine (no largest order, a last risk tier without end) is null here.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any, cast

from pydantic import Field, model_validator

from engine.backtest.costs import Costs
from engine.backtest.execution import Execution
from engine.backtest.margin import Margin
from engine.backtest.setup import Setup
from engine.backtest.sizing import DrawdownScaling
from engine.market.filters import Filters
from engine.market.risk_tiers import RiskTier
from engine.research.model_parts import (
    FractionPart,
    Part,
    TaggedSizing,
    TaggedSlippage,
    sizing_of,
    sizing_part,
    slippage_of,
    slippage_part,
)


class CostsPart(Part):
    """What trading cost."""

    maker_fee_bps: float
    taker_fee_bps: float
    slippage: TaggedSlippage
    funding: bool
    cash: float = Field(description="Start equity, quote currency.")

    @model_validator(mode="before")
    @classmethod
    def _of_an_old_card(cls, fields: Any) -> Any:
        """The first cards have `slippage_bps` in place of `slippage`."""
        if not isinstance(fields, dict) or "slippage" in fields or "slippage_bps" not in fields:
            return cast(Any, fields)
        kept = dict(cast(dict[str, Any], fields))
        return {"slippage": {"model": "fixed", "bps": kept.pop("slippage_bps")}, **kept}


class ExecutionPart(Part):
    """How orders travel and fill."""

    latency_bars: int = 0
    participation: float | None = Field(default=None, description="Largest share of a bar's volume.")


class FiltersPart(Part):
    """Order filters of the instrument; null for no largest order."""

    tick: float
    lot: float
    min_quantity: float
    min_notional: float
    max_quantity: float | None
    max_market_quantity: float | None


class RiskTierPart(Part):
    """One bracket of the risk-limit table; a limit of null has no end."""

    limit: float | None
    maintenance_rate: float
    deduction: float
    max_leverage: float


class MarginPart(Part):
    """Isolated margin."""

    leverage: float
    tiers: tuple[RiskTierPart, ...]


class DrawdownPart(Part):
    """Entries shrink with the drawdown: times max(floor, 1 - drawdown / limit)."""

    limit: float
    floor: float = 0.0


class TradingPart(Part):
    """How orders were sized, travelled, filled and were backed; null where a thing was not used."""

    execution: ExecutionPart = ExecutionPart()
    filters: FiltersPart | None = None
    margin: MarginPart | None = None
    sizing: TaggedSizing = FractionPart()
    drawdown_scaling: DrawdownPart | None = None


def costs_part(setup: Setup) -> CostsPart:
    """The part for the costs and the start equity of a setup."""
    costs = setup.costs
    return CostsPart(
        maker_fee_bps=costs.maker_fee_bps,
        taker_fee_bps=costs.taker_fee_bps,
        slippage=slippage_part(costs.slippage),
        funding=costs.funding,
        cash=setup.cash,
    )


def trading_part(setup: Setup) -> TradingPart:
    """The part for the rest of a setup."""
    filters, margin, scaling = setup.filters, setup.margin, setup.drawdown_scaling
    return TradingPart(
        execution=ExecutionPart(**asdict(setup.execution)),
        filters=None if filters is None else FiltersPart(**_finite(asdict(filters))),
        margin=None if margin is None else _margin_part(margin),
        sizing=sizing_part(setup.sizing),
        drawdown_scaling=None if scaling is None else DrawdownPart(**asdict(scaling)),
    )


def setup_of(costs: CostsPart, trading: TradingPart) -> Setup:
    """The engine's value.

    Raises:
        InvalidInput: a number out of range.
    """
    filters, margin, scaling = trading.filters, trading.margin, trading.drawdown_scaling
    return Setup(
        Costs(costs.maker_fee_bps, costs.taker_fee_bps, slippage_of(costs.slippage), costs.funding),
        costs.cash,
        Execution(**trading.execution.model_dump()),
        None if filters is None else Filters(**_unbounded(filters)),
        None if margin is None else _margin_of(margin),
        sizing_of(trading.sizing),
        None if scaling is None else DrawdownScaling(**scaling.model_dump()),
    )


def _margin_part(margin: Margin) -> MarginPart:
    tiers = (RiskTierPart(**_finite(asdict(tier))) for tier in margin.tiers)
    return MarginPart(leverage=margin.leverage, tiers=tuple(tiers))


def _margin_of(part: MarginPart) -> Margin:
    return Margin(part.leverage, tuple(RiskTier(**_unbounded(tier)) for tier in part.tiers))


def _finite(fields: dict[str, float]) -> dict[str, Any]:
    return {name: None if math.isinf(value) else value for name, value in fields.items()}


def _unbounded(part: FiltersPart | RiskTierPart) -> dict[str, float]:
    return {name: math.inf if value is None else value for name, value in part.model_dump().items()}
