"""A process that judges programs, and its handle: killed when it hangs, started again when it dies."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
_START_S = 120.0
_MEMORY_BYTES = 3 << 30


class Worker:
    """Judges one program at a time; the answer is what `tests.support.fuzz_watch.Judgement` holds."""

    def __init__(self, hang_s: float = 6.0) -> None:
        self._hang_s = hang_s
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def judge(self, code: str) -> dict[str, object]:
        """The judgement; a worker that died is a finding, one that had to be killed is a verdict."""
        process = self._ready()
        assert process.stdin is not None
        process.stdin.write(json.dumps(code).encode() + b"\n")
        process.stdin.flush()
        answer = self._answer(self._hang_s)
        if answer is None:
            self._end()
            return {"verdict": "killed", "rules": [], "reads": [], "property": "", "detail": ""}
        if answer:
            return json.loads(answer)
        process.wait()
        self._process = None
        name = signal.Signals(-process.returncode).name if process.returncode < 0 else str(process.returncode)
        return {"verdict": "died", "rules": [], "reads": [], "property": "the process died", "detail": name}

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            command = [sys.executable, "-m", "tests.support.fuzz_worker"]
            environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=ROOT, env=environment)
            if not self._answer(_START_S):
                raise RuntimeError("the worker does not start")
        return self._process

    def _answer(self, timeout_s: float) -> bytes | None:
        """One line, empty when the worker is gone, None when the time is up."""
        assert self._process is not None and self._process.stdout is not None
        poller = select.poll()
        poller.register(self._process.stdout, select.POLLIN | select.POLLHUP)
        return self._process.stdout.readline() if poller.poll(timeout_s * 1000) else None

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def serve() -> None:
    """Be the worker: a program per line in, a judgement per line out."""
    answers = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)  # what a library prints is no answer
    from sandbox.warm import prepare

    prepare()  # before anything imports pandas
    from tests.support import fuzz_watch

    fuzz_watch.install()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _say(answers.fileno(), "ready")
    for line in sys.stdin.buffer:
        _say(answers.fileno(), fuzz_watch.as_message(fuzz_watch.judge(json.loads(line))))


def _say(descriptor: int, message: object) -> None:
    data = memoryview(json.dumps(message).encode() + b"\n")
    while data:
        data = data[os.write(descriptor, data) :]


if __name__ == "__main__":
    serve()
