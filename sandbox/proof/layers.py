"""Zygotes with a layer switched off, to test each layer alone. Only a proof's entry script imports this.

Without the language layer a strategy is plain Python with every builtin. Without a wall the limits of
memory and time still stand, so that a proof cannot harm the machine by exhaustion.
"""

from __future__ import annotations

import builtins
import math
import os
import resource
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sandbox.proof.modes import Mode

if TYPE_CHECKING:
    import pandas as pd

    from engine.strategy.signals import Signals
    from engine.strategy.spec import Number
    from sandbox.declared import Declared
    from sandbox.log import Log

Change = Callable[[], None]


def serve_as(mode: str) -> None:
    """Be a zygote whose children run in that mode; the arguments of the script are those of any zygote."""
    serve(*_CHANGES[Mode(mode)])


def serve(*changes: Change) -> None:
    """Be a zygote whose children run under `changes`, which happen after the warm-up."""
    from sandbox import zygote

    real: Callable[..., None] = zygote.serve

    def changed(*arguments: Any) -> None:
        for change in changes:
            change()
        real(*arguments)

    _replace(zygote, "serve", changed)
    zygote.main(*map(int, sys.argv[1:]))


def _replace(module: ModuleType, name: str, value: object) -> None:
    # A name that is there no more would leave the layer standing, and the proof would praise the wrong one.
    if not hasattr(module, name):
        raise AttributeError(f"{module.__name__} has no {name}")
    setattr(module, name, value)


def _language_off() -> None:
    import sandbox.child
    import sandbox.holder

    _replace(sandbox.child, "read_program", _RawProgram)
    _replace(sandbox.holder, "read_program", _RawProgram)


def _walls_off() -> None:
    import sandbox.holder

    def open_holder(memory_bytes: int, _parent: int, link: int) -> int:
        _limit_memory(memory_bytes)
        return link

    def open_forked(cpu_s: float, _holder: int) -> None:
        _limit_processor(cpu_s)

    _lock_down_by()
    _replace(sandbox.holder, "lock_down_holder", open_holder)
    _replace(sandbox.holder, "lock_down_forked", open_forked)


def _only_landlock() -> None:
    from sandbox.landlock import apply_landlock

    _lock_down_by(_no_new_privileges, apply_landlock)


def _only_seccomp() -> None:
    from sandbox import kernel
    from sandbox.seccomp import apply_seccomp, filter_program

    def apply() -> None:
        apply_seccomp(filter_program(os.getpid(), kernel.MACHINE))

    _lock_down_by(_no_new_privileges, apply)


def _lock_down_by(*walls: Callable[[], object]) -> None:
    import sandbox.child

    def raise_these(memory_bytes: int, cpu_s: float, _parent: int) -> None:
        _limit_memory(memory_bytes)
        _limit_processor(cpu_s)
        for wall in walls:
            wall()

    _replace(sandbox.child, "lock_down", raise_these)


def _only_user_and_limits() -> None:
    from sandbox import lockdown

    def nothing(*_arguments: object) -> None: ...

    for step in ("_landlock", "_seccomp"):
        _replace(lockdown, step, nothing)


def _limit_memory(memory_bytes: int) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    memory = pages * resource.getpagesize() + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _limit_processor(cpu_s: float) -> None:
    seconds = math.ceil(cpu_s)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def _no_new_privileges() -> None:
    from sandbox import kernel

    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)


_CHANGES: Mapping[Mode, tuple[Change, ...]] = {
    Mode.WALLS: (_language_off,),
    Mode.LANGUAGE: (_walls_off,),
    Mode.CONTROL: (_language_off, _walls_off),
    Mode.LANDLOCK: (_language_off, _only_landlock),
    Mode.SECCOMP: (_language_off, _only_seccomp),
    Mode.USER: (_language_off, _only_user_and_limits),
}


@dataclass(frozen=True)
class _RawProgram:
    """A strategy as plain Python: no check, no guard (in place of `sandbox.program.Program`)."""

    code: str
    shares: bool = False

    @property
    def declared(self) -> Declared:
        """Nothing: what it declares is not read."""
        from sandbox.declared import Declared

        return Declared("", (), (), False)

    def ready(self, log: Log) -> _RawReady:
        """The same; it needs only something to print to."""
        return _RawReady(self.code, self.declared, log)


@dataclass(frozen=True)
class _RawReady:
    code: str
    declared: Declared
    log: Log

    def signals(self, frame: pd.DataFrame, params: Mapping[str, Number], *, tags: bool = True) -> Signals:
        """Execute it with every builtin.

        Raises:
            RunFailed, MemoryError: as the product's program does.
        """
        import numpy as np
        import pandas as pd
        import talib

        from engine.strategy.signals import signals_from_frame
        from sandbox.failure import place_of
        from sandbox.program import Overrun, RunFailed

        index = pd.DatetimeIndex(frame.index, copy=True)
        names = {"np": np, "pd": pd, "ta": talib, "math": math, "print": self.log.show}
        namespace: dict[str, Any] = {"__builtins__": builtins, "__name__": "strategy", **names}
        try:
            exec(compile(self.code, "<strategy>", "exec"), namespace)  # noqa: S102 - that is the point
            return signals_from_frame(namespace["generate_signals"](frame, dict(params)), index, tags=tags)
        except (MemoryError, Overrun):
            raise
        except BaseException as problem:
            text = f"{type(problem).__name__}: {problem}"[:2000]
            raise RunFailed(place_of(problem, "run", text, "", self.code.split("\n"))) from None
