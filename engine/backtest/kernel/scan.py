"""Where something happens next: rows of signals that can act, given what is held."""

from __future__ import annotations

from engine.backtest.kernel.forms import NOTHING, Desk, Flags, Integers, Rows, Terms
from engine.compiled import inlined

_BLOCK = 64


@inlined
def _next_row(first: Flags, second: Flags, row: int, stop: int) -> int:
    """The first row from `row` on where one of the two is set; `stop`, or `row` beyond it, when none is.

    Whole blocks are looked at together, which the processor does many rows at a time.
    """
    while row + _BLOCK <= stop:
        found = False
        for step in range(_BLOCK):
            found |= first[row + step] | second[row + step]
        if found:
            break
        row += _BLOCK
    while row < stop and not (first[row] or second[row]):
        row += 1
    return row


@inlined
def next_open(desk: Desk, terms: Terms, rows: Rows, stamps: Integers, bar: int) -> int:
    """The first bar from `bar` on at whose open something is due; n when there is none."""
    if desk.order_side != 0 or desk.closing != NOTHING:
        return bar
    n, delay = rows.long_entry.size, 1 + terms.latency
    row, stop = max(bar - delay, 0), n - delay
    if desk.side == 0:
        if desk.next_flat < row:
            shorts = rows.short_entry if terms.shorts else rows.long_entry
            desk.next_flat = _next_row(rows.long_entry, shorts, row, stop)
        return min(desk.next_flat + delay, n)
    if desk.side > 0:
        if desk.next_long < row:
            reverse = rows.short_entry if terms.shorts else rows.long_exit
            desk.next_long = _next_row(rows.long_exit, reverse, row, stop)
        due = desk.next_long + delay
    else:
        if desk.next_short < row:
            desk.next_short = _next_row(rows.short_exit, rows.long_entry, row, stop)
        due = desk.next_short + delay
    if desk.stamp < stamps.size:
        due = min(due, stamps[desk.stamp])
    return min(due, n)
