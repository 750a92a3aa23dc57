"""Where the money went: the end equity once more, from the fills and the funding alone."""

from __future__ import annotations

from typing import Any

from engine.backtest.replay import Replay, bars_of
from engine.backtest.rules import Arithmetic
from engine.backtest.setup import Setup
from engine.market.bars import MarketData


def missing_money(market: MarketData, setup: Setup, replay: Replay[Any], arithmetic: Arithmetic[Any]) -> Any:
    """End equity less (start + what fills brought - fees - funding + what is held); 0 when none is lost.

    Nothing of the rules' own bookkeeping is read but the end equity: no cost, no cash, no entry price.
    """
    money, held = arithmetic.number(setup.cash), arithmetic.number(0)
    fills = iter(replay.fills)
    fill = next(fills, None)
    last = money
    for number, bar in enumerate(bars_of(market, setup, arithmetic)):
        for rate, price in bar.funding:
            money -= held * price * rate
        while fill is not None and fill.bar == number:
            money -= fill.side * fill.quantity * fill.price + fill.fee
            held += fill.side * fill.quantity
            fill = next(fills, None)
        last = bar.close
    assert fill is None, "a fill after the last bar"
    return replay.equity[-1] - (money + held * last)
