"""Orders at the open: what is carried over and what arrives; as `engine.backtest.rules.market_orders`.

The rows of the book that work are kept in the order of their age.
"""

from __future__ import annotations

import math

from engine.backtest.desk.account import add, affordable, allowed, protect, reduce, reject
from engine.backtest.desk.prices import is_multiple, taken
from engine.backtest.desk.records import (
    ABOVE_MAXIMUM,
    ACCEPTED,
    BELOW_MINIMUM,
    CANCEL,
    CLOSING,
    FOK,
    GTC,
    INSUFFICIENT_BALANCE,
    LIMIT,
    MARKET,
    NO_SHORTING,
    NOBODY,
    NOT_FILLED_WHOLE,
    NOTHING_TO_REDUCE,
    POST_ONLY,
    PRICE_OFF_TICK,
    QUANTITY_OFF_LOT,
    STOP_LIMIT,
    TRAILING_STOP,
    WOULD_TAKE,
    Desk,
    Rows,
)
from engine.compiled import inlined

_NEARLY = 1.0 + 1e-12


@inlined
def carry_on(desk: Desk, price: float) -> None:
    """Market orders go on at this open; everything else waits for its level."""
    account = desk.account
    kept = 0
    for row in range(account.working):
        order = desk.book[row]
        stays = True
        if order.kind == CLOSING:
            stays = close(desk, order.reason, price)
        elif order.kind == MARKET or (order.triggered and order.kind != STOP_LIMIT):
            stays = execute(desk, row, price, False)
        if stays:
            if kept != row:
                desk.book[kept] = desk.book[row]
            kept += 1
    account.working = kept


@inlined
def arrive(desk: Desk, requests: Rows, price: float) -> None:
    """What reaches the exchange at this open: cancellations first, then orders in their order."""
    account = desk.account
    first = account.arrived
    stop = first
    while stop < account.asked and requests[stop].bar == account.bar:
        stop += 1
    account.arrived = stop
    for at in range(first, stop):
        if requests[at].kind == CANCEL:
            _cancel(desk, requests, requests[at].id, first, stop)
    for at in range(first, stop):
        if requests[at].kind != CANCEL:
            row = account.working
            desk.book[row] = requests[at]
            if _place(desk, row, price):
                account.working = row + 1


@inlined
def remove(desk: Desk, row: int) -> None:
    """Take a row out of the book; younger ones move up."""
    account = desk.account
    for at in range(row + 1, account.working):
        desk.book[at - 1] = desk.book[at]
    account.working -= 1


@inlined
def execute(desk: Desk, row: int, price: float, maker: bool) -> bool:
    """Fill what can be filled of an order with the market at `price`; whether something of it stays."""
    order, account = desk.book[row], desk.account
    opposite = account.quantity if account.side == -order.side else 0.0
    if order.reduce_only or (order.side < 0 and not desk.terms.shorting):
        if opposite < order.left and not order.reduce_only:
            reject(desk, order.id, NO_SHORTING)
        elif opposite == 0.0:
            reject(desk, order.id, NOTHING_TO_REDUCE)
        order.left = min(order.left, opposite)
    part = allowed(desk, order.left)
    if part <= 0.0:
        return order.left > 0.0
    fill = price if maker else _no_further(desk, row, taken(desk, price, order.side, part))
    closing = min(part, opposite)
    if closing > 0.0:
        reduce(desk, closing, fill, price, order.kind, maker, order.id)
    opening = part - closing
    if opening > 0.0 and not _added(desk, row, opening, fill, price, maker):
        return False
    order.left -= part
    return order.left > 0.0


@inlined
def close(desk: Desk, reason: int, price: float) -> bool:
    """Close what the volume allows, as taker with the market at `price`; whether something is still held."""
    account = desk.account
    part = allowed(desk, account.quantity)
    if account.side != 0 and part > 0.0:
        fill = taken(desk, price, -account.side, part)
        reduce(desk, part, fill, price, reason, False, NOBODY)
    return account.side != 0


@inlined
def _added(desk: Desk, row: int, quantity: float, fill: float, aimed: float, maker: bool) -> bool:
    """Add to the position, or cancel the order when that cannot be paid in full."""
    order, terms = desk.book[row], desk.terms
    fee = terms.maker if maker else terms.taker
    beyond = quantity * fill + desk.account.cost > terms.max_notional * _NEARLY
    if beyond or quantity > affordable(desk, fill, fee) * _NEARLY:
        reject(desk, order.id, INSUFFICIENT_BALANCE)
        return False
    add(desk, order.side, quantity, fill, aimed, order.kind, maker, order.id)
    if order.bracketed:
        protect(desk, order.stop_loss, order.take_profit, order.trailing_stop)
    return True


@inlined
def _no_further(desk: Desk, row: int, fill: float) -> float:
    """A limit order pays no more than its price, and takes no less."""
    order = desk.book[row]
    if order.kind == LIMIT or order.kind == STOP_LIMIT:
        return min(fill, order.price) if order.side > 0 else max(fill, order.price)
    return fill


@inlined
def _cancel(desk: Desk, requests: Rows, order: int, first: int, stop: int) -> None:
    """Take an order back, at work or just arriving."""
    for row in range(desk.account.working - 1, -1, -1):
        if desk.book[row].id == order and desk.book[row].kind != CLOSING:
            remove(desk, row)
    for at in range(first, stop):
        if requests[at].id == order:
            requests[at].kind = CANCEL


@inlined
def _place(desk: Desk, row: int, price: float) -> bool:
    """Take an order in; whether it stays."""
    order = desk.book[row]
    why = _refusal(desk, row, price)
    if why != ACCEPTED:
        reject(desk, order.id, why)
        return False
    if order.kind == MARKET:
        return execute(desk, row, price, False)
    if order.kind == TRAILING_STOP:
        order.best = price
    return _place_limit(desk, row, price) if order.kind == LIMIT else True


@inlined
def _place_limit(desk: Desk, row: int, price: float) -> bool:
    order = desk.book[row]
    takes = order.side * (order.price - price) >= 0.0
    if order.time_in_force == POST_ONLY and takes:
        reject(desk, order.id, WOULD_TAKE)
        return False
    patient = order.time_in_force == GTC or order.time_in_force == POST_ONLY
    whole = takes and allowed(desk, order.left) == order.left
    if not patient and (not takes or (order.time_in_force == FOK and not whole)):
        reject(desk, order.id, NOT_FILLED_WHOLE)
        return False
    if not takes:
        return True
    stays = execute(desk, row, price, False)
    return stays and patient


@inlined
def _refusal(desk: Desk, row: int, price: float) -> int:
    """Why the instrument's filters refuse an order that arrives with the market at `price`."""
    order, terms = desk.book[row], desk.terms
    if not (is_multiple(order.trigger, terms.tick) and is_multiple(order.price, terms.tick)):
        return PRICE_OFF_TICK
    if not is_multiple(order.left, terms.lot):
        return QUANTITY_OFF_LOT
    if order.reduce_only:
        return ACCEPTED
    is_limit = order.kind == LIMIT or order.kind == STOP_LIMIT
    if order.left > (terms.max_quantity if is_limit else terms.max_market_quantity):
        return ABOVE_MAXIMUM
    if not math.isnan(order.price):
        price = order.price
    elif not math.isnan(order.trigger):
        price = order.trigger
    if order.left < terms.min_quantity or order.left * price < terms.min_notional:
        return BELOW_MINIMUM
    return ACCEPTED
