"""The holdout: one instant per base asset behind which no search may look.

Fixed at the first trial on the asset, at the 80% point of its longest series; it holds for every interval,
venue and category. Appending never moves it. This module reads and fixes it; opening it is a person's act.
"""

from __future__ import annotations

from engine.errors import Conflict, NotFound
from engine.market.interval import DAY_MS, format_instant
from engine.market.lake import Lake
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
        Conflict: another first trial fixed it elsewhere in the meantime.
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
