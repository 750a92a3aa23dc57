"""Parts of a statement found by its brackets and signs: what it assigns, what it compares, what it passes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.research.ledger.lexer import Statement, Token
from engine.research.ledger.vocabulary import COLUMNS

COMPARISONS = {"<": "<", "<=": "<", ">": ">", ">=": ">", "==": "=", "!=": "="}
_REACH = 100  # tokens that an operand, or the arguments of a call, may have
_BOUNDS = frozenset({"&", "|", "^", "~", "=", ",", ":", *COMPARISONS})
_WORD_BOUNDS = frozenset({"and", "or", "not", "if", "else", "return", "in", "is"})


def neighbours(tokens: Statement) -> Iterator[tuple[Token, str, str]]:
    """Each token with the texts before and after it, empty at the ends."""
    texts = ["", *(token.text for token in tokens), ""]
    return zip(tokens, texts, texts[2:], strict=False)


def without_argument_names(statement: Statement) -> Statement:
    """The same without `name=` inside brackets: an argument by name is an argument."""
    if statement[0].text in ("def", "lambda"):
        return statement
    kept: Statement = []
    depth = 0
    for token, _, after in neighbours(statement):
        depth += _step(token)
        named = token.kind == "name" and after == "="
        if depth <= 0 or not (named or (token.kind == "op" and token.text == "=")):
            kept.append(token)
    return kept


def without_keys_of(statement: Statement, names: frozenset[str]) -> Statement:
    """The same without the text keys that these names are asked for: a parameter may be called `low`."""
    kept: Statement = []
    for token, before, _ in neighbours(statement):
        asked = token.kind == "string" and before in ("[", "(") and any(t.text in names for t in kept[-4:-1])
        if not asked:
            kept.append(token)
    return kept


def declared(header: Statement) -> list[str]:
    """Parameter names of a function's header, in order."""
    opens = ("(", ",", "*", "**")
    return [token.text for token, before, _ in neighbours(header) if token.kind == "name" and before in opens]


def assignment(statement: Statement) -> tuple[list[str], Statement]:
    """Names (and keys in brackets) that a statement gives something to, and what; none where it does not."""
    if statement[0].text == "for":
        stop = next((i for i, token in enumerate(statement) if token.text == "in"), 0)
        return [token.text for token in statement[1:stop] if token.kind == "name"], statement[stop + 1 :]
    depth = 0
    for i, token in enumerate(statement):
        depth += _step(token)
        if token.kind == "op" and (token.text == ":=" or (depth == 0 and _assigns(token.text))):
            return _assigned(statement[:i]), statement[i + 1 :]
    return [], []


def operands(statement: Statement, at: int) -> tuple[Statement, Statement]:
    """What stands left and right of the comparison at a place."""
    left = _operand(reversed(statement[max(0, at - _REACH) : at]), -1)
    return left[::-1], _operand(statement[at + 1 : at + 1 + _REACH], 1)


def arguments(statement: Statement, at: int) -> list[Statement]:
    """The arguments of the call whose bracket opened before a place."""
    found: list[Statement] = [[]]
    depth = 0
    for token in statement[at : at + _REACH]:
        depth += _step(token)
        if depth < 0:
            break
        if depth == 0 and token.kind == "op" and token.text == ",":
            found.append([])
        else:
            found[-1].append(token)
    return [argument for argument in found if argument]


def _operand(tokens: Iterable[Token], direction: int) -> Statement:
    found: Statement = []
    depth = 0
    for token in tokens:
        depth += direction * _step(token)
        bound = token.text in (_BOUNDS if token.kind == "op" else _WORD_BOUNDS) and token.kind != "string"
        if depth < 0 or (depth == 0 and bound):
            break
        found.append(token)
    return found


def _assigned(left: Statement) -> list[str]:
    colon = next((i for i, token in enumerate(left) if token.text == ":"), len(left))
    found: list[str] = []
    for token, before, after in neighbours(left[:colon]):
        key = token.kind == "string" and before == "[" and after == "]" and token.text not in COLUMNS
        if key or (token.kind == "name" and before not in (".", "[") and after not in (".", "[")):
            found.append(token.text)
    if not found and left and left[0].kind == "name":  # an element: the whole learns what it holds
        found.append(left[0].text)
    return found


def _assigns(sign: str) -> bool:
    return sign == "=" or (len(sign) > 1 and sign[-1] == "=" and sign not in COMPARISONS)


def _step(token: Token) -> int:
    return (token.text in "([{") - (token.text in ")]}") if token.kind == "op" else 0
