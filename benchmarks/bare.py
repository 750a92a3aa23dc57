"""Fork and run without any wall: what the sandbox is measured against.

    echo '{"code": ..., "rows": 5000, "sets": [{}]}' | python -m benchmarks.bare

A warm process executes the text once, as plain Python, and for each parameter set forks a child that runs it
on bars of its own and leaves bit-packed flags in shared memory, which the parent unpacks. Each line of stdin
is a task; the answer is one line: the seconds that each set took.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
import time
from typing import Any

for _name in ("pyarrow", "numexpr", "bottleneck", "numba"):  # as in the zygote: they start threads
    sys.modules[_name] = None  # type: ignore[assignment]

import numpy as np
import pandas as pd
import talib

from engine.market.bars import Bars
from engine.market.interval import Interval
from engine.market.sources.synthetic import synthetic_market

_FLAGS = ("long_entry", "long_exit")


def bars_of(rows: int) -> Bars:
    """The bars of the benchmark: one-minute bars of a made-up market."""
    return synthetic_market(interval=Interval.M1, bars=rows).bars


def run_one(strategy: Any, bars: Bars, params: dict[str, int], reply: mmap.mmap) -> list[Any]:
    """Fork, run, unpack."""
    rows = len(bars)
    size = (rows + 7) // 8
    pid = os.fork()
    if pid == 0:
        result = strategy(bars.frame(), params)
        for place, name in enumerate(_FLAGS):
            packed = np.packbits(result[name].to_numpy(dtype=bool), bitorder="little").tobytes()
            reply[place * size : place * size + size] = packed
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if status:
        raise RuntimeError(f"the bare child ended with {status}")
    parts = (reply[place * size : place * size + size] for place in range(len(_FLAGS)))
    return [
        np.unpackbits(np.frombuffer(part, np.uint8), count=rows, bitorder="little").astype(bool)
        for part in parts
    ]


def timed(code: str, bars: Bars, sets: list[dict[str, int]]) -> list[float]:
    """Seconds per set."""
    namespace: dict[str, Any] = {"np": np, "pd": pd, "ta": talib}
    exec(code, namespace)
    reply = mmap.mmap(-1, len(_FLAGS) * ((len(bars) + 7) // 8))
    taken: list[float] = []
    for params in sets:
        began = time.perf_counter()
        run_one(namespace["generate_signals"], bars, params, reply)
        taken.append(time.perf_counter() - began)
    return taken


def main() -> None:
    """Serve tasks until stdin ends."""
    made: dict[int, Bars] = {}
    for line in sys.stdin:
        task = json.loads(line)
        rows = task["rows"]
        if rows not in made:
            made[rows] = bars_of(rows)
            made[rows].frame().rolling(5).mean()
        print(json.dumps(timed(task["code"], made[rows], task["sets"])), flush=True)


if __name__ == "__main__":
    main()
