"""Small makers of bars, simulations and run documents for the tests of the report and the terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from engine.backtest.result import Band, ExitReason, Metrics, OpenPosition, Simulation, Trades
from engine.market.bars import Bars, Origin
from engine.market.instrument import parse_instrument
from engine.market.interval import Interval, format_instant

CASH = 10_000.0
START_MS = 1_672_531_200_000  # 2023-01-01
REASONS = tuple(reason for reason in ExitReason if reason is not ExitReason.LIQUIDATION)
CODE = '"""Trend persists."""\nPARAMS = {"fast": 20}\n\ndef generate_signals(df, params):\n    return df\n'


def walk(n: int, seed: int = 1, interval: Interval = Interval.H1, start_ms: int = START_MS) -> Bars:
    """n bars of a seeded random walk."""
    random = np.random.default_rng(seed)
    step = np.sqrt(interval.milliseconds / 3_600_000) * 0.006
    close = 20_000 * np.exp(np.cumsum(random.standard_t(4, n) * step * 0.7 + 2e-5))
    open_ = np.concatenate(([20_000.0], close[:-1]))
    reach = np.abs(random.normal(0, step / 2, n))
    columns = {
        "open_time": start_ms + np.arange(n) * interval.milliseconds,
        "open": open_,
        "high": np.maximum(open_, close) * (1 + reach),
        "low": np.minimum(open_, close) * (1 - reach),
        "close": close,
        "volume": random.lognormal(3, 1, n),
    }
    return Bars.checked(parse_instrument("bybit:linear:BTCUSDT"), interval, columns, Origin.SYNTHETIC)


def cross(bars: Bars, fast: int, slow: int, *, short: bool = True) -> Simulation:
    """A simulation of a moving average cross; plain arithmetic, good enough to look at."""
    close = bars.close
    side = np.where(_average(close, fast) > _average(close, slow), 1, -1 if short else 0)
    side[: min(slow, len(side))] = 0
    return held(bars, np.concatenate(([0], side[:-1])))


def held(bars: Bars, side: Any, tag: str = "cross", fee: float = 0.00065) -> Simulation:
    """A simulation that holds `side[i]` (-1, 0, 1) during bar i, entered and left at opens."""
    rows: list[tuple[int, int, int]] = []
    position: tuple[int, int] | None = None
    for i, now in enumerate(np.asarray(side).tolist()):
        if position is not None and now != position[0]:
            rows.append((*position, i))
            position = None
        if position is None and now:
            position = (now, i)
    equity = np.full(len(bars), CASH)
    cash, columns = CASH, []
    for direction, entry, exit_ in rows:
        quantity = cash / (bars.open[entry] * (1 + fee))
        gross = direction * quantity * (bars.open[exit_] - bars.open[entry])
        fees = fee * quantity * (bars.open[entry] + bars.open[exit_])
        equity[entry:exit_] = (
            cash + direction * quantity * (bars.close[entry:exit_] - bars.open[entry]) - fees
        )
        cash += gross - fees
        equity[exit_:] = cash
        columns.append(
            (direction, entry, exit_, quantity, gross - fees, fees * 0.8, fees * 0.15, fees * 0.05)
        )
    open_position = None
    if position is not None:
        direction, entry = position
        quantity = cash / bars.open[entry]
        equity[entry:] = cash + direction * quantity * (bars.close[entry:] - bars.open[entry])
        profit = float(equity[-1] - cash)
        stamp, price = int(bars.open_time[entry]), float(bars.open[entry])
        open_position = OpenPosition(direction, entry, stamp, price, quantity, profit, tag)
    trades = trades_of(bars, columns, tag)
    hold = CASH * bars.close / bars.open[0]
    return Simulation(
        cash=CASH,
        equity=equity,
        trades=trades,
        open_position=open_position,
        metrics=metrics_of(equity, trades),
        benchmark=metrics_of(hold, trades_of(bars, [], tag)),
        benchmark_equity=hold,
        ruined=False,
        warnings=(),
        band=Band(float(equity[-1] / CASH - 1), float(equity[-1] / CASH - 1), 0, equity),
    )


def trades_of(bars: Bars, rows: list[tuple[Any, ...]], tag: str = "") -> Trades:
    """Trades of rows (side, entry bar, exit bar, quantity, pnl, fees, slippage, funding)."""
    table = np.array(rows, dtype=np.float64).reshape(len(rows), 8)
    side, entry, exit_ = (table[:, i].astype(np.int64) for i in range(3))
    quantity, pnl = table[:, 3], table[:, 4]
    return Trades(
        side=side,
        entry_bar=entry,
        exit_bar=exit_,
        entry_time=bars.open_time[entry],
        exit_time=bars.open_time[exit_],
        entry_price=bars.open[entry],
        exit_price=bars.open[exit_],
        quantity=quantity,
        pnl=pnl,
        net_return=pnl / (quantity * bars.open[entry]),
        fees=table[:, 5],
        slippage=table[:, 6],
        funding=table[:, 7],
        stop_loss=np.full(len(rows), np.nan),
        take_profit=np.full(len(rows), np.nan),
        adverse_excursion=np.zeros(len(rows)),
        favourable_excursion=np.zeros(len(rows)),
        exit_reason=tuple(REASONS[i % len(REASONS)] for i in range(len(rows))),
        tag=(tag,) * len(rows),
    )


def metrics_of(equity: Any, trades: Trades) -> Metrics:
    """Rough metrics; the report only shows them."""
    returns = np.diff(equity, prepend=CASH) / np.concatenate(([CASH], equity[:-1]))
    spread = float(returns.std(ddof=1)) if len(returns) > 1 else 0.0
    peak = np.maximum(np.maximum.accumulate(equity), CASH)
    total, fall = float(equity[-1] / CASH - 1), float((1 - equity / peak).max())
    n = len(trades)
    return Metrics(
        total_return=total,
        annual_return=total / 2,
        annual_volatility=spread * 93.6,
        sharpe=float(returns.mean() / spread * 93.6) if spread else None,
        sortino=1.1,
        calmar=total / fall if fall else None,
        max_drawdown=fall,
        max_drawdown_bars=512,
        var_95=0.008,
        cvar_95=0.0131,
        trades=n,
        win_rate=float((trades.pnl > 0).mean()) if n else None,
        profit_factor=1.13 if n else None,
        expectancy=float(trades.net_return.mean()) if n else None,
        exposure=0.61,
        turnover=31.2,
        fees_paid=float(trades.fees.sum()),
        slippage_paid=float(trades.slippage.sum()),
        funding_paid=float(trades.funding.sum()),
    )


def card_of(bars: Bars, simulation: Simulation, **changes: Any) -> dict[str, Any]:
    """A run document; `changes` replace whole parts, `data` and `strategy` are merged."""
    card: dict[str, Any] = {
        "schema": 1,
        "run_id": "run_01hx2m9k4abcdef",
        "strategy": {
            "id": "strat_01hx2m9k4",
            "name": "Moving average cross",
            "code_hash": "4f1c" * 16,
            "hypothesis": "Trends in crypto persist for weeks because capital arrives slowly.",
        },
        "data": {
            "instrument": str(bars.instrument),
            "interval": str(bars.interval),
            "source": str(bars.origin),
            "start": format_instant(bars.start_ms),
            "end": format_instant(bars.end_ms),
            "bars": len(bars),
            "hash": "9b2e" * 16,
            "synthetic": bars.origin is Origin.SYNTHETIC,
            "holdout_from": "2025-09-11T00:00:00Z",
            "includes_holdout": False,
        },
        "params": {"fast": 20, "slow": 100},
        "costs": {
            "maker_fee_bps": 2.0,
            "taker_fee_bps": 5.5,
            "slippage": {"model": "fixed", "bps": 1.0},
            "funding": True,
            "cash": CASH,
        },
        "metrics": dict(simulation.metrics.as_dict()),
        "benchmark": dict(simulation.benchmark.as_dict()),
        "warnings": ["There is no funding data for bybit:linear:BTCUSDT: funding is not charged."],
        "card_hash": "c0de" * 16,
        "versions": {"engine": "0.1.0", "contract": 1, "numpy": "2.4.0"},
    }
    for name, value in changes.items():
        card[name] = {**card[name], **value} if name in ("data", "strategy", "metrics") else value
    return card


def without_trades(bars: Bars) -> Simulation:
    """A simulation that never traded."""
    return held(bars, np.zeros(len(bars), np.int64))


def with_levels(bars: Bars, simulation: Simulation, stop: float = 0.03, target: float = 0.05) -> Simulation:
    """The same with a stop and a target on every trade, and the excursions that the bars give."""
    trades, position = simulation.trades, simulation.open_position
    spans = zip(trades.entry_bar.tolist(), trades.exit_bar.tolist(), strict=True)
    high, low = np.array([(bars.high[a : b + 1].max(), bars.low[a : b + 1].min()) for a, b in spans]).T
    up, down = high / trades.entry_price - 1, 1 - low / trades.entry_price
    long = trades.side > 0
    trades = replace(
        trades,
        stop_loss=trades.entry_price * (1 - trades.side * stop),
        take_profit=trades.entry_price * (1 + trades.side * target),
        adverse_excursion=np.maximum(np.where(long, down, up), 0),
        favourable_excursion=np.maximum(np.where(long, up, down), 0),
    )
    if position is not None:
        levels = (position.entry_price * (1 - position.side * stop), position.entry_price * (1 + target))
        position = replace(position, stop_loss=levels[0], take_profit=levels[1])
    return replace(simulation, trades=trades, open_position=position)


def with_band(simulation: Simulation, ambiguous_bars: int = 7, gain: float = 0.12) -> Simulation:
    """The same, with another result had the target come first: `gain` higher at the end, growing evenly."""
    other = simulation.equity * np.linspace(1, 1 + gain, len(simulation.equity))
    ends = sorted((float(simulation.equity[-1]) / CASH - 1, float(other[-1]) / CASH - 1))
    return replace(simulation, band=Band(ends[0], ends[1], ambiguous_bars, other))


def liquidated(simulation: Simulation, count: int = 3) -> Simulation:
    """The same, its `count` worst trades ended by liquidation."""
    reasons = list(simulation.trades.exit_reason)
    for i in np.argsort(simulation.trades.net_return)[:count].tolist():
        reasons[i] = ExitReason.LIQUIDATION
    return replace(simulation, trades=replace(simulation.trades, exit_reason=tuple(reasons)))


def ruined(simulation: Simulation) -> Simulation:
    """The same, ended at zero half-way."""
    equity = simulation.equity.copy()
    equity[len(equity) // 2 :] = -12.5
    return replace(simulation, equity=equity, ruined=True, open_position=None)


def _average(values: Any, window: int) -> Any:
    sums = np.cumsum(np.concatenate(([0.0], values)))
    means = np.full(len(values), np.nan)
    means[window - 1 :] = (sums[window:] - sums[:-window]) / window
    return means
