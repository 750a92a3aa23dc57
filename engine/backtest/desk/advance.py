"""The order desk, compiled: bars and orders in, fills and equity out; as `engine.backtest.rules.step`.

`advance` works through bars one by one up to the one that is named: one at a time under a strategy, or all of
them with a stream of prepared orders in one call.
"""

from __future__ import annotations

import math
from typing import Any

from engine.backtest.desk.account import equity_at, reduce, settle_funding
from engine.backtest.desk.path import falls_first, is_ambiguous, is_contested, meet_liquidation, walk
from engine.backtest.desk.prices import taken
from engine.backtest.desk.records import (
    CLOSING,
    NOBODY,
    RUINED,
    TRAILING_STOP,
    Desk,
    Floats,
    Rows,
    advance_types,
)
from engine.backtest.desk.working import arrive, carry_on, remove
from engine.compiled import inlined, kernel


@inlined
def _work_through(desk: Desk, stamps: Rows, requests: Rows) -> None:
    """One bar, from its open to its close."""
    account, bar, share = desk.account, desk.bar, desk.terms.participation
    account.volume_left = share * bar.volume if share < math.inf else math.inf
    settle_funding(desk, stamps)
    meet_liquidation(desk, bar.mark_open)
    carry_on(desk, bar.open)
    arrive(desk, requests, bar.open)
    walk(desk, bar.open, bar.open, bar.mark_open)

    held = account.side != 0
    if held or account.working > 0:
        ambiguous = is_ambiguous(desk)
        account.ambiguous += ambiguous
        account.contested += ambiguous or is_contested(desk)
        if falls_first(desk, bar.open):
            walk(desk, bar.open, bar.low, bar.mark_low)
            walk(desk, bar.low, bar.high, bar.mark_high)
            walk(desk, bar.high, bar.close, bar.mark_close)
        else:
            walk(desk, bar.open, bar.high, bar.mark_high)
            walk(desk, bar.high, bar.low, bar.mark_low)
            walk(desk, bar.low, bar.close, bar.mark_close)
    account.exposed += held or account.side != 0
    _at_the_close(desk)


@inlined
def _at_the_close(desk: Desk) -> None:
    """An account without equity is ruined; what trails follows the bar that has closed."""
    account, bar = desk.account, desk.bar
    if equity_at(desk, bar.close) <= 0.0:
        account.ruined = 1
        account.working = 0
        if account.side != 0:
            fill = taken(desk, bar.close, -account.side, account.quantity)
            reduce(desk, account.quantity, fill, bar.close, RUINED, False, NOBODY)
    account.equity = equity_at(desk, bar.close)
    if account.side != 0:
        account.best = _best(account.side, account.best, bar.high, bar.low)
    for at in range(account.working - 1, -1, -1):
        order = desk.book[at]
        if order.kind == CLOSING and account.side == 0:
            remove(desk, at)
        elif order.kind == TRAILING_STOP:
            order.best = _best(-order.side, order.best, bar.high, bar.low)


@inlined
def _quiet_until(account: Any, stamps: Rows, tiers: Rows, bars: int) -> int:
    """The next bar in which something may happen to a position that has no levels and is paid for in full."""
    bare = math.isnan(account.stop_loss) and math.isnan(account.take_profit)
    bare = bare and math.isnan(account.trailing_stop) and tiers.size == 0
    paid = account.side > 0 and account.cash >= account.cost
    if not (bare and paid) or account.working > 0 or account.arrived < account.asked:
        return int(account.bar)
    return int(stamps[account.stamp].bar) if account.stamp < stamps.size else bars


@inlined
def _best(side: int, best: float, high: float, low: float) -> float:
    return max(best, high) if side > 0 else min(best, low)


@kernel(advance_types())
def advance(
    market: Rows,
    stamps: Rows,
    tiers: Rows,
    terms: Rows,
    account: Rows,
    book: Rows,
    requests: Rows,
    events: Rows,
    equity: Floats,
    until: int,
) -> int:
    """Work through the bars from `account.bar` up to and including `until`; how many events they brought.

    The book needs room for what works and all that arrives, and one row more. Events that find no room are
    counted and lost: then the answer is above their number. Requests are in the order of their bars.
    """
    state = account[0]
    state.events = 0
    while state.bar <= until:
        bar = state.bar
        if not state.ruined:
            desk = Desk(terms[0], state, market[bar], market[max(bar - 1, 0)], tiers, book, events)
            _work_through(desk, stamps, requests)
        equity[bar] = state.equity
        state.bar = bar + 1
    state.quiet_until = _quiet_until(state, stamps, tiers, market.size)
    return int(state.events)
