"""Many jobs over a pool of two zygotes, and what they leave behind: nothing.

    JOBS=10000 SEED=1 python -m tests.campaigns.sandbox_soak

Three parts: JOBS jobs in a row (accepted, refused, failing, and batches among them); 200 at once, five times;
and jobs while zygotes and their children are killed at random. Every answer is compared with the one that the
same job gave in the beginning. Exit code 1 when an answer differs or anything is left over.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.strategy.signals import Signals
from sandbox.job import Job, Task
from sandbox.limits import Limits
from sandbox.perform import Outcome
from sandbox.pool import Pool
from sandbox.proof.lines import shipped_corpus
from sandbox.trial import trial_bars
from tests.support.processes import children, descriptors, resident_kib

_GROWTH_KIB = 4_096  # what a process may grow by: caches of the allocator, not a job's memory
_BATCH_SETS = 20
_CROSS = """
def generate_signals(df, params):
    above = df["close"] > df["close"].rolling(params["n"]).mean()
    return pd.DataFrame({"long_entry": above, "long_exit": ~above}, index=df.index)
"""


@dataclass(frozen=True)
class Holdings:
    """What this process and its zygotes hold."""

    processes: int
    descriptors: int
    zygote_descriptors: tuple[int, ...]
    resident_kib: int
    zygote_resident_kib: tuple[int, ...]
    temporary_files: int

    @classmethod
    def of(cls, pool: Pool) -> Holdings:
        """Count now."""
        zygotes = sorted(pool.zygotes)
        return cls(
            len(children(os.getpid())) + sum(len(children(zygote)) for zygote in zygotes),
            descriptors(),
            tuple(descriptors(zygote) for zygote in zygotes),
            resident_kib(),
            tuple(resident_kib(zygote) for zygote in zygotes),
            len(list(Path(tempfile.gettempdir()).iterdir())),
        )

    def left_over(self, before: Holdings) -> list[str]:
        """What is there now that was not there before."""
        found: list[str] = []
        for name in ("processes", "descriptors", "zygote_descriptors", "temporary_files"):
            now, then = getattr(self, name), getattr(before, name)
            if now != then:
                found.append(f"{name}: {then} before, {now} after")
        pairs = [(self.resident_kib, before.resident_kib)]
        pairs += zip(self.zygote_resident_kib, before.zygote_resident_kib, strict=False)
        found += [
            f"memory: {then} KiB before, {now} after" for now, then in pairs if now > then + _GROWTH_KIB
        ]
        return found


def different_jobs() -> list[Job]:
    """Good ones of the corpus, refused ones, and failing ones, on series of several lengths."""
    corpus = shipped_corpus()
    good = [line.code for line in corpus.benign[::8]]
    refused = [line.code for line in corpus.hostile if line.category in ("import", "attr_walk")][:6]
    failing = [
        "def generate_signals(df, params):\n    return 1 / 0",
        "def generate_signals(df, params):\n    return np.ones(10**10)",
        "def generate_signals(df, params):\n    print('x' * 10**6)\n    return df",
    ]
    codes = [*good, *refused, *failing]
    lengths = (500, 250, 400)
    return [
        Job(Task.TRIAL, code, 1000, trial_bars().rows(0, lengths[number % len(lengths)]))
        for number, code in enumerate(codes)
    ]


def shown(outcome: Outcome) -> str:
    """An outcome as text, all of it."""
    report, signals = outcome
    return repr((report, None if signals is None else shown_signals(signals)))


def shown_signals(signals: Signals) -> str:
    """Signals as text, all of them."""
    columns = [signals.long_entry, signals.long_exit, signals.short_entry, signals.short_exit]
    levels = [signals.stop_loss, signals.take_profit, signals.trailing_stop, signals.size]
    parts = [column.tobytes() if column is not None else None for column in (*columns, *levels)]
    return repr((parts, signals.tag))


def in_a_row(pool: Pool, jobs: list[Job], expected: list[str], count: int) -> list[str]:
    """`count` jobs, one after the other as the pool takes them, and a batch now and then."""
    wrong: list[str] = []
    endless = (jobs[number % len(jobs)] for number in range(count))
    began = time.monotonic()
    for number, outcome in enumerate(pool.run_each(endless)):
        if shown(outcome) != expected[number % len(jobs)]:
            wrong.append(f"job {number} gave another answer")
        if number % 1000 == 999:
            wrong += _batch(pool)
            rate = (number + 1) / (time.monotonic() - began)
            print(f"  {number + 1} of {count} jobs, {rate:.0f} a second", file=sys.stderr, flush=True)
    return wrong


def _batch(pool: Pool) -> list[str]:
    """A batch, each set of which is compared with what it gives alone."""
    sets = [{"n": 2 + number} for number in range(_BATCH_SETS)]
    job = Job(Task.RUN, _CROSS, 100, trial_bars())
    alone = [shown(pool.run(replace(job, params=params))) for params in sets]
    together = [shown(outcome) for outcome in pool.run_many(job, sets)]
    return [] if together == alone and len(set(alone)) == _BATCH_SETS else ["a batch gave another answer"]


def at_once(pool: Pool, jobs: list[Job], expected: list[str], count: int) -> list[str]:
    """`count` jobs from as many threads."""
    with ThreadPoolExecutor(count) as threads:
        found = list(threads.map(lambda number: pool.run(jobs[number % len(jobs)]), range(count)))
    return [
        f"job {number} of {count} at once gave another answer"
        for number, outcome in enumerate(found)
        if shown(outcome) != expected[number % len(jobs)]
    ]


def under_fire(
    pool: Pool, jobs: list[Job], expected: list[str], count: int, seed: int
) -> tuple[int, list[str]]:
    """Jobs while zygotes are killed; how many were, and what was wrong."""
    rng = np.random.default_rng(seed)
    done = threading.Event()
    killed = 0

    def kill() -> None:
        nonlocal killed
        while not done.wait(float(rng.uniform(0.2, 2.0))):
            zygotes = pool.zygotes
            if zygotes:
                os.kill(zygotes[int(rng.integers(len(zygotes)))], signal.SIGKILL)
                killed += 1

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda number: pool.run(jobs[number % len(jobs)]), range(count)))
    finally:
        done.set()
        killer.join()
    wrong = [
        f"job {number} under fire gave another answer"
        for number, outcome in enumerate(found)
        if shown(outcome) != expected[number % len(jobs)]
    ]
    return killed, wrong


def main() -> int:
    """Run everything in a folder for temporary files of its own, and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder
        try:
            return soak()
        finally:
            tempfile.tempdir = None


