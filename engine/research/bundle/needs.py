"""Which bars a run read, and how to get them."""

from __future__ import annotations

from engine.market.instrument import parse_instrument
from engine.market.interval import parse_interval
from engine.research.bundle.document import NeededRows
from engine.research.document import DataPart

_SYNCED = "bybit"


def needs_of(data: DataPart) -> tuple[NeededRows, ...]:
    """The bars of the run, and the finer ones where there were any.

    Raises:
        InvalidInput: instrument or interval are none.
    """
    found = [_needed(data, data.interval, data.bars, data.hash)]
    if data.detail is not None:
        found.append(_needed(data, data.detail.interval, data.detail.bars, data.detail.hash))
    return tuple(found)


def _needed(data: DataPart, interval: str, bars: int, content_hash: str) -> NeededRows:
    return NeededRows(
        instrument=data.instrument,
        interval=interval,
        source=data.source,
        start=data.start,
        end=data.end,
        bars=bars,
        hash=content_hash,
        fetch=fetch_command(data, interval),
    )


def fetch_command(data: DataPart, interval: str) -> str:
    """The command that brings the bars into a lake: from the exchange, or from a file that one must have."""
    instrument, step = parse_instrument(data.instrument), parse_interval(interval)
    if data.source == "exchange" and instrument.venue == _SYNCED:
        return f"edgewright data sync {instrument} {step} --start {data.start} --end {data.end}"
    return (
        f"edgewright data import FILE --symbol {instrument.symbol} --interval {step} "
        f"--venue {instrument.venue} --category {instrument.category}"
    )
