"""The static rules: RestrictedPython's transformer, with located findings, for Python as people write it.

RestrictedPython brings the closed list of syntax and the attribute guards (`_getattr_`, `_write_`).
Subscripts, loops, unpacking and calls stay plain Python: nothing within a strategy's reach has an item,
an iterator or a call that needs a guard, and attributes, where all the harm is, always have one.
"""

from __future__ import annotations

import ast
from typing import Any, cast

from RestrictedPython.transformer import INSPECT_ATTRIBUTES, RestrictingNodeTransformer, copy_locations

from engine.strategy.port import Finding
from sandbox.attributes import EVERY_ATTRIBUTE
from sandbox.builtin_names import BUILTIN_NAMES, NAME_HINTS
from sandbox.classes import BASE_NAMES
from sandbox.facades.base import Facade, members_of, name_of
from sandbox.facades.frames import shows_only
from sandbox.format_text import is_plain_format
from sandbox.function_names import plain_engine
from sandbox.hints import nearest
from sandbox.modules import import_hint, known_modules
from sandbox.names import SPECIAL_METHODS, WITHOUT_MEANING, is_guard_like, is_special, is_super_call, shown
from sandbox.refusal import located
from sandbox.scan import Bindings, annotated_as, refused_attributes
from sandbox.source import MAX_INTEGER

_NO_SYNTAX = {
    "Match": "Use if / elif.",
    "TryStar": "Use plain except.",
    "AsyncFunctionDef": "Use a plain function.",
    "Await": "Use a plain call.",
    "AsyncFor": "Use a plain for.",
    "AsyncWith": "Use a plain with.",
    "TypeAlias": "Leave type aliases out.",
    "TemplateStr": "Use an f-string.",
}
_ENGINES = ("engine", "engine_kwargs")
_MIXINS = ("str", "int", "float")
_ENUMERATIONS = ("Enum", "Flag")
_CLASS_DECORATORS = ("dataclass", "unique", "final", "runtime_checkable", "total_ordering")
_MAKE_TIMES = ("Timestamp", "to_datetime", "datetime64", "Period", "DatetimeIndex")
_CLOCK_WORDS = ("now", "today")
_BY_NAME = ("getattr", "setattr", "hasattr")


