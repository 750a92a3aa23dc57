"""Thirty runs on recorded bars whose orders and returns are pinned: a number that moves is seen.

    python -m tests.campaigns.engine_golden            compares with tests/data/engine/golden.json
    python -m tests.campaigns.engine_golden --write    pins what the engine says now

Pin anew only where the engine is meant to give other figures, together with a higher `ENGINE_VERSION`. The
signals are plain comparisons of prices, so that no other library's version can move them. Of each run the
file holds a SHA-256 over all fills, the number of trades and the total return. Exit code 1 when one differs.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.backtest.costs import Costs
from engine.backtest.execution import Execution
from engine.backtest.margin import Margin, tiers_of
from engine.backtest.result import Simulation
from engine.backtest.setup import Setup
from engine.backtest.simulate import simulate_with
from engine.backtest.sizing import (
    CappedKelly,
    DrawdownScaling,
    FixedNotional,
    FixedQuantity,
    FractionOfEquity,
    RiskPerTrade,
    VolatilityTarget,
)
from engine.backtest.slippage import FixedSlippage, HalfSpread, SquareRootImpact, VolatilityShare
from engine.market.bars import Bars, MarketData
from engine.market.filters import Filters
from engine.strategy.signals import Signals
from engine.version import ENGINE_VERSION
from tests.support.price_rules import breakout, clockwork, crossing, dips, momentum, with_levels
from tests.support.recorded_market import recorded_market

GOLDEN = Path(__file__).resolve().parents[1] / "data" / "engine" / "golden.json"
SHARED = Path(os.environ.get("EDGEWRIGHT_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "data"

PERPETUAL, SPOT = Costs(2.0, 5.5), Costs(10.0, 10.0)
FREE = Costs(0.0, 0.0, FixedSlippage(0.0), funding=False)
UNFUNDED = Costs(2.0, 5.5, FixedSlippage(2.0), funding=False)
REBATE = Costs(-1.0, 4.0, HalfSpread(3.0))
ROUGH = Costs(2.0, 5.5, VolatilityShare(0.05))
IMPACT = Costs(2.0, 5.5, SquareRootImpact(1.0))
BTC_FILTERS = Filters(tick=0.1, lot=0.001, min_quantity=0.001, min_notional=5.0, max_market_quantity=150.0)
BTC_TIERS = tiers_of(((2_000_000.0, 0.005, 100.0), (10_000_000.0, 0.01, 50.0), (20_000_000.0, 0.02, 25.0)))

BTC_1H, ETH_1H, SOL_1H, BNB_1H = (f"bybit_linear_{coin}USDT_1h" for coin in ("BTC", "ETH", "SOL", "BNB"))
BTC_15M, ETH_15M, SOL_15M = (f"bybit_linear_{coin}USDT_15m" for coin in ("BTC", "ETH", "SOL"))
BTC_4H, BTC_1D, BTC_5M = "bybit_linear_BTCUSDT_4h", "bybit_linear_BTCUSDT_1d", "bybit_linear_BTCUSDT_5m"
SPOT_1H, SPOT_4H, SPOT_1D = (f"binance_spot_BTCUSDT_{interval}" for interval in ("1h", "4h", "1d"))


@dataclass(frozen=True)
class GoldenRun:
    """One pinned run.

    Attributes:
        file: of recorded bars.
        signals: from the bars.
        rows: first row and the one after the last; None for all.
    """

    name: str
    file: str
    signals: Callable[[Bars], Signals]
    setup: Setup
    rows: tuple[int, int] | None = None

    def market(self, folder: Path) -> MarketData:
        """Bars, funding and mark prices of the run."""
        whole = recorded_market(folder, self.file)
        if self.rows is None:
            return whole
        return MarketData(whole.bars.rows(*self.rows), whole.funding, whole.mark)

    def simulation(self, folder: Path) -> Simulation:
        """The run as the engine has it now."""
        market = self.market(folder)
        return simulate_with(market, self.signals(market.bars), self.setup)


def _both(rule: Callable[..., Signals], *numbers: float, **levels: float) -> Callable[[Bars], Signals]:
    return lambda bars: with_levels(bars, rule(bars, *numbers, shorts=True), **levels)


def _long(rule: Callable[..., Signals], *numbers: float, **levels: float) -> Callable[[Bars], Signals]:
    return lambda bars: with_levels(bars, rule(bars, *numbers, shorts=False), **levels)


RUNS = (
    GoldenRun("crossing, long only, spot 1h", SPOT_1H, _long(crossing, 20, 100), Setup(SPOT)),
    GoldenRun("crossing, long only, spot 4h", SPOT_4H, _long(crossing, 10, 50), Setup(SPOT, cash=500.0)),
    GoldenRun("breakout with a stop, spot 1d", SPOT_1D, _long(breakout, 20, stop_loss=0.08), Setup(SPOT)),
    GoldenRun("crossing, both sides, funding", BTC_1H, _both(crossing, 20, 100), Setup(PERPETUAL)),
    GoldenRun("crossing, both sides, no funding", BTC_1H, _both(crossing, 20, 100), Setup(UNFUNDED)),
    GoldenRun("crossing, both sides, ether", ETH_1H, _both(crossing, 35, 150), Setup(PERPETUAL)),
    GoldenRun(
        "breakout, stops and targets",
        SOL_1H,
        _both(breakout, 48, stop_loss=0.03, take_profit=0.06),
        Setup(PERPETUAL),
    ),
    GoldenRun("breakout, trailing stop", ETH_1H, _both(breakout, 24, trailing_stop=0.04), Setup(PERPETUAL)),
    GoldenRun(
        "breakout, all levels",
        BNB_1H,
        _both(breakout, 72, stop_loss=0.02, take_profit=0.05, trailing_stop=0.03),
        Setup(PERPETUAL),
    ),
    GoldenRun("dips, half size", BTC_15M, _long(dips, 96, 0.03, stop_loss=0.02, size=0.5), Setup(PERPETUAL)),
    GoldenRun(
        "dips, tight levels",
        SOL_15M,
        _both(dips, 48, 0.02, stop_loss=0.005, take_profit=0.005),
        Setup(PERPETUAL),
        (0, 2_000),
    ),
    GoldenRun("momentum, both sides", ETH_15M, _both(momentum, 96, 0.02), Setup(PERPETUAL)),
    GoldenRun("momentum, maker rebate", BTC_5M, _both(momentum, 288, 0.03, take_profit=0.01), Setup(REBATE)),
    GoldenRun("momentum, daily", BTC_1D, _both(momentum, 10, 0.05, stop_loss=0.1), Setup(PERPETUAL)),
    GoldenRun("clockwork without costs", BTC_4H, _both(clockwork, 7, 3), Setup(FREE)),
    GoldenRun(
        "clockwork, re-entries of a fixed quantity",
        BTC_4H,
        _long(clockwork, 5, 5),
        Setup(PERPETUAL, sizing=FixedQuantity(0.05)),
    ),
    GoldenRun("clockwork, 1m spot", "bybit_spot_BTCUSDT_1m_20221213", _long(clockwork, 15, 7), Setup(SPOT)),
    GoldenRun(
        "dips, 1m perpetual without funding data",
        "binance_usdm_ETHUSDT_1m",
        _both(dips, 240, 0.01, trailing_stop=0.005),
        Setup(PERPETUAL),
    ),
    GoldenRun("crossing, 5m spot", "bybit_spot_BTCUSDT_5m", _long(crossing, 12, 288), Setup(SPOT)),
    GoldenRun(
        "a short that is ruined", SOL_1H, _both(clockwork, 100_000, 99_999), Setup(PERPETUAL), (0, 9_000)
    ),
    GoldenRun("share of volatility", BTC_1H, _both(breakout, 24, stop_loss=0.02), Setup(ROUGH)),
    GoldenRun(
        "latency of two bars",
        ETH_1H,
        _both(crossing, 20, 100, stop_loss=0.03),
        Setup(PERPETUAL, execution=Execution(latency_bars=2)),
    ),
    GoldenRun(
        "participation in the volume",
        BTC_5M,
        _both(momentum, 288, 0.03, stop_loss=0.01),
        Setup(PERPETUAL, cash=20_000_000.0, execution=Execution(participation=0.05)),
        (0, 40_000),
    ),
    GoldenRun(
        "impact of the quantity",
        SOL_1H,
        _both(breakout, 48, take_profit=0.05),
        Setup(IMPACT, cash=1_000_000.0),
    ),
    GoldenRun(
        "leverage with liquidations on the mark",
        ETH_1H,
        _both(crossing, 20, 100),
        Setup(PERPETUAL, margin=Margin(20.0), sizing=FractionOfEquity(2.0)),
    ),
    GoldenRun(
        "leverage through risk tiers",
        BTC_1H,
        _both(breakout, 48, stop_loss=0.05),
        Setup(PERPETUAL, cash=1_000_000.0, margin=Margin(10.0, BTC_TIERS), sizing=FractionOfEquity(3.0)),
    ),
    GoldenRun(
        "risk per trade with filters",
        BTC_15M,
        _both(breakout, 96, stop_loss=0.01, take_profit=0.03),
        Setup(PERPETUAL, filters=BTC_FILTERS, sizing=RiskPerTrade(0.01)),
    ),
    GoldenRun(
        "volatility target, shrinking in drawdowns",
        ETH_1H,
        _both(crossing, 35, 150),
        Setup(PERPETUAL, sizing=VolatilityTarget(0.3, 72), drawdown_scaling=DrawdownScaling(0.4, 0.2)),
    ),
    GoldenRun(
        "capped Kelly",
        BTC_1H,
        _both(breakout, 12, stop_loss=0.02, take_profit=0.02),
        Setup(PERPETUAL, sizing=CappedKelly(cap=0.5, warmup=30)),
    ),
    GoldenRun(
        "fixed notional, everything at once",
        BTC_5M,
        _both(momentum, 288, 0.02, stop_loss=0.01, take_profit=0.02),
        Setup(
            IMPACT,
            cash=200_000.0,
            execution=Execution(latency_bars=1, participation=0.02),
            filters=BTC_FILTERS,
            margin=Margin(5.0, BTC_TIERS),
            sizing=FixedNotional(400_000.0),
        ),
        (0, 12_000),
    ),
)


def fills_of(result: Simulation) -> Iterator[str]:
    """Entry and exit of every trade, then the open position's entry: time, side, quantity, price, reason."""
    trades, position = result.trades, result.open_position
    for row in range(len(trades)):
        side, quantity = int(trades.side[row]), float(trades.quantity[row])
        yield _fill(int(trades.entry_time[row]), side, quantity, float(trades.entry_price[row]), "entry")
        yield _fill(
            int(trades.exit_time[row]),
            -side,
            quantity,
            float(trades.exit_price[row]),
            trades.exit_reason[row],
        )
    if position is not None:
        yield _fill(position.entry_time, position.side, position.quantity, position.entry_price, "entry")


