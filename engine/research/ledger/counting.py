"""How much has been tried on an asset, and how much of it independently: what deflates a verdict.

Nobody can pass the number in. It is counted here from the record, over all trials on the asset's research
part, whatever their lineage, and is never less than what the lineage counts by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.market.interval import format_instant
from engine.research.findings import TrialsPart
from engine.research.ledger.lineage import join_pairs, settle
from engine.research.ledger.openings import ALLOWANCE, has_seen_holdout, openings
from engine.research.ledger.running import RunningLedger, counts, returns_of, up_to_date
from engine.research.statistics.clusters import effective_trials
from engine.store.records import HoldoutRead
from engine.store.store import Store


def trial_count(store: Store, base_asset: str, code_hash: str, *, allowance: int = ALLOWANCE) -> TrialsPart:
    """What the ledger holds about a text and an asset.

    Args:
        allowance: how many openings of the holdout the asset has, for all lineages together.
    """
    ledger = settled(store, base_asset, code_hash)
    lineage = lineage_of(store, code_hash)
    texts = store.lineages.texts(lineage)
    in_lineage = ledger.of(texts)
    own = _effective_of(store, base_asset, ledger, texts, in_lineage)
    opened = openings(store, base_asset)
    return TrialsPart(
        base_asset=base_asset,
        on_asset=ledger.counts.total(),
        effective_on_asset=ledger.effective,
        in_lineage=in_lineage,
        effective_in_lineage=own,
        effective=max(1, ledger.effective, own),
        lineage=lineage,
        members=names(store, texts),
        holdout_openings=len(opened),
        holdout_allowance=allowance,
        holdout_opened_by_lineage=has_seen_holdout(store, base_asset, texts),
        read_past_holdout=said_of_reads(store, base_asset),
    )


def settled(store: Store, base_asset: str, *code_hashes: str) -> RunningLedger:
    """The asset's ledger, with every text in its lineage."""
    settle(store, *code_hashes)
    ledger = up_to_date(store, base_asset)
    if ledger.alike:
        settle(store)  # a text that was tried a moment ago
        alike = frozenset(ledger.alike)
        join_pairs(store, [(one, other) for one, other in map(sorted, alike)])
        ledger.alike -= alike
    return ledger


def lineage_of(store: Store, code_hash: str) -> str:
    """Id of a settled text's lineage."""
    lineage = store.lineages.of(code_hash)
    assert lineage is not None, "settle gives one to every text"
    return lineage


def names(store: Store, texts: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the strategies with these texts, sorted."""
    known = store.runs.names_of(texts) | store.strategies.names_of(texts)
    return tuple(sorted(set(known.values())))


def by_lineage(store: Store, code_hashes: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The lineages that settled texts belong to, each with its id and all its texts."""
    wanted = set(code_hashes)
    members = store.lineages.members()
    for lineage in dict.fromkeys(entry.lineage_id for entry in members if entry.code_hash in wanted):
        yield lineage, tuple(entry.code_hash for entry in members if entry.lineage_id == lineage)


def said_of_reads(store: Store, base_asset: str) -> tuple[str, ...]:
    """What market tools have shown of what is held out now, newest first, in words."""
    holdout = store.holdouts.get(base_asset)
    reads = store.holdouts.reads(base_asset)
    held = [read for read in reads if holdout is None or read.end_ms > holdout.holdout_from_ms]
    return tuple(map(_said, held))


def _effective_of(
    store: Store, base_asset: str, ledger: RunningLedger, texts: tuple[str, ...], in_lineage: int
) -> int:
    if in_lineage == ledger.counts.total():
        return ledger.effective
    trials = store.trials.in_order(base_asset, code_hashes=texts)
    return effective_trials(returns_of(trial for trial in trials if counts(trial, ledger.holdout_from_ms)))


def _said(read: HoldoutRead) -> str:
    times = "once" if read.reads == 1 else f"{read.reads} times"
    return (
        f"{read.reader} read {read.series} from {format_instant(read.start_ms)} to "
        f"{format_instant(read.end_ms)}, {times}, last at {format_instant(read.last_ms)}"
    )
