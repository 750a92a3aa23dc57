"""The quick way over bars at whose open nothing is due."""

from __future__ import annotations

import math

from engine.backtest.curve import Curve, extended, extended_by_four, flat_for
from engine.backtest.kernel.forms import Desk, Floats, Terms
from engine.backtest.kernel.levels import stop_price
from engine.compiled import always_inlined, inlined_arrayless


@inlined_arrayless
def follow(desk: Desk, high: float, low: float) -> None:
    """A bar has closed: its best price is what a trailing stop follows from the next bar on."""
    desk.best = max(desk.best, high) if desk.side > 0 else min(desk.best, low)


@inlined_arrayless
def _levels(desk: Desk, terms: Terms) -> tuple[float, float]:
    """The level below and the level above the price at which stop or target are met; NaN for none."""
    stop, _ = stop_price(desk, terms)
    return (stop, desk.target) if desk.side > 0 else (desk.target, stop)


@always_inlined
def stay_flat(desk: Desk, curve: Curve, equity: Floats, bar: int, until: int) -> Curve:
    """Nothing is held over bars `bar` to `until` - 1, of which there is at least one."""
    if equity.size > 0:
        equity[bar:until] = desk.cash
    return flat_for(curve, until - bar)


@always_inlined
def _hold_by_four(
    desk: Desk, curve: Curve, close: Floats, equity: Floats, bar: int, until: int
) -> tuple[Curve, int]:
    """Hold a position that nothing can touch but its own ruin, four bars at a time, while that is far."""
    cash, entry, exposed, recorded = desk.cash, desk.entry_price, desk.side * desk.quantity, equity.size > 0
    while bar + 4 <= until:
        first = cash + exposed * (close[bar] - entry)
        second = cash + exposed * (close[bar + 1] - entry)
        third = cash + exposed * (close[bar + 2] - entry)
        fourth = cash + exposed * (close[bar + 3] - entry)
        if min(min(first, second), min(third, fourth)) <= 0.0:
            break
        if recorded:
            equity[bar], equity[bar + 1] = first, second
            equity[bar + 2], equity[bar + 3] = third, fourth
        curve = extended_by_four(curve, (first, second, third, fourth))
        bar += 4
    return curve, bar


@always_inlined
def keep_holding(
    desk: Desk,
    terms: Terms,
    curve: Curve,
    prices: tuple[Floats, Floats, Floats],
    marks: Floats,
    equity: Floats,
    bar: int,
    until: int,
) -> tuple[Curve, int]:
    """Hold the position up to `until`, or to the first bar that meets one of its levels or ruins the account.

    Args:
        prices: high, low and close.
        marks: the mark's low for a long, its high for a short; [0] without a margin.

    Returns the curve up to that bar, and the bar, which is not done yet.
    """
    high, low, close = prices
    side, cash, entry, exposed = desk.side, desk.cash, desk.entry_price, desk.side * desk.quantity
    recorded, margined, trails = equity.size > 0, marks.size > 0, not math.isnan(desk.trailing_stop)
    liquidation, began = desk.liquidation, bar
    down, up = _levels(desk, terms)
    bounded = not (math.isnan(down) and math.isnan(up))
    if not (bounded or margined or trails) and curve.previous > 0.0:
        curve, bar = _hold_by_four(desk, curve, close, equity, bar, until)
    while bar < until:
        if bounded and (low[bar] <= down or high[bar] >= up):
            break
        if margined and side * (marks[bar] - liquidation) <= 0.0:
            break
        now = cash + exposed * (close[bar] - entry)
        if now <= 0.0:
            break
        if recorded:
            equity[bar] = now
        curve = extended(curve, now)
        if trails:
            follow(desk, high[bar], low[bar])
            down, up = _levels(desk, terms)
        bar += 1
    desk.bars_held += bar - began
    return curve, bar
