"""What the figures are drawn from: monthly returns, drawdown, decimation, bins. Pure functions of arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.backtest.result import Floats, Integers

Positions = NDArray[np.int64]
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class MonthlyReturn:
    """Return of one calendar month (UTC); None when it began at or below zero equity."""

    year: int
    month: int
    fraction: float | None


def monthly_returns(open_time: Integers, equity: Floats, cash: float) -> list[MonthlyReturn]:
    """Returns by calendar month of the bars' open times, ascending; months without bars are absent.

    The first month starts from `cash`, each other from the last equity of the month before, so that the
    product of (1 + fraction) over all months is equity[-1] / cash.
    """
    if not len(equity):
        return []
    months = open_time.astype("M8[ms]").astype("M8[M]").astype(np.int64)
    last = np.append(np.flatnonzero(np.diff(months)), len(months) - 1)
    closing = equity[last]
    opening = np.concatenate(([cash], closing[:-1]))
    return [
        MonthlyReturn(1970 + int(month) // 12, int(month) % 12 + 1, end / start - 1.0 if start > 0 else None)
        for month, start, end in zip(months[last], opening.tolist(), closing.tolist(), strict=True)
    ]


def compounded(fractions: list[float | None]) -> float | None:
    """Product of (1 + fraction) up to the first undefined one, less one; None when that is the first.

    A month is undefined once equity is at or below zero, after which nothing compounds any more.
    """
    if not fractions or fractions[0] is None:
        return None
    total = 1.0
    for fraction in fractions:
        if fraction is None:
            break
        total *= 1.0 + fraction
    return total - 1.0


def drawdowns(equity: Floats, cash: float) -> Floats:
    """Fall from the highest equity so far (the starting cash included): float64[n], fractions 0 to 1.

    As in the metrics, a fall of less than 1e-12 of the peak is rounding, and 1 is the end.
    """
    peak = np.maximum(np.maximum.accumulate(equity), cash)
    fall = np.minimum(1.0 - equity / peak, 1.0)
    return np.where(fall < _ROUNDING, 0.0, fall)


@dataclass(frozen=True, slots=True)
class Fall:
    """The deepest drawdown: positions of its peak, its lowest point and its recovery.

    Attributes:
        peak: -1 when the peak is the starting cash.
        recovered: None when equity never came back.
    """

    depth: float
    peak: int
    trough: int
    recovered: int | None


def deepest_fall(fall: Floats) -> Fall | None:
    """The episode of the largest value of a drawdown series; None when it never fell."""
    if not len(fall) or fall.max() <= 0:
        return None
    trough = int(np.argmax(fall))
    before = np.flatnonzero(fall[:trough] <= 0)
    after = np.flatnonzero(fall[trough:] <= 0)
    return Fall(
        depth=float(fall[trough]),
        peak=int(before[-1]) if len(before) else -1,
        trough=trough,
        recovered=trough + int(after[0]) if len(after) else None,
    )


def column_of(time: Integers, start: int, end: int, columns: int) -> Positions:
    """Pixel column 0..columns-1 of each time in [start, end]."""
    span = max(1, end - start)
    return np.clip((time - start) * columns // span, 0, columns - 1)


def runs(column: Positions) -> list[tuple[int, int]]:
    """First and stop position of each run of equal values in ascending `column`."""
    if not len(column):
        return []
    edges = (np.flatnonzero(np.diff(column)) + 1).tolist()
    return list(zip([0, *edges], [*edges, len(column)], strict=True))


def decimated(column: Positions, values: Floats) -> Positions:
    """Positions of the first, lowest, highest and last value of every column, ascending.

    A line through these points covers the same pixels as the whole line (the M4 aggregation of Jugel et
    al., VLDB 2014). A series that is no longer than that is kept whole.
    """
    if len(values) <= 2 * len(runs(column)):
        return np.arange(len(values))
    keep: list[int] = []
    for first, stop in runs(column):
        part = values[first:stop]
        keep += sorted({first, first + int(part.argmin()), first + int(part.argmax()), stop - 1})
    return np.array(keep, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Bins:
    """A histogram whose bins span zero and never straddle it. The outer ones also hold what lies beyond.

    Attributes:
        edges: len(counts) + 1 ascending fractions.
        below, above: how many values lie beyond the first and the last edge.
    """

    edges: list[float]
    counts: list[int]
    below: int
    above: int


_BIN_WIDTHS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MOST_BINS = 48
_FENCE = 4.0


def bins(values: Floats) -> Bins:
    """Bins of round width after Freedman and Diaconis; tails beyond 4 interquartile ranges are gathered."""
    low_quartile, high_quartile = (float(v) for v in np.quantile(values, (0.25, 0.75)))
    spread = high_quartile - low_quartile
    low, high = float(values.min()), float(values.max())
    if spread > 0:
        low, high = max(low, low_quartile - _FENCE * spread), min(high, high_quartile + _FENCE * spread)
    low, high = min(low, 0.0), max(high, 0.0)
    span = max(high - low, 1e-6)
    ideal = 2 * spread / len(values) ** (1 / 3) if spread > 0 else span / 10
    width = round_up(max(ideal, span / _MOST_BINS))
    first, last = int(np.floor(low / width)), int(np.floor(high / width)) + 1
    place = np.floor(values / width).astype(np.int64)
    inside = np.clip(place, first, last - 1) - first
    return Bins(
        edges=[step * width for step in range(first, last + 1)],
        counts=np.bincount(inside, minlength=last - first).tolist(),
        below=int(np.count_nonzero(place < first)),
        above=int(np.count_nonzero(place >= last)),
    )


def round_up(value: float) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten at or above a positive value."""
    power = 10.0 ** np.floor(np.log10(value))
    return next(float(step * power) for step in _BIN_WIDTHS if step * power >= value * (1 - 1e-12))
