"""What an exchange accepts of one instrument: tick, lot, minimum and maximum sizes."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from engine.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Filters:
    """Order filters of an instrument. Zero (infinity for the maxima) means that there is no such filter.

    Attributes:
        tick: prices are multiples of it, quote currency.
        lot: quantities are multiples of it, base currency.
        min_quantity: smallest order that adds to a position, base currency.
        min_notional: smallest value of such an order, quote currency.
        max_quantity: largest limit order, base currency.
        max_market_quantity: largest market order, base currency.
    """

    tick: float = 0.0
    lot: float = 0.0
    min_quantity: float = 0.0
    min_notional: float = 0.0
    max_quantity: float = math.inf
    max_market_quantity: float = math.inf

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if math.isnan(value) or value < 0.0 or (field.name.startswith("max") and not value):
                raise InvalidInput(f"{field.name} = {value} is not possible.", "Give a number above 0.")
