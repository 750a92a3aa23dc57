"""What both sides of the engine's benchmark do: the same bars, fees, parameter sets and rules.

An entry or exit acts at the open after its bar, with all equity; a taker fee, no slippage, no funding.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CASH = 10_000.0
TAKER_BPS, MAKER_BPS = 5.5, 5.5
TAKER_FEE = TAKER_BPS / 10_000
FAST, SLOW = list(range(5, 45, 2)), list(range(45, 295, 5))
PAIRS = list(itertools.product(FAST, SLOW))
SINGLE = (20, 100)
EVENT_CASH, EVENT_SHARE = 1e9, 0.5  # the peer buys whole units: with much cash that is no rounding
STOP_LOSS, TAKE_PROFIT, STRENGTH = 0.01, 0.02, 60
STOP_SETS = list(itertools.product(range(10, 30), range(5, 30)))

STOPS_TEXT = f'''"""Trends persist while they are not overbought."""
import pandas as pd
import talib as ta

PARAMS = {{
    "window": {{"default": 20, "low": 2, "high": 400}},
    "period": {{"default": 14, "low": 2, "high": 100}},
}}


def generate_signals(df, params):
    average = ta.SMA(df["close"], timeperiod=params["window"])
    strength = ta.RSI(df["close"], timeperiod=params["period"])
    above = (df["close"] > average) & (strength < {STRENGTH})
    below = df["close"] < average
    return pd.DataFrame(
        {{
            "long_entry": above & ~above.shift(1, fill_value=False),
            "long_exit": below & ~below.shift(1, fill_value=False),
            "stop_loss": {STOP_LOSS},
            "take_profit": {TAKE_PROFIT},
        }},
        index=df.index,
    )
'''


def columns_of(rows: int) -> dict[str, NDArray[np.float64]]:
    """One-minute bars of a made-up market as columns; made once per machine and number of rows."""
    path = Path(tempfile.gettempdir()) / f"edgewright-benchmark-{os.getuid()}-{rows}.npz"
    if not path.exists():
        from engine.market.interval import Interval
        from engine.market.sources.synthetic import synthetic_market

        bars = synthetic_market(interval=Interval.M1, bars=rows).bars
        names = ("open_time", "open", "high", "low", "close", "volume")
        whole = path.with_suffix(f".{os.getpid()}.npz")
        np.savez(whole, **{name: getattr(bars, name) for name in names})
        whole.rename(path)
    with np.load(path) as held:
        return {name: held[name] for name in held.files}
