"""What a text binds: names, attributes and module aliases, to tell its own things from foreign ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from sandbox.attributes import EVERY_ATTRIBUTE
from sandbox.facades.base import Facade, members_of, named_by_star
from sandbox.modules import PRESENT, known_modules
from sandbox.words import words

_COLUMNS = frozenset({"open", "high", "low", "close", "volume", "open_time"})


class Bindings:
    """Names that a text binds anywhere.

    Attributes:
        names: every name that is assigned, defined, imported or an argument, and np, pd, math, ta.
        classes: names of its own classes.
        attributes: names that its own objects may have, and every word that could be a column.
    """

    def __init__(self, tree: ast.Module) -> None:
        _write_out_stars(tree)
        bound = list(_bound_names(tree))
        self.names = frozenset(bound) | frozenset(PRESENT)
        self.classes = frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
        self.attributes = frozenset(_own_attributes(tree)) | _COLUMNS
        self._facades = _aliases(tree, bound)
        self._modules = frozenset(PRESENT) | frozenset(_imported_names(tree))

    def facade_of(self, node: ast.AST) -> Facade | None:
        """The facade that an expression such as `np` or `np.linalg` stands for; None for anything else."""
        if isinstance(node, ast.Name):
            return self._facades.get(node.id)
        if isinstance(node, ast.Attribute):
            outer = self.facade_of(node.value)
            inner = members_of(outer).get(node.attr) if outer is not None else None
            return inner if isinstance(inner, Facade) else None
        return None

    def in_module(self, node: ast.AST) -> bool:
        """True for a chain of attributes that starts at an imported name, whatever that stands for now."""
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id in self._modules


def _write_out_stars(tree: ast.Module) -> None:
    """`from typing import *` becomes the names that it stands for, so that they are known before the run."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.level:
            continue
        facade = known_modules().get(node.module or "")
        if facade is not None and node.names[0].name == "*":
            node.names = [ast.copy_location(ast.alias(name), node) for name in named_by_star(facade)]


def _bound_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.split(".")[0]
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name


def _aliases(tree: ast.Module, bound: list[str]) -> dict[str, Facade]:
    found = {name: known_modules()[module] for name, module in PRESENT.items()}
    imported: dict[str, Facade | None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.name if alias.asname else alias.name.split(".")[0]
                imported[alias.asname or whole] = known_modules().get(whole)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                inner = known_modules().get(f"{node.module}.{alias.name}")
                imported[alias.asname or alias.name] = inner
    times = {name: bound.count(name) for name in (*found, *imported)}
    imports = _imported_names(tree)
    kept = {name: facade for name, facade in found.items() if not times[name]}
    only = {name: facade for name, facade in imported.items() if times[name] == imports.count(name)}
    return {**kept, **{name: facade for name, facade in only.items() if facade is not None}}


def _imported_names(tree: ast.Module) -> list[str]:
    aliases = (node for node in ast.walk(tree) if isinstance(node, ast.alias))
    return [alias.asname or alias.name.split(".")[0] for alias in aliases]


def _own_attributes(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.ClassDef):
            for statement in node.body:
                if isinstance(statement, ast.FunctionDef):
                    yield statement.name
                yield from _bound_names(ast.Module([statement], []))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from node.value.replace(",", " ").split()
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg


def annotated_as(node: ast.AnnAssign, name: str) -> bool:
    """True when the annotation is `name`, `name[...]` or `typing.name[...]`."""
    inner = node.annotation.value if isinstance(node.annotation, ast.Subscript) else node.annotation
    return name == (inner.id if isinstance(inner, ast.Name) else getattr(inner, "attr", ""))


@cache
def refused_attributes() -> frozenset[str]:
    """Public attributes of the types within reach that no list allows.

    The run-time guards refuse more than these; naming them here puts the answer before the run.
    """
    frame = pd.DataFrame({"x": [1.0, 2.0]}, index=pd.date_range("2020", periods=2, freq="h"))
    things: list[Any] = [
        np.ndarray, np.ufunc, np.random.Generator, pd.DataFrame, pd.Series, pd.DatetimeIndex,
        pd.MultiIndex, pd.Timestamp, pd.Timedelta, str, bytes, int, float, list, dict, set, type,
        AttributeError(), OSError(), frame.rolling(1), frame.groupby("x"), frame.resample("D"),
    ]  # fmt: skip
    known = {name for thing in things for name in dir(thing) if not name.startswith("_")}
    return frozenset(
        (known | _INTERIOR) - EVERY_ATTRIBUTE - frozenset(members_of(known_modules()["logging"]))
    )


_INTERIOR = words(
    """
    tb_frame tb_next tb_lasti tb_lineno f_back f_builtins f_code f_globals f_locals f_trace co_code co_consts
    co_names gi_frame gi_code gi_yieldfrom cr_frame cr_code cr_await ag_frame ag_code mro load_module
    exec_module as_strided system popen environ modules
    """
)
