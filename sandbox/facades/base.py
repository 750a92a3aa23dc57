"""A frozen name space, and the helpers that build one."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from types import MappingProxyType, ModuleType
from typing import Any, NoReturn


class Facade:
    """Names and their values, fixed for good. Strategies read it only through the attribute guard."""

    __slots__ = ("_members", "_name")
    _members: Mapping[str, Any]
    _name: str

    def __init__(self, name: str, members: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_name", name)
        object.__setattr__(self, "_members", MappingProxyType(dict(members)))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise TypeError(f"{self._name} is read-only.")

    def __delattr__(self, name: str) -> NoReturn:
        raise TypeError(f"{self._name} is read-only.")

    def __repr__(self) -> str:
        return f"<{self._name}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self._name} cannot be copied.")


def name_of(facade: Facade) -> str:
    """What it stands for, e.g. `np.linalg`."""
    return facade._name  # pyright: ignore[reportPrivateUsage] - hidden from strategies, not from us


def members_of(facade: Facade) -> Mapping[str, Any]:
    """Its names and values."""
    return facade._members  # pyright: ignore[reportPrivateUsage] - hidden from strategies, not from us


def named_by_star(facade: Facade) -> list[str]:
    """What `from module import *` binds: its public names that no builtin has, in order.

    A builtin keeps its meaning (`sum`, `any`), so that numpy's star does not change plain Python.
    """
    return sorted(
        name for name in members_of(facade) if not name.startswith("_") and not hasattr(builtins, name)
    )


def pick(module: ModuleType | type, names: str) -> dict[str, Any]:
    """The named members that exist (a name may come and go between versions); modules are never given out."""
    found = {name: getattr(module, name) for name in names.split() if hasattr(module, name)}
    return {name: value for name, value in found.items() if not isinstance(value, ModuleType)}


class InstanceCheck(type):
    """Metaclass of stand-ins that serve `isinstance` and cannot be called."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, stood_for(cls))

    def __call__(cls, *_arguments: object, **_named: object) -> NoReturn:
        raise TypeError(f"{cls.__name__} serves isinstance only.")


def stood_for(kind: InstanceCheck) -> type:
    """The class that a stand-in serves for."""
    return kind.__dict__["stands_for"]


def only_isinstance(kind: type) -> type:
    """A stand-in for `kind` that serves `isinstance` only."""
    return InstanceCheck(kind.__name__, (), {"stands_for": kind})
