"""Every candle table worked by hand comes out of the simulation as the trader expects it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.backtest.simulate import simulate
from tests.support.candles import CandleTable, read_candle_tables

TABLES = read_candle_tables(Path(__file__).with_name("candles.txt"))


def near(value: float) -> object:
    return pytest.approx(value, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.title)
def test_the_fills_fees_and_equity_are_those_worked_by_hand(table: CandleTable) -> None:
    result = simulate(table.market(), table.signals(), table.costs, cash=table.cash)
    expected = table.trades()
    assert len(result.trades) == len(expected)
    for row, trade in enumerate(expected):
        for name, value in trade.items():
            column = getattr(result.trades, name)
            assert column[row] == (value if isinstance(value, str) else near(value)), f"{name} of trade {row}"
    np.testing.assert_allclose(result.equity, table.equity, rtol=1e-9)
    assert result.ruined == table.ruined


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.title)
def test_the_open_position_is_the_one_worked_by_hand(table: CandleTable) -> None:
    position = simulate(table.market(), table.signals(), table.costs, cash=table.cash).open_position
    expected = table.open_position()
    assert (position is None) == (expected is None)
    if position is None or expected is None:
        return
    assert position.unrealised_pnl == near(expected.pop("unrealised"))
    for name, value in expected.items():
        assert getattr(position, name) == near(value), name


def test_there_are_enough_tables_to_show_the_order_of_events() -> None:
    assert len(TABLES) >= 50
    assert len({table.title for table in TABLES}) == len(TABLES)
