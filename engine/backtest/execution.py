"""How soon and how much of an order meets the market."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.errors import InvalidInput

_MAX_LATENCY = 1000


@dataclass(frozen=True, slots=True)
class Execution:
    """How orders travel and fill.

    Attributes:
        latency_bars: an order reaches the exchange this many opens after the next one; stops and targets
            already lie there and need none.
        participation: all fills of one bar together take at most this share of its volume, and what is left
            of an order carries over to the next bar; None for no cap. A liquidation knows no cap.
    """

    latency_bars: int = 0
    participation: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.latency_bars <= _MAX_LATENCY:
            raise InvalidInput(
                f"latency_bars = {self.latency_bars} is not possible.", f"Give 0 to {_MAX_LATENCY} bars."
            )
        share = self.participation
        if share is not None and not (math.isfinite(share) and 0.0 < share <= 1.0):
            raise InvalidInput(
                f"participation = {share} is not possible.", "Give a share above 0 and up to 1, or None."
            )
