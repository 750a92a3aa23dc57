"""Parameter sets one step around the chosen one: an edge that only one set has is luck."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import numpy as np

from engine.backtest.sweep import sweep
from engine.backtest.sweep_table import SweepTable
from engine.cancellation import Cancellation
from engine.progress import Progress, unheard
from engine.research.findings import NeighboursPart
from engine.research.subject import Subject
from engine.strategy.spec import Number, Parameter, StrategySpec, evaluate_constraint

Params = Mapping[str, Number]

MOST_SETS = 40
_STEP = 0.1  # of the value, where the parameter declares no step


def neighbours(
    subject: Subject,
    *,
    most: int = MOST_SETS,
    cancellation: Cancellation | None = None,
    progress: Progress = unheard,
) -> NeighboursPart | None:
    """What the neighbours of the chosen parameters earn; None for a strategy that has none.

    A set that never trades has a Sharpe ratio of 0 here; one that fails is left out.

    Raises:
        Cancelled: as asked.
    """
    sets = neighbour_sets(subject.strategy.spec, subject.params, most)
    if not sets:
        return None
    table = sweep(
        subject.market,
        subject.strategy,
        sets,
        subject.setup,
        detail=subject.detail,
        cancellation=cancellation,
        progress=lambda done, of: progress(done / of, "neighbours"),
    )
    return _part(table)


def _part(table: SweepTable) -> NeighboursPart:
    ran = np.array([number not in table.failures for number in range(len(table))], np.bool_)
    if not ran.any():
        return NeighboursPart(sets=0, median_sharpe=None, worst_sharpe=None, share_profitable=None)
    sharpe = np.nan_to_num(table.metrics["sharpe"][ran])
    return NeighboursPart(
        sets=len(sharpe),
        median_sharpe=float(np.median(sharpe)),
        worst_sharpe=float(sharpe.min()),
        share_profitable=float(np.mean(table.metrics["total_return"][ran] > 0.0)),
    )


def neighbour_sets(
    spec: StrategySpec, params: Params, most: int = MOST_SETS
) -> tuple[dict[str, Number], ...]:
    """The sets one step away: each parameter alone down and up, then two at a time, at most `most`.

    A step is the declared one, the next of the choices, or a tenth of the value (at least 1 for whole
    numbers; by a factor on a logarithmic scale). It ends at low and high. Sets that break a constraint are
    left out; where there are too many, those taken lie evenly among all.
    """
    steps = {parameter.name: _steps(parameter, params[parameter.name]) for parameter in spec.parameters}
    alone = _holding(spec, params, ({name: to} for name in steps for to in steps[name]))
    together = _holding(
        spec,
        params,
        (
            {one: first, other: second}
            for one, other in itertools.combinations(steps, 2)
            for first, second in itertools.product(steps[one], steps[other])
        ),
    )
    alone = _spread(alone, most)
    return (*alone, *_spread(together, most - len(alone)))


def _holding(
    spec: StrategySpec, params: Params, changes: Iterator[dict[str, Number]]
) -> list[dict[str, Number]]:
    sets = ({**params, **change} for change in changes)
    return [values for values in sets if all(evaluate_constraint(text, values) for text in spec.constraints)]


def _spread(sets: list[dict[str, Number]], most: int) -> list[dict[str, Number]]:
    if len(sets) <= most:
        return sets
    return [sets[number * len(sets) // most] for number in range(most)]


def _steps(parameter: Parameter, value: Number) -> tuple[Number, ...]:
    """The values below and above, where there are any."""
    if parameter.choices:
        ordered = sorted(set(parameter.choices))
        place = ordered.index(value)
        return tuple(ordered[at] for at in (place - 1, place + 1) if 0 <= at < len(ordered))
    low = -np.inf if parameter.low is None else parameter.low
    high = np.inf if parameter.high is None else parameter.high
    moved = (min(max(to, low), high) for to in _moved(parameter, value))
    return tuple(to for to in dict.fromkeys(map(parameter.checked, moved)) if to != value)


def _moved(parameter: Parameter, value: Number) -> tuple[Number, Number]:
    """One step down and one up, wherever that leads."""
    if parameter.step:
        step = max(round(parameter.step), 1) if parameter.kind == "int" else parameter.step
        return value - step, value + step
    down, up = value - _STEP * abs(value), value + _STEP * abs(value)
    if parameter.log and value > 0:
        down = value / (1.0 + _STEP)
    if parameter.kind == "int":
        return min(round(down), value - 1), max(round(up), value + 1)
    if value == 0 and parameter.low is not None and parameter.high is not None:
        width = _STEP * (parameter.high - parameter.low)
        return -width, width
    return down, up
