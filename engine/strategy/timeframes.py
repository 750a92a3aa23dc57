"""Values of a higher timeframe on the bars of a lower one, each seen when its bar has closed, not before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.errors import InvalidInput
from engine.market.bars import Bars, Floats
from engine.market.interval import Interval
from engine.market.resample import last_closed, resampled


def on_higher(bars: Bars, interval: Interval, function: Callable[[Bars], Any]) -> Floats:
    """`function` of the bars of a higher interval, on these bars.

    Args:
        bars: n bars.
        interval: a whole multiple of theirs.
        function: one value for each bar that it is given, 1 or more; no value may know later bars.

    Returns:
        float64[n]: at each bar the value of the newest higher bar that had closed by this bar's close; NaN
        before there is one.

    Raises:
        InvalidInput: the interval does not fit, or `function` returned another number of values.
    """
    higher = resampled(bars, interval)
    if not len(higher):
        return np.full(len(bars), np.nan)
    values = np.asarray(function(higher), dtype=np.float64)
    if values.shape != (len(higher),):
        shape = " x ".join(map(str, values.shape))
        raise InvalidInput(
            f"The function returned {shape} values for {len(higher)} bars of {interval}.",
            "Return one value for each bar.",
        )
    return np.append(values, np.nan)[last_closed(bars, higher)]
