"""Open a bundle from anybody: signature first, then shape, then every table, each within bounds.

A valid signature says who made the file, not that the maker means well: nothing in it is taken on trust.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from engine.backtest.report.plain import shortened
from engine.backtest.result import Trades
from engine.errors import EdgewrightError, InvalidInput, LimitExceeded
from engine.market.bars import COLUMNS, Bars, FundingRates, Origin
from engine.market.instrument import Instrument, parse_instrument
from engine.market.interval import Interval, parse_instant, parse_interval
from engine.research.artifacts import EquityCurve, read_equity, read_trades, with_own_settlements
from engine.research.bundle.document import BundleDocument
from engine.research.bundle.seal import opened
from engine.research.document import RunDocument
from engine.research.setup_parts import setup_of
from engine.store.codec import MEDIA_TYPE, unpack
from engine.store.records import Artifact
from engine.strategy.spec import code_hash

MAX_TABLE_BYTES = 256 << 20
_MOST_CODE = 1 << 20
_NEEDED_TABLES = ("trades", "equity")


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """A bundle whose signature holds and whose parts fit each other.

    Attributes:
        public_key: of whoever signed it.
        kept: the funding and mark rows that the run used, as `with_own_settlements` takes them.
    """

    document: BundleDocument
    public_key: bytes
    equity: EquityCurve
    trades: Trades
    kept: Mapping[str, Artifact]

    @property
    def run(self) -> RunDocument:
        """The run's card."""
        return self.document.run


def read_bundle(content: bytes) -> Bundle:
    """The bundle in the bytes of a file.

    Raises:
        InvalidInput: no bundle, a signature that does not hold, or parts that make no sense; the text says
            which.
        LimitExceeded: a table unpacks to more than `MAX_TABLE_BYTES`.
    """
    body, public_key = opened(content)
    document = _document(body)
    try:
        return _checked(document, public_key)
    except LimitExceeded:
        raise
    except EdgewrightError as problem:
        raise InvalidInput(f"The bundle makes no sense: {problem.message}", problem.hint) from None
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, MemoryError) as problem:
        raise InvalidInput(f"The bundle makes no sense: {type(problem).__name__}.") from None


def _document(body: bytes) -> BundleDocument:
    try:
        fields = json.loads(body, parse_float=_finite, parse_int=_whole, parse_constant=_no_constant)
        return BundleDocument.model_validate(fields)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = shortened(".".join(map(str, first["loc"])), 200)
        raise InvalidInput(
            f"The bundle makes no sense: {where}: {shortened(first['msg'], 200)}.",
            "It may come from a newer version of Edgewright.",
        ) from None
    except (ValueError, RecursionError):
        raise InvalidInput("The bundle makes no sense: its text is no JSON within bounds.") from None


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number beyond all bounds")
    return value


def _whole(text: str) -> int:
    value = int(text)
    if not -(2**63) <= value < 2**63:
        raise ValueError("a number beyond all bounds")
    return value


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def _checked(document: BundleDocument, public_key: bytes) -> Bundle:
    run, tables = document.run, _unpacked(document.tables)
    if len(document.code) > _MOST_CODE or code_hash(document.code) != run.strategy.code_hash:
        raise InvalidInput("The code is not that of the card.")
    instrument, interval = parse_instrument(run.data.instrument), parse_interval(run.data.interval)
    start, end = parse_instant(run.data.start, "start"), parse_instant(run.data.end, "end")
    parse_instant(run.data.holdout_from, "holdout_from")
    setup_of(run.costs, run.trading)
    equity, trades = read_equity(tables["equity"]), read_trades(tables["trades"])
    _check_equity(equity, run.data.bars, start + interval.milliseconds, end)
    _check_trades(trades, run.data.bars)
    kept = {name: table for name, table in tables.items() if name not in _NEEDED_TABLES}
    _check_settlements(instrument, interval, kept)
    return Bundle(document, public_key, equity, trades, kept)


def _unpacked(tables: Mapping[Any, str]) -> dict[str, Artifact]:
    """The tables as artifacts; together they unpack to at most `MAX_TABLE_BYTES`."""
    missing = [name for name in _NEEDED_TABLES if name not in tables]
    if missing:
        raise InvalidInput(f"It lacks {', '.join(missing)}.")
    made = {
        name: Artifact(MEDIA_TYPE, base64.b64decode(text, validate=True)) for name, text in tables.items()
    }
    for artifact in made.values():
        unpack(artifact.blob, MAX_TABLE_BYTES // len(made))
    return made


def _check_equity(equity: EquityCurve, bars: int, first: int, last: int) -> None:
    """Finite values at ascending closes, of which the first and the last are those of the card's window."""
    _check_columns(bars, np.int64, equity.close_time)
    _check_columns(bars, np.float64, equity.equity, equity.benchmark)
    time = equity.close_time
    if bars < 1 or np.any(time[1:] <= time[:-1]) or (time[0], time[-1]) != (first, last):
        raise InvalidInput("The equity's times are not those of the window.")
    if not (np.isfinite(equity.equity).all() and np.isfinite(equity.benchmark).all()):
        raise InvalidInput("The equity holds something that is no number.")


def _check_trades(trades: Trades, bars: int) -> None:
    _check_columns(len(trades.entry_bar), np.int64, trades.side, trades.entry_bar, trades.exit_bar)
    if np.any(trades.entry_bar < 0) or np.any(trades.exit_bar >= bars):
        raise InvalidInput("A trade lies outside the bars.")


def _check_columns(rows: int, kind: type[np.generic], *columns: NDArray[Any]) -> None:
    if any(len(column) != rows or column.dtype != np.dtype(kind) for column in columns):
        raise InvalidInput("A table does not fit the card.")


def _check_settlements(instrument: Instrument, interval: Interval, kept: Mapping[str, Artifact]) -> None:
    """Funding and mark rows are such as the lake would take."""
    nothing = np.array([], np.int64)
    empty = dict.fromkeys(COLUMNS, np.array([], np.float64))
    bars = Bars(instrument, interval, nothing, **empty, origin=Origin.FILE)
    market = with_own_settlements(bars, kept)
    if market.funding is not None:
        funding = market.funding
        _check_columns(len(funding.time), np.int64, funding.time)
        _check_columns(len(funding.time), np.float64, funding.rate)
        FundingRates.checked(instrument, funding.time, funding.rate, funding.origin)
    if market.mark is not None:
        mark = market.mark
        columns = {name: getattr(mark, name) for name in ("open_time", *COLUMNS)}
        _check_columns(len(mark.open_time), np.int64, mark.open_time)
        _check_columns(len(mark.open_time), np.float64, *(columns[name] for name in COLUMNS))
        Bars.checked(instrument, mark.interval, columns, mark.origin)
