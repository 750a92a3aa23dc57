"""What a file's name says about its content: `bybit_linear_BTCUSDT_1h_mark.parquet`,
`BTCUSDT-1h-2024-01.zip`, `BTCUSDT_15_2023-05-01_2023-05-31.csv.gz` and the like."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from engine.errors import InvalidInput
from engine.market.coverage import SeriesKind
from engine.market.instrument import Category, Instrument
from engine.market.interval import MINUTE_MS, Interval

_Meaning = TypeVar("_Meaning")

_CATEGORIES = {
    "spot": Category.SPOT,
    "linear": Category.LINEAR,
    "usdm": Category.LINEAR,
    "um": Category.LINEAR,
    "perp": Category.LINEAR,
    "swap": Category.LINEAR,
    "inverse": Category.INVERSE,
    "coinm": Category.INVERSE,
    "cm": Category.INVERSE,
}
_EXCHANGES = "binance bitfinex bitget bitstamp bybit coinbase deribit gate hyperliquid kraken kucoin mexc okx"
_VENUES = frozenset(re.findall(r"\w+", _EXCHANGES))
_INTERVALS = {interval.value: interval for interval in Interval}
_KINDS = {kind.value: kind for kind in SeriesKind}
_BINANCE_FOLDERS = {
    "klines": SeriesKind.BARS,
    "markPriceKlines": SeriesKind.MARK,
    "indexPriceKlines": SeriesKind.INDEX,
}
_BYBIT_ARCHIVE = re.compile(r"([A-Z0-9]+)_(\d+)_\d{4}-\d\d-\d\d_\d{4}-\d\d-\d\d")
_ENDINGS = (".csv.gz", ".parquet", ".pq", ".csv", ".zip")


@dataclass(frozen=True, slots=True)
class Named:
    """What the name says; None where it does not.

    `clock_ahead_ms` is how far the file's wall-clock stamps run ahead of UTC: Bybit writes its MetaTrader
    archive in UTC+3, and no stamp in it says so (others measured it on ten symbol-months, all alike).
    """

    venue: str | None = None
    category: Category | None = None
    symbol: str | None = None
    interval: Interval | None = None
    kind: SeriesKind | None = None
    clock_ahead_ms: int | None = None


def ending_of(path: Path) -> str | None:
    """The ending by which a market data file is recognised, or None."""
    name = path.name.lower()
    return next((ending for ending in _ENDINGS if name.endswith(ending)), None)


def named_by(path: Path) -> Named:
    """What the path says about the series in the file."""
    stem = path.name[: -len(ending_of(path) or "")] or path.name
    archive = _BYBIT_ARCHIVE.fullmatch(stem)
    if archive is not None:
        interval = _interval_of(int(archive[2]) * MINUTE_MS)
        return Named("bybit", Category.LINEAR, archive[1], interval, None, 180 * MINUTE_MS)
    tokens = re.split(r"[_\-. ]+", stem)
    folder_category, folder_kind = _binance_folders(path)
    in_folder = folder_kind is not None
    return Named(
        _venue(tokens) or ("binance" if in_folder else None),
        _first(tokens, _CATEGORIES) or folder_category,
        next((token.upper() for token in tokens if _is_symbol(token)), None),
        next(filter(None, map(_interval_named, tokens)), None),
        _first(tokens, _KINDS) or folder_kind,
    )


def venue_and_category(text: str) -> tuple[str, Category | None]:
    """`bybit` or `bybit_linear`, as a column may name a venue."""
    venue, _, category = text.strip().lower().rpartition("_")
    if venue and category in _CATEGORIES:
        return venue, _CATEGORIES[category]
    return text.strip().lower(), None


def _first(tokens: list[str], known: dict[str, _Meaning]) -> _Meaning | None:
    return next((known[token.lower()] for token in tokens if token.lower() in known), None)


def _venue(tokens: list[str]) -> str | None:
    lower = [token.lower() for token in tokens]
    if len(lower) > 2 and lower[1] in _CATEGORIES:
        return lower[0]
    return next((token for token in lower if token in _VENUES), None)


def _interval_named(token: str) -> Interval | None:
    """`1M` is a month, which no interval here is, so an upper-case M names nothing."""
    return None if token.endswith("M") else _INTERVALS.get(token.lower())


def _interval_of(milliseconds: int) -> Interval | None:
    return next((interval for interval in Interval if interval.milliseconds == milliseconds), None)


def _is_symbol(token: str) -> bool:
    try:
        return bool(Instrument("any", Category.SPOT, token.upper()).quote_asset) and token.isalnum()
    except InvalidInput:
        return False


def _binance_folders(path: Path) -> tuple[Category | None, SeriesKind | None]:
    """Binance's archive keeps spot and futures under equal names; its folders tell them apart."""
    parts = path.parts[:-1]
    kind = next((_BINANCE_FOLDERS[part] for part in parts if part in _BINANCE_FOLDERS), None)
    if kind is None:
        return None, None
    return next((_CATEGORIES[part] for part in parts if part in ("spot", "um", "cm")), None), kind
