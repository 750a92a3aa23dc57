"""`ta`: TA-Lib's functions on Series, arrays and lists; a Series in means a Series out, on its index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pandas as pd
import talib
from pandas.core.arrays import ExtensionArray

from sandbox.facades.base import Facade
from sandbox.kinds import is_one

_Function = Callable[..., Any]
_PERIOD_WORDS = ("period",)


def talib_facade() -> Facade:
    """`ta`: every function of TA-Lib (not its stream and abstract forms), and `MA_Type`."""
    library = cast(Any, talib)
    names = cast(list[str], library.get_functions())
    members: dict[str, Any] = {name: _wrapped(name, getattr(library, name)) for name in names}
    return Facade(
        "ta",
        {
            **members,
            "MA_Type": Facade("ta.MA_Type", _constants(library.MA_Type)),
            "get_functions": names.copy,
        },
    )


def _constants(kind: object) -> dict[str, Any]:
    return {name: getattr(kind, name) for name in dir(kind) if name.isupper()}


def _wrapped(name: str, function: _Function) -> _Function:
    def call(*arguments: Any, **named: Any) -> Any:
        index = _common_index(name, (*arguments, *named.values()))
        given = [_column(name, value) for value in arguments]
        options = {key: _option(name, key, value) for key, value in named.items()}
        result = function(*given, **options)
        if index is None:
            return result
        if isinstance(result, tuple):
            return tuple(pd.Series(each, index=index) for each in cast(tuple[Any, ...], result))
        return pd.Series(result, index=index)

    return call


def _common_index(name: str, values: tuple[Any, ...]) -> Any:
    """The index of the Series among `values`; None without any.

    Raises:
        ValueError: they have different ones, so their values would be paired by place, not by time.
    """
    indexes = [value.index for value in values if is_one(value, pd.Series)]
    first = indexes[0] if indexes else None
    for other in indexes[1:]:
        if other is not first and not other.equals(first):
            raise ValueError(
                f"ta.{name} needs Series on one index, and got {_span(first)} and {_span(other)}. "
                "Align them first, e.g. b.reindex(a.index)."
            )
    return first


def _span(index: Any) -> str:
    ends = f" from {index[0]} to {index[-1]}" if len(index) else ""
    return f"{len(index)} rows{ends}"


def _column(name: str, value: Any) -> Any:
    if is_one(value, pd.DataFrame):
        raise TypeError(f"ta.{name} takes Series such as df['close'], not a whole DataFrame.")
    if is_one(value, pd.Series):
        return np.ascontiguousarray(value.to_numpy(dtype=np.float64, na_value=np.nan))
    if is_one(value, np.ndarray, list, tuple, pd.Index, ExtensionArray):
        return np.ascontiguousarray(value, dtype=np.float64)
    return value.item() if is_one(value, np.generic) else value


def _option(name: str, key: str, value: Any) -> Any:
    value = _column(name, value)
    # Parameters that were searched arrive as 14.0 where TA-Lib insists on 14.
    whole = isinstance(value, float) and value.is_integer()
    return int(value) if whole and key.endswith(_PERIOD_WORDS) else value
