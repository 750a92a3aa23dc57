"""What a class statement may make: plain classes, dataclasses, enumerations, named tuples, exceptions."""

from __future__ import annotations

import dataclasses
import enum
import types
from collections.abc import Callable
from typing import Any, cast

from sandbox.facades.standard import named_tuple
from sandbox.facades.typing_names import BaseName
from sandbox.names import SPECIAL_METHODS, is_special
from sandbox.refusal import NotAvailable
from sandbox.words import words

BASE_NAMES = words(
    "Enum IntEnum NamedTuple TypedDict ABC Protocol Generic object Exception ValueError RuntimeError"
)
_WITHOUT_EFFECT = ("ABC", "Protocol", "Generic")
_EXCEPTIONS = (Exception, ValueError, RuntimeError)
# What Python itself puts into the name space of a class body, in the versions that we know.
_BY_PYTHON = words(
    """
    __module__ __qualname__ __doc__ __annotations__ __classcell__ __firstlineno__ __static_attributes__
    __annotate__ __annotate_func__ __conditional_annotations__ __annotations_cache__ __classdict__
    """
)


class ClassMaker:
    """Makes the classes of one run and adds them to `own`, the set that the guards read."""

    def __init__(self, own: set[type]) -> None:
        self._own = own

    def make(self, name: str, bases: tuple[Any, ...], namespace: dict[str, Any]) -> Any:
        """The class of a class statement; stands in for its metaclass.

        Raises:
            NotAvailable: a base, or a special method, that is not allowed.
        """
        for key in namespace:
            if is_special(key) and key not in SPECIAL_METHODS and key not in _BY_PYTHON:
                raise NotAvailable(f"The method {key} is not available in strategies.", "Use a plain name.")
        named = [base.name for base in bases if isinstance(base, BaseName)]
        kinds = [each for each in named if each not in _WITHOUT_EFFECT]
        parents = tuple(base for base in bases if not isinstance(base, BaseName) and base is not object)
        if kinds and len(bases) == 1:
            return self._special(kinds[0], name, namespace)
        if len(parents) == 1 and parents[0] in _EXCEPTIONS and not kinds:
            return _exception(name, parents[0], namespace)
        if kinds or not all(parent in self._own for parent in parents):
            raise NotAvailable(f"The class {name} has a base that is not available.", "Use a plain class.")
        made = type(name, parents, dict(namespace))
        self._own.add(made)
        return made

    def dataclass(self, kind: type | None = None, /, **options: Any) -> Any:
        """`dataclasses.dataclass` for the strategy's own classes."""
        decorate = cast(Callable[[type], type], dataclasses.dataclass(**options))

        def register(given: type) -> type:
            if given not in self._own:
                raise NotAvailable("dataclass is for the strategy's own classes.")
            made = decorate(given)
            self._own.add(made)
            return made

        return register if kind is None else register(kind)

    def _special(self, kind: str, name: str, namespace: dict[str, Any]) -> Any:
        if kind == "TypedDict":
            return dict
        made = _named_tuple(name, namespace) if kind == "NamedTuple" else _enumeration(kind, name, namespace)
        self._own.add(made)
        return made


class _Enumeration(enum.EnumType):
    """Enumerations that a call only looks up in: with names, it would make a class past every rule here."""

    def __call__(cls, value: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        return super().__call__(value)


def _enumeration(kind: str, name: str, namespace: dict[str, Any]) -> type:
    base: Any = enum.IntEnum if kind == "IntEnum" else enum.Enum
    maker: Any = _Enumeration
    body: Any = maker.__prepare__(name, (base,))
    for key, value in namespace.items():
        if not is_special(key) or key in SPECIAL_METHODS or key in ("__module__", "__qualname__"):
            body[key] = value
    return maker(name, (base,), body)


def _named_tuple(name: str, namespace: dict[str, Any]) -> type:
    fields = list(cast(dict[str, str], namespace.get("__annotations__", {})))
    plain = named_tuple(name, fields, defaults=[namespace[each] for each in fields if each in namespace])
    rest = {key: value for key, value in namespace.items() if key not in fields and key not in _BY_PYTHON}
    return type(name, (plain,), {**rest, "__slots__": ()})


def _exception(name: str, parent: type, namespace: dict[str, Any]) -> type:
    if any(isinstance(value, types.FunctionType) for value in namespace.values()):
        raise NotAvailable("Exception classes have no methods here.", "Raise it with a message.")
    return type(name, (parent,), {})
