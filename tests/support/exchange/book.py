"""What the stand-in knows of the market, and how Bybit's endpoints show it: newest first, both ends
inclusive, windows cut from their end, the unfinished bar included."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.market.bars import Bars, FundingRates
from engine.market.interval import Interval

INTERVALS = {
    "1": Interval.M1,
    "3": Interval.M3,
    "5": Interval.M5,
    "15": Interval.M15,
    "30": Interval.M30,
    "60": Interval.H1,
    "120": Interval.H2,
    "240": Interval.H4,
    "360": Interval.H6,
    "720": Interval.H12,
    "D": Interval.D1,
    "W": Interval.W1,
}
# Position value, maintenance rate, initial rate, leverage, deduction: brackets as the exchange writes them.
RISK_TIERS = (
    ("2000000", "0.005", "0.01", "100.00", ""),
    ("2600000", "0.0056", "0.0111", "90.00", "1200"),
    ("3200000", "0.0063", "0.0125", "80.00", "3020"),
)
Row = tuple[int, float, float, float, float, float]


class ParameterError(Exception):
    """The request is wrong: retCode 10001 with this text."""


@dataclass
class Book:
    """Price series by (category, symbol, kind, interval), funding and instruments by (category, symbol)."""

    klines: dict[tuple[str, str, str, Interval], list[Row]] = field(default_factory=dict)
    funding: dict[tuple[str, str], list[tuple[int, float]]] = field(default_factory=dict)
    instruments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    risk_limits: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)

    def list_perpetual(self, symbol: str, category: str = "linear", launch_ms: int = 0) -> None:
        """Add a perpetual to instruments-info and risk-limit."""
        self.instruments.setdefault(category, []).append(_perpetual(symbol, launch_ms))
        self.risk_limits[category, symbol] = [
            _tier(symbol, row, *tier) for row, tier in enumerate(RISK_TIERS, start=1)
        ]

    def list_spot(self, symbol: str) -> None:
        """Add a spot pair to instruments-info."""
        self.instruments.setdefault("spot", []).append(_spot(symbol))

    def add_bars(self, bars: Bars, kind: str = "kline") -> None:
        """Make bars known, also as the weekly bars that they amount to."""
        name = (bars.instrument.category.value, bars.instrument.symbol, kind)
        rows = list(
            zip(
                *(column.tolist() for column in (bars.open_time, bars.open, bars.high, bars.low)),
                bars.close.tolist(),
                bars.volume.tolist(),
                strict=True,
            )
        )
        self.klines[*name, bars.interval] = rows
        self.klines.setdefault((*name, Interval.W1), _weekly(rows))

    def add_funding(self, rates: FundingRates) -> None:
        """Make settlements known."""
        name = (rates.instrument.category.value, rates.instrument.symbol)
        self.funding[name] = list(zip(rates.time.tolist(), rates.rate.tolist(), strict=True))

    def show_klines(self, kind: str, query: dict[str, str], now_ms: int) -> dict[str, Any]:
        """The result of market/kline and its siblings (`kind` kline, mark-price-kline, index-price-kline)."""
        category, symbol = query.get("category", "linear"), _required(query, "symbol")
        self._check_listed(category, symbol)
        interval = INTERVALS.get(_required(query, "interval"))
        if interval is None:
            raise ParameterError("Invalid period!")
        limit = _limit(query, 200, 1000)
        start, end = (int(query[name]) if name in query else None for name in ("start", "end"))
        rows = [
            row
            for row in self.klines.get((category, symbol, kind, interval), [])
            if row[0] <= now_ms and (start is None or row[0] >= start) and (end is None or row[0] <= end)
        ]
        forward = start is not None and end is None
        rows = rows[:limit] if forward else rows[-limit:]
        shown = [_shown(row, interval, now_ms, with_volume=kind == "kline") for row in reversed(rows)]
        return {"category": category, "symbol": symbol, "list": shown}

    def show_funding(self, query: dict[str, str], now_ms: int) -> dict[str, Any]:
        """The result of market/funding/history."""
        category, symbol = _required(query, "category"), _required(query, "symbol")
        self._check_listed(category, symbol)
        if "startTime" in query and "endTime" not in query:
            raise ParameterError("params error: endTime is needed with startTime")
        start, end = int(query.get("startTime", 0)), int(query.get("endTime", now_ms))
        settled = [
            (stamp, rate)
            for stamp, rate in self.funding.get((category, symbol), [])
            if start <= stamp <= min(end, now_ms)
        ]
        newest = reversed(settled[-_limit(query, 200, 200) :])
        rows = [
            {"symbol": symbol, "fundingRate": repr(rate), "fundingRateTimestamp": str(stamp)}
            for stamp, rate in newest
        ]
        return {"category": category, "list": rows}

    def show_instruments(self, query: dict[str, str]) -> dict[str, Any]:
        """The result of market/instruments-info; spot comes in one page."""
        category = _required(query, "category")
        entries = [
            entry
            for entry in self.instruments.get(category, [])
            if query.get("symbol") in (None, entry["symbol"])
        ]
        if category == "spot":
            return {"category": category, "list": entries}
        first = int(query.get("cursor", "page%3D0").removeprefix("page%3D").removeprefix("page="))
        stop = first + _limit(query, 500, 1000)
        cursor = f"page%3D{stop}" if stop < len(entries) else ""
        return {"category": category, "list": entries[first:stop], "nextPageCursor": cursor}

    def show_risk_limit(self, query: dict[str, str]) -> dict[str, Any]:
        """The result of market/risk-limit for one symbol."""
        category, symbol = _required(query, "category"), _required(query, "symbol")
        self._check_listed(category, symbol)
        rows = self.risk_limits.get((category, symbol), [])
        return {"category": category, "list": rows, "nextPageCursor": ""}

    def _check_listed(self, category: str, symbol: str) -> None:
        if all(entry["symbol"] != symbol for entry in self.instruments.get(category, [])):
            raise ParameterError("Not supported symbols")


def _required(query: dict[str, str], name: str) -> str:
    if not query.get(name):
        raise ParameterError(f"params error: {name} is required")
    return query[name]


def _limit(query: dict[str, str], default: int, most: int) -> int:
    limit = int(query.get("limit", default))
    if not 1 <= limit <= most:
        raise ParameterError(f"params error: limit is 1 to {most}")
    return limit


def _shown(row: Row, interval: Interval, now_ms: int, *, with_volume: bool) -> list[str]:
    """A row as text. Of a bar that is not over yet only its beginning is known."""
    stamp, first, high, low, last, volume = row
    if stamp + interval.milliseconds > now_ms:
        high, low, last, volume = max(first, (first + high) / 2), (first + low) / 2, first, volume / 2
    prices = [str(stamp), *(repr(price) for price in (first, high, low, last))]
    return [*prices, repr(volume), repr(volume * last)] if with_volume else prices


def _weekly(rows: list[Row]) -> list[Row]:
    week, anchor = Interval.W1.milliseconds, Interval.W1.anchor_ms
    weeks: dict[int, list[Row]] = {}
    for row in rows:
        weeks.setdefault((row[0] - anchor) // week * week + anchor, []).append(row)
    return [
        (
            start,
            within[0][1],
            max(row[2] for row in within),
            min(row[3] for row in within),
            within[-1][4],
            sum(row[5] for row in within),
        )
        for start, within in weeks.items()
    ]


def _perpetual(symbol: str, launch_ms: int) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "contractType": "LinearPerpetual",
        "status": "Trading",
        "baseCoin": symbol.removesuffix("USDT"),
        "quoteCoin": "USDT",
        "settleCoin": "USDT",
        "launchTime": str(launch_ms),
        "deliveryTime": "0",
        "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
        "priceFilter": {"minPrice": "0.10", "maxPrice": "1999999.80", "tickSize": "0.10"},
        "lotSizeFilter": {
            "maxOrderQty": "1190.000",
            "minOrderQty": "0.001",
            "qtyStep": "0.001",
            "maxMktOrderQty": "500.000",
            "minNotionalValue": "5",
        },
        "fundingInterval": 480,
        "riskParameters": {"priceLimitRatioX": "0.01", "priceLimitRatioY": "0.02"},
    }


def _tier(
    symbol: str, row: int, limit: str, maintenance: str, initial: str, leverage: str, deduction: str
) -> dict[str, Any]:
    return {
        "id": row,
        "symbol": symbol,
        "riskLimitValue": limit,
        "maintenanceMargin": maintenance,
        "initialMargin": initial,
        "isLowestRisk": int(row == 1),
        "maxLeverage": leverage,
        "mmDeduction": deduction,
    }


def _spot(symbol: str) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "status": "Trading",
        "baseCoin": symbol.removesuffix("USDT"),
        "quoteCoin": "USDT",
        "lotSizeFilter": {
            "basePrecision": "0.000001",
            "quotePrecision": "0.00000001",
            "minOrderQty": "0.000048",
            "maxOrderQty": "71.73956243",
            "minOrderAmt": "1",
            "maxOrderAmt": "4000000",
        },
        "priceFilter": {"tickSize": "0.01"},
    }
