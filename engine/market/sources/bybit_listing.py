"""What Bybit says of an instrument that it lists."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.market.instrument import Category, Instrument

VENUE = "bybit"


@dataclass(frozen=True, slots=True)
class Listing:
    """What the exchange says of an instrument it lists; None where it does not apply.

    Attributes:
        status: Bybit's word, e.g. Trading.
        perpetual: pays funding.
        launch_ms: UTC ms.
        tick_size: price step, quote currency.
        quantity_step, min_quantity: base currency (contracts of 1 USD for inverse).
        min_notional: smallest order value, quote currency.
        funding_interval_min: minutes between settlements; it may change over time.
    """

    instrument: Instrument
    status: str
    perpetual: bool
    launch_ms: int | None
    tick_size: Decimal
    quantity_step: Decimal
    min_quantity: Decimal
    min_notional: Decimal | None
    max_leverage: Decimal | None
    funding_interval_min: int | None


def listing_of(entry: dict[str, Any], category: Category) -> Listing:
    """The listing of one entry of instruments-info."""
    lot, leverage = entry.get("lotSizeFilter", {}), entry.get("leverageFilter", {})
    smallest = _decimal(lot.get("minOrderQty")) or Decimal(0)
    step = _decimal(lot.get("qtyStep") or lot.get("basePrecision"))
    launch = str(entry.get("launchTime") or "")
    return Listing(
        Instrument(VENUE, category, entry["symbol"]),
        entry.get("status", ""),
        "Perpetual" in entry.get("contractType", ""),
        int(launch) if launch.isdigit() and launch != "0" else None,
        _decimal(entry.get("priceFilter", {}).get("tickSize")) or Decimal(0),
        step or smallest,
        smallest,
        _decimal(lot.get("minNotionalValue") or lot.get("minOrderAmt")),
        _decimal(leverage.get("maxLeverage")),
        int(entry["fundingInterval"]) if entry.get("fundingInterval") else None,
    )


def _decimal(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None
