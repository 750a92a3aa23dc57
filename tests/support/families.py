"""Families of strategies for searches over made-up markets: texts in the contract, with wide ranges."""

from __future__ import annotations

from engine.strategy.library import catalogue

_CROSS = '''"""Two moving averages: long while the fast one is above, short while it is below."""
import talib as ta
PARAMS = {"fast": {"default": 20, "low": 5, "high": 60}, "slow": {"default": 120, "low": 30, "high": 300}}
CONSTRAINTS = ["fast < slow"]

def generate_signals(df, params):
    fast = ta.SMA(df["close"], params["fast"])
    slow = ta.SMA(df["close"], params["slow"])
    up, down = fast > slow, fast < slow
    rise = up & ~up.shift(1, fill_value=False)
    fall = down & ~down.shift(1, fill_value=False)
    return pd.DataFrame({"long_entry": rise, "long_exit": fall,
                         "short_entry": fall, "short_exit": rise}, index=df.index)
'''

_SWING = '''"""Relative strength: long when it is low, short when it is high."""
import talib as ta
PARAMS = {"period": {"default": 20, "low": 5, "high": 50},
          "low": {"default": 35.0, "low": 20.0, "high": 45.0},
          "high": {"default": 65.0, "low": 55.0, "high": 80.0}}

def generate_signals(df, params):
    strength = ta.RSI(df["close"], params["period"])
    low, high = strength < params["low"], strength > params["high"]
    return pd.DataFrame({"long_entry": low, "long_exit": high,
                         "short_entry": high, "short_exit": low}, index=df.index)
'''

_BANDS = '''"""Bands around an average: against the price outside of them, out at the middle."""
import talib as ta
PARAMS = {"period": {"default": 50, "low": 10, "high": 150},
          "width": {"default": 2.0, "low": 1.0, "high": 3.0}}

def generate_signals(df, params):
    close = df["close"]
    upper, middle, lower = ta.BBANDS(close, params["period"], params["width"], params["width"])
    return pd.DataFrame({"long_entry": close < lower, "long_exit": close > middle,
                         "short_entry": close > upper, "short_exit": close < middle}, index=df.index)
'''

_BREAKOUT = '''"""A new high of many bars is bought, a new low of fewer sold."""
import talib as ta
PARAMS = {"entry": {"default": 50, "low": 10, "high": 200}, "leave": {"default": 25, "low": 5, "high": 100}}

def generate_signals(df, params):
    high = ta.MAX(df["high"], params["entry"]).shift(1)
    low = ta.MIN(df["low"], params["leave"]).shift(1)
    return pd.DataFrame({"long_entry": df["close"] > high, "long_exit": df["close"] < low}, index=df.index)
'''

_TREND_WITH_STOP = '''"""The direction of the last hours goes on; a stop follows."""
PARAMS = {"hours": {"default": 72, "low": 6, "high": 240}, "bar": {"default": 1.0, "low": 0.3, "high": 3.0},
          "stop": {"default": 0.05, "low": 0.02, "high": 0.15}}

def generate_signals(df, params):
    move = df["close"].pct_change(params["hours"])
    usual = df["close"].pct_change().rolling(500).std() * params["hours"] ** 0.5
    up, down = move > params["bar"] * usual, move < -params["bar"] * usual
    return pd.DataFrame({"long_entry": up, "long_exit": down, "short_entry": down, "short_exit": up,
                         "trailing_stop": params["stop"]}, index=df.index)
'''

FAMILIES = {
    "cross": _CROSS,
    "swing": _SWING,
    "bands": _BANDS,
    "breakout": _BREAKOUT,
    "trend_with_stop": _TREND_WITH_STOP,
    "sma_cross": catalogue.text("sma_cross"),
    "rsi": catalogue.text("rsi"),
    "bollinger": catalogue.text("bollinger"),
}
