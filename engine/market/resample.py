"""Bars of a longer interval made of shorter ones, and which of them was known when.

A longer bar takes the open of its first bar, the highest high, the lowest low, the close of its last bar and
the sum of the volumes. It is known from its close on, when the last bar that could lie in it is over.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInput
from engine.market.bars import Bars, Floats
from engine.market.interval import Interval

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """Which bars lie in each longer bar; only longer bars that hold any, ascending.

    Attributes:
        open_time: int64[m], UTC ms of each longer bar's open.
        first, stop: int64[m], its bars are those at positions first..stop-1.
        missing: int64[m], how many of the bars that belong into it are not there.
    """

    open_time: Integers
    first: Integers
    stop: Integers
    missing: Integers

    def __len__(self) -> int:
        return len(self.open_time)


def _grouped(bars: Bars, interval: Interval) -> _Groups:
    """The bars sorted into longer ones. One that had not closed with the last bar is left out.

    Raises:
        InvalidInput: `interval` is not a whole multiple of the bars' own.
    """
    parts = parts_of(interval, bars.interval)
    length = interval.milliseconds
    opens = bars.open_time - (bars.open_time - interval.anchor_ms) % length
    borders = np.flatnonzero(np.diff(opens)) + 1
    first, stop = np.append(0, borders), np.append(borders, len(bars))
    closed = opens[first] + length <= bars.end_ms if len(bars) else np.zeros(1, np.bool_)
    first, stop = first[closed], stop[closed]
    return _Groups(opens[first], first, stop, parts - (stop - first))


def parts_of(longer: Interval, shorter: Interval) -> int:
    """How many bars of the shorter interval one of the longer holds.

    Raises:
        InvalidInput: no whole number of them.
    """
    parts, rest = divmod(longer.milliseconds, shorter.milliseconds)
    if rest or not parts:
        fitting = " ".join(i for i in Interval if not i.milliseconds % shorter.milliseconds)
        raise InvalidInput(
            f"A {longer} bar is not made of {shorter} bars.", f"Intervals that are: {fitting}."
        )
    return parts


def resampled(bars: Bars, interval: Interval) -> Bars:
    """Bars of a longer interval; weeks begin on Monday.

    Longer bars that had not closed with the last bar are left out. Where bars are missing, a longer bar is
    made of those that are there (`missing_in` counts); where none are there, it is missing too.

    Raises:
        InvalidInput: `interval` is not a whole multiple of the bars' own.
    """
    groups = _grouped(bars, interval)
    first, last = groups.first, groups.stop - 1
    columns = {
        "open_time": groups.open_time,
        "open": bars.open[first],
        "high": _reduced(np.maximum, bars.high, groups),
        "low": _reduced(np.minimum, bars.low, groups),
        "close": bars.close[last],
        "volume": _reduced(np.add, bars.volume, groups),
    }
    return Bars.checked(bars.instrument, interval, columns, bars.origin)


def missing_in(bars: Bars, interval: Interval) -> Integers:
    """int64[m]: how many bars are missing in each bar of `resampled(bars, interval)`."""
    return _grouped(bars, interval).missing


def last_closed(bars: Bars, higher: Bars) -> Integers:
    """int64[n]: the newest bar of `higher` that had closed by the close of each bar; -1 for none."""
    closes = bars.open_time + bars.interval.milliseconds
    return np.searchsorted(higher.open_time + higher.interval.milliseconds, closes, "right") - 1


def _reduced(function: np.ufunc, column: Floats, groups: _Groups) -> Floats:
    """The column reduced over each group. Groups lie side by side; what lies behind the last is in none."""
    if not len(groups):
        return column[:0]
    return function.reduceat(column[: groups.stop[-1]], groups.first)
