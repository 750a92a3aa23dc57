"""What a run trades under, as numbers of one kind: floats, or Decimals."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Generic

from engine.backtest.margin import RiskTier
from engine.backtest.setup import Setup
from engine.backtest.sizing import (
    CappedKelly,
    FixedNotional,
    FixedQuantity,
    FractionOfEquity,
    RiskPerTrade,
    VolatilityTarget,
)
from engine.backtest.slippage import FixedSlippage, HalfSpread, SquareRootImpact, VolatilityShare
from engine.market.instrument import Category
from engine.strategy.orders import N


@dataclass(frozen=True, slots=True)
class Arithmetic(Generic[N]):
    """How to make a number, and what is no operator.

    Attributes:
        root: the square root.
        settled: a price, quantity or amount as it is booked. Decimals are booked to 18 places, so that sums
            and products of booked numbers are exact in `exactly`; floats are booked as they are.
    """

    number: Callable[[float | str], N]
    root: Callable[[N], N]
    settled: Callable[[N], N]


_PLACES = Decimal("1e-18")


def exactly() -> AbstractContextManager[object]:
    """The context in which Decimals are added and multiplied without rounding."""
    return localcontext(prec=160)


FLOATS: Arithmetic[float] = Arithmetic(float, lambda value: value**0.5, lambda value: value)
DECIMALS: Arithmetic[Decimal] = Arithmetic(
    lambda value: Decimal(str(value)), lambda value: value.sqrt(), lambda value: value.quantize(_PLACES)
)


@dataclass(frozen=True, slots=True)
class SlippageTerms(Generic[N]):
    """All four models in one: fixed + range x (share + impact x root(quantity / volume))."""

    fixed: N
    share: N
    impact: N


@dataclass(frozen=True, slots=True)
class FilterTerms(Generic[N]):
    """The instrument's filters; None where there is none."""

    tick: N | None
    lot: N | None
    min_quantity: N
    min_notional: N
    max_quantity: N | None
    max_market_quantity: N | None


@dataclass(frozen=True, slots=True)
class TierTerms(Generic[N]):
    """A risk tier; `limit` None for the last, endless one."""

    limit: N | None
    rate: N
    deduction: N


@dataclass(frozen=True, slots=True)
class SizingTerms(Generic[N]):
    """`sizing` tells which model; its numbers stand here. `target` fractions come with the signal."""

    model: type
    amount: N
    kelly: tuple[N, N, int, N] | None
    drawdown: tuple[N, N] | None


@dataclass(frozen=True, slots=True)
class Terms(Generic[N]):
    """Everything that `step` needs besides state, bar and intents.

    Attributes:
        leverage: 1 without a margin; tiers: None without one.
        max_notional: the largest position value that the margin allows; None for any.
    """

    arithmetic: Arithmetic[N]
    cash: N
    maker: N
    taker: N
    slippage: SlippageTerms[N]
    filters: FilterTerms[N]
    latency: int
    participation: N | None
    shorting: bool
    leverage: N
    tiers: tuple[TierTerms[N], ...] | None
    max_notional: N | None
    sizing: SizingTerms[N]


def terms_of(setup: Setup, category: Category, arithmetic: Arithmetic[N]) -> Terms[N]:
    """The terms of a setup, in the numbers of `arithmetic`."""
    number, margin = arithmetic.number, setup.margin
    bps = number(10_000)
    return Terms(
        arithmetic=arithmetic,
        cash=number(setup.cash),
        maker=number(setup.costs.maker_fee_bps) / bps,
        taker=number(setup.costs.taker_fee_bps) / bps,
        slippage=_slippage(setup, arithmetic),
        filters=_filters(setup, arithmetic),
        latency=setup.execution.latency_bars,
        participation=_or_none(setup.execution.participation, arithmetic),
        shorting=category.is_derivative,
        leverage=number(setup.leverage),
        tiers=None if margin is None else tuple(_tier(tier, arithmetic) for tier in margin.tiers),
        max_notional=None if margin is None else _finite(margin.max_notional, arithmetic),
        sizing=_sizing(setup, arithmetic),
    )


def _slippage(setup: Setup, arithmetic: Arithmetic[N]) -> SlippageTerms[N]:
    number, model = arithmetic.number, setup.costs.slippage
    none, bps = number(0), number(10_000)
    match model:
        case FixedSlippage():
            return SlippageTerms(number(model.bps) / bps, none, none)
        case HalfSpread():
            return SlippageTerms(number(model.spread_bps) / 2 / bps, none, none)
        case VolatilityShare():
            return SlippageTerms(none, number(model.share), none)
        case SquareRootImpact():
            return SlippageTerms(none, none, number(model.coefficient))


def _filters(setup: Setup, arithmetic: Arithmetic[N]) -> FilterTerms[N]:
    number, filters = arithmetic.number, setup.filters
    if filters is None:
        return FilterTerms(None, None, number(0), number(0), None, None)
    return FilterTerms(
        tick=number(filters.tick) if filters.tick else None,
        lot=number(filters.lot) if filters.lot else None,
        min_quantity=number(filters.min_quantity),
        min_notional=number(filters.min_notional),
        max_quantity=_finite(filters.max_quantity, arithmetic),
        max_market_quantity=_finite(filters.max_market_quantity, arithmetic),
    )


def _sizing(setup: Setup, arithmetic: Arithmetic[N]) -> SizingTerms[N]:
    number, model, scaling = arithmetic.number, setup.sizing, setup.drawdown_scaling
    drawdown = None if scaling is None else (number(scaling.limit), number(scaling.floor))
    kelly: tuple[N, N, int, N] | None = None
    match model:
        case FractionOfEquity() | RiskPerTrade():
            amount = number(model.fraction)
        case FixedNotional():
            amount = number(model.amount)
        case FixedQuantity():
            amount = number(model.quantity)
        case VolatilityTarget():
            amount = number(0)
        case CappedKelly():
            amount = number(0)
            kelly = number(model.cap), number(model.share), model.warmup, number(model.start)
    return SizingTerms(type(model), amount, kelly, drawdown)


def _tier(tier: RiskTier, arithmetic: Arithmetic[N]) -> TierTerms[N]:
    number = arithmetic.number
    limit = _finite(tier.limit, arithmetic)
    return TierTerms(limit, number(tier.maintenance_rate), number(tier.deduction))


def _finite(value: float, arithmetic: Arithmetic[N]) -> N | None:
    return None if value == float("inf") else arithmetic.number(value)


def _or_none(value: float | None, arithmetic: Arithmetic[N]) -> N | None:
    return None if value is None else arithmetic.number(value)
