"""A strategy's text as something that runs: checked, rewritten, compiled, and run under the guards."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass, replace
from types import CodeType
from typing import TYPE_CHECKING, Any, cast

from engine.errors import InvalidInput
from engine.strategy.port import Finding
from engine.strategy.signals import Signals, signals_from_frame
from sandbox.builtin_names import strategy_builtins
from sandbox.classes import ClassMaker
from sandbox.copies import notes, writes_to_copies
from sandbox.declared import Declared, read_declared
from sandbox.facades.arrays import seeded
from sandbox.failure import finding_of
from sandbox.guards import Guards
from sandbox.log import Log
from sandbox.modules import PRESENT, modules
from sandbox.names import hide_private
from sandbox.refusal import FILE_NAME, MAX_FINDINGS, Refused, finding_at, located
from sandbox.rules import StrategyRules
from sandbox.scan import Bindings
from sandbox.sharing import may_share
from sandbox.source import Source, read_source
from sandbox.tags import fold_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from engine.strategy.spec import Number

ENTRY = "generate_signals"


class RunFailed(Exception):
    """The strategy ran and failed; `finding` says where and why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


class Overrun(BaseException):
    """Time is up; raised by a signal inside the strategy, so that its line can be named."""


@dataclass(frozen=True, slots=True)
class Program:
    """A checked strategy; what it may name is made anew for every run.

    `shares` says that runs may follow each other in one process (`sandbox.sharing`).
    """

    code: CodeType
    declared: Declared
    lines: list[str]
    shares: bool

    def ready(self, log: Log) -> ReadyProgram:
        """The program with all that it may name, for one run."""
        return ReadyProgram(self.code, self.declared, self.lines, _namespace(log))


@dataclass(frozen=True, slots=True)
class ReadyProgram:
    """A program that only waits for bars. Run it once: the namespace is the strategy's own from then on."""

    code: CodeType
    declared: Declared
    lines: list[str]
    namespace: dict[str, Any]

    def signals(self, frame: pd.DataFrame, params: Mapping[str, Number], *, tags: bool = True) -> Signals:
        """Run `generate_signals` on `frame`, which it may change; without `tags`, its reasons are not read.

        Raises:
            RunFailed: it raised, or returned something else than signals.
            MemoryError, Overrun: it ran out of memory, or of time.
        """
        index = cast(Any, frame.index).copy()
        try:
            with seeded(), writes_to_copies() as caught:
                exec(self.code, self.namespace)  # noqa: S102 - this is what the walls are for
                result = self.namespace[ENTRY](frame, dict(params))
                signals = fold_tags(signals_from_frame(result, index, tags=tags))
            return replace(signals, warnings=(*signals.warnings, *notes(caught, self.lines)))
        except (MemoryError, Overrun):
            raise
        except InvalidInput as problem:
            raise RunFailed(Finding("result", problem.message, problem.hint)) from None
        except BaseException as problem:  # converted: SystemExit and its kin are failures as well
            raise RunFailed(finding_of(problem, self.lines)) from None


def read_program(code: object) -> Program:
    """The program of a text.

    Raises:
        Refused: the text breaks rules; all findings, in the order of their lines.
    """
    source = read_source(code)
    shares = may_share(source.tree)
    hide_private(source.tree)
    rules = StrategyRules(source.lines, Bindings(source.tree))
    entry = _entry_findings(source)
    declared = read_declared(source)
    tree = ast.fix_missing_locations(rules.visit(source.tree))
    findings = sorted([*entry, *rules.findings], key=lambda finding: (finding.line or 0, finding.column or 0))
    if findings:
        raise Refused(findings[:MAX_FINDINGS])
    return Program(_compiled(tree, source), declared, source.lines, shares)


def _compiled(tree: ast.Module, source: Source) -> CodeType:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return compile(tree, FILE_NAME, "exec", dont_inherit=True)
    except SyntaxError as problem:  # e.g. return outside a function, which the parser lets through
        text = f"SyntaxError: {problem.msg}."
        raise Refused(
            [finding_at("syntax", text, "Mend the syntax.", problem.lineno, problem.offset, source.lines)]
        ) from None
    except (ValueError, RecursionError, MemoryError) as problem:
        text = f"The text cannot be compiled: {problem}."
        raise Refused([Finding("syntax", text, "Write it more simply.")]) from None


def _entry_findings(source: Source) -> list[Finding]:
    hint = "Write def generate_signals(df, params): at the top level."
    found = [node for node in source.tree.body if isinstance(node, ast.FunctionDef) and node.name == ENTRY]
    if not found:
        return [Finding("contract", "There is no function generate_signals(df, params).", hint)]
    arguments = found[-1].args
    positional = [*arguments.posonlyargs, *arguments.args]
    required = len(positional) - len(arguments.defaults)
    demanded = [default for default in arguments.kw_defaults if default is None]
    if required > 2 or (len(positional) < 2 and not arguments.vararg) or demanded:
        text = "generate_signals does not take (df, params)."
        return [located("contract", text, hint, found[-1], source.lines)]
    return []


def _namespace(log: Log) -> dict[str, Any]:
    guards = Guards()
    maker = ClassMaker(guards.own)
    available = modules(log.show, maker)
    namespace: dict[str, Any] = {
        "__builtins__": strategy_builtins(guards, log.show),
        "__name__": "edgewright_strategy",
        "_getattr_": guards.read,
        "_write_": guards.write,
        "_metaclass_": maker.make,
        "_name_of_": guards.name_of,
        "_class_name_": guards.class_name_of,
        "_import_": available.__getitem__,
        **{name: available[module] for name, module in PRESENT.items()},
    }
    guards.code_globals = namespace
    return namespace
