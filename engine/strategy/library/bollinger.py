"""Stretched prices snap back: buy a drop through the lower Bollinger band, leave at the middle one."""

import pandas as pd
import talib as ta

PARAMS = {
    "period": {"default": 20, "low": 10, "high": 60},
    "deviations": {"default": 2.0, "low": 1.0, "high": 3.5},
}


def generate_signals(df, params):
    _, middle, lower = ta.BBANDS(
        df["close"],
        timeperiod=params["period"],
        nbdevup=params["deviations"],
        nbdevdn=params["deviations"],
    )
    below = df["close"] - lower
    above = df["close"] - middle

    long_entry = (below < 0) & (below.shift(1) >= 0)
    long_exit = (above > 0) & (above.shift(1) <= 0)
    return pd.DataFrame({"long_entry": long_entry, "long_exit": long_exit}, index=df.index)
