"""Two homes with equal data up to the holdout and other data behind it: an answer that differs saw it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from engine.errors import EdgewrightError
from engine.market.bars import Bars, FundingRates, Origin
from engine.market.coverage import SeriesKind
from engine.market.instrument import parse_instrument
from engine.market.interval import DAY_MS, Interval
from tests.support.hourly_bars import HOUR_MS, START_MS, hourly_rows
from tools.core import Core
from tools.settings import Settings

DAYS = 110
HELD_FROM = START_MS + 88 * DAY_MS  # 80% of them, in the middle of a week
END = START_MS + DAYS * DAY_MS
_COLUMNS = ("open_time", "open", "high", "low", "close", "volume")
_IDS = re.compile(r"\b(run|st|tr|ln|srch|se|opt|job)_[0-9a-z]{9,}\b")
_UNSTABLE = frozenset({"created", "seconds", "bars_per_second"})
Way = Callable[[Core], Any]


@dataclass(frozen=True)
class Worlds:
    """The two homes."""

    one: Core
    other: Core

    def leaks(self, way: Way) -> str:
        """What differs between the answers of the two; empty where nothing does."""
        first, second = (_answer(way, core) for core in (self.one, self.other))
        if first == second:
            return ""
        place = next((i for i, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1]), 0)
        return f"{first[max(0, place - 80) : place + 80]!r} / {second[max(0, place - 80) : place + 80]!r}"


def world(home: Path, future: int) -> Core:
    """A core on a home of its own with many series of BTC; `future` seeds what comes behind the holdout."""
    core = Core(Settings(home=home))
    hours = _hours(future)
    for name in (
        "bybit:linear:BTCUSDT",
        "bybit:spot:BTCUSDT",
        "binance:spot:BTCUSDT",
        "bybit:linear:BTCUSDC",
    ):
        core.lake.append(_bars(name, Interval.H1, hours))
    linear = "bybit:linear:BTCUSDT"
    for interval in (Interval.H4, Interval.D1, Interval.W1):
        core.lake.append(_bars(linear, interval, _coarser(hours, interval)))
    core.lake.append(_bars(linear, Interval.M15, _quarters(hours)))
    core.lake.append(_bars(linear, Interval.H1, hours), SeriesKind.MARK)
    stamps = np.arange(START_MS + 8 * HOUR_MS, END, 8 * HOUR_MS)
    rates = np.where(stamps < HELD_FROM, 0.0001, 0.0001 * (future + 1))
    core.lake.append(FundingRates.checked(parse_instrument(linear), stamps, rates, Origin.FILE))
    return core


def later(core: Core, future: int) -> None:
    """Newer bars of the future arrive."""
    rows = _hours(future, DAYS + 20)
    core.lake.append(_bars("bybit:linear:BTCUSDT", Interval.H1, rows))


def _hours(future: int, days: int = DAYS) -> np.ndarray:
    rows = np.array(hourly_rows(days * 24))
    held = rows[:, 0] >= HELD_FROM
    factor = np.exp(np.cumsum(np.random.default_rng(future).normal(0.0, 0.02, (DAYS + 20) * 24)))
    rows[held, 1:5] *= factor[: int(held.sum()), None]
    rows[held, 5] *= 1.0 + future
    return rows


def _coarser(hours: np.ndarray, interval: Interval) -> np.ndarray:
    length = interval.milliseconds
    bucket = (hours[:, 0] - interval.anchor_ms) // length
    made = []
    for number in np.unique(bucket):
        rows = hours[bucket == number]
        if len(rows) < length // HOUR_MS:
            continue
        made.append(
            (
                number * length + interval.anchor_ms,
                rows[0, 1],
                rows[:, 2].max(),
                rows[:, 3].min(),
                rows[-1, 4],
                rows[:, 5].sum(),
            )
        )
    return np.array(made)


def _quarters(hours: np.ndarray) -> np.ndarray:
    made = np.repeat(hours, 4, axis=0)
    made[:, 0] += np.tile(np.arange(4) * (HOUR_MS // 4), len(hours))
    made[:, 5] /= 4
    return made


def _bars(name: str, interval: Interval, rows: np.ndarray) -> Bars:
    columns = {column: rows[:, i] for i, column in enumerate(_COLUMNS)}
    return Bars.checked(parse_instrument(name), interval, columns, Origin.FILE)


def _answer(way: Way, core: Core) -> str:
    try:
        answer = way(core)
    except EdgewrightError as error:
        answer = [type(error).__name__, error.message, error.hint]
    text = json.dumps(_plain(answer), sort_keys=True)
    return _IDS.sub("ID", text).replace(str(core.settings.home), "HOME")


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", by_alias=True)
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items() if key not in _UNSTABLE}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    return value
