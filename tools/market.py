"""Toolset `market`: bars from the lake, and what the lake holds."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from engine.market.interval import format_instant
from tools.core import Core
from tools.parts import End, Series, Start, Symbol, instant_or_none, interval_of, resolved
from tools.registry import READS, Answer, Request, tool

_MAX_BARS = 1000


class GetKlines(Series):
    """Which bars."""

    start: Start = None
    end: End = None
    limit: Annotated[
        int, Field(description="How many of the newest bars in the window.", ge=1, le=_MAX_BARS)
    ] = 100
    indicators: Annotated[
        list[str],
        Field(
            description="TA-Lib indicators, e.g. SMA(20), RSI(14), MACD(12,26,9), BBANDS(20,2).",
            max_length=10,
        ),
    ] = []


class Klines(Answer):
    """Bars as columns of equal length."""

    instrument: str
    interval: str
    source: str
    synthetic: bool
    open_time: list[str] = Field(description="Bar opens, ISO 8601 UTC, ascending.")
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    volume: list[float]
    indicators: dict[str, list[float | None]] = Field(description="null during warm-up.")
    more: bool = Field(description="The window holds earlier bars that the limit left out.")


@tool("market", "Bars with indicators", READS)
def get_klines(core: Core, request: GetKlines) -> Klines:
    """Bars (open, high, low, close, volume) of one instrument from the local lake, newest last, with TA-Lib
    indicators computed on the full history before the cut.

    It shows the newest bars too, those that backtests hold out included: do not shape a strategy by them.
    What was shown of those is kept on record, and every verdict on the asset names it.
    """
    from engine.research.holdout import note_read
    from engine.strategy.chart_indicators import computed

    interval = interval_of(request)
    instrument = resolved(core, request, interval)
    end = instant_or_none(request.end, "end")
    bars = core.lake.bars(instrument, interval, end_ms=end)
    start = instant_or_none(request.start, "start")
    window = bars.between(start, None)
    shown = window.rows(max(0, len(window) - request.limit), len(window))
    columns = computed(bars, request.indicators)
    note_read(core.lake, core.store, shown, "get_klines")
    return Klines(
        instrument=str(instrument),
        interval=str(interval),
        source=bars.origin.value,
        synthetic=bars.origin.value == "synthetic",
        open_time=[format_instant(t) for t in shown.open_time.tolist()],
        open=shown.open.tolist(),
        high=shown.high.tolist(),
        low=shown.low.tolist(),
        close=shown.close.tolist(),
        volume=shown.volume.tolist(),
        indicators={name: _tail(values, len(shown)) for name, values in columns.items()},
        more=len(shown) < len(window),
    )


def _tail(values: list[float | None], count: int) -> list[float | None]:
    return values[len(values) - count :]


class GetDataCoverage(Request):
    """Which series; all when no symbol is named."""

    symbol: Annotated[Symbol | None, Field(description="Only this symbol.")] = None


class SeriesCoverage(BaseModel):
    """One series in the lake."""

    instrument: str
    kind: str = Field(description="bars, mark, index, funding or quotes")
    interval: str | None
    rows: int
    start: str
    end: str = Field(description="Exclusive.")
    missing: int = Field(description="Bars missing inside the span.")
    gaps: list[str] = Field(description="Where, the first ten.")
    source: str


class DataCoverage(Answer):
    """What the lake holds."""

    series: list[SeriesCoverage]
    how_to_add: str


@tool("market", "What data there are", READS)
def get_data_coverage(core: Core, request: GetDataCoverage) -> DataCoverage:
    """Every series in the local lake: instrument, kind (bars, mark, index, funding), interval, span, gaps.

    Backtests need bars here first; `edgewright data sync` or `edgewright data import` adds them.
    """
    series = [
        SeriesCoverage(
            instrument=str(entry.instrument),
            kind=str(entry.kind),
            interval=None if entry.interval is None else str(entry.interval),
            rows=entry.rows,
            start=format_instant(entry.start_ms),
            end=format_instant(entry.end_ms),
            missing=sum(gap.missing for gap in entry.gaps),
            gaps=[f"{gap.missing} from {format_instant(gap.start_ms)}" for gap in entry.gaps[:10]],
            source=entry.source,
        )
        for entry in core.lake.coverage(request.symbol)
    ]
    return DataCoverage(
        series=series,
        how_to_add="edgewright data sync BTCUSDT 1h --start 2024-01-01, or edgewright data import FILE",
    )
