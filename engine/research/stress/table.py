"""The stress table: the run under every other condition, one row each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.cancellation import Cancellation
from engine.market.bars import MarketData
from engine.market.instrument import Instrument
from engine.progress import Progress, unheard
from engine.research.findings import StressRow
from engine.research.stress.costs import cost_rows, delay_row, path_rows
from engine.research.stress.other_markets import symbol_rows
from engine.research.stress.rows import row_of
from engine.research.stress.sub_periods import volatile_rows
from engine.research.subject import Subject

_OWN = 10  # rows about the subject's own market: costs, delay, paths, volatile stretches, buy and hold


def stress_rows(
    subject: Subject,
    others: Mapping[Instrument, MarketData] | None = None,
    *,
    cancellation: Cancellation | None = None,
    progress: Progress = unheard,
) -> tuple[StressRow, ...]:
    """The run under higher costs, delay, both paths inside a bar, in volatile stretches, on other symbols.

    The names: costs_x2, costs_x3, one_bar_later, stop_first, target_first, volatile_1 to volatile_3 (as many
    as there are), symbol:<instrument> per other market, buy_and_hold. The signals stay and only the
    simulation is repeated; on other markets the strategy makes its own.

    Args:
        others: other markets, of the same interval and window.

    Raises:
        Cancelled: as asked.
    """
    rows: list[StressRow] = []
    count = _OWN + len(others or {})
    for row in _rows(subject, others or {}):
        if cancellation is not None:
            cancellation.check()
        rows.append(row)
        progress(min(len(rows) / count, 1.0), "other conditions")
    return tuple(rows)


def _rows(subject: Subject, others: Mapping[Instrument, MarketData]) -> Iterator[StressRow]:
    yield from cost_rows(subject)
    yield delay_row(subject)
    yield from path_rows(subject)
    yield from volatile_rows(subject)
    yield from symbol_rows(subject, others)
    yield row_of(
        "buy_and_hold", "Bought at the second bar and held, same costs.", subject.simulation.benchmark
    )
