"""Finer bars inside each bar: where they are all there and tell the same story, they show its inside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInput
from engine.market.bars import Bars
from engine.market.resample import parts_of

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_AGREEMENT = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Detail:
    """The finer bars of n bars.

    Attributes:
        finer: the finer bars, all of them.
        first, stop: int64[n], the finer bars at positions first..stop-1 are the inside of each bar;
            first == stop where a bar has no detail.
        incomplete: how many bars lack some or all of their finer bars.
        disagreeing: how many bars have them all, but open, high, low or close is not theirs.
    """

    finer: Bars
    first: Integers
    stop: Integers
    incomplete: int
    disagreeing: int

    def __len__(self) -> int:
        return len(self.first)

    @property
    def present(self) -> Flags:
        """bool[n]: which bars have detail."""
        return self.stop > self.first


def detail_of(bars: Bars, finer: Bars) -> Detail:
    """The finer bars inside each bar.

    A bar has detail when each of its finer bars is there, and together they have its open, high, low and
    close, within a relative 1e-9.

    Raises:
        InvalidInput: another instrument, or an interval of which a bar is not made.
    """
    if finer.instrument != bars.instrument:
        raise InvalidInput(
            f"The finer bars are of {finer.instrument}, the bars of {bars.instrument}.",
            "Give finer bars of the same instrument.",
        )
    parts = parts_of(bars.interval, finer.interval)
    if parts == 1:
        raise InvalidInput(
            f"The finer bars are {finer.interval} as the bars are.", "Give bars of a shorter interval."
        )
    first = np.searchsorted(finer.open_time, bars.open_time, "left")
    stop = np.searchsorted(finer.open_time, bars.open_time + bars.interval.milliseconds, "left")
    complete = stop - first == parts
    agreeing = complete.copy()
    agreeing[complete] = _agree(bars, finer, complete, first[complete], parts)
    return Detail(
        finer,
        np.where(agreeing, first, 0),
        np.where(agreeing, stop, 0),
        int(np.count_nonzero(~complete)),
        int(np.count_nonzero(complete & ~agreeing)),
    )


def _agree(bars: Bars, finer: Bars, complete: Flags, first: Integers, parts: int) -> Flags:
    """For each complete bar, whether its finer bars have its prices."""
    rows = first[:, None] + np.arange(parts)
    pairs = (
        (bars.open, finer.open[first]),
        (bars.high, finer.high[rows].max(axis=1)),
        (bars.low, finer.low[rows].min(axis=1)),
        (bars.close, finer.close[first + parts - 1]),
    )
    agreeing = np.ones(len(first), np.bool_)
    for whole, made in pairs:
        agreeing &= np.abs(made - whole[complete]) <= _AGREEMENT * whole[complete]
    return agreeing
