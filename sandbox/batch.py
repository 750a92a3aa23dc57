"""One text on the same bars with many parameter sets, over whatever zygotes are free; results in order."""

from __future__ import annotations

import select
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice, takewhile
from operator import length_hint
from typing import TYPE_CHECKING

from engine.cancellation import Cancellation
from engine.strategy.spec import Number
from sandbox.block import fitting
from sandbox.handover import handing_over
from sandbox.job import Job, encoded_params
from sandbox.lane import Event, Finished, Lane, Lost, ParameterSet, Refused, Unstarted
from sandbox.perform import Outcome
from sandbox.sealed import Sealed
from sandbox.zygote_process import ZygoteDied

if TYPE_CHECKING:
    from sandbox.pool import Pool

_AHEAD = 4  # blocks of sets that may be ahead of the one that is due, but at least so many sets:
_SETS_AHEAD = 32
_FIRST = 4  # sets that a lane begins with, before it has said whether they may share a child
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
        self._share = max(1, -(-length_hint(sets, 1 << 20) // pool.size))
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
                elif any(lane.blocks for lane in self._lanes):
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
            if self._tired(lane):
                self._end(lane)
            elif self._exhausted and lane.idle and not self._again:
                self._lanes.remove(lane)
                self._pool.rest(self._job, lane)
        while (lane := self._room()) or self._may_widen():
            block = self._next_block(lane.block if lane else _FIRST)
            if not block:
                return
            if self._refusal is not None:
                self._done |= {each.number: self._refusal for each in block}
                continue
            lane = lane or self._opened()
            if lane is None:
                self._again.extendleft(reversed(block))
                return
            lane.send(block)

    def _room(self) -> Lane | None:
        """The lane with the least to do, if one has room."""
        roomy = [lane for lane in self._lanes if lane.roomy]
        return min(roomy, key=lambda lane: lane.blocks, default=None)

    def _tired(self, lane: Lane) -> bool:
        turn_over = lane.served > 0 and time.monotonic() - lane.began > _TURN_S
        return turn_over and self._pool.waiting > 0

    def _may_widen(self) -> bool:
        return not self._lanes or (len(self._lanes) < self._pool.size and not self._pool.waiting)

    def _next_block(self, size: int) -> list[ParameterSet]:
        """Up to `size` sets that may travel together; those that are sent again come first."""
        if not self._again:
            size = min(size, self._share)
            ahead = len(self._done) + sum(len(lane.waiting()) for lane in self._lanes)
            if ahead + size > max(_AHEAD * size, _SETS_AHEAD):
                return []
            self._again.extend(islice(self._source, size))
            self._exhausted = len(self._again) < size
        ready = list(islice(self._again, size))
        alike = list(takewhile(lambda each: each.alone == ready[0].alone, ready))
        block = alike[: fitting([len(each.params) for each in alike])]
        for _ in block:
            self._again.popleft()
        return block

    def _opened(self) -> Lane | None:
        """One more lane; the first one is waited for."""
        rested = self._pool.rested(self._job)
        if rested is not None:
            rested.begin()
            self._lanes.append(rested)
            return rested
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
        self._send_again(lane.waiting())
        self._pool.end(lane)

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
                self._done |= event.outcomes
                self._send_again(event.again)
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
        suspect = None if outcome is None else lane.suspect()
        if outcome is None or suspect is None:
            return
        suspect.deaths += 1
        if suspect.deaths > 1:
            lane.forget()
            self._done[suspect.number] = outcome

    def _send_again(self, sets: Iterable[ParameterSet]) -> None:
        self._again = deque(sorted([*self._again, *sets], key=lambda each: each.number))
