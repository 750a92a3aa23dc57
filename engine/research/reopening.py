"""Open a recorded run again: its own bars, funding, mark, code, parameters and settings."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, contextmanager

from engine.backtest.simulate import simulate_with
from engine.errors import NotFound
from engine.market.bars import MarketData
from engine.market.instrument import parse_instrument
from engine.market.interval import parse_instant, parse_interval
from engine.research.artifacts import with_own_settlements
from engine.research.backtesting import Laboratory, Window, cut, detail_bars
from engine.research.document import RunDocument
from engine.research.setup_parts import setup_of
from engine.research.subject import Subject


@contextmanager
def reopened(laboratory: Laboratory, document: RunDocument) -> Generator[Subject]:
    """The run laid open; its strategy is closed at the end. Nothing is put on record.

    Raises:
        NotFound: its bars are no longer in the lake.
    """
    market, setup = _same_rows(laboratory, document), setup_of(document.costs, document.trading)
    finer = document.data.detail
    detail = (
        None if finer is None else detail_bars(laboratory.lake, market.bars, parse_interval(finer.interval))
    )
    code = laboratory.store.runs.get(document.run_id).code
    with closing(laboratory.loader.load(code)) as strategy:
        signals = strategy.signals(market.bars, document.params)
        simulation = simulate_with(market, signals, setup, detail=detail)
        yield Subject(strategy, market, document.params, setup, detail, signals, simulation)


def _same_rows(laboratory: Laboratory, then: RunDocument) -> MarketData:
    """The window's bars from the lake, with the funding and mark rows that were kept with the run."""
    instrument, interval = parse_instrument(then.data.instrument), parse_interval(then.data.interval)
    start, end = parse_instant(then.data.start), parse_instant(then.data.end)
    whole = laboratory.lake.bars(instrument, interval)
    if not whole.start_ms <= start < end <= whole.end_ms:
        raise NotFound(
            f"The lake has no {instrument} {interval} for {then.data.start} to {then.data.end} any more.",
            "Import or sync that time again.",
        )
    bars = cut(MarketData(whole), Window(start, end, include_holdout=True), end).bars
    runs = laboratory.store.runs
    names = runs.artifact_names(then.run_id)
    return with_own_settlements(bars, {name: runs.artifact(then.run_id, name) for name in names})
