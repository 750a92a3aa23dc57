"""Where a run stands: what the ledger holds on its asset, of its lineage, and of the search it came from."""

from __future__ import annotations

from dataclasses import dataclass

from engine.market.instrument import parse_instrument
from engine.market.interval import parse_instant, parse_interval
from engine.research.assessment.settings import LEDGER_ROWS, MIN_SETS
from engine.research.document import RunDocument
from engine.research.findings import LedgerRow, TrialsPart
from engine.research.ledger.beyond_market import MarketReturns, effective_beyond
from engine.research.ledger.counting import trial_count
from engine.research.ledger.reading import recent, search_of
from engine.research.subject import Subject
from engine.research.trials import new_trial
from engine.research.walk_forward import Candidates
from engine.store.store import Store


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What the ledger says; nobody can say it for it.

    Attributes:
        search: the lineage's sets on exactly this window and with these costs; None where there are few.
        rows: newest trials of the lineage on the asset.
    """

    trials: TrialsPart
    search: Candidates | None
    rows: tuple[LedgerRow, ...]


def standing_of(store: Store, document: RunDocument, subject: Subject, allowance: int) -> Standing:
    """The standing of a recorded run."""
    base_asset = parse_instrument(document.data.instrument).base_asset
    trials = trial_count(store, base_asset, document.strategy.code_hash, allowance=allowance)
    effective = max(trials.effective, 1)  # this run is one, also where it was flat
    beyond = effective_beyond(store, base_asset, MarketReturns(subject.market.bars))
    found = {"effective": effective, "effective_beyond_market": max(effective, beyond)}
    trials = trials.model_copy(update=found)
    rows = recent(store, base_asset=base_asset, lineage=trials.lineage, limit=LEDGER_ROWS)
    return Standing(trials, _search(store, document, subject), rows)


def _search(store: Store, document: RunDocument, subject: Subject) -> Candidates | None:
    data, finer = document.data, document.data.detail
    found = search_of(
        store,
        new_trial(
            instrument=parse_instrument(data.instrument),
            interval=parse_interval(data.interval),
            code_hash=document.strategy.code_hash,
            start_ms=parse_instant(data.start),
            end_ms=parse_instant(data.end),
            params=document.params,
            setup=subject.setup,
            detail=None if finer is None else parse_interval(finer.interval),
            card_hash=document.card_hash,
            sharpe=document.metrics.sharpe,
            returns=subject.returns,
        ),
    )
    if len(found.trials) < MIN_SETS:
        return None
    params = [dict(trial.params) for trial in found.trials]
    return Candidates(params, found.returns.T, found.start_ms, found.period_ms)
