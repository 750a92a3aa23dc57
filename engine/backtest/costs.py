"""What trading costs: fees by role and slippage. Funding comes with the data."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.errors import InvalidInput
from engine.market.instrument import Category

_MAX_BPS = 1000.0


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs of a run.

    Attributes:
        maker_fee_bps, taker_fee_bps: bps of notional; the maker fee may be a rebate (negative).
        slippage_bps: bps by which a taker fill is worse than the price it aims at.
        funding: whether funding settlements are charged where there is data for them.
    """

    maker_fee_bps: float
    taker_fee_bps: float
    slippage_bps: float = 1.0
    funding: bool = True

    def __post_init__(self) -> None:
        for name in ("maker_fee_bps", "taker_fee_bps", "slippage_bps"):
            value = getattr(self, name)
            low = -_MAX_BPS if name == "maker_fee_bps" else 0.0
            if not (math.isfinite(value) and low <= value <= _MAX_BPS):
                raise InvalidInput(f"{name} = {value} is not possible.", f"Give {low:g} to {_MAX_BPS:g} bps.")

    @classmethod
    def defaults(cls, category: Category) -> Costs:
        """Bybit's fees without VIP level: derivatives 2 / 5.5 bps, spot 10 / 10 bps (maker / taker)."""
        return cls(2.0, 5.5) if category.is_derivative else cls(10.0, 10.0)
