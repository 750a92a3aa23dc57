"""Jobs: executed at least once, their effects written exactly once.

Each claim raises the row's `lease_epoch`. A worker that lost its lease still holds the old number, and
whatever it writes with it is refused.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from engine.errors import Conflict, InvalidInput, NotFound
from engine.store.database import Database
from engine.store.models import JobRow
from engine.store.paging import newest_first
from engine.store.records import ClaimedJob, JobRecord, JobStatus, JsonObject

MAX_ATTEMPTS = 5


class JobRepository:
    """The queue of jobs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enqueue(self, kind: str, request: JsonObject) -> JobRecord:
        """Put a job at the queue's end.

        Raises:
            InvalidInput: the request is not JSON.
        """
        now = self._database.ambient.now_ms()
        row = JobRow(
            id=self._database.ambient.new_id("job"),
            kind=kind,
            request=request,
            status="queued",
            lease_epoch=0,
            progress=0.0,
            progress_text="",
            attempts=0,
            cancel_requested=False,
            created_ms=now,
            updated_ms=now,
        )
        with self._database.writing() as session:
            session.add(row)
            session.flush()
            session.expire(row)
            return _record(row)

    def get(self, job_id: str) -> JobRecord:
        """The job as it stands.

        Raises:
            NotFound: there is none.
        """
        with self._database.reading() as session:
            return _record(_row(session, job_id))

    def list(self, limit: int = 50, before: str | None = None) -> tuple[JobRecord, ...]:
        """Jobs, newest first.

        Args:
            limit: 1 to 1000.
            before: id of the last one on the page before.

        Raises:
            InvalidInput: `limit` is out of range.
            NotFound: there is no job `before`.
        """
        with self._database.reading() as session:
            return tuple(map(_record, newest_first(session, select(JobRow), JobRow, limit, before)))

    def claim(self, worker: str, kinds: Collection[str], lease_ms: int) -> ClaimedJob | None:
        """Take the oldest job that waits, or whose worker let its lease run out; None when there is none.

        A job that was cancelled, or that `MAX_ATTEMPTS` workers did not survive, is closed on the way.

        Args:
            worker: who claims, for people to read.
            kinds: the kinds of job that this worker can do.
            lease_ms: how long the claim holds without `renew`.
        """
        with self._database.writing() as session:
            while (row := session.scalars(self._open_jobs(kinds)).first()) is not None:
                if row.cancel_requested:
                    self._close(row, "cancelled")
                elif row.attempts >= MAX_ATTEMPTS:
                    text = f"{row.attempts} workers began this job and none of them survived it."
                    self._close(row, "failed", error={"type": "WorkerLost", "message": text})
                else:
                    self._begin(row, worker, lease_ms)
                    session.flush()
                    return _claimed(row)
                session.flush()
            return None

    def renew(
        self, job: ClaimedJob, lease_ms: int, progress: float | None = None, text: str | None = None
    ) -> ClaimedJob:
        """Hold the claim for `lease_ms` from now, and say how far the work is (0 to 1).

        The answer's `cancel_requested` says whether to `stop`.

        Raises:
            InvalidInput: progress is not within 0 to 1.
            Conflict: another worker has taken the job over, or it is closed; stop working.
        """
        if progress is not None and not 0.0 <= progress <= 1.0:
            raise InvalidInput(f"progress = {progress} is not possible.", "Give 0 to 1.")
        with self._database.writing() as session:
            row = self.held(session, job)
            now = self._database.ambient.now_ms()
            row.lease_until_ms, row.updated_ms = now + lease_ms, now
            row.progress = row.progress if progress is None else progress
            row.progress_text = row.progress_text if text is None else text
            session.flush()
            return _claimed(row)

    def finish(self, job: ClaimedJob, result: JsonObject) -> JobRecord:
        """Close the job with its result.

        Raises:
            Conflict: the claim no longer holds; nothing was written.
        """
        return self._close_held(job, "done", result=result, progress=1.0)

    def fail(self, job: ClaimedJob, error: JsonObject) -> JobRecord:
        """Close the job with an error.

        Raises:
            Conflict: the claim no longer holds; nothing was written.
        """
        return self._close_held(job, "failed", error=error)

    def stop(self, job: ClaimedJob) -> JobRecord:
        """Close the job as cancelled, as its `cancel_requested` asked.

        Raises:
            Conflict: the claim no longer holds; nothing was written.
        """
        return self._close_held(job, "cancelled")

    def request_cancel(self, job_id: str) -> JobRecord:
        """Cancel a waiting job at once, ask a running one's worker to stop; a closed job stays as it is.

        Raises:
            NotFound: there is no such job.
        """
        with self._database.writing() as session:
            row = _row(session, job_id, lock=True)
            if row.status in ("queued", "running"):
                row.cancel_requested = True
                row.updated_ms = self._database.ambient.now_ms()
            if row.status == "queued":
                self._close(row, "cancelled")
            session.flush()
            return _record(row)

    def held(self, session: Session, job: ClaimedJob) -> JobRow:
        """The job's row, locked until the transaction ends.

        Raises:
            Conflict: the claim no longer holds.
        """
        row = _row(session, job.id, lock=True)
        if row.status != "running" or row.lease_epoch != job.lease_epoch:
            raise Conflict(
                f"The claim of {job.worker} on {job.id} no longer holds: the job is {row.status}, claim "
                f"{row.lease_epoch}, not {job.lease_epoch}.",
                "Stop working on it; nothing was written.",
            )
        return row

    def _open_jobs(self, kinds: Collection[str]) -> Select[JobRow]:
        abandoned = and_(JobRow.status == "running", JobRow.lease_until_ms <= self._database.ambient.now_ms())
        query = select(JobRow).where(JobRow.kind.in_(kinds), or_(JobRow.status == "queued", abandoned))
        return query.order_by(JobRow.seq).limit(1).with_for_update(skip_locked=True)

    def _begin(self, row: JobRow, worker: str, lease_ms: int) -> None:
        now = self._database.ambient.now_ms()
        row.status = "running"
        row.worker = worker
        row.lease_epoch += 1
        row.attempts += 1
        row.lease_until_ms, row.updated_ms = now + lease_ms, now

    def _close_held(self, job: ClaimedJob, status: JobStatus, **columns: Any) -> JobRecord:
        with self._database.writing() as session:
            row = self.held(session, job)
            self._close(row, status, **columns)
            session.flush()
            session.expire(row)
            return _record(row)

    def _close(self, row: JobRow, status: JobStatus, **columns: Any) -> None:
        row.status = status
        row.lease_until_ms = None
        row.updated_ms = self._database.ambient.now_ms()
        for name, value in columns.items():
            setattr(row, name, value)


def _row(session: Session, job_id: str, *, lock: bool = False) -> JobRow:
    query = select(JobRow).filter_by(id=job_id).execution_options(populate_existing=True)
    row = session.scalars(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound(
            f"There is no job {job_id!r}.", "A job's id is in the answer of the call that began it."
        )
    return row


def _claimed(row: JobRow) -> ClaimedJob:
    assert row.worker is not None and row.lease_until_ms is not None
    return ClaimedJob(
        id=row.id,
        kind=row.kind,
        request=row.request,
        lease_epoch=row.lease_epoch,
        lease_until_ms=row.lease_until_ms,
        worker=row.worker,
        attempts=row.attempts,
        cancel_requested=row.cancel_requested,
    )


def _record(row: JobRow) -> JobRecord:
    return JobRecord(
        id=row.id,
        kind=row.kind,
        request=row.request,
        status=row.status,
        lease_epoch=row.lease_epoch,
        lease_until_ms=row.lease_until_ms,
        worker=row.worker,
        progress=row.progress,
        progress_text=row.progress_text,
        result=row.result,
        error=row.error,
        attempts=row.attempts,
        cancel_requested=row.cancel_requested,
        created_ms=row.created_ms,
        updated_ms=row.updated_ms,
    )
