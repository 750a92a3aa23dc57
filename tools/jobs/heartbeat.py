"""The heartbeat of a job: holds the worker's claim while the work goes on, and hears whether to stop."""

from __future__ import annotations

import logging
import math
import threading
from typing import TYPE_CHECKING

from engine.cancellation import Cancellation
from engine.errors import Conflict, EdgewrightError

if TYPE_CHECKING:
    from types import TracebackType

    from engine.store.jobs import JobRepository
    from engine.store.records import ClaimedJob

logger = logging.getLogger("edgewright.jobs")


class Heartbeat:
    """Renews a claim every `beat_s` with the newest progress, from a thread of its own.

    Attributes:
        lost: another worker has the job, or it is closed; what the work gives is worth nothing.
        cancel_requested: somebody asked for the job to stop.
    """

    def __init__(
        self, jobs: JobRepository, claim: ClaimedJob, cancellation: Cancellation, lease_ms: int, beat_s: float
    ) -> None:
        self._jobs, self._claim, self._cancellation = jobs, claim, cancellation
        self._lease_ms, self._beat_s = lease_ms, beat_s
        self._progress: tuple[float | None, str | None] = (None, None)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self.lost = False
        self.cancel_requested = claim.cancel_requested

    def heard(self, done: float, doing: str) -> None:
        """Progress of the work, written with the next beat; quick."""
        self._progress = (min(max(done, 0.0), 1.0) if math.isfinite(done) else None, doing)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(self._beat_s):
            try:
                renewed = self._jobs.renew(self._claim, self._lease_ms, *self._progress)
            except Conflict:
                self.lost = True
            except EdgewrightError as error:  # the next beat may get through before the lease has ended
                logger.warning("%s was not renewed: %s", self._claim.id, error)
                continue
            else:
                self.cancel_requested = renewed.cancel_requested
            if self.lost or self.cancel_requested:
                self._cancellation.cancel()
                return
