"""Programs for the sandbox's fuzzing: written from a grammar of strategies, or bred from ones that exist.

Most are meant to pass the checker, since only an accepted program can show that the guards fail; each
holds a few names and turns that should be refused, at the text's own risk.
"""

from __future__ import annotations

import ast
import copy
import warnings
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from sandbox.attributes import CLASSES, INSTANCES
from sandbox.facades.base import members_of
from sandbox.modules import known_modules
from sandbox.names import SPECIAL_METHODS
from sandbox.scan import refused_attributes
from sandbox.words import words

_T = TypeVar("_T")
_HEAD = "def generate_signals(df, params):\n"
_TAIL = "    return pd.DataFrame({'long_entry': df.close > 0, 'long_exit': df.close < 0}, index=df.index)\n"
_INDENT = "    "

# An expression and the list of attributes that belongs to what it gives.
_SOURCES = (
    ("df", "DataFrame"),
    ("df.head(9)", "DataFrame"),
    ("df.close", "Series"),
    ("df['high']", "Series"),
    ("df.index", "DatetimeIndex"),
    ("df.close.to_numpy(copy=True)", "ndarray"),
    ("df.index[3]", "Timestamp"),
    ("(df.index[3] - df.index[1])", "Timedelta"),
    ("df.close.rolling(3)", "window"),
    ("df.close.ewm(span=3)", "window"),
    ("df.groupby(df.index.hour)", "groups"),
    ("df.resample('1D')", "groups"),
    ("df.close.groupby(df.index.day)", "groups"),
    ("df.index.to_series().dt", "times"),
    ("pd.Series(['a', 'b_c']).str", "texts"),
    ("'text'", "str"),
    ("3", "number"),
    ("2.5", "number"),
    ("[1, 2, 3]", "list"),
    ("{'a': 1}", "dict"),
    ("{1, 2}", "set"),
    ("(1, 2)", "tuple"),
    ("np.float64(1.5)", "numpy number"),
    ("np.maximum", "ufunc"),
    ("np.random.default_rng(1)", "random numbers"),
    ("pd.Period('2024', 'D')", "Period"),
    ("pd.Interval(0, 1)", "Interval"),
    ("pd.offsets.BDay()", "offset"),
    ("pd.MultiIndex.from_tuples([(1, 'a'), (2, 'b')])", "MultiIndex"),
    ("pd.Categorical(['a', 'b'])", "categories"),
    ("pd.Series({'a': 1, '_b': 2, '__array_interface__': {}, 'format': 3})", "Series"),
    ("ValueError('x')", "exception"),
    ("(x for x in [1, 2])", "generator"),
    ("np.poly1d([1, 2])", "poly1d"),
    ("df.close.dtype", "dtype"),
    ("range(3)", "range"),
    ("A(1)", "own"),
    ("B()", "own"),
    ("C.ONE", "own"),
    ("D(1, 2)", "own"),
    ("A", "own"),
    ("C", "own"),
    ("own", "own"),
    ("np", "module"),
    ("pd", "module"),
    ("math", "module"),
    ("ta", "module"),
    ("np.linalg", "module"),
    ("pd.DataFrame", "class"),
)
_OWN_NAMES = ("x", "n", "name", "value", "grow", "_hidden", "count", "ONE", "TWO", "left", "label")
_DEFINITIONS = {
    "A": "class A:\n    shared = []\n    def __init__(self, x=0):\n"
    "        self.x = x\n        self._hidden = x\n"
    "    def grow(self, by=1):\n        self.x += by\n        return self\n"
    "    def __call__(self, *a, **k):\n        return a[0] if a else self\n"
    "    @property\n    def label(self):\n        return f'{self.x!r:>5}'\n",
    "B": "@dataclass\nclass B:\n    n: int = 0\n    name: str = 'b'\n"
    "    count: list = field(default_factory=list)\n",
    "C": "class C(Enum):\n    ONE = 1\n    TWO = auto()\n",
    "D": "class D(NamedTuple):\n    left: int\n    value: int = 2\n",
    "own": "def own(x=None, *rest, **named):\n    return x\n",
}
_IMPORTS = (
    "from dataclasses import dataclass, field, replace, asdict\n"
    "from enum import Enum, auto\nfrom typing import NamedTuple\n"
    "from functools import partial, reduce, lru_cache, cmp_to_key, wraps\n"
    "import copy, itertools, operator, collections\n"
)
_ARGUMENTS = sorted(
    words(
        """
        "1D" 'a' 'close' 'first' 'mean' (1,) -1 0 0.5 1 2 A B C D None True ['mean','std'] [1,2]
        axis=0 axis=1 by='close' df df.close df.index dict dtype='float32' dtype=object func=own
        getattr how='outer' index=df.index inplace=True int iter key=own len level=0 list map
        math.sqrt max name='x' np.dtype np.mean np.nan np.vectorize(own) object on='close' own own,2
        partial(own,1) pd.DataFrame pd.Series print property raw=True sorted str super to_csv type
        x=('close','max') {'a':own} {'close':'mean'}
        """
    )
)
_FORBIDDEN = sorted(
    words(
        """
        __class__ __dict__ __globals__ __builtins__ __init__ __reduce__ __subclasses__ __mro__
        __code__ _mgr _values _typ _getattr_ gi_frame tb_frame f_back f_globals obj mro format
        to_csv to_pickle eval query style attrs flags ctypes base data resize setflags view tobytes
        read_csv load save os sys io lib core testing options func pyfunc cache_parameters
        __wrapped__ __self__ __func__ __array_interface__ from_codes set_levels with_traceback
        _replace _make _asdict __call__
        """
    )
)
_HALVES = (
    "'__cla' + 'ss__'",
    "'to_' + 'csv'",
    "'for' + 'mat'",
    "'_mg' + 'r'",
    "'gi_' + 'frame'",
    "'__glo' + 'bals__'",
    "'own0_x'",
    "'o' + 'bj'",
    "'tb_' + 'frame'",
    "'fg' + 'et'",
    "'__dic' + 't__'",
    "str(np.str_('shape'))",
    "'_' + 'x'",
    "'m' + 'ro'",
    "'own0__cla' + 'ss__'",
    "'__se' + 'lf__'",
    "'f_' + 'back'",
    "'read_' + 'csv'",
    "'l' + 'ib'",
    "'c' + 'types'",
    "'data'",
)
_LITERALS = (
    "1",
    "0.5",
    "1e400",
    "-3",
    "'n'",
    "''",
    "True",
    "None",
    "[1, 2]",
    "{}",
    "b'x'",
    "...",
    "1j",
    "'__class__'",
    "10**3",
)
_CONSTRAINTS = (
    "'n < 2'",
    "'n <'",
    "'1/0 < n'",
    "'n'",
    "3",
    "'n < 9' * 2",
    "'(n) < -n < 1e400'",
    "'n.x < 1'",
    "'\\ud800 < n'",
)
_TRICKS = (
    "getattr({0}, {half})",
    "getattr({0}, {half}, None)",
    "hasattr({0}, {half})",
    "setattr({0}, {half}, {1})",
    "setattr({0}, '{allowed}', {1})",
    "list(map(getattr, [{0}], [{half}]))",
    "reduce(getattr, [{half}, '{allowed}'], {0})",
    "partial(getattr, {0})({half})",
    "df.agg([{half}, 'mean'])",
    "df.groupby(df.index.hour).agg(x=('close', {half}))",
    "df.close.rolling(3).apply({0}, raw=True)",
    "df.apply({0})",
    "df.close.map({0})",
    "df.close.sort_values(key={0})",
    "np.array([{0}], dtype=object)",
    "np.asarray({0})",
    "np.dtype({0})",
    "pd.Series([{0}, {1}])",
    "pd.Series({{{half}: {0}, 'b': {1}}})",
    "pd.DataFrame({{{half}: [1, 2]}}).{allowed}",
    "copy.copy({0})",
    "copy.deepcopy({0})",
    "sorted([{0}, {1}])",
    "type({0})",
    "isinstance({0}, {1})",
    "f'{{{0}!r:>9}}'",
    "f'{{{0}}}{{{1}}}'",
    "'%s %r' % ({0}, {1})",
    "print({0}, {1})",
    "[{0} for x in [1]]",
    "{{x: {0} for x in [1]}}",
    "(lambda x, *a, k=1, **n: {0})(1)",
    "({0} if {1} else 2)",
    "({0}, *[{1}])",
    "next(iter({0}))",
    "operator.getitem({0}, {1})",
    "operator.setitem({0}, {half}, {1})",
    "operator.itemgetter({half})({0})",
    "C({0})",
    "C('X', {{{half}: {0}}})",
    "D({0})._replace(left={1})",
    "replace(B(), n={0})",
    "asdict(B(n={0}))",
    "lru_cache({0})",
    "cmp_to_key({0})({1})",
    "wraps({0})({1})",
    "type({0})({1})",
    "super(A, {0})",
    "property({0})",
    "({0}).__name__",
    "({0}).__class__.__name__",
    "collections.namedtuple('T', {half})",
    "collections.defaultdict({0})[{1}]",
    "itertools.starmap({0}, [({1},)])",
    "np.vectorize({0})([1, 2])",
    "np.apply_along_axis({0}, 0, df.close.to_numpy())",
    "np.frompyfunc({0}, 1, 1)",
    "ta.SMA({0}, timeperiod=3)",
    "{0}[{half}]",
    "{0}[{1}]",
    "{0}({1})",
)
_STATEMENTS = (
    "{name} = {0}",
    "{name} = {0}",
    "{0}",
    "{name}: int = {0}",
    "{name}, *rest = {0}, {1}",
    "{name} = 0\n{name} += {0}",
    "a = A({0})\na.x += {1}",
    "a = A()\na.{own} = {0}\n{name} = a.{own}",
    "A.{own} = {0}\n{name} = A().{own}",
    "del A.{own}",
    "df['{own}'] = {0}",
    "df.{own} = {0}",
    "df.index.name = {0}",
    "for {name} in {0}:\n    {1}\n    break",
    "with {0} as {name}:\n    {1}",
    "if {0}:\n    {1}\nelse:\n    pass",
    "try:\n    {0}\nexcept Exception as e:\n    {name} = e.args\n    getattr(e, {half})",
    "try:\n    getattr(df, {half})\nexcept Exception as e:\n    {name} = type(e)\nraise {name}({0}, {1})",
    "def {name}(x, *a, k={0}, **n):\n    yield {1}\nlist({name}(1))",
    "def {name}(x={0}):\n    nonlocal x0\n    x0 = x\n    return x0\n{name}()",
    "class {name}(A):\n    y = {0}\n    def {method}(self, *a):\n"
    "        return super().{method}(*a)\n{name}(1)",
    "class {name}:\n    {own} = {0}\n    def {method}(self, *a):\n        return {1}\nT = {name}()\nT.{own}",
    "class {name}(Enum):\n    {own} = {0}",
    "class {name}(Exception):\n    pass\nraise {name}({0})",
    "class T:\n    def __enter__(self):\n        return {0}\n"
    "    def __exit__(self, *a):\n        self.a = a\n        getattr(a[2], {half})\n"
    "        return True\nwith T() as {name}:\n    1 / 0",
    "({name} := {0})",
    "[({name} := x) for x in [{0}]]",
    "assert {0} is not {1}",
    "lambda {name}, /, *, k={0}: {1}",
)


