"""What the sets of a search tell about its parameters: which matter, and a map of two of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInput
from engine.research.findings import HeatMapPart
from engine.research.search.space import Axis
from engine.strategy.spec import Number

Floats = NDArray[np.float64]
Params = Mapping[str, Number]

_GROUPS = 5
_CELLS = 20


def importances(
    axes: Sequence[Axis], sets: Sequence[Params], values: Sequence[float | None]
) -> dict[str, float | None]:
    """Share of the variance of `values` between groups of sets that are alike in one parameter, 0 to 1.

    Up to five groups of about equal size per parameter; corrected for the share that groups by chance would
    have (Kelley's epsilon squared, 1935). None where too few values are defined, or all are equal.
    """
    defined = [place for place, value in enumerate(values) if value is not None]
    observed = np.array([values[place] for place in defined], np.float64)
    return {
        axis.name: _share_between(np.array([sets[i][axis.name] for i in defined], np.float64), observed)
        for axis in axes
    }


def heat_map(pair: tuple[Axis, Axis], sets: Sequence[Params], values: Sequence[float | None]) -> HeatMapPart:
    """The highest value in each cell of two parameters; an axis of many values is cut into 20 cells."""
    x, y = pair
    xs, column = _cells(x, [params[x.name] for params in sets])
    ys, row = _cells(y, [params[y.name] for params in sets])
    grid: list[list[float | None]] = [[None] * len(xs) for _ in ys]
    for place, value in enumerate(values):
        if value is not None:
            standing = grid[row[place]][column[place]]
            grid[row[place]][column[place]] = value if standing is None else max(standing, value)
    return HeatMapPart(x=x.name, y=y.name, xs=xs, ys=ys, values=tuple(map(tuple, grid)))


def mapped_pair(
    axes: Sequence[Axis], wanted: tuple[str, str] | None, importance: Mapping[str, float | None]
) -> tuple[Axis, Axis] | None:
    """The axes of the heat map: those asked for, else the two that matter most; None where there is one.

    Raises:
        InvalidInput: a parameter that is not searched, or twice the same.
    """
    by_name = {axis.name: axis for axis in axes}
    if wanted is not None:
        missing = [name for name in wanted if name not in by_name]
        if missing or wanted[0] == wanted[1]:
            said = f"{missing[0]!r} is not searched" if missing else f"{wanted[0]!r} stands there twice"
            raise InvalidInput(f"No heat map: {said}.", f"Name two of {', '.join(by_name)}.")
        return by_name[wanted[0]], by_name[wanted[1]]
    if len(axes) < 2:
        return None
    ranked = sorted(axes, key=lambda axis: -(importance.get(axis.name) or 0.0))[:2]
    first, second = sorted(ranked, key=list(axes).index)
    return first, second


def _share_between(places: Floats, values: Floats) -> float | None:
    group = _groups(places)
    count, groups = len(values), int(group.max(initial=-1)) + 1
    total = float(((values - values.mean()) ** 2).sum()) if count else 0.0
    if count <= groups + 1 or total <= 0.0:
        return None
    size = np.bincount(group)
    means = np.bincount(group, values) / size
    within = total - float((size * (means - values.mean()) ** 2).sum())
    return min(1.0, max(0.0, 1.0 - (within / (count - groups)) / (total / (count - 1))))


def _groups(places: Floats) -> NDArray[np.intp]:
    """The group of each: one per value where there are few, else of about equal size."""
    distinct, group = np.unique(places, return_inverse=True)
    if len(distinct) <= _GROUPS:
        return group
    cuts = np.unique(np.quantile(places, np.arange(1, _GROUPS) / _GROUPS))
    return np.unique(np.searchsorted(cuts, places, "left"), return_inverse=True)[1]


def _cells(axis: Axis, values: Sequence[Number]) -> tuple[tuple[float, ...], Sequence[int]]:
    """The centres of an axis's cells, and the cell of each value."""
    distinct = sorted(set(values))
    if len(distinct) <= _CELLS:
        return tuple(map(float, distinct)), [distinct.index(value) for value in values]
    low, high = _scaled(axis, axis.low), _scaled(axis, axis.high)
    width = (high - low) / _CELLS
    centres = [low + (cell + 0.5) * width for cell in range(_CELLS)]
    cells = [min(int((_scaled(axis, value) - low) / width), _CELLS - 1) for value in values]
    return tuple(math.exp(centre) if axis.log else centre for centre in centres), cells


def _scaled(axis: Axis, value: Number) -> float:
    return math.log(value) if axis.log else float(value)
