"""One lane of a batch: a holder that runs the sets it is sent, a fork each, into a ring of replies."""

from __future__ import annotations

import time
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass
from signal import SIGKILL

from sandbox.columns import Layout
from sandbox.holder import FINISHED, READY, SLOT
from sandbox.limits import Limits
from sandbox.outcome import overrun, read_outcome
from sandbox.perform import Outcome
from sandbox.sealed import Sealed, sealed_reply
from sandbox.zygote_process import Ended, Holder, ZygoteDied, ZygoteProcess

SLOTS = 3  # one runs, one waits behind it, one is read
_MAX_MESSAGE = 256


@dataclass(slots=True)
class ParameterSet:
    """One set on its way; `deaths` counts the holders that ended while it ran."""

    number: int
    message: bytes
    deaths: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """A set has its outcome."""

    number: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Refused:
    """The text is refused, or could not even be read: this is the outcome of every set."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Lost:
    """The holder is gone; `outcome` is what a set gets that has brought this about again."""

    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Unstarted:
    """The system ended the holder before it was ready; `outcome` is what all sets get if it does so again."""

    outcome: Outcome


Event = Finished | Refused | Lost | Unstarted | None


class Lane:
    """A zygote that is ours for a while. Not safe for several threads."""

    def __init__(self, zygote: ZygoteProcess, given: list[Sealed], rows: int, limits: Limits) -> None:
        """Start the holder.

        Raises:
            ZygoteDied: the zygote ended.
            OSError: the system is short of memory or descriptors.
        """
        self.zygote = zygote
        self.began = time.monotonic()
        self.running: deque[tuple[int, ParameterSet]] = deque()
        self._rows = rows
        self._limits = limits
        self._free = list(range(SLOTS))
        self._ready = False
        self._sound = True
        self._deadline = self.began + limits.wall_s
        size = Layout(rows).size
        with ExitStack() as opening:
            self._replies = [opening.enter_context(sealed_reply(size)) for _ in range(SLOTS)]
            self._holder: Holder = opening.enter_context(zygote.holder(given, self._replies, limits))
            self._stack = opening.pop_all()

    @property
    def descriptor(self) -> int:
        """Readable when there is an event."""
        return self._holder.link.fileno()

    @property
    def roomy(self) -> bool:
        """True while one more set may be sent."""
        return bool(self._free)

    @property
    def left_s(self) -> float:
        """Seconds until what runs has used its time up."""
        return self._deadline - time.monotonic() if self.running else self._limits.wall_s

    def send(self, each: ParameterSet) -> None:
        """Let it run a set, after those that it has."""
        slot = self._free.pop()
        if not self.running:
            self._deadline = time.monotonic() + self._limits.wall_s
        self.running.append((slot, each))
        try:
            self._holder.link.send(SLOT.pack(slot) + each.message)
        except (BrokenPipeError, ConnectionResetError):
            return  # the holder is gone: the next event says so

    def event(self) -> Event:
        """What it has to say; call it when the descriptor is readable."""
        try:
            message = self._holder.link.recv(_MAX_MESSAGE)
        except ConnectionResetError:
            message = b""
        self._deadline = time.monotonic() + self._limits.wall_s
        if len(message) == FINISHED.size:
            return self._finished(*FINISHED.unpack(message))
        if message == READY:
            self._ready = True
            return None
        return self._gone()

    def overrun(self) -> Event:
        """End it, because the set that runs has used up its time."""
        self._holder.child.kill()
        outcome = overrun(self._limits)
        return Finished(self.running.popleft()[1].number, outcome) if self._ready else Refused(outcome)

    def waiting(self) -> list[ParameterSet]:
        """What was sent and is not finished."""
        return [each for _, each in self.running]

    def close(self) -> bool:
        """End the holder; True when the zygote is as good as before."""
        try:
            self._stack.close()
        except ZygoteDied:
            self._sound = False
        return self._sound

    def _finished(self, slot: int, status: int, peak_kib: int, cpu_s: float) -> Finished:
        _, each = self.running.popleft()
        outcome = self._outcome(Ended(False, status, peak_kib, cpu_s), slot)
        self._free.append(slot)
        return Finished(each.number, outcome)

    def _gone(self) -> Refused | Lost | Unstarted:
        try:
            ended = self._holder.child.ended()
        except ZygoteDied:
            self._sound = False
            return Lost(None)
        outcome = self._outcome(ended, 0)
        if self._ready:
            return Lost(outcome)
        return Unstarted(outcome) if ended.signal == SIGKILL else Refused(outcome)

    def _outcome(self, ended: Ended, slot: int) -> Outcome:
        return read_outcome(ended, self._replies[slot].descriptor, self._rows, self._limits)
