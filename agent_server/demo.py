"""The main job from start to end, for `edgewright demo`: it chooses the data and says which."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent_server.output import say
from engine.errors import InvalidInput, NotFound, ProviderUnavailable, StrategyRejected
from engine.market.instrument import Category, Instrument
from engine.market.interval import DAY_MS, Interval, format_instant, parse_interval
from tools.agent import GenerateStrategy, generate_strategy
from tools.backtest import BacktestRun, RunBacktest, backtest_request, laboratory, shaped
from tools.core import Core

if TYPE_CHECKING:
    from engine.research.backtesting import CompletedRun

DEFAULT_IDEA = (
    "Follow the trend: buy when the 20 EMA crosses above the 100 EMA, sell when it crosses back under, "
    "only while ADX(14) is above 20, with a 5% stop loss."
)
_SYNC_DAYS = 400
_SYNTHETIC_BARS = 20_000
_SYNTHETIC_SEED = 7
_REACHABLE_S = 3.0


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demonstration did."""

    idea: str
    data: str
    written_by: str
    brief: str
    completed: CompletedRun
    answer: BacktestRun


def run_demo(core: Core, idea: str, symbol: str, interval_name: str, data: Path | None) -> Demo:
    """Compose, validate, backtest.

    Raises:
        InvalidInput: the idea says too little; the text holds the one question.
    """
    interval = parse_interval(interval_name)
    core.prepare()
    say(f"Idea      {idea}")
    instrument, used = choose_data(core, symbol, interval, data)
    say(f"Data      {used}")
    written = generate_strategy(core, GenerateStrategy(idea=idea, symbol=symbol, interval=interval_name))
    if written.question is not None:
        raise InvalidInput(written.question.text, f"For example: {'; '.join(written.question.options)}.")
    say(f"Code      by {written.written_by}: {written.name} ({written.strategy_id})")
    validation = written.validation
    if validation is None or validation.verdict == "rejected" or written.code is None:
        raise StrategyRejected("The composed code was rejected by the sandbox.", "Please report this idea.")
    say("Sandbox   accepted")
    request = RunBacktest(
        strategy_id=written.strategy_id,
        symbol=instrument.symbol,
        venue=instrument.venue,
        category=instrument.category,
        interval=interval_name,
    )
    completed = laboratory(core).run(backtest_request(core, request))
    answer = shaped(core.store.runs.get(completed.document.run_id), core, "stats")
    return Demo(idea, used, written.written_by, written.brief or "", completed, answer)


def choose_data(core: Core, symbol: str, interval: Interval, file: Path | None) -> tuple[Instrument, str]:
    """The file, else the lake, else Bybit's public API, else synthetic bars; and which it was, in words."""
    if file is not None:
        return _from_file(core, symbol, interval, file)
    try:
        return _from_lake(core, symbol, interval)
    except NotFound:
        pass
    try:
        return _from_bybit(core, symbol, interval)
    except ProviderUnavailable as unavailable:
        say(f"Data      no {symbol} {interval} in the lake; {unavailable.message}")
    return _synthetic(core, interval)


def _from_file(core: Core, symbol: str, interval: Interval, file: Path) -> tuple[Instrument, str]:
    from engine.market.sources.files import import_path

    report = import_path(core.lake, file, symbol=symbol, interval=interval)
    bars = [entry for entry in report.series if entry.interval == interval]
    if not bars:
        raise InvalidInput(f"{file} holds no {interval} bars.", "Give a file of bars, or another --interval.")
    entry = bars[0]
    return entry.instrument, f"{entry.instrument} {interval} from {file.name}, {entry.total} bars"


def _from_lake(core: Core, symbol: str, interval: Interval) -> tuple[Instrument, str]:
    try:
        instrument = core.lake.resolve(symbol, interval=interval)
    except InvalidInput:  # several match: the venue of this platform first
        instrument = core.lake.resolve(symbol, interval=interval, venue="bybit", category=Category.LINEAR)
    bars = core.lake.bars(instrument, interval)
    until = format_instant(bars.end_ms)
    return instrument, f"{instrument} {interval} from the lake, {len(bars)} bars to {until}"


def _from_bybit(core: Core, symbol: str, interval: Interval) -> tuple[Instrument, str]:
    from agent_server.terminal import progress
    from engine.market.sources.sync import sync

    if not core.bybit.reachable(_REACHABLE_S):
        raise ProviderUnavailable(f"{core.settings.bybit_host} did not answer within {_REACHABLE_S:g} s.")
    instrument = Instrument("bybit", Category.LINEAR, symbol.upper())
    start = core.bybit.server_time_ms() - _SYNC_DAYS * DAY_MS
    with progress(f"Fetching {instrument} {interval}") as advance:
        sync(
            core.lake,
            core.bybit,
            instrument,
            interval,
            start_ms=start,
            progress=lambda at: advance(at.done_ms, at.total_ms),
        )
    return instrument, f"{instrument} {interval} from Bybit's public API, the last {_SYNC_DAYS} days"


def _synthetic(core: Core, interval: Interval) -> tuple[Instrument, str]:
    from engine.market.sources.synthetic import synthetic_market

    market = synthetic_market(interval=interval, bars=_SYNTHETIC_BARS, seed=_SYNTHETIC_SEED)
    core.lake.append(market.bars)
    if market.funding is not None:
        core.lake.append(market.funding)
    instrument = market.bars.instrument
    return instrument, f"SYNTHETIC bars {instrument} {interval}, seed {_SYNTHETIC_SEED}: no market at all"
