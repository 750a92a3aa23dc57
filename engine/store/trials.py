"""The ledger of trials: each distinct (code, data window, params, costs) once, whoever ran it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.errors import InvalidInput
from engine.market.instrument import parse_instrument
from engine.market.interval import Interval
from engine.store.database import Database
from engine.store.documents import digest
from engine.store.models import TrialRow
from engine.store.paging import newest_first
from engine.store.records import LedgerTrial, NewTrial, ReturnsRecord, TrialRecord

_AT_ONCE = 500


class TrialRepository:
    """Recorded trials; nothing is ever taken out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, trial: NewTrial, run_id: str | None = None) -> TrialRecord:
        """Record a trial; an identical earlier one stands and is returned unchanged.

        Raises:
            InvalidInput: the window is empty, Sharpe is not finite, the returns are no whole numbers of
                periods, or params or costs are not JSON.
        """
        values = self._values(trial, run_id)
        with self._database.writing() as session:
            self._in_turn(session, (trial.base_asset,))
            self._database.insert_if_absent(session, TrialRow, "trial_hash", values)
            return _record(session.scalars(select(TrialRow).filter_by(trial_hash=values["trial_hash"])).one())

    def record_many(self, trials: Sequence[NewTrial], run_id: str | None = None) -> int:
        """Record trials in this order, in one transaction; identical earlier ones stand.

        Returns:
            How many of them were new.

        Raises:
            InvalidInput: as `record`; nothing was written.
        """
        rows = [self._values(trial, run_id) for trial in trials]
        with self._database.writing() as session:
            self._in_turn(session, {row["base_asset"] for row in rows})
            new = 0
            for first in range(0, len(rows), _AT_ONCE):
                part = rows[first : first + _AT_ONCE]
                self._database.insert_if_absent(session, TrialRow, "trial_hash", part)
                stored = select(func.count()).where(TrialRow.id.in_([row["id"] for row in part]))
                new += session.scalars(stored).one()
            return new

    def _in_turn(self, session: Session, assets: Collection[str]) -> None:
        """One writer per asset at a time, so that its trials appear in the order of their places."""
        for asset in sorted(assets):
            self._database.lock(session, "trials", asset)

    def _values(self, trial: NewTrial, run_id: str | None) -> dict[str, Any]:
        _check(trial)
        returns = trial.returns
        return {
            "id": self._database.ambient.new_id("tr"),
            "trial_hash": trial_hash(trial),
            "base_asset": trial.base_asset,
            "instrument": str(trial.instrument),
            "interval": str(trial.interval),
            "code_hash": trial.code_hash,
            "window_start_ms": trial.window_start_ms,
            "window_end_ms": trial.window_end_ms,
            "params_hash": digest(trial.params),
            "params": trial.params,
            "costs": trial.costs,
            "card_hash": trial.card_hash,
            "run_id": run_id,
            "sharpe": trial.sharpe,
            "touches_holdout": trial.touches_holdout,
            "created_ms": self._database.ambient.now_ms(),
            "returns_start_ms": None if returns is None else returns.start_ms,
            "returns_period_ms": None if returns is None else returns.period_ms,
            "returns_values": None if returns is None else returns.values,
        }

    def count(self, base_asset: str) -> int:
        """Number of distinct trials on an asset."""
        with self._database.reading() as session:
            query = select(func.count()).select_from(TrialRow).where(TrialRow.base_asset == base_asset)
            return session.scalars(query).one()

    def get(self, trial_hash: str) -> TrialRecord | None:
        """The trial of this identity; None where it was never made."""
        with self._database.reading() as session:
            row = session.scalars(select(TrialRow).filter_by(trial_hash=trial_hash)).first()
            return None if row is None else _record(row)

    def of_run(self, run_id: str) -> TrialRecord | None:
        """The trial that a run made first; None where an identical one stood before."""
        with self._database.reading() as session:
            row = session.scalars(select(TrialRow).filter_by(run_id=run_id)).first()
            return None if row is None else _record(row)

    def in_order(
        self, base_asset: str, after: int = 0, code_hashes: Collection[str] | None = None
    ) -> Iterator[LedgerTrial]:
        """Trials on an asset as they came, from the one after the place `after` on.

        Args:
            code_hashes: only trials of these texts.
        """
        query = (
            select(
                TrialRow.seq,
                TrialRow.code_hash,
                TrialRow.window_end_ms,
                TrialRow.touches_holdout,
                TrialRow.returns_start_ms,
                TrialRow.returns_period_ms,
                TrialRow.returns_values,
            )
            .where(TrialRow.base_asset == base_asset, TrialRow.seq > after)
            .order_by(TrialRow.seq)
        )
        if code_hashes is not None:
            query = query.where(TrialRow.code_hash.in_(code_hashes))
        with self._database.reading() as session:
            for seq, code, end, touches, start, period, values in session.execute(query):
                yield LedgerTrial(seq, code, end, touches, _returns(start, period, values))

    def of_codes(
        self,
        code_hashes: Collection[str],
        *,
        base_asset: str | None = None,
        like: NewTrial | None = None,
        ends_after: int | None = None,
        newest: int | None = None,
    ) -> tuple[TrialRecord, ...]:
        """Trials that were made with these texts, as they came.

        Args:
            like: only those on the same instrument, interval and window.
            ends_after: only those whose window ends after this instant, UTC ms.
            newest: at most so many of the newest.
        """
        query = select(TrialRow).where(TrialRow.code_hash.in_(code_hashes))
        if base_asset is not None:
            query = query.filter_by(base_asset=base_asset)
        if like is not None:
            query = query.filter_by(
                instrument=str(like.instrument),
                interval=str(like.interval),
                window_start_ms=like.window_start_ms,
                window_end_ms=like.window_end_ms,
            )
        if ends_after is not None:
            query = query.where(TrialRow.window_end_ms > ends_after)
        with self._database.reading() as session:
            rows = session.scalars(query.order_by(TrialRow.seq.desc()).limit(newest)).all()
            return tuple(map(_record, reversed(rows)))

    def last_place(self, base_asset: str) -> int:
        """Place of the newest trial on an asset; 0 before the first."""
        query = select(func.max(TrialRow.seq)).filter_by(base_asset=base_asset)
        with self._database.reading() as session:
            return session.scalar(query) or 0

    def assets(self) -> tuple[str, ...]:
        """The assets that something was tried on, sorted."""
        with self._database.reading() as session:
            return tuple(
                session.scalars(select(TrialRow.base_asset).distinct().order_by(TrialRow.base_asset))
            )

    def code_hashes(self) -> tuple[str, ...]:
        """Hashes of all texts that were ever tried, in the order of their first trials."""
        first = func.min(TrialRow.seq)
        query = select(TrialRow.code_hash).group_by(TrialRow.code_hash).order_by(first)
        with self._database.reading() as session:
            return tuple(session.scalars(query))

    def list(self, base_asset: str, limit: int = 50, before: str | None = None) -> tuple[TrialRecord, ...]:
        """Trials on an asset, newest first.

        Args:
            limit: 1 to 1000.
            before: id of the last one on the page before.

        Raises:
            InvalidInput: `limit` is out of range.
            NotFound: there is no trial `before`.
        """
        query = select(TrialRow).filter_by(base_asset=base_asset)
        with self._database.reading() as session:
            return tuple(map(_record, newest_first(session, query, TrialRow, limit, before)))


