"""Reads tables of bars with signals or orders, and of the fills that follow; see tests/data/engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engine.backtest.costs import Costs
from engine.backtest.execution import Execution
from engine.backtest.margin import Margin, tiers_of
from engine.backtest.rules import Assumption
from engine.backtest.setup import Setup
from engine.backtest.sizing import (
    CappedKelly,
    DrawdownScaling,
    FixedNotional,
    FixedQuantity,
    FractionOfEquity,
    RiskPerTrade,
    Sizing,
    VolatilityTarget,
)
from engine.backtest.slippage import FixedSlippage, HalfSpread, Slippage, SquareRootImpact, VolatilityShare
from engine.market.bars import Bars, FundingRates, MarketData, Origin
from engine.market.filters import Filters
from engine.market.instrument import Instrument, parse_category
from engine.market.interval import Interval
from engine.strategy.orders import (
    Bracket,
    Cancel,
    Intent,
    LimitOrder,
    MarketOrder,
    Order,
    Place,
    StopLimitOrder,
    StopOrder,
    TakeProfitOrder,
    TimeInForce,
    TrailingStopOrder,
)
from engine.strategy.signals import FLAG_COLUMNS, LEVEL_COLUMNS, Signals

START_MS = 1_704_067_200_000  # 2024-01-01
HOUR_MS = 3_600_000
_SIDES = {"buy": 1, "sell": -1, "long": 1, "short": -1}
_FILTERS = ("tick", "lot", "min_quantity", "min_notional", "max_quantity", "max_market_quantity")


@dataclass(frozen=True)
class ExpectedFill:
    """A fill as written in a table; None where the table does not say."""

    bar: int
    side: int
    quantity: float
    price: float
    reason: str
    fee: float | None
    slippage: float | None


@dataclass
class OrderTable:
    """One table: what goes in, and what a trader expects to come out."""

    file: str
    title: str
    category: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    sections: dict[str, list[str]] = field(default_factory=dict)
    equity: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.file}: {self.title}"

    @property
    def assumption(self) -> Assumption:
        return Assumption(self.settings.get("assumption", "stop_first"))

    @property
    def has_signals(self) -> bool:
        """Whether it speaks of signals; else of orders."""
        words = {word.partition("=")[0] for line in self.sections["bars"] for word in line.split()}
        return bool(words & set(FLAG_COLUMNS))

    def setup(self) -> Setup:
        given = self.settings
        filters = {name: float(given[name]) for name in _FILTERS if name in given}
        scaling = [float(part) for part in given.get("drawdown", "").split(":") if part]
        share = given.get("participation")
        return Setup(
            Costs(
                float(given["maker"]),
                float(given["taker"]),
                _slippage(given.get("slippage", "0")),
                given.get("funding") != "off",
            ),
            cash=float(given["cash"]),
            execution=Execution(int(given.get("latency", 0)), None if share is None else float(share)),
            filters=Filters(**filters) if filters else None,
            margin=self._margin(),
            sizing=_sizing(given.get("sizing", "fraction:1")),
            drawdown_scaling=DrawdownScaling(*scaling) if scaling else None,
        )

    def market(self) -> MarketData:
        instrument = Instrument("bybit", parse_category(self.category), "BTCUSDT")
        rows = [line.split() for line in self.sections["bars"]]
        number = np.array([row[:5] for row in rows], dtype=float)
        times = START_MS + number[:, 0].astype(np.int64) * HOUR_MS
        columns = dict(zip(("open", "high", "low", "close"), number.T[1:], strict=True))
        columns |= {"open_time": times, "volume": np.array([float(_value(row, "v", "1000")) for row in rows])}
        bars = Bars.checked(instrument, Interval.H1, columns, Origin.FILE)
        marks = [(time, _value(row, "m", "")) for time, row in zip(times, rows, strict=True)]
        stamps = [line.split() for line in self.sections.get("funding", [])]
        funding = None
        if stamps:
            when = [START_MS + int(float(words[0].removesuffix("h")) * HOUR_MS) for words in stamps]
            funding = FundingRates.checked(instrument, when, [float(w[2]) for w in stamps], Origin.FILE)
        return MarketData(bars, funding, _mark(instrument, [(t, text) for t, text in marks if text]))

    def signals(self) -> Signals:
        lines = self.sections["bars"]
        flags = {name: np.zeros(len(lines), np.bool_) for name in FLAG_COLUMNS}
        levels = {name: np.full(len(lines), np.nan) for name in LEVEL_COLUMNS}
        for row, line in enumerate(lines):
            for word in line.split()[5:]:
                name, _, value = word.partition("=")
                if name in flags:
                    flags[name][row] = True
                elif name in levels:
                    levels[name][row] = float(value)
        return Signals(**flags, **levels)

    def stream(self) -> list[list[Intent[Any]]]:
        """What is asked for at each bar's close; orders are numbered from 1 as they come."""
        numbers = iter(range(1, 1000))
        return [list(_intents(line, numbers)) for line in self.sections["bars"]]

    def fills(self) -> list[ExpectedFill]:
        return [_fill(line) for line in self.sections.get("fills", [])]

    def rejections(self) -> list[tuple[int, int, str]]:
        """Bar, number of the order, why."""
        rows = [line.split() for line in self.sections.get("rejected", [])]
        return [(int(row[1]), int(row[3]), row[4]) for row in rows]

    def _margin(self) -> Margin | None:
        if "leverage" not in self.settings:
            return None
        leverage = float(self.settings["leverage"])
        if "tiers" not in self.settings:
            return Margin(leverage)
        rows = [tuple(map(float, row.split(":"))) for row in self.settings["tiers"].split(",")]
        return Margin(leverage, tiers_of(tuple((row[0], row[1], row[2]) for row in rows)))


