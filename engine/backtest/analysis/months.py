"""Returns by calendar month and year, UTC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from engine.backtest.result import Floats, Integers


@dataclass(frozen=True, slots=True)
class MonthlyReturn:
    """Return of one calendar month (UTC); None when it began at or below zero equity."""

    year: int
    month: int
    fraction: float | None


@dataclass(frozen=True, slots=True)
class YearlyReturn:
    """Return of one calendar year (UTC), compounded from its months; None when it began at or below zero."""

    year: int
    fraction: float | None


def monthly_returns(open_time: Integers, equity: Floats, cash: float) -> tuple[MonthlyReturn, ...]:
    """Returns by calendar month of the bars' open times, ascending; months without bars are absent.

    The first month starts from `cash`, each other from the last equity of the month before, so that the
    product of (1 + fraction) over all months is equity[-1] / cash.
    """
    if not len(equity):
        return ()
    months = open_time.astype("M8[ms]").astype("M8[M]").astype(np.int64)
    last = np.append(np.flatnonzero(np.diff(months)), len(months) - 1)
    closing = equity[last]
    opening = np.concatenate(([cash], closing[:-1]))
    return tuple(
        MonthlyReturn(1970 + int(month) // 12, int(month) % 12 + 1, end / start - 1.0 if start > 0 else None)
        for month, start, end in zip(months[last], opening.tolist(), closing.tolist(), strict=True)
    )


def yearly_returns(months: Sequence[MonthlyReturn]) -> tuple[YearlyReturn, ...]:
    """The months, ascending, compounded by year."""
    return tuple(
        YearlyReturn(year, compounded([month.fraction for month in group]))
        for year, group in groupby(months, key=lambda month: month.year)
    )


def compounded(fractions: Sequence[float | None]) -> float | None:
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
