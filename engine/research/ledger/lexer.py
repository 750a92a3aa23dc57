"""Words of a strategy's text, without parsing it: any text gives some, in time linear in its length.

The text is untrusted, and Python's own parser has limits that a hostile one can reach; nothing here recurses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, cast

Kind = Literal["string", "number", "name", "op"]

_MAX_TEXT = 200_000
_MAX_TOKENS = 20_000
_MAX_STATEMENT = 1_000
_TOKEN = re.compile(
    r"""
      (?P<skip>\#[^\n]*|\\\r?\n|[^\S\n]+)
    | (?P<string>(?:[rRbBuUfF]{1,2})?(?:
          \"\"\"(?:[^"\\]|\\.|"(?!""))*(?:\"\"\"|\Z)
        | '''(?:[^'\\]|\\.|'(?!''))*(?:'''|\Z)
        | "(?:[^"\\\n]|\\.)*"?
        | '(?:[^'\\\n]|\\.)*'?))
    | (?P<number>\.?\d[\w.]*(?:(?<=[eE])[+-]\d+)?)
    | (?P<name>[^\W\d]\w*)
    | (?P<newline>\n)
    | (?P<op>\*\*=|//=|>>=|<<=|->|:=|==|!=|<=|>=|\*\*|//|[-+*/%&|^@]=|<<|>>|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCKS = frozenset(
    {"if", "elif", "else", "for", "while", "with", "def", "class", "try", "except", "finally"}
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word: the text of a string is its content, without prefix and quotes."""

    kind: Kind
    text: str


Statement = list[Token]


def statements(text: str) -> Iterator[Statement]:
    """The statements of a text, heads of blocks apart from their bodies, without comments and docstrings."""
    current: Statement = []
    depth = 0
    for kind, word in _tokens(text):
        ends = depth == 0 and (kind == "newline" or word == ";" or (word == ":" and _opens_block(current)))
        if ends or len(current) >= _MAX_STATEMENT:
            if any(token.kind != "string" for token in current):
                yield current
            current = []
        elif kind != "newline":
            if kind == "op":
                depth = max(0, depth + (word in "([{") - (word in ")]}"))
            current.append(Token(cast(Kind, kind), _content(word) if kind == "string" else word))
    if any(token.kind != "string" for token in current):
        yield current


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    found = _TOKEN.finditer(text[:_MAX_TEXT])
    words = ((match.lastgroup or "op", match.group()) for match in found if match.lastgroup != "skip")
    return islice(words, _MAX_TOKENS)


def _opens_block(statement: Statement) -> bool:
    return bool(statement) and statement[0].text in _BLOCKS


def _content(literal: str) -> str:
    return literal.lstrip("rRbBuUfF").strip("\"'")