def read_order_tables(folder: Path) -> list[OrderTable]:
    """The tables of all text files in a folder, in order."""
    return [table for path in sorted(folder.glob("*.txt")) for table in _tables(path)]


def _tables(path: Path) -> list[OrderTable]:
    tables: list[OrderTable] = []
    section = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            tables.append(OrderTable(path.stem, line[2:]))
            section = "settings"
        elif not tables or not line.strip():
            continue
        elif line.startswith("equity "):
            tables[-1].equity = [float(word) for word in line.split()[1:]]
        elif line.startswith(" "):
            tables[-1].sections.setdefault(section, []).append(line)
        elif section == "settings":
            tables[-1].category, *words = line.split()
            tables[-1].settings = dict(word.split("=") for word in words)
            section = ""
        else:
            section = line.strip()
    return tables


def _value(words: list[str], name: str, default: str) -> str:
    return next((word.partition("=")[2] for word in words if word.startswith(f"{name}=")), default)


def _mark(instrument: Instrument, rows: list[tuple[int, str]]) -> Bars | None:
    if not rows:
        return None
    prices = np.array([[float(part) for part in text.split("/")] for _, text in rows])
    columns = dict(zip(("open", "high", "low", "close"), prices.T, strict=True))
    columns |= {"open_time": np.array([time for time, _ in rows]), "volume": np.zeros(len(rows))}
    return Bars.checked(instrument, Interval.H1, columns, Origin.FILE)


def _slippage(text: str) -> Slippage:
    name, _, value = text.rpartition(":")
    models = {"": FixedSlippage, "spread": HalfSpread, "range": VolatilityShare, "impact": SquareRootImpact}
    return models[name](float(value))


def _sizing(text: str) -> Sizing:
    name, *values = text.split(":")
    models: dict[str, Any] = {
        "fraction": FractionOfEquity,
        "notional": FixedNotional,
        "quantity": FixedQuantity,
        "risk": RiskPerTrade,
    }
    if name == "volatility":
        return VolatilityTarget(float(values[0]), int(values[1]))
    if name == "kelly":
        return CappedKelly(float(values[0]), float(values[1]), int(values[2]), float(values[3]))
    return models[name](float(values[0]))


def _intents(line: str, numbers: Iterator[int]) -> Iterator[Intent[Any]]:
    words = [word for word in line.split()[5:] if not word.startswith(("v=", "m="))]
    for text in " ".join(words).split(";"):
        each = text.split()
        if each and each[0] == "cancel":
            yield Cancel(int(each[1]))
        elif each:
            yield Place(next(numbers), _order(each))


def _order(words: list[str]) -> Order[Any]:
    side, quantity, kind, *rest = words
    options = dict(word.split("=") for word in rest if "=" in word)
    numbers = [float(word) for word in rest if word.replace(".", "", 1).isdigit()]
    common: dict[str, Any] = {"side": _SIDES[side], "quantity": float(quantity)}
    if kind == "take_profit":
        return TakeProfitOrder(price=numbers[0], **common)
    common["reduce_only"] = "reduce_only" in rest
    levels = [float(options[name]) if name in options else None for name in ("sl", "tp", "trail")]
    if any(levels):
        common["bracket"] = Bracket(*levels)
    if kind == "limit":
        force = next((TimeInForce(word) for word in rest if word in list(TimeInForce)), TimeInForce.GTC)
        return LimitOrder(price=numbers[0], time_in_force=force, **common)
    if kind == "stop":
        return StopOrder(trigger=numbers[0], **common)
    if kind == "stop_limit":
        return StopLimitOrder(trigger=numbers[0], price=numbers[1], **common)
    if kind == "trailing":
        return TrailingStopOrder(fraction=numbers[0], **common)
    assert kind == "market", f"no such order: {' '.join(words)}"
    return MarketOrder(**common)


def _fill(line: str) -> ExpectedFill:
    _, bar, side, quantity, _, price, reason, *rest = line.split()
    more = dict(zip(rest[::2], rest[1::2], strict=True))
    fee, slippage = more.get("fee"), more.get("slippage")
    return ExpectedFill(
        int(bar),
        _SIDES[side],
        float(quantity),
        float(price),
        reason,
        None if fee is None else float(fee),
        None if slippage is None else float(slippage),
    )
