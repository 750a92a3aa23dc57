"""Names of functions handed over as text: pandas looks them up with getattr, so they come from a list."""

from __future__ import annotations

import functools
import types
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pandas as pd

from sandbox.hints import nearest
from sandbox.refusal import NotAvailable
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
_PLAIN_ENGINES = (None, "python", "cython")
_DICTS = (dict, OrderedDict, defaultdict)
# What pandas calls as it is, and may know by identity (np.mean). Any other callable could be a list or dict
# of names at the same time, so it is called through a plain function.
_FUNCTIONS: tuple[type[Any], ...] = (
    *(types.FunctionType, types.BuiltinFunctionType, types.MethodType, type, np.ufunc),
    *(cast(type[Any], functools.partial), cast(type[Any], type(np.mean))),
)


def checked_function(value: object, depth: int = 0) -> object:
    """A function for agg, apply and their kin: callable, or a listed name; containers come back as copies.

    A copy, because a function in a list could change a later name in that very list while pandas runs it.

    Raises:
        NotAvailable: a name outside the list, or names hidden in another kind of container.
    """
    kind = type(value)
    if isinstance(value, str) and kind is str:
        if value not in FUNCTION_NAMES:
            raise NotAvailable(f"The function name {value[:40]!r} is not available here.", _hint(value))
        return value
    if isinstance(value, pd.NamedAgg):
        return pd.NamedAgg(value.column, cast(Any, checked_function(value.aggfunc, depth + 1)))
    if depth < _MAX_DEPTH and kind in _DICTS:
        entries = cast(dict[Any, object], value).items()
        return {key: checked_function(each, depth + 1) for key, each in entries}
    if depth < _MAX_DEPTH and kind in (list, tuple):
        return [checked_function(each, depth + 1) for each in cast(list[object], value)]
    if isinstance(value, _FUNCTIONS):
        return value
    if callable(value) and not isinstance(value, str):
        return _plainly(value)
    hint = "Use a name such as 'mean', a function, a list or a dict."
    raise NotAvailable(f"A {kind.__name__} cannot name functions.", hint)


def _hint(name: str) -> str:
    return nearest(name, FUNCTION_NAMES) or "Names such as 'mean', 'sum', 'last', or a function."


def _plainly(value: Function) -> Function:
    def call(*arguments: Any, **named: Any) -> Any:
        return value(*arguments, **named)

    return call


def plain_engine(value: object) -> bool:
    """True for the engines that compile nothing; they are what is used anyway."""
    return value is None or (type(value) is str and value in _PLAIN_ENGINES)


def _no_engine(named: dict[str, Any]) -> None:
    if not plain_engine(named.get("engine")) or named.get("engine_kwargs") is not None:
        raise NotAvailable("engine= is not available.", "Leave it out.")


def check_aggregation(method: Function) -> Function:
    """`agg` and `aggregate`: the function, or the named aggregations `x=("close", "mean")`."""

    def call(*arguments: Any, **named: Any) -> Any:
        _no_engine(named)
        if _has_function(arguments, named):
            return _call_checked(method, arguments, named)
        return method(*arguments, **{name: _aggregation(value) for name, value in named.items()})

    return call


def check_application(method: Function) -> Function:
    """`apply` and `transform`: the first argument is a function or its name."""

    def call(*arguments: Any, **named: Any) -> Any:
        _no_engine(named)
        return _call_checked(method, arguments, named)

    return call


_NAMES = ("func", "arg")


def _has_function(arguments: tuple[Any, ...], named: dict[str, Any]) -> bool:
    first = arguments[0] if arguments else None
    return first is not None or any(named.get(name) is not None for name in _NAMES)


def _call_checked(method: Function, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
    if arguments:
        return method(checked_function(arguments[0]), *arguments[1:], **named)
    return method(**{**named, **{name: checked_function(named[name]) for name in _NAMES if name in named}})


def _aggregation(value: object) -> object:
    """A named aggregation: a pair (column, function), a `pd.NamedAgg`, or a function."""
    if not isinstance(value, tuple) or isinstance(value, pd.NamedAgg):
        return None if value is None else checked_function(value)
    pair = cast(tuple[object, ...], value)
    if len(pair) != 2:
        raise NotAvailable("A named aggregation is a pair.", 'Write x=("close", "mean").')
    return pair[0], checked_function(pair[1])


def check_pivot_function(method: Function, position: int) -> Function:
    """`pivot_table`: `aggfunc`, by name or at `position` counted from the first argument."""

    def call(*arguments: Any, **named: Any) -> Any:
        _no_engine(named)
        given = list(arguments)
        if len(given) > position:
            given[position] = checked_function(given[position])
        if "aggfunc" in named:
            named["aggfunc"] = checked_function(named["aggfunc"])
        return method(*given, **named)

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


def check_to_string(method: Function) -> Function:
    """`to_string`: a text, never a file."""

    def call(*arguments: Any, **named: Any) -> Any:
        if arguments or named.get("buf") is not None:
            raise NotAvailable("to_string writes no file.", "Print what it returns: print(df.to_string()).")
        return method(**named)

    return call
