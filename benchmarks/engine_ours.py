"""Our side of the engine's benchmark (see `benchmarks.engine_child`)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from benchmarks import engine_work as work
from benchmarks.engine_child import serve
from benchmarks.engine_single import SETUP, Work, bars_of, four_metrics, single, sma_cross
from engine.backtest.events import simulate_events
from engine.backtest.simulate import simulate_with
from engine.backtest.sweep import sweep
from engine.strategy.compiled.form import CompiledStrategy, declared
from engine.strategy.events import Context, EventStrategy
from engine.strategy.indicators import IndicatorCache
from engine.strategy.library import catalogue
from engine.version import ENGINE_VERSION
from sandbox.loader import SandboxLoader


def wide_sma_cross() -> CompiledStrategy:
    """The same rule with windows as wide as the sweep asks for."""
    form = sma_cross()
    spec = declared({"fast": {"default": 20, "low": 2}, "slow": {"default": 100, "low": 2}}, ("fast < slow",))
    return CompiledStrategy(spec, form.requests, form.rule)


def everything(rows: int) -> Work:
    """The same to all metrics, trades, equity, buy and hold, and the band."""
    bars, form, params = bars_of(rows), sma_cross(), dict(zip(("fast", "slow"), work.SINGLE, strict=True))

    def run() -> dict[str, Any]:
        signals = form.signals(IndicatorCache(bars), params)
        return dict(simulate_with(bars, signals, SETUP).metrics.as_dict())

    return run


def text(rows: int) -> Work:
    """One backtest of the text form, through the sandbox, to four metrics."""
    bars, strategy = bars_of(rows), SandboxLoader().load(catalogue.text("sma_cross"))
    params = dict(zip(("fast", "slow"), work.SINGLE, strict=True))
    return lambda: four_metrics(bars, strategy.signals(bars, params))


def pairs(rows: int, sets: int) -> Work:
    """A sweep of SMA pairs by the compiled form; beyond those of the benchmark, slower ones."""
    bars, strategy = bars_of(rows), wide_sma_cross()
    slow = range(45, 45 + 5 * -(-sets // len(work.FAST)), 5)
    grid = {"fast": work.FAST[:sets], "slow": slow}

    def run() -> dict[str, Any]:
        table = sweep(bars, strategy, grid, SETUP)
        return {"sets": len(table), "trades": int(table.metrics["trades"].sum())}

    return run


def stops(rows: int, sets: int) -> Work:
    """A sweep of a text with two indicators and stops, through the sandbox."""
    bars, strategy = bars_of(rows), SandboxLoader().load(work.STOPS_TEXT)
    grid = [{"window": window, "period": period} for window, period in work.STOP_SETS[:sets]]

    def run() -> dict[str, Any]:
        table = sweep(bars, strategy, grid, SETUP)
        return {"sets": len(table), "trades": int(table.metrics["trades"].sum())}

    return run


class Crossing(EventStrategy):
    """Average crosses with half of the equity, asked at every bar."""

    spec = declared({})

    def on_start(self, _context: Context) -> None:
        """Nothing is known yet."""
        self.state = {"fast": 0.0, "slow": 0.0, "gap": math.nan}

    def on_bar(self, context: Context) -> None:
        """Hold while the fast average is above the slow one."""
        fast, slow = work.SINGLE
        state, close, bar = self.state, context.close, context.bar
        state["fast"] += close[-1] - (close[-1 - fast] if bar >= fast else 0.0)
        state["slow"] += close[-1] - (close[-1 - slow] if bar >= slow else 0.0)
        if bar < slow - 1:
            return
        before, gap = state["gap"], state["fast"] / fast - state["slow"] / slow
        state["gap"] = gap
        if gap > 0 and before <= 0 and context.position is None:
            context.buy(work.EVENT_SHARE * context.equity / close[-1])
        elif gap < 0 and before >= 0:
            context.close_position()


def on_bar(rows: int) -> Work:
    """One backtest of an event-shaped strategy, to everything that a simulation has."""
    bars, setup = bars_of(rows), replace(SETUP, cash=work.EVENT_CASH)

    def run() -> dict[str, Any]:
        metrics = simulate_events(bars, Crossing(), setup).simulation.metrics
        return {"trades": metrics.trades, "total_return": metrics.total_return}

    return run


TASKS = {
    "single": single,
    "everything": everything,
    "text": text,
    "pairs": pairs,
    "stops": stops,
    "on_bar": on_bar,
}

if __name__ == "__main__":
    serve({"name": "edgewright", "version": str(ENGINE_VERSION)}, TASKS)
