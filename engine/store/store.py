"""The store: one door to everything that is kept in the database."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from types import TracebackType

from engine.ambient import Ambient
from engine.store.database import Database
from engine.store.holdouts import HoldoutRepository
from engine.store.jobs import JobRepository
from engine.store.lineages import LineageRepository
from engine.store.migrate import bring_up_to_date
from engine.store.records import Artifact, ClaimedJob, NewRun, NewTrial, RunRecord
from engine.store.runs import RunRepository
from engine.store.searches import SearchRepository
from engine.store.strategies import StrategyRepository
from engine.store.trials import TrialRepository


class Store:
    """Strategies, runs, trials, lineages, holdouts and jobs of one database; for all threads of one process.

    Every method is short, and blocks: call it from a worker thread, never across an await.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.strategies = StrategyRepository(database)
        self.runs = RunRepository(database)
        self.trials = TrialRepository(database)
        self.lineages = LineageRepository(database)
        self.holdouts = HoldoutRepository(database)
        self.jobs = JobRepository(database)
        self.searches = SearchRepository(database)

    @classmethod
    def open(cls, url: str, ambient: Ambient | None = None) -> Store:
        """Open a database, created or upgraded where needed; several processes may do so at once.

        Args:
            url: `sqlite:///folder/edgewright.db` (the folder is made) or
                `postgresql+psycopg://user:password@host/database`.
            ambient: clock and ids.

        Raises:
            InvalidInput: not a URL of these kinds.
            Conflict: the database is newer than this code, or holds somebody else's tables.
            StoreUnavailable: locked, read-only, damaged or unreachable.
        """
        database = Database(url, ambient or Ambient())
        try:
            bring_up_to_date(database)
        except BaseException:
            database.close()
            raise
        return cls(database)

    def new_run_id(self) -> str:
        """An id for a run, for its document to name before it is recorded."""
        return self._database.ambient.new_id("run")

    @contextmanager
    def transaction(self, claim: ClaimedJob | None = None) -> Generator[None]:
        """Make everything written inside, through any repository, one transaction of this thread.

        Keep it short, with no await and no computation inside. With a `claim`, the job's row is locked and
        its epoch checked first, so that a job's result, trials and costs are written once or not at all.

        Raises:
            Conflict: the claim no longer holds, or a part failed and its error was swallowed.
        """
        with self._database.writing() as session:
            if claim is not None:
                self.jobs.held(session, claim)
            yield

    def record_run(
        self,
        run: NewRun,
        *,
        artifacts: Mapping[str, Artifact],
        trial: NewTrial | None,
        claim: ClaimedJob | None = None,
    ) -> RunRecord:
        """Record a run with its artifacts and its trial: all of it or nothing.

        Args:
            trial: None for what does not count, e.g. a reproduction.
            claim: the job on whose behalf; checked in the same transaction.

        Raises:
            InvalidInput: a hash is not its text's, or a document is not JSON.
            NotFound: there is no such strategy.
            Conflict: the run's id is taken, or the claim no longer holds.
        """
        with self.transaction(claim):
            record = self.runs.add(run, artifacts)
            if trial is not None:
                self.trials.record(trial, run.id)
            return record

    def close(self) -> None:
        """Close the connections."""
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
