"""Pairs of texts that are one idea (a strategy and an edited copy), and pairs that are two."""

from __future__ import annotations

import json
import os
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.strategy.compose.compose import compose
from engine.strategy.compose.model import Composition
from engine.strategy.library.catalogue import names, text
from tests.support.edited_copies import EDITS, edited

ROOT = Path(__file__).resolve().parents[2]
REQUESTS = ROOT / "tests/unit/compose/requests.jsonl"
SHARED = Path(os.environ.get("EDGEWRIGHT_SHARED", ROOT.parent / "shared"))


@dataclass(frozen=True, slots=True)
class Idea:
    """A strategy's text; two with a word in common in `about` may be one idea."""

    name: str
    code: str
    about: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts, and how the second came about."""

    one: str
    other: str
    how: str


@cache
def ideas() -> tuple[Idea, ...]:
    """The library, what the composer makes of the requests of its own suite, and the corpus where it lies."""
    return (*_library(), *_composed(), *_corpus())


def _library() -> list[Idea]:
    about = {"sma_cross": {"SMA", "trend"}, "rsi": {"RSI", "oscillator"}, "macd": {"MACD", "momentum"}}
    about["bollinger"] = {"BBANDS", "mean_reversion"}
    return [Idea(name, text(name), frozenset(about[name])) for name in names()]


def _composed() -> list[Idea]:
    found: list[Idea] = []
    for line in REQUESTS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        understood = row.get("understood")
        composed = compose(row["request"]) if understood else None
        if isinstance(composed, Composition):
            about = {understood["family"], *understood.get("indicators", {})}
            found.append(Idea(row["request"], composed.code, frozenset(about)))
    return found


def _corpus() -> list[Idea]:
    path = Path(os.environ.get("CORPUS", SHARED / "corpus")) / "benign.jsonl"
    if not path.exists():
        return []
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Idea(row["id"], row["code"], frozenset({row["id"]})) for row in rows]


def related(count: int, seed: int) -> list[Pair]:
    """Strategies with copies under one to four edits each."""
    source = random.Random(seed)
    pairs: list[Pair] = []
    while len(pairs) < count:
        idea = source.choice(ideas())
        edits = tuple(source.sample(list(EDITS), source.choice((1, 1, 2, 3, 4))))
        pairs.append(Pair(idea.code, edited(idea.code, edits, source), f"{idea.name}: {', '.join(edits)}"))
    return pairs


def unrelated(count: int, seed: int) -> list[Pair]:
    """Two strategies each, of different families and indicators; every second one edited too."""
    source = random.Random(seed + 1)
    pairs: list[Pair] = []
    while len(pairs) < count:
        one, other = source.sample(ideas(), 2)
        if one.about & other.about:
            continue
        code = other.code
        if len(pairs) % 2:
            code = edited(code, (source.choice(list(EDITS)),), source)
        pairs.append(Pair(one.code, code, f"{one.name} / {other.name}"))
    return pairs
