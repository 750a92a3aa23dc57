"""What trading costs: fees by role and slippage. Funding comes with the data."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.backtest.fees import fee_schedule
from engine.backtest.slippage import FixedSlippage, Slippage
from engine.errors import InvalidInput
from engine.market.instrument import Category

_MAX_BPS = 1000.0


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs of a run.

    Attributes:
        maker_fee_bps, taker_fee_bps: bps of notional; the maker fee may be a rebate (negative).
        slippage: how much worse a taker's fill is than the price it aims at.
        funding: whether funding settlements are charged where there is data for them.
    """

    maker_fee_bps: float
    taker_fee_bps: float
    slippage: Slippage = FixedSlippage(1.0)
    funding: bool = True

    def __post_init__(self) -> None:
        for name, low in (("maker_fee_bps", -_MAX_BPS), ("taker_fee_bps", 0.0)):
            value = getattr(self, name)
            if not (math.isfinite(value) and low <= value <= _MAX_BPS):
                raise InvalidInput(f"{name} = {value} is not possible.", f"Give {low:g} to {_MAX_BPS:g} bps.")
        if not isinstance(self.slippage, Slippage):  # pyright: ignore[reportUnnecessaryIsInstance] - a caller's slip
            raise InvalidInput(
                f"slippage = {self.slippage!r} is no model of slippage.",
                "Give FixedSlippage(1.0), HalfSpread, VolatilityShare or SquareRootImpact.",
            )

    @classmethod
    def defaults(cls, category: Category) -> Costs:
        """Bybit's fees without VIP level, by `engine.backtest.fees`, and 1 bps of slippage."""
        rates = fee_schedule(category)
        return cls(rates.maker_bps, rates.taker_bps)

    def scaled(self, factor: float) -> Costs:
        """Fees and slippage `factor` (1 or more) times as high, each at most the largest possible.

        A rebate stays what it is, and so does funding, which is the market's.
        """
        maker, taker = self.maker_fee_bps, self.taker_fee_bps
        return Costs(
            min(maker * factor, _MAX_BPS) if maker > 0.0 else maker,
            min(taker * factor, _MAX_BPS),
            self.slippage.scaled(factor),
            self.funding,
        )
