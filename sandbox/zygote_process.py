"""The host's end of one zygote: starts it, sends it orders one at a time, kills what overruns."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from engine.cancellation import Cancellation
from engine.errors import SandboxUnavailable
from sandbox import owner
from sandbox.limits import Limits
from sandbox.order import Order
from sandbox.sealed import Sealed
from sandbox.zygote import BROKEN, ENDED, FORKED, READY

ENTRY = Path(__file__).with_name("zygote.py")
_START_S = 120.0
_ANSWER_S = 30.0
# Not -I: it would ignore PYTHONHASHSEED, and with random hashes a set of texts has another order in
# every process, so a run could not be repeated. With an environment of our own, -s -P isolate the same.
_FLAGS = ("-s", "-P")
_ENVIRONMENT = {"LANG": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0"}


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
        """Start it; it has to warm up before it takes orders.

        Raises:
            SandboxUnavailable: it could not be started; the text says why.
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

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """False once it has ended."""
        return self._process.poll() is None

    def run(self, given: list[Sealed], reply: Sealed, limits: Limits, cancellation: Cancellation) -> Ended:
        """Do one job; returns how the child ended.

        A cancellation kills the child; that it did so is the caller's to ask.

        Raises:
            ZygoteDied: the zygote ended before the child did.
        """
        with self.child(_order(given, reply, limits), [*_descriptors(given), reply.descriptor]) as child:
            with cancellation.acting(child.kill):
                killed = not readable(self._link, limits.wall_s)
            if killed:
                child.kill()
            return replace(child.ended(), killed=killed)

    @contextmanager
    def holder(
        self, given: list[Sealed], replies: list[Sealed], limits: Limits, block: int
    ) -> Generator[Holder]:
        """A holder of a batch, whose replies have `block` parts each; it is gone at the end.

        Raises:
            ZygoteDied: the zygote ended.
        """
        part = replies[0].size // block
        order = replace(_order(given, replies[0], limits), reply_bytes=part, slots=len(replies), block=block)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, ExitStack() as held:
            with theirs:
                sent = [*_descriptors(given), theirs.fileno(), *_descriptors(replies)]
                child = held.enter_context(self.child(order, sent))
            yield Holder(child, ours)

    @contextmanager
    def child(self, order: Order, descriptors: list[int]) -> Generator[Child]:
        """A child of the zygote; at the end it is killed if it still lives, and reaped.

        Raises:
            ZygoteDied: the zygote ended.
        """
        child = Child(self._link, self._fork(order, descriptors))
        try:
            yield child
            if not child.reaped:
                child.kill()
                child.ended()
        except ZygoteDied:
            child.kill()  # the parent-death signal has done it already; this makes sure
            readable(child.handle, _ANSWER_S)
            raise
        except BaseException:
            child.kill()
            child.ended()
            raise
        finally:
            os.close(child.handle)

    def kill(self) -> None:
        """End it at once, from any thread; whoever works with it is told by `ZygoteDied`."""
        self._process.kill()

    def close(self) -> None:
        """End it, and with it a child that may still run. May be called twice."""
        self._link.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def await_ready(self) -> None:
        """Wait until it is warm.

        Raises:
            SandboxUnavailable: it did not come up; the text says why.
        """
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

    def _fork(self, order: Order, descriptors: list[int]) -> int:
        self._link.settimeout(_ANSWER_S)
        try:
            socket.send_fds(self._link, [order.packed()], descriptors)
            message, handles, _, _ = socket.recv_fds(self._link, len(FORKED), 1)
        except OSError as problem:
            raise ZygoteDied(str(problem)) from problem
        if message != FORKED or len(handles) != 1:
            raise ZygoteDied("it ended before it forked")
        return handles[0]


class Child:
    """One child of a zygote, by its handle."""

    def __init__(self, link: socket.socket, handle: int) -> None:
        self._link = link
        self.handle = handle
        self.reaped = False

    def kill(self) -> None:
        """End it, if it still lives."""
        try:
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)
        except ProcessLookupError:
            return  # it has ended by itself in the meantime

    def ended(self) -> Ended:
        """How it ended; waits for the zygote to say so.

        Raises:
            ZygoteDied: the zygote ended instead.
        """
        self.reaped = True
        try:
            message = self._link.recv(ENDED.size)
        except OSError as problem:
            raise ZygoteDied(str(problem)) from problem
        if len(message) != ENDED.size:
            raise ZygoteDied("it ended while a child ran")
        status, peak, cpu = ENDED.unpack(message)
        return Ended(False, status, peak, cpu)


@dataclass(frozen=True, slots=True)
class Holder:
    """The host's end of a batch: the holder, and the socket on which it takes sets."""

    child: Child
    link: socket.socket


def _order(given: list[Sealed], reply: Sealed, limits: Limits) -> Order:
    job, *bars = given
    bars_bytes = bars[0].size if bars else 0
    return Order(job.size, bars_bytes, reply.size, limits.memory_bytes, limits.cpu_s, limits.wall_s)


def _descriptors(memories: list[Sealed]) -> list[int]:
    return [memory.descriptor for memory in memories]


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


def readable(link: socket.socket | int, timeout_s: float) -> bool:
    poller = select.poll()
    poller.register(link, select.POLLIN)
    deadline = time.monotonic() + timeout_s
    while (left := deadline - time.monotonic()) > 0:
        if poller.poll(left * 1000):
            return True
    return False
