"""A search whose process is killed at random moments and started again gives the same, each trial counted once.

`python -m tests.campaigns.search_kill` kills KILLS processes (20) with SIGKILL, at moments drawn from SEED
(0), for each of the samplers, and compares what is on record at the end with a search that nobody disturbed.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from engine.research.search.document import SearchDocument
from engine.research.search.request import SearchRequest
from engine.research.search.samplers import Sampler, batch_size
from engine.research.search.search import search
from tests.support.searches import laboratory, request

SAMPLERS: tuple[Sampler, ...] = ("tpe", "genetic", "random", "grid")
_BATCHES_PER_LIFE = 1.6  # a process is killed somewhere within so many
_PRELOADED = [
    __name__,
    "optuna.samplers",
    "pandas",
    "pyarrow.parquet",
    "engine.backtest.kernel.walk",
    "sqlalchemy",
]
_LATEST_S = 0.02  # after its last word: while it writes, or learns, or begins the next one


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a search that was killed again and again.

    Attributes:
        kills: processes that were killed; the rest of `lives` came to their end.
        sets: on record at each kill.
        complaints: what is not as it is without kills; empty when all is well.
    """

    sampler: Sampler
    kills: int
    sets: tuple[int, ...]
    complaints: tuple[str, ...]


def campaign(sampler: Sampler, kills: int, seed: int, folder: Path) -> Outcome:
    """Kill a search so many times, let it end, and compare."""
    batches = int(0.7 * kills) + 2  # as many as leave some for after the last kill
    asked = request(sampler=sampler, trials=batches * batch_size(sampler, 0), seed=seed)
    undisturbed = search(laboratory(folder / "undisturbed"), asked)
    rng = np.random.default_rng([seed, kills])
    disturbed = folder / "disturbed"
    laboratory(disturbed).store.close()
    sets: list[int] = []
    while len(sets) < kills and _life(disturbed, asked, rng):
        sets.append(_on_record(disturbed))
    document = search(laboratory(disturbed), asked)
    return Outcome(sampler, len(sets), tuple(sets), tuple(_complaints(disturbed, document, undisturbed)))


def _life(folder: Path, asked: SearchRequest, rng: np.random.Generator) -> bool:
    """One process, killed at a random moment; whether that moment came before its end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)  # forked from there, a process begins at once
    hears, speaks = context.Pipe(duplex=False)
    process = context.Process(target=_process, args=(folder, asked, speaks))
    process.start()
    speaks.close()
    try:
        for _ in range(
            1 + int(rng.uniform(0.0, _BATCHES_PER_LIFE) * batch_size(asked.sampler, asked.trials))
        ):
            hears.recv()
    except EOFError:
        process.join()
        return False
    time.sleep(float(rng.uniform(0.0, _LATEST_S)))
    process.kill()
    process.join()
    hears.close()
    return process.exitcode != 0


def _process(folder: Path, asked: SearchRequest, speaks: Connection) -> None:
    speaks.send("alive")
    search(laboratory(folder), asked, progress=lambda _done, doing: speaks.send(doing))


def _on_record(folder: Path) -> int:
    with laboratory(folder).store as store:
        found = store.searches.list()
        return len(store.searches.results(found[0].id)) if found else 0


def _complaints(folder: Path, document: SearchDocument, undisturbed: SearchDocument) -> list[str]:
    said: list[str] = []
    for name in ("rows", "counts", "front", "heat_map", "axes"):
        if getattr(document, name) != getattr(undisturbed, name):
            said.append(f"{name} differs from that of the search that nobody disturbed")
    if _best(document) != _best(undisturbed):
        said.append(f"the best is {_best(document)}, not {_best(undisturbed)}")
    with laboratory(folder).store as store:
        counted, results = store.trials.count("BTC"), store.searches.results(document.search_id)
        hashes = {each.trial_hash for each in results}
        if counted != undisturbed.counts.evaluated or len(hashes) != counted:
            said.append(f"the ledger counts {counted} trials, {undisturbed.counts.evaluated} sets were run")
        if [each.number for each in results] != list(range(undisturbed.counts.evaluated)):
            said.append("the numbers of the results have holes")
        if len(store.searches.list()) != 1:
            said.append(f"there are {len(store.searches.list())} searches")
    return said


def _best(document: SearchDocument) -> Any:
    return document.best and (document.best.number, document.best.params, document.best.metrics)


def main() -> int:
    """Run it for every sampler."""
    kills, seed = int(os.environ.get("KILLS") or 20), int(os.environ.get("SEED") or 0)
    passed = True
    for sampler in SAMPLERS:
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            outcome = campaign(sampler, kills, seed, Path(folder))
        print(f"{sampler:8} {outcome.kills} kills after {', '.join(map(str, outcome.sets))} sets", end=", ")
        print(f"{time.perf_counter() - began:.0f} s: {'; '.join(outcome.complaints) or 'the same'}")
        passed = passed and not outcome.complaints and outcome.kills == kills
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
