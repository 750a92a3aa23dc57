"""The walk over the bars: signals and prices in, equity, ledger and summary out. The order of events is that
of `docs/engine.md`; each part of it has a file of its own beside this one.

Bars at which something is due are done in full, one by one. From there the walk goes quickly over the bars
where nothing can happen but the close: flat and nothing signalled, or held with no level met.
"""

from __future__ import annotations

import math

import numpy as np

from engine.backtest.curve import Curve, extended, flat_for, started
from engine.backtest.kernel.fills import fill_exit, liquidate, write_row
from engine.backtest.kernel.forms import (
    COLUMNS_TYPE,
    DESK,
    FLAGS_TYPE,
    FLOATS_TYPE,
    LEDGER,
    NOTHING,
    RUINED,
    TERMS_TYPE,
    TRUTH_TYPE,
    Columns,
    Desk,
    Flags,
    Floats,
    Ledger,
    Outcome,
    Rows,
    Table,
    Terms,
)
from engine.backtest.kernel.hold import follow, keep_holding, stay_flat
from engine.backtest.kernel.levels import Reach, in_reach, meet_open, walk_detail, walk_path
from engine.backtest.kernel.opening import (
    carry_on,
    enter,
    held_side,
    leave,
    order_entry,
    reason_to_leave,
    settle_funding,
)
from engine.backtest.kernel.scan import next_open
from engine.backtest.kernel.sizing import scale_in_drawdown
from engine.backtest.kernel.summary import summarised
from engine.compiled import inlined, kernel


@inlined
def _prepare(desk: Desk, terms: Terms) -> None:
    desk.cash = terms.cash
    desk.closing = desk.reason = NOTHING
    desk.order_quantity = math.nan
    desk.next_flat = desk.next_long = desk.next_short = -1


@inlined
def _begin_bar(desk: Desk, terms: Terms, columns: Columns, bar: int, curve: Curve) -> None:
    """What a fill in this bar will read."""
    desk.bar, desk.open = bar, columns.open[bar]
    if bar > 0:
        desk.span = (columns.high[bar - 1] - columns.low[bar - 1]) / columns.close[bar - 1]
        desk.volume = columns.volume[bar - 1]
    capped = terms.participation < math.inf
    desk.room = terms.participation * columns.volume[bar] if capped else math.inf
    desk.scale = scale_in_drawdown(terms, curve.previous, curve.peak)


@inlined
def _at_the_open(
    desk: Desk, terms: Terms, columns: Columns, rows: Rows, ledger: Ledger, mark_open: float
) -> None:
    """Funding, liquidation, what was carried over, and the signal that arrives; in this order."""
    stamp_bar = columns.stamp_bar
    while desk.stamp < stamp_bar.size and stamp_bar[desk.stamp] <= desk.bar:
        if stamp_bar[desk.stamp] == desk.bar and desk.side != 0:
            settle_funding(desk, columns.stamp_price[desk.stamp], columns.stamp_rate[desk.stamp])
        desk.stamp += 1
    if desk.side != 0 and desk.side * (mark_open - desk.liquidation) <= 0.0:
        liquidate(desk, terms, columns.tiers, ledger)
    carry_on(desk, terms, columns.tiers, ledger)
    row = desk.bar - 1 - terms.latency
    if row >= 0:
        _act_on(desk, terms, columns, rows, ledger, row)


@inlined
def _act_on(desk: Desk, terms: Terms, columns: Columns, rows: Rows, ledger: Ledger, row: int) -> None:
    """The signal of a row against what is held: exits, then an entry. Spot has no shorts."""
    wanted = int(rows.long_entry[row]) - int(rows.short_entry[row])
    if wanted < 0 and not terms.shorts:
        wanted = 0
    held = held_side(desk)
    if held != 0:
        leaves = rows.long_exit[row] if held > 0 else rows.short_exit[row]
        reason = reason_to_leave(held, wanted, leaves)
        if reason == NOTHING:
            return
        leave(desk, terms, columns.tiers, ledger, reason)
    if wanted != 0:
        order_entry(desk, rows, columns.volatility_share, row, wanted)
        enter(desk, terms, columns.tiers)


