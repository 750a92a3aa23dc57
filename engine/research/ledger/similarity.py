"""When two texts are one idea: by what they compute, or by what they earned."""

from __future__ import annotations

from collections.abc import Set

from engine.research.ledger.rarity import weight

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
