"""Other futures: what might have come after a bar instead of what did, made from a series' own returns.

A replay replaces the bars from a cut on by such a future and asks whether anything before it moved. Leaks
are one-sided: a filter that drops entries before a fall shows only when there is none. Hence the courses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from engine.market.bars import COLUMNS, PRICE_COLUMNS, Bars, Floats

_PUSH = 2.0  # mean return of a rising or falling future's first bars, in standard deviations
_LARGEST_PUSH = 0.8  # sum of all pushes, log price
_LONGEST_PUSH = 40.0  # bars
_FURTHEST = 3.0  # log distance from the price at the cut
_NUDGE = 1e-9


class Course(StrEnum):
    """Where an other future goes."""

    RISE = "rise"
    FALL = "fall"
    CALM = "calm"
    WILD = "wild"


@dataclass(frozen=True, slots=True)
class OtherFuture:
    """A future that can be made again: a course and a seed."""

    course: Course
    seed: int


@dataclass(frozen=True, slots=True)
class _Manner:
    """A course in numbers: direction of the push, factor of returns, of volumes, and of the first volume."""

    push: float
    returns: float
    volume: float
    first_volume: float


_MANNERS = {
    Course.RISE: _Manner(_PUSH, 1.0, 1.5, 1.0),
    Course.FALL: _Manner(-_PUSH, 1.0, 2.5, 8.0),
    Course.CALM: _Manner(0.0, 0.1, 0.1, 0.1),
    Course.WILD: _Manner(0.0, 3.0, 5.0, 20.0),
}


def altered_bars(bars: Bars, cut: int, future: OtherFuture) -> Bars:
    """The same bars before `cut`, and as many others from it on, at the same times."""
    return replace(bars, **altered_columns({name: getattr(bars, name) for name in COLUMNS}, cut, future))


def altered_columns(columns: Mapping[str, Floats], cut: int, future: OtherFuture) -> dict[str, Floats]:
    """The same for open, high, low, close and volume; `cut` is 1 to the number of bars."""
    manner, rng = _MANNERS[future.course], np.random.Generator(np.random.PCG64([future.seed, cut]))
    opens, highs, lows, closes = (columns[name] for name in PRICE_COLUMNS)
    rows = len(closes) - cut
    drawn = rng.integers(0, len(closes), rows)
    side = np.where(rng.random(rows) < 0.5, -1.0, 1.0)
    gap = np.log(opens / np.concatenate([opens[:1], closes[:-1]]))
    body = np.log(closes / opens)
    above = np.log(highs / np.maximum(opens, closes))[drawn]
    below = np.log(np.minimum(opens, closes) / lows)[drawn]
    above, below = np.where(side > 0, above, below), np.where(side > 0, below, above)
    usual = max(float(np.std(gap + body)), 1e-4)
    length = min(_LONGEST_PUSH, _LARGEST_PUSH / (_PUSH * usual))
    push = manner.push * usual * np.exp(-np.arange(rows) / length)
    gaps = gap[drawn] * side * manner.returns
    bodies = body[drawn] * side * manner.returns + push
    ends = np.cumsum(gaps + bodies)
    start = float(np.log(closes[cut - 1]))
    new_open = np.exp(start + np.clip(ends - bodies, -_FURTHEST, _FURTHEST))
    new_close = np.exp(start + np.clip(ends, -_FURTHEST, _FURTHEST))
    new_high = np.maximum(new_open, new_close) * np.exp(above * manner.returns)
    new_low = np.minimum(new_open, new_close) * np.exp(-below * manner.returns)
    volume = columns["volume"][drawn] * manner.volume
    volume[:1] *= manner.first_volume / manner.volume
    made = (new_open, new_high, new_low, new_close, volume)
    return {
        name: np.concatenate([columns[name][:cut], tail]) for name, tail in zip(COLUMNS, made, strict=True)
    }


def nudged_bars(bars: Bars, seed: int) -> Bars:
    """The same bars with each one scaled by a factor within a billionth of 1: no two prices tie any more.

    What a strategy does at exact ties hangs on the last bits of its arithmetic, and those may hang on the
    length of an array without any look into it.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    factor = 1.0 + _NUDGE * rng.uniform(-1.0, 1.0, len(bars))
    return replace(bars, **{name: getattr(bars, name) * factor for name in COLUMNS})