class StrategyRules(RestrictingNodeTransformer):
    """Rewrites the tree in place; what breaks a rule is in `findings`."""

    def __init__(self, lines: list[str], bindings: Bindings) -> None:
        super().__init__()
        self.findings: list[Finding] = []
        self._lines = lines
        self._bindings = bindings
        self._in_class_body = False

    # -- refusals

    def refuse(self, node: ast.AST, rule: str, message: str, hint: str) -> None:
        """Add a finding at `node`."""
        self.findings.append(located(rule, message, hint, node, self._lines))

    def error(self, node: ast.AST, info: str) -> None:
        """RestrictedPython's own refusals."""
        self.refuse(node, "restricted", info, "")

    def not_allowed(self, node: ast.AST) -> None:
        """Syntax outside the list."""
        name = type(node).__name__
        hint = _NO_SYNTAX.get(name, "Use plain functions, loops and expressions.")
        self.refuse(node, "syntax", f"{name} is not available in strategies.", hint)

    def check_name(self, node: Any, name: str | None, allow_magic_methods: bool = False) -> None:
        """The names were checked and renamed already (`sandbox.names`); this holds the line behind that."""
        special = name is not None and (name in SPECIAL_METHODS or (allow_magic_methods and is_special(name)))
        if name is None or name == "print" or special:
            return
        super().check_name(node, name, allow_magic_methods)

    # -- names and attributes

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if isinstance(node.ctx, ast.Load):
            if node.id == "__name__":
                return ast.copy_location(ast.Constant("strategy"), node)
            if node.id not in self._bindings.names and node.id not in BUILTIN_NAMES:
                hint = NAME_HINTS.get(node.id) or nearest(node.id, self._bindings.names | BUILTIN_NAMES)
                self.refuse(node, "name", f"The name {shown(node.id)} is not available in strategies.", hint)
        self.check_name(node, node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if is_special(node.attr) and is_super_call(node.value):
            return self._guarded_read(node)
        if node.attr == "__name__":
            return self._name_of(node)
        facade, is_module = self._bindings.facade_of(node.value), self._bindings.in_module(node.value)
        loading = isinstance(node.ctx, ast.Load)
        visited = self._guarded_read(node) if loading else cast(ast.AST, super().visit_Attribute(node))
        self._check_attribute(node, facade, is_module)
        return visited

    def _name_of(self, node: ast.Attribute) -> ast.Call:
        """`f.__name__`, `type(x).__name__` and `x.__class__.__name__` become calls that give a text only."""
        owner = node.value
        if isinstance(owner, ast.Attribute) and owner.attr == "__class__":
            call = self._call("_class_name_", self.visit(owner.value))
        else:
            call = self._call("_name_of_", self.visit(owner))
        copy_locations(call, node)
        return call

    def _check_attribute(self, node: ast.Attribute, facade: Facade | None, is_module: bool) -> None:
        if facade is not None:
            self._check_member(node, facade, node.attr)
        elif node.attr in self._bindings.attributes or is_module:
            return
        elif node.attr in refused_attributes():
            self._refuse_attribute(node)

    def _guarded_read(self, node: ast.Attribute) -> ast.Call:
        value = self.visit(node.value)
        call = ast.Call(ast.Name("_getattr_", ast.Load()), [value, ast.Constant(node.attr)], [])
        copy_locations(call, node)
        return call

    def _refuse_attribute(self, node: ast.Attribute) -> None:
        hint = nearest(node.attr, EVERY_ATTRIBUTE, ".")
        self.refuse(node, "attribute", f".{node.attr} is not available in strategies.", hint)

    def _check_member(self, node: ast.AST, facade: Facade, name: str) -> None:
        members = members_of(facade)
        if name not in members:
            where = name_of(facade)
            hint = nearest(name, members, f"{where}.")
            self.refuse(node, "attribute", f"{where}.{shown(name)} is not available in strategies.", hint)

    # -- expressions

    def visit_Call(self, node: ast.Call) -> ast.AST:
        for keyword in node.keywords:
            constant = isinstance(keyword.value, ast.Constant) and plain_engine(keyword.value.value)
            if keyword.arg in _ENGINES and not constant:
                self.refuse(keyword.value, "argument", f"{keyword.arg}= is not available.", "Leave it out.")
        if self._asks_for_name(node):
            return self._call_of("_name_of_", node, [node.args[0], *node.args[2:]])
        if isinstance(node.func, ast.Name):
            self._check_named_call(node, node.func.id)
        self._check_clock(node)
        if is_plain_format(node.func):
            node.args = [self.visit(argument) for argument in node.args]
            node.keywords = [self.visit(keyword) for keyword in node.keywords]
            return node
        return cast(ast.AST, self.node_contents_visit(node))

    def _asks_for_name(self, node: ast.Call) -> bool:
        """`getattr(f, "__name__")`, with a default or without."""
        if not (isinstance(node.func, ast.Name) and node.func.id == "getattr" and len(node.args) in (2, 3)):
            return False
        name = node.args[1]
        written = isinstance(name, ast.Constant) and name.value == "__name__" and not node.keywords
        return written and "getattr" not in self._bindings.names

    def _call_of(self, function: str, node: ast.Call, arguments: list[ast.expr]) -> ast.Call:
        visited = [self.visit(argument) for argument in arguments]
        return ast.copy_location(ast.Call(ast.Name(function, ast.Load()), visited, []), node)

    def _check_named_call(self, node: ast.Call, function: str) -> None:
        if function == "super" and (node.args or node.keywords):
            self.refuse(node, "name", "super() takes no arguments here.", "Write super().")
        named = node.args[1] if function in _BY_NAME and len(node.args) > 1 else None
        if isinstance(named, ast.Constant) and isinstance(named.value, str):
            name = named.value
            if is_special(name) or is_guard_like(name) or name in INSPECT_ATTRIBUTES:
                text = f"The attribute {name[:60]} is not available in strategies."
                self.refuse(node, "attribute", text, "Use what the object offers.")

    def _check_clock(self, node: ast.Call) -> None:
        """`pd.Timestamp("now")` and its kin read the clock; a run could not be repeated."""
        function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = node.args[0] if node.args else None
        text = first.value if isinstance(first, ast.Constant) else None
        if function in _MAKE_TIMES and isinstance(text, str) and text.strip().lower() in _CLOCK_WORDS:
            hint = "Use df.index[-1]: a strategy has no clock."
            self.refuse(node, "argument", f"{function}({text[:20]!r}) is not available.", hint)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, int) and abs(node.value) > MAX_INTEGER:
            self.refuse(node, "size", "The whole number is too large.", "Stay below 2**63.")
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        return cast(ast.AST, self.node_contents_visit(node))

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        if node.is_async:
            self.refuse(node.target, "syntax", "async is not available in strategies.", "Use a plain for.")
        return cast(ast.AST, self.node_contents_visit(node))

    def visit_TemplateStr(self, node: ast.AST) -> ast.AST:
        self.not_allowed(node)
        return node

    visit_Interpolation = visit_TemplateStr

    # -- statements

    def visit_For(self, node: ast.For) -> ast.AST:
        return cast(ast.AST, self.node_contents_visit(node))

    def visit_With(self, node: ast.With) -> ast.AST:
        return cast(ast.AST, self.node_contents_visit(node))

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        if all(isinstance(target, ast.Name) and target.id in WITHOUT_MEANING for target in node.targets):
            return ast.copy_location(ast.Pass(), node)
        if all(self._is_option(target) for target in node.targets):
            return ast.copy_location(ast.Expr(self.visit(node.value)), node)
        return cast(ast.AST, self.node_contents_visit(node))

    def _is_option(self, target: ast.expr) -> bool:
        """`pd.options.mode.x`: setting an option that only shows does nothing; the others are refused."""
        path: list[str] = []
        while isinstance(target, ast.Attribute):
            if target.attr == "options":
                pandas = self._bindings.facade_of(target.value) is known_modules()["pandas"]
                return pandas and shows_only(".".join(path))
            path.insert(0, target.attr)
            target = target.value
        return False

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.AST:
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """`x: float = 1` becomes `x = 1`; in a class body the name stays a field, without a type."""
        if self._in_class_body and isinstance(node.target, ast.Name) and not annotated_as(node, "ClassVar"):
            node.annotation = ast.copy_location(ast.Constant(None), node)
            node.target = self.visit(node.target)
            node.value = self.visit(node.value) if node.value is not None else None
            return node
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        plain = ast.Assign([node.target], node.value)
        copy_locations(plain, node)
        return self.visit(plain)

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        """`a.b += c` reads and writes through the guards, `a` evaluated once; the rest stays."""
        if not isinstance(node.target, ast.Attribute):
            return self.node_contents_visit(node)
        target, owner, value = node.target, self.gen_tmp_name(), self.gen_tmp_name()
        self._check_attribute(target, self._bindings.facade_of(target.value), False)
        read = self._call("_getattr_", ast.Name(owner, ast.Load()), target.attr)
        write = ast.Attribute(self._call("_write_", ast.Name(owner, ast.Load())), target.attr, ast.Store())
        steps: list[ast.stmt] = [
            ast.Assign([ast.Name(owner, ast.Store())], self.visit(target.value)),
            ast.Assign([ast.Name(value, ast.Store())], read),
            ast.AugAssign(ast.Name(value, ast.Store()), node.op, self.visit(node.value)),
            ast.Assign([write], ast.Name(value, ast.Load())),
        ]
        for step in steps:
            copy_locations(cast(Any, step), node)
        return steps

    def _call(self, function: str, value: ast.expr, *constants: str) -> ast.Call:
        return ast.Call(ast.Name(function, ast.Load()), [value, *map(ast.Constant, constants)], [])

    # -- definitions

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        outer, self._in_class_body = self._in_class_body, False
        self._check_type_parameters(node)
        node.returns = None
        self.check_name(node, node.name, allow_magic_methods=True)
        self.check_function_argument_names(node)
        visited = cast(ast.AST, self.node_contents_visit(node))
        self._in_class_body = outer
        return visited

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.check_name(node, node.name)
        self._check_type_parameters(node)
        self._check_class(node)
        outer, self._in_class_body = self._in_class_body, True
        node.bases = [self.visit(base) for base in node.bases]
        node.decorator_list = [self.visit(decorator) for decorator in node.decorator_list]
        body = [self.visit(statement) for statement in node.body]
        node.body = [
            each for part in body for each in (cast(list[Any], part) if isinstance(part, list) else [part])
        ]
        self._in_class_body = outer
        node.keywords = [ast.keyword("metaclass", ast.Name("_metaclass_", ast.Load()))]
        ast.fix_missing_locations(node)
        return node

    def _check_type_parameters(self, node: ast.FunctionDef | ast.ClassDef) -> None:
        """Their bounds and defaults (Python 3.12) are code that runs later, and nothing rewrites it."""
        if getattr(node, "type_params", None):
            text = f"Type parameters of {shown(node.name)} are not available in strategies."
            self.refuse(node, "syntax", text, "Leave them out.")

    def _check_class(self, node: ast.ClassDef) -> None:
        for keyword in node.keywords:
            if keyword.arg == "total" and "TypedDict" in map(_last_name, node.bases):
                continue
            text = f"{keyword.arg}= is not available in a class statement."
            self.refuse(node, "class", text, "Write a plain class.")
        for base in node.bases:
            inner = base.value if isinstance(base, ast.Subscript) else base
            name = _last_name(inner)
            mixed = name in _MIXINS and _last_name(node.bases[-1]) in _ENUMERATIONS
            if name not in BASE_NAMES and name not in self._bindings.classes and not mixed:
                hint = "A base is a class of the strategy, Enum, NamedTuple or ABC."
                self.refuse(base, "class", f"The base {shown(name)} is not available.", hint)
        for decorator in node.decorator_list:
            name = _last_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if name not in _CLASS_DECORATORS:
                self.refuse(
                    decorator, "class", f"@{shown(name)} is not available on a class.", "Use @dataclass."
                )

    # -- imports

    def visit_Import(self, node: ast.Import) -> Any:
        return [self._bound(alias, node) for alias in node.names]

    def _bound(self, alias: ast.alias, node: ast.stmt) -> ast.stmt:
        whole = alias.name if alias.asname else alias.name.split(".")[0]
        self._check_module(alias.name, node)
        self.check_name(node, alias.asname or whole)
        return self._assignment(alias.asname or whole, _imported(whole), node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        if node.module == "__future__" and not node.level:
            return ast.copy_location(ast.Pass(), node)
        module = "." * node.level + (node.module or "")
        facade = self._check_module(module, node)
        found: list[ast.stmt] = []
        for alias in node.names:
            self.check_name(node, alias.asname or alias.name)
            inner = known_modules().get(f"{module}.{alias.name}")
            if facade is not None and inner is None:
                self._check_import_name(node, facade, alias.name)
            value = _imported(f"{module}.{alias.name}") if inner else _member(module, alias.name)
            found.append(self._assignment(alias.asname or alias.name, value, node))
        return found

    def _check_import_name(self, node: ast.stmt, facade: Facade, name: str) -> None:
        if name == "*":
            self.refuse(node, "import", "import * is not available.", "Name what you import.")
        else:
            self._check_member(node, facade, name)

    def _check_module(self, name: str, node: ast.stmt) -> Facade | None:
        facade = known_modules().get(name)
        if facade is None:
            self.refuse(node, "import", f"import of {name} is not available.", import_hint(name))
        return facade

    def _assignment(self, name: str, value: ast.expr, node: ast.stmt) -> ast.stmt:
        made = ast.Assign([ast.Name(name, ast.Store())], value)
        copy_locations(made, node)
        return made


def _last_name(node: ast.expr) -> str:
    """`b` of `b` and of `a.b`."""
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _imported(module: str) -> ast.expr:
    return ast.Call(ast.Name("_import_", ast.Load()), [ast.Constant(module)], [])


def _member(module: str, name: str) -> ast.expr:
    arguments: list[ast.expr] = [_imported(module), ast.Constant(name)]
    return ast.Call(ast.Name("_getattr_", ast.Load()), arguments, [])
