"""A market, a setup and orders as rows that the compiled desk reads."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.backtest.desk import records
from engine.backtest.desk.records import ACCOUNT, BAR, CANCEL, ORDER, STAMP, TERMS, TIER, Rows
from engine.backtest.prepared import Prepared
from engine.backtest.setup import Setup
from engine.backtest.slippage import FixedSlippage, HalfSpread, SquareRootImpact, VolatilityShare
from engine.market.filters import Filters
from engine.market.instrument import Category
from engine.strategy.orders import (
    Bracket,
    Cancel,
    FillReason,
    Intent,
    LimitOrder,
    MarketOrder,
    Order,
    RejectionReason,
    StopLimitOrder,
    StopOrder,
    TakeProfitOrder,
    TimeInForce,
    TrailingStopOrder,
)

_BPS = 10_000.0
_NAN = math.nan
_NO_BRACKET: Bracket[float] = Bracket()
_KINDS: dict[type, int] = {
    MarketOrder: records.MARKET,
    LimitOrder: records.LIMIT,
    StopOrder: records.STOP,
    StopLimitOrder: records.STOP_LIMIT,
    TakeProfitOrder: records.TAKE_PROFIT,
    TrailingStopOrder: records.TRAILING_STOP,
}
_TIMES = {
    TimeInForce.GTC: records.GTC,
    TimeInForce.IOC: records.IOC,
    TimeInForce.FOK: records.FOK,
    TimeInForce.POST_ONLY: records.POST_ONLY,
}

FILL_REASONS = {
    records.MARKET: FillReason.MARKET,
    records.LIMIT: FillReason.LIMIT,
    records.STOP: FillReason.STOP,
    records.STOP_LIMIT: FillReason.STOP_LIMIT,
    records.TAKE_PROFIT: FillReason.TAKE_PROFIT,
    records.TRAILING_STOP: FillReason.TRAILING_STOP,
    records.STOP_LOSS: FillReason.STOP_LOSS,
    records.LIQUIDATION: FillReason.LIQUIDATION,
    records.RUINED: FillReason.RUINED,
}
REJECTION_REASONS = {
    records.INSUFFICIENT_BALANCE: RejectionReason.INSUFFICIENT_BALANCE,
    records.WOULD_TAKE: RejectionReason.WOULD_TAKE,
    records.NOT_FILLED_WHOLE: RejectionReason.NOT_FILLED_WHOLE,
    records.NOTHING_TO_REDUCE: RejectionReason.NOTHING_TO_REDUCE,
    records.NO_SHORTING: RejectionReason.NO_SHORTING,
    records.PRICE_OFF_TICK: RejectionReason.PRICE_OFF_TICK,
    records.QUANTITY_OFF_LOT: RejectionReason.QUANTITY_OFF_LOT,
    records.BELOW_MINIMUM: RejectionReason.BELOW_MINIMUM,
    records.ABOVE_MAXIMUM: RejectionReason.ABOVE_MAXIMUM,
}


def market_rows(prepared: Prepared) -> Rows:
    """The bars, each with the mark that decides on liquidation."""
    bars = prepared.market.bars
    marks = bars if prepared.marks is None else prepared.marks
    rows = np.empty(len(bars), BAR)
    for name in ("open", "high", "low", "close", "volume"):
        rows[name] = getattr(bars, name)
    for name in ("open", "high", "low", "close"):
        rows[f"mark_{name}"] = getattr(marks, name)
    return rows


def stamp_rows(prepared: Prepared) -> Rows:
    """The funding settlements."""
    columns = prepared.columns
    rows = np.empty(len(columns.stamp_bar), STAMP)
    rows["bar"], rows["rate"], rows["price"] = columns.stamp_bar, columns.stamp_rate, columns.stamp_price
    return rows


def tier_rows(setup: Setup) -> Rows:
    """The risk tiers; none without a margin."""
    tiers = () if setup.margin is None else setup.margin.tiers
    return np.array([(tier.limit, tier.maintenance_rate, tier.deduction) for tier in tiers], TIER)


def terms_row(setup: Setup, category: Category, *, target_first: bool) -> Rows:
    """What the run trades under, as one row."""
    filters = setup.filters or Filters()
    share = setup.execution.participation
    numbers = {
        "target_first": target_first,
        "shorting": category.is_derivative,
        "maker": setup.costs.maker_fee_bps / _BPS,
        "taker": setup.costs.taker_fee_bps / _BPS,
        "leverage": setup.leverage,
        "max_notional": math.inf if setup.margin is None else setup.margin.max_notional,
        "participation": math.inf if share is None else share,
        "tick": filters.tick,
        "lot": filters.lot,
        "min_quantity": filters.min_quantity,
        "min_notional": filters.min_notional,
        "max_quantity": filters.max_quantity,
        "max_market_quantity": filters.max_market_quantity,
    }
    rows = np.zeros(1, TERMS)
    for name, number in (numbers | _slippage(setup)).items():
        rows[name] = number
    return rows


def account_row(setup: Setup) -> Rows:
    """The account before the first bar."""
    rows = np.zeros(1, ACCOUNT)
    rows["cash"] = rows["equity"] = setup.cash
    for name in ("stop_loss", "take_profit", "trailing_stop"):
        rows[name] = _NAN
    return rows


def request_row(bar: int, intent: Intent[Any]) -> tuple[float, ...]:
    """An intent that arrives at the open of `bar`, in the order of the fields of `ORDER`."""
    if isinstance(intent, Cancel):
        return (bar, intent.id, CANCEL, 0, 0, 0, 0, 0, 0, *[_NAN] * 8)
    order: Order[float] = intent.order
    bracket: Bracket[float] = order.bracket or _NO_BRACKET
    force = _TIMES[order.time_in_force] if isinstance(order, LimitOrder) else records.GTC
    return (
        bar,
        intent.id,
        _KINDS[type(order)],
        order.side,
        force,
        order.reduce_only,
        order.bracket is not None,
        0,
        0,
        order.quantity,
        order.price if isinstance(order, LimitOrder | StopLimitOrder | TakeProfitOrder) else _NAN,
        order.trigger if isinstance(order, StopOrder | StopLimitOrder) else _NAN,
        order.fraction if isinstance(order, TrailingStopOrder) else _NAN,
        _NAN,
        _NAN if bracket.stop_loss is None else bracket.stop_loss,
        _NAN if bracket.take_profit is None else bracket.take_profit,
        _NAN if bracket.trailing_stop is None else bracket.trailing_stop,
    )


def order_rows(count: int) -> Rows:
    """Room for `count` orders."""
    return np.zeros(count, ORDER)


def _slippage(setup: Setup) -> dict[str, float]:
    model = setup.costs.slippage
    match model:
        case FixedSlippage() | HalfSpread():
            return {"slippage": model.fraction}
        case VolatilityShare():
            return {"share": model.share}
        case SquareRootImpact():
            return {"impact": model.coefficient}
