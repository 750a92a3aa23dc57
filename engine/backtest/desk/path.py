"""Inside a bar the price walks to one extreme, the other, the close; as `engine.backtest.rules.path`."""

from __future__ import annotations

import math

from engine.backtest.desk.account import allowed, liquidate, reduce
from engine.backtest.desk.prices import liquidation_price, trailing_level
from engine.backtest.desk.records import (
    CLOSING,
    LIMIT,
    MARKET,
    NOBODY,
    STOP_LIMIT,
    STOP_LOSS,
    TAKE_PROFIT,
    TRAILING_STOP,
    Desk,
)
from engine.backtest.desk.working import close, execute, remove
from engine.compiled import inlined

# What the price can meet besides an order's row.
_NOTHING, _LIQUIDATION, _STOP, _TARGET = -1, -2, -3, -4


@inlined
def walk(desk: Desk, start: float, end: float, mark: float) -> None:
    """From `start` to `end`, the mark to `mark`; where both are one, what lies behind it is met."""
    at = start
    while True:
        what, price, ahead = _next(desk, at, end, mark)
        if what == _NOTHING:
            return
        if ahead:
            at = price
        if what == _LIQUIDATION:
            meet_liquidation(desk, mark)
        elif what == _STOP:
            _leave(desk, stop_of(desk)[1], at)
        elif what == _TARGET:
            reduce(desk, allowed(desk, desk.account.quantity), at, at, TAKE_PROFIT, True, NOBODY)
        elif not _meet(desk, what, at):
            remove(desk, what)


@inlined
def meet_liquidation(desk: Desk, mark: float) -> None:
    """Liquidate when the mark is at or beyond the liquidation price."""
    if desk.account.side * (mark - liquidation_price(desk)) <= 0.0:
        liquidate(desk)
        _forget_closing(desk)


@inlined
def stop_of(desk: Desk) -> tuple[float, int]:
    """The tighter of the position's stop loss and trailing stop (NaN for none), and which of them it is."""
    held = desk.account
    trailing = trailing_level(desk, held.best, -held.side, held.trailing_stop)
    if math.isnan(trailing) or held.side * (trailing - held.stop_loss) <= 0.0:
        return held.stop_loss, STOP_LOSS
    return trailing, TRAILING_STOP


@inlined
def falls_first(desk: Desk, price: float) -> bool:
    """Whether the price goes to the low first. An extreme at which the bar opens has been met already."""
    if price in (desk.bar.low, desk.bar.high):
        return price == desk.bar.low
    side = desk.account.side
    low = side > 0 if side != 0 else _nearest_is_below(desk, price)
    return low != desk.terms.target_first


@inlined
def is_ambiguous(desk: Desk) -> bool:
    """Whether the bar reaches both a stop (or the liquidation) and the target of what is held."""
    held, bar = desk.account, desk.bar
    favourable, adverse, marked = bar.high, bar.low, bar.mark_low
    if held.side < 0:
        favourable, adverse, marked = bar.low, bar.high, bar.mark_high
    if held.side == 0 or _is_closing(desk) or not held.side * (favourable - held.take_profit) >= 0.0:
        return False
    stopped = held.side * (adverse - stop_of(desk)[0]) <= 0.0
    return stopped or held.side * (marked - liquidation_price(desk)) <= 0.0


@inlined
def is_contested(desk: Desk) -> bool:
    """Whether orders decide otherwise when the other extreme comes first.

    They may where something waits on both sides of the open within the bar, and where an order does that
    leaves something new behind: one with a bracket, a stop-limit, or, under a margin, one that may add.
    """
    bar, account = desk.bar, desk.account
    if account.working == 0:
        return False
    above = below = False
    for at in range(account.working):
        price = _waits_for(desk, at)[0]
        reached = bar.low <= price and price <= bar.high
        order = desk.book[at]
        adds = order.bracketed or (desk.tiers.size > 0 and not order.reduce_only)
        if reached and (adds or (order.kind == STOP_LIMIT and not order.triggered)):
            return True
        above |= reached and price >= bar.open
        below |= reached and price <= bar.open
    if account.side != 0:
        for price in (stop_of(desk)[0], account.take_profit):
            reached = bar.low <= price and price <= bar.high
            above |= reached and price >= bar.open
            below |= reached and price <= bar.open
        marked = bar.mark_low if account.side > 0 else bar.mark_high
        liquidated = account.side * (marked - liquidation_price(desk)) <= 0.0
        above |= liquidated and account.side < 0
        below |= liquidated and account.side > 0
    return above and below


