"""The text of a strategy, checked as text and parsed: characters, size, depth, names. No code of it runs.

Parsing hostile text can exhaust a process, so for untrusted text this belongs in a locked child.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import unicodedata
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from engine.strategy.port import Finding
from sandbox.names import check_names
from sandbox.refusal import Refused, finding_at, located

MAX_CHARACTERS = 65_536
MAX_NODES = 20_000
MAX_DEPTH = 100
MAX_INTEGER = 1 << 63
_MAX_LINE = 2_000


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed text that keeps the rules on characters, size and names."""

    tree: ast.Module
    lines: list[str]


def read_source(code: object) -> Source:
    """Parse `code`, which must be text: bytes could carry a coding cookie that changes their meaning.

    Raises:
        Refused: a rule on characters, syntax, size or names is broken.
    """
    if type(code) is not str:
        raise Refused([Finding("source", "The strategy is not text.", "Give its source as a str.")])
    code = code.removeprefix("\ufeff")
    lines = re.split("\r\n|\r|\n", code)
    _refuse(_check_characters(code, lines))
    tree = _parse(code, lines)
    _refuse(_check_size(tree, lines))
    _refuse(_check_identifiers(code, lines))
    _refuse(check_names(tree, lines))
    return Source(tree, lines)


def _refuse(findings: Iterator[Finding]) -> None:
    found = list(findings)
    if found:
        raise Refused(found)


def _check_characters(code: str, lines: list[str]) -> Iterator[Finding]:
    if len(code) > MAX_CHARACTERS:
        yield Finding("size", f"The text has {len(code)} characters.", f"At most {MAX_CHARACTERS} are read.")
        return
    for number, line in enumerate(lines, 1):
        if len(line) > _MAX_LINE:
            yield finding_at(
                "size", f"Line {number} has {len(line)} characters.", "Break it up.", number, 1, []
            )
        for column, character in enumerate(line, 1):
            if _is_control(character):
                text = f"The invisible character U+{ord(character):04X} is not allowed."
                yield finding_at("characters", text, "Delete it.", number, column, [])
                break


def _is_control(character: str) -> bool:
    if character in "\t\r" or " " <= character <= "~":
        return False
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def _parse(code: str, lines: list[str]) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return ast.parse(code, "<strategy>")
    except SyntaxError as problem:
        text = f"{type(problem).__name__}: {problem.msg}."
        where = problem.lineno, problem.offset
        raise Refused([finding_at("syntax", text, "Mend the syntax.", *where, lines)]) from None
    except (ValueError, RecursionError, MemoryError) as problem:
        text = f"The text cannot be parsed: {problem or type(problem).__name__}."
        raise Refused([Finding("syntax", text, "Write it more simply.")]) from None


def _check_size(tree: ast.Module, lines: list[str]) -> Iterator[Finding]:
    count = 0
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        count += len(level)
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            break
    if level:
        yield located("size", "The code is nested too deeply.", "Use intermediate names.", level[0], lines)
    if count > MAX_NODES:
        yield Finding("size", f"The code has {count} syntax nodes.", f"At most {MAX_NODES} are read.")


def _check_identifiers(code: str, lines: list[str]) -> Iterator[Finding]:
    # Python folds look-alike letters (NFKC), so an identifier could read differently from what it means.
    if code.isascii():
        return
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    except (tokenize.TokenError, SyntaxError) as problem:
        yield Finding("characters", f"The text cannot be read: {problem}.", "Use plain letters in names.")
        return
    for token in tokens:
        if token.type in (tokenize.NAME, tokenize.ERRORTOKEN, tokenize.OP) and not token.string.isascii():
            text = f"The name {token.string!r} has letters outside a-z."
            where = token.start[0], token.start[1] + 1
            yield finding_at("characters", text, "Use plain ASCII letters in names.", *where, lines)
