"""Open a recorded run again: its own bars, funding, mark, code, parameters and settings."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager

from engine.backtest.simulate import simulate_with
from engine.errors import NotFound
from engine.market.bars import MarketData
from engine.market.instrument import parse_instrument
from engine.market.interval import parse_instant, parse_interval
from engine.market.lake import Lake
from engine.research.artifacts import with_own_settlements
from engine.research.backtesting import Laboratory, Window, cut, detail_bars
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
    with closing(laboratory.loader.load(code)) as strategy:
        signals = strategy.signals(market.bars, document.params)
        simulation = simulate_with(market, signals, setup, detail=detail)
        yield Subject(strategy, market, document.params, setup, detail, signals, simulation)


def same_rows(lake: Lake, then: RunDocument, kept: Mapping[str, Artifact]) -> MarketData:
    """The window's bars from the lake, with the funding and mark rows that were kept with the run.

    Raises:
        NotFound: the lake does not cover the window.
        InvalidInput: it has fewer than two bars in it.
    """
    instrument, interval = parse_instrument(then.data.instrument), parse_interval(then.data.interval)
    start, end = parse_instant(then.data.start), parse_instant(then.data.end)
    whole = lake.bars(instrument, interval)
    if not whole.start_ms <= start < end <= whole.end_ms:
        raise NotFound(
            f"The lake has no {instrument} {interval} for {then.data.start} to {then.data.end} any more.",
            "Import or sync that time again.",
        )
    bars = cut(MarketData(whole), Window(start, end, include_holdout=True), end).bars
    return with_own_settlements(bars, kept)
