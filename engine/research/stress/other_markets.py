"""The same strategy with the same parameters on other markets: an idea should not need one symbol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from engine.backtest.checks import checked
from engine.backtest.margin import Margin
from engine.backtest.prepared import prepare, run
from engine.backtest.setup import Setup
from engine.backtest.sizing import FixedNotional, FixedQuantity
from engine.errors import EdgewrightError
from engine.market.bars import Bars, MarketData
from engine.market.instrument import Instrument
from engine.research.findings import StressRow
from engine.research.stress.rows import row_of
from engine.research.subject import Subject
from engine.strategy.compiled.library import compiled_form
from engine.strategy.indicators import IndicatorCache
from engine.strategy.signals import Signals


def symbol_rows(subject: Subject, others: Mapping[Instrument, MarketData]) -> Iterator[StressRow]:
    """One row per other market; a market on which the strategy fails says so in a row without figures.

    Costs are the run's own. Order filters and risk tiers belong to the run's instrument and are left out.
    """
    series = [market.bars for market in others.values()]
    setup = _setup_elsewhere(subject.setup, float(subject.market.bars.close[0]))
    for (instrument, market), signals in zip(others.items(), _signals_on(subject, series), strict=True):
        yield _row(instrument, market, signals, setup)


def _row(
    instrument: Instrument, market: MarketData, signals: Signals | EdgewrightError, setup: Setup
) -> StressRow:
    name, said = f"symbol:{instrument}", f"The same parameters on {instrument}."
    try:
        if isinstance(signals, EdgewrightError):
            raise signals
        prepared = prepare(market, setup)
        return row_of(name, said, run(prepared, checked(signals, len(prepared)), recorded=False).summary)
    except EdgewrightError as error:
        said = f"{said} It failed there: {error.message}"
        return StressRow(name=name, said=said, sharpe=None, total_return=0.0, max_drawdown=0.0, trades=0)


def _signals_on(subject: Subject, series: list[Bars]) -> Iterator[Signals | EdgewrightError]:
    """By the compiled form where there is one; it gives the same signals."""
    form = compiled_form(subject.strategy.spec.code_hash)
    if form is None:
        yield from subject.strategy.signals_on(series, subject.params)
        return
    for bars in series:
        try:
            yield form.signals(IndicatorCache(bars), subject.params)
        except EdgewrightError as error:
            yield error


def _setup_elsewhere(setup: Setup, price: float) -> Setup:
    """The setup for another instrument; a quantity becomes what it was worth at `price`."""
    sizing = setup.sizing
    return replace(
        setup,
        filters=None,
        margin=None if setup.margin is None else Margin(setup.leverage),
        sizing=FixedNotional(sizing.quantity * price) if isinstance(sizing, FixedQuantity) else sizing,
    )
