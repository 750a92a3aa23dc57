"""The compiled form of a strategy: which indicators it asks for, and a rule that makes signals of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from engine.errors import InvalidInput
from engine.market.bars import Bars
from engine.strategy.indicators import IndicatorCache, Indicators, Request
from engine.strategy.signals import Signals
from engine.strategy.spec import Number, StrategySpec, parameters_from_literal

Params = Mapping[str, Number]


class Rule(Protocol):
    """Signals from the indicators that were asked for; usually a few lines around a numba kernel."""

    def __call__(self, bars: Bars, indicators: Indicators, params: Params, /) -> Signals:
        """Signals on all `bars`.

        Args:
            indicators: float64[n] per output, in the order of the requests.
            params: resolved values of the parameters.
        """
        ...


@dataclass(frozen=True, slots=True)
class CompiledForm:
    """How signals are made without running a text.

    Attributes:
        requests: the indicators for a parameter set.
        rule: the signals from them. It must not write to what it is given: others read the same arrays.
    """

    requests: Callable[[Params], tuple[Request, ...]]
    rule: Rule

    def signals(self, cache: IndicatorCache, params: Params) -> Signals:
        """Signals on the cache's bars; `params` are resolved already.

        Raises:
            InvalidInput, StrategyFailed: as `engine.strategy.indicators.calculated` does.
        """
        return self.rule(cache.bars, cache.all_of(self.requests(params)), params)


@dataclass(frozen=True, slots=True)
class CompiledStrategy:
    """A strategy that has only a compiled form, written in Python by whoever runs it.

    Attributes:
        spec: its parameters; `declared` makes one.
        requests: the indicators for a parameter set.
        rule: the signals from them.
    """

    spec: StrategySpec
    requests: Callable[[Params], tuple[Request, ...]]
    rule: Rule

    @property
    def form(self) -> CompiledForm:
        """Its compiled form."""
        return CompiledForm(self.requests, self.rule)

    def signals(self, bars: Bars, params: Mapping[str, object]) -> Signals:
        """Signals on all `bars`; parameters that are not given have their defaults.

        Raises:
            InvalidInput: parameters that the strategy does not have or take.
        """
        return self.form.signals(IndicatorCache(bars), self.spec.resolve(params))


def declared(
    params: Mapping[str, Any], constraints: tuple[str, ...] = (), hypothesis: str = ""
) -> StrategySpec:
    """The spec of a compiled strategy, from what a text would say as PARAMS and CONSTRAINTS.

    It has no text, and so an empty code hash.

    Raises:
        InvalidInput: not the shape of the contract, or the defaults break a constraint.
    """
    spec = StrategySpec(hypothesis, parameters_from_literal(dict(params)), constraints, "")
    try:
        spec.resolve({})
    except InvalidInput as error:
        raise InvalidInput(f"The defaults do not fit: {error.message}", error.hint) from error
    return spec
