"""Campaigns of an agent that never gives up: hundreds of unrelated ideas on one market without any edge, each
saved under a fresh name, and the best of them assessed. Nothing of it may be accepted.

An eager agent assesses every idea that is the best so far, at once; a patient one the best three at the end.
"""

from __future__ import annotations

import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from tests.support.ideas import idea
from tests.support.made_markets import driftless, hourly_bars, rising
from tests.support.trial_rooms import MADE_UP, TrialRoom, trial_room

HOURS = 25_000
IDEAS = 200
BEST = 3


def campaign(seed: tuple[int, int]) -> dict[str, bool]:
    """Whether the eager and the patient agent had something accepted."""
    rng = np.random.default_rng(seed)
    market = rising if seed[1] % 2 else driftless
    with trial_room(hourly_bars(MADE_UP, market(rng, HOURS), rng)) as room:
        runs: list[tuple[float, str]] = []
        eager = False
        for number in range(IDEAS):
            document = room.tried(f"idea {number}", idea(number, rng)).document
            sharpe = document.metrics.sharpe
            if sharpe is None:
                continue
            if sharpe > max((best for best, _ in runs), default=0.0):
                eager = eager or _accepted(room, document.run_id)
            runs.append((sharpe, document.run_id))
        patient = any(_accepted(room, run) for _, run in sorted(runs)[-BEST:])
        return {"eager": eager, "patient": patient}


def run(seed: int, campaigns: int, workers: int) -> Counter[str]:
    """How many campaigns had something accepted, by kind of agent."""
    counts: Counter[str] = Counter(eager=0, patient=0)
    seeds = [(seed, number) for number in range(campaigns)]
    with ProcessPoolExecutor(workers) as pool:
        for done, found in enumerate(pool.map(campaign, seeds)):
            counts.update(kind for kind, accepted in found.items() if accepted)
            if done % 20 == 19:
                print(f"  {done + 1} of {campaigns} campaigns", file=sys.stderr, flush=True)
    return counts


def _accepted(room: TrialRoom, run_id: str) -> bool:
    return room.assessed(run_id).verdict == "accept"