@inlined
def _inside(desk: Desk, terms: Terms, columns: Columns, ledger: Ledger, mark_open: float) -> None:
    """From the open to the extremes: over the finer bars where they are complete, else as the bar is."""
    bar, tiers = desk.bar, columns.tiers
    meet_open(desk, terms, tiers, ledger, desk.open, mark_open)
    if desk.side == 0:
        return
    margined = columns.mark_low.size > 0
    mark_high = columns.mark_high[bar] if margined else math.nan
    mark_low = columns.mark_low[bar] if margined else math.nan
    reach = Reach(columns.high[bar], columns.low[bar], mark_high, mark_low)
    stopped, liquidated, targeted = in_reach(desk, terms, reach)
    if not (stopped or liquidated or targeted):
        return
    first = columns.detail_first[bar] if columns.detail_first.size > 0 else -1
    if first < 0 or (liquidated and terms.marked):
        desk.ambiguous += walk_path(desk, terms, tiers, ledger, reach)
        return
    decided = walk_detail(
        desk, terms, tiers, ledger, columns.detail_open, columns.detail_high, columns.detail_low, first
    )
    desk.ambiguous += decided
    desk.resolved += targeted and (stopped or liquidated) and not decided


@inlined
def _equity_at_close(desk: Desk, terms: Terms, tiers: Table, ledger: Ledger, close: float) -> float:
    """Equity at the close; at or below 0 the position is closed there, and this is what that left."""
    if desk.side == 0:
        return desk.cash
    now = desk.cash + desk.side * desk.quantity * (close - desk.entry_price)
    if now <= 0.0:
        fill_exit(desk, terms, tiers, ledger, close, RUINED)
        return desk.cash
    return now


@inlined
def _most_positions(long_entry: Flags, short_entry: Flags) -> int:
    """No run opens more positions than it has rows on which an entry may act."""
    rows = 0
    for row in range(long_entry.size):
        rows += long_entry[row] != short_entry[row]
    return rows


@kernel((COLUMNS_TYPE, TERMS_TYPE, *[FLAGS_TYPE] * 4, *[FLOATS_TYPE] * 4, TRUTH_TYPE))
def walk(
    columns: Columns,
    terms: Terms,
    long_entry: Flags,
    long_exit: Flags,
    short_entry: Flags,
    short_exit: Flags,
    stop_loss: Floats,
    take_profit: Floats,
    trailing_stop: Floats,
    size: Floats,
    recorded: bool,
) -> Outcome:
    """Run signals over a market.

    Args:
        long_entry, long_exit, short_entry, short_exit: bool[n].
        stop_loss, take_profit, trailing_stop, size: float64[n] fractions, NaN for none (size: for 1), or
            float64[0] for a column that is not there.
        recorded: whether equity and ledger are kept. The summary is the same bits either way.
    """
    rows = Rows(long_entry, long_exit, short_entry, short_exit, stop_loss, take_profit, trailing_stop, size)
    n = columns.close.size
    equity = np.empty(n if recorded else 0, np.float64)
    ledger = np.empty(_most_positions(long_entry, short_entry) + 1 if recorded else 0, LEDGER)
    desks = np.zeros(1, DESK)  # kept to the end: a record does not keep its array alive
    desk = desks[0]
    _prepare(desk, terms)
    curve = started(terms.cash, terms.cash)
    ruined = False
    bar = 0
    while bar < n:
        _begin_bar(desk, terms, columns, bar, curve)
        mark_open = columns.mark_open[bar] if columns.mark_open.size > 0 else math.nan
        _at_the_open(desk, terms, columns, rows, ledger, mark_open)
        if desk.side != 0:
            desk.bars_held += 1
            _inside(desk, terms, columns, ledger, mark_open)
        now = _equity_at_close(desk, terms, columns.tiers, ledger, columns.close[bar])
        curve = extended(curve, now)
        if now <= 0.0:
            if recorded:
                equity[bar:] = now
            curve = flat_for(curve, n - bar - 1)
            ruined = True
            break
        if recorded:
            equity[bar] = now
        bar += 1
        until = next_open(desk, terms, rows, columns.stamp_bar, bar)
        if desk.side != 0:
            follow(desk, columns.high[bar - 1], columns.low[bar - 1])
            marks = columns.mark_low if desk.side > 0 else columns.mark_high
            prices = (columns.high, columns.low, columns.close)
            curve, bar = keep_holding(desk, terms, curve, prices, marks, equity, bar, until)
        elif bar < until:
            curve = stay_flat(desk, curve, equity, bar, until)
            bar = until
    is_open = desk.side != 0
    if is_open and recorded:
        desk.bar = n - 1
        write_row(desk, ledger, columns.close[n - 1])
    return Outcome(summarised(desks[0], terms, curve, n, ruined), equity, ledger, is_open)
