"""Every table worked by hand comes out as expected of the rules, in floats and Decimals, and of kernels."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.order_tables import OrderTable, read_order_tables
from tests.support.table_check import (
    differences_in_decimals,
    differences_in_floats,
    differences_in_kernel,
)

TABLES = read_order_tables(Path(__file__).parents[2] / "data" / "engine")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_fills_and_the_equity_are_those_worked_by_hand(table: OrderTable) -> None:
    assert not differences_in_floats(table)
    assert not differences_in_decimals(table)
    assert not differences_in_kernel(table)


def test_there_are_more_than_a_hundred_tables_each_with_a_title_of_its_own() -> None:
    assert len(TABLES) > 100
    assert len({table.name for table in TABLES}) == len(TABLES)


def test_a_wrong_table_is_told_in_words() -> None:
    table = TABLES[0]
    wrong = OrderTable(table.file, table.title, table.category, table.settings, table.sections, [1.0, 2.0])
    assert any("equity 1000 at bar 0, not 1" in text for text in differences_in_floats(wrong))
