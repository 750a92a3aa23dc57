"""Where a position is liquidated and where its margin is used up; as `engine.backtest.margin` has it."""

from __future__ import annotations

import math

from engine.backtest.kernel.forms import Table, Terms
from engine.compiled import inlined_arrayless


@inlined_arrayless
def liquidation_price(terms: Terms, tiers: Table, side: int, entry: float, quantity: float) -> float:
    """The mark price at which margin and gain are down to the maintenance margin; NaN for none.

    Each row of `tiers` is limit, maintenance rate and deduction.
    """
    for tier in range(tiers.shape[0]):
        top = quantity * entry * (1.0 - side / terms.leverage) - side * tiers[tier, 2]
        price = top / (quantity * (1.0 - side * tiers[tier, 1]))
        if quantity * price <= tiers[tier, 0]:
            return price if price > 0.0 else math.nan
    return math.nan


@inlined_arrayless
def bankruptcy_price(terms: Terms, side: int, entry: float) -> float:
    """The price at which the margin is used up."""
    return entry * (1.0 - side / terms.leverage)
