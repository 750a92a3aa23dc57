"""Models of slippage and of sizing as JSON: `model` or `kind` says which, the rest are its numbers; and back.

Values are checked where the engine's own are made.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.backtest.sizing import (
    CappedKelly,
    FixedNotional,
    FixedQuantity,
    FractionOfEquity,
    RiskPerTrade,
    Sizing,
    VolatilityTarget,
)
from engine.backtest.slippage import FixedSlippage, HalfSpread, Slippage, SquareRootImpact, VolatilityShare


class Part(BaseModel):
    """A part of a run document."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FixedSlippagePart(Part):
    """So many bps of the price, always."""

    model: Literal["fixed"] = "fixed"
    bps: float


class HalfSpreadPart(Part):
    """Half of a bid-ask spread of so many bps."""

    model: Literal["half_spread"] = "half_spread"
    spread_bps: float


class VolatilitySharePart(Part):
    """A share of the last bar's range, (high - low) / close."""

    model: Literal["volatility"] = "volatility"
    share: float


class SquareRootImpactPart(Part):
    """coefficient x the last bar's range x root(quantity / its volume)."""

    model: Literal["impact"] = "impact"
    coefficient: float = 1.0


SlippagePart = FixedSlippagePart | HalfSpreadPart | VolatilitySharePart | SquareRootImpactPart
TaggedSlippage = Annotated[SlippagePart, Field(discriminator="model")]


class FractionPart(Part):
    """A fraction of equity; 1 spends all of it, fees included."""

    kind: Literal["fraction"] = "fraction"
    fraction: float = 1.0


class NotionalPart(Part):
    """A fixed amount of quote currency."""

    kind: Literal["notional"] = "notional"
    amount: float


class QuantityPart(Part):
    """A fixed quantity of base currency."""

    kind: Literal["quantity"] = "quantity"
    quantity: float


class VolatilityTargetPart(Part):
    """As much as has this annual volatility, judged by the last `window` returns."""

    kind: Literal["volatility"] = "volatility"
    annual_volatility: float
    window: int = 100


class RiskPart(Part):
    """As much as loses this fraction of equity at the stop."""

    kind: Literal["risk"] = "risk"
    fraction: float


class KellyPart(Part):
    """This share of Kelly's fraction, up to `cap`; `start` until `warmup` trades are closed."""

    kind: Literal["kelly"] = "kelly"
    share: float = 0.5
    cap: float = 1.0
    warmup: int = 20
    start: float = 0.1


SizingPart = FractionPart | NotionalPart | QuantityPart | VolatilityTargetPart | RiskPart | KellyPart
TaggedSizing = Annotated[SizingPart, Field(discriminator="kind")]

_SLIPPAGES: dict[type[SlippagePart], type[Slippage]] = {
    FixedSlippagePart: FixedSlippage,
    HalfSpreadPart: HalfSpread,
    VolatilitySharePart: VolatilityShare,
    SquareRootImpactPart: SquareRootImpact,
}
_SIZINGS: dict[type[SizingPart], type[Sizing]] = {
    FractionPart: FractionOfEquity,
    NotionalPart: FixedNotional,
    QuantityPart: FixedQuantity,
    VolatilityTargetPart: VolatilityTarget,
    RiskPart: RiskPerTrade,
    KellyPart: CappedKelly,
}


def slippage_of(part: SlippagePart) -> Slippage:
    """The engine's value.

    Raises:
        InvalidInput: a number out of range.
    """
    return _SLIPPAGES[type(part)](**part.model_dump(exclude={"model"}))


def slippage_part(value: Slippage) -> SlippagePart:
    """The part for a model of slippage."""
    return {engine: part for part, engine in _SLIPPAGES.items()}[type(value)](**asdict(value))


def sizing_of(part: SizingPart) -> Sizing:
    """The engine's value.

    Raises:
        InvalidInput: a number out of range.
    """
    return _SIZINGS[type(part)](**part.model_dump(exclude={"kind"}))


def sizing_part(value: Sizing) -> SizingPart:
    """The part for a sizing."""
    return {engine: part for part, engine in _SIZINGS.items()}[type(value)](**asdict(value))
