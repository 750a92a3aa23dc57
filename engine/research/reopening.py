"""Open a recorded run again: its own bars, funding, mark, code, parameters and settings."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager

from engine.backtest.simulate import simulate_with
from engine.errors import NotFound
from engine.market.bars import Bars, MarketData
from engine.market.instrument import parse_instrument
from engine.market.interval import parse_instant, parse_interval
from engine.market.lake import Lake
from engine.research.artifacts import with_own_settlements
from engine.research.backtesting import Laboratory, detail_bars, warmed_signals
from engine.research.document import RunDocument
from engine.research.setup_parts import setup_of
from engine.research.subject import Subject
from engine.store.records import Artifact


@contextmanager
def reopened(laboratory: Laboratory, document: RunDocument) -> Generator[Subject]:
    """The run laid open; its strategy is closed at the end. Nothing is put on record.

    Raises:
        NotFound: its bars are no longer in the lake.
    """
    runs = laboratory.store.runs
    kept = {name: runs.artifact(document.run_id, name) for name in runs.artifact_names(document.run_id)}
    market, setup = same_rows(laboratory.lake, document, kept), setup_of(document.costs, document.trading)
    finer = document.data.detail
    detail = (
        None if finer is None else detail_bars(laboratory.lake, market.bars, parse_interval(finer.interval))
    )
    code = runs.get(document.run_id).code
    warm_up = warm_up_of(laboratory.lake, document, market.bars)
    with closing(laboratory.loader.load(code)) as strategy:
        signals = warmed_signals(strategy, warm_up, market.bars, document.params)
        simulation = simulate_with(market, signals, setup, detail=detail)
        yield Subject(strategy, market, document.params, setup, detail, signals, simulation)


def same_rows(lake: Lake, then: RunDocument, kept: Mapping[str, Artifact]) -> MarketData:
    """The window's bars from the lake, with the funding and mark rows that were kept with the run.

    Raises:
        NotFound: the lake does not cover the window.
    """
    instrument, interval = parse_instrument(then.data.instrument), parse_interval(then.data.interval)
    start, end = parse_instant(then.data.start), parse_instant(then.data.end)
    whole = lake.bars(instrument, interval)
    if not whole.start_ms <= start < end <= whole.end_ms:
        raise NotFound(
            f"The lake has no {instrument} {interval} for {then.data.start} to {then.data.end} any more.",
            "Import or sync that time again.",
        )
    return with_own_settlements(whole.between(start, end), kept)


def warm_up_of(lake: Lake, then: RunDocument, bars: Bars) -> Bars | None:
    """As many bars before the run's own as its signals have read; None where it has read none."""
    if then.data.warm_up is None:
        return None
    earlier = lake.bars(bars.instrument, bars.interval, end_ms=bars.start_ms)
    return earlier.rows(max(0, len(earlier) - then.data.warm_up.bars), len(earlier))