def soak() -> int:
    """Run everything and print the table."""
    count, seed = int(os.environ.get("JOBS", "10000")), int(os.environ.get("SEED", "1"))
    jobs = different_jobs()
    pool = Pool(Limits(), size=2)
    wrong: list[str] = []
    try:
        expected = [shown(pool.run(job)) for job in jobs]
        # Once in small, so that both zygotes are there and the allocator has what so many threads need.
        wrong += at_once(pool, jobs, expected, 200)
        wrong += in_a_row(pool, jobs, expected, min(count, 4 * len(jobs)))
        wrong += under_fire(pool, jobs, expected, 60, seed)[1] + at_once(pool, jobs, expected, 40)
        before = Holdings.of(pool)
        rows: list[tuple[str, int, float]] = []
        began = time.monotonic()
        wrong += in_a_row(pool, jobs, expected, count)
        rows.append(("in a row", count, time.monotonic() - began))
        began = time.monotonic()
        for _ in range(5):
            wrong += at_once(pool, jobs, expected, 200)
        rows.append(("200 at once, 5 times", 1000, time.monotonic() - began))
        wrong += [f"left over after the jobs: {each}" for each in Holdings.of(pool).left_over(before)]
        began = time.monotonic()
        killed, failures = under_fire(pool, jobs, expected, max(200, count // 10), seed)
        rows.append((f"with {killed} zygotes killed", max(200, count // 10), time.monotonic() - began))
        wrong += failures + at_once(pool, jobs, expected, 40)
        calm = Holdings.of(pool)
        wrong += [f"left over after the killing: {each}" for each in calm.left_over(before)]
    finally:
        pool.close()
    if left := children(os.getpid()):
        wrong.append(f"processes {left} are left after the end")
    print(f"\n{'part':<28}{'jobs':>8}{'seconds':>10}{'a second':>10}")
    for name, done, seconds in rows:
        print(f"{name:<28}{done:>8}{seconds:>10.1f}{done / seconds:>10.1f}")
    print(f"\nbefore {before}\nafter  {calm}")
    for text in wrong:
        print("  !", text)
    print("nothing lost, nothing left over" if not wrong else f"{len(wrong)} failures")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
