"""Where each asset's holdout begins: fixed once, moved only by a person, all of it on the record."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import InvalidInput, NotFound
from engine.store.database import Database
from engine.store.models import HoldoutEventRow, HoldoutReadRow, HoldoutRow
from engine.store.records import HoldoutEvent, HoldoutEventKind, HoldoutRead, HoldoutRecord, JsonObject


class HoldoutRepository:
    """Holdout instants by base asset, with their history."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, base_asset: str) -> HoldoutRecord | None:
        """The asset's holdout; None before its first trial."""
        with self._database.reading() as session:
            row = session.get(HoldoutRow, base_asset)
            return None if row is None else _record(row)

    def fix(self, base_asset: str, at_ms: int, reason: str) -> HoldoutRecord:
        """Fix the holdout at the first trial; where one stands already, that one stays and is returned.

        Raises:
            InvalidInput: the asset has no name, or the instant is not after 1970.
        """
        _check(base_asset, at_ms)
        with self._database.writing() as session:
            self._database.lock(session, "holdout", base_asset)
            row = session.get(HoldoutRow, base_asset)
            if row is None:
                row = HoldoutRow(
                    base_asset=base_asset,
                    holdout_from_ms=at_ms,
                    fixed_ms=self._database.ambient.now_ms(),
                    reason=reason,
                    by="first trial",
                )
                session.add(row)
                session.flush()
                self._note(session, row, "fixed", reason, {})
            return _record(row)

    def move(self, base_asset: str, at_ms: int, reason: str) -> HoldoutRecord:
        """Set or move the holdout for a person; nothing else may call this.

        Raises:
            InvalidInput: the asset has no name, or the instant is not after 1970.
        """
        _check(base_asset, at_ms)
        with self._database.writing() as session:
            self._database.lock(session, "holdout", base_asset)
            row = session.get(HoldoutRow, base_asset)
            before = None if row is None else row.holdout_from_ms
            if row is None:
                row = HoldoutRow(base_asset=base_asset)
                session.add(row)
            row.holdout_from_ms = at_ms
            row.fixed_ms = self._database.ambient.now_ms()
            row.reason = reason
            row.by = "person"
            session.flush()
            self._note(session, row, "moved", reason, {"before_ms": before})
            return _record(row)

    @contextmanager
    def opening(self, base_asset: str) -> Generator[None]:
        """A transaction in which nobody else opens, moves or fixes this asset's holdout."""
        with self._database.writing() as session:
            self._database.lock(session, "holdout", base_asset)
            yield

    def record_opening(self, base_asset: str, reason: str, detail: JsonObject) -> None:
        """Put on the record that somebody looked past the instant, e.g. with which run.

        Raises:
            NotFound: the asset has no holdout.
        """
        with self._database.writing() as session:
            row = session.get(HoldoutRow, base_asset)
            if row is None:
                raise NotFound(f"{base_asset} has no holdout yet.", "The first trial on it fixes one.")
            self._note(session, row, "opened", reason, detail)

    def record_read(
        self, base_asset: str, series: str, reader: str, *, holdout_from_ms: int, start_ms: int, end_ms: int
    ) -> None:
        """Put on the record that a market tool showed [start_ms, end_ms) of the asset's holdout."""
        now = self._database.ambient.now_ms()
        key = {
            "base_asset": base_asset,
            "series": series,
            "reader": reader,
            "holdout_from_ms": holdout_from_ms,
        }
        with self._database.writing() as session:
            self._database.lock(session, "holdout reads", base_asset)
            row = session.scalars(select(HoldoutReadRow).filter_by(**key)).first()
            if row is None:
                row = HoldoutReadRow(**key, start_ms=start_ms, end_ms=end_ms, reads=0, first_ms=now)
                session.add(row)
            row.start_ms, row.end_ms = min(row.start_ms, start_ms), max(row.end_ms, end_ms)
            row.reads += 1
            row.last_ms = now
            session.flush()

    def reads(self, base_asset: str) -> tuple[HoldoutRead, ...]:
        """What market tools have shown of the asset's holdout, newest first."""
        query = select(HoldoutReadRow).filter_by(base_asset=base_asset)
        with self._database.reading() as session:
            newest = query.order_by(HoldoutReadRow.last_ms.desc(), HoldoutReadRow.seq.desc())
            return tuple(map(_read, session.scalars(newest)))

    def list(self) -> tuple[HoldoutRecord, ...]:
        """All holdouts, by asset."""
        with self._database.reading() as session:
            return tuple(map(_record, session.scalars(select(HoldoutRow).order_by(HoldoutRow.base_asset))))

    def events(self, base_asset: str) -> tuple[HoldoutEvent, ...]:
        """The asset's holdout history, oldest first."""
        query = select(HoldoutEventRow).filter_by(base_asset=base_asset).order_by(HoldoutEventRow.seq)
        with self._database.reading() as session:
            return tuple(map(_event, session.scalars(query)))

    def _note(
        self, session: Session, row: HoldoutRow, kind: HoldoutEventKind, reason: str, detail: JsonObject
    ) -> None:
        session.add(
            HoldoutEventRow(
                base_asset=row.base_asset,
                kind=kind,
                holdout_from_ms=row.holdout_from_ms,
                reason=reason,
                detail=detail,
                created_ms=self._database.ambient.now_ms(),
            )
        )
        session.flush()


def _check(base_asset: str, at_ms: int) -> None:
    if not base_asset or base_asset != base_asset.strip().upper():
        raise InvalidInput(f"{base_asset!r} is not an asset.", "An asset is upper case, e.g. BTC.")
    if not 0 < at_ms < 2**63:
        raise InvalidInput(f"{at_ms} is not an instant.", "Give UTC milliseconds.")


def _record(row: HoldoutRow) -> HoldoutRecord:
    return HoldoutRecord(
        base_asset=row.base_asset,
        holdout_from_ms=row.holdout_from_ms,
        fixed_ms=row.fixed_ms,
        reason=row.reason,
        by=row.by,
    )


def _read(row: HoldoutReadRow) -> HoldoutRead:
    return HoldoutRead(
        base_asset=row.base_asset,
        series=row.series,
        reader=row.reader,
        holdout_from_ms=row.holdout_from_ms,
        start_ms=row.start_ms,
        end_ms=row.end_ms,
        reads=row.reads,
        first_ms=row.first_ms,
        last_ms=row.last_ms,
    )


def _event(row: HoldoutEventRow) -> HoldoutEvent:
    return HoldoutEvent(
        base_asset=row.base_asset,
        kind=row.kind,
        holdout_from_ms=row.holdout_from_ms,
        reason=row.reason,
        detail=row.detail,
        created_ms=row.created_ms,
    )
