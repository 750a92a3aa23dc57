"""Made-up bars for the trial run of `validate`: a seeded random walk, the same every time."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.market.bars import Bars

TRIAL_BARS = 500
_START_MS = 1_704_067_200_000  # 2024-01-01
_SEED = 20240101


@cache
def trial_bars() -> Bars:
    """500 hourly bars."""
    import numpy as np

    from engine.market.bars import Bars, Origin
    from engine.market.instrument import Category, Instrument
    from engine.market.interval import Interval

    rng = np.random.default_rng(_SEED)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, TRIAL_BARS)))
    opened = np.concatenate(([100.0], close[:-1]))
    high = np.maximum(opened, close) * (1.0 + rng.exponential(0.003, TRIAL_BARS))
    low = np.minimum(opened, close) * (1.0 - rng.uniform(0.0, 0.006, TRIAL_BARS))
    columns = {
        "open_time": _START_MS + np.arange(TRIAL_BARS, dtype=np.int64) * Interval.H1.milliseconds,
        "open": opened,
        "high": high,
        "low": low,
        "close": close,
        "volume": rng.lognormal(4.0, 0.6, TRIAL_BARS),
    }
    made_up = Instrument("synthetic", Category.LINEAR, "TRIALUSDT")
    return Bars.checked(made_up, Interval.H1, columns, Origin.SYNTHETIC)
