"""What a reader of a result must know about the data and signals it stands on: its warnings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from engine.backtest.costs import Costs
from engine.market.bars import Bars, FundingRates, MarketData
from engine.market.instrument import Category
from engine.market.interval import Interval, format_instant
from engine.strategy.signals import Signals

if TYPE_CHECKING:
    from engine.backtest.kernel.forms import Summary
    from engine.backtest.prepared import Prepared

_USUAL_FUNDING_MS = 8 * Interval.H1.milliseconds
RUINED = "Equity fell to 0 or below: the run ended there as ruined."


def data_notices(market: MarketData, costs: Costs) -> tuple[str, ...]:
    """Warnings about made-up data, gaps, and funding that is absent, partial or without mark prices."""
    notices: list[str] = []
    bars = market.bars
    if market.synthetic:
        notices.append("SYNTHETIC data: made up by a generator, no market ever traded these prices.")
    gaps = bars.gaps
    if gaps:
        missing = sum(gap.missing for gap in gaps)
        notices.append(
            f"Gaps in the bars: {missing} bars are missing at {len(gaps)} places,"
            f" the first at {format_instant(gaps[0].start_ms)}."
        )
    category = bars.instrument.category
    if category is Category.INVERSE:
        notices.append("An inverse contract is simulated as a linear one: gains are in the quote currency.")
    if category.is_derivative and costs.funding:
        notices.extend(_funding_notices(market))
    return tuple(notices)


def signal_notices(signals: Signals, category: Category) -> tuple[str, ...]:
    """The signals' own warnings, and what of them does not act."""
    notices = list(signals.warnings)
    both = int(np.count_nonzero(signals.long_entry & signals.short_entry))
    if both:
        notices.append(f"{both} bars ask for a long and a short entry at once: neither acts there.")
    shorts = int(np.count_nonzero(signals.short_entry))
    if shorts and not category.is_derivative:
        notices.append(
            f"Spot cannot be sold short: {shorts} short entries are ignored; they close no long either."
        )
    if signals.size is not None:
        empty = int(np.count_nonzero((signals.long_entry ^ signals.short_entry) & (signals.size == 0.0)))
        if empty:
            notices.append(f"{empty} entries have size 0 and open nothing.")
    return tuple(dict.fromkeys(notices))


def run_notices(prepared: Prepared, summary: Summary) -> Iterator[str]:
    """What orders met on their way, counted: filters, missing stops, money, volume, liquidation, ruin."""
    cases = (
        (summary.refused, "entries are refused by the instrument's filters: too small."),
        (summary.without_stop, "entries have no stop to size them by and open nothing."),
        (summary.cut, "entries are cut to what the account can pay, or to the largest size."),
        (summary.carried, "times the rest of an order was carried over: the bar's volume was too small."),
        (summary.liquidations, "positions were liquidated."),
    )
    for count, text in cases:
        if count:
            yield f"{count} {text}"
    if prepared.unmarked:
        share = f"{prepared.unmarked} of {len(prepared)} bars"
        yield f"No mark price for {share}: their own prices decide liquidation there."
    if summary.resolved_bars:
        yield (
            f"Finer bars told the order of events in {summary.resolved_bars} ambiguous bars;"
            f" {summary.ambiguous_bars} stay ambiguous."
        )
    if summary.ruined:
        yield RUINED


def _funding_notices(market: MarketData) -> Iterator[str]:
    funding, mark = market.funding, market.mark
    if funding is None or not len(funding):
        yield "No funding data for this perpetual: funding is not charged, real results differ."
        return
    absent = _absent_funding(funding, market.bars)
    if absent:
        yield f"Funding data covers only part of the window, none is charged {absent}."
    stamps = funding.between(market.bars.start_ms + 1, int(market.bars.open_time[-1]) + 1).time
    missing = len(stamps) if mark is None else int(np.count_nonzero(~np.isin(stamps, mark.open_time)))
    if missing:
        yield (f"No mark price at {missing} of {len(stamps)} funding stamps: the bar's open stands in there.")


def _absent_funding(funding: FundingRates, bars: Bars) -> str:
    """The parts of (first open, last open] in which a settlement is due and none is known, in words.

    The step between settlements may change within the data (8 h to 4 h), so what is due next to a stamp is
    judged by the steps beside it: a hole is a step longer than both of its neighbours.
    """
    first, last = bars.start_ms, int(bars.open_time[-1])
    times = funding.time
    steps = np.diff(times)
    head = int(steps[0]) if len(steps) else _USUAL_FUNDING_MS
    tail = int(steps[-1]) if len(steps) else _USUAL_FUNDING_MS
    parts: list[str] = []
    if int(times[0]) - head > first:
        parts.append(f"before {format_instant(int(times[0]))}" if int(times[0]) <= last else "anywhere in it")
    for i in np.flatnonzero((steps[1:-1] > steps[:-2]) & (steps[1:-1] > steps[2:])) + 1:
        start, stop = int(times[i]), int(times[i + 1])
        if stop > first and start < last:
            parts.append(f"between {format_instant(start)} and {format_instant(stop)}")
    if int(times[-1]) + tail <= last:
        parts.append(
            f"after {format_instant(int(times[-1]))}" if int(times[-1]) > first else "anywhere in it"
        )
    return _joined(parts)


def _joined(parts: list[str], shown: int = 3) -> str:
    more = f" and at {len(parts) - shown} more places" if len(parts) > shown else ""
    return ", ".join(dict.fromkeys(parts[:shown])) + more
