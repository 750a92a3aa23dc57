"""Momentum carries on: hold from the MACD line's cross above its signal line to its cross back below."""

import pandas as pd
import talib as ta

PARAMS = {
    "fast": {"default": 12, "low": 4, "high": 30},
    "slow": {"default": 26, "low": 12, "high": 80},
    "signal": {"default": 9, "low": 3, "high": 30},
}
CONSTRAINTS = ["fast < slow"]


def generate_signals(df, params):
    _, _, histogram = ta.MACD(
        df["close"],
        fastperiod=params["fast"],
        slowperiod=params["slow"],
        signalperiod=params["signal"],
    )
    before = histogram.shift(1)

    long_entry = (histogram > 0) & (before <= 0)
    long_exit = (histogram < 0) & (before >= 0)
    return pd.DataFrame({"long_entry": long_entry, "long_exit": long_exit}, index=df.index)
