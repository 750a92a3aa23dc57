"""How a portfolio's equity is shared out among its markets, and when it is put right again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInput
from engine.market.bars import Bars
from engine.market.instrument import Instrument

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class EqualWeight:
    """1 / number of markets each, whether they trade yet or not."""


@dataclass(frozen=True, slots=True)
class FixedWeights:
    """A share of equity for each market, 0 to 1, together at most 1."""

    weights: Mapping[Instrument, float]

    def __post_init__(self) -> None:
        for instrument, weight in self.weights.items():
            if not (math.isfinite(weight) and 0.0 <= weight <= 1.0):
                raise InvalidInput(f"The weight of {instrument} is {weight}.", "Give 0 to 1.")
        total = math.fsum(self.weights.values())
        if total > 1.0 + _ROUNDING:
            raise InvalidInput(
                f"The weights add up to {total:g}.", "Together they are at most 1: there is no leverage."
            )


@dataclass(frozen=True, slots=True)
class InverseVolatility:
    """In proportion to 1 / volatility of the last `window` returns, together 1.

    Volatility is the standard deviation (ddof 1) of the simple returns between the last window + 1 closes of
    a market's own bars. A market that has fewer, or whose closes did not move, has no weight and no part in
    the sum.
    """

    window: int = 100

    def __post_init__(self) -> None:
        if self.window < 2:
            raise InvalidInput(f"window = {self.window} is too short.", "Give 2 bars or more.")


Allocation = EqualWeight | FixedWeights | InverseVolatility


@dataclass(frozen=True, slots=True)
class Rebalancing:
    """Positions go back to weight x size x equity at every `every_bars`-th open of the common time line.

    Attributes:
        every_bars: 1 or more.
        band: fraction of equity; a position whose value has drifted by no more than it is left alone.
    """

    every_bars: int
    band: float = 0.0

    def __post_init__(self) -> None:
        if self.every_bars < 1:
            raise InvalidInput(f"every_bars = {self.every_bars} is not possible.", "Give 1 bar or more.")
        if not 0.0 <= self.band < 1.0:
            raise InvalidInput(f"band = {self.band} is not possible.", "Give a fraction of equity below 1.")


def weights_of(allocation: Allocation, series: Sequence[Bars], grid: Integers) -> Floats:
    """float64[n, markets]: each market's weight as known at the closes of the bars of grid; 0 for none.

    Args:
        series: the bars of each market.
        grid: int64[n], their common time line.

    Raises:
        InvalidInput: fixed weights that name other markets than these.
    """
    markets = len(series)
    if isinstance(allocation, EqualWeight):
        return np.full((len(grid), markets), 1.0 / markets)
    if isinstance(allocation, FixedWeights):
        return np.tile(_fixed(allocation, series), (len(grid), 1))
    calm = np.column_stack([_inverse_volatility(bars, allocation.window, grid) for bars in series])
    total = calm.sum(axis=1, keepdims=True)
    return np.divide(calm, total, out=np.zeros_like(calm), where=total > 0.0)


def _fixed(allocation: FixedWeights, series: Sequence[Bars]) -> Floats:
    instruments = [bars.instrument for bars in series]
    if set(instruments) != set(allocation.weights):
        named, given = (", ".join(map(str, sorted(some))) for some in (allocation.weights, instruments))
        raise InvalidInput(f"The weights are of {named}, the markets {given}.", "Give one weight per market.")
    return np.array([allocation.weights[instrument] for instrument in instruments])


def _inverse_volatility(bars: Bars, window: int, grid: Integers) -> Floats:
    """1 / volatility as of the market's newest bar at each place of grid; 0 where there is none."""
    from engine.backtest.kernel.volatility import rolling_deviation

    deviation = rolling_deviation(bars.close, window)
    calm = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 0.0)
    newest = np.searchsorted(bars.open_time, grid, "right") - 1
    return np.append(calm, 0.0)[newest]
