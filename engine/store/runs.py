"""Runs with their cards and artifacts."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import Conflict, InvalidInput, NotFound
from engine.market.instrument import Instrument, parse_instrument
from engine.market.interval import Interval
from engine.store.database import Database
from engine.store.models import ArtifactRow, RunRow, StrategyRow
from engine.store.paging import newest_first
from engine.store.records import Artifact, NewRun, RunRecord
from engine.strategy.spec import code_hash

_NEWEST = 3


class RunRepository:
    """Recorded runs; they are written by `Store.record_run` and never change."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, run_id: str) -> RunRecord:
        """The run with this id.

        Raises:
            NotFound: there is none; the text names the newest ones.
        """
        with self._database.reading() as session:
            return _record(_row(session, run_id))

    def list(
        self,
        limit: int = 50,
        before: str | None = None,
        *,
        strategy_id: str | None = None,
        instrument: Instrument | None = None,
    ) -> tuple[RunRecord, ...]:
        """Runs, newest first.

        Args:
            limit: 1 to 1000.
            before: id of the last one on the page before.
            strategy_id, instrument: only runs of these.

        Raises:
            InvalidInput: `limit` is out of range.
            NotFound: there is no run `before`.
        """
        query = select(RunRow)
        if strategy_id is not None:
            query = query.filter_by(strategy_id=strategy_id)
        if instrument is not None:
            query = query.filter_by(instrument=str(instrument))
        with self._database.reading() as session:
            return tuple(map(_record, newest_first(session, query, RunRow, limit, before)))

    def artifact(self, run_id: str, name: str) -> Artifact:
        """An artifact of a run, e.g. "trades".

        Raises:
            NotFound: no such run, or it has no such artifact; the text names those it has.
        """
        with self._database.reading() as session:
            row = session.get(ArtifactRow, (run_id, name))
            if row is not None:
                return Artifact(row.media_type, row.blob)
            names = self.artifact_names(run_id)
        raise NotFound(f"Run {run_id} has no {name!r}.", f"It has: {', '.join(names) or 'nothing'}.")

    def artifact_names(self, run_id: str) -> tuple[str, ...]:
        """Names of a run's artifacts, sorted.

        Raises:
            NotFound: there is no such run.
        """
        with self._database.reading() as session:
            _row(session, run_id)
            return tuple(sorted(session.scalars(select(ArtifactRow.name).filter_by(run_id=run_id))))

    def add(self, run: NewRun, artifacts: Mapping[str, Artifact]) -> RunRecord:
        """Record a run and its artifacts; `Store.record_run` adds the trial and checks the claim.

        Raises:
            InvalidInput: `code_hash` is not the code's.
            NotFound: there is no strategy `strategy_id`.
            Conflict: there is a run with this id.
        """
        if run.code_hash != code_hash(run.code):
            raise InvalidInput("code_hash is not the hash of the code.", "Hash the very text that ran.")
        with self._database.writing() as session:
            _check_references(session, run)
            row = RunRow(
                id=run.id,
                strategy_id=run.strategy_id,
                name=run.name,
                instrument=str(run.instrument),
                interval=str(run.interval),
                code_hash=run.code_hash,
                data_hash=run.data_hash,
                card_hash=run.card_hash,
                card=run.card,
                code=run.code,
                include_holdout=run.include_holdout,
                created_ms=self._database.ambient.now_ms(),
            )
            session.add(row)
            session.flush()  # the run before what points to it
            for name, artifact in artifacts.items():
                session.add(
                    ArtifactRow(run_id=run.id, name=name, media_type=artifact.media_type, blob=artifact.blob)
                )
            session.flush()
            session.expire(row)
            return _record(row)

    def text_of(self, code_hash: str) -> str | None:
        """The text of this hash; None where no run was made with it."""
        with self._database.reading() as session:
            return session.scalars(select(RunRow.code).filter_by(code_hash=code_hash).limit(1)).first()

    def names_of(self, code_hashes: Collection[str]) -> dict[str, str]:
        """The name under which each of these texts was run last, by its hash."""
        query = select(RunRow.code_hash, RunRow.name).where(RunRow.code_hash.in_(code_hashes))
        with self._database.reading() as session:
            return {row.code_hash: row.name for row in session.execute(query.order_by(RunRow.seq))}

    def attach(self, run_id: str, name: str, artifact: Artifact) -> None:
        """Add an artifact to a recorded run, e.g. an assessment; those that are there never change.

        Raises:
            NotFound: there is no such run.
            Conflict: it has an artifact of this name.
        """
        with self._database.writing() as session:
            _row(session, run_id)
            self._database.lock(session, "artifacts", run_id)
            if session.get(ArtifactRow, (run_id, name)) is not None:
                raise Conflict(f"Run {run_id} has {name!r} already.", "Attach it under another name.")
            session.add(
                ArtifactRow(run_id=run_id, name=name, media_type=artifact.media_type, blob=artifact.blob)
            )
            session.flush()


def _check_references(session: Session, run: NewRun) -> None:
    if session.scalar(select(RunRow.seq).filter_by(id=run.id)) is not None:
        raise Conflict(f"There is a run {run.id} already.", "Take a new id from new_run_id.")
    known = select(StrategyRow.seq).filter_by(id=run.strategy_id)
    if run.strategy_id is not None and session.scalar(known) is None:
        raise NotFound(f"There is no strategy {run.strategy_id!r}.", "list_strategies names what there is.")


def _row(session: Session, run_id: str) -> RunRow:
    row = session.scalars(select(RunRow).filter_by(id=run_id)).first()
    if row is None:
        newest = session.scalars(select(RunRow.id).order_by(RunRow.seq.desc()).limit(_NEWEST)).all()
        hint = f"The newest runs: {', '.join(newest)}." if newest else "There are no runs yet."
        raise NotFound(f"There is no run {run_id!r}.", hint)
    return row


def _record(row: RunRow) -> RunRecord:
    return RunRecord(
        id=row.id,
        strategy_id=row.strategy_id,
        name=row.name,
        instrument=parse_instrument(row.instrument),
        interval=Interval(row.interval),
        code_hash=row.code_hash,
        data_hash=row.data_hash,
        card_hash=row.card_hash,
        card=row.card,
        code=row.code,
        include_holdout=row.include_holdout,
        created_ms=row.created_ms,
    )
