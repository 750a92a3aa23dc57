"""A pool of zygotes: as many jobs at once as there are cores, the others in a queue; any thread may ask."""

from __future__ import annotations

import atexit
import os
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cancellation import Cancellation
from engine.errors import LimitExceeded, SandboxUnavailable
from engine.strategy.spec import Number
from sandbox.columns import Layout
from sandbox.handover import Handover, handing_over
from sandbox.job import Job
from sandbox.limits import Limits
from sandbox.outcome import read_outcome
from sandbox.perform import Outcome
from sandbox.sealed import sealed_reply
from sandbox.zygote_process import ENTRY, ZygoteDied, ZygoteProcess

if TYPE_CHECKING:
    from sandbox.lane import Lane

MAX_WAITING = 1_000
ATTEMPTS = 5  # a job is not blamed for the death of a zygote, unless one dies of it again and again

_Waiting = Future[ZygoteProcess]


def cores() -> int:
    """How many zygotes this machine has work for."""
    return len(os.sched_getaffinity(0))


class Pool:
    """The one door to the locked children of a process. Zygotes start when they are needed, and stay warm."""

    def __init__(
        self, limits: Limits, *, size: int | None = None, waiting: int = MAX_WAITING, entry: Path = ENTRY
    ) -> None:
        """A pool of up to `size` zygotes (one per core) that lets up to `waiting` jobs wait."""
        self._limits = limits
        self._size = size or cores()
        self._max_waiting = waiting
        self._entry = entry
        self._begin()
        atexit.register(self.close)

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._idle: list[ZygoteProcess] = []
        self._busy: list[ZygoteProcess] = []
        self._starters: list[threading.Thread] = []
        self._warming: list[ZygoteProcess] = []
        self._queue: deque[_Waiting] = deque()
        self._resting: list[tuple[Job, Lane]] = []
        self._closed = False
        self.handover = Handover()

    @property
    def limits(self) -> Limits:
        """What each run may use."""
        return self._limits

    @property
    def size(self) -> int:
        """How many runs go on at once at most."""
        return self._size

    @property
    def zygotes(self) -> list[int]:
        """Process ids of the zygotes that are there."""
        with self._lock:
            return [zygote.pid for zygote in (*self._idle, *self._busy)]

    @property
    def waiting(self) -> int:
        """How many wait for a zygote."""
        return len(self._queue)

    def run(self, job: Job, cancellation: Cancellation | None = None) -> Outcome:
        """The outcome of one job; a job that was lost with its zygote is done again.

        Raises:
            SandboxUnavailable: no zygote can be started, a wall could not be raised, or the system is short.
            LimitExceeded: too many wait already.
            Cancelled: as asked.
        """
        cancellation = cancellation or Cancellation()
        for _ in range(ATTEMPTS):
            try:
                return self._attempt(job, cancellation)
            except ZygoteDied:
                continue
        raise SandboxUnavailable(f"The sandbox ended {ATTEMPTS} times under this job.", "Try again.")

    def run_many(
        self, job: Job, sets: Iterable[Mapping[str, Number]], cancellation: Cancellation | None = None
    ) -> Iterator[Outcome]:
        """The outcome of a job for each parameter set, in order; its bars and text are handed over once."""
        from sandbox.batch import Batch

        return Batch(self, job, sets, cancellation or Cancellation()).outcomes()

    def run_each(self, jobs: Iterable[Job], cancellation: Cancellation | None = None) -> Iterator[Outcome]:
        """The outcomes of several jobs, in order, as many at once as the pool is wide."""
        with ThreadPoolExecutor(self._size, "sandbox-each") as threads:
            running: deque[Future[Outcome]] = deque()
            try:
                for job in jobs:
                    running.append(threads.submit(self.run, job, cancellation))
                    if len(running) > self._size:
                        yield running.popleft().result()
                while running:
                    yield running.popleft().result()
            finally:
                for each in running:
                    each.cancel()

    def rest(self, job: Job, lane: Lane) -> None:
        """Keep a batch's lane that has nothing to do, in case more sets of the same job come.

        Its zygote is free for others all the same: the lane ends as soon as it is needed.
        """
        with self._lock:
            resting = not self._closed and not self._queue
            if resting:
                self._resting.append((job, lane))
        if not resting:
            self.end(lane)

    def rested(self, job: Job) -> Lane | None:
        """A lane that has the text and the bars of this job already, if one rests."""
        with self._lock:
            found = next((each for each in self._resting if _alike(each[0], job)), None)
            if found is None:
                return None
            self._resting.remove(found)
        return found[1]

    def end(self, lane: Lane) -> None:
        """End a lane, and give its zygote back."""
        sound = False
        try:
            sound = lane.close()
        finally:
            self.give_back(lane.zygote, sound=sound)

    def _wake(self) -> None:
        """End a resting lane where no other zygote is free."""
        with self._lock:
            resting = self._resting.pop(0)[1] if self._resting and not self._idle else None
        if resting is not None:
            self.end(resting)

    def prepare(self) -> None:
        """Start a zygote in the background, so that the first job finds it warm or nearly so."""
        with self._lock:
            if not self._closed and not self._all_zygotes():
                self._grow()

    def _attempt(self, job: Job, cancellation: Cancellation) -> Outcome:
        with (
            self.lease(cancellation) as zygote,
            handing_over(),
            self.handover.memories(job) as given,
            sealed_reply(Layout(job.rows).size) as reply,
        ):
            ended = zygote.run(given, reply, self._limits, cancellation)
            outcome = read_outcome(ended, reply.descriptor, job.rows, self._limits)
        cancellation.check()  # not before: the zygote is as good as it was
        return outcome

    @contextmanager
    def lease(self, cancellation: Cancellation) -> Generator[ZygoteProcess]:
        """A zygote for the caller alone; one that died or was left in the middle of an exchange is replaced.

        Raises:
            SandboxUnavailable, LimitExceeded, Cancelled: see `run`.
        """
        zygote = self.take(cancellation)
        try:
            yield zygote
        except BaseException:
            self.give_back(zygote, sound=False)  # an interrupted exchange must not be continued
            raise
        self.give_back(zygote, sound=True)

    def take(self, cancellation: Cancellation) -> ZygoteProcess:
        """A zygote, when one is free; give it back."""
        cancellation.check()
        if self._pid != os.getpid():  # a forked process has none of its parent's zygotes
            self._begin()
        self._wake()
        with self._lock:
            taken = self._take_idle()
            if taken is not None:
                return taken
            if len(self._queue) >= self._max_waiting:
                raise LimitExceeded(f"{self._max_waiting} jobs wait for the sandbox already.", "Try later.")
            ticket: _Waiting = Future()
            if self._all_zygotes() < self._size and len(self._starters) <= len(self._queue):
                self._grow()
            self._queue.append(ticket)
        with cancellation.acting(lambda: _withdraw(ticket)):
            try:
                return ticket.result()
            except BaseException:
                self._abandon(ticket)
                cancellation.check()
                raise

    def try_take(self) -> ZygoteProcess | None:
        """A zygote if one is free and nobody waits for it; otherwise one more is started, if there may be."""
        self._wake()
        with self._lock:
            taken = None if self._queue else self._take_idle()
            if taken is None and not self._starters and self._all_zygotes() < self._size:
                self._grow()
            return taken

    def give_back(self, zygote: ZygoteProcess, *, sound: bool) -> None:
        """End a lease; `sound` says that the zygote lives and waits for its next order."""
        with self._lock:
            if zygote in self._busy:
                self._busy.remove(zygote)
            keep = sound and not self._closed
            if keep:
                self._hand_over(zygote)
            elif self._queue and not self._closed:
                self._grow()
        if not keep:
            zygote.close()

    def close(self) -> None:
        """End every zygote; what runs or waits is refused. May be called twice."""
        if self._pid != os.getpid():  # the zygotes belong to the process that this one was forked from
            return
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            waiting = list(self._queue)
            self._queue.clear()
            starters = list(self._starters)
            resting, self._resting = self._resting, []
            for zygote in (*self._busy, *self._warming):
                zygote.kill()  # whoever works with it closes it
        for zygote in idle:
            zygote.close()
        for _, lane in resting:
            self.end(lane)
        for ticket in waiting:
            _refuse(ticket, _closed())
        for starter in starters:
            starter.join()
        self.handover.close()
        atexit.unregister(self.close)

    def _take_idle(self) -> ZygoteProcess | None:
        if self._closed:
            raise _closed()
        while self._idle:
            zygote = self._idle.pop()
            if zygote.alive:
                self._busy.append(zygote)
                return zygote
            zygote.close()
        return None

    def _all_zygotes(self) -> int:
        return len(self._idle) + len(self._busy) + len(self._starters)

    def _hand_over(self, zygote: ZygoteProcess) -> None:
        while self._queue:
            ticket = self._queue.popleft()
            if ticket.set_running_or_notify_cancel():
                self._busy.append(zygote)
                ticket.set_result(zygote)
                return
        self._idle.append(zygote)

    def _abandon(self, ticket: _Waiting) -> None:
        """Give up a place in the queue, or the zygote that came in that moment."""
        if not ticket.cancel() and ticket.exception() is None:
            self.give_back(ticket.result(), sound=True)
        with self._lock:
            if ticket in self._queue:
                self._queue.remove(ticket)

    def _grow(self) -> None:
        starter = threading.Thread(target=self._start, name="sandbox-start", daemon=True)
        self._starters.append(starter)
        try:
            starter.start()
        except RuntimeError as problem:  # no thread left; a starter that never ran must not be waited for
            self._starters.remove(starter)
            raise SandboxUnavailable(f"The sandbox did not start: {problem}.", "End some work.") from problem

    def _start(self) -> None:
        problem = None
        try:
            zygote = self._warm_zygote()
        except SandboxUnavailable as unavailable:
            zygote, problem = None, unavailable
        except Exception as fault:  # whatever it was: those who wait must hear of it
            zygote, problem = None, SandboxUnavailable(f"The sandbox did not start: {fault}.", "Try again.")
        refused: list[_Waiting] = []
        with self._lock:
            self._starters.remove(threading.current_thread())
            closed = self._closed
            if zygote is not None and not closed:
                self._hand_over(zygote)
            elif problem is not None and not self._all_zygotes():
                refused = list(self._queue)
                self._queue.clear()
        if zygote is not None and closed:
            zygote.close()
        for ticket in refused:
            _refuse(ticket, problem or _closed())

    def _warm_zygote(self) -> ZygoteProcess:
        zygote = ZygoteProcess(self._entry)
        with self._lock:
            self._warming.append(zygote)
            if self._closed:
                zygote.kill()
        try:
            zygote.await_ready()
        except BaseException:
            zygote.close()
            raise
        finally:
            with self._lock:
                self._warming.remove(zygote)
        return zygote


def _alike(one: Job, other: Job) -> bool:
    """Whether a holder of one serves the other: what only single runs have is no matter."""
    return one.bars is other.bars and replace(one, bars=None) == replace(other, bars=None)


def _withdraw(ticket: _Waiting) -> None:
    ticket.cancel()


def _refuse(ticket: _Waiting, problem: SandboxUnavailable) -> None:
    if ticket.set_running_or_notify_cancel():
        ticket.set_exception(problem)


def _closed() -> SandboxUnavailable:
    return SandboxUnavailable("The sandbox is closed.", "Make a new SandboxLoader.")
