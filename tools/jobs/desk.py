"""The desk where long work is handed in and asked about; it sees to it that somebody does the work.

It is NOT the worker: that is a process of its own (`tools.jobs.worker`), which outlives who began the job.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine import errors
from tools.jobs.kinds import kind_of
from tools.jobs.place import WorkerPlace, place_of
from tools.jobs.start import start_worker

if TYPE_CHECKING:
    from engine.store.jobs import JobRepository
    from engine.store.records import JobRecord
    from tools.settings import Settings

_LOOK_FOR_WORKER_S = 1.0


class JobDesk:
    """Jobs of the store, and the worker of this machine; for all threads of one process.

    Args:
        worker_module: what a worker process runs.
    """

    def __init__(self, jobs: JobRepository, settings: Settings, worker_module: str) -> None:
        self._jobs, self._settings, self._module = jobs, settings, worker_module
        self._place = WorkerPlace(place_of(settings))
        self._looked = float("-inf")

    def begin(self, tool: str, request: Mapping[str, Any]) -> JobRecord:
        """Hand in work for the worker, which is started where there is none.

        Raises:
            StoreUnavailable: the store, or the home folder in which the worker keeps its lock and its log.
        """
        record = self._jobs.enqueue(kind_of(tool, self._settings.trust_code), request)
        self._see_to_worker()
        return record

    def look(self, job_id: str) -> JobRecord:
        """The job as it stands; a lost worker is replaced.

        Raises:
            NotFound: there is no such job.
        """
        record = self._jobs.get(job_id)
        waited = time.monotonic() - self._looked > _LOOK_FOR_WORKER_S
        if waited and record.status in ("queued", "running"):
            self._see_to_worker()
        return record

    def cancel(self, job_id: str) -> JobRecord:
        """Ask for a job to stop: at once while it waits, else as soon as its worker reads it.

        Raises:
            NotFound: there is no such job.
        """
        self._jobs.request_cancel(job_id)
        return self.look(job_id)

    @staticmethod
    def raise_failure(record: JobRecord) -> None:
        """Nothing for a job that has not failed.

        Raises:
            EdgewrightError: what it failed with.
        """
        if record.status == "failed":
            raise error_of(record.error or {})

    def _see_to_worker(self) -> None:
        self._looked = time.monotonic()
        try:
            if not self._place.taken():
                start_worker(self._settings, self._module)
        except OSError as error:
            raise errors.StoreUnavailable(
                f"No worker can be started from {self._settings.home}: {error.strerror}.",
                "Give write permission to the home folder.",
            ) from None


def error_of(said: Mapping[str, Any]) -> errors.EdgewrightError:
    """The error that a failed job holds, of its own type where that is one of ours."""
    kinds = {kind.__name__: kind for kind in errors.EdgewrightError.__subclasses__()}
    kind = kinds.get(str(said.get("type")), errors.EdgewrightError)
    return kind(str(said.get("message", "The job failed.")), str(said.get("hint", "")))
