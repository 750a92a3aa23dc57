"""The walk over the bars: signals and prices in, equity, ledger and summary out. The order of events is that
of `docs/engine.md`; each part of it has a file of its own beside this one.

Bars at which something is due are done in full, one by one. From there the walk goes quickly over the bars
where nothing can happen but the close: flat and nothing signalled, or held with no level met.
"""

from __future__ import annotations

import math

import numpy as np

from engine.backtest.curve import Curve, extended, flat_for, started
from engine.backtest.kernel.fills import fill_exit, write_row
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
    Table,
    Terms,
)
from engine.backtest.kernel.hold import follow, keep_holding, stay_flat
from engine.backtest.kernel.levels import (
    Reach,
    may_use_detail,
    meet_mark,
    meet_open,
    walk_detail,
    walk_path,
)
from engine.backtest.kernel.opening import act_on, carry_on, order_entry, settle_funding, wanted_side
from engine.backtest.kernel.scan import next_open
from engine.backtest.kernel.sizing import scale_in_drawdown
from engine.backtest.kernel.summary import summarised
from engine.compiled import always_inlined, inlined_arrayless, kernel


@inlined_arrayless
def _prepare(desk: Desk, terms: Terms) -> None:
    desk.cash = terms.cash
    desk.closing = desk.reason = NOTHING
    desk.order_quantity = math.nan
    desk.next_flat = desk.next_long = desk.next_short = -1


@inlined_arrayless
def _begin_bar(desk: Desk, terms: Terms, curve: Curve, bar: int, open_: float, volume: float) -> None:
    """What a fill in this bar will read."""
    desk.bar, desk.open = bar, open_
    desk.room = terms.participation * volume if terms.participation < math.inf else math.inf
    desk.scale = scale_in_drawdown(terms, curve.previous, curve.peak)


@inlined_arrayless
def _remember(desk: Desk, high: float, low: float, close: float, volume: float) -> None:
    """What the next bar's slippage reads of the bar that has closed."""
    desk.span, desk.volume = (high - low) / close, volume


@inlined_arrayless
def _equity_at_close(desk: Desk, terms: Terms, tiers: Table, ledger: Ledger, close: float) -> float:
    """Equity at the close; at or below 0 the position is closed there, and this is what that left."""
    if desk.side == 0:
        return desk.cash
    now = desk.cash + desk.side * desk.quantity * (close - desk.entry_price)
    if now <= 0.0:
        fill_exit(desk, terms, tiers, ledger, close, RUINED)
        return desk.cash
    return now


@always_inlined
def _value(column: Floats, row: int, absent: float) -> float:
    """A column's value at `row`; `absent` when it has none there, or there is no such column."""
    if column.size == 0 or math.isnan(column[row]):
        return absent
    return column[row]


@always_inlined
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
    open_, high, low, close, volume = columns.open, columns.high, columns.low, columns.close, columns.volume
    mark_open, mark_high, mark_low = columns.mark_open, columns.mark_high, columns.mark_low
    stamp_bar, stamp_rate, stamp_price = columns.stamp_bar, columns.stamp_rate, columns.stamp_price
    detail = (columns.detail_open, columns.detail_high, columns.detail_low)
    detail_first, base, tiers = columns.detail_first, columns.volatility_share, columns.tiers
    n = close.size
    equity = np.empty(n if recorded else 0, np.float64)
    ledger = np.empty(_most_positions(long_entry, short_entry) + 1 if recorded else 0, LEDGER)
    desks = np.zeros(1, DESK)  # kept to the end: a record does not keep its array alive
    desk = desks[0]
    _prepare(desk, terms)
    curve = started(terms.cash, terms.cash)
    margined, detailed, ruined = mark_open.size > 0, detail_first.size > 0, False
    bar = 0
    while bar < n:
        _begin_bar(desk, terms, curve, bar, open_[bar], volume[bar])
        if bar > 0:
            _remember(desk, high[bar - 1], low[bar - 1], close[bar - 1], volume[bar - 1])
        while desk.stamp < stamp_bar.size and stamp_bar[desk.stamp] <= bar:
            if stamp_bar[desk.stamp] == bar:
                settle_funding(desk, float(stamp_price[desk.stamp]), float(stamp_rate[desk.stamp]))
            desk.stamp += 1
        if margined:
            meet_mark(desk, terms, tiers, ledger, mark_open[bar])
        carry_on(desk, terms, tiers, ledger)
        row = bar - 1 - terms.latency
        if row >= 0:
            wanted = wanted_side(terms, long_entry[row], short_entry[row])
            if act_on(desk, terms, tiers, ledger, wanted, long_exit[row], short_exit[row]):
                desk.order_stop_loss = _value(stop_loss, row, math.nan)
                desk.order_take_profit = _value(take_profit, row, math.nan)
                desk.order_trailing_stop = _value(trailing_stop, row, math.nan)
                desk.order_size = _value(size, row, 1.0)
                desk.order_base = _value(base, row, math.nan)
                order_entry(desk, terms, tiers, row, wanted)
        if desk.side != 0:
            desk.bars_held += 1
            meet_open(desk, terms, tiers, ledger, open_[bar], mark_open[bar] if margined else math.nan)
        if desk.side != 0:
            mark = (mark_high[bar], mark_low[bar]) if margined else (math.nan, math.nan)
            reach = Reach(high[bar], low[bar], mark[0], mark[1])
            if not detailed or detail_first[bar] < 0 or not may_use_detail(desk, terms, reach):
                desk.ambiguous += walk_path(desk, terms, tiers, ledger, reach)
            else:
                walk_detail(desk, terms, tiers, ledger, reach, detail, detail_first[bar])
        now = _equity_at_close(desk, terms, tiers, ledger, close[bar])
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
        flags = (long_entry, long_exit, short_entry, short_exit)
        until = next_open(desk, terms, flags, stamp_bar, bar)
        if desk.side != 0:
            follow(desk, high[bar - 1], low[bar - 1])
            marks = mark_low if desk.side > 0 else mark_high
            curve, bar = keep_holding(desk, terms, curve, (high, low, close), marks, equity, bar, until)
        elif bar < until:
            curve = stay_flat(desk, curve, equity, bar, until)
            bar = until
    is_open = desk.side != 0
    if is_open and recorded:
        desk.bar = n - 1
        write_row(desk, ledger, (desk.proceeds + desk.quantity * close[n - 1]) / desk.entered)
    return Outcome(summarised(desks[0], terms, curve, n, ruined), equity, ledger, is_open)
