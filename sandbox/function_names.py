"""Names of functions handed over as text: pandas looks them up with getattr, so they come from a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pandas as pd

from sandbox.refusal import NotAvailable, nearest
from sandbox.words import words

Function = Callable[..., Any]

FUNCTION_NAMES = words(
    """
    sum mean std var min max median first last count size prod sem skew kurt quantile nunique any all ohlc abs
    cumsum cumprod cummax cummin cumcount diff pct_change shift rank ffill bfill sqrt exp log log10 log1p
    round idxmax idxmin mode ngroup sign
    """
)
_MAX_DEPTH = 4
_ENGINE = ("engine", "engine_kwargs")


def check_function(value: object, depth: int = 0) -> None:
    """Refuse `value` as a function for agg, apply and their kin, unless it is callable or a listed name.

    Raises:
        NotAvailable: a name outside the list, or names hidden in another kind of container.
    """
    kind = type(value)
    if isinstance(value, str) and kind is str:
        if value not in FUNCTION_NAMES:
            raise NotAvailable(f"The function name {value[:40]!r} is not available here.", _hint(value))
    elif isinstance(value, pd.NamedAgg):
        check_function(value.aggfunc, depth + 1)
    elif depth < _MAX_DEPTH and kind is dict:
        for each in cast(dict[Any, Any], value).values():
            check_function(each, depth + 1)
    elif depth < _MAX_DEPTH and kind in (list, tuple):
        for each in cast(list[Any], value):
            check_function(each, depth + 1)
    elif not (callable(value) and not isinstance(value, str)):
        raise NotAvailable(
            f"A {kind.__name__} cannot name functions.",
            "Use a name such as 'mean', a function, a list or a dict.",
        )


def _hint(name: str) -> str:
    return nearest(name, FUNCTION_NAMES) or "Names such as 'mean', 'sum', 'last', or a function."


def _no_engine(named: dict[str, Any]) -> None:
    if any(key in named for key in _ENGINE):
        raise NotAvailable("engine= is not available.", "Leave it out.")


def check_aggregation(method: Function) -> Function:
    """`agg` and `aggregate`: the function, or the named aggregations `x=("close", "mean")`."""

    def call(*arguments: Any, **named: Any) -> Any:
        _no_engine(named)
        function = arguments[0] if arguments else named.get("func", named.get("arg"))
        if function is not None:
            check_function(function)
        else:
            for value in named.values():
                check_function(_aggregated(value))
        return method(*arguments, **named)

    return call


def _aggregated(value: object) -> object:
    """The function of a named aggregation: the second of a pair, or the value itself."""
    pair = cast(tuple[object, ...], value) if isinstance(value, tuple) else ()
    return pair[1] if len(pair) == 2 else value


def check_application(method: Function) -> Function:
    """`apply` and `transform`: the first argument is a function or its name."""

    def call(*arguments: Any, **named: Any) -> Any:
        _no_engine(named)
        function = arguments[0] if arguments else named.get("func", named.get("arg"))
        if function is not None:
            check_function(function)
        return method(*arguments, **named)

    return call


def check_pivot_function(method: Function, position: int) -> Function:
    """`pivot_table`: `aggfunc`, by name or at `position` counted from the first argument."""

    def call(*arguments: Any, **named: Any) -> Any:
        _no_engine(named)
        for value in (*arguments[position : position + 1], named.get("aggfunc")):
            if value is not None:
                check_function(value)
        return method(*arguments, **named)

    return call


def check_window(method: Function) -> Function:
    """`rolling`: no `win_type`, which is looked up by name in another library."""

    def call(*arguments: Any, **named: Any) -> Any:
        if named.get("win_type") is not None or (len(arguments) > 3 and arguments[3] is not None):
            raise NotAvailable(
                "win_type= is not available.", "Multiply by your own weights, e.g. np.hanning(n)."
            )
        return method(*arguments, **named)

    return call
