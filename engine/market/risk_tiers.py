"""Risk-limit tables of linear contracts: how much margin a position of some value must keep."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RiskTier:
    """One bracket of a risk-limit table.

    Attributes:
        limit: position value up to which it holds, quote currency; the last one's may be infinite.
        maintenance_rate: maintenance margin = value x rate - deduction.
        deduction: quote currency; keeps the margin continuous from tier to tier.
        max_leverage: highest leverage that a position of that value may have.
    """

    limit: float
    maintenance_rate: float
    deduction: float
    max_leverage: float


def tiers_of(rows: tuple[tuple[float, float, float], ...]) -> tuple[RiskTier, ...]:
    """Tiers from rows of (limit, maintenance rate, maximum leverage), the deductions worked out.

    deduction_k = deduction_{k-1} + limit_{k-1} x (rate_k - rate_{k-1}), as in marginal brackets.
    """
    tiers: list[RiskTier] = []
    for limit, rate, leverage in rows:
        last = tiers[-1] if tiers else None
        deduction = last.deduction + last.limit * (rate - last.maintenance_rate) if last else 0.0
        tiers.append(RiskTier(limit, rate, deduction, leverage))
    return tuple(tiers)
