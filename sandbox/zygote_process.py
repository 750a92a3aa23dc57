"""The host's end of one zygote: starts it, sends it orders one at a time, kills what overruns."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from engine.errors import SandboxUnavailable
from sandbox import owner
from sandbox.limits import Limits
from sandbox.zygote import BROKEN, ENDED, FORKED, ORDER, READY

ENTRY = Path(__file__).with_name("zygote.py")
_START_S = 120.0
_ANSWER_S = 30.0
# Not -I: it would ignore PYTHONHASHSEED, and with random hashes a set of texts has another order in
# every process, so a run could not be repeated. With an environment of our own, -s -P isolate the same.
_FLAGS = ("-s", "-P")
_ENVIRONMENT = {"LANG": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0"}
_INPUT_SEALS = "F_SEAL_SEAL", "F_SEAL_SHRINK", "F_SEAL_GROW", "F_SEAL_WRITE"
_OUTPUT_SEALS = "F_SEAL_SEAL", "F_SEAL_SHRINK", "F_SEAL_GROW"


class ZygoteDied(Exception):
    """The zygote is gone, and the job with it; it can be done again."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended.

    Attributes:
        killed: it overran the wall clock.
        wait_status: as waitpid gives it.
        peak_kib: largest resident size, KiB, the zygote's pages included.
        cpu_s: processor seconds used.
    """

    killed: bool
    wait_status: int
    peak_kib: int
    cpu_s: float

    @property
    def cleanly(self) -> bool:
        """It wrote a reply and left."""
        return not self.killed and os.WIFEXITED(self.wait_status) and os.WEXITSTATUS(self.wait_status) == 0

    @property
    def signal(self) -> int:
        """The signal that ended it; 0 for none."""
        return os.WTERMSIG(self.wait_status) if os.WIFSIGNALED(self.wait_status) else 0


class ZygoteProcess:
    """One zygote; not safe for several threads at once."""

    def __init__(self, entry: Path = ENTRY) -> None:
        """Start it and wait until it is warm.

        Raises:
            SandboxUnavailable: it did not come up; the text says why.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._link = ours
        command = [sys.executable, *_FLAGS, str(entry), str(theirs.fileno()), str(os.getpid())]
        try:
            self._process = owner.spawn(lambda: _start(command, theirs.fileno()))
        except OSError as problem:
            ours.close()
            raise SandboxUnavailable(
                f"The sandbox did not start: {problem}.", "Free some memory."
            ) from problem
        finally:
            theirs.close()
        try:
            self._await_ready()
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """False once it has ended."""
        return self._process.poll() is None

    def run(
        self, head: bytes, columns: list[memoryview], reply_bytes: int, limits: Limits
    ) -> tuple[Ended, int]:
        """Do one job; returns how the child ended and the descriptor of its reply, which the caller closes.

        Raises:
            ZygoteDied: the zygote ended before the child did.
        """
        incoming = _sealed_input(head, columns)
        try:
            outgoing = _sealed_output(reply_bytes)
            try:
                size = len(head) + sum(len(column) for column in columns)
                order = ORDER.pack(size, reply_bytes, limits.memory_bytes, limits.cpu_s, limits.wall_s)
                return self._order(order, [incoming, outgoing], limits.wall_s), outgoing
            except BaseException:
                os.close(outgoing)
                raise
        finally:
            os.close(incoming)

    def close(self) -> None:
        """End it, and with it a child that may still run. May be called twice."""
        self._link.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def _await_ready(self) -> None:
        self._link.settimeout(_START_S)
        try:
            message = self._link.recv(1024)
        except OSError as problem:
            message = str(problem).encode()
        if message != READY:
            reason = message.removeprefix(BROKEN + b": ").decode("utf-8", "replace") or "it ended at once"
            raise SandboxUnavailable(
                f"The sandbox did not start: {reason}.", "`edgewright doctor` says more."
            )

    def _order(self, order: bytes, descriptors: list[int], wall_s: float) -> Ended:
        self._link.settimeout(_ANSWER_S)
        try:
            socket.send_fds(self._link, [order], descriptors)
            message, handles, _, _ = socket.recv_fds(self._link, len(FORKED), 1)
        except OSError as problem:
            raise ZygoteDied(str(problem)) from problem
        if message != FORKED or len(handles) != 1:
            raise ZygoteDied("it ended before it forked")
        try:
            return self._await_end(handles[0], wall_s)
        finally:
            os.close(handles[0])

    def _await_end(self, handle: int, wall_s: float) -> Ended:
        killed = not _readable(self._link, wall_s)
        try:
            if killed:
                _kill(handle)
            message = self._link.recv(ENDED.size)
        except OSError as problem:
            message, reason = b"", str(problem)
        else:
            reason = "it ended while a child ran"
        if len(message) != ENDED.size:
            _kill(handle)  # PDEATHSIG has done it already; this makes sure
            _readable(handle, _ANSWER_S)
            raise ZygoteDied(reason)
        status, peak, cpu = ENDED.unpack(message)
        return Ended(killed, status, peak, cpu)


def _start(command: list[str], link: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        env=_ENVIRONMENT,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[link],
        start_new_session=True,  # Ctrl-C in a terminal must not reach it
    )


def _readable(link: socket.socket | int, timeout_s: float) -> bool:
    poller = select.poll()
    poller.register(link, select.POLLIN)
    deadline = time.monotonic() + timeout_s
    while (left := deadline - time.monotonic()) > 0:
        if poller.poll(left * 1000):
            return True
    return False


def _kill(handle: int) -> None:
    try:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        return  # it has ended by itself in the meantime


def _sealed_input(head: bytes, columns: list[memoryview]) -> int:
    descriptor = os.memfd_create("job", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
    try:
        for part in (memoryview(head), *columns):
            while len(part):
                part = part[os.write(descriptor, part) :]
        _seal(descriptor, _INPUT_SEALS)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _sealed_output(size: int) -> int:
    descriptor = os.memfd_create("reply", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
    try:
        os.ftruncate(descriptor, size)
        _seal(descriptor, _OUTPUT_SEALS)  # the child can never shrink it under the reading host
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _seal(descriptor: int, names: tuple[str, ...]) -> None:
    wanted = 0
    for name in names:
        wanted |= int(getattr(fcntl, name))
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, wanted)
    if fcntl.fcntl(descriptor, fcntl.F_GET_SEALS) & wanted != wanted:
        raise OSError("the memory could not be sealed")
