"""What is kept with a run as tables, and read back: trades, equity, and the funding and mark rows it used.

Bars are never rewritten in the lake, so a run finds its own again. Funding and mark prices may be added to a
time that a run has already covered; with its own rows beside it, the run can still be made again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.backtest.result import ExitReason, Simulation, Trades
from engine.market.bars import COLUMNS, Bars, FundingRates, MarketData, Origin
from engine.market.interval import Interval
from engine.store.codec import MEDIA_TYPE, Table, pack, unpack
from engine.store.records import Artifact

SETTLEMENTS = ("funding", "mark")
"""Names of the tables of rows that a run used besides its bars."""
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
    "stop_loss",
    "take_profit",
    "adverse_excursion",
    "favourable_excursion",
)


@dataclass(frozen=True, slots=True, eq=False)
class EquityCurve:
    """Equity per bar: close_time int64[n] UTC ms; equity and benchmark float64[n] quote currency."""

    close_time: NDArray[np.int64]
    equity: NDArray[np.float64]
    benchmark: NDArray[np.float64]


def run_artifacts(market: MarketData, simulation: Simulation) -> Mapping[str, Artifact]:
    """The tables kept with a run: `trades`, `equity`, and `funding` and `mark` where it used them."""
    trades, bars = simulation.trades, market.bars
    numbers = {name: getattr(trades, name) for name in (*_WHOLE, *_AMOUNTS)}
    texts = {"exit_reason": [reason.value for reason in trades.exit_reason], "tag": trades.tag}
    curve = {
        "close_time": bars.open_time + bars.interval.milliseconds,
        "equity": simulation.equity,
        "benchmark": simulation.benchmark_equity,
    }
    tables = {"trades": Table(numbers, texts), "equity": Table(curve), **_settlements(market)}
    return {name: Artifact(MEDIA_TYPE, pack(table)) for name, table in tables.items()}


def _settlements(market: MarketData) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    funding, mark = market.funding, market.mark
    if funding is not None:
        numbers = {"time": funding.time, "rate": funding.rate}
        tables["funding"] = Table(numbers, {"origin": [funding.origin.value] * len(funding)})
    if mark is not None:
        numbers = {name: getattr(mark, name) for name in ("open_time", *COLUMNS)}
        about = {"origin": [mark.origin.value] * len(mark), "interval": [mark.interval.value] * len(mark)}
        tables["mark"] = Table(numbers, about)
    return tables


def with_own_settlements(bars: Bars, artifacts: Mapping[str, Artifact]) -> MarketData:
    """The bars with the funding and mark rows that were kept with a run.

    Raises:
        StoreUnavailable: a table is damaged.
    """
    return MarketData(bars, _funding(bars, artifacts), _mark(bars, artifacts))


def _funding(bars: Bars, artifacts: Mapping[str, Artifact]) -> FundingRates | None:
    if "funding" not in artifacts:
        return None
    table = unpack(artifacts["funding"].blob)
    origin = Origin(table.texts["origin"][0]) if len(table.texts["origin"]) else bars.origin
    return FundingRates(bars.instrument, table.numbers["time"], table.numbers["rate"], origin)


def _mark(bars: Bars, artifacts: Mapping[str, Artifact]) -> Bars | None:
    if "mark" not in artifacts:
        return None
    table = unpack(artifacts["mark"].blob)
    empty = not len(table.texts["origin"])
    origin = bars.origin if empty else Origin(table.texts["origin"][0])
    interval = bars.interval if empty else Interval(table.texts["interval"][0])
    columns = {name: table.numbers[name] for name in ("open_time", *COLUMNS)}
    return Bars(bars.instrument, interval, **columns, origin=origin)


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
