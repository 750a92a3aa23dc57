"""What a strategy declares about itself: hypothesis, parameters, constraints, hash of its text."""

from __future__ import annotations

import ast
import hashlib
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard, cast

from engine.errors import InvalidInput

CONTRACT = 1
Number = int | float
ParameterKind = Literal["int", "float"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One entry of PARAMS; `kind` follows the type of the default."""

    name: str
    kind: ParameterKind
    default: Number
    low: Number | None = None
    high: Number | None = None
    step: Number | None = None
    log: bool = False
    choices: tuple[Number, ...] = ()

    def checked(self, value: object) -> Number:
        """`value` as this parameter's type.

        Raises:
            InvalidInput: not a number, not whole where an int is due, or outside low..high or the choices.
        """
        where = f"Parameter {self.name} = {value!r}"
        if not _is_number(value):
            raise InvalidInput(f"{where} is not a number.", self.described())
        if self.kind == "int" and value != int(value):
            raise InvalidInput(f"{where} is not a whole number.", self.described())
        number: Number = int(value) if self.kind == "int" else float(value)
        below = self.low is not None and number < self.low
        above = self.high is not None and number > self.high
        if below or above or (self.choices and number not in self.choices):
            raise InvalidInput(f"{where} is outside its range.", self.described())
        return number

    def described(self) -> str:
        """The range in words, e.g. `fast is int, 5 to 50, default 20.`"""
        if self.choices:
            span = "one of " + ", ".join(map(str, self.choices))
        else:
            span = f"{'any' if self.low is None else self.low} to {'any' if self.high is None else self.high}"
        return f"{self.name} is {self.kind}, {span}, default {self.default}."


@dataclass(frozen=True, slots=True)
class StrategySpec:
    """The declared part of a strategy.

    Attributes:
        hypothesis: first line of the module's docstring; empty when there is none.
        constraints: comparisons between parameters and numbers, e.g. "fast < slow".
        code_hash: SHA-256 (hex) of the text.
    """

    hypothesis: str
    parameters: tuple[Parameter, ...]
    constraints: tuple[str, ...]
    code_hash: str
    contract: int = CONTRACT

    def resolve(self, given: Mapping[str, object]) -> dict[str, Number]:
        """All parameters: defaults, overlaid with `given`.

        Raises:
            InvalidInput: unknown name, value outside its range, or a constraint that does not hold.
        """
        known = {parameter.name for parameter in self.parameters}
        for name in given:
            if name not in known:
                listed = ", ".join(sorted(known)) or "none"
                raise InvalidInput(f"The strategy has no parameter {name!r}.", f"Its parameters: {listed}.")
        values = {p.name: p.checked(given.get(p.name, p.default)) for p in self.parameters}
        for constraint in self.constraints:
            if not evaluate_constraint(constraint, values):
                shown = ", ".join(f"{name}={value}" for name, value in values.items())
                raise InvalidInput(f"The constraint {constraint!r} does not hold for {shown}.")
        return values


def code_hash(code: str) -> str:
    """SHA-256 (hex) of a strategy's text in UTF-8."""
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()


_PARAMETER_KEYS = {"default", "low", "high", "step", "log", "choices"}


def parameters_from_literal(literal: object) -> tuple[Parameter, ...]:
    """Parameters from the value of PARAMS.

    Raises:
        InvalidInput: not the shape of the contract; the text names the entry.
    """
    if not isinstance(literal, dict):
        raise InvalidInput("PARAMS is not a dict.", 'Write PARAMS = {"fast": {"default": 20}}.')
    entries = cast(dict[object, object], literal)
    return tuple(_parameter(name, entry) for name, entry in entries.items())


def _parameter(name: object, entry: object) -> Parameter:
    if not isinstance(name, str) or not name.isidentifier() or len(name) > 64:
        raise InvalidInput(f"PARAMS key {name!r} is not a name.", "Use a short identifier.")
    if _is_number(entry):
        entry = {"default": entry}
    if not isinstance(entry, dict):
        raise InvalidInput(f"PARAMS[{name!r}] is not a dict.", 'Write {"default": 20, "low": 5, "high": 50}.')
    fields = cast(dict[str, Any], entry)
    unknown = sorted(str(key) for key in fields if key not in _PARAMETER_KEYS)
    if unknown or "default" not in fields:
        wrong = f"has the unknown key {unknown[0]!r}" if unknown else "has no default"
        raise InvalidInput(f"PARAMS[{name!r}] {wrong}.", f"Keys: {', '.join(sorted(_PARAMETER_KEYS))}.")
    for key in ("default", "low", "high", "step"):
        value = fields.get(key)
        if value is not None and not _is_number(value):
            raise InvalidInput(f"PARAMS[{name!r}][{key!r}] is not a number.", "Use an int or a float.")
    choices = cast(Any, fields.get("choices") or ())
    if not isinstance(choices, list | tuple) or not all(map(_is_number, cast(list[object], choices))):
        raise InvalidInput(f"PARAMS[{name!r}]['choices'] is not a list of numbers.")
    default = fields["default"]
    parameter = Parameter(
        name=name,
        kind="int" if isinstance(default, int) else "float",
        default=default,
        low=fields.get("low"),
        high=fields.get("high"),
        step=fields.get("step"),
        log=bool(fields.get("log", False)),
        choices=tuple(cast(list[Number], choices)),
    )
    parameter.checked(default)
    return parameter


def _is_number(value: object) -> TypeGuard[Number]:
    """A finite int or float; an int beyond the floats is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


_COMPARE: dict[type[ast.cmpop], Callable[[Number, Number], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda a, b: a / b,
}
_MAX_CONSTRAINT = 200


def evaluate_constraint(text: str, values: Mapping[str, Number]) -> bool:
    """Whether a comparison of names, numbers, + - * / holds; the text may be a chain such as `a < b < c`.

    Raises:
        InvalidInput: anything else than such a comparison, or an unknown name.
    """
    hint = 'Write comparisons of parameters and numbers, e.g. "fast < slow".'
    if len(text) > _MAX_CONSTRAINT:
        raise InvalidInput(f"A constraint of {len(text)} characters is too long.", hint)
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise InvalidInput(f"The constraint {text!r} is not an expression.", hint) from None
    if not isinstance(tree, ast.Compare):
        raise InvalidInput(f"The constraint {text!r} is not a comparison.", hint)

    def value(node: ast.expr) -> Number:
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return node.value
        if isinstance(node, ast.Name):
            if node.id not in values:
                raise InvalidInput(f"The constraint {text!r} names {node.id!r}, which is no parameter.", hint)
            return values[node.id]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -value(node.operand)
        if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
            try:
                return _ARITHMETIC[type(node.op)](value(node.left), value(node.right))
            except ZeroDivisionError:
                raise InvalidInput(f"The constraint {text!r} divides by zero.", hint) from None
        raise InvalidInput(f"The constraint {text!r} holds more than names, numbers and + - * /.", hint)

    operands = [tree.left, *tree.comparators]
    for operation, left, right in zip(tree.ops, operands, operands[1:], strict=False):
        if type(operation) not in _COMPARE:
            raise InvalidInput(f"The constraint {text!r} uses a comparison other than < <= > >= == !=.", hint)
        if not _COMPARE[type(operation)](value(left), value(right)):
            return False
    return True
