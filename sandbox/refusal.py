"""How the language layer says no: located findings before the run, named exceptions during it."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from engine.strategy.port import Finding

FILE_NAME = "<strategy>"
MAX_FINDINGS = 20


class Refused(Exception):
    """The text breaks rules; `findings` says which, where, and what to write instead."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(finding.message for finding in self.findings))


class NotAvailable(AttributeError):
    """Something that strategies may not reach, met while running.

    A strategy can catch one and raise another of its type, so message and hint may be any object.
    """

    def __init__(self, message: object, hint: object = "") -> None:
        super().__init__(message if type(message) is str else "Not available.")
        self.hint = hint if type(hint) is str else ""


def located(rule: str, message: str, hint: str, node: ast.AST | None, lines: list[str]) -> Finding:
    """A finding at `node` of the text `lines`; columns count from 1."""
    line = getattr(node, "lineno", None)
    offset = getattr(node, "col_offset", None)
    return finding_at(rule, message, hint, line, None if offset is None else offset + 1, lines)


def finding_at(
    rule: str, message: str, hint: str, line: int | None, column: int | None, lines: list[str]
) -> Finding:
    """A finding at a line and column of the text `lines`, both counted from 1."""
    shown = lines[line - 1].strip()[:160] if line is not None and 0 < line <= len(lines) else ""
    return Finding(rule, message, hint, line, column, shown)
