"""Returns by calendar period: which row of an equity curve ends each period, and what lies between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Periods:
    """The periods of one length that a series of bars touches, on the grid of its multiples since 1970.

    Attributes:
        start_ms: start of the first period, UTC ms.
        last_row: int64[periods], the last bar that opens in each period or before.
    """

    start_ms: int
    period_ms: int
    last_row: Integers

    @classmethod
    def of(cls, open_time: Integers, period_ms: int) -> Periods:
        """The periods of bars that open at these times: int64[n], UTC ms, ascending, n >= 1."""
        period = open_time // period_ms
        first, count = int(period[0]), int(period[-1] - period[0]) + 1
        last_row = np.searchsorted(period, first + np.arange(count), "right") - 1
        return cls(first * period_ms, period_ms, last_row)

    def __len__(self) -> int:
        return len(self.last_row)

    def returns(self, equity: Floats, cash: float) -> Floats:
        """Simple returns by period, float64[periods]: 0 for a period without a bar, and after a ruin.

        Args:
            equity: float64[n], quote currency at the closes.
            cash: equity before the first bar.
        """
        closes = np.maximum(np.concatenate(([cash], equity[self.last_row])), 0.0)
        before = closes[:-1]
        change = np.divide(closes[1:], before, out=np.ones(len(self)), where=before > 0.0)
        return change - 1.0
