"""A request as one line of plain words, each with its place in the request as it was written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice, pairwise

from engine.strategy.compose.lexicon import COMMON, SPELLINGS, STOP_WORDS, TARGETS, TENS, UNITS

_MAX_READ = 4_000  # characters
_MAX_WORDS = 300  # more is not a request for one strategy

NUMBER = r"-?\d+(?:\.\d+)?"


@dataclass(frozen=True, slots=True)
class Token:
    """One word in its plain spelling, and where it stands in the request."""

    word: str
    start: int
    end: int


class Text:
    """A request that rules read piece by piece; what no rule takes is left over.

    Attributes:
        request: the text as written (its first 4,000 characters).
        is_cut: whether more than its first 300 words was there to read.
        norm: the plain words between single spaces, with one space at each end.
        open: the same, with what was taken already overwritten by `_`.
    """

    def __init__(self, request: str) -> None:
        self.request = request[:_MAX_READ]
        raw = list(islice(_raw_tokens(self.request), _MAX_WORDS + 1))
        self.is_cut = len(raw) > _MAX_WORDS or len(request) > _MAX_READ
        self.tokens = tuple(_corrected(_joined_numbers(raw[:_MAX_WORDS])))
        self.norm = " " + "".join(token.word + " " for token in self.tokens)
        self.open = self.norm
        self._refused: list[tuple[int, int]] = []
        self._token_at = [i for i, token in enumerate(self.tokens) for _ in range(len(token.word) + 1)]

    def find(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first place where `pattern` fits and nothing was taken yet."""
        return pattern.search(self.open)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """As `find`, and the words found count as understood."""
        match = self.find(pattern)
        if match is not None:
            self.use(*match.span())
        return match

    def take_all(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        """Every place where `pattern` fits, each taken."""
        found: list[re.Match[str]] = []
        while (match := self.take(pattern)) is not None:
            found.append(match)
        return found

    def use(self, start: int, end: int) -> None:
        """Mark norm[start:end] as understood."""
        self.open = self.open[:start] + "_" * (end - start) + self.open[end:]

    def refuse(self, start: int, end: int) -> None:
        """Take norm[start:end] out of the way, as something that was not understood."""
        self.use(start, end)
        self._refused.append((start, end))

    def touching(self, start: int, end: int) -> bool:
        """Whether the words of norm[start:end] were written without space between them, as in `15m`."""
        tokens = self._tokens(start, end)
        return all(a.end == b.start for a, b in pairwise(tokens))

    def written(self, start: int, end: int) -> str:
        """The request's own text of norm[start:end]."""
        tokens = self._tokens(start, end)
        return self.request[tokens[0].start : tokens[-1].end] if tokens else ""

    def leftovers(self) -> tuple[str, ...]:
        """Phrases of the request that no rule took, word for word, without words that say nothing."""
        refused = {id(token) for span in self._refused for token in self._tokens(*span)}
        phrases: list[list[Token]] = [[]]
        position = 1
        for token in self.tokens:
            taken = self.open[position] == "_" and id(token) not in refused
            position += len(token.word) + 1
            if taken or token.word in ",.;!?()":
                phrases.append([])
            else:
                phrases[-1].append(token)
        texts = (self._phrase(phrase, refused) for phrase in phrases)
        return tuple(dict.fromkeys(text for text in texts if text))

    def _phrase(self, tokens: list[Token], refused: set[int]) -> str:
        told = [i for i, t in enumerate(tokens) if id(t) in refused or t.word not in STOP_WORDS]
        told = [i for i in told if any(c.isalnum() for c in tokens[i].word)]
        if not told:
            return ""
        return " ".join(self.request[tokens[told[0]].start : tokens[told[-1]].end].split())

    def _tokens(self, start: int, end: int) -> tuple[Token, ...]:
        indices = {self._token_at[i - 1] for i in range(max(start, 1), end) if self.norm[i] != " "}
        return tuple(self.tokens[i] for i in sorted(indices))


@cache
def phrase(pattern: str) -> re.Pattern[str]:
    """A pattern over whole words of `Text.norm`."""
    return re.compile(rf"(?<= )(?:{pattern})(?= )")


def words_of(text: str) -> tuple[str, ...]:
    """The words of a space-separated list."""
    return tuple(text.split())


_TOKEN = re.compile(
    r"""
    w/o(?:ut)?\b | w/(?=\s)                         # without, with
    | %[krdb]\b                                     # %K, %D, %R
    | (?<![\w)])-\d+(?:\.\d+)?                      # a negative number
    | \d+,\d(?=\s*(?:%|percent|pct|sigma|atr))      # a decimal comma
    | \d+(?:\.\d+)? | \.\d+
    | [+-]\s?di\b
    | [^\W\d_]+(?:['’][^\W\d_]+)?
    | \.{2,} | … | -+> | → | >= | <= | => | =<
    | \S
    """,
    re.VERBOSE,
)


def _raw_tokens(request: str) -> Iterator[Token]:
    lowered = "".join(_lower(character) for character in request)
    for match in _TOKEN.finditer(lowered):
        word = match.group().replace("’", "'")
        start, end = match.span()
        if word in {"-", "–"} and not _between_digits(lowered, start, end):
            continue
        if word == "+" and lowered[end : end + 1].isdigit():
            continue
        yield Token(_plain(word), start, end)


def _lower(character: str) -> str:
    """One lower-case character for one character, wide and styled forms made plain."""
    plain = unicodedata.normalize("NFKC", character).lower()
    if character in "–—−":
        plain = "-"
    return plain if len(plain) == 1 else character


def _between_digits(text: str, start: int, end: int) -> bool:
    return text[:start].rstrip()[-1:].isdigit() and text[end:].lstrip()[:1].isdigit()


def _plain(word: str) -> str:
    if word[0] == "%" and len(word) == 2:
        return "p" + word[1]
    if word.endswith("di") and word[0] in "+-":
        return "plusdi" if word[0] == "+" else "minusdi"
    if word.endswith(("->", "→")):
        return "then"
    if word[:2] == ".." or word == "…":
        return ","
    if word[0].isdigit() or (word[0] == "." and len(word) > 1) or (word[0] == "-" and len(word) > 1):
        return _number_text(word)
    return SPELLINGS.get(word, word)


def _number_text(word: str) -> str:
    text = word.replace(",", ".")
    if not text.isascii() or len(text) > 15:
        return "#"
    number = float(text)
    return str(int(number)) if number == int(number) and "." not in text else f"{number:.10g}"


def _joined_numbers(tokens: Iterable[Token]) -> Iterator[Token]:
    """Numbers in words become digits: `twenty five`, `two hundred`, `two and a half`, `minus one hundred`."""
    listed = list(tokens)
    at = 0
    while at < len(listed):
        number, taken = _number_in_words(listed, at)
        if taken:
            yield Token(number, listed[at].start, listed[at + taken - 1].end)
        else:
            yield listed[at]
        at += max(taken, 1)


def _number_in_words(tokens: list[Token], at: int) -> tuple[str, int]:
    words = [token.word for token in tokens[at : at + 8]] + [""] * 8
    if words[0] in {"minus", "negative"}:
        number, taken = _number_in_words(tokens, at + 1)
        if not taken and words[1].replace(".", "").isdigit():
            number, taken = words[1], 1
        return (f"-{number}", taken + 1) if taken else ("", 0)
    if words[0] == "half" and words[1] in {"a", "%"} and "%" in words[1:3]:
        return "0.5", 2 if words[1] == "a" else 1
    if words[0] == "a" and words[1] in {"%", "hundred"}:
        return ("1", 1) if words[1] == "%" else ("100", 2)
    number, taken = _below_thousand(words)
    if taken == 1 and words[0] == "one" and words[1] not in _COUNTED:
        return "", 0
    if taken and words[taken : taken + 3] == ["and", "a", "half"]:
        return f"{number}.5", taken + 3
    if taken and words[taken] == "point" and words[taken + 1] in UNITS and UNITS[words[taken + 1]] < 10:
        return f"{number}.{UNITS[words[taken + 1]]}", taken + 2
    return (str(number), taken) if taken else ("", 0)


_COUNTED = frozenset(
    words_of(
        "% point and bps atr bar bars candle candles day days hour hours week weeks minute minutes sigma r"
        " x to : times standard month red green hundred"
    )
)


def _below_thousand(words: list[str]) -> tuple[int, int]:
    number, taken = _below_hundred(words)
    if taken == 1 and 0 < number < 10 and words[1] == "hundred":
        skip = 3 if words[2] == "and" else 2
        rest, more = _below_hundred(words[skip:])
        return (100 * number + rest, skip + more) if more and rest else (100 * number, 2)
    return number, taken


def _below_hundred(words: list[str]) -> tuple[int, int]:
    if words[0] in UNITS:
        return UNITS[words[0]], 1
    if words[0] in TENS:
        follows = UNITS.get(words[1], 0)
        return (TENS[words[0]] + follows, 2) if 0 < follows < 10 else (TENS[words[0]], 1)
    return 0, 0


def _corrected(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        word = _mended(token.word)
        yield token if word == token.word else Token(SPELLINGS.get(word, word), token.start, token.end)


@lru_cache(maxsize=4096)
def _mended(word: str) -> str:
    """`word`, or the one word of the rules that it is a slip away from."""
    known = word in TARGETS or word in STOP_WORDS or word in COMMON
    if known or not 4 <= len(word) <= 20 or not word.isascii() or not word.isalpha():
        return word
    near = [target for target in TARGETS if target[0] == word[0] and _is_slip(word, target)]
    return min(near, key=lambda target: (abs(len(target) - len(word)), target)) if near else word


def _is_slip(word: str, target: str) -> bool:
    if len(target) < 4 or abs(len(word) - len(target)) > 2:
        return False
    allowed = 2 if len(target) >= 8 else 1
    distance = _distance(word, target)
    if len(target) <= 5 and len(word) == len(target):
        return distance == 1 and sorted(word) == sorted(target)  # short words: swapped letters only
    return distance <= allowed


def _distance(left: str, right: str) -> int:
    """Edits between two words; swapping two neighbours counts as one (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
