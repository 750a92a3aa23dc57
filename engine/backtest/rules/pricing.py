"""Prices and quantities: slippage, ticks, lots, levels, and where a position is liquidated."""

from __future__ import annotations

from engine.backtest.rules.state import Bar
from engine.backtest.rules.terms import N, Terms

_NEARLY = "1e-9"  # a quotient this near to a whole number of steps is one


def taken(price: N, side: int, quantity: N, last: Bar[N] | None, terms: Terms[N]) -> N:
    """The price at which a taker buys (side +1) or sells (-1) `quantity` with the market at `price`."""
    worse = to_tick(price * (1 + side * _slippage(quantity, last, terms)), side, terms)
    return worse if terms.filters.tick is None else max(worse, terms.filters.tick)


def _slippage(quantity: N, last: Bar[N] | None, terms: Terms[N]) -> N:
    model, number = terms.slippage, terms.arithmetic.number
    if last is None:
        return min(model.fixed, number("0.5"))
    span = (last.high - last.low) / last.close
    part = quantity / last.volume if last.volume > 0 else number(1)
    impact = model.impact * terms.arithmetic.root(part) if quantity > 0 else number(0)
    return min(model.fixed + span * (model.share + impact), number("0.5"))


def to_tick(price: N, direction: int, terms: Terms[N]) -> N:
    """The next multiple of the tick, upwards (+1) or downwards (-1); as booked where there is no tick."""
    tick = terms.filters.tick
    if tick is None:
        return terms.arithmetic.settled(price)
    nearly = terms.arithmetic.number(_NEARLY)
    down = (price / tick + nearly) // 1
    if direction > 0 and price / tick - down > nearly:
        down += 1
    return down * tick


def to_lot(quantity: N, terms: Terms[N]) -> N:
    """The largest multiple of the lot that is not above `quantity`; as booked where there is no lot."""
    lot = terms.filters.lot
    if lot is None:
        return terms.arithmetic.settled(quantity)
    return (quantity / lot + terms.arithmetic.number(_NEARLY)) // 1 * lot


def is_multiple(value: N, step: N | None, terms: Terms[N]) -> bool:
    """Whether `value` is a whole number of steps; anything is where there is no step."""
    if step is None:
        return True
    nearly = terms.arithmetic.number(_NEARLY)
    return abs(value / step - (value / step + nearly) // 1) <= nearly


def level(entry: N, side: int, fraction: N | None, terms: Terms[N]) -> N | None:
    """The price `fraction` away from `entry`, on the side `side` (+1 above), to the tick away from it."""
    if fraction is None:
        return None
    return to_tick(entry * (1 + side * fraction), side, terms)


def liquidation_price(side: int, quantity: N, cost: N, terms: Terms[N]) -> N | None:
    """The mark at which margin + gain equals maintenance margin; see `engine.backtest.margin`."""
    if terms.tiers is None:
        return None
    for tier in terms.tiers:
        top = cost * (1 - side / terms.leverage) - side * tier.deduction
        price = top / (quantity * (1 - side * tier.rate))
        if tier.limit is None or quantity * price <= tier.limit:
            return price if price > 0 else None
    return None


def bankruptcy_price(side: int, quantity: N, cost: N, terms: Terms[N]) -> N:
    """The price at which the margin is used up."""
    return terms.arithmetic.settled(cost / quantity * (1 - side / terms.leverage))
