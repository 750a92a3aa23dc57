"""`ta`: TA-Lib's functions on Series, arrays and lists; a Series in means a Series out, on its index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pandas as pd
import talib

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
        index = next((a.index for a in (*arguments, *named.values()) if isinstance(a, pd.Series)), None)
        given = [_column(name, value) for value in arguments]
        options = {key: _option(name, key, value) for key, value in named.items()}
        result = function(*given, **options)
        if index is None:
            return result
        if isinstance(result, tuple):
            return tuple(pd.Series(each, index=index) for each in cast(tuple[Any, ...], result))
        return pd.Series(result, index=index)

    return call


def _column(name: str, value: Any) -> Any:
    if is_one(value, pd.DataFrame):
        raise TypeError(f"ta.{name} takes Series such as df['close'], not a whole DataFrame.")
    if is_one(value, pd.Series):
        return np.ascontiguousarray(value.to_numpy(dtype=np.float64, na_value=np.nan))
    if is_one(value, np.ndarray, list):
        return np.ascontiguousarray(value, dtype=np.float64)
    return value.item() if is_one(value, np.generic) else value


def _option(name: str, key: str, value: Any) -> Any:
    value = _column(name, value)
    # Parameters that were searched arrive as 14.0 where TA-Lib insists on 14.
    whole = isinstance(value, float) and value.is_integer()
    return int(value) if whole and key.endswith(_PERIOD_WORDS) else value
