"""Inert stand-ins for `typing` and its kin: annotations are stripped, aliases mean nothing at run time."""

from __future__ import annotations

from typing import Any, NoReturn

from sandbox.facades.base import Facade

_NAMES = """
Any Callable ClassVar Deque DefaultDict Dict Final FrozenSet Generator Hashable Iterable Iterator List Literal
Mapping MutableMapping MutableSequence NoReturn Optional Sequence Set Text Tuple Type TypeAlias Union Self
Annotated Counter OrderedDict Collection Container Sized Never LiteralString SupportsFloat SupportsInt
"""
_ARRAY_NAMES = "NDArray ArrayLike DTypeLike"


class TypeName:
    """A name that may be subscripted and joined with `|`, and does nothing else."""

    __slots__ = ()

    def __getitem__(self, _item: object) -> TypeName:
        return self

    def __or__(self, _other: object) -> TypeName:
        return self

    __ror__ = __or__

    def __call__(self, *_arguments: object, **_named: object) -> NoReturn:
        raise TypeError("Names of typing serve annotations only.")


class BaseName:
    """A base class that a class statement may name; `sandbox.classes` gives it its meaning."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __getitem__(self, _item: object) -> BaseName:
        return self


_INERT = TypeName()


def typing_facade() -> Facade:
    """`typing`."""
    members: dict[str, Any] = dict.fromkeys(_NAMES.split(), _INERT)
    members |= {name: BaseName(name) for name in ("NamedTuple", "TypedDict", "Protocol", "Generic")}
    members |= {"TYPE_CHECKING": False, "cast": _cast, "TypeVar": _type_name, "NewType": _new_type}
    members |= dict.fromkeys(("overload", "final", "no_type_check", "runtime_checkable"), _unchanged)
    return Facade("typing", members)


def array_typing_facade() -> Facade:
    """`numpy.typing`."""
    return Facade("numpy.typing", dict.fromkeys(_ARRAY_NAMES.split(), _INERT))


def abstract_collections_facade() -> Facade:
    """`collections.abc`."""
    names = "Callable Iterable Iterator Mapping MutableMapping Sequence Generator Hashable Collection Set"
    return Facade("collections.abc", dict.fromkeys(names.split(), _INERT))


def _cast(_kind: object, value: Any) -> Any:
    return value


def _type_name(*_arguments: object, **_named: object) -> TypeName:
    return _INERT


def _new_type(_name: str, kind: Any) -> Any:
    return kind


def _unchanged(thing: Any) -> Any:
    return thing
