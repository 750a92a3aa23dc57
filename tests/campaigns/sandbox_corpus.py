"""Proves the walls with a corpus and prints what leaked, as `edgewright doctor --prove` does; keeps nothing.

    CORPUS=DIR python -m tests.campaigns.sandbox_corpus

DIR holds hostile.jsonl and benign.jsonl; without it the shipped corpus runs together with the shared one,
where that is found. Exit code 1 unless everything held.

    EACH_WALL=1 python -m tests.campaigns.sandbox_corpus

also counts what each wall of the operating system holds by itself. Plain hostile Python then runs behind a
single wall: only for a machine that may be thrown away.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

from agent_server.commands.proving import print_proof, proof_of
from agent_server.terminal import print_table
from engine.ambient import Ambient
from sandbox.proof.campaign import judge
from sandbox.proof.document import Outcome
from sandbox.proof.lines import EXHAUSTING, Corpus, Line, control_lines, corpus_in, shipped_corpus
from sandbox.proof.modes import EACH_WALL

SHARED = Path(os.environ.get("EDGEWRIGHT_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "corpus"


def corpus_to_run() -> Corpus:
    """What the environment names, else the shipped corpus and the shared one."""
    given = os.environ.get("CORPUS")
    if given:
        return corpus_in(Path(given))
    own = shipped_corpus()
    if not SHARED.is_dir():
        return own
    shared = corpus_in(SHARED)
    return Corpus("shipped and shared", own.hostile + shared.hostile, own.benign + shared.benign)


def print_each_wall(lines: tuple[Line, ...]) -> None:
    """By category, how many lines each wall held alone; those of the control leak where none stands."""
    plain = [line for line in lines if line.category not in EXHAUSTING]
    control = [replace(line, category="control") for line in control_lines()]
    ran = Counter(line.category for line in (*control, *plain))
    held = {
        mode: Counter(item.line.category for item in judge([*control, *plain], mode) if not item.leaks)
        for mode in EACH_WALL
    }
    rows = [[name, count, *(held[mode][name] for mode in EACH_WALL)] for name, count in sorted(ran.items())]
    rows.append(["all", ran.total(), *(held[mode].total() for mode in EACH_WALL)])
    print_table("Lines held by one wall alone", ["category", "lines", *EACH_WALL], rows)


def main() -> int:
    """Run everything and print the tables."""
    corpus = corpus_to_run()
    print(f"corpus: {corpus.name}, {len(corpus.hostile)} hostile, {len(corpus.benign)} benign")
    document = proof_of(corpus, Ambient().now_ms)
    print_proof(document)
    if os.environ.get("EACH_WALL"):
        print_each_wall(corpus.hostile)
    return 0 if document.outcome is Outcome.HELD else 1


if __name__ == "__main__":
    sys.exit(main())
