"""Panic overshoots: buy when the RSI drops into oversold, leave when it rises into overbought."""

import pandas as pd
import talib as ta

PARAMS = {
    "period": {"default": 14, "low": 5, "high": 40},
    "oversold": {"default": 30.0, "low": 10.0, "high": 45.0},
    "overbought": {"default": 70.0, "low": 55.0, "high": 90.0},
}
CONSTRAINTS = ["oversold < overbought"]


def generate_signals(df, params):
    rsi = ta.RSI(df["close"], timeperiod=params["period"])
    before = rsi.shift(1)

    long_entry = (rsi < params["oversold"]) & (before >= params["oversold"])
    long_exit = (rsi > params["overbought"]) & (before <= params["overbought"])
    return pd.DataFrame({"long_entry": long_entry, "long_exit": long_exit}, index=df.index)
