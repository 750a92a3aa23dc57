"""Thirty runs on recorded bars give the orders and returns that are pinned."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from engine.backtest.result import ExitReason, Simulation
from engine.version import ENGINE_VERSION
from tests.campaigns.engine_golden import GOLDEN, RUNS, fills_of, pinned

OF_ORDERS = {ExitReason.MARKET, ExitReason.LIMIT, ExitReason.STOP, ExitReason.STOP_LIMIT}
PINNED = json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def simulations(market_files: Path) -> dict[str, Simulation]:
    return {run.name: run.simulation(market_files) for run in RUNS}


def test_every_golden_run_gives_the_pinned_orders_and_return(simulations: dict[str, Simulation]) -> None:
    assert {name: pinned(result) for name, result in simulations.items()} == PINNED["runs"]


def test_the_golden_runs_close_trades_for_every_reason_of_a_signal_run(
    simulations: dict[str, Simulation],
) -> None:
    reasons = Counter(reason for result in simulations.values() for reason in result.trades.exit_reason)
    assert set(reasons) == set(ExitReason) - OF_ORDERS


def test_the_golden_runs_are_thirty_by_different_names_and_of_this_engine() -> None:
    assert len(RUNS) == len({run.name for run in RUNS}) == 30
    assert PINNED["engine_version"] == ENGINE_VERSION


def test_the_hash_sees_a_price_that_moves_in_its_twelfth_digit(market_files: Path) -> None:
    result = RUNS[0].simulation(market_files)
    before, fills = pinned(result)["orders"], list(fills_of(result))
    result.trades.exit_price[7] *= 1.0 + 2e-12
    assert pinned(result)["orders"] != before
    assert sum(one != other for one, other in zip(fills, fills_of(result), strict=True)) == 1
