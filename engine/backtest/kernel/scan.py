"""Where something happens next: rows of signals that can act, given what is held."""

from __future__ import annotations

import numpy as np

from engine.backtest.kernel.forms import NOTHING, Desk, Flags, Integers, Terms
from engine.compiled import always_inlined

_WORD = 8


@always_inlined
def _next_row(first: Flags, second: Flags, row: int, stop: int) -> int:
    """The first row from `row` on where one of the two is set; `stop`, or `row` beyond it, when none is.

    Flags are bytes, so that eight of them are looked at together as one word.
    """
    while row < stop and row % _WORD:
        if first[row] or second[row]:
            return row
        row += 1
    words = stop // _WORD
    if row < words * _WORD:
        left, right = first[: words * _WORD].view(np.uint64), second[: words * _WORD].view(np.uint64)
        word = row // _WORD
        while word < words and not (left[word] | right[word]):
            word += 1
        row = word * _WORD
    while row < stop and not (first[row] or second[row]):
        row += 1
    return row


@always_inlined
def next_open(
    desk: Desk, terms: Terms, flags: tuple[Flags, Flags, Flags, Flags], stamps: Integers, bar: int
) -> int:
    """The first bar from `bar` on at whose open something is due; n when there is none."""
    if desk.order_side != 0 or desk.closing != NOTHING:
        return bar
    long_entry, long_exit, short_entry, short_exit = flags
    n, delay = long_entry.size, 1 + terms.latency
    row, stop = max(bar - delay, 0), n - delay
    if desk.side == 0:
        if desk.next_flat < row:
            shorts = short_entry if terms.shorts else long_entry
            desk.next_flat = _next_row(long_entry, shorts, row, stop)
        return min(desk.next_flat + delay, n)
    if desk.side > 0:
        if desk.next_long < row:
            reverse = short_entry if terms.shorts else long_exit
            desk.next_long = _next_row(long_exit, reverse, row, stop)
        due = desk.next_long + delay
    else:
        if desk.next_short < row:
            desk.next_short = _next_row(short_exit, long_entry, row, stop)
        due = desk.next_short + delay
    if desk.stamp < stamps.size:
        due = min(due, stamps[desk.stamp])
    return min(due, n)
