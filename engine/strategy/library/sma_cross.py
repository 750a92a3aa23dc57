"""Trends persist: hold while the fast average of the close is above the slow one."""

import pandas as pd
import talib as ta

PARAMS = {
    "fast": {"default": 20, "low": 5, "high": 60},
    "slow": {"default": 100, "low": 30, "high": 300},
}
CONSTRAINTS = ["fast < slow"]


def generate_signals(df, params):
    fast = ta.SMA(df["close"], timeperiod=params["fast"])
    slow = ta.SMA(df["close"], timeperiod=params["slow"])
    gap = fast - slow

    long_entry = (gap > 0) & (gap.shift(1) <= 0)
    long_exit = (gap < 0) & (gap.shift(1) >= 0)
    return pd.DataFrame({"long_entry": long_entry, "long_exit": long_exit}, index=df.index)
