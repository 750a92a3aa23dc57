"""Other orders of the trades, and trades missed.

| source | figures |
|---|---|
| enumeration | the drawdowns of all 720 orders of six trades |
| by hand | ten losses of 10%: a drawdown of 65.1% in every order |
| binomial law | of 20 trades, more than 4 are missed at 10% each in 4.3% |
"""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.research.statistics.monte_carlo import monte_carlo

some_trades = st.lists(st.floats(-1.5, 2.0), min_size=1, max_size=30).map(np.array)


def drawdown(trades: tuple[float, ...]) -> float:
    """Largest fall below the peak by the plainest of loops."""
    equity = peak = 1.0
    worst = 0.0
    for trade in trades:
        equity *= 1.0 + trade
        peak = max(peak, equity)
        worst = max(worst, 1.0 - equity / peak)
    return worst


def test_drawdowns_of_shuffles_are_those_of_all_orders() -> None:
    trades = (0.5, -0.2, 0.1, -0.3, 0.05, -0.1)
    every = [drawdown(order) for order in permutations(trades)]
    found = monte_carlo(np.array(trades), seed=1, runs=20_000)
    assert found.drawdown_median == pytest.approx(np.median(every), abs=0.01)
    assert found.drawdown_95 == pytest.approx(np.quantile(every, 0.95), abs=0.01)


def test_alike_trades_have_one_drawdown_whatever_their_order() -> None:
    found = monte_carlo(np.full(10, -0.1), seed=2)
    assert found.drawdown_median == found.drawdown_95 == pytest.approx(1 - 0.9**10)


def test_ruin_is_a_drawdown_of_the_whole_and_not_of_more() -> None:
    found = monte_carlo(np.array([0.5, -1.4, 0.5]), seed=3, missed_share=0.0)
    assert found.drawdown_median == found.drawdown_95 == 1.0
    assert found.return_5_with_missed == -1.0


def test_missed_trades_lower_the_bad_end_of_the_return() -> None:
    none = monte_carlo(np.full(20, 0.02), seed=4, missed_share=0.0)
    some = monte_carlo(np.full(20, 0.02), seed=4)
    assert none.return_5_with_missed == pytest.approx(1.02**20 - 1)
    assert some.missed_share == 0.1
    assert some.return_5_with_missed == pytest.approx(
        1.02**16 - 1
    )  # 5% miss more than 4 of 20 (binomial: 4.3%)


def test_many_trades_are_worked_off_in_portions() -> None:
    trades = np.random.default_rng(5).normal(0.0001, 0.01, 30_000)
    found = monte_carlo(trades, seed=6, runs=50)
    assert found.drawdown_95 is not None
    assert found.drawdown_median is not None
    assert 0.3 < found.drawdown_median < found.drawdown_95 < 1.0


def test_without_a_trade_there_are_no_figures() -> None:
    found = monte_carlo(np.empty(0), seed=7)
    assert (found.drawdown_median, found.drawdown_95, found.return_5_with_missed) == (None, None, None)


@given(some_trades, st.integers(0, 99))
def test_figures_are_possible_and_the_same_for_the_same_seed(trades: np.ndarray, seed: int) -> None:
    found = monte_carlo(trades, seed, runs=50)
    assert found == monte_carlo(trades, seed, runs=50)
    assert found.drawdown_median is not None
    assert found.drawdown_95 is not None
    assert found.return_5_with_missed is not None
    assert 0.0 <= found.drawdown_median <= found.drawdown_95 <= 1.0
    assert found.return_5_with_missed >= -1.0
