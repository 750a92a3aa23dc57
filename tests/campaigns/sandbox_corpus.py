"""Runs hostile and benign strategies and prints what leaked.

    CORPUS=DIR python -m tests.campaigns.sandbox_corpus

DIR holds hostile.jsonl and benign.jsonl; without it the project's own corpus runs, and the shared one where
it is found. Every hostile line runs in three modes: the product, the walls alone (no language layer), and
the language layer alone (no walls; lines that only exhaust are left out). Exit code 1 when anything leaked,
a line to be rejected was accepted, or a benign one was not.
"""

from __future__ import annotations

import os
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.host import Host
from sandbox.limits import Limits
from sandbox.loader import SandboxLoader
from tests.support.sandbox_judge import EXHAUSTING, LEFT_THE_LANGUAGE, Line, Scene, corpus_lines
from tests.support.sandbox_runs import Run, entry, run_as_user, run_in

OWN = Path(__file__).resolve().parents[1] / "data" / "sandbox"
SHARED = Path(os.environ.get("EDGEWRIGHT_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "corpus"
MODES = ("product", "walls alone", "language alone")
LIMITS = Limits(wall_s=1.0, cpu_s=1.0)


@dataclass
class Tally:
    """Counts of one mode."""

    lines: Counter[str] = field(default_factory=Counter)
    verdicts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    leaks: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def hostile_campaign(lines: Iterable[Line], mode: str, limits: Limits = LIMITS) -> Tally:
    """Run the hostile lines in one mode, judged from outside."""
    tally = Tally()
    with Scene() as scene, _runner(mode, limits) as run:
        for line in lines:
            if mode == "language alone" and line.category in EXHAUSTING:
                continue
            outcome = run(scene.filled(line.code))
            tally.lines[line.category] += 1
            tally.verdicts[line.category][outcome.verdict] += 1
            leaks = set(scene.leaks(outcome.output))
            if mode == "walls alone":
                leaks.discard(LEFT_THE_LANGUAGE)  # there is none to leave
            tally.leaks += [f"{line.id} ({mode}): {leak}" for leak in sorted(leaks)]
            if mode == "product" and line.expect == "reject" and outcome.verdict == "accepted":
                tally.wrong.append(f"{line.id}: accepted, should be rejected")
    return tally


def benign_campaign(lines: Iterable[Line], limits: Limits | None = None) -> Tally:
    """Run the benign lines as the product does."""
    tally = Tally()
    with _runner("product", limits or Limits()) as run:
        for line in lines:
            outcome = run(line.code)
            tally.lines["benign"] += 1
            tally.verdicts["benign"][outcome.verdict] += 1
            if outcome.verdict != "accepted":
                tally.wrong.append(f"{line.id}: {outcome.output.strip()[:300]}")
    return tally


@contextmanager
def _runner(mode: str, limits: Limits) -> Iterator[Callable[[str], Run]]:
    if mode == "product":
        with SandboxLoader(limits=limits) as loader:
            yield lambda code: run_as_user(loader, code)
        return
    host = Host(limits, entry("raw" if mode == "walls alone" else "unlocked"))
    try:
        yield lambda code: run_in(host, code, limits)
    finally:
        host.close()


def _folders() -> list[Path]:
    given = os.environ.get("CORPUS")
    return [Path(given)] if given else [folder for folder in (OWN, SHARED) if folder.is_dir()]


def _print(mode: str, tally: Tally) -> None:
    print(f"\n{mode}\n{'category':<18}{'lines':>7}{'rejected':>10}{'failed':>8}{'accepted':>10}")
    for category, count in sorted(tally.lines.items()):
        verdicts = tally.verdicts[category]
        cells = (verdicts["rejected"], verdicts["failed"], verdicts["accepted"])
        print(f"{category:<18}{count:>7}{cells[0]:>10}{cells[1]:>8}{cells[2]:>10}")
    print(
        f"{'all':<18}{sum(tally.lines.values()):>7}   leaks: {len(tally.leaks)}   wrong: {len(tally.wrong)}"
    )
    for text in (*tally.leaks, *tally.wrong):
        print("  !", text)


def main() -> int:
    """Run everything and print the tables."""
    folders = _folders()
    print("corpus:", ", ".join(folder.name for folder in folders))
    hostile = [line for folder in folders for line in corpus_lines(folder, "hostile")]
    benign = [line for folder in folders for line in corpus_lines(folder, "benign")]
    tallies = {mode: hostile_campaign(hostile, mode) for mode in MODES}
    tallies["benign, as the product"] = benign_campaign(benign)
    for mode, tally in tallies.items():
        _print(mode, tally)
    bad = sum(len(tally.leaks) + len(tally.wrong) for tally in tallies.values())
    print(f"\n{len(hostile)} hostile, {len(benign)} benign:", "held" if not bad else f"{bad} failures")
    return 1 if bad or not hostile + benign else 0


if __name__ == "__main__":
    sys.exit(main())
