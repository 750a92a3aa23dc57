"""Random markets, setups and streams of orders, each from one seed; prices and quantities have few digits."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from engine.backtest.costs import Costs
from engine.backtest.execution import Execution
from engine.backtest.margin import Margin, tiers_of
from engine.backtest.setup import Setup
from engine.backtest.slippage import FixedSlippage, HalfSpread, Slippage, SquareRootImpact, VolatilityShare
from engine.market.bars import Bars, FundingRates, MarketData, Origin
from engine.market.filters import Filters
from engine.market.instrument import Category, Instrument
from engine.market.interval import Interval
from engine.strategy.orders import (
    Bracket,
    Cancel,
    Intent,
    LimitOrder,
    MarketOrder,
    Order,
    Place,
    StopLimitOrder,
    StopOrder,
    TakeProfitOrder,
    TimeInForce,
    TrailingStopOrder,
)

HOUR_MS = Interval.H1.milliseconds
Stream = list[list[Intent[Any]]]

SLIPPAGES: tuple[Slippage, ...] = (
    FixedSlippage(0.0),
    FixedSlippage(3.0),
    HalfSpread(10.0),
    VolatilityShare(0.1),
    SquareRootImpact(0.5),
)
TIERS = tiers_of(((2_000.0, 0.01, 50.0), (5_000.0, 0.02, 25.0), (1e9, 0.05, 10.0)))


@dataclass(frozen=True)
class OrderWorld:
    """One random market with a setup and the orders asked for at each bar's close."""

    market: MarketData
    setup: Setup
    stream: Stream


def order_world(seed: int, bars: int = 40) -> OrderWorld:
    """The world of a seed."""
    rng = np.random.default_rng(seed)
    category = Category.SPOT if rng.random() < 0.25 else Category.LINEAR
    market = _market(rng, Instrument("bybit", category, "BTCUSDT"), bars)
    setup = _setup(rng, category)
    return OrderWorld(market, setup, _stream(rng, market, setup))


def in_decimals(stream: Stream) -> Stream:
    """The same orders with Decimal numbers."""
    return [[_decimal(intent) for intent in asked] for asked in stream]


def _decimal(intent: Intent[Any]) -> Intent[Any]:
    if isinstance(intent, Cancel):
        return intent
    order = intent.order
    fields = {name: getattr(order, name) for name in order.__dataclass_fields__ if name != "reduce_only"}
    if not isinstance(order, TakeProfitOrder):
        fields["reduce_only"] = order.reduce_only
    return Place(intent.id, type(order)(**{name: _converted(value) for name, value in fields.items()}))


def _converted(value: Any) -> Any:
    if type(value) is float:
        return Decimal(str(value))
    if isinstance(value, Bracket):
        levels = (value.stop_loss, value.take_profit, value.trailing_stop)
        return Bracket(*(None if level is None else Decimal(str(level)) for level in levels))
    return value


def _market(rng: np.random.Generator, instrument: Instrument, bars: int) -> MarketData:
    volatility = rng.choice([0.002, 0.01, 0.05])
    steps = rng.normal(0.0, volatility, (3, bars))
    close = 100.0 * np.exp(np.cumsum(steps[0] + rng.normal(0, volatility, bars) * (rng.random(bars) < 0.2)))
    open_ = close * np.exp(-steps[0])
    top, bottom = np.maximum(open_, close), np.minimum(open_, close)
    prices = {
        "open": open_,
        "high": top * np.exp(np.abs(steps[1])),
        "low": bottom * np.exp(-np.abs(steps[2])),
        "close": close,
    }
    columns = {name: np.round(values, 2) for name, values in prices.items()}
    columns["volume"] = np.round(rng.uniform(0.0, 20.0, bars) * (rng.random(bars) < 0.95), 3)
    columns["open_time"] = np.arange(1, bars + 1) * HOUR_MS
    data = Bars.checked(instrument, Interval.H1, columns, Origin.FILE)
    if not instrument.category.is_derivative or rng.random() < 0.3:
        return MarketData(data)
    stamps = np.arange(1, bars + 1, int(rng.choice([1, 4, 8]))) * HOUR_MS
    funding = FundingRates.checked(
        instrument, stamps, np.round(rng.normal(0, 0.001, len(stamps)), 6), Origin.FILE
    )
    if rng.random() < 0.3:
        return MarketData(data, funding)
    drift = np.round(rng.normal(0.0, 0.3, bars), 2)
    marks = {name: columns[name] + drift for name in ("open", "high", "low", "close")}
    marks |= {"open_time": columns["open_time"], "volume": np.zeros(bars)}
    return MarketData(data, funding, Bars.checked(instrument, Interval.H1, marks, Origin.FILE))


def _setup(rng: np.random.Generator, category: Category) -> Setup:
    margin = None
    if category.is_derivative and rng.random() < 0.6:
        margin = Margin(float(rng.choice([1, 2, 5, 20])), TIERS)
    return Setup(
        Costs(
            float(rng.choice([-1.0, 0.0, 2.0, 20.0])),
            float(rng.choice([0.0, 5.5, 60.0])),
            SLIPPAGES[rng.integers(len(SLIPPAGES))],
        ),
        cash=1000.0,
        execution=Execution(int(rng.choice([0, 0, 1, 3])), float(rng.choice([0.1, 0.5, 1.0])))
        if rng.random() < 0.5
        else Execution(int(rng.choice([0, 0, 0, 2]))),
        filters=Filters(0.05, 0.01, 0.02, 1.0, 50.0, 30.0) if rng.random() < 0.4 else None,
        margin=margin,
    )


def _stream(rng: np.random.Generator, market: MarketData, setup: Setup) -> Stream:
    made, stream = 0, Stream()
    busy = rng.choice([0.2, 0.6, 1.5])
    most = setup.cash * setup.leverage
    for close in market.bars.close.tolist():
        asked: list[Intent[Any]] = []
        for _ in range(rng.poisson(busy)):
            if made and rng.random() < 0.2:
                asked.append(Cancel(int(rng.integers(made))))
            else:
                asked.append(Place(made, _order(rng, close, most)))
                made += 1
        stream.append(asked)
    return stream


def _order(rng: np.random.Generator, close: float, most: float) -> Order[Any]:
    def price() -> float:
        return round(close * (1 + rng.normal(0, 0.02)) * 20) / 20

    quantity = round(float(rng.uniform(0.02, 0.7)) * most / close, 2) + 0.01
    side = 1 if rng.random() < 0.5 else -1
    reduces = bool(rng.random() < 0.25)
    common: dict[str, Any] = {"side": side, "quantity": quantity, "reduce_only": reduces}
    if not reduces and rng.random() < 0.4:
        common["bracket"] = Bracket(*(_fraction(rng) for _ in range(3)))
    kind = rng.integers(6)
    if kind == 0:
        return MarketOrder(**common)
    if kind == 1:
        force = list(TimeInForce)[rng.integers(len(TimeInForce))]
        return LimitOrder(price=price(), time_in_force=force, **common)
    if kind == 2:
        return StopOrder(trigger=price(), **common)
    if kind == 3:
        return StopLimitOrder(trigger=price(), price=price(), **common)
    if kind == 4:
        return TakeProfitOrder(side=side, quantity=quantity, price=price())
    return TrailingStopOrder(fraction=round(float(rng.uniform(0.002, 0.05)), 4), **common)


def _fraction(rng: np.random.Generator) -> float | None:
    return round(float(rng.uniform(0.002, 0.06)), 4) if rng.random() < 0.6 else None
