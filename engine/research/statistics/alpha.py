"""What a strategy earns beyond its share of the market.

Jensen, "The Performance of Mutual Funds in the Period 1945-1964", Journal of Finance 23(2), 1968: the
constant of a regression of its returns on those of the market. Its standard error allows for a spread that
changes over time (White, Econometrica 48(4), 1980, with the correction n / (n - 2)).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_ROUNDING = 1e-12
MIN_PERIODS = 20


@dataclass(frozen=True, slots=True)
class Alpha:
    """A regression on the market.

    Attributes:
        per_period: mean return that the market does not explain, fraction.
        beta: units of market held on average.
        score: `per_period` over its standard error.
    """

    per_period: float
    beta: float
    score: float


def alpha(returns: Floats, market: Floats) -> Alpha | None:
    """Of float64[n] on the market's float64[n]; None below 20 periods, or where one of them does not move."""
    n = len(returns)
    if n < MIN_PERIODS:
        return None
    away: Floats = market - market.mean()
    squares = float(away @ away)
    if squares <= _ROUNDING * float(market @ market):
        return None
    beta = float(away @ returns) / squares
    constant = float(returns.mean()) - beta * float(market.mean())
    rest: Floats = returns - constant - beta * market
    weight: Floats = 1.0 / n - market.mean() * away / squares
    variance = n / (n - 2) * float(np.sum((weight * rest) ** 2))
    if variance <= _ROUNDING * float(np.mean(returns**2)) / n:
        return None
    return Alpha(constant, beta, constant / math.sqrt(variance))


def beyond_market(returns: Floats, market: Floats) -> Floats:
    """Returns without the market's share in them: float64[n] less beta times the market's."""
    found = alpha(returns, market)
    return returns if found is None else returns - found.beta * market
