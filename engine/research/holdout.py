"""The holdout: one instant per base asset behind which no search may look.

Fixed at the first trial on the asset, at the 80% point of its longest series; it holds for every interval,
venue and category. Appending never moves it. This module reads and fixes it, keeps what market tools have
shown past it, and moves it for a person; opening it is `engine.research.opening`.
"""

from __future__ import annotations

from engine.errors import Conflict, InvalidInput, NotFound
from engine.market.bars import Bars
from engine.market.interval import DAY_MS, format_instant
from engine.market.lake import Lake
from engine.store.records import HoldoutRecord
from engine.store.store import Store

SEARCHED_SHARE = 0.8


def holdout_point(lake: Lake, store: Store, base_asset: str) -> int:
    """UTC ms from which the asset's data are held out: the fixed instant, else where it would be fixed.

    Raises:
        NotFound: the lake has no bars of the asset.
    """
    known = store.holdouts.get(base_asset)
    return proposed(lake, base_asset) if known is None else known.holdout_from_ms


def fix_holdout(store: Store, base_asset: str, at_ms: int) -> None:
    """Fix the holdout where this trial assumed it.

    Raises:
        Conflict: another first trial fixed it elsewhere in the meantime, or a person moved it.
    """
    standing = store.holdouts.fix(base_asset, at_ms, "first trial").holdout_from_ms
    if standing != at_ms:
        raise Conflict(
            f"The holdout of {base_asset} was fixed at {format_instant(standing)} while this ran.",
            "Run again.",
        )


def proposed(lake: Lake, base_asset: str) -> int:
    """Where the holdout of an asset would begin: 80% into its longest series, at a UTC midnight before.

    A series of under ten days is cut at the exact instant, so that something is left on both sides.
    """
    span = lake.longest_span(base_asset)
    if span is None:
        raise NotFound(f"There are no bars of {base_asset}.", "Add some: `edgewright data import FILE`.")
    start, end = span
    point = start + int((end - start) * SEARCHED_SHARE)
    return point if end - start < 10 * DAY_MS else point // DAY_MS * DAY_MS


def move_holdout(lake: Lake, store: Store, base_asset: str, at_ms: int, reason: str) -> HoldoutRecord:
    """Move the holdout for a person, who says why; trials on record stay there and go on counting.

    Raises:
        InvalidInput: no reason, or not an instant.
        NotFound: nothing is known of such an asset.
    """
    if not reason.strip():
        raise InvalidInput("A holdout is moved for a reason.", 'Say it: --reason "new data up to June".')
    if store.holdouts.get(base_asset) is None:
        proposed(lake, base_asset)
    return store.holdouts.move(base_asset, at_ms, reason.strip())


def note_read(lake: Lake, store: Store, bars: Bars, reader: str) -> None:
    """Put on record which of the bars that a tool shows are held out, also before the first trial."""
    if not len(bars):
        return
    base_asset = bars.instrument.base_asset
    held_from = holdout_point(lake, store, base_asset)
    seen = bars.rows(len(bars.closed_by(held_from)), len(bars))
    if len(seen):
        store.holdouts.record_read(
            base_asset,
            f"{bars.instrument} {bars.interval}",
            reader,
            holdout_from_ms=held_from,
            start_ms=seen.start_ms,
            end_ms=seen.end_ms,
        )