def attributes_of_modules() -> list[str]:
    """Every name that a facade hands out."""
    return sorted({name for facade in known_modules().values() for name in members_of(facade)})


class Programs:
    """An endless supply; the same generator gives the same programs from the same corpus."""

    def __init__(self, rng: np.random.Generator, good: Sequence[str], bad: Sequence[str]) -> None:
        """`good` texts are bred from, statements of the `bad` ones are spliced into them."""
        self._rng = rng
        self._trees = [tree for tree in map(parsed, good) if tree is not None]
        self._donors = [tree for tree in map(parsed, bad) if tree is not None]
        self._texts = [*good, *bad]
        self._allowed = sorted(frozenset[str]().union(*INSTANCES.values()))
        self._refused = sorted(refused_attributes())
        self._members = attributes_of_modules()

    def add(self, code: str) -> None:
        """Breed from this one as well."""
        tree = parsed(code)
        if tree is not None:
            self._trees.append(tree)

    def next(self) -> tuple[str, str]:
        """A way of making (`written`, `bred`, `text`) and a program."""
        chance = self._rng.random()
        if chance < 0.55:
            return "written", self._written()
        if chance < 0.92:
            return "bred", self._bred()
        return "text", self._garbled()

    # -- written from the grammar

    def _written(self) -> str:
        body = "".join(self._guarded(self._statement()) for _ in range(self._count(1, 6)))
        used = [text for name, text in _DEFINITIONS.items() if name in body or name == "own"]
        return (
            self._declared() + _IMPORTS + "".join(used) + _HEAD + f"{_INDENT}x0 = 1\n" + body + self._tail()
        )

    def _declared(self) -> str:
        if self._rng.random() < 0.9:
            return ""
        entry = self._one((*_LITERALS, "{{'default': {0}, 'low': {1}, 'choices': [{0}]}}"))
        entry = entry.format(self._one(_LITERALS), self._one(_LITERALS))
        first = f"PARAMS = {{{self._one(_LITERALS)}: {entry}, 'n': 1}}\n"
        return first + f"CONSTRAINTS = [{self._one(_CONSTRAINTS)}]\n"

    def _tail(self) -> str:
        """A result, sometimes with columns that nobody expects."""
        if self._rng.random() < 0.8:
            return _TAIL
        column = self._one(("long_entry", "tag", "size", "stop_loss", "x", "_y", "__array_interface__"))
        made = f"    out[{column!r}] = {self._expression()}\n    return out\n"
        return "    out = df.assign(long_entry=df.close > 0, long_exit=False)\n" + made

    def _guarded(self, statement: str) -> str:
        """A statement in a block that swallows its failure, so that the next one runs as well."""
        lines = statement.split("\n")
        if self._rng.random() < 0.1:
            return "".join(f"{_INDENT}{line}\n" for line in lines)
        inner = "".join(f"{_INDENT * 2}{line}\n" for line in lines)
        return f"{_INDENT}try:\n{inner}{_INDENT}except Exception as problem:\n{_INDENT * 2}print(problem)\n"

    def _statement(self) -> str:
        return self._filled(self._one(_STATEMENTS), self._expression)

    def _expression(self, depth: int = 0) -> str:
        chance = self._rng.random()
        if depth < 2 and chance < 0.35:
            return self._filled(self._one(_TRICKS), lambda: self._expression(depth + 1))
        if depth < 2 and chance < 0.45:
            operator = self._one(("+", "-", "*", "==", "<", "&", "|", "and", "or", "in", "is", "%", "@"))
            return f"({self._expression(depth + 1)} {operator} {self._expression(depth + 1)})"
        return self._chain()

    def _chain(self) -> str:
        text, label = self._one(_SOURCES)
        for _ in range(self._count(0, 3)):
            text = f"{text}.{self._attribute(label)}"
            label = "" if self._rng.random() < 0.7 else "Series"
            if self._rng.random() < 0.6:
                text += f"({', '.join(self._arguments())})"
        return text

    def _attribute(self, label: str) -> str:
        chance = self._rng.random()
        if chance < 0.02:
            return self._one(_FORBIDDEN)
        if chance < 0.03:
            return self._one(self._refused)
        if label == "own":
            return self._one(_OWN_NAMES)
        if label == "module":
            return (
                self._one(self._members)
                if chance > 0.9
                else self._one(("mean", "where", "nan", "abs", "sqrt"))
            )
        if label == "class":
            return self._one(sorted(CLASSES["DataFrame"]))
        return self._one(sorted(INSTANCES[label])) if label in INSTANCES else self._one(self._allowed)

    def _arguments(self) -> list[str]:
        given = [self._one(_ARGUMENTS) for _ in range(self._count(0, 3))]
        given = [text if text != "to_csv" else self._one(_HALVES) for text in given]
        names = [text.split("=")[0] for text in given if "=" in text[:8]]
        plain = [text for text in given if "=" not in text[:8]]
        return plain + [text for text in given if "=" in text[:8] and names.count(text.split("=")[0]) == 1]

    def _filled(self, form: str, expression: Callable[[], str]) -> str:
        return form.format(
            expression() if "{0" in form else "",
            expression() if "{1" in form else "",
            name=self._one(("a", "b", "y", "_p", "x0", "own", "A", "pd", "len", "getattr", "super")),
            own=self._one(_OWN_NAMES),
            half=self._one(_HALVES),
            method=self._one(sorted(SPECIAL_METHODS - {"__post_init__"})),
            allowed=self._one(self._allowed),
        )

    # -- bred from what exists

    def _bred(self) -> str:
        tree = copy.deepcopy(self._one(self._trees))
        for _ in range(self._count(1, 4)):
            self._one(
                (self._swap_name, self._swap_attribute, self._graft, self._splice, self._repeat, self._drop)
            )(tree)
        try:
            return ast.unparse(ast.fix_missing_locations(tree))
        except (ValueError, RecursionError):  # a tree that no text stands for
            return self._written()

    def _swap_name(self, tree: ast.Module) -> None:
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        if len(names) > 1:
            self._one(names).id = self._one(names).id

    def _swap_attribute(self, tree: ast.Module) -> None:
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
        if nodes:
            chance = self._rng.random()
            pool = self._allowed if chance < 0.6 else self._members if chance < 0.85 else _FORBIDDEN
            self._one(nodes).attr = self._one(pool)

    def _graft(self, tree: ast.Module) -> None:
        """An expression of the grammar in the place of another one."""
        made = parsed(self._expression())
        places = [
            (node, name)
            for node in ast.walk(tree)
            for name in ("value", "test", "left", "iter")
            if hasattr(node, name)
        ]
        statement = made.body[0] if made is not None and made.body else None
        if places and isinstance(statement, ast.Expr):
            node, name = self._one(places)
            if isinstance(getattr(node, name), ast.expr):
                setattr(node, name, statement.value)

    def _splice(self, tree: ast.Module) -> None:
        """A statement of another program, or of the grammar, among this one's."""
        chance = self._rng.random()
        other = (
            self._one(self._donors if chance < 0.2 else self._trees)
            if chance < 0.6
            else parsed(self._statement())
        )
        statements = [node for node in ast.walk(other) if isinstance(node, ast.stmt)] if other else []
        if statements:
            body = self._one(bodies_of(tree))
            body.insert(self._count(0, len(body)), copy.deepcopy(self._one(statements)))

    def _repeat(self, tree: ast.Module) -> None:
        body = self._one(bodies_of(tree))
        body.append(copy.deepcopy(self._one(body)))

    def _drop(self, tree: ast.Module) -> None:
        body = self._one(bodies_of(tree))
        if len(body) > 1:
            body.pop(self._count(0, len(body) - 1))

    # -- garbled text

    def _garbled(self) -> str:
        text = self._one(self._texts) if self._rng.random() < 0.5 else self._written()
        for _ in range(self._count(1, 4)):
            at, size = self._count(0, len(text)), self._count(0, 8)
            piece = self._one(
                (
                    "",
                    "_",
                    "__",
                    "(",
                    ")",
                    "\n",
                    "\t",
                    "'",
                    '"',
                    "{",
                    "}",
                    ":",
                    ".",
                    " if ",
                    "\\\n",
                    "*",
                    "@",
                    "0x",
                    "\u2028",
                )
            )
            piece += self._one(
                (
                    "",
                    "",
                    "\uff3f",
                    "\u00aa",
                    "\u0131",
                    "_getattr_",
                    "lambda: ",
                    "async ",
                    "await ",
                    "del ",
                    "global x\n",
                )
            )
            text = text[:at] + piece + text[at + size :]
        return text

    def _one(self, things: Sequence[_T]) -> _T:
        return things[int(self._rng.integers(len(things)))]

    def _count(self, low: int, high: int) -> int:
        return int(self._rng.integers(low, high + 1))


def parsed(text: str) -> ast.Module | None:
    """The syntax tree; None where there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def bodies_of(tree: ast.Module) -> list[list[ast.stmt]]:
    """Every block of statements in it, the outer ones first."""
    bodies = (getattr(node, "body", None) for node in ast.walk(tree))
    return [body for body in bodies if isinstance(body, list) and body]
