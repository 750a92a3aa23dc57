"""Reads candle tables: a few bars, signals and stamps in text, and the fills that follow from them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engine.backtest.costs import Costs
from engine.backtest.setup import Setup
from engine.backtest.slippage import FixedSlippage
from engine.market.bars import Bars, FundingRates, MarketData, Origin
from engine.market.instrument import Instrument, parse_category
from engine.market.interval import Interval
from engine.strategy.signals import FLAG_COLUMNS, LEVEL_COLUMNS, Signals

START_MS = 1_704_067_200_000  # 2024-01-01
HOUR_MS = 3_600_000
_POSITION = re.compile(
    r"(?P<side>long|short) (?P<quantity>\S+) +bar (?P<entry_bar>\d+) at (?P<entry_price>\S+)"
)
_EXIT = re.compile(r"to bar (?P<exit_bar>\d+) at (?P<exit_price>\S+) +(?P<exit_reason>[a-z_]+)")
_AMOUNT = re.compile(r"(fees|slippage|funding|pnl|unrealised) (\S+)")


@dataclass
class CandleTable:
    """One table: what goes in, and what a trader expects to come out."""

    title: str
    settings: dict[str, str] = field(default_factory=dict)
    category: str = "linear"
    ruined: bool = False
    sections: dict[str, list[str]] = field(default_factory=dict)
    equity: list[float] = field(default_factory=list)

    @property
    def cash(self) -> float:
        return float(self.settings["cash"])

    @property
    def costs(self) -> Costs:
        fee = {name: float(self.settings[name]) for name in ("maker", "taker", "slippage")}
        funding = self.settings.get("funding") != "off"
        return Costs(fee["maker"], fee["taker"], FixedSlippage(fee["slippage"]), funding)

    def setup(self) -> Setup:
        return Setup(self.costs, self.cash)

    def market(self) -> MarketData:
        instrument = Instrument("bybit", parse_category(self.category), "BTCUSDT")
        rows = np.array([line.split()[:5] for line in self.sections["bars"]], dtype=float)
        columns = dict(zip(("open", "high", "low", "close"), rows.T[1:], strict=True))
        columns["open_time"] = START_MS + rows[:, 0].astype(np.int64) * HOUR_MS
        columns["volume"] = np.ones(len(rows))
        bars = Bars.checked(instrument, Interval.H1, columns, Origin.FILE)
        stamps = [line.split() for line in self.sections.get("funding", [])]
        if not stamps:
            return MarketData(bars)
        times = [START_MS + int(float(words[0].removesuffix("h")) * HOUR_MS) for words in stamps]
        rates = [float(words[2]) for words in stamps]
        marked = [
            (time, float(words[4])) for time, words in zip(times, stamps, strict=True) if len(words) > 3
        ]
        return MarketData(
            bars, FundingRates.checked(instrument, times, rates, Origin.FILE), _mark(instrument, marked)
        )

    def signals(self) -> Signals:
        lines = self.sections["bars"]
        flags = {name: np.zeros(len(lines), np.bool_) for name in FLAG_COLUMNS}
        levels = {name: np.full(len(lines), np.nan) for name in LEVEL_COLUMNS}
        for row, line in enumerate(lines):
            for word in line.split()[5:]:
                name, _, value = word.partition("=")
                if value:
                    levels[name][row] = float(value)
                else:
                    flags[name][row] = True
        return Signals(**flags, **levels)

    def trades(self) -> list[dict[str, Any]]:
        return [_row(line, _POSITION, _EXIT) for line in self.sections.get("trades", [])]

    def open_position(self) -> dict[str, Any] | None:
        lines = self.sections.get("open", [])
        return _row(lines[0], _POSITION) if lines else None


def read_candle_tables(path: Path) -> list[CandleTable]:
    """The tables of a file, in order."""
    tables: list[CandleTable] = []
    section = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            tables.append(CandleTable(line[2:]))
            section = "settings"
        elif not tables or not line.strip():
            continue
        elif line.startswith("equity "):
            tables[-1].equity = [float(word) for word in line.split()[1:]]
        elif line.startswith(" "):
            tables[-1].sections.setdefault(section, []).append(line)
        elif section == "settings":
            _settings(tables[-1], line)
            section = ""
        else:
            section = line.strip()
    return tables


def _settings(table: CandleTable, line: str) -> None:
    table.category, *words = line.split()
    table.ruined = "ruined" in words
    table.settings = dict(word.split("=") for word in words if "=" in word)


def _row(line: str, *patterns: re.Pattern[str]) -> dict[str, Any]:
    row: dict[str, Any] = {name: float(value) for name, value in _AMOUNT.findall(line)}
    for pattern in patterns:
        found = pattern.search(line)
        assert found, f"cannot read {line!r}"
        row.update(found.groupdict())
    for name in row.keys() - {"side", "exit_reason"}:
        row[name] = float(row[name])
    row["side"] = 1 if row["side"] == "long" else -1
    return row


def _mark(instrument: Instrument, opens: list[tuple[int, float]]) -> Bars | None:
    if not opens:
        return None
    price = np.array([value for _, value in opens])
    columns = dict.fromkeys(("open", "high", "low", "close"), price)
    columns["open_time"] = np.array([time for time, _ in opens], dtype=np.int64)
    columns["volume"] = np.zeros(len(opens))
    return Bars.checked(instrument, Interval.M30, columns, Origin.FILE)
