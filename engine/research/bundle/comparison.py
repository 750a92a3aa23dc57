"""Two runs of the same thing beside each other: the first bar that differs, and everything else that does."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from engine.backtest.result import Band, Floats, Metrics, Trades
from engine.market.interval import format_instant
from engine.research.artifacts import EquityCurve
from engine.research.bundle.document import FirstDifference
from engine.research.document import BandPart

ELSEWHERE = 1e-9
"""Relative tolerance on another platform or engine version."""


def first_difference(here: EquityCurve, there: EquityCurve, tolerance: float) -> FirstDifference | None:
    """The first bar whose time or equity differs; None where all agree.

    Args:
        tolerance: relative; 0 for the same bits.
    """
    n = min(len(here.equity), len(there.equity))
    wrong = (here.close_time[:n] != there.close_time[:n]) | ~_near(
        here.equity[:n], there.equity[:n], tolerance
    )
    places = np.flatnonzero(wrong)
    if not len(places) and len(here.equity) == len(there.equity):
        return None
    bar = int(places[0]) if len(places) else n
    longer = here if bar < len(here.equity) else there
    return FirstDifference(
        bar=bar,
        time=format_instant(int(longer.close_time[bar])),
        here=float(here.equity[bar]) if bar < len(here.equity) else None,
        there=float(there.equity[bar]) if bar < len(there.equity) else None,
    )


def trade_differences(here: Trades, there: Trades, tolerance: float) -> list[str]:
    """What differs in the trades: their number, or the first row that does, with the column."""
    if len(here) != len(there):
        return [f"trades: {len(there):,} in the bundle, {len(here):,} here"]
    found: list[tuple[int, str]] = []
    for field in fields(Trades):
        wrong = _unequal(getattr(here, field.name), getattr(there, field.name), tolerance)
        if len(wrong):
            found.append((int(wrong[0]), field.name))
    if not found:
        return []
    row, name = min(found)
    return [f"trades: the {name} of trade {row} is not the same"]


def metric_differences(of: str, here: Metrics, there: Metrics, tolerance: float) -> list[str]:
    """A sentence per metric that differs; `of` stands before its name."""
    ours, theirs = here.as_dict(), there.as_dict()
    return [
        f"{of}{name}: {was} in the bundle, {ours[name]} here"
        for name, was in theirs.items()
        if not _same_figure(ours[name], was, tolerance)
    ]


def band_differences(here: Band, there: BandPart | None, tolerance: float) -> list[str]:
    """What differs in the band; the first cards have none."""
    if there is None:
        return []
    edges = (here.total_return_low, here.total_return_high), (there.total_return_low, there.total_return_high)
    near = all(_same_figure(one, other, tolerance) for one, other in zip(*edges, strict=True))
    return [] if near and here.ambiguous_bars == there.ambiguous_bars else ["the band is not the same"]


def _same_figure(here: float | None, there: float | None, tolerance: float) -> bool:
    if here is None or there is None:
        return here is there
    return bool(_near(np.array([here]), np.array([there]), tolerance)[0])


def _unequal(here: object, there: object, tolerance: float) -> NDArray[np.int64]:
    """Rows in which two columns of equal length differ."""
    one, other = np.asarray(here), np.asarray(there)
    if one.dtype.kind != "f":
        return np.flatnonzero(one != other)
    return np.flatnonzero(~_near(one, other, tolerance))


def _near(here: Floats, there: Floats, tolerance: float) -> NDArray[np.bool_]:
    """Whether values agree within a share of the larger; NaN agrees with NaN."""
    with np.errstate(invalid="ignore", over="ignore"):
        close = np.abs(here - there) <= tolerance * np.maximum(np.abs(here), np.abs(there))
    return (here == there) | close | (np.isnan(here) & np.isnan(there))
