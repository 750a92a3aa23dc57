"""One simulation: bars, signals and a setup in; trades, equity, metrics, buy and hold, and warnings out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from engine.backtest.checks import checked
from engine.backtest.costs import Costs
from engine.backtest.execution import Execution
from engine.backtest.ledger import open_position, trades
from engine.backtest.margin import Margin
from engine.backtest.metrics import metrics_of
from engine.backtest.notices import data_notices, run_notices, signal_notices
from engine.backtest.prepared import prepare, run
from engine.backtest.result import Band, Metrics, Simulation
from engine.backtest.setup import Setup
from engine.backtest.sizing import DrawdownScaling, FractionOfEquity, Sizing
from engine.errors import InvalidInput
from engine.market.bars import Bars, MarketData
from engine.market.filters import Filters
from engine.strategy.signals import Signals

if TYPE_CHECKING:
    from engine.backtest.kernel.forms import Outcome

Engine = Literal["native", "vectorbt"]
Floats = NDArray[np.float64]


def simulate(
    market: Bars | MarketData,
    signals: Signals,
    costs: Costs | None = None,
    *,
    cash: float = 10_000.0,
    execution: Execution = Execution(),
    filters: Filters | None = None,
    margin: Margin | None = None,
    sizing: Sizing = FractionOfEquity(),
    drawdown_scaling: DrawdownScaling | None = None,
    detail: Bars | None = None,
    engine: Engine = "native",
) -> Simulation:
    """Run signals over bars. The order of events stands in `docs/engine.md`.

    Args:
        market: bars, or bars with the funding and mark prices of a perpetual.
        signals: one row per bar; the row of a bar acts at the open of the next.
        costs: fees and slippage; the instrument's category has defaults.
        cash: start equity, quote currency.
        execution: latency and participation.
        filters: the instrument's; None rounds nothing and refuses nothing.
        margin: leverage and risk tiers; None means no leverage and no liquidation.
        sizing: the base that a signal's size multiplies.
        drawdown_scaling: entries shrink with the drawdown; None for never.
        detail: finer bars of the same instrument, which tell the order of high and low inside a bar.
        engine: "vectorbt" runs the part of this that vectorbt can do, as a cross-check.

    Raises:
        InvalidInput: fewer than two bars, signals of another length or type, cash not above 0, funding or
            mark prices of another instrument, or prices so extreme that equity overflows.
    """
    bars = market if isinstance(market, Bars) else market.bars
    costs = costs or Costs.defaults(bars.instrument.category)
    setup = Setup(costs, cash, execution, filters, margin, sizing, drawdown_scaling)
    return simulate_with(market, signals, setup, detail=detail, engine=engine)


def simulate_with(
    market: Bars | MarketData,
    signals: Signals,
    setup: Setup,
    *,
    detail: Bars | None = None,
    engine: Engine = "native",
) -> Simulation:
    """The same with everything about the trading in one value.

    Raises:
        InvalidInput: as `simulate`.
    """
    data = MarketData(market) if isinstance(market, Bars) else market
    _check_engine(engine)
    if engine == "vectorbt":
        from engine.backtest.vectorbt_bridge import simulate_with_vectorbt

        return simulate_with_vectorbt(data, signals, setup, detail=detail)
    prepared = prepare(data, setup, detail=detail)
    given = checked(signals, len(prepared))
    outcome = run(prepared, given, recorded=True)
    other = run(prepared, given, recorded=True, target_first=True) if _is_open_to_doubt(outcome) else outcome
    plain = Setup(setup.costs, setup.cash)
    bare = prepared if setup == plain else prepare(data, plain)
    holding = run(bare, _buy_and_hold(len(prepared)), recorded=True)
    category = data.bars.instrument.category
    notices = (
        *data_notices(data, setup.costs),
        *signal_notices(given, category),
        *run_notices(prepared, outcome.summary),
    )
    return Simulation(
        cash=setup.cash,
        equity=outcome.equity,
        trades=trades(data.bars, outcome, given.tag),
        open_position=open_position(data.bars, outcome, given.tag),
        metrics=_metrics(outcome),
        benchmark=_metrics(holding),
        benchmark_equity=holding.equity,
        ruined=outcome.summary.ruined,
        band=_band(outcome, other),
        warnings=notices,
    )


def _check_engine(engine: str) -> None:
    known = get_args(Engine)
    if engine not in known:
        raise InvalidInput(f"There is no engine {engine!r}.", f"Engines: {', '.join(known)}.")


def _is_open_to_doubt(outcome: Outcome) -> bool:
    return outcome.summary.ambiguous_bars > 0


def _metrics(outcome: Outcome) -> Metrics:
    return metrics_of(outcome.summary, outcome.equity)


def _band(outcome: Outcome, other: Outcome) -> Band:
    returns = outcome.summary.total_return, other.summary.total_return
    return Band(min(returns), max(returns), outcome.summary.ambiguous_bars, other.equity)


def _buy_and_hold(bars: int) -> Signals:
    none = np.zeros(bars, np.bool_)
    first = none.copy()
    first[0] = True
    return Signals(first, none, none, none)
