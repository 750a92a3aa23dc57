"""Campaigns of an agent that never gives up: hundreds of unrelated ideas on one market without any edge, each
saved under a fresh name, and the best of them assessed. Nothing of it may be accepted.

A patient agent assesses the best three at the end. An eager one, on every third market, also assesses each
idea that is the best so far, at once.
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
EAGER_EVERY = 3


def campaign(seed: tuple[int, int]) -> dict[str, bool]:
    """Whether the patient agent and, where it went, the eager one had something accepted."""
    rng = np.random.default_rng(seed)
    market = rising if seed[1] % 2 else driftless
    with trial_room(hourly_bars(MADE_UP, market(rng, HOURS), rng)) as room:
        runs: list[tuple[float, str]] = []
        eager = False
        is_eager = seed[1] % EAGER_EVERY == 0
        for number in range(IDEAS):
            document = room.tried(f"idea {number}", idea(number, rng)).document
            sharpe = document.metrics.sharpe
            if sharpe is None:
                continue
            if is_eager and sharpe > max((best for best, _ in runs), default=0.0):
                eager = eager or _accepted(room, document.run_id)
            runs.append((sharpe, document.run_id))
        patient = any(_accepted(room, run) for _, run in sorted(runs)[-BEST:])
        return {"patient": patient, "eager": eager or patient} if is_eager else {"patient": patient}


def run(seed: int, campaigns: int, workers: int) -> dict[str, Counter[bool]]:
    """In how many campaigns something was accepted, and in how many nothing, by kind of agent."""
    counts = {"patient": Counter[bool](), "eager": Counter[bool]()}
    seeds = [(seed, number) for number in range(campaigns)]
    with ProcessPoolExecutor(workers) as pool:
        for done, found in enumerate(pool.map(campaign, seeds)):
            for kind, accepted in found.items():
                counts[kind][accepted] += 1
            if done % 20 == 19:
                print(f"  {done + 1} of {campaigns} campaigns", file=sys.stderr, flush=True)
    return counts


def _accepted(room: TrialRoom, run_id: str) -> bool:
    return room.assessed(run_id).verdict == "accept"
