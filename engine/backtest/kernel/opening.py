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
    Ledger,
    Table,
    Terms,
)
from engine.backtest.kernel.sizing import size_of_entry
from engine.compiled import inlined_arrayless


@inlined_arrayless
def settle_funding(desk: Desk, price: float, rate: float) -> None:
    """Pay (or be paid) one stamp on the position, if there is one."""
    if desk.side == 0:
        return
    payment = desk.side * desk.quantity * price * rate
    desk.funding += payment
    desk.funding_paid += payment
    desk.cash -= payment


@inlined_arrayless
def _enter(desk: Desk, terms: Terms, tiers: Table) -> None:
    """Fill the entry that is due, sized when the account is flat; behind a closing it waits."""
    if desk.closing != NOTHING:
        return
    wanted = size_of_entry(desk, terms) if math.isnan(desk.order_quantity) else still_payable(desk, terms)
    if wanted > 0.0:
        fill_entry(desk, terms, tiers, wanted)
    else:
        cancel_entry(desk)


@inlined_arrayless
def carry_on(desk: Desk, terms: Terms, tiers: Table, ledger: Ledger) -> None:
    """Rests of market orders: the closing, then the entry."""
    if desk.closing != NOTHING:
        desk.carried += 1
        fill_exit(desk, terms, tiers, ledger, desk.open, desk.closing)
    if desk.order_side != 0:
        desk.carried += 1
        _enter(desk, terms, tiers)


@inlined_arrayless
def _held_side(desk: Desk) -> int:
    """The side held, as a signal sees it: of the entry being filled, else of a position that stays."""
    if desk.order_side != 0:
        return desk.order_side
    return desk.side if desk.closing == NOTHING else 0


@inlined_arrayless
def wanted_side(terms: Terms, long_entry: bool, short_entry: bool) -> int:
    """The side that a row wants to enter; neither acts when both do, and spot has no shorts."""
    side = int(long_entry) - int(short_entry)
    return side if side > 0 or terms.shorts else 0


@inlined_arrayless
def _reason_to_leave(held: int, wanted: int, leaves: bool) -> int:
    """Why a row that wants to enter `wanted` closes what is held; NOTHING when it does not."""
    if leaves:
        return RE_ENTRY if wanted == held else SIGNAL
    return REVERSE if wanted == -held else NOTHING


@inlined_arrayless
def act_on(
    desk: Desk, terms: Terms, tiers: Table, ledger: Ledger, wanted: int, long_exit: bool, short_exit: bool
) -> bool:
    """A signal against what is held: close it, if it says so; whether the row's entry is now to be made."""
    held = _held_side(desk)
    if held != 0:
        reason = _reason_to_leave(held, wanted, long_exit if held > 0 else short_exit)
        if reason == NOTHING:
            return False
        cancel_entry(desk)
        if desk.side != 0 and desk.closing == NOTHING:
            fill_exit(desk, terms, tiers, ledger, desk.open, reason)
    return wanted != 0


@inlined_arrayless
def order_entry(desk: Desk, terms: Terms, tiers: Table, row: int, side: int) -> None:
    """Make the entry of a row the one that is due; its levels and size are frozen in the desk."""
    desk.order_side, desk.order_row, desk.order_quantity = side, row, math.nan
    _enter(desk, terms, tiers)
