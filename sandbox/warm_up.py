"""A tour of what strategies do with pandas and numpy, so that late imports happen in the zygote."""

from __future__ import annotations

import importlib
import zoneinfo
from typing import Any

import numpy as np
import pandas as pd

from sandbox.job import Task
from sandbox.log import Log
from sandbox.perform import perform
from sandbox.reply import Status

# Written as a strategy and run through the checker, so that checker and guards are warm as well.
TOUR = '''
"""Warm."""
from dataclasses import dataclass, field
from enum import Enum
import talib
PARAMS = {"n": {"default": 5, "low": 2, "high": 9}}

class State(Enum):
    FLAT = 0
    LONG = 1

@dataclass
class Memory:
    state: State = State.FLAT
    seen: list = field(default_factory=list)

def generate_signals(df, params):
    n = params["n"]
    close = df["close"]
    memory = Memory()
    memory.seen.append(1)
    for row in df.head(3).itertuples():
        memory.state = State.LONG if row.close > row.open else State.FLAT
    print(df.head(2), f"{close.iloc[0]:.2f}", close.describe(), pd.Timestamp("2024-01-01 12:00"))
    daily = df.resample("1D").agg({"open": "first", "high": "max", "low": "min", "close": "last"})
    daily = daily.shift(1).reindex(df.index, method="ffill")
    weekly = close.resample("W-MON", label="left", closed="left").ohlc()
    hourly = df.groupby(df.index.hour)["close"].transform("mean")
    by_day = df.groupby([df.index.date])["volume"].cumsum()
    grouped = df.groupby(pd.Grouper(freq="D")).apply(lambda g: g["close"].iloc[-1])
    roll = close.rolling(n)
    stats = [roll.mean(), roll.std(), roll.min(), roll.max(), roll.median(), roll.quantile(0.5), roll.skew(),
             roll.kurt(), roll.rank(pct=True), roll.corr(close.shift(1)), roll.apply(np.mean, raw=True),
             roll.apply(lambda x: x.iloc[-1], raw=False), roll.agg(["mean", "std"]),
             close.rolling("6h").mean(), close.rank(pct=True), close.pct_change(), close.diff().cumsum(),
             close.ewm(span=n, adjust=False).mean(), close.ewm(alpha=0.1).std(), close.expanding().max(),
             close.expanding(3).quantile(0.5)]
    weights = np.arange(1, n + 1)
    wma = close.rolling(n).apply(lambda x: np.dot(x, weights) / weights.sum(), raw=True)
    ranks = pd.qcut(close, 4, labels=False), pd.cut(close, 3), close.value_counts(bins=3)
    left, right = df.reset_index(), daily.reset_index()
    merged = pd.merge_asof(left, right, on="open_time", suffixes=("", "_d"))
    joined = df.join(daily, rsuffix="_d"), pd.concat([close, close.shift(1)], axis=1).max(axis=1)
    text = df.index.strftime("%Y-%m-%d %H:%M"), df.index.day_name(), df.index.month_name()
    calendar = df.index.isocalendar(), df.index.floor("D"), df.index + pd.offsets.BDay(1)
    zone = df.index.tz_convert("America/New_York").hour, df.tz_localize(None).index.tz_localize("UTC")
    filled = close.where(close > close.mean()).interpolate(), close.mask(close > 1).ffill().fillna(0)
    frame = df.assign(r=close.pct_change(), d=df.index.dayofweek).dropna()
    pivot = frame.pivot_table(index="d", values="r", aggfunc="mean"), frame.describe(), frame.corr()
    shape = frame.stack(), frame.melt(), frame.T, frame.sort_values("r"), frame.nlargest(2, "r")
    words = pd.Series(["a", "b"]).str.upper().str.contains("A"), pd.Series(["1"]).astype(int)
    dates = pd.to_datetime(["2024-01-01"], format="%Y-%m-%d"), pd.date_range("2024", periods=3, tz="UTC")
    spans = pd.to_timedelta("1h"), pd.Timedelta(hours=1), df.index.to_series().diff().dt.total_seconds()
    months = df.index.tz_localize(None).to_period("M"), df.loc["2024-01-01":"2024-01-02"], df.asfreq("h")
    more = df.between_time("09:00", "17:00"), df.at_time("12:00"), pd.get_dummies(["a"]), frame.mode()
    linear = np.polyfit(np.arange(20), close.to_numpy()[:20], 1), np.linalg.lstsq(np.ones((4, 2)), np.ones(4))
    spectrum = np.fft.rfft(close.to_numpy()), np.random.default_rng(1).normal(size=3)
    masked = np.select([close > 1, close < 0], [1, -1], default=0), np.percentile(close, 50)
    counted = np.histogram(close, bins=4), np.cov(close, close), frame.cov()
    talib.RSI(close, timeperiod=n), ta.MACD(close), ta.BBANDS(close.values)
    records = df.to_records(index=False), df.memory_usage(), df.head(2).to_string()
    lists = df.to_dict("records"), df.values.tolist(), list(df.head(2).iterrows()), close.to_frame("c")
    try:
        df["absent"]
    except KeyError as problem:
        print(problem)
    up = (close > stats[0]).fillna(False)
    tag = np.where(up, "up", "")
    return pd.DataFrame({"long_entry": up, "long_exit": ~up, "tag": tag, "stop_loss": 0.01}, index=df.index)
'''


def frame(rows: int = 300) -> pd.DataFrame:
    """Made-up bars of the contract's shape."""
    prices = 100.0 + np.sin(np.arange(rows) / 7.0) + np.arange(rows) / 100.0
    index = pd.date_range("2024-01-01", periods=rows, freq="h", tz="UTC", name="open_time", unit="ns")
    columns = {
        "open": prices - 0.1,
        "high": prices + 0.5,
        "low": prices - 0.5,
        "close": prices,
        "volume": prices,
    }
    return pd.DataFrame(columns, index=index)


_zones: list[object] = []


def run() -> None:
    """Run the tour once, and read every time zone.

    Raises:
        RuntimeError: the tour itself failed, so some library is not as we know it.
    """
    _read_zones()
    report, _ = perform(Task.TRIAL, TOUR, {}, Log(4096), frame)
    if report.status is not Status.DONE:
        raise RuntimeError(f"warming up failed: {report.findings}")
    perform(Task.TRIAL, "def generate_signals(df, params): return 1 / 0", {}, Log(0), frame)
    perform(Task.CHECK, "import os", {}, Log(0), frame)


def _read_zones() -> None:
    """A locked child opens no file, and pandas keeps a second set of zones, those written in Python.

    They are held here, because the caches of `zoneinfo` let go what nobody holds.
    """
    twin: Any = importlib.import_module("zoneinfo._zoneinfo")
    for name in zoneinfo.available_timezones():
        _zones.extend((zoneinfo.ZoneInfo(name), twin.ZoneInfo(name)))
