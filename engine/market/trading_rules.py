"""What an exchange demands of one instrument's orders and positions, as it was at one time."""

from __future__ import annotations

from dataclasses import dataclass

from engine.market.filters import Filters
from engine.market.instrument import Instrument
from engine.market.risk_tiers import RiskTier


@dataclass(frozen=True, slots=True)
class TradingRules:
    """Order filters and risk tiers of an instrument.

    Attributes:
        tiers: ascending by limit; empty where there is no leverage, or the table is not in quote currency.
        fetched_ms: UTC ms by the exchange's clock.
        source: the host that said so.
    """

    instrument: Instrument
    filters: Filters
    tiers: tuple[RiskTier, ...]
    fetched_ms: int
    source: str
