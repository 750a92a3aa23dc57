"""What a child is given, in sealed memory: the job, and the bars, copied once for all their jobs."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from engine.errors import SandboxUnavailable
from sandbox.job import Job
from sandbox.sealed import Sealed, sealed_input

if TYPE_CHECKING:
    from engine.market.bars import Bars

_KEPT = 2  # series that stay in memory: as a rule one is worked on, and one was before it


@contextmanager
def handing_over() -> Generator[None]:
    """Tells a shortage of the system, met within, as what it is for the caller.

    Raises:
        SandboxUnavailable: memory or descriptors ran out.
    """
    try:
        yield
    except OSError as problem:
        text = f"The sandbox could not hand over the job: {problem}."
        raise SandboxUnavailable(text, "Free some memory or descriptors.") from problem


class Handover:
    """Lends sealed memories to those who send them. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: list[tuple[Bars, Sealed]] = []

    @contextmanager
    def memories(self, job: Job) -> Generator[list[Sealed]]:
        """The job's own memory and, where it has bars, theirs; closed at the end.

        Raises:
            OSError: the system is short of memory or descriptors.
        """
        with ExitStack() as held:
            found = [sealed_input([memoryview(job.encoded())])]
            held.callback(found[0].close)
            if job.bars is not None and len(job.bars):
                found.append(self._lent(job.bars))
                held.callback(found[1].close)
            yield found

    def close(self) -> None:
        """Let the bars go."""
        with self._lock:
            for _, sealed in self._kept:
                sealed.close()
            self._kept.clear()

    def _lent(self, bars: Bars) -> Sealed:
        with self._lock:
            sealed = next((sealed for kept, sealed in self._kept if kept is bars), None)
            if sealed is None:
                sealed = sealed_input(column_bytes(bars))
                self._kept.append((bars, sealed))
                if len(self._kept) > _KEPT:
                    self._kept.pop(0)[1].close()
            return Sealed(os.dup(sealed.descriptor), sealed.size)


def column_bytes(bars: Bars) -> Generator[memoryview]:
    """The columns as a child finds them, `sandbox.job.COLUMNS` after the open times."""
    import numpy as np

    from sandbox.job import COLUMNS

    for column in (bars.open_time, *(getattr(bars, name) for name in COLUMNS)):
        contiguous: Any = np.ascontiguousarray(column)
        yield memoryview(contiguous).cast("B")
