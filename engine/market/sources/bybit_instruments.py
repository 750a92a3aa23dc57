"""Bybit's rows of instruments-info and risk-limit as filters and risk tiers; nothing is fetched here."""

from __future__ import annotations

import math
from typing import Any

from engine.market.filters import Filters
from engine.market.instrument import Category
from engine.market.risk_tiers import RiskTier, tiers_of

_SCALES = (1.0, 100.0)  # margin rates come as fractions, in some answers as percent


def filters_of(entry: dict[str, Any], category: Category) -> Filters:
    """The filters of one row of instruments-info.

    A spot pair has no smallest quantity any more, only a smallest value. An inverse contract counts its
    orders in USD: of those only the tick and the smallest order, which is a value, are filters here.

    Raises:
        ValueError: a field is no number, or a filter that cannot be.
    """
    lot, tick = entry.get("lotSizeFilter", {}), number(entry.get("priceFilter", {}).get("tickSize")) or 0.0
    if category is Category.INVERSE:
        return Filters(tick=tick, min_notional=number(lot.get("minOrderQty")) or 0.0)
    if category is Category.SPOT:
        largest = lot.get("maxOrderQty")  # the only maximum until 2025
        return Filters(
            tick=tick,
            lot=number(lot.get("basePrecision")) or 0.0,
            min_notional=number(lot.get("minOrderAmt")) or 0.0,
            max_quantity=_largest(lot.get("maxLimitOrderQty") or largest),
            max_market_quantity=_largest(lot.get("maxMarketOrderQty") or largest),
        )
    return Filters(
        tick=tick,
        lot=number(lot.get("qtyStep")) or 0.0,
        min_quantity=number(lot.get("minOrderQty")) or 0.0,
        min_notional=number(lot.get("minNotionalValue")) or 0.0,
        max_quantity=_largest(lot.get("maxOrderQty")),
        max_market_quantity=_largest(lot.get("maxMktOrderQty") or lot.get("maxOrderQty")),
    )


def risk_tiers_of(rows: list[dict[str, Any]]) -> tuple[RiskTier, ...]:
    """The tiers of all rows of risk-limit of one linear contract, in any order.

    Deductions are worked out from the rates; older answers do not have them.

    Raises:
        KeyError, ValueError: a field is missing or no number.
    """
    tiers = [
        (float(row["riskLimitValue"]), _rate(row), float(row["maxLeverage"]))
        for row in sorted(rows, key=lambda row: float(row["riskLimitValue"]))
    ]
    return tiers_of(tuple(tiers))


def number(text: str | None) -> float | None:
    """The number in a field of a row; None where the field is empty or absent.

    Raises:
        ValueError: something else is in it.
    """
    return float(text) if text else None


def _largest(text: str | None) -> float:
    return number(text) or math.inf


def _rate(row: dict[str, Any]) -> float:
    """Maintenance margin as a fraction. Initial margin x maximum leverage is 1, which tells the scale."""
    whole = float(row["initialMargin"]) * float(row["maxLeverage"])
    scale = min(_SCALES, key=lambda scale: abs(math.log(whole / scale)))
    if not 0.8 < whole / scale < 1.25:
        raise ValueError(f"initial margin and leverage do not fit in {row}")
    return float(row["maintenanceMargin"]) / scale
