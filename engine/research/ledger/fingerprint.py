"""What a strategy's text computes, as a set of features that outlast renaming, reordering and reformatting.

Three kinds: words (functions, methods and columns that it uses), pairs of words that follow each other in
a statement, and relations (which of these are compared with which). Names that the text itself gives are
followed to what was assigned to them, through helper functions too, and stand for that. Constants do not
count.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from engine.research.ledger.lexer import Statement, Token, statements
from engine.research.ledger.syntax import (
    COMPARISONS,
    arguments,
    assignment,
    declared,
    neighbours,
    operands,
    without_argument_names,
    without_keys_of,
)
from engine.research.ledger.vocabulary import COLUMNS, DECLARATIONS, tells_nothing

_ROUNDS = 3
_MAX_WORDS = 12
_METHODS = {"lt": "<", "le": "<", "gt": ">", "ge": ">", "eq": "=", "ne": "="}
_TURNED = {"<": ">", ">": "<", "=": "="}

Words = frozenset[str]
_NOTHING: Words = frozenset()


def features(text: str) -> frozenset[str]:
    """Features of a text; empty where it computes nothing."""
    return frozenset(_Reading(text).features())


class _Reading:
    """One text being read: what each of its own names stands for."""

    def __init__(self, text: str) -> None:
        self._statements = [without_argument_names(statement) for statement in statements(text)]
        self._names: dict[str, Words] = {}
        self._helpers: dict[str, list[str]] = {}
        self._frame = self._given = frozenset[str]()
        for statement in self._statements:
            self._bind(statement)
        self._statements = [without_keys_of(statement, self._given) for statement in self._statements]
        for _ in range(_ROUNDS):
            self._follow()

    def features(self) -> Iterator[str]:
        for statement in self._statements:
            if statement[0].text in ("import", "from", "def", "class") or statement[0].text in DECLARATIONS:
                continue
            words = [word for token in neighbours(statement) if (word := self._word(*token))]
            yield from words
            yield from map(" ".join, pairwise(word for word in words if word not in COLUMNS))
            yield from self._relations(statement)

    def _bind(self, statement: Statement) -> None:
        if statement[0].text == "def" and len(statement) > 1:
            name, parameters = statement[1].text, declared(statement[2:])
            if name == "generate_signals":
                self._frame, self._given = frozenset(parameters[:1]), frozenset(parameters[1:])
                return
            self._helpers[name] = parameters
            names = [name, *parameters]
        else:
            names = assignment(statement)[0]
        self._names.update((name, _NOTHING) for name in names if name not in self._names)

    def _follow(self) -> None:
        """One round: what is assigned, returned by helpers and passed to them stands for its words."""
        inside = ""
        for statement in self._statements:
            head = statement[0].text
            if head == "def" and len(statement) > 1:
                inside = statement[1].text
                continue
            names, value = ([inside], statement) if head == "return" else assignment(statement)
            words = self._words(value) if names else _NOTHING
            for name in names:
                self._learn(name, words)
            self._pass_on(statement)

    def _pass_on(self, statement: Statement) -> None:
        for i, (token, before, after) in enumerate(neighbours(statement)):
            if token.kind == "name" and token.text in self._helpers and after == "(" and before != ".":
                passed = arguments(statement, i + 2)
                for name, argument in zip(self._helpers[token.text], passed, strict=False):
                    self._learn(name, self._words(argument))

    def _learn(self, name: str, words: Words) -> None:
        known = self._names.get(name)
        if known is not None and len(known) < _MAX_WORDS:
            self._names[name] = known | words

    def _word(self, token: Token, before: str, after: str) -> str | None:
        """The word of the market's arithmetic that a token is; None for what is the text's own."""
        text = token.text
        if token.kind == "string":
            return text if text in COLUMNS and before in ("[", "(", "{", ",") else None
        if token.kind != "name" or tells_nothing(text):
            return None
        own = text in self._names or text in self._frame | self._given or after == "."
        return text if before == "." or not own else None

    def _words(self, tokens: Statement) -> Words:
        """What an expression is made of."""
        found = set[str]()
        for token, before, after in neighbours(tokens):
            word = self._word(token, before, after)
            if word is not None:
                found.add(word)
            elif before != ".":
                found |= self._names.get(token.text, _NOTHING)
        return frozenset(found)

    def _relations(self, statement: Statement) -> Iterator[str]:
        for i, (token, before, _) in enumerate(neighbours(statement)):
            sign = COMPARISONS.get(token.text) if token.kind == "op" else None
            if before == ".":
                sign = _METHODS.get(token.text)
            if sign is None:
                continue
            left, right = ("+".join(sorted(self._words(side))) for side in operands(statement, i))
            if left > right:
                left, right, sign = right, left, _TURNED[sign]
            if left or right:
                yield f"{left} {sign} {right}"
