"""Signals as the kernels read them: every column checked, contiguous, of the right type."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInput
from engine.strategy.signals import FLAG_COLUMNS, LEVEL_COLUMNS, Signals

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def checked(signals: Signals, bars: int) -> Signals:
    """The same with every column an array that the kernels can read.

    Raises:
        InvalidInput: a column of another length or type, or a level outside its range; with its row.
    """
    flags = {name: _flags(name, getattr(signals, name), bars) for name in FLAG_COLUMNS}
    levels = {name: _level(name, getattr(signals, name), bars) for name in LEVEL_COLUMNS}
    if signals.tag is not None and len(signals.tag) != bars:
        raise InvalidInput(f"Signal tag has {len(signals.tag)} rows for {bars} bars.", "Give one per bar.")
    return replace(signals, **flags, **levels)


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