def _fill(time: int, side: int, quantity: float, price: float, reason: str) -> str:
    return f"{time} {side:+d} {quantity:.12g} {price:.12g} {reason}\n"


def pinned(result: Simulation) -> dict[str, Any]:
    """What the file holds of a run."""
    return {
        "orders": hashlib.sha256("".join(fills_of(result)).encode()).hexdigest(),
        "trades": len(result.trades),
        "total_return": f"{result.metrics.total_return:.12g}",
    }


def main() -> int:
    """Compare or pin."""
    if not SHARED.is_dir():
        print(f"No market files in {SHARED}: EDGEWRIGHT_SHARED names the folder above data.")
        return 1
    now = {run.name: pinned(run.simulation(SHARED)) for run in RUNS}
    if "--write" in sys.argv[1:]:
        GOLDEN.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"engine_version": ENGINE_VERSION, "runs": now}, indent=1)
        GOLDEN.write_text(text + "\n", encoding="utf-8")
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    print(f"{'golden run':44}{'trades':>8}{'total return':>20}  orders")
    for name, run in now.items():
        same = golden["runs"].get(name) == run
        mark = "" if same else " DIFFERS"
        print(f"{name:44}{run['trades']:>8}{run['total_return']:>20}  {run['orders'][:12]}{mark}")
    if golden["runs"] != now:
        print(f"pinned by engine version {golden['engine_version']}, this is {ENGINE_VERSION}")
    return 0 if golden["runs"] == now else 1


if __name__ == "__main__":
    sys.exit(main())
