"""The corpus of a proof: strategies with placeholders for what the judge has set up."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from engine.errors import InvalidInput, NotFound

SHIPPED = Path(__file__).with_name("corpus")
SHIPPED_NAME = "shipped"
# Categories that only the operating system can hold; they are not run without it.
EXHAUSTING = frozenset({"cpu", "memory", "output", "parser_dos", "process"})


@dataclass(frozen=True, slots=True)
class Line:
    """One strategy: `expect` is reject, contain or another word for hostile ones, pass for benign ones."""

    id: str
    category: str
    expect: str
    code: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Hostile strategies, and good ones that must keep running.

    Attributes:
        name: `shipped`, or the folder's name.
    """

    name: str
    hostile: tuple[Line, ...]
    benign: tuple[Line, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over every line, in order."""
        text = json.dumps([[x.id, x.category, x.expect, x.code] for x in (*self.hostile, *self.benign)])
        return hashlib.sha256(text.encode()).hexdigest()


def shipped_corpus() -> Corpus:
    """The corpus that comes with the package."""
    return Corpus(SHIPPED_NAME, read_lines(SHIPPED / "hostile.jsonl"), read_lines(SHIPPED / "benign.jsonl"))


def corpus_in(folder: Path) -> Corpus:
    """The corpus of a folder with hostile.jsonl and, if it is there, benign.jsonl.

    Raises:
        NotFound: no hostile.jsonl.
        InvalidInput: a line is no strategy; the text names it.
    """
    if not (folder / "hostile.jsonl").is_file():
        raise NotFound(f"There is no hostile.jsonl in {folder}.", "Name a folder that holds one.")
    benign = folder / "benign.jsonl"
    good = read_lines(benign) if benign.is_file() else ()
    return Corpus(folder.resolve().name, read_lines(folder / "hostile.jsonl"), good)


def control_lines() -> tuple[Line, ...]:
    """The harmless leaks of the positive control: always the package's own, since no wall stands there."""
    return read_lines(SHIPPED / "control.jsonl")


def read_lines(path: Path) -> tuple[Line, ...]:
    """The lines of one file; a blank one is skipped.

    Raises:
        InvalidInput: a line is no strategy, or there is none; the text names it.
    """
    try:
        texts = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise InvalidInput(f"{path} cannot be read: {problem}.", "A corpus is UTF-8, JSON by line.") from None
    lines = tuple(_line(text, f"{path}:{i}", path.stem) for i, text in enumerate(texts, 1) if text.strip())
    if not lines:
        raise InvalidInput(f"{path} is empty.", "One strategy by line, as JSON.")
    return lines


def _line(text: str, place: str, category: str) -> Line:
    hint = 'A line is {"id": ..., "category": ..., "expect": ..., "code": ...}, all texts.'
    try:
        entry = {"category": category, "expect": "pass"} | json.loads(text)
        fields = [entry[name] for name in ("id", "category", "expect", "code")]
    except (ValueError, KeyError, TypeError) as problem:
        raise InvalidInput(f"{place} is no strategy: {type(problem).__name__}: {problem}.", hint) from None
    if not all(isinstance(field, str) for field in fields):
        raise InvalidInput(f"{place} is no strategy: a field is no text.", hint)
    return Line(*fields)
