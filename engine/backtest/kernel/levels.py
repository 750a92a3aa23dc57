"""Stop, liquidation and target of the position, and how the price meets them inside a bar."""

from __future__ import annotations

import math
from typing import NamedTuple

from engine.backtest.kernel.fills import fill_exit, liquidate
from engine.backtest.kernel.forms import (
    NOTHING,
    STOP_LOSS,
    TAKE_PROFIT,
    TRAILING_STOP,
    Desk,
    Floats,
    Ledger,
    Table,
    Terms,
)
from engine.backtest.kernel.pricing import outwards
from engine.compiled import inlined_arrayless


class Reach(NamedTuple):
    """The extremes of a bar, and those of the prices that decide liquidation (NaN for none)."""

    high: float
    low: float
    mark_high: float
    mark_low: float


@inlined_arrayless
def stop_price(desk: Desk, terms: Terms) -> tuple[float, int]:
    """The tighter of stop and trailing stop, and which of them it is; NaN for none."""
    trailing = outwards(desk.best * (1.0 - desk.side * desk.trailing_stop), -desk.side, terms.tick)
    if math.isnan(desk.stop) or desk.side * (trailing - desk.stop) > 0.0:
        return trailing, TRAILING_STOP
    return desk.stop, STOP_LOSS


@inlined_arrayless
def meet_mark(desk: Desk, terms: Terms, tiers: Table, ledger: Ledger, mark_open: float) -> None:
    """Liquidation of a position by the mark's open."""
    if desk.side != 0 and desk.side * (mark_open - desk.liquidation) <= 0.0:
        liquidate(desk, terms, tiers, ledger)


@inlined_arrayless
def meet_open(desk: Desk, terms: Terms, tiers: Table, ledger: Ledger, open_: float, mark_open: float) -> None:
    """Liquidation, stop or target that an open has jumped: at the open."""
    meet_mark(desk, terms, tiers, ledger, mark_open)
    side = desk.side
    if side == 0 or desk.closing != NOTHING:
        return
    stop, reason = stop_price(desk, terms)
    if side * (open_ - stop) <= 0.0:
        fill_exit(desk, terms, tiers, ledger, open_, reason)
    elif side * (open_ - desk.target) >= 0.0:
        fill_exit(desk, terms, tiers, ledger, open_, TAKE_PROFIT)


@inlined_arrayless
def in_reach(desk: Desk, terms: Terms, reach: Reach) -> tuple[bool, bool, bool]:
    """Whether the extremes reach the stop, the liquidation price, and the target."""
    side = desk.side
    against, favour = (reach.low, reach.high) if side > 0 else (reach.high, reach.low)
    mark = reach.mark_low if side > 0 else reach.mark_high
    stop, _ = stop_price(desk, terms)
    live = desk.closing == NOTHING
    stopped = live and side * (against - stop) <= 0.0
    liquidated = side * (mark - desk.liquidation) <= 0.0
    return stopped, liquidated, live and side * (favour - desk.target) >= 0.0


@inlined_arrayless
def walk_path(desk: Desk, terms: Terms, tiers: Table, ledger: Ledger, reach: Reach) -> bool:
    """Both legs from an open to its extremes, in the order of the assumption; whether the order decided."""
    stopped, liquidated, targeted = in_reach(desk, terms, reach)
    stop, reason = stop_price(desk, terms)
    stop_is_tighter = not (liquidated and desk.side * (stop - desk.liquidation) <= 0.0)
    if targeted and terms.target_first:
        fill_exit(desk, terms, tiers, ledger, desk.target, TAKE_PROFIT)
    if desk.side != 0 and stopped and stop_is_tighter:
        fill_exit(desk, terms, tiers, ledger, stop, reason)
    if desk.side != 0 and liquidated:
        liquidate(desk, terms, tiers, ledger)
    if desk.side != 0 and targeted and desk.closing == NOTHING and not terms.target_first:
        fill_exit(desk, terms, tiers, ledger, desk.target, TAKE_PROFIT)
    return targeted and (stopped or liquidated)


@inlined_arrayless
def may_use_detail(desk: Desk, terms: Terms, reach: Reach) -> bool:
    """Whether finer bars can tell what happens in a bar: something does, and it is not the mark's doing."""
    stopped, liquidated, targeted = in_reach(desk, terms, reach)
    return (stopped or liquidated or targeted) and not (liquidated and terms.marked)


@inlined_arrayless
def walk_detail(
    desk: Desk,
    terms: Terms,
    tiers: Table,
    ledger: Ledger,
    whole: Reach,
    detail: tuple[Floats, Floats, Floats],
    first: int,
) -> None:
    """Walk the finer bars (open, high, low) from row `first` on, each with the same assumption."""
    open_, high, low = detail
    stopped, liquidated, targeted = in_reach(desk, terms, whole)
    decided = False
    for row in range(first, first + terms.detail_bars):
        meet_open(desk, terms, tiers, ledger, open_[row], math.nan if terms.marked else open_[row])
        if desk.side == 0:
            break
        mark = (math.nan, math.nan) if terms.marked else (high[row], low[row])
        decided |= walk_path(desk, terms, tiers, ledger, Reach(high[row], low[row], mark[0], mark[1]))
        if desk.side == 0:
            break
    desk.ambiguous += decided
    desk.resolved += targeted and (stopped or liquidated) and not decided
