"""What a simulation of a portfolio leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.backtest.result import Band, Metrics, OpenPosition, Trades
from engine.market.instrument import Instrument
from engine.market.interval import Interval

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Shares = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one market brought and cost, its open position included; quote currency.

    Attributes:
        pnl: net of fees, slippage and funding; all markets' and the start equity make the final equity.
        fees, slippage, funding: paid = positive.
        traded: notional of all fills.
        trades: closed trades.
        rebalanced: fills by rebalancing.
    """

    instrument: Instrument
    pnl: float
    fees: float
    slippage: float
    funding: float
    traded: float
    trades: int
    rebalanced: int


@dataclass(frozen=True, slots=True, eq=False)
class PortfolioSimulation:
    """A finished simulation of several markets that share one account.

    Attributes:
        instruments: the markets, in their order.
        open_time: int64[n], UTC ms, every open time of any market.
        equity: float64[n], quote currency at the close of each.
        trades: closed trades of all markets in order of exit. Bars are counted within the market. With
            rebalancing a trade is a position from its first fill to its last: quantity is that of all fills
            that added to it, prices are averages weighted by quantity, levels those set at the first fill.
        traded: the instrument of each trade.
        open_positions: by instrument, what is held at the end.
        contributions: one per market.
        pnl: float64[markets, n], what each market had brought at each close, open gains included.
        weights: float32[markets, n], value of each position as a share of equity, negative for shorts; 0 once
            ruined.
        market_correlation: float64[markets, markets], of the returns between the closes of bars that all
            markets have; NaN where a market did not move, or there are fewer than three such bars.
        contribution_correlation: float64[markets, markets], of the changes of `pnl`, each as a share of the
            equity before; NaN where a market brought nothing.
        metrics: of the whole; exposure is the share of bars with any position.
        benchmark, benchmark_equity: of buying each market as soon as it has a weight, and holding.
        band: as for a single market; ambiguous bars are counted per market.
    """

    instruments: tuple[Instrument, ...]
    interval: Interval
    cash: float
    open_time: Integers
    equity: Floats
    trades: Trades
    traded: tuple[Instrument, ...]
    open_positions: Mapping[Instrument, OpenPosition]
    contributions: tuple[Contribution, ...]
    pnl: Floats
    weights: Shares
    market_correlation: Floats
    contribution_correlation: Floats
    metrics: Metrics
    benchmark: Metrics
    benchmark_equity: Floats
    ruined: bool
    band: Band
    warnings: tuple[str, ...]
