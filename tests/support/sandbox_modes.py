"""Zygotes with a layer switched off, to test each layer alone. Only tests can reach them.

`language_off` runs a strategy as plain Python with every builtin; `walls_off` keeps only limits of
memory and time, so that a test cannot harm the machine by exhaustion.
"""

from __future__ import annotations

import builtins
import math
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def serve(*changes: Callable[[], None]) -> None:
    """Be a zygote whose children run under `changes`; called by the entry scripts beside this file."""
    from sandbox import zygote

    real = zygote.serve

    def changed(link: Any) -> None:
        for change in changes:
            change()
        real(link)

    zygote.serve = changed
    zygote.main(int(sys.argv[1]), int(sys.argv[2]))


def language_off() -> None:
    """No check, no guard: the walls stand alone."""
    import sandbox.child

    sandbox.child.read_program = lambda code: _RawProgram(code)


def walls_off() -> None:
    """No Landlock, seccomp, user change: the language layer stands alone."""
    import sandbox.child

    def only_limits(memory_bytes: int, cpu_s: float, _parent: int) -> None:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        memory = pages * resource.getpagesize() + memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(cpu_s), math.ceil(cpu_s) + 1))

    sandbox.child.lock_down = only_limits


def landlock_missing() -> None:
    """As on a kernel without Landlock."""
    from sandbox import kernel

    kernel.landlock_abi = lambda: 0


@dataclass(frozen=True)
class _RawProgram:
    code: str

    @property
    def declared(self) -> Any:
        from sandbox.declared import Declared

        return Declared("", (), (), False)

    def signals(self, frame: Any, params: Any, log: Any) -> Any:
        import numpy
        import pandas
        import talib

        from engine.strategy.signals import signals_from_frame
        from sandbox.program import RunFailed, place_of

        index = frame.index.copy()
        names = {"np": numpy, "pd": pandas, "ta": talib, "math": math, "print": log.show}
        namespace: dict[str, Any] = {"__builtins__": builtins, "__name__": "strategy", **names}
        try:
            exec(compile(self.code, "<strategy>", "exec"), namespace)
            return signals_from_frame(namespace["generate_signals"](frame, dict(params)), index)
        except MemoryError:
            raise
        except BaseException as problem:
            text = f"{type(problem).__name__}: {problem}"[:2000]
            raise RunFailed(place_of(problem, "run", text, "", self.code.split("\n"))) from None
