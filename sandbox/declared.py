"""What a strategy declares as literals: PARAMS, CONSTRAINTS, CONTRACT, and its docstring's first line."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn, cast

from engine.errors import InvalidInput
from engine.strategy.spec import CONTRACT, Number, Parameter, evaluate_constraint, parameters_from_literal
from sandbox.refusal import Refused, located
from sandbox.source import Source

MAX_HYPOTHESIS = 300
MAX_PARAMETERS = 50
MAX_CHOICES = 50
MAX_CONSTRAINTS = 20


@dataclass(frozen=True, slots=True)
class Declared:
    """The declared part, checked."""

    hypothesis: str
    parameters: tuple[Parameter, ...]
    constraints: tuple[str, ...]
    has_params: bool

    def defaults(self) -> dict[str, Number]:
        """Every parameter's default."""
        return {parameter.name: parameter.default for parameter in self.parameters}


def read_declared(source: Source) -> Declared:
    """The declared part of a parsed text; nothing is evaluated but literals.

    Raises:
        Refused: PARAMS, CONSTRAINTS or CONTRACT is not a literal of the contract's shape.
    """
    params = _literal(source, "PARAMS")
    constraints = _literal(source, "CONSTRAINTS")
    _check_contract(source)
    parameters = _parameters(source, params) if params else ()
    texts = _constraints(source, constraints, parameters) if constraints else ()
    first = (ast.get_docstring(source.tree) or "").strip().split("\n")[0]
    return Declared(first[:MAX_HYPOTHESIS], parameters, texts, params is not None)


_Literal = tuple[ast.stmt, object]


def _literal(source: Source, name: str) -> _Literal | None:
    places = list(_assignments(source.tree, name))
    if not places:
        return None
    if len(places) > 1:
        _refuse(f"{name} is assigned {len(places)} times.", "Assign it once.", places[1][0], source)
    statement, value = places[0]
    try:
        return statement, ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        hint = "Write numbers out, without names, calls or arithmetic."
        _refuse(f"{name} is not a literal.", hint, statement, source)


def _assignments(tree: ast.Module, name: str) -> Iterator[tuple[ast.stmt, ast.expr]]:
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        else:
            continue
        named = any(isinstance(target, ast.Name) and target.id == name for target in targets)
        if named and statement.value is not None:
            yield statement, statement.value


def _refuse(message: str, hint: str, node: ast.AST, source: Source) -> NoReturn:
    raise Refused([located("params", message, hint, node, source.lines)])


def _check_contract(source: Source) -> None:
    given = _literal(source, "CONTRACT")
    if given and given[1] != CONTRACT:
        _refuse(f"CONTRACT is {given[1]!r}.", f"This is contract {CONTRACT}.", given[0], source)


def _parameters(source: Source, params: _Literal) -> tuple[Parameter, ...]:
    statement, literal = params
    try:
        parameters = parameters_from_literal(literal)
    except (InvalidInput, OverflowError) as problem:
        message = problem.message if isinstance(problem, InvalidInput) else "PARAMS holds a number too large."
        hint = problem.hint if isinstance(problem, InvalidInput) else "Use numbers below 2**63."
        _refuse(message, hint, statement, source)
    if len(parameters) > MAX_PARAMETERS:
        _refuse(f"PARAMS has {len(parameters)} entries.", f"At most {MAX_PARAMETERS}.", statement, source)
    for parameter in parameters:
        if len(parameter.choices) > MAX_CHOICES:
            text = f"PARAMS[{parameter.name!r}] has {len(parameter.choices)} choices."
            _refuse(text, f"At most {MAX_CHOICES}.", statement, source)
    return parameters


def _constraints(source: Source, given: _Literal, parameters: tuple[Parameter, ...]) -> tuple[str, ...]:
    statement, literal = given
    texts = cast(list[object], literal if isinstance(literal, list | tuple) else [literal])
    if len(texts) > MAX_CONSTRAINTS or not all(isinstance(text, str) for text in texts):
        hint = f'Write up to {MAX_CONSTRAINTS} comparisons, e.g. ["fast < slow"].'
        _refuse("CONSTRAINTS is not a list of texts.", hint, statement, source)
    found = tuple(str(text) for text in texts)
    defaults = {parameter.name: parameter.default for parameter in parameters}
    for text in found:
        try:
            holds = evaluate_constraint(text, defaults)
        except InvalidInput as problem:
            _refuse(problem.message, problem.hint, statement, source)
        if not holds:
            hint = "Choose defaults that keep every constraint."
            _refuse(f"The defaults of PARAMS break the constraint {text!r}.", hint, statement, source)
    return found
