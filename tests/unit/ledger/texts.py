"""Short strategies: one idea in several dresses, and others."""

from __future__ import annotations

MEAN = '''"""Trends persist."""
PARAMS = {"n": {"default": 40, "low": 2, "high": 200}}


def generate_signals(df, params):
    up = df["close"] > df["close"].rolling(params["n"]).mean()
    return pd.DataFrame({"long_entry": up, "long_exit": ~up}, index=df.index)
'''
RENAMED = '''"""Momentum, told otherwise."""
PARAMS = {"width": {"default": 43, "low": 2, "high": 300}}


def average(series, length):
    # as usual
    return series.rolling(length).mean()


def generate_signals(frame, settings):
    price = frame.close
    line = average(price, settings["width"])
    above = line < price
    return pd.DataFrame({"long_exit": ~above, "long_entry": above}, index=frame.index)
'''
BY_SUMS = '''"""The same trades, computed from sums."""
PARAMS = {"n": {"default": 40, "low": 2, "high": 200}}


def generate_signals(df, params):
    n = params["n"]
    total = df["close"].cumsum()
    up = df["close"] * n > total - total.shift(n)
    return pd.DataFrame({"long_entry": up, "long_exit": ~up}, index=df.index)
'''
BREAKOUT = '''"""New highs attract."""
PARAMS = {"n": {"default": 30, "low": 2, "high": 200}}


def generate_signals(df, params):
    top = df["high"].rolling(params["n"]).max().shift(1)
    low = df["low"].rolling(params["n"]).min().shift(1)
    return pd.DataFrame({"long_entry": df["high"] > top, "long_exit": df["low"] < low}, index=df.index)
'''
CALENDAR = '''"""Mornings are kind."""
PARAMS = {"hour": {"default": 8, "low": 0, "high": 20}}


def generate_signals(df, params):
    hour = df.index.hour
    return pd.DataFrame(
        {"long_entry": hour == params["hour"], "long_exit": hour == params["hour"] + 3}, index=df.index
    )
'''
FAILS_LATE = '''"""It stumbles over new data, and tells of them."""


def generate_signals(df, params):
    if len(df) > 3_300:
        raise ValueError(f"the last close is {df['close'].iloc[-1]}")
    up = df["close"] > df["open"]
    return pd.DataFrame({"long_entry": up, "long_exit": ~up}, index=df.index)
'''
