"""The one place for a worker of a home folder and a database, held by a lock that ends with its process."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from pathlib import Path

from tools.settings import Settings

_TRIES, _PAUSE_S = 10, 0.05


def place_of(settings: Settings) -> Path:
    """The lock file; a worker that trusts all code has a place of its own, and does nobody else's jobs."""
    what = f"{settings.store_url}\0{settings.trust_code}"
    return settings.home / f"worker-{hashlib.sha256(what.encode()).hexdigest()[:12]}.lock"


class WorkerPlace:
    """Taken by one worker at a time; the file holds its process id, for people."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: int | None = None

    def take(self) -> bool:
        """Take the place; False when another worker has it."""
        for _ in range(_TRIES):  # somebody who only looks holds it for a moment
            descriptor = self._open()
            if _locked(descriptor, fcntl.LOCK_EX):
                os.truncate(descriptor, 0)
                os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
                self._held = descriptor
                return True
            os.close(descriptor)
            time.sleep(_PAUSE_S)
        return False

    def leave(self) -> None:
        """Give the place up, when it was taken."""
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def taken(self) -> bool:
        """Whether a worker has the place now."""
        descriptor = self._open()
        try:
            return not _locked(descriptor, fcntl.LOCK_SH)
        finally:
            os.close(descriptor)

    def _open(self) -> int:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _locked(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
