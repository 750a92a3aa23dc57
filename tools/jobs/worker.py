"""The worker process of this machine: `python -m tools.jobs.worker`. Whoever enqueues a job starts it.

It claims jobs one after another and does their tools' work; it owns lake, kernels and sandbox. It ends itself
when nothing has come for a while. One that is killed leaves its job to the next, once its lease has ended.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.cancellation import Cancellation
from engine.errors import Cancelled, Conflict, EdgewrightError, StoreUnavailable
from tools.core import Core
from tools.jobs.heartbeat import Heartbeat
from tools.jobs.kinds import kind_of
from tools.jobs.place import WorkerPlace, place_of
from tools.long_tool import LongTool, Work

if TYPE_CHECKING:
    from engine.store.records import ClaimedJob, JsonObject
    from tools.registry import Tool

logger = logging.getLogger("edgewright.jobs")


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things take in a worker.

    Attributes:
        idle_s: after so long without a job it ends.
        lease_ms: after so long without a beat a job is somebody else's.
        beat_s: time between two beats, in which progress is written and a cancellation is read.
        look_s: time between two looks for a job.
        grace_s: how long work may take to stop when the worker is told to end.
    """

    idle_s: float = 60.0
    lease_ms: int = 15_000
    beat_s: float = 0.4
    look_s: float = 0.2
    grace_s: float = 10.0


class Worker:
    """Claims and does jobs of the long tools among `tools`, one at a time."""

    def __init__(self, core: Core, tools: Iterable[Tool], pace: Pace) -> None:
        self._core, self._pace = core, pace
        trust = core.settings.trust_code
        self._tools = {kind_of(tool.name, trust): tool for tool in tools if isinstance(tool, LongTool)}
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._ending = threading.Event()
        self._current: Cancellation | None = None

    def end(self) -> None:
        """Take no further job, and stop the one at work; it goes back to the queue."""
        self._ending.set()
        if self._current is not None:
            self._current.cancel()

    def serve(self, place: WorkerPlace) -> None:
        """Do jobs, in a place that is held, until nothing has come for a while or `end` is called."""
        while self._until_idle() and not self._ending.is_set():
            place.leave()
            claim = self._claim()  # one that came while the place still looked taken
            if claim is None:
                return
            held = place.take()
            self._perform(claim)
            if not held:
                return

    def _until_idle(self) -> bool:
        """True when nothing came for `idle_s`; False when the worker was told to end."""
        idle_from = time.monotonic()
        while time.monotonic() - idle_from < self._pace.idle_s:
            claim = self._claim()
            if claim is not None:
                self._perform(claim)
                idle_from = time.monotonic()
            elif self._ending.wait(self._pace.look_s):
                return False
        return True

    def _claim(self) -> ClaimedJob | None:
        if self._ending.is_set():
            return None
        try:
            return self._core.store.jobs.claim(self._name, self._tools, self._pace.lease_ms)
        except StoreUnavailable as error:
            logger.warning("%s", error)
            return None

    def _perform(self, claim: ClaimedJob) -> None:
        logger.info("%s %s, attempt %d", claim.id, claim.kind, claim.attempts)
        jobs, pace = self._core.store.jobs, self._pace
        self._current = cancellation = Cancellation()
        if self._ending.is_set():
            cancellation.cancel()
        result: JsonObject | None = None
        error: Exception | None = None
        with Heartbeat(jobs, claim, cancellation, pace.lease_ms, pace.beat_s) as heart:
            try:
                work = Work(claim, cancellation, heart.heard)
                answer = self._tools[claim.kind].perform(self._core, claim.request, work)
                result = answer.model_dump(mode="json", by_alias=True)
            except Exception as problem:  # whatever it is, it belongs to this job, not to the worker
                error = problem
        self._current = None
        try:
            self._close(claim, heart, result, error)
        except Conflict:
            logger.warning("%s was taken over by another worker", claim.id)
        except StoreUnavailable as problem:  # the lease ends by itself, and the job is done again
            logger.error("%s could not be closed: %s", claim.id, problem)

    def _close(
        self, claim: ClaimedJob, heart: Heartbeat, result: JsonObject | None, error: Exception | None
    ) -> None:
        jobs = self._core.store.jobs
        if heart.lost:
            logger.warning("%s was taken over by another worker", claim.id)
        elif result is not None:
            try:
                jobs.finish(claim, result)
            except EdgewrightError as unfit:
                if isinstance(unfit, Conflict | StoreUnavailable):
                    raise
                jobs.fail(claim, failure(unfit))
        elif isinstance(error, Cancelled) and heart.cancel_requested:
            jobs.stop(claim)
        elif isinstance(error, Cancelled) and self._ending.is_set():
            jobs.renew(claim, 0)  # another worker may take it at once
        elif error is not None:
            jobs.fail(claim, failure(error))


def failure(error: Exception) -> JsonObject:
    """What a job keeps of an error; one that is a fault of ours is logged whole, and said in few words."""
    if isinstance(error, EdgewrightError):
        return {"type": type(error).__name__, "message": error.message, "hint": error.hint}
    logger.error("a job failed by a fault of ours", exc_info=error)
    text = f"The work failed by a fault of ours: {type(error).__name__}."
    return {"type": "InternalError", "message": text, "hint": "worker.log in the home folder shows where."}


def run_worker(tools: Iterable[Tool], pace: Pace) -> bool:
    """Be the worker of this home and database; True when it ends, False at once where there is another."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(process)d %(message)s")
    with Core() as core:
        place = WorkerPlace(place_of(core.settings))
        if not place.take():
            return False
        worker = Worker(core, tools, pace)

        def end(_number: int, _frame: object) -> None:
            overdue = threading.Timer(pace.grace_s, os._exit, (1,))
            overdue.daemon = True
            overdue.start()
            # in a thread of its own: this one may be holding a lock that ending takes
            threading.Thread(target=worker.end, daemon=True).start()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        worker.serve(place)
        return True


if __name__ == "__main__":
    from tools.catalogue import REGISTRY

    run_worker(REGISTRY, Pace())
