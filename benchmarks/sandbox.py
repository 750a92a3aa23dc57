"""What the walls cost: fork to result in the sandbox, beside a bare fork-and-run, in one run.

    python -m benchmarks.sandbox [--quick] [--json]

Medians over alternating rounds, so that both sides meet the same machine. Targets: the walls cost at most
15 ms a job; a batch of 200 sets on 100k bars takes at most 1.3 times the unwalled one.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.bare import bars_of
from engine.market.bars import Bars
from sandbox.loader import LoadedStrategy, SandboxLoader

TRIVIAL = '''"""Nothing."""
def generate_signals(df, params):
    never = df["close"] < 0
    return pd.DataFrame({"long_entry": never, "long_exit": never}, index=df.index)
'''
SMA = '''"""Trends persist."""
PARAMS = {"fast": {"default": 20, "low": 2, "high": 500}, "slow": {"default": 100, "low": 3, "high": 5000}}
def generate_signals(df, params):
    fast = df["close"].rolling(params["fast"]).mean()
    slow = df["close"].rolling(params["slow"]).mean()
    up = fast > slow
    return pd.DataFrame({"long_entry": up & ~up.shift(1, fill_value=False),
                         "long_exit": ~up & up.shift(1, fill_value=False)}, index=df.index)
'''
STRATEGIES = {"trivial": TRIVIAL, "SMA": SMA}
JOB_TARGET_MS, BATCH_TARGET = 15.0, 1.3


def parameter_sets(count: int) -> list[dict[str, int]]:
    """Different pairs, fast < slow."""
    return [{"fast": 5 + number % 20, "slow": 50 + number} for number in range(count)]


class Bare:
    """A process of `benchmarks.bare`."""

    def __init__(self) -> None:
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.bare"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def ask(self, code: str, rows: int, sets: list[dict[str, int]]) -> None:
        """Begin a task."""
        assert self._process.stdin is not None
        print(json.dumps({"code": code, "rows": rows, "sets": sets}), file=self._process.stdin, flush=True)

    def answer(self) -> list[float]:
        """Seconds per set, when it is done."""
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def measure(rows: tuple[int, ...], rounds: int, batch_rows: int, sets: int) -> dict[str, Any]:
    """All figures."""
    lanes = len(os.sched_getaffinity(0))
    bare = [Bare() for _ in range(lanes)]
    try:
        with SandboxLoader() as loader:
            jobs = [_job(loader, bare[0], name, count, rounds) for count in rows for name in STRATEGIES]
            return {
                "schema": 1,
                "cores": lanes,
                "jobs": jobs,
                "batch": _batch(loader, bare, batch_rows, sets),
            }
    finally:
        for each in bare:
            each.close()


def _job(loader: SandboxLoader, bare: Bare, name: str, rows: int, rounds: int) -> dict[str, Any]:
    code, bars, params = STRATEGIES[name], bars_of(rows), parameter_sets(1)[0]
    strategy = loader.load(code)
    _sandboxed(strategy, bars, params)
    bare.ask(code, rows, [params])
    bare.answer()
    walled: list[float] = []
    naked: list[float] = []
    for _ in range(rounds):
        walled.append(_sandboxed(strategy, bars, params))
        bare.ask(code, rows, [params])
        naked += bare.answer()
    walled_ms, bare_ms = 1e3 * statistics.median(walled), 1e3 * statistics.median(naked)
    return {
        "strategy": name,
        "bars": rows,
        "sandbox_ms": walled_ms,
        "bare_ms": bare_ms,
        "walls_ms": walled_ms - bare_ms,
    }


def _sandboxed(strategy: LoadedStrategy, bars: Bars, params: dict[str, int]) -> float:
    return _seconds(lambda: strategy.signals(bars, params))


def _batch(loader: SandboxLoader, bare: list[Bare], rows: int, count: int) -> dict[str, Any]:
    strategy, bars, sets = loader.load(SMA), bars_of(rows), parameter_sets(count)
    walled: list[float] = []
    naked: list[float] = []
    for number in range(6):
        first = _seconds(lambda: list(strategy.signals_many(bars, sets)))
        second = _seconds(lambda: _bare_batch(bare, rows, sets))
        if number:  # the first round warms up
            walled.append(first)
            naked.append(second)
    walled_s, bare_s = statistics.median(walled), statistics.median(naked)
    return {"sets": count, "bars": rows, "sandbox_s": walled_s, "bare_s": bare_s, "ratio": walled_s / bare_s}


def _bare_batch(bare: list[Bare], rows: int, sets: list[dict[str, int]]) -> None:
    for place, each in enumerate(bare):
        each.ask(SMA, rows, sets[place :: len(bare)])
    for each in bare:
        each.answer()


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few bars and few sets, to see that it runs")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    options = parser.parse_args()
    found = (
        measure((500,), 3, 500, 10)
        if options.quick
        else measure((5_000, 100_000, 1_000_000), 11, 100_000, 200)
    )
    print(json.dumps(found, indent=2) if options.json else _table(found))


def _table(found: dict[str, Any]) -> str:
    lines = [
        f"{'job':<10}{'bars':>10}{'sandbox ms':>13}{'bare ms':>10}{'walls ms':>10}   target {JOB_TARGET_MS:g}"
    ]
    lines += [
        f"{job['strategy']:<10}{job['bars']:>10,}{job['sandbox_ms']:>13.1f}{job['bare_ms']:>10.1f}{job['walls_ms']:>10.1f}"
        for job in found["jobs"]
    ]
    batch = found["batch"]
    lines.append(
        f"\nbatch of {batch['sets']} sets on {batch['bars']:,} bars, {found['cores']} cores: "
        f"{batch['sandbox_s']:.2f} s, bare {batch['bare_s']:.2f} s, ratio {batch['ratio']:.2f}   "
        f"target {BATCH_TARGET}"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
