"""The ledger of trials: each distinct (code, data window, params, costs) once, whoever ran it."""

from __future__ import annotations

import math

from sqlalchemy import func, select

from engine.errors import InvalidInput
from engine.market.instrument import parse_instrument
from engine.market.interval import Interval
from engine.store.database import Database
from engine.store.documents import digest
from engine.store.models import TrialRow
from engine.store.paging import newest_first
from engine.store.records import NewTrial, TrialRecord


class TrialRepository:
    """Recorded trials; nothing is ever taken out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, trial: NewTrial, run_id: str | None = None) -> TrialRecord:
        """Record a trial; an identical earlier one stands and is returned unchanged.

        Raises:
            InvalidInput: the window is empty, Sharpe is not finite, or params or costs are not JSON.
        """
        if trial.window_start_ms >= trial.window_end_ms:
            raise InvalidInput("The trial's window is empty.", "Its start is before its end.")
        if trial.sharpe is not None and not math.isfinite(trial.sharpe):
            raise InvalidInput(f"The trial's Sharpe ratio is {trial.sharpe}.", "Give None where undefined.")
        identity = trial_hash(trial)
        values = {
            "id": self._database.ambient.new_id("tr"),
            "trial_hash": identity,
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
        }
        with self._database.writing() as session:
            self._database.insert_if_absent(session, TrialRow, "trial_hash", values)
            return _record(session.scalars(select(TrialRow).filter_by(trial_hash=identity)).one())

    def count(self, base_asset: str) -> int:
        """Number of distinct trials on an asset."""
        with self._database.reading() as session:
            query = select(func.count()).select_from(TrialRow).where(TrialRow.base_asset == base_asset)
            return session.scalars(query).one()

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
        created_ms=row.created_ms,
    )
