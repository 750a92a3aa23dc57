"""Prices and quantities: slippage, ticks, lots, levels, liquidation; as `engine.backtest.rules.pricing`."""

from __future__ import annotations

import math

import numpy as np

from engine.backtest.desk.records import Desk
from engine.compiled import inlined

_NEARLY = 1e-9


@inlined
def taken(desk: Desk, price: float, side: int, quantity: float) -> float:
    """The price at which a taker buys or sells `quantity` with the market at `price`."""
    worse = to_tick(desk, price * (1 + side * _slippage(desk, quantity)), side)
    return max(worse, desk.terms.tick)


@inlined
def _slippage(desk: Desk, quantity: float) -> float:
    terms, last = desk.terms, desk.last
    if desk.account.bar == 0:
        return min(terms.slippage, 0.5)
    span = (last.high - last.low) / last.close
    part = quantity / last.volume if last.volume > 0 else 1.0
    impact = terms.impact * math.sqrt(part) if quantity > 0 else 0.0
    return min(terms.slippage + span * (terms.share + impact), 0.5)


@inlined
def to_tick(desk: Desk, price: float, direction: int) -> float:
    """The next multiple of the tick, upwards (+1) or downwards (-1)."""
    tick = desk.terms.tick
    if tick == 0.0 or math.isnan(price):
        return price
    down = np.floor(price / tick + _NEARLY)
    if direction > 0 and price / tick - down > _NEARLY:
        down += 1
    return down * tick


@inlined
def to_lot(desk: Desk, quantity: float) -> float:
    """The largest multiple of the lot that is not above `quantity`."""
    lot = desk.terms.lot
    return quantity if lot == 0.0 else np.floor(quantity / lot + _NEARLY) * lot


@inlined
def is_multiple(value: float, step: float) -> bool:
    """Whether `value` is a whole number of steps, or there is none of either."""
    if step == 0.0 or math.isnan(value):
        return True
    return abs(value / step - np.floor(value / step + _NEARLY)) <= _NEARLY


@inlined
def level(desk: Desk, entry: float, side: int, fraction: float) -> float:
    """The price `fraction` away from `entry`, on the side `side` (+1 above), to the tick away from it."""
    return to_tick(desk, entry * (1 + side * fraction), side)


@inlined
def liquidation_price(desk: Desk) -> float:
    """Where the mark liquidates what is held; NaN where nothing does. See `engine.backtest.margin`."""
    held, leverage = desk.account, desk.terms.leverage
    if held.side == 0:
        return math.nan
    for row in range(desk.tiers.size):
        tier = desk.tiers[row]
        top = held.cost * (1 - held.side / leverage) - held.side * tier.deduction
        price = top / (held.quantity * (1 - held.side * tier.rate))
        if held.quantity * price <= tier.limit:
            return price if price > 0.0 else math.nan
    return math.nan


@inlined
def bankruptcy_price(desk: Desk) -> float:
    """The price at which the margin of what is held is used up."""
    held = desk.account
    return held.cost / held.quantity * (1 - held.side / desk.terms.leverage)


@inlined
def trailing_level(desk: Desk, best: float, side: int, fraction: float) -> float:
    """Where a trailing stop that sells (side -1) or buys (+1) stands; NaN for no fraction."""
    return to_tick(desk, best * (1 + side * fraction), side)
