"""Columns of market data files: which is which, and their values as UTC milliseconds and floats."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib import import_module
from typing import Any

import numpy as np

from engine.errors import InvalidInput
from engine.market.arrow import pyarrow
from engine.market.bars import PRICE_COLUMNS, Floats, Times
from engine.market.interval import parse_instant

TIME_NAMES = (
    "open_time",
    "timestamp",
    "start_at",
    "start_time",
    "starttime",
    "datetime",
    "unix",
    "time",
    "date",
    "__index_level_0__",
)
FUNDING_TIME_NAMES = ("funding_rate_timestamp", "fundingratetimestamp", "funding_time", *TIME_NAMES)
RATE_NAMES = ("funding_rate", "fundingrate")
_DOTTED = re.compile(r"\d{4}\.\d\d\.\d\d \d\d:\d\d(:\d\d)?")
# Seconds, milliseconds, microseconds and nanoseconds of 1973 to 2099 are four ranges that do not meet.
_FIRST_SECOND, _LAST_SECOND = 100_000_000, 4_102_444_800


class Columns:
    """Names of a table's columns in lower case, with blanks and hyphens as underscores."""

    def __init__(self, names: Iterable[str]) -> None:
        self.found = tuple(names)
        self._by_name = {
            re.sub(r"[\s\-]+", "_", name.strip().strip("<>").lower()): name for name in self.found
        }

    def one_of(self, names: Iterable[str]) -> str | None:
        """The table's own name of the first of these columns that it has."""
        return next((self._by_name[name] for name in names if name in self._by_name), None)

    def price(self, name: str) -> str | None:
        """The table's own name of open, high, low, close or volume."""
        return self.one_of((name, f"{name}_price", f"{name}price"))

    @property
    def prices_found(self) -> int:
        """How many of open, high, low and close there are."""
        return sum(self.price(name) is not None for name in PRICE_COLUMNS)


def to_floats(array: Any, name: str, first_row: int) -> Floats:
    """Values as float64; nulls become NaN.

    Raises:
        InvalidInput: names the first row that holds no number.
    """
    pa, compute = pyarrow(), pyarrow("compute")
    if _is_text(array):
        array = compute.utf8_trim_whitespace(array)
    try:
        numbers = compute.cast(array, pa.float64())
    except pa.ArrowInvalid as error:
        row, value = _first_failing(array, lambda value: compute.cast(pa.scalar(value), pa.float64()))
        raise InvalidInput(
            f"Row {row + first_row} has {value!r} in column {name}.", "Write a number such as 42000.5."
        ) from error
    return numbers.to_numpy(zero_copy_only=False)


def to_times(array: Any, name: str, first_row: int, clock_ahead_ms: int | None) -> Times:
    """Values as UTC milliseconds. Numbers may be s, ms, us or ns; text is ISO, UTC if it names no zone.

    Args:
        clock_ahead_ms: for stamps like `2023.05.01 00:00`, how far their clock runs ahead of UTC; None when
            nobody knows, and then such stamps are refused.

    Raises:
        InvalidInput: names the first row that holds no time.
    """
    pa = pyarrow()
    if array.null_count:
        row = int(np.flatnonzero(array.is_null().to_numpy(zero_copy_only=False))[0])
        raise InvalidInput(f"Row {row + first_row} has no {name}.", "Every row needs its open time.")
    if pa.types.is_temporal(array.type):
        zone = getattr(array.type, "tz", None)
        return array.cast(pa.timestamp("ms", zone)).cast(pa.int64()).to_numpy()
    if _is_text(array):
        return _text_times(array, name, first_row, clock_ahead_ms)
    return _number_times(array, name, first_row)


def _text_times(array: Any, name: str, first_row: int, clock_ahead_ms: int | None) -> Times:
    pa, compute = pyarrow(), pyarrow("compute")
    text = compute.utf8_trim_whitespace(array)
    for number in (pa.int64(), pa.float64()):
        with suppress(pa.ArrowInvalid):
            return _number_times(compute.cast(text, number), name, first_row)
    first = text[0].as_py()
    if _DOTTED.fullmatch(first):
        if clock_ahead_ms is None:
            raise InvalidInput(
                f"Row {first_row} has the time {first!r}, whose time zone nobody can tell.",
                "Write ISO times in UTC. Bybit's archive is read as UTC+3 under its own file name, "
                "SYMBOL_MINUTES_FROM_TO.csv.gz.",
            )
        dashed = compute.replace_substring(text, ".", "-")
        return _iso_times(dashed, name, first_row) - clock_ahead_ms
    return _iso_times(compute.replace_substring_regex(text, " ?UTC$", "Z"), name, first_row)


def _iso_times(text: Any, name: str, first_row: int) -> Times:
    pandas: Any = import_module("pandas")
    try:
        moments = pandas.to_datetime(text.to_numpy(zero_copy_only=False), format="ISO8601", utc=True)
    except (ValueError, OverflowError) as error:
        row, value = _first_failing(text, parse_instant)
        raise InvalidInput(
            f"Row {row + first_row} has {value!r} in column {name}, which is no time.",
            "Write UTC milliseconds, or ISO such as 2024-01-31T12:00:00Z.",
        ) from error
    return np.array(moments.as_unit("ms").asi8, dtype=np.int64)


def _number_times(array: Any, name: str, first_row: int) -> Times:
    numbers = array.to_numpy(zero_copy_only=False)
    times = np.zeros(len(numbers), dtype=np.int64)
    good = np.zeros(len(numbers), dtype=np.bool_)
    for per_second in (1, 1_000, 1_000_000, 1_000_000_000):
        within = (numbers >= _FIRST_SECOND * per_second) & (numbers < _LAST_SECOND * per_second)
        whole = numbers[within].astype(np.int64)
        per_ms = max(1, per_second // 1000)
        times[within] = whole * 1000 if per_second == 1 else whole // per_ms
        good[within] = (whole == numbers[within]) & (whole % per_ms == 0)
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        raise InvalidInput(
            f"Row {row + first_row} has {numbers[row]} in column {name}, which is no time.",
            "Write UTC seconds, milliseconds, microseconds or nanoseconds, or ISO text.",
        )
    return times


def _is_text(array: Any) -> bool:
    types = pyarrow().types
    return (
        types.is_string(array.type) or types.is_large_string(array.type) or types.is_string_view(array.type)
    )


def _first_failing(array: Any, convert: Callable[[Any], object]) -> tuple[int, Any]:
    for row, value in enumerate(array.to_pylist()):
        try:
            convert(value)
        except (TypeError, ValueError, InvalidInput):
            return row, value
    return 0, array[0].as_py()
