"""Private names of a strategy (`_helper`, `self._x`): renamed, so that no real private name is reached."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from engine.strategy.port import Finding
from sandbox.refusal import located
from sandbox.words import words

_PREFIX = "own0"
SPECIAL_METHODS = words(
    """
    __init__ __post_init__ __call__ __repr__ __str__ __format__ __iter__ __next__ __reversed__ __contains__
    __len__ __missing__ __getitem__ __setitem__ __delitem__ __bool__ __int__ __float__ __enter__
    __exit__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __hash__ __neg__ __pos__ __abs__ __invert__ __round__
    __add__ __sub__ __mul__ __truediv__ __floordiv__ __mod__ __divmod__ __pow__ __matmul__ __and__ __or__
    __xor__ __radd__ __rsub__ __rmul__ __rtruediv__ __rfloordiv__ __rmod__ __rpow__ __rmatmul__ __rand__
    __ror__ __rxor__ __iadd__ __isub__ __imul__ __itruediv__ __iand__ __ior__ __ixor__
    """
)
WITHOUT_MEANING = words(
    "__all__ __slots__ __version__ __author__"
)  # may be assigned; the assignment is dropped
_SPECIAL_HINTS = {
    "__class__": "Write type(x), or x.__class__.__name__ for its name.",
    "__dict__": "Keep a dict of your own, or use setattr(self, name, value).",
    "__file__": "A strategy has no file.",
    "__doc__": "Keep the text in a constant.",
}
_FIELDS = ("id", "attr", "arg", "name", "asname", "rest")


def hidden(name: str) -> str:
    """The name under which a private one is kept: `_x` becomes `own0_x`; others stay."""
    return _PREFIX + name if is_private(name) else name


def shown(name: str) -> str:
    """The name as its author wrote it."""
    return name[len(_PREFIX) :] if name.startswith(_PREFIX + "_") else name


def is_private(name: str) -> bool:
    """True for `_x` and `__x`, not for `_`, `__x__` or `_x_`."""
    return name.startswith("_") and name != "_" and not is_special(name) and not is_guard_like(name)


def is_special(name: str) -> bool:
    """True for `__x__`."""
    return len(name) > 4 and name.startswith("__") and name.endswith("__")


def is_guard_like(name: str) -> bool:
    """True for `_x_`, the form of the guards' own names."""
    return len(name) > 2 and name.startswith("_") and name.endswith("_") and not name.startswith("__")


def check_names(tree: ast.Module, lines: list[str]) -> Iterator[Finding]:
    """Findings for every identifier that is special, looks like a guard, or uses the hidden prefix."""
    allowed_here = _allowed_special(tree)
    for node in ast.walk(tree):
        for name in _names_of(node):
            if is_special(name) and (id(node), name) not in allowed_here:
                hint = _special_hint(name, isinstance(node, ast.FunctionDef))
                yield located("name", f"The name {name} is not available in strategies.", hint, node, lines)
            elif is_guard_like(name) or name.startswith(_PREFIX) or name.endswith("__roles__"):
                yield located("name", f"The name {name} is reserved.", "Choose another name.", node, lines)


def hide_private(tree: ast.Module) -> None:
    """Rename every private identifier in place."""
    for node in ast.walk(tree):
        for field in _FIELDS:
            value = getattr(node, field, None)
            if isinstance(value, str):
                setattr(node, field, hidden(value))
        if isinstance(node, ast.Global | ast.Nonlocal):
            node.names = [hidden(name) for name in node.names]


def is_super_call(node: ast.AST) -> bool:
    """True for `super()`."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _names_of(node: ast.AST) -> Iterator[str]:
    for field in _FIELDS:
        value = getattr(node, field, None)
        if isinstance(value, str):
            yield from value.split(".") if isinstance(node, ast.alias) else (value,)
    if isinstance(node, ast.Global | ast.Nonlocal):
        yield from node.names
    if isinstance(node, ast.ImportFrom):
        yield from (node.module or "").split(".")


def _allowed_special(tree: ast.Module) -> set[tuple[int, str]]:
    """Places where a special name may stand: methods of classes, `super().__init__`, `__name__`, imports."""
    places: set[tuple[int, str]] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            methods = (item for item in node.body if isinstance(item, ast.FunctionDef))
            places |= {(id(item), item.name) for item in methods if item.name in SPECIAL_METHODS}
            places |= {(id(name), name.id) for name in _method_aliases(node)}
        elif isinstance(node, ast.Attribute):
            places |= _allowed_attribute(node)
        elif isinstance(node, ast.Name):
            names = ["__name__"] if isinstance(node.ctx, ast.Load) else WITHOUT_MEANING
            places |= {(id(node), name) for name in names}
        elif isinstance(node, ast.ImportFrom):
            places.add((id(node), "__future__"))
    return places


def _method_aliases(node: ast.ClassDef) -> Iterator[ast.Name]:
    """The names of `__radd__ = __add__` in a class body, on both sides."""
    for item in node.body:
        if isinstance(item, ast.Assign):
            sides = [*item.targets, item.value]
            yield from (each for each in sides if isinstance(each, ast.Name) and each.id in SPECIAL_METHODS)


def _allowed_attribute(node: ast.Attribute) -> set[tuple[int, str]]:
    if is_super_call(node.value):
        return {(id(node), name) for name in SPECIAL_METHODS}
    if node.attr == "__name__" and isinstance(node.ctx, ast.Load):
        return {(id(node), "__name__"), (id(node.value), "__class__")}  # x.__class__.__name__
    return set()


def _special_hint(name: str, is_method: bool) -> str:
    if is_method:
        return "Methods such as __init__, __len__, __getitem__, __add__ are; otherwise use a plain name."
    if name == "__import__":
        return "numpy, pandas, math and talib are there already."
    return _SPECIAL_HINTS.get(name, "Use the object's own public methods.")
