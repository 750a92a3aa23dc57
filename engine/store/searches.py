"""Searches and the results of their parameter sets, from which a killed one goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.store.database import Database
from engine.store.models import SearchResultRow, SearchRow
from engine.store.paging import newest_first
from engine.store.records import JsonObject, SearchRecord, SearchResult


class SearchRepository:
    """Recorded searches."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self, identity: str, request: JsonObject, *, seed: int, strategy_id: str | None = None
    ) -> SearchRecord:
        """The search of this identity: as it stands if it was begun before, else a new one.

        Raises:
            InvalidInput: the request is not JSON.
        """
        now = self._database.ambient.now_ms()
        values = {
            "id": self._database.ambient.new_id("srch"),
            "identity": identity,
            "strategy_id": strategy_id,
            "request": request,
            "seed": seed,
            "state": "running",
            "document": None,
            "created_ms": now,
            "updated_ms": now,
        }
        with self._database.writing() as session:
            self._database.insert_if_absent(session, SearchRow, "identity", values)
            return _record(session.scalars(select(SearchRow).filter_by(identity=identity)).one())

    def find(self, identity: str) -> SearchRecord | None:
        """The search of this identity; None where none was begun."""
        with self._database.reading() as session:
            row = session.scalars(select(SearchRow).filter_by(identity=identity)).first()
            return None if row is None else _record(row)

    def get(self, search_id: str) -> SearchRecord:
        """The search as it stands.

        Raises:
            NotFound: there is none.
        """
        with self._database.reading() as session:
            return _record(_row(session, search_id))

    def list(self, limit: int = 50, before: str | None = None) -> tuple[SearchRecord, ...]:
        """Searches, newest first.

        Args:
            limit: 1 to 1000.
            before: id of the last one on the page before.

        Raises:
            InvalidInput: `limit` is out of range.
            NotFound: there is no search `before`.
        """
        with self._database.reading() as session:
            return tuple(map(_record, newest_first(session, select(SearchRow), SearchRow, limit, before)))

    def add_results(self, search_id: str, results: Sequence[SearchResult]) -> None:
        """Record the results of a batch; a number that is there already, from another process, stays."""
        with self._database.writing() as session:
            self._database.lock(session, "search", search_id)
            query = select(SearchResultRow.number).filter_by(search_id=search_id)
            known = set(session.scalars(query))
            rows = [{"search_id": search_id, **asdict(each)} for each in results if each.number not in known]
            if rows:
                session.execute(insert(SearchResultRow), rows)

    def results(self, search_id: str) -> tuple[SearchResult, ...]:
        """All results so far, by number."""
        query = select(SearchResultRow).filter_by(search_id=search_id).order_by(SearchResultRow.number)
        with self._database.reading() as session:
            return tuple(
                SearchResult(row.number, row.params, row.trial_hash, row.metrics, row.error)
                for row in session.scalars(query)
            )

    def finish(self, search_id: str, document: JsonObject) -> SearchRecord:
        """Close the search with what it found; a closed one stays as it is.

        Raises:
            NotFound: there is none.
        """
        with self._database.writing() as session:
            row = _row(session, search_id)
            if row.state == "running":
                row.state, row.document = "done", document
                row.updated_ms = self._database.ambient.now_ms()
            session.flush()
            return _record(row)


def _row(session: Session, search_id: str) -> SearchRow:
    row = session.scalars(select(SearchRow).filter_by(id=search_id)).first()
    if row is None:
        raise NotFound(f"There is no search {search_id!r}.", "Its id is in the answer that began it.")
    return row


def _record(row: SearchRow) -> SearchRecord:
    return SearchRecord(
        id=row.id,
        identity=row.identity,
        strategy_id=row.strategy_id,
        request=row.request,
        seed=row.seed,
        state=row.state,
        document=row.document,
        created_ms=row.created_ms,
        updated_ms=row.updated_ms,
    )
