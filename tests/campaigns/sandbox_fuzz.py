"""Fuzzes the sandbox's language layer: programs without end, each held to what must always be true.

    SECONDS=1800 SEED=0 python -m tests.campaigns.sandbox_fuzz

The checker refuses with findings or accepts, and never crashes or dawdles. The byte code of what it accepts
goes through the guards (`tests.support.fuzz_bytecode`, which knows none of its rules). Running it reads no
attribute outside the lists, gets no module, frame, code or foreign class from a guard, and touches nothing of
the machine (`tests.support.fuzz_watch`, under an audit hook, without the walls). No process dies. A program
that breaks one of these is made small and written to tests/data/sandbox/fuzz. Exit code 1 when there was any.

KEEP=1 also adds programs that reached something new to tests/data/sandbox/fuzz/corpus.jsonl, up to its bound.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from sandbox.proof.lines import EXHAUSTING, shipped_corpus
from tests.support.fuzz_programs import Programs, bodies_of, parsed
from tests.support.fuzz_worker import Worker

DATA = Path(__file__).resolve().parents[1] / "data" / "sandbox"
CORPUS = DATA / "fuzz" / "corpus.jsonl"
MAX_KEPT, _MAX_KEPT_TEXT, _MAX_KEPT_BYTES = 320, 1500, 390_000
_MAX_KEPT_S = 0.1  # the suite runs them all
_PROGRESS_S = 5.0
_MAX_ATTEMPTS = 150  # of making one finding small
_MAX_FINDINGS = 20


@dataclass(frozen=True)
class Found:
    """A program and the property that it breaks."""

    property: str
    detail: str
    code: str


@dataclass
class Tally:
    """Counts of a campaign."""

    made: Counter[str] = field(default_factory=Counter[str])
    accepted: Counter[str] = field(default_factory=Counter[str])
    verdicts: Counter[str] = field(default_factory=Counter[str])
    rules: Counter[str] = field(default_factory=Counter[str])
    reached: set[str] = field(default_factory=set[str])
    kept: list[str] = field(default_factory=list[str])
    findings: list[Found] = field(default_factory=list[Found])

    @property
    def programs(self) -> int:
        """How many were judged."""
        return sum(self.made.values())

    @property
    def accepted_share(self) -> float:
        """Share of the programs made from syntax trees that the checker accepted."""
        made = self.made["written"] + self.made["bred"]
        return (self.accepted["written"] + self.accepted["bred"]) / made if made else 0.0

    def line(self) -> str:
        """Progress in one line."""
        return (
            f"{self.programs} programs, {self.accepted_share:.0%} of trees accepted,"
            f" {self.verdicts['finished']} ran through, {len(self.reached)} places reached,"
            f" {len(self.findings)} findings"
        )


def kept_programs() -> list[str]:
    """The programs of the corpus that earlier campaigns left."""
    return [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]


def campaign(
    worker: Worker, seed: int, more: Callable[[Tally], bool], tell: Callable[[Tally], None] = lambda _: None
) -> Tally:
    """Judge programs while `more(tally)` says so; `tell` is called after each."""
    benign = [line.code for line in shipped_corpus().benign]
    hostile = [line.code for line in shipped_corpus().hostile if line.category not in EXHAUSTING]
    tally = Tally()
    programs = Programs(np.random.default_rng(seed), [*benign, *kept_programs()], hostile)
    while more(tally):
        way, code = programs.next()
        judged = worker.judge(code)
        if _count(tally, way, judged) and len(code) <= _MAX_KEPT_TEXT:
            tally.kept.append(code)
            if judged["verdict"] == "finished":
                programs.add(code)
        if judged["property"]:
            found = Found(str(judged["property"]), str(judged["detail"]), code)
            if not any(_same(found, other) for other in tally.findings):
                tally.findings.append(made_small(found, worker))
        tell(tally)
    return tally


def _count(tally: Tally, way: str, judged: dict[str, object]) -> bool:
    """Add one judgement; True when it reached something for the first time."""
    verdict = str(judged["verdict"])
    tally.made[way] += 1
    tally.verdicts[verdict] += 1
    tally.accepted[way] += verdict != "refused"
    rules, reads = judged["rules"], judged["reads"]
    assert isinstance(rules, list) and isinstance(reads, list)
    tally.rules.update({str(rule).split(":")[0] for rule in rules})
    reached = {*map(str, rules), *map(str, reads)} - tally.reached
    tally.reached |= reached
    return bool(reached)


def _same(found: Found, other: Found) -> bool:
    return found.property == other.property and found.detail[:30] == other.detail[:30]


def made_small(found: Found, worker: Worker) -> Found:
    """The same finding with as few statements as a simple search leaves."""
    tree = parsed(found.code)
    if tree is not None:
        found = replace(found, code=ast.unparse(tree))  # the form in which lengths compare
    for _, code in zip(range(_MAX_ATTEMPTS), _attempts(found, worker), strict=False):
        found = code
    return found


def _attempts(found: Found, worker: Worker) -> Iterator[Found]:
    """Drop one statement after another; yields the smallest text so far after each try."""
    at = 0
    while (smaller := _without(found.code, at)) is not None:
        judged = worker.judge(smaller)
        made = Found(str(judged["property"]), str(judged["detail"]), smaller)
        if len(smaller) < len(found.code) and _same(found, made):
            found = made
        else:
            at += 1
        yield found


def _without(code: str, position: int) -> str | None:
    """The text without its statement number `position`, outermost first; None when there are no more."""
    tree = parsed(code)
    if tree is None:
        return None
    bodies = bodies_of(tree)
    places = [(body, at) for body in bodies for at in range(len(body))]
    if position >= len(places):
        return None
    body, at = places[position]
    body[at : at + 1] = [] if len(body) > 1 else [ast.Pass()]
    return ast.unparse(ast.fix_missing_locations(tree))


def _write(found: Found) -> Path:
    name = hashlib.sha256(found.code.encode("utf-8", "replace")).hexdigest()[:12]
    path = CORPUS.parent / f"finding-{name}.json"
    path.write_text(json.dumps(vars(found), indent=1) + "\n", encoding="utf-8")
    return path


def _keep(tally: Tally, worker: Worker) -> int:
    """Choose the corpus anew, from what was there and what reached something new; returns its size.

    Each time the program that reaches most of what the others chosen so far did not.
    """
    places = {code: _reached_quickly(code, worker) for code in sorted({*kept_programs(), *tally.kept})}
    lines: list[str] = []
    reached: set[str] = set()
    while len(lines) < MAX_KEPT and places:
        best = max(places, key=lambda code: (len(places[code] - reached), -len(code)))
        line = json.dumps(best) + "\n"
        if not places[best] - reached or sum(map(len, lines)) + len(line) > _MAX_KEPT_BYTES:
            break
        reached |= places.pop(best)
        lines.append(line)
    CORPUS.write_text("".join(lines), encoding="utf-8")
    return len(lines)


def _reached_quickly(code: str, worker: Worker) -> set[str]:
    """What a program reaches; nothing when it takes too long for the suite."""
    judged, started = Tally(), time.monotonic()
    _count(judged, "", worker.judge(code))
    return judged.reached if time.monotonic() - started < _MAX_KEPT_S else set()


def _table(tally: Tally) -> Iterator[str]:
    yield f"\n{'made':<12}{'programs':>10}{'accepted':>10}"
    for way, count in sorted(tally.made.items()):
        yield f"{way:<12}{count:>10}{tally.accepted[way] / count:>10.0%}"
    yield f"\n{'verdict':<12}{'programs':>10}"
    yield from (f"{verdict:<12}{count:>10}" for verdict, count in tally.verdicts.most_common())
    yield f"\n{'refused by':<12}{'programs':>10}"
    yield from (f"{rule:<12}{count:>10}" for rule, count in tally.rules.most_common())
    yield f"\n{tally.line()}"


def main() -> int:
    """Fuzz for SECONDS, print the table, leave the findings."""
    seconds, seed = float(os.environ.get("SECONDS", "1800")), int(os.environ.get("SEED", "0"))
    end = time.monotonic() + seconds
    told = [time.monotonic()]

    def tell(tally: Tally) -> None:
        if time.monotonic() - told[0] >= _PROGRESS_S:
            told[0] = time.monotonic()
            print(f"{end - told[0]:5.0f} s left: {tally.line()}", file=sys.stderr, flush=True)

    with Worker() as worker:
        tally = campaign(
            worker, seed, lambda tally: time.monotonic() < end and len(tally.findings) < _MAX_FINDINGS, tell
        )
        kept = _keep(tally, worker) if os.environ.get("KEEP") else 0
    print("\n".join(_table(tally)))
    for found in tally.findings:
        print(f"  ! {found.property}: {found.detail}\n    {_write(found).name}")
    if kept:
        print(f"corpus: {kept} programs")
    return 1 if tally.findings or not tally.programs else 0


if __name__ == "__main__":
    sys.exit(main())
