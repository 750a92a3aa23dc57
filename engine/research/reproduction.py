"""Run a recorded backtest again and say whether the same numbers come out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.errors import NotFound
from engine.market.bars import MarketData
from engine.market.instrument import parse_instrument
from engine.market.interval import parse_instant, parse_interval
from engine.research.backtesting import Laboratory, Window, cut, simulated
from engine.research.document import RunDocument, card_hash
from engine.version import ENGINE_VERSION


@dataclass(frozen=True, slots=True)
class Reproduction:
    """Answer of `reproduce`: `identical`, or `different` with what differs, each as a sentence."""

    run_id: str
    verdict: Literal["identical", "different"]
    differences: tuple[str, ...]
    card_hash: str


def reproduce(laboratory: Laboratory, run_id: str) -> Reproduction:
    """Run again from the recorded code, window, parameters and costs; nothing new is put on record.

    Raises:
        NotFound: no such run, or its bars are no longer in the lake.
    """
    record = laboratory.store.runs.get(run_id)
    then = RunDocument.model_validate(record.card)
    market = _same_window(laboratory, then)
    strategy = laboratory.loader.load(record.code)
    try:
        simulation = simulated(strategy, market, then.params, then.costs.costs, then.costs.cash)
    finally:
        strategy.close()
    data = then.data.model_copy(update={"hash": market.content_hash()})
    card = card_hash(then.strategy, data, then.params, then.costs, then.seed)
    differences: list[str] = []
    if then.versions.engine != ENGINE_VERSION:
        differences.append(f"engine version {then.versions.engine} then, {ENGINE_VERSION} now")
    if data.hash != then.data.hash:
        differences.append(f"the data of the window: hash {then.data.hash[:12]} then, {data.hash[:12]} now")
    now = simulation.metrics.as_dict()
    differences.extend(
        f"{name}: {was} then, {now[name]} now"
        for name, was in then.metrics.as_dict().items()
        if now[name] != was
    )
    if card != then.card_hash and not differences:
        differences.append(f"card hash {then.card_hash[:12]} then, {card[:12]} now")
    return Reproduction(run_id, "different" if differences else "identical", tuple(differences), card)


def _same_window(laboratory: Laboratory, then: RunDocument) -> MarketData:
    instrument, interval = parse_instrument(then.data.instrument), parse_interval(then.data.interval)
    start, end = parse_instant(then.data.start), parse_instant(then.data.end)
    whole = laboratory.lake.market_data(instrument, interval, funding=then.costs.funding)
    if not whole.bars.start_ms <= start < end <= whole.bars.end_ms:
        raise NotFound(
            f"The lake has no {instrument} {interval} for {then.data.start} to {then.data.end} any more.",
            "Import or sync that time again.",
        )
    return cut(whole, Window(start, end, include_holdout=True), end)
