"""The price of a fill, and the steps of the exchange: slippage, tick, lot."""

from __future__ import annotations

import math

import numpy as np

from engine.backtest.kernel.forms import Desk, Terms
from engine.compiled import inlined_arrayless

MOST_SLIPPAGE = 0.5
STEP_ROUNDING = 1e-9


@inlined_arrayless
def down_to(value: float, step: float) -> float:
    """The multiple of `step` at or below `value`; the value itself without a step."""
    return np.floor(value / step + STEP_ROUNDING) * step if step > 0.0 else value


@inlined_arrayless
def up_to(value: float, step: float) -> float:
    """The multiple of `step` at or above `value`."""
    return np.ceil(value / step - STEP_ROUNDING) * step if step > 0.0 else value


@inlined_arrayless
def slippage(desk: Desk, terms: Terms, quantity: float) -> float:
    """How much worse than its aim a taker's fill of `quantity` is, by the bar before; a fraction."""
    fraction = terms.spread + terms.range_share * desk.span
    if terms.impact > 0.0 and quantity > 0.0:
        ratio = quantity / desk.volume if desk.volume > 0.0 else 1.0
        fraction += terms.impact * desk.span * math.sqrt(ratio)
    return min(fraction, MOST_SLIPPAGE)


@inlined_arrayless
def taker_price(desk: Desk, terms: Terms, aim: float, side: int, quantity: float) -> float:
    """The fill of a taker's order of `side` (+1 buys) that aims at `aim`; at least one tick."""
    price = aim * (1.0 + side * slippage(desk, terms, quantity))
    if terms.tick > 0.0:
        price = max(outwards(price, side, terms.tick), terms.tick)
    return price


@inlined_arrayless
def outwards(price: float, direction: int, tick: float) -> float:
    """The price itself, or the tick above (+1) or below (-1) it."""
    return up_to(price, tick) if direction > 0 else down_to(price, tick)
