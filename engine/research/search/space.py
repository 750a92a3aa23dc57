"""What a search may choose: the axes that PARAMS opens, and the points of each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from engine.errors import InvalidInput
from engine.strategy.spec import Number, Parameter, ParameterKind, StrategySpec, evaluate_constraint

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


@dataclass(frozen=True, slots=True)
class Axis:
    """One parameter that is searched.

    Attributes:
        choices: its values where the strategy lists them, ascending; else it runs from `low` to `high`.
        step: distance of its values; None for a float without steps.
        log: values are spread over orders of magnitude.
    """

    name: str
    kind: ParameterKind
    low: Number
    high: Number
    step: Number | None = None
    log: bool = False
    choices: tuple[Number, ...] = ()

    @property
    def count(self) -> int | None:
        """How many values it has; None without end."""
        if self.choices:
            return len(self.choices)
        if self.step is None:
            return None
        return int((Decimal(str(self.high)) - Decimal(str(self.low))) / Decimal(str(self.step))) + 1

    def value(self, place: int) -> Number:
        """The value at a place of 0 to count - 1; steps are counted in decimals, as they are written."""
        if self.choices:
            return self.choices[place]
        exact = Decimal(str(self.low)) + place * Decimal(str(self.step))
        return int(exact) if self.kind == "int" else float(exact)

    def levels(self, most: int) -> tuple[Number, ...]:
        """All values if there are at most so many, else that many, evenly spread, both ends included."""
        count = self.count
        if count is not None and count <= most:
            return tuple(map(self.value, range(count)))
        spread = [place / (most - 1) for place in range(most)] if most > 1 else [0.5]
        return tuple(dict.fromkeys(map(self._at, spread)))

    def distribution(self) -> BaseDistribution:
        """The same for optuna.

        Steps are cells of equal width on a continuous axis, whose middles are the values: it spreads alike,
        and costs the TPE sampler less than half of what whole numbers do.
        """
        from optuna.distributions import CategoricalDistribution, FloatDistribution

        if self.choices:
            return CategoricalDistribution(self.choices)
        count = self.count
        if count is None:
            return FloatDistribution(self.low, self.high, log=self.log)
        if self.log:
            return FloatDistribution(self.low - 0.5, self.high + 0.5, log=True)
        return FloatDistribution(-0.5, count - 0.5)

    def suggested(self, value: float) -> Number:
        """The parameter's value for what optuna suggests."""
        count = self.count
        if self.choices or count is None:
            return value
        place = round(value - self.low) if self.log else round(value)
        return self.value(min(max(place, 0), count - 1))

    def _at(self, share: float) -> Number:
        count = self.count
        if self.log:
            value = math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))
            value = min(max(value, self.low), self.high)
            return round(value) if self.kind == "int" else value
        if count is not None:
            return self.value(round(share * (count - 1)))
        return self.low + share * (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Space:
    """The parameter sets that a search may try.

    Attributes:
        axes: in the strategy's order, each of at least two values.
        fixed: the value of every other parameter.
        defaulted: names of those that are not searched although nobody fixed them: PARAMS gives no range.
    """

    spec: StrategySpec
    axes: tuple[Axis, ...]
    fixed: Mapping[str, Number]
    defaulted: tuple[str, ...]

    def resolved(self, chosen: Mapping[str, Number]) -> dict[str, Number]:
        """The whole set, in the strategy's order."""
        return {
            parameter.name: chosen[parameter.name] if parameter.name in chosen else self.fixed[parameter.name]
            for parameter in self.spec.parameters
        }

    def holds(self, params: Mapping[str, Number]) -> bool:
        """Whether a whole set keeps all constraints; one that cannot be worked out does not hold."""
        try:
            return all(evaluate_constraint(constraint, params) for constraint in self.spec.constraints)
        except InvalidInput:  # it divides by zero here
            return False


def space_of(spec: StrategySpec, fixed: Mapping[str, object]) -> Space:
    """What may be searched of a strategy.

    Args:
        fixed: parameters that keep one value, as given.

    Raises:
        InvalidInput: PARAMS opens no range, or one that cannot be; an unknown parameter or a value outside
            its range; a constraint that is none.
    """
    defaults = {parameter.name: parameter.default for parameter in spec.parameters}
    for constraint in spec.constraints:
        evaluate_constraint(constraint, defaults)
    values = _fixed_values(spec, fixed)
    axes: list[Axis] = []
    defaulted: list[str] = []
    for parameter in spec.parameters:
        axis = None if parameter.name in values else _axis(parameter)
        if axis is not None and axis.count != 1:
            axes.append(axis)
        elif parameter.name not in values:
            defaulted.append(parameter.name)
            values[parameter.name] = parameter.default
    if not axes:
        ranges = " ".join(parameter.described() for parameter in spec.parameters) or "It has no parameters."
        raise InvalidInput(
            f"There is nothing to search: no parameter is left with a range. {ranges}",
            'Give a parameter low and high, e.g. PARAMS = {"fast": {"default": 20, "low": 5, "high": 50}}.',
        )
    return Space(spec, tuple(axes), values, tuple(defaulted))


def _fixed_values(spec: StrategySpec, fixed: Mapping[str, object]) -> dict[str, Number]:
    by_name = {parameter.name: parameter for parameter in spec.parameters}
    for name in fixed:
        if name not in by_name:
            listed = ", ".join(by_name) or "none"
            raise InvalidInput(f"The strategy has no parameter {name!r}.", f"Its parameters: {listed}.")
    return {name: by_name[name].checked(value) for name, value in fixed.items()}


def _axis(parameter: Parameter) -> Axis | None:
    """The axis of a parameter; None for one without a range."""
    if parameter.choices:
        choices = tuple(sorted({parameter.checked(choice) for choice in parameter.choices}))
        return Axis(parameter.name, parameter.kind, choices[0], choices[-1], choices=choices)
    if parameter.low is None or parameter.high is None:
        return None
    low, high = _ends(parameter, parameter.low, parameter.high)
    return Axis(parameter.name, parameter.kind, low, high, _step(parameter), parameter.log)


def _ends(parameter: Parameter, low: Number, high: Number) -> tuple[Number, Number]:
    if parameter.kind == "int":
        low, high = math.ceil(low), math.floor(high)
    if low > high:
        raise _impossible(
            parameter, f"low {parameter.low} is above high {parameter.high}", "Turn them round."
        )
    if parameter.log and low <= 0:
        raise _impossible(parameter, f"a logarithmic range cannot begin at {low}", "Give a low above 0.")
    return low, high


def _step(parameter: Parameter) -> Number | None:
    step = parameter.step
    if step is None:
        return 1 if parameter.kind == "int" else None
    if step <= 0:
        raise _impossible(parameter, f"its step is {step}", "Give a step above 0, or none.")
    if parameter.kind == "int" and step != int(step):
        raise _impossible(parameter, f"it is a whole number and its step is {step}", "Give a whole step.")
    if parameter.log and not (parameter.kind == "int" and step == 1):
        raise _impossible(parameter, "it is logarithmic and has a step", "Leave one of the two out.")
    return int(step) if parameter.kind == "int" else step


def _impossible(parameter: Parameter, why: str, hint: str) -> InvalidInput:
    return InvalidInput(f"PARAMS[{parameter.name!r}] cannot be searched: {why}.", hint)
