"""What a simulation leaves: trades, equity, metrics, and what its reader should know."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class ExitReason(StrEnum):
    """Why a position was closed; the last four are the orders of an event-shaped strategy."""

    SIGNAL = "signal"
    REVERSE = "reverse"
    RE_ENTRY = "re_entry"
    STOP_LOSS = "stop_loss"
    TRAILING_STOP = "trailing_stop"
    TAKE_PROFIT = "take_profit"
    RUINED = "ruined"
    LIQUIDATION = "liquidation"
    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"


@dataclass(frozen=True, slots=True, eq=False)
class Trades:
    """Closed trades as columns of equal length, in order of their exit.

    Attributes:
        side: +1 long, -1 short.
        entry_bar, exit_bar: positions in the bars.
        entry_time, exit_time: UTC ms of those bars' opens.
        entry_price, exit_price: fill prices, slippage included.
        quantity: base currency, positive.
        pnl: net of fees, slippage and funding, quote currency.
        net_return: pnl / (quantity x entry_price).
        fees, slippage, funding: quote currency, paid = positive.
        stop_loss, take_profit: prices fixed at the entry; NaN for none.
        adverse_excursion, favourable_excursion: the furthest that the price went against the position and in
            its favour between entry and exit, as fractions of the entry price, 0 or more. The bar of the
            exit counts up to the exit's own price only.
        exit_reason: why each was closed.
        tag: the strategy's reason at the signal bar of the entry; empty when it gave none.
    """

    side: Integers
    entry_bar: Integers
    exit_bar: Integers
    entry_time: Integers
    exit_time: Integers
    entry_price: Floats
    exit_price: Floats
    quantity: Floats
    pnl: Floats
    net_return: Floats
    fees: Floats
    slippage: Floats
    funding: Floats
    stop_loss: Floats
    take_profit: Floats
    adverse_excursion: Floats
    favourable_excursion: Floats
    exit_reason: tuple[ExitReason, ...]
    tag: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.side)


@dataclass(frozen=True, slots=True)
class OpenPosition:
    """The position that is still open at the end, valued at the last close.

    Attributes:
        quantity: what is held still.
        unrealised_pnl: what closing at the last close would have added since entry, quote currency, net of
            the fees and funding already paid, and with what was gained on parts closed already; the
            exit's own costs are not in it.
        fees, slippage, funding: paid so far, quote currency, paid = positive.
    """

    side: int
    entry_bar: int
    entry_time: int
    entry_price: float
    quantity: float
    unrealised_pnl: float
    tag: str
    fees: float = 0.0
    slippage: float = 0.0
    funding: float = 0.0
    stop_loss: float = math.nan
    take_profit: float = math.nan
    adverse_excursion: float = 0.0
    favourable_excursion: float = 0.0


@dataclass(frozen=True, slots=True)
class Metrics:
    """Metrics of a run; definitions in `engine.backtest.metrics`. None where a figure is undefined.

    Returns, volatility, exposure and win_rate are fractions; max_drawdown, var_95 and cvar_95 positive
    fractions (the last two per bar); fees, slippage and funding quote currency, paid = positive.
    """

    total_return: float
    annual_return: float | None
    annual_volatility: float | None
    sharpe: float | None
    sortino: float | None
    calmar: float | None
    max_drawdown: float
    max_drawdown_bars: int
    var_95: float | None
    cvar_95: float | None
    trades: int
    win_rate: float | None
    profit_factor: float | None
    expectancy: float | None
    exposure: float
    turnover: float
    fees_paid: float
    slippage_paid: float
    funding_paid: float

    def as_dict(self) -> Mapping[str, float | int | None]:
        """The metrics by name, in the order above."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """The result under both assumptions about the order of high and low inside a bar.

    Attributes:
        total_return_low, total_return_high: fractions; the result itself is one of the two.
        ambiguous_bars: bars in which a stop and a target both lay within reach, so that the order decided.
        other_equity: float64[n], equity at the closes had the target come first; the same array as the
            result's where no bar was ambiguous.
    """

    total_return_low: float
    total_return_high: float
    ambiguous_bars: int
    other_equity: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """A finished simulation.

    Attributes:
        equity: float64[n], quote currency at each bar's close.
        benchmark: metrics of buying at the second bar's open and holding, with the same costs.
        benchmark_equity: float64[n].
        ruined: equity fell to 0 or below and the run ended there.
        band: what the order of high and low inside a bar could have made of it.
    """

    cash: float
    equity: Floats
    trades: Trades
    open_position: OpenPosition | None
    metrics: Metrics
    benchmark: Metrics
    benchmark_equity: Floats
    ruined: bool
    warnings: tuple[str, ...]
    band: Band