def trial_hash(trial: NewTrial) -> str:
    """SHA-256 (hex) of what makes a trial distinct; 2 and 2.0 are one value."""
    return digest(
        {
            "code_hash": trial.code_hash,
            "instrument": str(trial.instrument),
            "interval": str(trial.interval),
            "window": [trial.window_start_ms, trial.window_end_ms],
            "params": trial.params,
            "costs": trial.costs,
        }
    )


def _record(row: TrialRow) -> TrialRecord:
    return TrialRecord(
        id=row.id,
        trial_hash=row.trial_hash,
        instrument=parse_instrument(row.instrument),
        interval=Interval(row.interval),
        code_hash=row.code_hash,
        window_start_ms=row.window_start_ms,
        window_end_ms=row.window_end_ms,
        params_hash=row.params_hash,
        params=row.params,
        costs=row.costs,
        card_hash=row.card_hash,
        run_id=row.run_id,
        sharpe=row.sharpe,
        touches_holdout=row.touches_holdout,
        returns=_returns(row.returns_start_ms, row.returns_period_ms, row.returns_values),
        seq=row.seq,
        created_ms=row.created_ms,
    )


def _returns(start_ms: int | None, period_ms: int | None, values: bytes | None) -> ReturnsRecord | None:
    if start_ms is None or period_ms is None or values is None:
        return None
    return ReturnsRecord(start_ms, period_ms, values)


def _check(trial: NewTrial) -> None:
    if trial.window_start_ms >= trial.window_end_ms:
        raise InvalidInput("The trial's window is empty.", "Its start is before its end.")
    if trial.sharpe is not None and not math.isfinite(trial.sharpe):
        raise InvalidInput(f"The trial's Sharpe ratio is {trial.sharpe}.", "Give None where undefined.")
    returns = trial.returns
    if returns is not None and (returns.period_ms <= 0 or len(returns.values) % 4):
        raise InvalidInput("The trial's returns are not float32 by period.", "Make them with new_trial.")
