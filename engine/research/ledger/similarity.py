"""Whether two things are one idea: by what their texts compute, or by what they earned."""

from __future__ import annotations

from collections.abc import Sequence, Set

import numpy as np

from engine.research.ledger.rarity import weight
from engine.research.returns import PeriodReturns
from engine.research.statistics.correlation import correlation

SHARED = 0.8  # of the lesser text
LEAST_SHARED = 2.0  # nats: a column and a comparison alone make no idea
CORRELATION = 0.95
LEAST_ACTIVE = 20  # periods in which something was earned or lost


def same_code(one: Set[str], other: Set[str]) -> bool:
    """Whether the lesser of two texts is contained in the other, by features weighed by rarity.

    Containment rather than overlap: an idea with a filter or a spare column more is still that idea.
    """
    if not one or not other:
        return False
    if one == other:
        return True
    shared = weight(one & other)
    return shared >= LEAST_SHARED and shared >= SHARED * min(weight(one), weight(other))


def same_returns(one: Sequence[PeriodReturns], other: Sequence[PeriodReturns]) -> bool:
    """Whether at least half of the trials on the side with fewer of them earned what one of the other did."""
    few, many = sorted((_active(one), _active(other)), key=len)
    alike = sum(any(_alike(trial, against) for against in many) for trial in few)
    return bool(few) and 2 * alike >= len(few)


def _active(trials: Sequence[PeriodReturns]) -> list[PeriodReturns]:
    return [trial for trial in trials if np.count_nonzero(trial.values) >= LEAST_ACTIVE]


def _alike(one: PeriodReturns, other: PeriodReturns) -> bool:
    found = correlation(one, other)
    return found is not None and found >= CORRELATION
