"""Trading ideas without a reason, each another one: conditions, exits and sides drawn at random."""

from __future__ import annotations

import numpy as np

_CONDITIONS = (
    "ta.RSI(close, {n}) < {low}",
    "ta.RSI(close, {n}) > {high}",
    "close > ta.SMA(close, {long})",
    "close < ta.SMA(close, {long})",
    "ta.EMA(close, {n}) > ta.EMA(close, {long})",
    'close > df["high"].rolling({long}).max().shift(1)',
    'close < df["low"].rolling({long}).min().shift(1)',
    "close.pct_change({n}) > {move}",
    "close.pct_change({n}) < -{move}",
    "pd.Series(df.index.hour == {hour}, index=df.index)",
    "pd.Series(df.index.weekday == {day}, index=df.index)",
    '(df["high"] - df["low"]) > {times} * ta.ATR(df["high"], df["low"], close, {n})',
    "close.diff().lt(0).rolling({few}).sum() == {few}",
    "close.diff().gt(0).rolling({few}).sum() == {few}",
    "ta.MOM(close, {long}) > 0",
    'ta.CCI(df["high"], df["low"], close, {n}) < -{cci}',
    'ta.CCI(df["high"], df["low"], close, {n}) > {cci}',
    'ta.ADX(df["high"], df["low"], close, {n}) > {adx}',
    'ta.WILLR(df["high"], df["low"], close, {n}) < -{will}',
    "(close - ta.SMA(close, {n})) / close.rolling({n}).std() > {times}",
    "(close - ta.SMA(close, {n})) / close.rolling({n}).std() < -{times}",
)

_TEXT = '''"""Idea {number}: when {words}."""
import talib as ta
PARAMS = {{}}

def generate_signals(df, params):
    close = df["close"]
    when = ({first}) & ({second})
    begins = when & ~when.shift(1, fill_value=False)
    ends = begins.shift({hold}, fill_value=False)
    never = pd.Series(False, index=df.index)
    return pd.DataFrame({columns}, index=df.index)
'''

_LONG = '{"long_entry": begins, "long_exit": ends}'
_SHORT = '{"long_entry": never, "long_exit": never, "short_entry": begins, "short_exit": ends}'


def idea(number: int, rng: np.random.Generator) -> str:
    """The text of an idea that has nothing to do with the others."""
    first, second = rng.choice(len(_CONDITIONS), 2, replace=False)
    numbers = {
        "n": int(rng.integers(5, 40)),
        "long": int(rng.integers(30, 250)),
        "low": int(rng.integers(20, 45)),
        "high": int(rng.integers(55, 80)),
        "move": round(float(rng.uniform(0.003, 0.03)), 4),
        "hour": int(rng.integers(24)),
        "day": int(rng.integers(7)),
        "times": round(float(rng.uniform(0.8, 2.2)), 2),
        "few": int(rng.integers(2, 6)),
        "cci": int(rng.integers(50, 180)),
        "adx": int(rng.integers(15, 40)),
        "will": int(rng.integers(60, 95)),
    }
    conditions = [_CONDITIONS[place].format(**numbers) for place in (first, second)]
    return _TEXT.format(
        number=number,
        words=f"{conditions[0]} and {conditions[1]}".replace('"', "'"),
        first=conditions[0],
        second=conditions[1],
        hold=int(rng.integers(4, 96)),
        columns=_LONG if rng.random() < 0.5 else _SHORT,
    )
