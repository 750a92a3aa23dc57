"""Lineage by code: how many of 100 edited copies are recognised, and how many of 100 strangers confused.

`SEED=N python -m tests.campaigns.verdict_lineage`; `CORPUS=DIR` names a folder with further strategies
(benign.jsonl: {"id": ..., "code": ...} per line).
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from engine.research.ledger.fingerprint import features
from engine.research.ledger.similarity import same_code
from tests.support.lineage_pairs import Pair, related, unrelated

PAIRS = 100


@dataclass(frozen=True, slots=True)
class Figures:
    """What one seed gave."""

    seed: int
    joined: int
    missed: tuple[str, ...]
    confused: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """At least 95 of 100 copies joined, at most 2 of 100 strangers."""
        return self.joined >= 95 * PAIRS // 100 and len(self.confused) <= 2 * PAIRS // 100


def run(seed: int) -> Figures:
    """100 related and 100 unrelated pairs of a seed."""
    copies, strangers = related(PAIRS, seed), unrelated(PAIRS, seed)
    missed = tuple(pair.how for pair in copies if not _joined(pair))
    confused = tuple(pair.how for pair in strangers if _joined(pair))
    return Figures(seed, PAIRS - len(missed), missed, confused)


def _joined(pair: Pair) -> bool:
    return same_code(features(pair.one), features(pair.other))


def main() -> int:
    """Print the figures of a seed."""
    figures = run(int(os.environ.get("SEED", "1")))
    print(
        f"seed {figures.seed}: {figures.joined} of {PAIRS} copies joined, {len(figures.confused)} strangers"
    )
    for how in figures.missed:
        print(f"  missed: {how}")
    for how in figures.confused:
        print(f"  confused: {how}")
    return 0 if figures.holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
