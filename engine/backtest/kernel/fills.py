"""Fills: what one does to cash and position, and what is written down when a position has gone."""

from __future__ import annotations

import math

from engine.backtest.kernel.forms import (
    LIQUIDATION,
    NOTHING,
    RUINED,
    TAKE_PROFIT,
    Desk,
    Ledger,
    LedgerRow,
    Table,
    Terms,
)
from engine.backtest.kernel.margin import bankruptcy_price, liquidation_price
from engine.backtest.kernel.pricing import STEP_ROUNDING, down_to, outwards, taker_price
from engine.backtest.kernel.sizing import payable
from engine.compiled import inlined_arrayless


@inlined_arrayless
def fill_entry(desk: Desk, terms: Terms, tiers: Table, wanted: float) -> None:
    """Fill what there is room for of `wanted` by the entry that is due, at the open; the rest stays due."""
    side, aim = desk.order_side, desk.open
    quantity = _taken(desk, terms, wanted)
    desk.order_quantity = wanted - quantity
    if not desk.order_quantity > 0.0:
        cancel_entry(desk)
    if not quantity > 0.0:
        return
    fill = taker_price(desk, terms, aim, side, quantity)
    if desk.side == 0:
        _open(desk, side, fill)
    total = desk.quantity + quantity
    if desk.quantity > 0.0:
        desk.entry_price = (desk.entry_price * desk.quantity + fill * quantity) / total
    desk.quantity = desk.entered = total
    fee, slipped = fill * quantity * terms.taker, abs(fill - aim) * quantity
    _pay(desk, fee, slipped)
    desk.cash -= fee
    desk.notional += fill * quantity
    _set_levels(desk, terms, tiers)


@inlined_arrayless
def fill_exit(desk: Desk, terms: Terms, tiers: Table, ledger: Ledger, aim: float, reason: int) -> None:
    """Close what there is room for at `aim`; liquidation and ruin know no cap.

    A target rests in the book: maker, at its price. A liquidation pays the taker's fee at the bankruptcy
    price. Everything else takes: fee, slippage, tick. Rest of what takes is closed at the next open.
    """
    if reason != TAKE_PROFIT and desk.closing == NOTHING:
        desk.closing = reason
        cancel_entry(desk)
    forced = reason in (LIQUIDATION, RUINED)
    quantity = desk.quantity if forced else _taken(desk, terms, desk.quantity)
    if desk.reason == NOTHING and (quantity > 0.0 or reason != TAKE_PROFIT):
        desk.reason = reason
    if not quantity > 0.0:
        return
    fill, rate = aim, terms.taker
    if reason == TAKE_PROFIT:
        rate = terms.maker
    elif reason != LIQUIDATION:
        fill = taker_price(desk, terms, aim, -desk.side, quantity)
    fee, slipped = fill * quantity * rate, abs(fill - aim) * quantity
    _pay(desk, fee, slipped)
    desk.cash += desk.side * quantity * (fill - desk.entry_price) - fee
    desk.notional += fill * quantity
    desk.proceeds += fill * quantity
    desk.quantity = desk.quantity - quantity if quantity < desk.quantity else 0.0
    if desk.quantity > 0.0:
        desk.liquidation = liquidation_price(terms, tiers, desk.side, desk.entry_price, desk.quantity)
        return
    whole = quantity == desk.entered
    close_books(desk, ledger, fill if whole else desk.proceeds / desk.entered)


@inlined_arrayless
def liquidate(desk: Desk, terms: Terms, tiers: Table, ledger: Ledger) -> None:
    """Close all of it at the bankruptcy price."""
    desk.liquidations += 1
    aim = bankruptcy_price(terms, desk.side, desk.entry_price)
    fill_exit(desk, terms, tiers, ledger, aim, LIQUIDATION)


@inlined_arrayless
def cancel_entry(desk: Desk) -> None:
    """Drop what is left of an entry."""
    desk.order_side = 0
    desk.order_quantity = math.nan


