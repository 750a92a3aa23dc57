"""Signals as the kernels read them: checked columns, and what of them can act in a market."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInput
from engine.market.instrument import Category
from engine.strategy.signals import FLAG_COLUMNS, LEVEL_COLUMNS, Signals

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def acting_signals(signals: Signals, bars: int, category: Category) -> Signals:
    """The same with every column an array that a kernel can read; without shorts where there are none.

    Raises:
        InvalidInput: a column of another length or type, or a value out of range.
    """
    flags = {name: _flags(name, getattr(signals, name), bars) for name in FLAG_COLUMNS}
    levels = {name: _level(name, getattr(signals, name), bars) for name in LEVEL_COLUMNS}
    if signals.tag is not None and len(signals.tag) != bars:
        raise InvalidInput(f"Signal tag has {len(signals.tag)} rows for {bars} bars.", "Give one per bar.")
    checked = replace(signals, **flags, **levels)
    return checked if category.is_derivative else _without_shorts(checked)


def buy_and_hold(bars: int, row: int = 0) -> Signals:
    """Signals that buy once, on `row`, and hold."""
    none = np.zeros(bars, np.bool_)
    first = none.copy()
    first[row : row + 1] = True
    return Signals(first, none, none, none)


def _without_shorts(signals: Signals) -> Signals:
    """The same on a market that has no shorts; long and short entry together still cancel each other."""
    none = np.zeros(len(signals), np.bool_)
    long_entry = signals.long_entry & ~signals.short_entry
    return replace(signals, long_entry=long_entry, short_entry=none, short_exit=none)


def _column(name: str, values: Any, bars: int) -> NDArray[Any]:
    column = np.ascontiguousarray(values)
    if column.shape != (bars,):
        shape = " x ".join(map(str, column.shape))
        raise InvalidInput(f"Signal {name} has {shape} rows for {bars} bars.", "Give one per bar.")
    return column


def _flags(name: str, values: Any, bars: int) -> Flags:
    column = _column(name, values, bars)
    if column.dtype != np.bool_:
        raise InvalidInput(
            f"Signal {name} has dtype {column.dtype}, not bool.", "Compare to get True or False."
        )
    return column


def _level(name: str, values: Any, bars: int) -> Floats | None:
    if values is None:
        return None
    column = _column(name, values, bars)
    if column.dtype.kind not in "fiu":
        raise InvalidInput(f"Signal {name} has dtype {column.dtype}, not float64.", "NaN means none.")
    column = column.astype(np.float64, copy=False)
    is_size = name == "size"
    top = 1.0 if is_size else np.finfo(np.float64).max
    wrong = np.flatnonzero((column < 0.0) | (column > top) | ((column == 0.0) & (not is_size)))
    if len(wrong):
        row = int(wrong[0])
        span = "0 to 1" if is_size else "a fraction above 0, e.g. 0.02 for 2%"
        raise InvalidInput(f"Signal {name} is {column[row]:g} at row {row}.", f"It is {span}, or NaN.")
    return column
