"""One lane of a batch: a holder that runs the blocks of sets it is sent, into a ring of replies."""

from __future__ import annotations

import time
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass
from signal import SIGKILL

from sandbox.block import MAX_SETS, Block
from sandbox.columns import Layout
from sandbox.holder import FINISHED, READY, SHARING
from sandbox.limits import Limits
from sandbox.outcome import overrun, read_outcome, read_together
from sandbox.perform import Outcome
from sandbox.sealed import Sealed, sealed_reply
from sandbox.zygote_process import Ended, Holder, ZygoteDied, ZygoteProcess

SLOTS = 3  # one runs, one waits behind it, one is read
_REPLY_BYTES = 1 << 26  # of one reply with all its parts; what is not written to is not there
_MAX_MESSAGE = 256


@dataclass(slots=True)
class ParameterSet:
    """One set on its way.

    Attributes:
        alone: it needs a child of its own, since the one that it shared did not end well.
        deaths: how many holders ended while it ran.
    """

    number: int
    params: bytes
    alone: bool = False
    deaths: int = 0


@dataclass(slots=True)
class _Sent:
    """A block that runs or waits; `sets` are those that have no outcome."""

    slot: int
    sets: deque[ParameterSet]
    alone: bool
    done: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """Sets have their outcomes, by number; `again` must be sent once more."""

    outcomes: dict[int, Outcome]
    again: tuple[ParameterSet, ...] = ()


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
        self.begin()
        self._running: deque[_Sent] = deque()
        self._rows = rows
        self._limits = limits
        self._free = list(range(SLOTS))
        self._ready = self._sharing = False
        self._sound = True
        self._deadline = self.began + limits.wall_s
        size = Layout(rows).size
        self._block = min(MAX_SETS, max(1, _REPLY_BYTES // size))
        with ExitStack() as opening:
            self._replies = [opening.enter_context(sealed_reply(self._block * size)) for _ in range(SLOTS)]
            self._holder: Holder = opening.enter_context(
                zygote.holder(given, self._replies, limits, self._block)
            )
            self._stack = opening.pop_all()

    def begin(self) -> None:
        """A new turn."""
        self.began = time.monotonic()
        self.served = 0

    @property
    def descriptor(self) -> int:
        """Readable when there is an event."""
        return self._holder.link.fileno()

    @property
    def roomy(self) -> bool:
        """True while one more block may be sent."""
        return bool(self._free) and (self._ready or not self._running)

    @property
    def idle(self) -> bool:
        """True when it is ready and has nothing to do."""
        return self._ready and not self._running

    @property
    def block(self) -> int:
        """How many sets to send at once: one where each has a child of its own anyway."""
        return self._block if self._sharing else 1

    @property
    def blocks(self) -> int:
        """How many blocks it has to do."""
        return len(self._running)

    @property
    def left_s(self) -> float:
        """Seconds until what runs has used its time up."""
        return self._deadline - time.monotonic() if self._running else self._limits.wall_s

    def send(self, sets: list[ParameterSet]) -> None:
        """Let it run at most `block` sets, all alone or none of them, after those that it has."""
        slot, alone = self._free.pop(), sets[0].alone
        if not self._running:
            self._deadline = time.monotonic() + self._limits.wall_s
        self._running.append(_Sent(slot, deque(sets), alone))
        try:
            self._holder.link.send(Block(slot, not alone, tuple(each.params for each in sets)).encoded())
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
        if message in (READY, SHARING):
            self._ready, self._sharing = True, message == SHARING
            return None
        return self._gone()

    def overrun(self) -> Event:
        """End it, because the set that runs has used up its time."""
        self._holder.child.kill()
        outcome = overrun(self._limits)
        if not self._ready:
            return Refused(outcome)
        first = self._running[0]
        if self._is_shared(first):
            return Finished({}, self._alone(self._running.popleft()))
        return Finished({first.sets.popleft().number: outcome})

    def waiting(self) -> list[ParameterSet]:
        """What was sent and has no outcome."""
        return [each for sent in self._running for each in sent.sets]

    def suspect(self) -> ParameterSet | None:
        """The set that runs in a child of its own; those that share one are to be sent again, alone."""
        if not self._running:
            return None
        first = self._running[0]
        if not self._is_shared(first):
            return first.sets[0]
        self._alone(first)
        return None

    def forget(self) -> None:
        """Leave out the set that runs in a child of its own."""
        self._running[0].sets.popleft()

    def close(self) -> bool:
        """End the holder; True when the zygote is as good as before."""
        try:
            self._stack.close()
        except ZygoteDied:
            self._sound = False
        return self._sound

    def _finished(self, slot: int, status: int, peak_kib: int, cpu_s: float) -> Finished:
        sent, ended = self._running[0], Ended(False, status, peak_kib, cpu_s)
        self.served += 1
        if self._is_shared(sent):
            finished = self._shared(sent, ended)
        else:
            finished = Finished({sent.sets.popleft().number: self._outcome(ended, slot, sent.done)})
            sent.done += 1
        if not sent.sets:
            self._running.popleft()
            self._free.append(slot)
        return finished

    def _shared(self, sent: _Sent, ended: Ended) -> Finished:
        reply, count = self._replies[sent.slot].descriptor, len(sent.sets)
        outcomes = read_together(ended, reply, self._rows, self._limits, count)
        found = {sent.sets.popleft().number: outcome for outcome in outcomes}
        again = tuple(sent.sets) if found else self._alone(sent)
        sent.sets.clear()
        return Finished(found, again)

    def _is_shared(self, sent: _Sent) -> bool:
        return self._sharing and not sent.alone

    def _alone(self, sent: _Sent) -> tuple[ParameterSet, ...]:
        for each in sent.sets:
            each.alone = True
        return tuple(sent.sets)

    def _gone(self) -> Refused | Lost | Unstarted:
        try:
            ended = self._holder.child.ended()
        except ZygoteDied:
            self._sound = False
            return Lost(None)
        outcome = self._outcome(ended, 0, 0)
        if self._ready:
            return Lost(outcome)
        return Unstarted(outcome) if ended.signal == SIGKILL else Refused(outcome)

    def _outcome(self, ended: Ended, slot: int, place: int) -> Outcome:
        at = place * Layout(self._rows).size
        return read_outcome(ended, self._replies[slot].descriptor, self._rows, self._limits, at)
