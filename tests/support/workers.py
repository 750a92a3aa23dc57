"""Worker processes that tests have caused to start."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path


def end_workers(home: Path) -> None:
    """Kill whoever has the place of a worker in this home folder."""
    for path in home.glob("worker-*.lock"):
        with suppress(ProcessLookupError, ValueError):
            os.kill(int(path.read_text()), signal.SIGKILL)
