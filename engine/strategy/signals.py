"""Signals: what a strategy returns, as plain numpy columns on the bars' own index."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInput

if TYPE_CHECKING:
    import pandas as pd

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

FLAG_COLUMNS = ("long_entry", "long_exit", "short_entry", "short_exit")
LEVEL_COLUMNS = ("stop_loss", "take_profit", "trailing_stop", "size")
TAG_COLUMN = "tag"
_REQUIRED = ("long_entry", "long_exit")
_MAX_TAG = 64


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """Signals of one strategy on n bars.

    Attributes:
        long_entry, long_exit, short_entry, short_exit: bool[n]; row i is known when bar i closes.
        stop_loss, take_profit, trailing_stop: float64[n] fractions of the fill price, NaN for none;
            None when the strategy has no such column.
        size: float64[n], 0 to 1, share of the sizing base; None means 1.
        tag: reason per row; None when the strategy gives none.
        warnings: what the strategy's author should know.
    """

    long_entry: Flags
    long_exit: Flags
    short_entry: Flags
    short_exit: Flags
    stop_loss: Floats | None = None
    take_profit: Floats | None = None
    trailing_stop: Floats | None = None
    size: Floats | None = None
    tag: tuple[str, ...] | None = None
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.long_entry)

    def rows(self, first: int, stop: int) -> Signals:
        """The rows at positions first..stop-1."""
        cut = slice(first, stop)
        columns = {name: getattr(self, name) for name in (*FLAG_COLUMNS, *LEVEL_COLUMNS, "tag")}
        kept = {name: None if column is None else column[cut] for name, column in columns.items()}
        return replace(self, **kept)


def signals_from_frame(result: object, index: pd.DatetimeIndex, *, tags: bool = True) -> Signals:
    """Signals from the DataFrame that `generate_signals` returned for bars on `index`.

    Without `tags`, the column of reasons is not read.

    Raises:
        InvalidInput: another type, length, index, column or dtype than the contract's; the text says which.
    """
    import pandas as pd

    if type(result) is not pd.DataFrame:
        raise InvalidInput(
            f"generate_signals returned {type(result).__name__}, not a DataFrame.",
            "Return pd.DataFrame({'long_entry': ..., 'long_exit': ...}, index=df.index).",
        )
    frame = result
    warnings: list[str] = []
    _check_columns(frame, warnings)
    _check_index(frame, index)
    n = len(index)
    flags = {
        name: _flags(frame[name], warnings) if name in frame.columns else np.zeros(n, np.bool_)
        for name in FLAG_COLUMNS
    }
    levels = {name: _levels(frame[name]) for name in LEVEL_COLUMNS if name in frame.columns}
    tag = _tags(frame[TAG_COLUMN]) if tags and TAG_COLUMN in frame.columns else None
    both = int(np.count_nonzero(flags["long_entry"] & flags["short_entry"]))
    if both:
        warnings.append(f"{both} bars ask for a long and a short entry at once: neither acts there.")
    return Signals(
        flags["long_entry"],
        flags["long_exit"],
        flags["short_entry"],
        flags["short_exit"],
        **levels,
        tag=tag,
        warnings=tuple(warnings),
    )


def _check_columns(frame: pd.DataFrame, warnings: list[str]) -> None:
    labels = cast(list[object], list(frame.columns))
    names = [name if isinstance(name, str) else f"<{type(name).__name__}>" for name in labels]
    known = (*FLAG_COLUMNS, *LEVEL_COLUMNS, TAG_COLUMN)
    for name in _REQUIRED:
        if name not in names:
            raise InvalidInput(
                f"generate_signals returned no column {name}.", "long_entry and long_exit are required."
            )
    for name in dict.fromkeys(names):
        if name in known:
            if names.count(name) > 1:
                raise InvalidInput(f"generate_signals returned {name} twice.", "Name each column once.")
            continue
        meant = difflib.get_close_matches(name, known, 1, 0.8)
        if meant:
            raise InvalidInput(f"generate_signals returned {name[:40]!r}.", f"Did you mean {meant[0]}?")
        warnings.append(f"The column {name[:40]!r} means nothing here and is ignored.")


def _check_index(frame: pd.DataFrame, index: pd.DatetimeIndex) -> None:
    if len(frame) != len(index):
        raise InvalidInput(
            f"generate_signals returned {len(frame)} rows for {len(index)} bars.",
            "Build the result with index=df.index.",
        )
    if not frame.index.equals(index):
        raise InvalidInput(
            "generate_signals returned another index.", "Build the result with index=df.index."
        )


def _flags(column: Any, warnings: list[str]) -> Flags:
    if column.dtype == np.bool_:
        return column.to_numpy(dtype=np.bool_, copy=True)
    missing = column.isna().to_numpy(dtype=np.bool_)
    rest = column.to_numpy(dtype=object)[~missing]
    if str(column.dtype) not in ("object", "boolean") or not all(type(v) in (bool, np.bool_) for v in rest):
        raise InvalidInput(
            f"Column {column.name} has dtype {column.dtype}, not bool.",
            "Compare to get True or False, e.g. (df['close'] > average); use .fillna(False).astype(bool).",
        )
    if missing.any():
        warnings.append(f"{int(missing.sum())} missing values in {column.name} count as False.")
    flags = np.zeros(len(column), np.bool_)
    flags[~missing] = rest.astype(np.bool_)
    return flags


def _levels(column: Any) -> Floats:
    if column.dtype.kind not in "fiu":
        raise InvalidInput(
            f"Column {column.name} has dtype {column.dtype}, not float.",
            "Use fractions, e.g. 0.02 for 2%; NaN for none.",
        )
    values = column.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    is_size = column.name == "size"
    inside = (values >= 0.0) & (values <= 1.0) if is_size else (values > 0.0) & np.isfinite(values)
    wrong = np.flatnonzero(~np.isnan(values) & ~inside)
    if len(wrong):
        row = int(wrong[0])
        span = "0 to 1" if is_size else "a fraction above 0, e.g. 0.02 for 2%"
        raise InvalidInput(f"Column {column.name} is {values[row]:g} at row {row}.", f"It is {span}, or NaN.")
    return values


def _tags(column: Any) -> tuple[str, ...]:
    values = column.to_numpy(dtype=object)
    return tuple(v[:_MAX_TAG] if type(v) is str else "" for v in values)
