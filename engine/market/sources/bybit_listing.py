"""What Bybit says of an instrument that it lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.market.filters import Filters
from engine.market.instrument import Category, Instrument
from engine.market.sources.bybit_instruments import filters_of, number

VENUE = "bybit"


@dataclass(frozen=True, slots=True)
class Listing:
    """What the exchange says of an instrument it lists; None where it does not apply.

    Attributes:
        status: Bybit's word, e.g. Trading.
        perpetual: pays funding.
        launch_ms: UTC ms.
        filters: what it accepts of orders today.
        funding_interval_min: minutes between settlements; it may change over time.
    """

    instrument: Instrument
    status: str
    perpetual: bool
    launch_ms: int | None
    filters: Filters
    max_leverage: float | None
    funding_interval_min: int | None


def listing_of(entry: dict[str, Any], category: Category) -> Listing:
    """The listing of one entry of instruments-info."""
    launch = str(entry.get("launchTime") or "")
    return Listing(
        Instrument(VENUE, category, entry["symbol"]),
        entry.get("status", ""),
        "Perpetual" in entry.get("contractType", ""),
        int(launch) if launch.isdigit() and launch != "0" else None,
        filters_of(entry, category),
        number(entry.get("leverageFilter", {}).get("maxLeverage")),
        int(entry["fundingInterval"]) if entry.get("fundingInterval") else None,
    )
