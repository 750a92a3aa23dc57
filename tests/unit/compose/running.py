"""Runs composed and library code on made-up bars, the way the sandbox would, without the walls."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import talib

from engine.strategy.signals import FLAG_COLUMNS, LEVEL_COLUMNS, Signals, signals_from_frame
from engine.strategy.spec import evaluate_constraint, parameters_from_literal


@cache
def walk(bars: int = 4_000, seed: int = 7, freq: str = "h") -> pd.DataFrame:
    """A seeded random walk with volatility clusters and fat tails."""
    rng = np.random.default_rng(seed)
    returns = rng.standard_t(4, bars) * 0.008 * np.exp(0.5 * np.sin(np.arange(bars) / 200))
    close = 30_000 * np.exp(np.cumsum(returns))
    opened = np.r_[30_000.0, close[:-1]]
    high = np.maximum(opened, close) * (1 + rng.random(bars) * 0.004)
    low = np.minimum(opened, close) * (1 - rng.random(bars) * 0.004)
    index = pd.date_range("2023-01-02", periods=bars, freq=freq, tz="UTC", name="open_time").as_unit("ns")
    volume = rng.lognormal(3, 0.6, bars)
    return pd.DataFrame(
        {"open": opened, "high": high, "low": low, "close": close, "volume": volume}, index=index
    )


def module(code: str) -> dict[str, Any]:
    """The names that the code defines."""
    names: dict[str, Any] = {"np": np, "pd": pd, "math": math, "ta": talib}
    exec(compile(code, "<strategy>", "exec"), names)
    return names


def defaults(code: str) -> dict[str, int | float]:
    """Default of each parameter, after the contract's own checks."""
    names = module(code)
    parameters = parameters_from_literal(names["PARAMS"])
    values = {parameter.name: parameter.default for parameter in parameters}
    for constraint in names.get("CONSTRAINTS", []):
        assert evaluate_constraint(constraint, values), constraint
    return values


def run(code: str, frame: pd.DataFrame, **params: int | float) -> Signals:
    """Signals of the code on `frame`, with parameters other than the defaults where given."""
    names = module(code)
    values = {name: entry["default"] for name, entry in names["PARAMS"].items()} | params
    index = pd.DatetimeIndex(frame.index)
    return signals_from_frame(names["generate_signals"](frame.copy(), values), index)


def columns(signals: Signals) -> dict[str, Any]:
    """Flags and levels by name; absent levels are None."""
    return {name: getattr(signals, name) for name in (*FLAG_COLUMNS, *LEVEL_COLUMNS)}


def same(left: Signals, right: Signals, rows: int | None = None) -> bool:
    """Whether the first `rows` rows are equal, levels included."""
    for name, column in columns(left).items():
        other = columns(right)[name]
        if (column is None) != (other is None):
            return False
        if column is not None and not np.array_equal(
            column[:rows], other[:rows], equal_nan=column.dtype.kind == "f"
        ):
            return False
    return True
