"""Guards that the rewritten code calls: every attribute read and every attribute write goes through here."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, NoReturn, cast

import numpy as np
import pandas as pd

from sandbox.attributes import CLASSES, COLUMNS_SETTABLE, INSTANCES
from sandbox.facades.base import Facade, InstanceCheck, members_of, name_of, stood_for
from sandbox.function_names import (
    check_aggregation,
    check_application,
    check_pivot_function,
    check_to_string,
    check_window,
)
from sandbox.hints import nearest
from sandbox.kinds import CLASS_LABELS, TABULAR, Kind, has_label, is_kind, is_one, label_of
from sandbox.labels import keep_labels_plain
from sandbox.names import SPECIAL_METHODS, hidden, is_guard_like, is_special, shown
from sandbox.refusal import NotAvailable

Check = Callable[[Any], Any]
_NAMEABLE: tuple[Kind, ...] = (
    *(bool, int, float, complex, str, list, dict, tuple, set, frozenset, type(None)),
    *(pd.DataFrame, pd.Series, pd.Index, pd.DatetimeIndex, pd.Timestamp, pd.Timedelta),
)
_TUPLE_METHODS = frozenset(map(hidden, ("_asdict", "_replace", "_fields")))
_TEXT_FORMS = ("format", "format_map")
_MISSING: Any = object()
_ABSENT: Any = object()


class Guards:
    """The guards of one run. `own` holds the classes that the strategy itself has defined."""

    def __init__(self) -> None:
        keep_labels_plain()
        self.own: set[Kind] = set()
        self.code_globals: dict[str, Any] = {}
        self._tables: dict[Kind, dict[str, Check | None]] = {}

    def read(self, target: object, name: str) -> Any:
        """`target.name`, where the lists allow it.

        Raises:
            NotAvailable: they do not.
        """
        kind = type(target)
        if kind in self.own:
            if name in _TEXT_FORMS and isinstance(target, str):  # of class Side(str, Enum)
                return _refuse(kind.__name__, name, INSTANCES["str"])
            is_method = name in _TUPLE_METHODS and is_kind(kind, tuple)
            return getattr(target, shown(name) if is_method else name)
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
        if type(target) in self.own or (is_one(target, type) and target in self.own):
            return target
        if is_one(target, pd.DataFrame, pd.Series, pd.Index):
            return _Labels(target)
        raise NotAvailable(
            f"Attributes of a {type(target).__name__} cannot be set.", "Use a variable or a dict."
        )

    def write_named(self, target: Any, name: object, value: Any) -> None:
        """The builtin `setattr`, under the same rules."""
        setattr(self.write(target), _plain(name), value)

    def type_of(self, target: object) -> Kind:
        """The builtin `type` with one argument, for the types that a strategy may name."""
        kind = type(target)
        if kind in self.own or kind in _NAMEABLE or is_kind(kind, np.generic, BaseException):
            return kind
        raise NotAvailable(f"type() of a {kind.__name__} is not available.", "Use isinstance(x, ...).")

    def name_of(self, thing: object, default: object = _MISSING) -> object:
        """`thing.__name__` of a function or class, else `default`."""
        name = getattr(thing, "__name__", None)
        if not isinstance(name, str) or isinstance(thing, types.ModuleType):
            if default is not _MISSING:
                return default
            raise NotAvailable(f"A {type(thing).__name__} has no name.")
        return shown(name)

    def class_name_of(self, thing: object) -> str:
        """`thing.__class__.__name__`."""
        return shown(type(thing).__name__)

    def _learn(self, kind: Kind) -> dict[str, Check | None]:
        label = label_of(kind)
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

    def _read_unlisted(self, target: Any, kind: Kind, name: str) -> Any:
        if kind is Facade:
            return _read_facade(target, name)
        if is_one(target, type):
            return self._read_class(target, name)
        if kind is super:
            return self._read_super(target, name)
        if is_one(target, *TABULAR) and has_label(target, shown(name)):
            return target[shown(name)]
        if is_kind(kind, tuple):
            fields = cast(tuple[str, ...], getattr(kind, "_fields", ()))
            if name in fields:
                return getattr(target, name)
            if fields and name in _TUPLE_METHODS:
                return getattr(target, shown(name))
        return _refuse(kind.__name__, name, INSTANCES.get(label_of(kind) or "", frozenset()))

    def _read_class(self, target: Kind, name: str) -> Any:
        if target in self.own:
            members: Any = getattr(target, "__members__", {})
            defined = any(name in vars(base) for base in target.__mro__ if base in self.own)
            if defined or name in members:
                return getattr(target, name)
            return _refuse(target.__name__, name, frozenset())
        if is_one(target, InstanceCheck):
            target = stood_for(target)
        allowed = CLASSES.get(CLASS_LABELS.get(target, ""), frozenset[str]())
        if name in allowed:
            return getattr(target, name)
        return _refuse(target.__name__, name, allowed)

    def _read_super(self, target: Any, name: str) -> Any:
        mine = cast(Kind, object.__getattribute__(target, "__thisclass__"))
        bases = mine.__mro__[1:]
        known = any(name in vars(base) for base in bases if base in self.own)
        known = known or name in INSTANCES.get(label_of(mine) or "", frozenset[str]())
        if mine in self.own and (known or name in SPECIAL_METHODS):
            return getattr(target, name)
        return _refuse("super()", name, frozenset())


def _read_facade(facade: Facade, name: str) -> Any:
    members = members_of(facade)
    if name in members:
        return members[name]
    return _refuse(name_of(facade), name, frozenset(members))


def _refuse(owner: str, name: str, allowed: frozenset[str]) -> NoReturn:
    name = shown(name)
    raise NotAvailable(f"{owner}.{name} is not available in strategies.", nearest(name, allowed))


def _plain(name: object) -> str:
    """An attribute name given as a value, held to the rules that written ones obey."""
    if type(name) is not str:
        raise NotAvailable("An attribute name is a str.")
    if is_special(name) or is_guard_like(name):
        raise NotAvailable(f"The attribute {name[:40]} is not available in strategies.")
    return hidden(name)


class _Labels:
    """What may be set on a pandas object: its index, columns and name, and columns that exist."""

    __slots__ = ("_target",)

    def __init__(self, target: Any) -> None:
        object.__setattr__(self, "_target", target)

    def __setattr__(self, name: str, value: object) -> None:
        target: Any = object.__getattribute__(self, "_target")
        if name in COLUMNS_SETTABLE:
            setattr(target, name, value)
        elif is_one(target, pd.DataFrame) and name in target.columns:
            target[name] = value
        else:
            hint = f"Write df[{name!r}] = ... for a column." if is_one(target, pd.DataFrame) else ""
            raise NotAvailable(f"{type(target).__name__}.{shown(name)} cannot be set.", hint)

    def __delattr__(self, name: str) -> NoReturn:
        raise NotAvailable("Attributes cannot be deleted.", "Write del df['name'] for a column.")


_FUNCTIONS: dict[str, Check] = {
    "agg": check_aggregation,
    "aggregate": check_aggregation,
    "apply": check_application,
    "transform": check_application,
    "rolling": check_window,
    "to_string": check_to_string,
}
_CHECKS: dict[str, dict[str, Check]] = {
    "Series": _FUNCTIONS,
    "DataFrame": {**_FUNCTIONS, "pivot_table": lambda method: check_pivot_function(method, 3)},
    "window": _FUNCTIONS,
    "groups": _FUNCTIONS,
}