@inlined_arrayless
def still_payable(desk: Desk, terms: Terms) -> float:
    """What is left of an entry that was carried over, cut to what can be paid at this open."""
    wanted, aim, side = desk.order_quantity, desk.open, desk.order_side
    price = taker_price(desk, terms, aim, side, 0.0)
    if terms.impact > 0.0:
        first = min(wanted, payable(desk, terms, price))
        price = taker_price(desk, terms, aim, side, first)
    most = payable(desk, terms, price)
    return wanted if wanted <= most * (1.0 + STEP_ROUNDING) else down_to(max(most, 0.0), terms.lot)


@inlined_arrayless
def close_books(desk: Desk, ledger: Ledger, price: float) -> None:
    """The position has gone at an average `price`: add it to the totals and the ledger."""
    pnl = desk.side * desk.entered * (price - desk.entry_price) - desk.fees - desk.funding
    notional = desk.entered * desk.entry_price
    net_return = pnl / notional if notional > 0.0 else 0.0
    if ledger.size > 0:
        write_row(desk, ledger, price)
    desk.trades += 1
    desk.returns += net_return
    if pnl > 0.0:
        desk.wins += 1
        desk.won += pnl
        desk.win_returns += net_return
    elif pnl < 0.0:
        desk.losses += 1
        desk.lost -= pnl
        desk.loss_returns -= net_return
    desk.side = 0
    desk.closing = desk.reason = NOTHING


@inlined_arrayless
def write_row(desk: Desk, ledger: Ledger, price: float) -> None:
    """The position as the ledger's next row, its exits at an average `price`; while open, what is held."""
    row: LedgerRow = ledger[desk.trades]
    pnl = desk.side * desk.entered * (price - desk.entry_price) - desk.fees - desk.funding
    notional = desk.entered * desk.entry_price
    row.side = desk.side
    row.row = desk.row
    row.entry_bar = desk.entry_bar
    row.exit_bar = desk.bar
    row.reason = desk.reason
    row.entry_price = desk.entry_price
    row.exit_price = price
    row.quantity = desk.quantity if desk.quantity > 0.0 else desk.entered
    row.pnl = pnl
    row.net_return = pnl / notional if notional > 0.0 else 0.0
    row.fees = desk.fees
    row.slippage = desk.slippage
    row.funding = desk.funding
    row.stop_loss = desk.stop
    row.take_profit = desk.target


@inlined_arrayless
def _taken(desk: Desk, terms: Terms, wanted: float) -> float:
    """What the bar has room for of `wanted`: all of it, or whole lots of the room, which shrinks by it."""
    fits = wanted <= desk.room * (1.0 + STEP_ROUNDING)
    quantity = wanted if fits else down_to(max(desk.room, 0.0), terms.lot)
    desk.room -= quantity
    return quantity


@inlined_arrayless
def _open(desk: Desk, side: int, fill: float) -> None:
    desk.side, desk.entry_bar, desk.row = side, desk.bar, desk.order_row
    desk.entry_price = desk.best = fill
    desk.stop_loss, desk.take_profit = desk.order_stop_loss, desk.order_take_profit
    desk.trailing_stop = desk.order_trailing_stop
    desk.fees = desk.slippage = desk.funding = desk.proceeds = 0.0
    desk.reason = desk.closing = NOTHING


@inlined_arrayless
def _pay(desk: Desk, fee: float, slipped: float) -> None:
    desk.fees += fee
    desk.slippage += slipped
    desk.fees_paid += fee
    desk.slippage_paid += slipped


@inlined_arrayless
def _set_levels(desk: Desk, terms: Terms, tiers: Table) -> None:
    """Stop and target from the average entry price, to the tick; the liquidation price as it is."""
    stop = desk.entry_price * (1.0 - desk.side * desk.stop_loss)
    target = desk.entry_price * (1.0 + desk.side * desk.take_profit)
    desk.stop = outwards(stop, -desk.side, terms.tick)
    desk.target = outwards(target, desk.side, terms.tick)
    desk.liquidation = liquidation_price(terms, tiers, desk.side, desk.entry_price, desk.quantity)
