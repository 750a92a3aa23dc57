"""What a class statement may make: plain classes, dataclasses, enumerations, named tuples, exceptions."""

from __future__ import annotations

import collections
import dataclasses
import enum
import functools
from collections.abc import Callable
from typing import Any, cast

from sandbox.facades.standard import named_tuple
from sandbox.facades.typing_names import BaseName
from sandbox.names import SPECIAL_METHODS, is_special
from sandbox.refusal import NotAvailable
from sandbox.words import words

_WITHOUT_EFFECT = ("ABC", "Protocol", "Generic")
_ENUMERATIONS: dict[str, tuple[type, ...]] = {
    "Enum": (enum.Enum,),
    "IntEnum": (enum.IntEnum,),
    "StrEnum": (enum.StrEnum,),
    "Flag": (enum.Flag,),
    "IntFlag": (enum.IntFlag,),
}
_MIXINS = (str, int, float)
# Without those that carry an object besides their text, such as AttributeError.
_EXCEPTIONS = (
    *(Exception, ValueError, RuntimeError, TypeError, KeyError, IndexError, LookupError, ArithmeticError),
    *(NotImplementedError, Warning, UserWarning, RuntimeWarning),
)
_CONTAINERS = (dict, list, set, collections.OrderedDict, collections.defaultdict, collections.Counter)
_PARENTS = (*_EXCEPTIONS, *_CONTAINERS)
BASE_NAMES = words("NamedTuple TypedDict object", *_WITHOUT_EFFECT, *_ENUMERATIONS) | {
    kind.__name__ for kind in _PARENTS
}
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
        if kinds and all(kinds[0] == "Enum" and _is_one_of(parent, _MIXINS) for parent in parents):
            return self._special(kinds[0], name, parents, namespace)
        if kinds or not all(self._is_own(parent) or _is_one_of(parent, _PARENTS) for parent in parents):
            raise NotAvailable(f"The class {name} has a base that is not available.", "Use a plain class.")
        made = type(name, parents, dict(namespace))
        self._own.add(made)
        return made

    def dataclass(self, kind: type | None = None, /, **options: Any) -> Any:
        """`dataclasses.dataclass` for the strategy's own classes."""
        decorate = cast(Callable[[type], type], dataclasses.dataclass(**options))

        def register(given: type) -> type:
            made = decorate(self._its_own(given, "dataclass"))
            self._own.add(made)
            return made

        return register if kind is None else register(kind)

    def total_ordering(self, given: type) -> type:
        """`functools.total_ordering` for the strategy's own classes."""
        complete = cast(Callable[[type], type], functools.total_ordering)
        return complete(self._its_own(given, "total_ordering"))

    def _its_own(self, given: type, decorator: str) -> type:
        if not self._is_own(given):
            raise NotAvailable(f"{decorator} is for the strategy's own classes.")
        return given

    def namespace(self) -> type:
        """`types.SimpleNamespace` as a class of the strategy's own."""
        self._own.add(made := type("SimpleNamespace", (_Namespace,), {}))
        return made

    def _is_own(self, given: object) -> bool:
        return isinstance(given, type) and given in self._own  # an instance may compare equal to a class

    def _special(self, kind: str, name: str, mixed: tuple[type, ...], namespace: dict[str, Any]) -> Any:
        if kind == "TypedDict":
            return dict
        if kind == "NamedTuple":
            made = _named_tuple(name, namespace)
        else:
            made = self._enumeration(name, (*mixed, *_ENUMERATIONS[kind]), namespace)
        self._own.add(made)
        return made

    def _enumeration(self, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
        maker: Any = _Enumeration
        body: Any = maker.__prepare__(name, bases)
        body[_FIRST] = _Announcing(self._own)
        for key, value in namespace.items():
            if not is_special(key) or key in SPECIAL_METHODS or key in ("__module__", "__qualname__"):
                body[key] = value
        made = maker(name, bases, body)
        delattr(made, _FIRST)
        return made


class _Announcing:
    """Stands first in an enumeration, and tells of its class before the members are made and set up."""

    def __init__(self, own: set[type]) -> None:
        self._own = own

    def __set_name__(self, owner: type, name: str) -> None:
        self._own.add(owner)

    def __get__(self, instance: object, owner: type) -> None:
        """So that it is no member."""


_FIRST = " first"  # no name that a text could hold


class _Namespace:
    def __init__(self, **named: object) -> None:
        for name in named:
            # numpy reads memory through a `__array_interface__` that it finds on an instance.
            if is_special(name) or not name.isidentifier():
                raise NotAvailable(f"A namespace has no {name[:40]!r}.", "Use plain names.")
        self.__dict__.update(named)

    def __repr__(self) -> str:
        shown = (f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"namespace({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Namespace) and self.__dict__ == other.__dict__

    __hash__ = None  # pyright: ignore[reportAssignmentType] - as of types.SimpleNamespace


def _is_one_of(given: object, kinds: tuple[type, ...]) -> bool:
    return any(given is kind for kind in kinds)  # by identity: a strategy's object may equal anything


class _Enumeration(enum.EnumType):
    """Enumerations that a call only looks up in: with names, it would make a class past every rule here."""

    def __call__(cls, value: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        return super().__call__(value)


def _named_tuple(name: str, namespace: dict[str, Any]) -> type:
    fields = list(cast(dict[str, str], namespace.get("__annotations__", {})))
    plain = named_tuple(name, fields, defaults=[namespace[each] for each in fields if each in namespace])
    rest = {key: value for key, value in namespace.items() if key not in fields and key not in _BY_PYTHON}
    return type(name, (plain,), {**rest, "__slots__": ()})
