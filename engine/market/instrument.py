"""Instruments: `venue:category:symbol`, one value type for lake keys, cards, tools and orders."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from engine.errors import InvalidInput

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9._-]{1,39}")
_QUOTES = ("USDT", "USDC", "BUSD", "FDUSD", "TUSD", "USDE", "USD", "EUR", "BTC", "ETH", "BRL", "TRY", "DAI")
_MULTIPLIER = re.compile(r"^(?:10{3,8}|1M)(?=[A-Z])|(?<=[A-Z])10{3,8}$")


class Category(StrEnum):
    """Kind of market; `linear` and `inverse` are perpetuals and futures."""

    SPOT = "spot"
    LINEAR = "linear"
    INVERSE = "inverse"

    @property
    def is_derivative(self) -> bool:
        """True where positions pay funding and may be short."""
        return self is not Category.SPOT


@dataclass(frozen=True, slots=True, order=True)
class Instrument:
    """One tradable thing on one venue, e.g. `bybit:linear:BTCUSDT`."""

    venue: str
    category: Category
    symbol: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.venue):
            raise InvalidInput(f"{self.venue!r} is not a venue.", "A venue is lower case, e.g. bybit.")
        if not _SYMBOL.fullmatch(self.symbol):
            raise InvalidInput(f"{self.symbol!r} is not a symbol.", "A symbol is upper case, e.g. BTCUSDT.")

    def __str__(self) -> str:
        return f"{self.venue}:{self.category}:{self.symbol}"

    @property
    def base_asset(self) -> str:
        """The asset whose price this is, contract multipliers dropped: 1000PEPEUSDT -> PEPE."""
        base = _split(self.symbol)[0]
        return _MULTIPLIER.sub("", base) or base

    @property
    def quote_asset(self) -> str:
        """The asset in which it is priced; empty when the symbol does not say."""
        return _split(self.symbol)[1]


def _split(symbol: str) -> tuple[str, str]:
    head = re.split(r"[-_.]", symbol)
    if len(head) > 1 and head[1] in _QUOTES:
        return head[0], head[1]
    for quote in _QUOTES:
        if symbol.endswith(quote) and len(symbol) > len(quote):
            return symbol[: -len(quote)], quote
    return symbol, ""


def parse_category(text: str) -> Category:
    """The category that `text` names.

    Raises:
        InvalidInput: there is no such category.
    """
    try:
        return Category(text.strip().lower())
    except ValueError:
        raise InvalidInput(f"There is no category {text!r}.", f"Categories: {' '.join(Category)}.") from None


def parse_instrument(text: str) -> Instrument:
    """The instrument of a full name `venue:category:symbol`.

    Raises:
        InvalidInput: not of that form.
    """
    parts = text.strip().split(":")
    if len(parts) != 3:
        raise InvalidInput(
            f"{text!r} is not an instrument.", "Write venue:category:symbol, e.g. bybit:linear:BTCUSDT."
        )
    return Instrument(parts[0].lower(), parse_category(parts[1]), parts[2].upper())
