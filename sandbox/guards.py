"""Guards that the rewritten code calls: every attribute read and every attribute write goes through here."""

from __future__ import annotations

import collections
import datetime
import functools
import types
from collections.abc import Callable
from typing import Any, NoReturn, cast

import numpy as np
import pandas as pd
from pandas.core import indexing
from pandas.core.arrays import ExtensionArray
from pandas.core.groupby import GroupBy
from pandas.core.indexes.accessors import Properties
from pandas.core.resample import Resampler
from pandas.core.strings.accessor import StringMethods
from pandas.core.window.rolling import BaseWindow

from sandbox.attributes import CLASSES, COLUMNS_SETTABLE, INSTANCES
from sandbox.facades.base import Facade, members_of, name_of
from sandbox.function_names import check_aggregation, check_application, check_pivot_function, check_window
from sandbox.names import hidden, is_guard_like, is_special, shown
from sandbox.refusal import NotAvailable, nearest

Check = Callable[[Any], Any]
_MISSING: Any = object()
_ABSENT: Any = object()

_INDEXER: Any = indexing
# First match along a type's method resolution order decides, so a subclass may stand beside its base.
_KINDS: dict[type, str] = {
    pd.Series: "Series",
    pd.DataFrame: "DataFrame",
    pd.Index: "Index",
    pd.DatetimeIndex: "DatetimeIndex",
    pd.TimedeltaIndex: "TimedeltaIndex",
    pd.PeriodIndex: "PeriodIndex",
    pd.MultiIndex: "MultiIndex",
    pd.RangeIndex: "RangeIndex",
    pd.IntervalIndex: "IntervalIndex",
    pd.CategoricalIndex: "CategoricalIndex",
    Properties: "times",
    StringMethods: "texts",
    pd.Categorical: "categories",
    cast(type, pd.Series.cat): "categories",
    BaseWindow: "window",
    GroupBy: "groups",
    Resampler: "groups",
    _INDEXER._LocIndexer: "indexer",
    _INDEXER._iLocIndexer: "indexer",
    _INDEXER._AtIndexer: "indexer",
    _INDEXER._iAtIndexer: "indexer",
    np.ndarray: "ndarray",
    ExtensionArray: "extension array",
    np.str_: "str",
    np.generic: "numpy number",
    np.dtype: "dtype",
    pd.api.extensions.ExtensionDtype: "dtype",
    np.ufunc: "ufunc",
    np.poly1d: "poly1d",
    np.finfo: "limits",
    np.iinfo: "limits",
    np.random.Generator: "random numbers",
    np.random.RandomState: "random numbers",
    pd.Timestamp: "Timestamp",
    pd.Timedelta: "Timedelta",
    pd.Period: "Period",
    pd.Interval: "Interval",
    pd.offsets.BaseOffset: "offset",
    str: "str",
    int: "number",
    float: "number",
    complex: "number",
    list: "list",
    tuple: "tuple",
    dict: "dict",
    set: "set",
    frozenset: "set",
    collections.deque: "deque",
    range: "range",
    slice: "slice",
    datetime.date: "datetime",
    datetime.time: "datetime",
    datetime.timedelta: "duration",
    types.GeneratorType: "generator",
    BaseException: "exception",
    property: "property",
    type(functools.lru_cache(abs)): "cached function",
}
_CLASS_KINDS: dict[type, str] = {
    pd.DataFrame: "DataFrame",
    pd.MultiIndex: "MultiIndex",
    pd.IntervalIndex: "IntervalIndex",
    pd.Timestamp: "Timestamp",
    pd.Timedelta: "Timedelta",
    pd.Categorical: "Categorical",
    datetime.datetime: "datetime",
    datetime.date: "datetime",
    datetime.time: "datetime",
    datetime.timedelta: "Timedelta",
    datetime.timezone: "datetime",
    dict: "dict",
    collections.OrderedDict: "dict",
    str: "str",
    float: "float",
}
_TABULAR = (pd.DataFrame, pd.Series, GroupBy, Resampler, BaseWindow)


