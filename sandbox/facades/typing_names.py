"""Inert stand-ins for `typing` and its kin: annotations are stripped, aliases mean nothing at run time."""

from __future__ import annotations

import collections
import collections.abc
from typing import Any, NoReturn

from sandbox.facades.base import Facade

_NAMES = """
Annotated Any AnyStr ClassVar Concatenate ContextManager Final ForwardRef IO Literal LiteralString Never
NoReturn NotRequired Optional Required Self SupportsAbs SupportsComplex SupportsFloat SupportsIndex
SupportsInt SupportsRound Text TextIO Type TypeAlias TypeGuard Union Unpack
"""
# Those that isinstance may ask for as well, under the names of `collections.abc`.
_ABSTRACT = """
Callable Collection Container Generator Hashable ItemsView Iterable Iterator KeysView Mapping MappingView
MutableMapping MutableSequence MutableSet Reversible Sequence Set Sized ValuesView
"""
_CONCRETE: dict[str, type] = {
    "AbstractSet": collections.abc.Set,
    "ChainMap": collections.ChainMap,
    "Counter": collections.Counter,
    "DefaultDict": collections.defaultdict,
    "Deque": collections.deque,
    "Dict": dict,
    "FrozenSet": frozenset,
    "List": list,
    "OrderedDict": collections.OrderedDict,
    "Set": set,
    "Tuple": tuple,
}
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


class KindName(TypeName):
    """A name of typing that `isinstance` may ask for."""

    __slots__ = ("_kind",)

    def __init__(self, kind: type) -> None:
        self._kind = kind

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self._kind)


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
    members |= {**_abstract(), **{name: KindName(kind) for name, kind in _CONCRETE.items()}}
    members |= {name: BaseName(name) for name in ("NamedTuple", "TypedDict", "Protocol", "Generic")}
    members |= {"TYPE_CHECKING": False, "cast": _cast, "NewType": _new_type}
    members |= dict.fromkeys(("TypeVar", "ParamSpec", "TypeVarTuple"), _type_name)
    members |= dict.fromkeys(("overload", "final", "no_type_check", "runtime_checkable"), _unchanged)
    return Facade("typing", members)


def array_typing_facade() -> Facade:
    """`numpy.typing`."""
    return Facade("numpy.typing", dict.fromkeys(_ARRAY_NAMES.split(), _INERT))


def abstract_collections_facade() -> Facade:
    """`collections.abc`."""
    return Facade("collections.abc", _abstract())


def _abstract() -> dict[str, Any]:
    return {name: KindName(getattr(collections.abc, name)) for name in _ABSTRACT.split()}


def _cast(_kind: object, value: Any) -> Any:
    return value


def _type_name(*_arguments: object, **_named: object) -> TypeName:
    return _INERT


def _new_type(_name: str, kind: Any) -> Any:
    return kind


def _unchanged(thing: Any) -> Any:
    return thing
