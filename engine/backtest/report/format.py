"""Numbers and times as a reader sees them. Undefined is an en dash; minus is U+2212."""

from __future__ import annotations

import math
from datetime import UTC, datetime

UNDEFINED = "–"
_THOUSANDS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


def number(value: float | None, decimals: int = 2, *, signed: bool = False) -> str:
    """A number with thousands separators; a zero has no sign."""
    if value is None or not math.isfinite(value):
        return UNDEFINED
    size = f"{abs(value):,.{decimals}f}"
    if not size.strip("0.,"):
        return size
    return ("−" if value < 0 else "+" if signed else "") + size


def percent(fraction: float | None, decimals: int | None = None, *, signed: bool = False) -> str:
    """A fraction as a percentage: two decimals below 10%, one below 1,000%, none above, unless given."""
    if fraction is None or not math.isfinite(fraction):
        return UNDEFINED
    share = fraction * 100
    if decimals is None:
        decimals = 2 if abs(share) < 9.995 else 1 if abs(share) < 999.95 else 0
    return number(share, decimals, signed=signed) + "%"


def count(value: float | None) -> str:
    """A whole number."""
    return number(value, 0)


def price(value: float | None) -> str:
    """A price with six significant digits and at least two decimals below 10,000."""
    if value is None or not math.isfinite(value) or value == 0:
        return number(value)
    magnitude = math.floor(math.log10(abs(value)))
    return number(value, min(12, max(1 if magnitude >= 4 else 2, 5 - magnitude)))


def compact(value: float) -> str:
    """A short number for an axis: 12.5k, 1.2M, 0.0004."""
    for unit, letter in _THOUSANDS:
        if abs(value) >= unit * (10 if letter == "k" else 1):
            return f"{value / unit:.4g}{letter}".replace("-", "−")
    return (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.6g}").replace("-", "−")


def day(utc_ms: int) -> str:
    """ISO date, UTC."""
    return datetime.fromtimestamp(utc_ms / 1000, UTC).strftime("%Y-%m-%d")


def moment(utc_ms: int) -> str:
    """ISO date and time to the minute, UTC."""
    return datetime.fromtimestamp(utc_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def plural(amount: int, one: str, many: str = "") -> str:
    """`1 trade`, `1,012 trades`."""
    return f"{amount:,} {one if amount == 1 else many or one + 's'}"
