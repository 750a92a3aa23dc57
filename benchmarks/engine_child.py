"""A process that does the tasks of one side of the engine's benchmark, one JSON line each.

The parent starts `python -m benchmarks.engine_ours` (or a peer's module) and asks with `Child`.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

Task = Callable[..., Any]


class Child:
    """A module of this package as a process of its own, its imports done before anything is timed."""

    def __init__(self, module: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.about: dict[str, Any] = self.answer()

    def ask(self, do: str, **arguments: Any) -> None:
        """Begin a task."""
        assert self._process.stdin is not None
        print(json.dumps({"do": do, **arguments}), file=self._process.stdin, flush=True)

    def answer(self) -> dict[str, Any]:
        """What the task gave: `seconds` (median), `runs`, `peak_mb` of the process, the last `result`."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a process of the benchmark ended with {self._process.wait()}")
        return json.loads(line)

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def answer_of(module: str, do: str, **arguments: Any) -> dict[str, Any]:
    """One task in a process of its own, so that its peak memory is the task's."""
    child = Child(module)
    try:
        child.ask(do, **arguments)
        return child.answer()
    finally:
        child.close()


def serve(about: Mapping[str, Any], tasks: Mapping[str, Task]) -> None:
    """Say what this side is, then do tasks until stdin ends.

    A task makes its work ready and returns it; the work is run once to warm up, then `rounds` times.
    """
    print(json.dumps(about), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        rounds = asked.pop("rounds", 5)
        work = tasks[asked.pop("do")](**asked)
        result = work() if rounds > 1 else None
        runs: list[float] = []
        for _ in range(rounds):
            began = time.perf_counter()
            result = work()
            runs.append(time.perf_counter() - began)
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        told = {"seconds": statistics.median(runs), "runs": runs, "peak_mb": peak_mb, "result": result}
        print(json.dumps(told), flush=True)
