"""What a fill does to cash and position, and the note of it; as `engine.backtest.rules.account`."""

from __future__ import annotations

import math

from engine.backtest.desk.prices import bankruptcy_price, level, to_lot
from engine.backtest.desk.records import LIQUIDATION, NOBODY, Desk, Rows
from engine.compiled import inlined


@inlined
def equity_at(desk: Desk, price: float) -> float:
    """What the account is worth with the market at `price`."""
    held = desk.account
    if held.side == 0:
        return held.cash
    return held.cash + held.side * (held.quantity * price - held.cost)


@inlined
def affordable(desk: Desk, price: float, fee: float) -> float:
    """The largest quantity that can be added at `price` with what is free."""
    leverage = desk.terms.leverage
    free = equity_at(desk, price) - desk.account.cost / leverage
    return max(free, 0.0) / (price * (1 / leverage + fee))


@inlined
def allowed(desk: Desk, quantity: float) -> float:
    """What of `quantity` the bar's volume still allows."""
    left = desk.account.volume_left
    return quantity if quantity <= left else to_lot(desk, left)


@inlined
def settle_funding(desk: Desk, stamps: Rows) -> None:
    """Pay the stamps of this open on what is held."""
    account = desk.account
    while account.stamp < stamps.size and stamps[account.stamp].bar == account.bar:
        stamp = stamps[account.stamp]
        if account.side != 0:
            payment = account.side * (account.quantity * stamp.price * stamp.rate)
            account.cash -= payment
            account.funding += payment
        account.stamp += 1


@inlined
def reduce(
    desk: Desk, quantity: float, price: float, aimed: float, reason: int, maker: bool, order: int
) -> None:
    """Close `quantity` of the position at `price`."""
    account = desk.account
    row = _note(desk, -account.side, quantity, price, aimed, reason, maker, order)
    whole = quantity == account.quantity
    share = 1.0 if whole else quantity / account.quantity
    cost = account.cost if whole else account.cost * quantity / account.quantity
    fees, slipped, funding = account.fees * share, account.slipped * share, account.funding * share
    if row < desk.events.size:
        event = desk.events[row]
        event.closes = 1
        event.entry_bar = account.entry_bar
        event.entry_id = account.entry_id
        event.entry_price = account.cost / account.quantity
        event.entry_fee = fees
        event.entry_slipped = slipped
        event.funding = funding
        event.stop_loss = account.stop_loss
        event.take_profit = account.take_profit
    account.cash += account.side * (quantity * price - cost) - fee_of(desk, quantity, price, maker)
    account.quantity -= quantity
    account.cost -= cost
    account.fees -= fees
    account.slipped -= slipped
    account.funding -= funding
    if whole:
        _flatten(desk)


@inlined
def add(
    desk: Desk, side: int, quantity: float, price: float, aimed: float, reason: int, maker: bool, order: int
) -> None:
    """Open a position, or add to it."""
    account = desk.account
    row = _note(desk, side, quantity, price, aimed, reason, maker, order)
    fee = fee_of(desk, quantity, price, maker)
    if account.side == 0:
        account.side = side
        account.best = price
        account.entry_bar = account.bar
        account.entry_id = order
    account.cash -= fee
    account.quantity += quantity
    account.cost += quantity * price
    account.fees += fee
    account.slipped += abs(price - aimed) * quantity
    if row < desk.events.size:
        desk.events[row].closes = 0


@inlined
def protect(desk: Desk, stop_loss: float, take_profit: float, trailing_stop: float) -> None:
    """Set the position's levels anew, from its average entry price; NaN for none."""
    account = desk.account
    entry = account.cost / account.quantity
    account.stop_loss = level(desk, entry, -account.side, stop_loss)
    account.take_profit = level(desk, entry, account.side, take_profit)
    account.trailing_stop = trailing_stop


@inlined
def liquidate(desk: Desk) -> None:
    """Close everything at the bankruptcy price."""
    price = bankruptcy_price(desk)
    reduce(desk, desk.account.quantity, price, price, LIQUIDATION, False, NOBODY)


@inlined
def reject(desk: Desk, order: int, why: int) -> None:
    """Note that an order was refused or cancelled."""
    account = desk.account
    if account.events < desk.events.size:
        event = desk.events[account.events]
        event.bar = account.bar
        event.id = order
        event.rejected = 1
        event.reason = why
    account.events += 1


@inlined
def fee_of(desk: Desk, quantity: float, price: float, maker: bool) -> float:
    """The fee of a fill, quote currency."""
    return quantity * price * (desk.terms.maker if maker else desk.terms.taker)


@inlined
def _note(
    desk: Desk, side: int, quantity: float, price: float, aimed: float, reason: int, maker: bool, order: int
) -> int:
    """Note a fill, use up volume, and return the row; a row beyond the events is counted, not written."""
    account = desk.account
    row = account.events
    account.events += 1
    account.volume_left = max(account.volume_left - quantity, 0.0)
    if row < desk.events.size:
        event = desk.events[row]
        event.bar = account.bar
        event.id = order
        event.side = side
        event.rejected = 0
        event.reason = reason
        event.maker = maker
        event.price = price
        event.quantity = quantity
        event.fee = fee_of(desk, quantity, price, maker)
        event.slipped = abs(price - aimed) * quantity
    return row


@inlined
def _flatten(desk: Desk) -> None:
    account = desk.account
    account.side = 0
    account.quantity = 0.0
    account.cost = 0.0
    account.fees = 0.0
    account.slipped = 0.0
    account.funding = 0.0
    account.stop_loss = math.nan
    account.take_profit = math.nan
    account.trailing_stop = math.nan
