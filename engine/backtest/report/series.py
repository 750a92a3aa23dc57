"""What the figures are drawn from: pixel columns, decimation, bins. Pure functions of arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.backtest.result import Floats, Integers

Positions = NDArray[np.int64]


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
