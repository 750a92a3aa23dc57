"""Bybit's trading fees by VIP level: dated data in `fees_bybit.json`, the one home of these numbers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from engine.errors import InvalidInput
from engine.market.instrument import Category

DEFAULT_LEVEL = "vip0"


@dataclass(frozen=True, slots=True)
class FeeRates:
    """Fees of one level, bps of notional.

    Attributes:
        as_of: ISO date on which the table was last compared with its sources.
    """

    maker_bps: float
    taker_bps: float
    as_of: str


def fee_schedule(category: Category, level: str = DEFAULT_LEVEL) -> FeeRates:
    """Fees of a level; linear and inverse contracts pay the same.

    Raises:
        InvalidInput: there is no such level; the text lists them.
    """
    table = _table()
    rates = table["derivatives" if category.is_derivative else "spot"]
    name = level.strip().lower()
    if name not in rates:
        raise InvalidInput(f"There is no fee level {level!r}.", f"Levels: {' '.join(levels())}.")
    maker, taker = rates[name]
    return FeeRates(maker, taker, table["as_of"])


def levels() -> tuple[str, ...]:
    """Names of the levels, from the dearest to the cheapest."""
    return tuple(_table()["derivatives"])


@cache
def _table() -> dict[str, Any]:
    return json.loads(files("engine.backtest").joinpath("fees_bybit.json").read_text(encoding="utf-8"))
