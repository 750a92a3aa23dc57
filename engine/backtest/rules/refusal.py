"""Orders that the exchange refuses at arrival, by the instrument's filters."""

from __future__ import annotations

from engine.backtest.rules.pricing import is_multiple
from engine.backtest.rules.terms import N, Terms
from engine.strategy.orders import (
    LimitOrder,
    Order,
    RejectionReason,
    StopLimitOrder,
    StopOrder,
    TakeProfitOrder,
)


def why_refused(order: Order[N], price: N, terms: Terms[N]) -> RejectionReason | None:
    """Why an order that arrives with the market at `price` is refused; None when it is not."""
    filters = terms.filters
    if not all(is_multiple(value, filters.tick, terms) for value in _prices(order)):
        return RejectionReason.PRICE_OFF_TICK
    if not is_multiple(order.quantity, filters.lot, terms):
        return RejectionReason.QUANTITY_OFF_LOT
    if order.reduce_only:
        return None
    most = (
        filters.max_quantity
        if isinstance(order, LimitOrder | StopLimitOrder)
        else filters.max_market_quantity
    )
    if most is not None and order.quantity > most:
        return RejectionReason.ABOVE_MAXIMUM
    value = order.quantity * (_prices(order) or (price,))[-1]
    if order.quantity < filters.min_quantity or value < filters.min_notional:
        return RejectionReason.BELOW_MINIMUM
    return None


def _prices(order: Order[N]) -> tuple[N, ...]:
    """The prices that an order names; the one that makes its value last."""
    if isinstance(order, LimitOrder | TakeProfitOrder):
        return (order.price,)
    if isinstance(order, StopLimitOrder):
        return (order.trigger, order.price)
    if isinstance(order, StopOrder):
        return (order.trigger,)
    return ()
