"""The open of a bar: what was carried over, and the signal that arrives."""

from __future__ import annotations

import math

from engine.backtest.kernel.fills import cancel_entry, fill_entry, fill_exit, still_payable
from engine.backtest.kernel.forms import (
    NOTHING,
    RE_ENTRY,
    REVERSE,
    SIGNAL,
    Desk,
    Floats,
    Ledger,
    Rows,
    Table,
    Terms,
)
from engine.backtest.kernel.sizing import size_of_entry
from engine.compiled import inlined


@inlined
def settle_funding(desk: Desk, price: float, rate: float) -> None:
    """Pay (or be paid) one stamp on the position."""
    payment = desk.side * desk.quantity * price * rate
    desk.funding += payment
    desk.funding_paid += payment
    desk.cash -= payment


@inlined
def carry_on(desk: Desk, terms: Terms, tiers: Table, ledger: Ledger) -> None:
    """Rests of market orders: the closing, then the entry."""
    if desk.closing != NOTHING:
        desk.carried += 1
        fill_exit(desk, terms, tiers, ledger, desk.open, desk.closing)
    if desk.order_side != 0:
        desk.carried += 1
        enter(desk, terms, tiers)


@inlined
def held_side(desk: Desk) -> int:
    """The side held, as a signal sees it: of the entry being filled, else of a position that stays."""
    if desk.order_side != 0:
        return desk.order_side
    return desk.side if desk.closing == NOTHING else 0


@inlined
def leave(desk: Desk, terms: Terms, tiers: Table, ledger: Ledger, reason: int) -> None:
    """Close what is held, and drop what is left of its entry."""
    cancel_entry(desk)
    if desk.side != 0 and desk.closing == NOTHING:
        fill_exit(desk, terms, tiers, ledger, desk.open, reason)


@inlined
def enter(desk: Desk, terms: Terms, tiers: Table) -> None:
    """Fill the entry that is due, sized when the account is flat; behind a closing it waits."""
    if desk.closing != NOTHING:
        return
    wanted = size_of_entry(desk, terms) if math.isnan(desk.order_quantity) else still_payable(desk, terms)
    if wanted > 0.0:
        fill_entry(desk, terms, tiers, wanted)
    else:
        cancel_entry(desk)


@inlined
def order_entry(desk: Desk, rows: Rows, base: Floats, row: int, side: int) -> None:
    """Make the entry of a row the one that is due: levels and size are frozen here."""
    desk.order_side, desk.order_row, desk.order_quantity = side, row, math.nan
    desk.order_stop_loss = _value(rows.stop_loss, row, math.nan)
    desk.order_take_profit = _value(rows.take_profit, row, math.nan)
    desk.order_trailing_stop = _value(rows.trailing_stop, row, math.nan)
    desk.order_size = _value(rows.size, row, 1.0)
    desk.order_base = _value(base, row, math.nan)


@inlined
def reason_to_leave(held: int, wanted: int, leaves: bool) -> int:
    """Why a row that wants to enter `wanted` closes what is held; NOTHING when it does not."""
    if leaves:
        return RE_ENTRY if wanted == held else SIGNAL
    return REVERSE if wanted == -held else NOTHING


@inlined
def _value(column: Floats, row: int, absent: float) -> float:
    """A column's value at `row`; `absent` when it has none there, or there is no such column."""
    if column.size == 0 or math.isnan(column[row]):
        return absent
    return column[row]