@inlined
def _next(desk: Desk, at: float, end: float, mark: float) -> tuple[int, float, bool]:
    """What the price meets first between `at` and `end`, at which price, and whether it lies ahead."""
    held = desk.account
    what, met, nearest = _NOTHING, math.nan, math.inf
    if held.side != 0:
        rises = held.side < 0
        price = liquidation_price(desk)
        if held.side * (mark - price) <= 0.0:
            # The mark decides whether; the price gets there at the end of the leg, if not before.
            price = min(price, end) if rises else max(price, end)
            distance = _distance(price, rises, at, end)
            if distance < nearest:
                what, met, nearest = _LIQUIDATION, price, distance
        if not _is_closing(desk):
            price = stop_of(desk)[0]
            distance = _distance(price, rises, at, end)
            if distance < nearest:
                what, met, nearest = _STOP, price, distance
            if not math.isnan(held.take_profit) and allowed(desk, held.quantity) > 0.0:
                distance = _distance(held.take_profit, not rises, at, end)
                if distance < nearest:
                    what, met, nearest = _TARGET, held.take_profit, distance
    for row in range(held.working):
        price, rises = _waits_for(desk, row)
        distance = _distance(price, rises, at, end)
        if distance < nearest and (not _rests(desk, row) or allowed(desk, desk.book[row].left) > 0.0):
            what, met, nearest = row, price, distance
    return what, met, nearest > 0.0


@inlined
def _distance(price: float, rises: bool, at: float, end: float) -> float:
    """How far it is to a level that lies between `at` and `end` (0 when it is met already), else infinite.

    Args:
        rises: met by a price that rises to it, else by one that falls.
    """
    ahead = price - at if rises else at - price
    if ahead <= 0.0:
        return 0.0
    if rises == (end > at) and ahead <= abs(end - at):
        return ahead
    return math.inf


@inlined
def _rests(desk: Desk, row: int) -> bool:
    """Whether an order waits in the order book, as maker."""
    order = desk.book[row]
    return order.kind in (LIMIT, TAKE_PROFIT) or (order.kind == STOP_LIMIT and order.triggered != 0)


@inlined
def _waits_for(desk: Desk, row: int) -> tuple[float, bool]:
    """The price at which something happens to an order (NaN for none), and whether it is met from below."""
    order = desk.book[row]
    if _rests(desk, row):
        return order.price, order.side < 0
    if order.kind in (MARKET, CLOSING) or order.triggered != 0:
        return math.nan, False
    if order.kind == TRAILING_STOP:
        return trailing_level(desk, order.best, order.side, order.fraction), order.side > 0
    return order.trigger, order.side > 0


@inlined
def _meet(desk: Desk, row: int, at: float) -> bool:
    """What happens to an order whose price is met; whether it stays."""
    if _rests(desk, row):
        return execute(desk, row, at, True)
    order = desk.book[row]
    order.triggered = 1
    if order.kind == STOP_LIMIT and order.side * (order.price - at) < 0.0:
        return True
    return execute(desk, row, at, False)


@inlined
def _leave(desk: Desk, reason: int, at: float) -> None:
    """Close the position at the market; what the volume does not allow is carried over."""
    if close(desk, reason, at):
        account = desk.account
        rest = desk.book[account.working]
        rest.id = NOBODY
        rest.kind = CLOSING
        rest.reason = reason
        rest.bracketed = 0
        rest.triggered = 0
        account.working += 1


@inlined
def _is_closing(desk: Desk) -> bool:
    closings = 0
    for row in range(desk.account.working):
        closings += desk.book[row].kind == CLOSING
    return closings > 0


@inlined
def _forget_closing(desk: Desk) -> None:
    for row in range(desk.account.working - 1, -1, -1):
        if desk.book[row].kind == CLOSING:
            remove(desk, row)


@inlined
def _nearest_is_below(desk: Desk, price: float) -> bool:
    """Whether what orders wait for nearest to the open lies below it; also when nothing waits."""
    nearest, below = math.inf, True
    for row in range(desk.account.working):
        level = _waits_for(desk, row)[0]
        if abs(level - price) < nearest:
            nearest, below = abs(level - price), level <= price
    return below
