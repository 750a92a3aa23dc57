"""Where two runs of one strategy disagree about the same bars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.strategy.signals import FLAG_COLUMNS, LEVEL_COLUMNS, TAG_COLUMN, Signals

# Sums of many rows may end in other bits when an array has another length; no leak hides below this.
# Levels are fractions of a price or of the equity, so the same bound serves small ones.
_NEAR = 1e-9


@dataclass(frozen=True, slots=True)
class Difference:
    """The first row and column in which two runs disagree, and both values."""

    row: int
    column: str
    first: bool | float | str | None
    second: bool | float | str | None


def first_difference(first: Signals, second: Signals, rows: int) -> Difference | None:
    """The earliest difference before row `rows`; None when there is none.

    A column that is absent says the same as one without values.
    """
    found = min(
        (
            (int(places[0]), order, name)
            for order, (name, places) in enumerate(_differing(first, second, rows))
            if len(places)
        ),
        default=None,
    )
    if found is None:
        return None
    row, _, name = found
    return Difference(row, name, value_at(first, name, row), value_at(second, name, row))


def value_at(signals: Signals, column: str, row: int) -> bool | float | str | None:
    """One value; None for a level or a tag that is not there."""
    values = getattr(signals, column)
    if values is None:
        return None
    value = values[row]
    if column == TAG_COLUMN:
        return value or None
    if column in FLAG_COLUMNS:
        return bool(value)
    return None if np.isnan(value) else float(value)


def says_something(signals: Signals) -> bool:
    """True when a flag is set anywhere."""
    return any(bool(getattr(signals, name).any()) for name in FLAG_COLUMNS)


def _differing(first: Signals, second: Signals, rows: int) -> list[tuple[str, np.ndarray]]:
    found = [
        (name, np.flatnonzero(getattr(first, name)[:rows] != getattr(second, name)[:rows]))
        for name in FLAG_COLUMNS
    ]
    for name in LEVEL_COLUMNS:
        a, b = getattr(first, name), getattr(second, name)
        if a is not None or b is not None:
            a, b = (np.full(rows, np.nan) if values is None else values[:rows] for values in (a, b))
            absent = np.isnan(a) & np.isnan(b)
            near = np.abs(a - b) <= _NEAR * np.maximum(1.0, np.maximum(np.abs(a), np.abs(b)))
            found.append((name, np.flatnonzero(~(absent | near))))
    if first.tag is not None or second.tag is not None:
        tags = (("",) * rows if tag is None else tag[:rows] for tag in (first.tag, second.tag))
        unlike = [row for row, (a, b) in enumerate(zip(*tags, strict=True)) if a != b]
        found.append((TAG_COLUMN, np.array(unlike, np.int64)))
    return found
