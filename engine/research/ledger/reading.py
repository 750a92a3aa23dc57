"""Rows of the ledger: the search that a trial belongs to, and the newest trials."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.market.interval import format_instant
from engine.research.findings import LedgerRow
from engine.research.ledger.counting import lineage_of
from engine.research.ledger.lineage import settle
from engine.research.trials import recorded_returns
from engine.store.documents import digest
from engine.store.records import NewTrial, TrialRecord
from engine.store.store import Store


@dataclass(frozen=True, slots=True, eq=False)
class LineageSearch:
    """The trials of a lineage on one series, window and settings: what its choice was made from.

    Attributes:
        trials: in ledger order.
        returns: float64[trials, periods], fractions, on one grid.
        start_ms: start of the first period, UTC ms.
        period_ms: length of a period.
    """

    trials: tuple[TrialRecord, ...]
    returns: NDArray[np.float64]
    start_ms: int
    period_ms: int


def search_of(store: Store, trial: NewTrial) -> LineageSearch:
    """The trials of this trial's lineage with its instrument, interval, window, costs and settings.

    Those that kept no returns are left out; with none left the matrix has no row.
    """
    settle(store, trial.code_hash)
    texts = store.lineages.texts(lineage_of(store, trial.code_hash))
    costs = digest(trial.costs)
    found = [
        entry
        for entry in store.trials.of_codes(texts, like=trial)
        if entry.returns is not None and (entry.costs == trial.costs or digest(entry.costs) == costs)
    ]
    rows = [recorded_returns(entry.returns) for entry in found if entry.returns is not None]
    if not rows:
        return LineageSearch((), np.empty((0, 0)), trial.window_start_ms, 1)
    first = rows[0]
    grid = (first.start_ms, first.period_ms, len(first))
    kept = [i for i, row in enumerate(rows) if (row.start_ms, row.period_ms, len(row)) == grid]
    matrix = np.array([rows[i].values for i in kept])
    return LineageSearch(tuple(found[i] for i in kept), matrix, first.start_ms, first.period_ms)


def recent(
    store: Store, *, base_asset: str | None = None, lineage: str | None = None, limit: int = 20
) -> tuple[LedgerRow, ...]:
    """The newest trials, newest first, of an asset, a lineage, or of a lineage on an asset.

    Raises:
        NotFound: there is no such lineage.
    """
    if lineage is None:
        trials = () if base_asset is None else store.trials.list(base_asset, limit)
    else:
        texts = store.lineages.texts(lineage)
        trials = store.trials.of_codes(texts, base_asset=base_asset, newest=limit)[::-1]
    texts = {trial.code_hash for trial in trials}
    known = store.runs.names_of(texts) | store.strategies.names_of(texts)
    return tuple(_row(trial, known.get(trial.code_hash, "")) for trial in trials)


def _row(trial: TrialRecord, name: str) -> LedgerRow:
    return LedgerRow(
        trial_id=trial.id,
        strategy=name,
        interval=str(trial.interval),
        params=dict(trial.params),
        sharpe=trial.sharpe,
        run_id=trial.run_id,
        created=format_instant(trial.created_ms),
    )
