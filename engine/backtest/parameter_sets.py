"""The parameter sets of a sweep, as columns: all combinations of a grid, or the sets of a list."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInput
from engine.strategy.spec import Number, Parameter, StrategySpec, evaluate_constraint

Column = NDArray[np.int64 | np.float64]
Grid = Mapping[str, Sequence[Number]] | Iterable[Mapping[str, Number]]


@dataclass(frozen=True, slots=True, eq=False)
class ParameterSets:
    """Resolved parameter sets, each value of its parameter's type.

    Attributes:
        columns: by parameter, in the strategy's order: int64[sets] or float64[sets].
        left_out: combinations of a grid that break a constraint, and so are no sets.
    """

    columns: Mapping[str, Column]
    count: int
    left_out: int

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> dict[str, Number]:
        """The set at position `number`."""
        if not 0 <= number < self.count:
            raise IndexError(f"set {number} of {self.count}")
        return {name: column[number].item() for name, column in self.columns.items()}

    def __iter__(self) -> Iterator[dict[str, Number]]:
        return (self[number] for number in range(self.count))


def parameter_sets(spec: StrategySpec, grid: Grid) -> ParameterSets:
    """The sets that `grid` asks for.

    Args:
        grid: values per parameter, of which all combinations are tried, the strategy's last parameter
            changing first, and those that break a constraint are left out; or parameter sets, each of which
            has to hold. Parameters that are not named have their defaults.

    Raises:
        InvalidInput: an unknown parameter, a value outside its range, a set that breaks a constraint, or no
            set at all.
    """
    left_out = 0
    rows: list[tuple[Number, ...]] = []
    if isinstance(grid, Mapping):
        for row in itertools.product(*_choices(spec, cast(Mapping[str, object], grid))):
            if _holds(spec, row):
                rows.append(row)
            else:
                left_out += 1
    else:
        rows.extend(tuple(spec.resolve(_plain(given)).values()) for given in grid)
    if not rows:
        why = f"all {left_out} combinations break a constraint" if left_out else "it names no values"
        raise InvalidInput(f"The grid holds no parameter set: {why}.", " ".join(_described(spec)))
    columns = {
        parameter.name: _column(parameter, [row[place] for row in rows])
        for place, parameter in enumerate(spec.parameters)
    }
    return ParameterSets(columns, len(rows), left_out)


def _choices(spec: StrategySpec, grid: Mapping[str, object]) -> Iterator[tuple[Number, ...]]:
    """The values of each parameter of the strategy, in its order."""
    unknown = [name for name in grid if name not in {parameter.name for parameter in spec.parameters}]
    if unknown:
        raise InvalidInput(
            f"The strategy has no parameter {unknown[0]!r}.", " ".join(_described(spec)) or "It has none."
        )
    for parameter in spec.parameters:
        given = grid.get(parameter.name, (parameter.default,))
        if not isinstance(given, Iterable):
            raise InvalidInput(
                f"The grid's {parameter.name} is {given!r}, not several values.",
                f"Give a list, e.g. [{parameter.default}].",
            )
        values = dict(enumerate(cast(Iterable[object], given)))
        yield tuple(parameter.checked(value) for value in _plain(values).values())


def _holds(spec: StrategySpec, row: tuple[Number, ...]) -> bool:
    values = {parameter.name: value for parameter, value in zip(spec.parameters, row, strict=True)}
    return all(evaluate_constraint(constraint, values) for constraint in spec.constraints)


_Key = TypeVar("_Key")


def _plain(values: Mapping[_Key, object]) -> dict[_Key, object]:
    """The same with numpy's numbers as Python's, which is what a strategy's parameters are."""
    return {key: value.item() if isinstance(value, np.generic) else value for key, value in values.items()}


def _column(parameter: Parameter, values: list[Number]) -> Column:
    try:
        return np.array(values, np.int64 if parameter.kind == "int" else np.float64)
    except OverflowError:
        raise InvalidInput(
            f"{parameter.name} has a value beyond 64 bits.", "Give numbers up to 9.2e18."
        ) from None


def _described(spec: StrategySpec) -> list[str]:
    return [parameter.described() for parameter in spec.parameters]
