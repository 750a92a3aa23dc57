"""What happens at an open: market orders, arrivals, and what a signal asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.backtest.rules.account import Account
from engine.backtest.rules.pricing import taken
from engine.backtest.rules.refusal import why_refused
from engine.backtest.rules.sizing import quantity_of, still_payable
from engine.backtest.rules.state import SignalRow
from engine.backtest.rules.terms import N
from engine.backtest.rules.working import Closing, Entry, Placed, Working
from engine.strategy.orders import (
    Bracket,
    Cancel,
    FillReason,
    Intent,
    LimitOrder,
    MarketOrder,
    Place,
    RejectionReason,
    StopLimitOrder,
    StopOrder,
    TakeProfitOrder,
    TimeInForce,
    TrailingStopOrder,
)

_REASONS: dict[type, FillReason] = {
    MarketOrder: FillReason.MARKET,
    LimitOrder: FillReason.LIMIT,
    StopOrder: FillReason.STOP,
    StopLimitOrder: FillReason.STOP_LIMIT,
    TakeProfitOrder: FillReason.TAKE_PROFIT,
    TrailingStopOrder: FillReason.TRAILING_STOP,
}


def carry_on(working: Iterable[Working[N]], account: Account[N], price: N) -> list[Working[N]]:
    """Market orders go on at this open; everything else waits for its level."""
    left = [_at_market(each, account, price) for each in working]
    return [each for each in left if each is not None]


def arrive(
    asked: Iterable[Intent[N] | SignalRow[N]], working: list[Working[N]], account: Account[N], price: N
) -> list[Working[N]]:
    """What reaches the exchange at this open: cancellations first, then the rest in order."""
    asked = list(asked)
    cancelled = {intent.id for intent in asked if isinstance(intent, Cancel)}
    working = [each for each in working if not (isinstance(each, Placed) and each.id in cancelled)]
    for intent in asked:
        if isinstance(intent, SignalRow):
            working = _heed(intent, working, account, price)
        elif isinstance(intent, Place) and intent.id not in cancelled:
            placed = _place(intent, account, price)
            working = working if placed is None else [*working, placed]
    return working


def execute(placed: Placed[N], account: Account[N], price: N, *, maker: bool) -> Placed[N] | None:
    """Fill what can be filled with the market at `price`; what is left of the order, None when it is done."""
    order, reason, held, none = (
        placed.order,
        _REASONS[type(placed.order)],
        account.position,
        account.terms.arithmetic.number(0),
    )
    opposite = held.quantity if held and held.side == -order.side else none
    left = placed.left
    if order.reduce_only or (order.side < 0 and not account.terms.shorting):
        if opposite < left and not order.reduce_only:
            account.reject(placed.id, RejectionReason.NO_SHORTING)
        elif not opposite:
            account.reject(placed.id, RejectionReason.NOTHING_TO_REDUCE)
        left = min(left, opposite)
    part = account.allowed(left)
    if part <= 0:
        return replace(placed, left=left) if left > 0 else None
    fill = (
        price if maker else _no_further(taken(price, order.side, part, account.last, account.terms), placed)
    )
    closing = min(part, opposite)
    if closing > 0:
        account.reduce(closing, fill, price, reason, maker=maker, order_id=placed.id, tag=order.tag)
    opening = part - closing
    if opening > 0 and not _added(placed, account, opening, fill, price, reason, maker=maker):
        return None
    return replace(placed, left=left - part) if left > part else None


def close(closing: Closing, account: Account[N], price: N) -> Closing | None:
    """Close what the volume allows, as taker with the market at `price`; None when nothing is held now."""
    held = account.position
    part = account.allowed(held.quantity) if held else account.terms.arithmetic.number(0)
    if held and part > 0:
        fill = taken(price, -held.side, part, account.last, account.terms)
        account.reduce(part, fill, price, closing.reason, tag=closing.tag)
    return closing if account.position else None


def _added(
    placed: Placed[N], account: Account[N], quantity: N, fill: N, aimed: N, reason: FillReason, *, maker: bool
) -> bool:
    """Add to the position, or cancel the order when that cannot be paid in full."""
    terms, order = account.terms, placed.order
    fee = terms.maker if maker else terms.taker
    nearly = 1 + terms.arithmetic.number("1e-12")
    value = quantity * fill + (account.position.cost if account.position else terms.arithmetic.number(0))
    beyond = terms.max_notional is not None and value > terms.max_notional * nearly
    if beyond or quantity > account.affordable(fill, fee) * nearly:
        account.reject(placed.id, RejectionReason.INSUFFICIENT_BALANCE)
        return False
    account.add(
        order.side,
        quantity,
        fill,
        aimed,
        reason,
        bracket=order.bracket,
        maker=maker,
        order_id=placed.id,
        tag=order.tag,
    )
    return True


def _no_further(fill: N, placed: Placed[N]) -> N:
    """A limit order pays no more than its price, and takes no less."""
    order = placed.order
    if isinstance(order, LimitOrder | StopLimitOrder):
        return min(fill, order.price) if order.side > 0 else max(fill, order.price)
    return fill


def _at_market(working: Working[N], account: Account[N], price: N) -> Working[N] | None:
    if isinstance(working, Closing):
        return close(working, account, price)
    if isinstance(working, Entry):
        return _enter(working, account, price)
    triggered = working.triggered and not isinstance(working.order, StopLimitOrder)
    if triggered or isinstance(working.order, MarketOrder):
        return execute(working, account, price, maker=False)
    return working


def _place(intent: Place[N], account: Account[N], price: N) -> Placed[N] | None:
    order = intent.order
    placed = Placed(intent.id, order, order.quantity)
    why = why_refused(order, price, account.terms)
    if why is not None:
        account.reject(intent.id, why)
        return None
    if isinstance(order, MarketOrder):
        return execute(placed, account, price, maker=False)
    if isinstance(order, TrailingStopOrder):
        return replace(placed, best=price)
    return _place_limit(placed, order, account, price) if isinstance(order, LimitOrder) else placed


def _place_limit(placed: Placed[N], order: LimitOrder[N], account: Account[N], price: N) -> Placed[N] | None:
    takes = order.side * (order.price - price) >= 0
    if order.time_in_force is TimeInForce.POST_ONLY and takes:
        account.reject(placed.id, RejectionReason.WOULD_TAKE)
        return None
    patient = order.time_in_force in (TimeInForce.GTC, TimeInForce.POST_ONLY)
    whole = takes and account.allowed(order.quantity) == order.quantity
    if not patient and (not takes or (order.time_in_force is TimeInForce.FOK and not whole)):
        account.reject(placed.id, RejectionReason.NOT_FILLED_WHOLE)
        return None
    if not takes:
        return placed
    rest = execute(placed, account, price, maker=False)
    return rest if patient else None


def _heed(row: SignalRow[N], working: list[Working[N]], account: Account[N], price: N) -> list[Working[N]]:
    """Read a signal against what is held; docs/engine.md has the table."""
    wanted = int(row.long_entry) - int(row.short_entry)
    if wanted < 0 and not account.terms.shorting:
        wanted = 0
    held = _held(working, account)
    leaves = row.long_exit if held > 0 else row.short_exit
    if held and (leaves or wanted == -held):
        reason = FillReason.SIGNAL if leaves else FillReason.REVERSE
        reason = FillReason.RE_ENTRY if leaves and wanted == held else reason
        working = leave(reason, working, account, price)
        held = 0
    if wanted and not held:
        entry = _entry(row, wanted, account)
        rest = _enter(entry, account, price)
        working = working if rest is None else [*working, rest]
    return working


def leave(reason: FillReason, working: list[Working[N]], account: Account[N], price: N) -> list[Working[N]]:
    """Cancel what is left of an entry, and close what is held at the market."""
    working = [each for each in working if not isinstance(each, Entry)]
    if account.position and not any(isinstance(each, Closing) for each in working):
        rest = close(Closing(reason), account, price)
        working = working if rest is None else [*working, rest]
    return working


def _held(working: list[Working[N]], account: Account[N]) -> int:
    """The side that is held or being entered; 0 when flat, and while a position is being closed."""
    for each in working:
        if isinstance(each, Entry):
            return each.side
    closing = any(isinstance(each, Closing) for each in working)
    return account.position.side if account.position and not closing else 0


def _entry(row: SignalRow[N], side: int, account: Account[N]) -> Entry[N]:
    size = account.terms.arithmetic.number(1) if row.size is None else row.size
    return Entry(side, size, row.target, row.stop_loss, row.take_profit, row.trailing_stop, row.tag)


def _enter(entry: Entry[N], account: Account[N], price: N) -> Entry[N] | None:
    """Fill what can be filled of an entry; None when it is done, refused, or can no longer be paid.

    One that is not sized yet waits until the account is flat.
    """
    if account.position and entry.left is None:
        return entry
    left = quantity_of(entry, account, price) if entry.left is None else still_payable(entry, account, price)
    if left is None:
        return None
    part = account.allowed(left)
    if part > 0:
        fill = taken(price, entry.side, part, account.last, account.terms)
        bracket = Bracket(entry.stop_loss, entry.take_profit, entry.trailing_stop)
        account.add(entry.side, part, fill, price, FillReason.ENTRY, bracket=bracket, tag=entry.tag)
    return replace(entry, left=left - part) if left > part else None
