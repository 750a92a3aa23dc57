"""Every table of signals worked by hand comes out of the compiled kernel as the trader expects it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.backtest.checks import checked
from engine.backtest.kernel.forms import Outcome
from engine.backtest.prepared import prepare, run
from tests.support.order_tables import OrderTable, read_order_tables

FOLDER = Path(__file__).parents[2] / "data" / "engine"
TABLES = [table for table in read_order_tables(FOLDER) if table.has_signals]


def walked(table: OrderTable) -> Outcome:
    market = table.market()
    signals = checked(table.signals(), len(market.bars))
    target_first = table.assumption.value == "target_first"
    return run(prepare(market, table.setup()), signals, recorded=True, target_first=target_first)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_equity_is_the_one_worked_by_hand(table: OrderTable) -> None:
    np.testing.assert_allclose(walked(table).equity, table.equity, rtol=1e-9)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_all_fills_together_are_those_worked_by_hand(table: OrderTable) -> None:
    outcome = walked(table)
    rows, closed = outcome.ledger, outcome.summary.trades
    bought = rows["quantity"][: closed + outcome.is_open] @ rows["entry_price"][: closed + outcome.is_open]
    sold = rows["quantity"][:closed] @ rows["exit_price"][:closed]
    if "position" not in table.sections:
        traded = sum(fill.quantity * fill.price for fill in table.fills())
        assert bought + sold == pytest.approx(traded, rel=1e-9)
    fees = [fill.fee for fill in table.fills()]
    if None not in fees:
        assert outcome.summary.fees_paid == pytest.approx(sum(fees), rel=1e-9, abs=1e-9)


def test_the_tables_are_many() -> None:
    assert len(TABLES) > 35
