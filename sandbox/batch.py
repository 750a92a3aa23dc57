"""One text on the same bars with many parameter sets, over whatever zygotes are free; results in order."""

from __future__ import annotations

import select
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from engine.cancellation import Cancellation
from engine.strategy.spec import Number
from sandbox.handover import handing_over
from sandbox.job import Job, encoded_params
from sandbox.lane import Event, Finished, Lane, Lost, ParameterSet, Refused, Unstarted
from sandbox.perform import Outcome
from sandbox.sealed import Sealed
from sandbox.zygote_process import ZygoteDied

if TYPE_CHECKING:
    from sandbox.pool import Pool

_WINDOW = 32  # sets that may be ahead of the one that is due
_TURN_S = 1.0  # after this, a lane makes room for others who wait
_LISTEN_S = 0.1


class Batch:
    """One run over many sets."""

    def __init__(
        self, pool: Pool, job: Job, sets: Iterable[Mapping[str, Number]], cancellation: Cancellation
    ) -> None:
        self._pool = pool
        self._job = job
        self._given: list[Sealed] = []
        self._source = (ParameterSet(number, encoded_params(given)) for number, given in enumerate(sets))
        self._cancellation = cancellation
        self._lanes: list[Lane] = []
        self._again: deque[ParameterSet] = deque()
        self._done: dict[int, Outcome] = {}
        self._due = 0
        self._exhausted = False
        self._refusal: Outcome | None = None
        self._unstarted = False

    def outcomes(self) -> Iterator[Outcome]:
        """The outcome of each set, in order.

        Raises:
            SandboxUnavailable, LimitExceeded, Cancelled: see `Pool.run`.
        """
        memories = self._pool.handover.memories(self._job)
        with handing_over(), memories as self._given, self._ending_lanes():
            while True:
                self._cancellation.check()
                self._feed()
                if self._due in self._done:
                    self._due += 1
                    yield self._done.pop(self._due - 1)
                elif any(lane.running for lane in self._lanes):
                    self._listen()
                else:
                    return

    @contextmanager
    def _ending_lanes(self) -> Generator[None]:
        try:
            yield
        finally:
            for lane in list(self._lanes):
                self._end(lane)

    def _feed(self) -> None:
        """Send sets wherever there is room, and open lanes for more."""
        for lane in list(self._lanes):
            if not lane.running and (self._exhausted or self._tired(lane)):
                self._end(lane)
        while (lane := self._room()) or self._may_widen():
            each = self._next_set()
            if each is None:
                return
            if self._refusal is not None:
                self._done[each.number] = self._refusal
                continue
            lane = lane or self._opened()
            if lane is None:
                self._again.appendleft(each)
                return
            lane.send(each)

    def _room(self) -> Lane | None:
        """The lane with the least to do, if one has room."""
        roomy = [lane for lane in self._lanes if lane.roomy and not self._tired(lane)]
        return min(roomy, key=lambda lane: len(lane.running), default=None)

    def _tired(self, lane: Lane) -> bool:
        return self._pool.waiting > 0 and time.monotonic() - lane.began > _TURN_S

    def _may_widen(self) -> bool:
        return not self._lanes or (len(self._lanes) < self._pool.size and not self._pool.waiting)

    def _next_set(self) -> ParameterSet | None:
        if self._again:
            return self._again.popleft()
        ahead = len(self._done) + sum(len(lane.running) for lane in self._lanes)
        if ahead >= _WINDOW:
            return None
        each = next(self._source, None)
        self._exhausted = each is None
        return each

    def _opened(self) -> Lane | None:
        """One more lane; the first one is waited for."""
        zygote = self._pool.try_take() if self._lanes else self._pool.take(self._cancellation)
        if zygote is None:
            return None
        try:
            lane = Lane(zygote, self._given, self._job.rows, self._pool.limits)
        except ZygoteDied:
            self._pool.give_back(zygote, sound=False)
            return None if self._lanes else self._opened()
        except BaseException:
            self._pool.give_back(zygote, sound=False)
            raise
        self._lanes.append(lane)
        return lane

    def _end(self, lane: Lane) -> None:
        """Take back what it has not finished, and give its zygote back."""
        self._lanes.remove(lane)
        unfinished = [*self._again, *lane.waiting()]
        self._again = deque(sorted(unfinished, key=lambda each: each.number))
        sound = False
        try:
            sound = lane.close()
        finally:
            self._pool.give_back(lane.zygote, sound=sound)

    def _listen(self) -> None:
        """Wait until a lane says something, or has been silent for too long."""
        poller = select.poll()
        speaking = {lane.descriptor: lane for lane in self._lanes}
        for descriptor in speaking:
            poller.register(descriptor, select.POLLIN)
        patience_s = min(_LISTEN_S, *(max(0.0, lane.left_s) for lane in self._lanes))
        for descriptor, _ in poller.poll(1 + 1000 * patience_s):
            lane = speaking.pop(descriptor)
            event = lane.event()
            self._note(lane, event)
            if isinstance(event, Refused | Lost | Unstarted):
                self._end(lane)
        for lane in speaking.values():
            if lane.left_s <= 0:
                self._note(lane, lane.overrun())
                self._end(lane)

    def _note(self, lane: Lane, event: Event) -> None:
        match event:
            case Finished():
                self._done[event.number] = event.outcome
            case Refused():
                self._refusal = event.outcome
            case Unstarted():
                if self._unstarted:
                    self._refusal = event.outcome
                self._unstarted = True
            case Lost():
                self._blame(lane, event.outcome)
            case None:
                return

    def _blame(self, lane: Lane, outcome: Outcome | None) -> None:
        """The set that ran when a holder ended gets one more chance, and then that end as its outcome."""
        if outcome is None or not lane.running:
            return
        suspect = lane.running[0][1]
        suspect.deaths += 1
        if suspect.deaths > 1:
            lane.running.popleft()
            self._done[suspect.number] = outcome
