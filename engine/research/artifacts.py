"""Trades and equity of a run as stored tables, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.backtest.result import ExitReason, Simulation, Trades
from engine.market.bars import MarketData
from engine.store.codec import MEDIA_TYPE, Table, pack, unpack
from engine.store.records import Artifact

_WHOLE = ("side", "entry_bar", "exit_bar", "entry_time", "exit_time")
_AMOUNTS = (
    "entry_price",
    "exit_price",
    "quantity",
    "pnl",
    "net_return",
    "fees",
    "slippage",
    "funding",
)


@dataclass(frozen=True, slots=True, eq=False)
class EquityCurve:
    """Equity per bar: close_time int64[n] UTC ms; equity and benchmark float64[n] quote currency."""

    close_time: NDArray[np.int64]
    equity: NDArray[np.float64]
    benchmark: NDArray[np.float64]


def run_artifacts(market: MarketData, simulation: Simulation) -> Mapping[str, Artifact]:
    """The tables that are kept with a run: `trades` and `equity`."""
    trades, bars = simulation.trades, market.bars
    numbers = {name: getattr(trades, name) for name in (*_WHOLE, *_AMOUNTS)}
    texts = {"exit_reason": [reason.value for reason in trades.exit_reason], "tag": trades.tag}
    curve = {
        "close_time": bars.open_time + bars.interval.milliseconds,
        "equity": simulation.equity,
        "benchmark": simulation.benchmark_equity,
    }
    return {
        "trades": Artifact(MEDIA_TYPE, pack(Table(numbers, texts))),
        "equity": Artifact(MEDIA_TYPE, pack(Table(curve))),
    }


def read_trades(artifact: Artifact) -> Trades:
    """The trades of a stored table.

    Raises:
        StoreUnavailable: the table is damaged.
    """
    table = unpack(artifact.blob)
    return Trades(
        **{name: table.numbers[name] for name in (*_WHOLE, *_AMOUNTS)},
        exit_reason=tuple(ExitReason(text) for text in table.texts["exit_reason"]),
        tag=tuple(table.texts["tag"]),
    )


def read_equity(artifact: Artifact) -> EquityCurve:
    """The equity of a stored table.

    Raises:
        StoreUnavailable: the table is damaged.
    """
    numbers = unpack(artifact.blob).numbers
    return EquityCurve(numbers["close_time"], numbers["equity"], numbers["benchmark"])
