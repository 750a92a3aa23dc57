"""The cost split, against sums over the trades of real simulations."""

from __future__ import annotations

import numpy as np
import pytest

from engine.backtest.analysis.costs import CostSplit, split_costs
from engine.backtest.costs import Costs
from engine.backtest.simulate import simulate
from engine.backtest.slippage import FixedSlippage
from engine.strategy.signals import Signals
from tests.unit.report.builders import walk


def test_by_hand():
    split = CostSplit(gross=100.0, fees=20.0, slippage=6.0, funding=-1.0)
    assert (split.paid, split.net) == (25.0, 75.0)
    assert split.of_gross(split.paid) == 0.25
    assert split.of_gross(split.funding) == -0.01


@pytest.mark.parametrize("gross", [0.0, -5.0])
def test_without_a_gross_profit_nothing_is_a_share_of_it(gross):
    assert CostSplit(gross, 1.0, 1.0, 0.0).of_gross(1.0) is None


@pytest.mark.parametrize("open_at_the_end", [False, True])
def test_the_split_of_a_simulation_adds_up_from_its_trades(open_at_the_end):
    bars = walk(600, seed=4)
    rng = np.random.default_rng(8)
    flags = [rng.random(600) < 0.04 for _ in range(4)]
    if not open_at_the_end:
        flags[0][-40:] = flags[2][-40:] = False
        flags[1][-30] = flags[3][-30] = True
    result = simulate(bars, Signals(*flags), Costs(2.0, 5.5, FixedSlippage(3.0)))
    position = result.open_position
    assert (position is not None) == open_at_the_end
    split, trades = split_costs(result), result.trades
    assert split.net == pytest.approx(result.equity[-1] - result.cash, rel=1e-9)
    assert split.fees == pytest.approx(sum(trades.fees.tolist()) + (position.fees if position else 0))
    assert split.slippage == pytest.approx(
        sum(trades.slippage.tolist()) + (position.slippage if position else 0)
    )

    made = 0.0
    for i in range(len(trades)):
        made += trades.side[i] * trades.quantity[i] * (trades.exit_price[i] - trades.entry_price[i])
        made += trades.slippage[i]
    if position is not None:
        made += (
            position.side * position.quantity * (bars.close[-1] - position.entry_price) + position.slippage
        )
    assert split.gross == pytest.approx(made, rel=1e-9)
