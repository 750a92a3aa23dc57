"""Which bars a run read, and how to get them."""

from __future__ import annotations

from engine.market.instrument import parse_instrument
from engine.market.interval import format_instant, parse_instant, parse_interval
from engine.research.bundle.document import NeededRows
from engine.research.document import DataPart

_SYNCED = "bybit"


def needs_of(data: DataPart) -> tuple[NeededRows, ...]:
    """The bars of the run, and the finer and the earlier ones where there were any.

    Raises:
        InvalidInput: instrument, interval or dates are none.
    """
    own = NeededRows(
        purpose="bars",
        instrument=data.instrument,
        interval=data.interval,
        source=data.source,
        start=data.start,
        end=data.end,
        bars=data.bars,
        hash=data.hash,
        fetch="",
    )
    found = [own]
    if data.detail is not None:
        finer = data.detail
        changes = {"interval": finer.interval, "bars": finer.bars, "hash": finer.hash}
        found.append(own.model_copy(update={"purpose": "detail", **changes}))
    if data.warm_up is not None:
        earlier = data.warm_up
        length = earlier.bars * parse_interval(data.interval).milliseconds
        start = format_instant(max(0, parse_instant(data.start) - length))
        changes = {"start": start, "end": data.start, "bars": earlier.bars, "hash": earlier.hash}
        found.append(own.model_copy(update={"purpose": "warm_up", **changes}))
    return tuple(need.model_copy(update={"fetch": _fetch_command(need)}) for need in found)


def _fetch_command(need: NeededRows) -> str:
    """The command that brings the bars into a lake: from the exchange, or from a file that one must have."""
    instrument, interval = parse_instrument(need.instrument), parse_interval(need.interval)
    if need.source == "exchange" and instrument.venue == _SYNCED:
        return f"edgewright data sync {instrument} {interval} --start {need.start} --end {need.end}"
    return (
        f"edgewright data import FILE --symbol {instrument.symbol} --interval {interval} "
        f"--venue {instrument.venue} --category {instrument.category}"
    )
