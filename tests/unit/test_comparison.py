"""Recorded runs side by side."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from engine.errors import InvalidInput, NotFound
from engine.market.lake import Lake
from tests.support.market import made_bars
from tools.backtest import RunBacktest, run_backtest
from tools.comparison import CompareRuns, Comparison, compare_runs
from tools.core import Core
from tools.registry import checked
from tools.settings import Settings


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Core]:
    home = tmp_path_factory.mktemp("home")
    Lake(home / "lake").append(made_bars(3_000))
    with Core(Settings(home=home)) as core:
        yield core


def run(core: Core, **arguments: object) -> str:
    """Id of a run of the crossing averages, unless told otherwise."""
    plain = {"strategy_id": "library:sma_cross", "symbol": "BTCUSDT", "interval": "1h"}
    return run_backtest(core, checked(RunBacktest, "run_backtest", {**plain, **arguments})).run_id


def compared(core: Core, *ids: str, seed: int = 0) -> Comparison:
    return compare_runs(core, checked(CompareRuns, "compare_runs", {"run_ids": list(ids), "seed": seed}))


def test_runs_on_the_same_data_and_costs_differ_in_their_parameters_only(core: Core) -> None:
    ids = [run(core, params={"fast": fast}) for fast in (5, 20, 40)]
    answer = compared(core, *ids)
    assert [each.run_id for each in answer.runs] == ids
    assert [(each.name, each.values) for each in answer.differences] == [("params.fast", [5, 20, 40])]
    assert answer.warnings == []
    assert [each.verdict for each in answer.runs] == [None, None, None]


def test_the_correlation_of_period_returns_is_symmetric_and_one_with_itself(core: Core) -> None:
    ids = [run(core, params={"fast": fast}) for fast in (5, 40)]
    matrix = np.array(compared(core, *ids).correlation)
    assert np.diag(matrix) == pytest.approx(1.0)
    assert matrix[0, 1] == matrix[1, 0]
    assert 0.0 < matrix[0, 1] < 1.0


def test_the_sharpe_difference_has_an_interval_around_it_and_turns_with_the_runs(core: Core) -> None:
    one, other = (run(core, params={"fast": fast}) for fast in (5, 40))
    (there,) = compared(core, one, other).sharpe
    (back,) = compared(core, other, one).sharpe
    assert there.low < there.difference < there.high
    assert there.difference == pytest.approx(-back.difference)
    assert 0.0 < there.p <= 1.0
    assert there.periods > 60
    assert compared(core, one, other).sharpe == [there], "the same seed, the same numbers"


def test_runs_that_cannot_be_compared_fairly_are_said_to_be(core: Core) -> None:
    plain, dear = run(core), run(core, taker_fee_bps=20)
    (warning,) = compared(core, plain, dear).warnings
    assert "different costs" in warning
    answer = compared(core, plain, run(core, end="2024-02-15"))
    assert [each.name for each in answer.differences] == ["data.end", "data.hash"]
    assert "different data" in answer.warnings[0]


def test_a_run_is_named_once_and_is_there(core: Core) -> None:
    one = run(core)
    with pytest.raises(InvalidInput, match="a run twice"):
        compared(core, one, one)
    with pytest.raises(InvalidInput, match="'run_ids'"):
        compared(core, one)
    with pytest.raises(NotFound, match="run_nothing"):
        compared(core, one, "run_nothing")
