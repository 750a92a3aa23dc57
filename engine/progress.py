"""How long work says how far it is: a fraction 0 to 1, and what it does now in a few words."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float, str], None]


def unheard(_done: float, _doing: str) -> None:
    """Progress that nobody wants to hear of."""


def part_of(progress: Progress, start: float, end: float) -> Progress:
    """Progress of a part of the work, which runs from `start` to `end` of the whole."""
    return lambda done, doing: progress(start + (end - start) * done, doing)
