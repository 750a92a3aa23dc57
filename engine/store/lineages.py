"""Lineages: which texts are one idea. A text joins once and stays; lineages merge, and never split."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager

from sqlalchemy import select, update

from engine.errors import NotFound
from engine.store.database import Database
from engine.store.models import LineageMemberRow, LineageRow
from engine.store.records import LineageMember, LineageReason


class LineageRepository:
    """Members of lineages; who belongs together is decided in `engine.research.ledger`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def members(self) -> tuple[LineageMember, ...]:
        """All texts that have a lineage, in the order in which they got it."""
        with self._database.reading() as session:
            return tuple(
                map(_record, session.scalars(select(LineageMemberRow).order_by(LineageMemberRow.seq)))
            )

    def code_hashes(self) -> frozenset[str]:
        """Hashes of all texts that have a lineage."""
        with self._database.reading() as session:
            return frozenset(session.scalars(select(LineageMemberRow.code_hash)))

    def of(self, code_hash: str) -> str | None:
        """Id of a text's lineage; None where it has none yet."""
        query = select(LineageMemberRow.lineage_id).filter_by(code_hash=code_hash)
        with self._database.reading() as session:
            return session.scalars(query).first()

    def texts(self, lineage_id: str) -> tuple[str, ...]:
        """Hashes of the texts of a lineage, in the order in which they joined; also by an id merged since.

        Raises:
            NotFound: there is no such lineage.
        """
        with self._database.reading() as session:
            row = session.scalars(select(LineageRow).filter_by(id=lineage_id)).first()
            if row is None:
                raise NotFound(f"There is no lineage {lineage_id!r}.", "`edgewright ledger` lists them.")
            if row.merged_into is not None:
                return self.texts(row.merged_into)
            query = select(LineageMemberRow.code_hash).filter_by(lineage_id=lineage_id)
            return tuple(session.scalars(query.order_by(LineageMemberRow.seq)))

    @contextmanager
    def deciding(self) -> Generator[None]:
        """A transaction in which nobody else adds or merges; keep it short."""
        with self._database.writing() as session:
            self._database.lock(session, "lineages")
            yield

    def begin(self, code_hash: str, features: Iterable[str]) -> str:
        """Begin a lineage with a text; its id."""
        lineage_id = self._database.ambient.new_id("ln")
        with self._database.writing() as session:
            now = self._database.ambient.now_ms()
            session.add(LineageRow(id=lineage_id, merged_into=None, created_ms=now))
            session.flush()
            self._add(code_hash, lineage_id, "first", None, features)
        return lineage_id

    def join(
        self, code_hash: str, lineage_id: str, why: LineageReason, like: str | None, features: Iterable[str]
    ) -> None:
        """Put a text into a lineage."""
        self._add(code_hash, lineage_id, why, like, features)

    def merge(self, lineage_ids: Iterable[str]) -> str:
        """Make one lineage of several; the oldest stays, and its id is returned."""
        with self._database.writing() as session:
            query = select(LineageRow).where(LineageRow.id.in_(list(lineage_ids))).order_by(LineageRow.seq)
            oldest, *others = session.scalars(query).all()
            for other in others:
                moved = update(LineageMemberRow).where(LineageMemberRow.lineage_id == other.id)
                session.execute(moved.values(lineage_id=oldest.id))
                earlier = update(LineageRow).where(LineageRow.merged_into == other.id)
                session.execute(earlier.values(merged_into=oldest.id))
                other.merged_into = oldest.id
            session.flush()
            return oldest.id

    def _add(
        self, code_hash: str, lineage_id: str, why: LineageReason, like: str | None, features: Iterable[str]
    ) -> None:
        with self._database.writing() as session:
            row = LineageMemberRow(
                code_hash=code_hash,
                lineage_id=lineage_id,
                why=why,
                like_code_hash=like,
                features=sorted(features),
                created_ms=self._database.ambient.now_ms(),
            )
            session.add(row)
            session.flush()


def _record(row: LineageMemberRow) -> LineageMember:
    return LineageMember(
        code_hash=row.code_hash,
        lineage_id=row.lineage_id,
        why=row.why,
        like_code_hash=row.like_code_hash,
        features=tuple(row.features),
    )
