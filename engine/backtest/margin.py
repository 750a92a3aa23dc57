"""Isolated margin on linear contracts: risk tiers, liquidation, bankruptcy, the cost of an order.

Source: Bybit's help pages on order cost, maintenance margin and liquidation of isolated linear positions.
Since 2025 Bybit takes maintenance margin on the mark value; `liquidation_price` does so too. The older
published form, with maintenance margin on the entry value, is `published_liquidation_price`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.errors import InvalidInput
from engine.market.risk_tiers import RiskTier
from engine.market.risk_tiers import tiers_of as tiers_of

ONE_TIER = (RiskTier(math.inf, 0.005, 0.0, 100.0),)


@dataclass(frozen=True, slots=True)
class Margin:
    """Isolated margin of a position.

    Attributes:
        leverage: entry notional / leverage is the position's margin, and all that it can lose but for fees.
        tiers: the instrument's risk-limit table, ascending; by default 0.5% without end.
    """

    leverage: float
    tiers: tuple[RiskTier, ...] = ONE_TIER

    def __post_init__(self) -> None:
        if not (math.isfinite(self.leverage) and 1.0 <= self.leverage <= 200.0):
            raise InvalidInput(f"leverage = {self.leverage} is not possible.", "Give 1 to 200.")
        if not self.tiers:
            raise InvalidInput("A margin needs at least one risk tier.", "Leave tiers out for the default.")
        for lower, upper in zip(self.tiers, self.tiers[1:], strict=False):
            if not (lower.limit < upper.limit and lower.maintenance_rate <= upper.maintenance_rate):
                raise InvalidInput("Risk tiers are not ascending.", "Sort them by limit; rates never fall.")
        if not self.max_notional:
            top = self.tiers[0].max_leverage
            raise InvalidInput(
                f"leverage = {self.leverage:g} is above the first tier's {top:g}.", "Lower it."
            )

    @property
    def max_notional(self) -> float:
        """The largest position value that this leverage allows, quote currency."""
        return max((tier.limit for tier in self.tiers if tier.max_leverage >= self.leverage), default=0.0)


def liquidation_price(
    side: int, entry: float, quantity: float, leverage: float, tiers: tuple[RiskTier, ...] = ONE_TIER
) -> float | None:
    """The mark price at which margin + unrealised gain equals maintenance margin; None where there is none.

    long:  (quantity x entry x (1 - 1 / leverage) - deduction) / (quantity x (1 - rate))
    short: (quantity x entry x (1 + 1 / leverage) + deduction) / (quantity x (1 + rate))
    with rate and deduction of the tier in which quantity x that price lies.

    Args:
        side: +1 long, -1 short.
    """
    for tier in tiers:
        top = quantity * entry * (1.0 - side / leverage) - side * tier.deduction
        price = top / (quantity * (1.0 - side * tier.maintenance_rate))
        if quantity * price <= tier.limit:
            return price if price > 0.0 else None
    return None


def published_liquidation_price(
    side: int, entry: float, quantity: float, leverage: float, tiers: tuple[RiskTier, ...] = ONE_TIER
) -> float:
    """entry -+ (initial margin - maintenance margin) / quantity, both on the entry value."""
    value = entry * quantity
    tier = next((tier for tier in tiers if value <= tier.limit), tiers[-1])
    maintenance = value * tier.maintenance_rate - tier.deduction
    return entry - side * (value / leverage - maintenance) / quantity


def bankruptcy_price(side: int, entry: float, leverage: float) -> float:
    """The price at which the margin is used up: entry x (1 -+ 1 / leverage)."""
    return entry * (1.0 - side / leverage)


def order_cost(side: int, price: float, quantity: float, leverage: float, taker: float) -> float:
    """What an order sets aside: initial margin, the opening fee, and the fee of closing at bankruptcy.

    Args:
        taker: fee as a fraction.
    """
    value = price * quantity
    return value / leverage + value * taker + value * (1.0 - side / leverage) * taker
