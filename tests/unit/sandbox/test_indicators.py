"""`ta` is TA-Lib itself, bit for bit, on Series, arrays and lists alike."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
import talib

from sandbox.facades.base import members_of
from sandbox.facades.indicators import talib_facade

_LIBRARY = cast(Any, talib)
_ABSTRACT: Any = import_module("talib.abstract")
_NAMES: list[str] = _LIBRARY.get_functions()
_ROWS = 120
_TA = members_of(talib_facade())
_PERIODS = "periods"


def _bars() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(11)
    close = 50.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, _ROWS)))
    opened = np.concatenate(([50.0], close[:-1]))
    return {
        "open": opened,
        "high": np.maximum(opened, close) * (1.0 + rng.exponential(0.004, _ROWS)),
        "low": np.minimum(opened, close) * (1.0 - rng.exponential(0.004, _ROWS)),
        "close": close,
        "volume": rng.lognormal(4.0, 0.5, _ROWS),
        _PERIODS: rng.integers(2, 20, _ROWS).astype(np.float64),
    }


_BARS = _bars()


def _inputs(name: str) -> list[np.ndarray]:
    """The arrays that the function takes, in order."""
    info: dict[str, Any] = _ABSTRACT.Function(name).info
    groups = ([value] if type(value) is str else value for value in info["input_names"].values())
    given = [each for group in groups for each in group]
    wanted = [_BARS[each] for each in given]
    bounded = name in ("ACOS", "ASIN")  # defined on -1 to 1 only
    return [(each - each.mean()) / np.abs(each - each.mean()).max() for each in wanted] if bounded else wanted


def _arrays(result: Any) -> list[np.ndarray]:
    each = cast(tuple[Any, ...], result) if isinstance(result, tuple) else (result,)
    return [np.asarray(one) for one in each]


def _same(ours: Any, theirs: Any) -> bool:
    """Equal in every bit, NaN included."""
    pairs = list(zip(_arrays(ours), _arrays(theirs), strict=True))
    return all(a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in pairs)


_INDEXES: dict[str, Any] = {
    "time": pd.date_range("2024-01-01", periods=_ROWS, freq="h", tz="UTC"),
    "text": pd.Index([f"row {place}" for place in range(_ROWS)]),
    "backwards": pd.RangeIndex(_ROWS, 0, -1),
}


@pytest.mark.parametrize("name", _NAMES)
def test_every_function_is_the_librarys_own_bit_for_bit(name: str) -> None:
    function: Callable[..., Any] = _TA[name]
    arrays = _inputs(name)
    expected = getattr(_LIBRARY, name)(*arrays)
    assert _same(function(*arrays), expected)
    assert _same(function(*(array.tolist() for array in arrays)), expected)
    for index in _INDEXES.values():
        result = function(*(pd.Series(array, index=index, name="x") for array in arrays))
        assert _same(result, expected)
        each = cast(tuple[Any, ...], result) if isinstance(result, tuple) else (result,)
        assert all(isinstance(one, pd.Series) and one.index is index for one in each)


@pytest.mark.parametrize("name", _NAMES)
def test_every_function_takes_its_parameters_by_name_and_by_place(name: str) -> None:
    arrays = _inputs(name)
    parameters: dict[str, Any] = dict(_ABSTRACT.Function(name).info["parameters"])
    expected = getattr(_LIBRARY, name)(*arrays, **parameters)
    assert _same(_TA[name](*arrays, **parameters), expected)
    assert _same(_TA[name](*arrays, *parameters.values()), expected)
    whole = {key: float(value) if key.endswith("period") else value for key, value in parameters.items()}
    assert _same(_TA[name](*arrays, **whole), expected)


@pytest.mark.parametrize("name", _NAMES)
def test_columns_of_other_types_count_as_floats_and_leading_gaps_stay_gaps(name: str) -> None:
    arrays = _inputs(name)
    library: Callable[..., Any] = getattr(_LIBRARY, name)
    for dtype in ("int64", "float32", "bool", "Int64", "object"):
        source = [np.round(array) if "nt" in dtype else array for array in arrays]
        columns: list[Any] = [cast(Any, pd.Series(array)).astype(dtype) for array in source]
        floats = [column.to_numpy(dtype=np.float64) for column in columns]
        assert _same(_TA[name](*columns), library(*floats))
    gaps = [np.concatenate((np.full(7, np.nan), array[7:])) for array in arrays]
    assert _same(_TA[name](*map(pd.Series, gaps)), library(*gaps))


def test_strided_and_read_only_arrays_are_taken_as_well() -> None:
    table = np.array([_BARS["open"], _BARS["close"]]).T
    table.setflags(write=False)
    assert _same(_TA["SMA"](table[:, 1], 5), _LIBRARY.SMA(_BARS["close"], 5))
    assert _same(_TA["SMA"](tuple(_BARS["close"]), 5), _LIBRARY.SMA(_BARS["close"], 5))


def test_columns_on_different_indexes_are_refused_and_the_message_names_both() -> None:
    high, low = (pd.Series(_BARS[name], index=_INDEXES["time"]) for name in ("high", "low"))
    with pytest.raises(ValueError, match=r"120 rows from 2024-01-01 .* and 119 rows .*reindex"):
        _TA["MIDPRICE"](high, low.iloc[1:])
    with pytest.raises(ValueError, match="one index"):
        _TA["MIDPRICE"](high, low.shift(freq="1h"))
    assert _TA["MIDPRICE"](high, low.copy()).index.equals(high.index)
    assert _TA["MIDPRICE"](high, low.to_numpy()).index is high.index


def test_names_of_averages_are_the_librarys() -> None:
    kinds = members_of(_TA["MA_Type"])
    assert kinds["SMA"] == 0 and {"EMA", "WMA", "DEMA", "TEMA", "TRIMA", "KAMA", "MAMA", "T3"} <= set(kinds)
    assert all(value == getattr(_LIBRARY.MA_Type, kind) for kind, value in kinds.items())
    close = _BARS["close"]
    assert _same(_TA["MA"](close, 9, kinds["TEMA"]), _LIBRARY.TEMA(close, 9))
