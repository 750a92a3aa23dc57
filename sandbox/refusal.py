"""How the language layer says no: located findings before the run, named exceptions during it."""

from __future__ import annotations

import ast
import difflib
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
    """Something that strategies may not reach, met while running."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


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


def nearest(name: str, allowed: Iterable[str], prefix: str = "") -> str:
    """`Did you mean x?`, or a short list of what there is, or nothing."""
    known = sorted(allowed)
    close = difflib.get_close_matches(name, known, 1, 0.6 if len(name) <= 5 else 0.72)
    if close:
        return f"Did you mean {prefix}{close[0]}?"
    if known and len(known) <= 12:
        return f"There is {', '.join(prefix + each for each in known)}."
    return ""
