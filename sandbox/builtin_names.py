"""The builtins of a strategy, and what to say about those it lacks."""

from __future__ import annotations

import builtins
import importlib
import sys
from collections.abc import Callable
from typing import Any

from sandbox.guards import Guards

_PLAIN = """
abs all any bin bool callable chr complex dict divmod enumerate filter float format frozenset hash hex int
isinstance issubclass iter len list map max min next object oct ord pow range repr reversed round set slice
sorted str sum tuple zip property staticmethod classmethod super Ellipsis NotImplemented
ArithmeticError AssertionError AttributeError Exception FloatingPointError IndexError KeyError LookupError
NameError NotImplementedError OverflowError RecursionError RuntimeError StopIteration TypeError ValueError
ZeroDivisionError Warning UserWarning RuntimeWarning DeprecationWarning FutureWarning MemoryError ImportError
ModuleNotFoundError OSError EOFError TimeoutError UnboundLocalError PendingDeprecationWarning ascii
"""
_GUARDED = ("getattr", "hasattr", "setattr", "type", "print")
BUILTIN_NAMES = frozenset([*_PLAIN.split(), *_GUARDED])

_FILES = "A strategy reads df and params, and returns a DataFrame; it has no files."
_CODE = "Write the code out."
NAME_HINTS = {
    **dict.fromkeys(("open", "input", "file"), _FILES),
    **dict.fromkeys(("eval", "exec", "compile"), _CODE),
    **dict.fromkeys(("globals", "locals", "vars", "dir"), "Use a dict of your own."),
    **dict.fromkeys(("exit", "quit", "SystemExit", "KeyboardInterrupt"), "Return the DataFrame."),
    "BaseException": "Catch Exception.",
    "talib": "Write `import talib`, or use `ta`, which is there.",
}


def _import_for_libraries(name: str, *_arguments: object) -> None:
    """For C code of numpy and Python that imports its own parts while a strategy's frame is on top.

    It imports for the side effect and takes the module from sys.modules, so nothing is handed out
    here; a strategy's own import statements have become calls of another function.
    """
    if name in sys.modules:
        return
    if name.split(".")[0] not in ("numpy", "_strptime", "datetime", "time"):
        raise ImportError(f"import of {name} is not available")
    importlib.import_module(name)


def strategy_builtins(guards: Guards, show: Callable[..., None]) -> dict[str, Any]:
    """The dict that stands in for the builtins of one run."""
    plain = {name: getattr(builtins, name) for name in _PLAIN.split()}
    return {
        **plain,
        "__build_class__": builtins.__build_class__,
        "__import__": _import_for_libraries,
        "getattr": guards.read_named,
        "hasattr": guards.has_named,
        "setattr": guards.write_named,
        "type": guards.type_of,
        "print": show,
    }
