"""Replays strategies that are known to look ahead, or not to, and prints what was found.

    CORPUS=DIR SEED=0 python -m tests.campaigns.lookahead

Every *.jsonl in DIR is read: lines with expect "lookahead" look ahead, "pass" or "clean" do not, others are
left out. Without DIR the project's own corpus runs, and the shared one where it is found. Exit code 1 when a
leak was not caught or a clean strategy was accused.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import EdgewrightError
from engine.research.lookahead.replay import look_ahead
from engine.research.lookahead.verdict import Verdict
from sandbox.loader import SandboxLoader

OWN = Path(__file__).resolve().parents[1] / "data" / "lookahead"
SHARED = Path(os.environ.get("EDGEWRIGHT_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "corpus"
_LEAKS = {"lookahead": True, "pass": False, "clean": False}


@dataclass(frozen=True)
class Line:
    """A strategy whose answer is known; `lines` are those that may be named, none where nobody said."""

    id: str
    category: str
    leaks: bool
    code: str
    lines: tuple[int, ...] = ()


@dataclass
class Tally:
    """Verdicts of one half of a corpus."""

    verdicts: Counter[str] = field(default_factory=Counter)
    named: Counter[bool] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def corpus(folder: Path) -> list[Line]:
    """All lines of a folder whose answer is known."""
    entries = [
        json.loads(text)
        for path in sorted(folder.glob("*.jsonl"))
        for text in path.read_text(encoding="utf-8").splitlines()
        if text.strip()
    ]
    return [
        Line(
            entry["id"],
            entry.get("category", ""),
            _LEAKS[entry["expect"]],
            entry["code"],
            _as_lines(entry.get("line")),
        )
        for entry in entries
        if entry.get("expect") in _LEAKS
    ]


def _as_lines(given: int | list[int] | None) -> tuple[int, ...]:
    return () if given is None else tuple(given) if isinstance(given, list) else (given,)


def campaign(loader: SandboxLoader, lines: Iterable[Line], seed: int = 0) -> dict[bool, Tally]:
    """Replay every line; by whether it leaks."""
    tallies = {True: Tally(), False: Tally()}
    for line in lines:
        began = time.perf_counter()
        tally = tallies[line.leaks]
        try:
            strategy = loader.load(line.code)
            verdict = look_ahead(strategy, strategy.spec.resolve({}), seed=seed)
        except EdgewrightError as problem:
            tally.verdicts["failed"] += 1
            tally.remarks.append(f"{line.id}: failed: {problem}")
            continue
        finally:
            tally.seconds.append(time.perf_counter() - began)
        tally.verdicts[verdict.verdict] += 1
        if (verdict.verdict == "leaks") != line.leaks or verdict.verdict == "undecided":
            tally.remarks.append(f"{line.id}: {verdict.verdict}: {verdict.reason}")
        if verdict.leak is not None and line.lines:
            _check_line(tally, line, verdict)
    return tallies


def _check_line(tally: Tally, line: Line, verdict: Verdict) -> None:
    found = verdict.leak.line if verdict.leak is not None else None
    right = found is not None and found.line in line.lines
    tally.named[right] += 1
    if not right:
        said = "no line" if found is None else f"line {found.line} `{found.source_line}`"
        tally.remarks.append(f"{line.id}: named {said}, not line {' or '.join(map(str, line.lines))}")


def report(tallies: dict[bool, Tally]) -> bool:
    """Print the tables; whether nothing was missed and nobody accused."""
    leaking, clean = tallies[True], tallies[False]
    heads = f"{'leaks':>8}{'undecided':>11}{'clean':>8}{'failed':>8}{'s each':>8}{'max':>7}"
    print(f"{'':10}{'strategies':>11}{heads}")
    for name, tally in (("leaking", leaking), ("clean", clean)):
        count, verdicts = len(tally.seconds), tally.verdicts
        each, most = sum(tally.seconds) / max(1, count), max(tally.seconds, default=0.0)
        print(
            f"{name:10}{count:>11}{verdicts['leaks']:>8}{verdicts['undecided']:>11}{verdicts['clean']:>8}"
            f"{verdicts['failed']:>8}{each:>8.1f}{most:>7.1f}"
        )
    for tally in (leaking, clean):
        for remark in tally.remarks:
            print("  !", remark)
    print(f"recall {_share(leaking.verdicts['leaks'], len(leaking.seconds))}", end=", ")
    print(f"false positives {_share(clean.verdicts['leaks'], len(clean.seconds))}", end=", ")
    print(f"undecided clean ones {_share(clean.verdicts['undecided'], len(clean.seconds))}", end=", ")
    print(f"right line {_share(leaking.named[True], leaking.named.total())}")
    return leaking.verdicts["leaks"] == len(leaking.seconds) and not clean.verdicts["leaks"]


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} ({part / whole:.1%})" if whole else "none"


def main() -> int:
    """Run everything."""
    given = os.environ.get("CORPUS")
    folders = [Path(given)] if given else [folder for folder in (OWN, SHARED) if folder.is_dir()]
    seed = int(os.environ.get("SEED") or 0)
    passed = bool(folders)
    with SandboxLoader() as loader:
        for folder in folders:
            lines = corpus(folder)
            print(f"\n{folder.name}, seed {seed}")
            passed = report(campaign(loader, lines, seed)) and bool(lines) and passed
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
