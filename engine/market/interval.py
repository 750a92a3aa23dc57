"""Bar intervals: the twelve that exist here, and dates as users write them."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from engine.errors import InvalidInput

MINUTE_MS = 60_000
DAY_MS = 86_400_000
_MONDAY_MS = 4 * DAY_MS  # 1970-01-05, the first Monday of the epoch


class Interval(StrEnum):
    """Length of a bar. A bar is named by its open time, which is a multiple of the length (weeks: Monday)."""

    M1 = "1m"
    M3 = "3m"
    M5 = "5m"
    M15 = "15m"
    M30 = "30m"
    H1 = "1h"
    H2 = "2h"
    H4 = "4h"
    H6 = "6h"
    H12 = "12h"
    D1 = "1d"
    W1 = "1w"

    @property
    def milliseconds(self) -> int:
        """Length in milliseconds."""
        unit = {"m": MINUTE_MS, "h": 60 * MINUTE_MS, "d": DAY_MS, "w": 7 * DAY_MS}[self.value[-1]]
        return int(self.value[:-1]) * unit

    @property
    def anchor_ms(self) -> int:
        """An open time from which all others are whole multiples away, UTC ms."""
        return _MONDAY_MS if self is Interval.W1 else 0

    @property
    def bars_per_year(self) -> float:
        """Bars in 365 days."""
        return 365 * DAY_MS / self.milliseconds


def parse_interval(text: str) -> Interval:
    """The interval that `text` names.

    Raises:
        InvalidInput: there is no such interval.
    """
    try:
        return Interval(text.strip().lower())
    except ValueError:
        known = " ".join(Interval)
        raise InvalidInput(f"There is no interval {text!r}.", f"Intervals: {known}.") from None


def parse_instant(text: str, name: str = "date") -> int:
    """UTC milliseconds of an ISO date or date-time; without a zone it is UTC.

    Raises:
        InvalidInput: not an ISO date.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(
            f"{name} {text!r} is not a date.", "Write 2024-01-31 or 2024-01-31T12:00 (UTC)."
        ) from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return round(moment.timestamp() * 1000)


def format_instant(utc_ms: int) -> str:
    """ISO text of UTC milliseconds, to the second (to the millisecond where there are any)."""
    moment = datetime.fromtimestamp(utc_ms / 1000, UTC)
    spec = "milliseconds" if utc_ms % 1000 else "seconds"
    return moment.isoformat(timespec=spec).replace("+00:00", "Z")
