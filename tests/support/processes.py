"""What a process holds, as the kernel shows it, and waiting for something to come true."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def children(pid: int) -> list[int]:
    """Child processes of all threads of a process; none when it is gone."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended meanwhile
            found += map(int, (task / "children").read_text().split())
    return sorted(found)


def descriptors(pid: int | None = None) -> int:
    """How many descriptors a process holds."""
    return len(list(Path(f"/proc/{pid or 'self'}/fd").iterdir()))


def resident_kib(pid: int | None = None) -> int:
    """Resident memory of a process."""
    lines = Path(f"/proc/{pid or 'self'}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def wait_until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait, for a bounded time, until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.002)
