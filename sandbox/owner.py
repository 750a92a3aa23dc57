"""One thread that lives as long as the process and spawns every zygote.

The kernel's parent-death signal follows the *thread* that spawned a process: a zygote started from a
worker thread would be killed when that worker ends.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any

_Spawn = Callable[[], "subprocess.Popen[bytes]"]


class _Owner:
    def __init__(self) -> None:
        self.pid = os.getpid()
        self._requests: SimpleQueue[tuple[_Spawn, Future[Any]]] = SimpleQueue()
        threading.Thread(target=self._serve, name="sandbox-owner", daemon=True).start()

    def spawn(self, request: _Spawn) -> subprocess.Popen[bytes]:
        answer: Future[subprocess.Popen[bytes]] = Future()
        self._requests.put((request, answer))
        return answer.result()

    def _serve(self) -> None:
        while True:
            request, answer = self._requests.get()
            try:
                answer.set_result(request())
            except Exception as problem:  # handed to the caller
                answer.set_exception(problem)


_lock = threading.Lock()
_owner: _Owner | None = None


def spawn(request: _Spawn) -> subprocess.Popen[bytes]:
    """What `request` returns, called on the owner thread of this process."""
    global _owner
    with _lock:
        if _owner is None or _owner.pid != os.getpid():  # a forked process has no threads of its parent
            _owner = _Owner()
        owner = _owner
    return owner.spawn(request)
