"""Openings of an asset's holdout: each lineage has one, and all of an asset's lineages share an allowance."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import LimitExceeded
from engine.market.interval import format_instant
from engine.store.records import HoldoutEvent, TrialRecord
from engine.store.store import Store

ALLOWANCE = 5


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening of a holdout.

    Attributes:
        run_id: the run that it made; empty where that failed.
        end_ms: up to where the data were shown, UTC ms; None on the oldest records, which say no end.
    """

    base_asset: str
    code_hash: str
    run_id: str
    end_ms: int | None
    created_ms: int


def openings(store: Store, base_asset: str) -> tuple[Opening, ...]:
    """Openings that have shown something of what is held out now, oldest first."""
    holdout = store.holdouts.get(base_asset)
    if holdout is None:
        return ()
    found = [_opening(event) for event in store.holdouts.events(base_asset) if event.kind == "opened"]
    return tuple(
        opening for opening in found if opening.end_ms is None or opening.end_ms > holdout.holdout_from_ms
    )


def check_may_open(store: Store, base_asset: str, texts: tuple[str, ...], allowance: int) -> None:
    """Go on, or say why this lineage may not open the asset's holdout.

    Raises:
        LimitExceeded: the lineage has had its opening or was tried past the instant, or the allowance is
            used up.
    """
    opened = openings(store, base_asset)
    mine = next((opening for opening in opened if opening.code_hash in texts), None)
    if mine is not None:
        raise LimitExceeded(
            f"This lineage has opened the holdout of {base_asset} on {format_instant(mine.created_ms)} "
            f"({mine.run_id or 'no run'}).",
            "A lineage may do so once. Wait for new data and move the holdout: `edgewright holdout set`.",
        )
    seen = seen_past(store, base_asset, texts)
    if seen is not None:
        end = format_instant(seen.window_end_ms)
        raise LimitExceeded(
            f"Trial {seen.id} of this lineage has seen {base_asset} up to {end}, past the holdout's instant.",
            "Only data that it has not seen can be held out from it.",
        )
    if len(opened) >= allowance:
        raise LimitExceeded(
            f"The holdout of {base_asset} has been opened {len(opened)} times; its allowance is {allowance}.",
            "Wait for new data and move the holdout: `edgewright holdout set`.",
        )


def has_seen_holdout(store: Store, base_asset: str, texts: tuple[str, ...]) -> bool:
    """Whether a lineage with these texts has opened the asset's holdout, or was tried past its instant."""
    opened = any(opening.code_hash in texts for opening in openings(store, base_asset))
    return opened or seen_past(store, base_asset, texts) is not None


def seen_past(store: Store, base_asset: str, texts: tuple[str, ...]) -> TrialRecord | None:
    """The first trial of these texts whose window reaches past the instant that stands now, if any."""
    holdout = store.holdouts.get(base_asset)
    if holdout is None:
        return None
    trials = store.trials.of_codes(texts, base_asset=base_asset, ends_after=holdout.holdout_from_ms)
    return trials[0] if trials else None


def _opening(event: HoldoutEvent) -> Opening:
    detail = event.detail
    end = detail.get("end_ms")
    return Opening(
        base_asset=event.base_asset,
        code_hash=str(detail.get("code_hash", "")),
        run_id=str(detail.get("run_id") or ""),
        end_ms=end if isinstance(end, int) else None,
        created_ms=event.created_ms,
    )
