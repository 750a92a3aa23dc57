"""Which texts may run several parameter sets in one child: those that can leave nothing for the next set.

Every set has names, functions, bars, parameters and random numbers of its own, made anew, so what is left is
the libraries: memory that they hand out as it is, settings and objects that they share, and what they keep
and call later. A text that names anything of that kind, or anything not known here, gets a fork per set.
"""

from __future__ import annotations

import ast

from sandbox.words import words

_MODULES = words(
    """
    __future__ numpy numpy.linalg numpy.random numpy.lib.stride_tricks numpy.typing pandas talib math
    statistics typing typing_extensions collections collections.abc itertools functools operator datetime
    warnings logging
    """
)
# Memory as it was left, where an object lies, settings and arrays that numpy shares, reads by a made-up name.
_NAMES = words(
    """
    empty empty_like pad hash object repr ascii errstate polynomial Polynomial getattr setattr hasattr super
    """
)
# Objects that a cache of a library would call; code that runs when it is forgotten; and a shortage of memory
# that is caught, since how much is left may depend on the set before.
_SYNTAX = (ast.ClassDef, ast.Yield, ast.YieldFrom, ast.Try)


def may_share(tree: ast.Module) -> bool:
    """Whether sets of this text may follow each other in one child; asked of the text as it was written."""
    return not any(map(_keeps, ast.walk(tree)))


def _keeps(node: ast.AST) -> bool:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in _NAMES
        case ast.Import(names=imported):
            return any(alias.name not in _MODULES for alias in imported)
        case ast.ImportFrom(module=module, names=imported):
            return module not in _MODULES or any(alias.name in _NAMES | {"*"} for alias in imported)
        case ast.keyword(arg=name):  # where= leaves the rest of a ufunc's answer unwritten; ** may hide it
            return name is None or name == "where"
        case _:
            return isinstance(node, _SYNTAX)
