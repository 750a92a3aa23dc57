"""Where a run stands: what the ledger holds on its asset, of its lineage, and of the search that it came from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.market.instrument import parse_instrument
from engine.market.interval import format_instant, parse_instant
from engine.research.assessment.document import LedgerRow, TrialsPart
from engine.research.assessment.settings import LEDGER_ROWS
from engine.research.document import RunDocument
from engine.research.statistics.clusters import effective_trials
from engine.research.trials import recorded_returns, trial_costs
from engine.research.setup_parts import setup_of
from engine.research.walk_forward import Candidates
from engine.store.records import TrialRecord
from engine.store.store import Store


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What the ledger says; nobody can say it for it.

    Attributes:
        search: the sets of the lineage on exactly this window, with these costs; None where there are few.
        rows: newest trials of the lineage.
    """

    trials: TrialsPart
    search: Candidates | None
    rows: tuple[LedgerRow, ...]


def standing_of(store: Store, document: RunDocument) -> Standing:
    base = parse_instrument(document.data.instrument).base_asset
    everything = [
        recorded_returns(t.returns)
        for t in store.trials.in_order(base)
        if t.returns is not None and not t.touches_holdout
    ]
    own = store.trials.of_codes(base, [document.strategy.code_hash])
    mine = [recorded_returns(t.returns) for t in own if t.returns is not None]
    a, b = effective_trials(everything, 0.7), effective_trials(mine, 0.7)
    part = TrialsPart(
        base_asset=base,
        on_asset=len(everything),
        effective_on_asset=a,
        in_lineage=len(mine),
        effective_in_lineage=b,
        effective=max(a, b, 1),
        lineage="x",
        members=(),
        holdout_openings=0,
        holdout_allowance=5,
        holdout_opened_by_lineage=False,
        read_past_holdout=(),
    )
    same = [
        t
        for t in own
        if t.returns is not None
        and t.instrument == parse_instrument(document.data.instrument)
        and str(t.interval) == document.data.interval
        and format_instant(t.window_start_ms) == document.data.start
        and format_instant(t.window_end_ms) == document.data.end
    ]
    search = None
    if len(same) >= 10:
        r = [recorded_returns(t.returns) for t in same]
        search = Candidates(
            [dict(t.params) for t in same],
            np.column_stack([x.values for x in r]),
            r[0].start_ms,
            r[0].period_ms,
        )
    return Standing(part, search, ())