class Guards:
    """The guards of one run. `own` holds the classes that the strategy itself has defined."""

    def __init__(self) -> None:
        self.own: set[type] = set()
        self.code_globals: dict[str, Any] = {}
        self._tables: dict[type, dict[str, Check | None]] = {}

    def read(self, target: Any, name: str) -> Any:
        """`target.name`, where the lists allow it.

        Raises:
            NotAvailable: they do not.
        """
        kind: type = type(target)
        if kind in self.own:
            return getattr(target, name)
        table = self._tables.get(kind)
        if table is None:
            table = self._tables[kind] = self._learn(kind)
        check = table.get(name, _ABSENT)
        if check is None:
            return getattr(target, name)
        if check is _ABSENT:
            return self._read_unlisted(target, kind, name)
        return check(getattr(target, name))

    def read_named(self, target: Any, name: object, default: Any = _MISSING) -> Any:
        """The builtin `getattr`, under the same rules."""
        try:
            return self.read(target, _plain(name))
        except AttributeError:
            if default is _MISSING:
                raise
            return default

    def has_named(self, target: Any, name: object) -> bool:
        """The builtin `hasattr`, under the same rules."""
        return self.read_named(target, name, _ABSENT) is not _ABSENT

    def write(self, target: Any) -> Any:
        """What `target.name = value` may be done to: the strategy's own objects, labels of pandas ones.

        Raises:
            NotAvailable: any other object.
        """
        if type(target) in self.own or (isinstance(target, type) and target in self.own):
            return target
        if isinstance(target, pd.DataFrame | pd.Series | pd.Index):
            return _Labels(target)
        raise NotAvailable(
            f"Attributes of a {type(target).__name__} cannot be set.", "Use a variable or a dict."
        )

    def write_named(self, target: Any, name: object, value: Any) -> None:
        """The builtin `setattr`, under the same rules."""
        setattr(self.write(target), _plain(name), value)

    def type_of(self, target: Any) -> type:
        """The builtin `type` with one argument, for the types that a strategy may name."""
        kind: type = type(target)
        if kind in self.own or kind in _KINDS or issubclass(kind, bool | np.generic | BaseException):
            return kind
        raise NotAvailable(f"type() of a {kind.__name__} is not available.", "Use isinstance(x, ...).")

    def _learn(self, kind: type) -> dict[str, Check | None]:
        label = _label(kind)
        if label is None:
            return {}
        checks = _CHECKS.get(label, {})
        table: dict[str, Check | None] = {name: checks.get(name) for name in INSTANCES[label]}
        if "pipe" in table:
            table["pipe"] = self._check_pipe
        return table

    def _check_pipe(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(function: Any, *arguments: Any, **named: Any) -> Any:
            own = isinstance(function, types.FunctionType) and function.__globals__ is self.code_globals
            if not own:
                raise NotAvailable(
                    "pipe takes a function of the strategy itself.", "Call the function directly."
                )
            return method(function, *arguments, **named)

        return call

    def _read_unlisted(self, target: Any, kind: type, name: str) -> Any:
        if kind is Facade:
            return _read_facade(target, name)
        if isinstance(target, type):
            return self._read_class(target, name)
        if kind is super:
            return self._read_super(target, name)
        if isinstance(target, _TABULAR) and _is_label(target, shown(name)):
            return target[shown(name)]
        if issubclass(kind, tuple):
            fields = cast(tuple[str, ...], getattr(kind, "_fields", ()))
            if name in fields:
                return getattr(target, name)
            if fields and shown(name) in ("_asdict", "_replace", "_fields"):
                return getattr(target, shown(name))
        return _refuse(kind.__name__, name, INSTANCES.get(_label(kind) or "", frozenset()))

    def _read_class(self, target: type, name: str) -> Any:
        if target in self.own:
            members: Any = getattr(target, "__members__", {})
            defined = any(name in vars(base) for base in target.__mro__ if base in self.own)
            if defined or name in members:
                return getattr(target, name)
            return _refuse(target.__name__, name, frozenset())
        allowed = CLASSES.get(_CLASS_KINDS.get(target, ""), frozenset[str]())
        if name in allowed:
            return getattr(target, name)
        return _refuse(target.__name__, name, allowed)

    def _read_super(self, target: Any, name: str) -> Any:
        mine = cast(type, object.__getattribute__(target, "__thisclass__"))
        bases = mine.__mro__[1:]
        known = any(name in vars(base) for base in bases if base in self.own)
        if mine in self.own and (known or name in ("__init__", "__post_init__")):
            return getattr(target, name)
        return _refuse("super()", name, frozenset())


def _read_facade(facade: Facade, name: str) -> Any:
    members = members_of(facade)
    if name in members:
        return members[name]
    return _refuse(name_of(facade), name, frozenset(members))


def _refuse(owner: str, name: str, allowed: frozenset[str]) -> NoReturn:
    name = shown(name)
    hint = (
        nearest(name, allowed) if owner != "str" or name != "format" else 'Use an f-string, e.g. f"{x:.2f}".'
    )
    raise NotAvailable(f"{owner}.{name} is not available in strategies.", hint)


def _plain(name: object) -> str:
    """An attribute name given as a value, held to the rules that written ones obey."""
    if type(name) is not str:
        raise NotAvailable("An attribute name is a str.")
    if is_special(name) or is_guard_like(name):
        raise NotAvailable(f"The attribute {name[:40]} is not available in strategies.")
    return hidden(name)


def _label(kind: type) -> str | None:
    for base in kind.__mro__:
        label = _KINDS.get(base)
        if label is not None:
            return label
    return None


def _is_label(target: Any, name: str) -> bool:
    """Whether `target.name` is a column (of a row: an index label)."""
    if isinstance(target, pd.Series):
        return not isinstance(target.index, _UNNAMED) and name in target.index
    frame = target if isinstance(target, pd.DataFrame) else target.obj
    return isinstance(frame, pd.DataFrame) and name in frame.columns


_UNNAMED = (pd.DatetimeIndex, pd.RangeIndex, pd.TimedeltaIndex, pd.PeriodIndex, pd.IntervalIndex)


class _Labels:
    """What may be set on a pandas object: its index, columns and name, and columns that exist."""

    __slots__ = ("_target",)

    def __init__(self, target: Any) -> None:
        object.__setattr__(self, "_target", target)

    def __setattr__(self, name: str, value: object) -> None:
        target: Any = object.__getattribute__(self, "_target")
        if name in COLUMNS_SETTABLE:
            setattr(target, name, value)
        elif isinstance(target, pd.DataFrame) and name in target.columns:
            target[name] = value
        else:
            hint = f"Write df[{name!r}] = ... for a column." if isinstance(target, pd.DataFrame) else ""
            raise NotAvailable(f"{type(target).__name__}.{shown(name)} cannot be set.", hint)

    def __delattr__(self, name: str) -> NoReturn:
        raise NotAvailable("Attributes cannot be deleted.", "Write del df['name'] for a column.")


_FUNCTIONS: dict[str, Check] = {
    "agg": check_aggregation,
    "aggregate": check_aggregation,
    "apply": check_application,
    "transform": check_application,
    "rolling": check_window,
}
_CHECKS: dict[str, dict[str, Check]] = {
    "Series": _FUNCTIONS,
    "DataFrame": {**_FUNCTIONS, "pivot_table": lambda method: check_pivot_function(method, 3)},
    "window": _FUNCTIONS,
    "groups": _FUNCTIONS,
}
