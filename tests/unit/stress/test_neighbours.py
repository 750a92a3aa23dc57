"""Neighbours: one step down and up, inside range and constraints, and what they earn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.backtest.sweep import sweep
from engine.research.stress.neighbours import MOST_SETS, neighbour_sets, neighbours
from engine.strategy.signals import Signals
from engine.strategy.spec import StrategySpec, evaluate_constraint, parameters_from_literal
from tests.support.market import made_bars
from tests.support.subjects import ready_subject, subject_of
from tests.support.trusted_loader import TrustedStrategy


def steps(**entry: object) -> list[float]:
    """The neighbours of a strategy's only parameter, at its default."""
    spec = StrategySpec("", parameters_from_literal({"x": entry}), (), "")
    return [values["x"] for values in neighbour_sets(spec, spec.resolve({}))]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"default": 20}, [18, 22]),
        ({"default": 3}, [2, 4]),
        ({"default": 20, "step": 5}, [15, 25]),
        ({"default": 2.0}, [1.8, 2.2]),
        ({"default": 2.0, "log": True}, [2.0 / 1.1, 2.2]),
        ({"default": 0.5, "step": 0.25}, [0.25, 0.75]),
        ({"default": 5, "low": 5, "high": 50}, [6]),
        ({"default": 50, "low": 5, "high": 50}, [45]),
        ({"default": 20, "step": 15, "low": 10, "high": 30}, [10, 30]),
        ({"default": 20, "choices": [50, 10, 20]}, [10, 50]),
        ({"default": 10, "choices": [50, 10, 20]}, [20]),
        ({"default": 0.0, "low": -1.0, "high": 1.0}, [-0.2, 0.2]),
        ({"default": 0.0}, []),
        ({"default": -10.0}, [-11.0, -9.0]),
    ],
)
def test_a_step_is_the_declared_one_or_a_tenth(entry: dict, expected: list[float]) -> None:
    assert steps(**entry) == pytest.approx(expected)


def test_each_alone_comes_first_then_two_at_a_time() -> None:
    spec = ready_subject().strategy.spec
    sets = neighbour_sets(spec, {"fast": 20, "slow": 100})
    pairs = [(values["fast"], values["slow"]) for values in sets]
    assert pairs == [(18, 100), (22, 100), (20, 90), (20, 110), (18, 90), (18, 110), (22, 90), (22, 110)]


def test_sets_that_break_a_constraint_are_no_neighbours() -> None:
    spec = ready_subject().strategy.spec
    sets = neighbour_sets(spec, {"fast": 33, "slow": 34})
    assert {"fast": 36, "slow": 34} not in sets
    assert all(evaluate_constraint("fast < slow", values) for values in sets)


def test_many_parameters_give_no_more_sets_than_asked_for_and_no_set_twice() -> None:
    spec = StrategySpec("", parameters_from_literal({f"p{i}": 10 * i for i in range(1, 9)}), (), "")
    sets = neighbour_sets(spec, spec.resolve({}))
    assert len(sets) == MOST_SETS == len({tuple(values.values()) for values in sets})
    assert spec.resolve({}) not in sets
    changed = {name for values in sets[16:] for name in values if values[name] != spec.resolve({})[name]}
    assert len(changed) == 8  # the pairs that are taken lie among all parameters


def test_the_part_is_what_a_sweep_of_the_sets_gives() -> None:
    subject = ready_subject("rsi")
    table = sweep(
        subject.market,
        subject.strategy,
        neighbour_sets(subject.strategy.spec, subject.params),
        subject.setup,
    )
    part = neighbours(subject)
    assert part is not None
    assert part.sets == len(table) == 18
    assert part.median_sharpe == np.median(table.metrics["sharpe"])
    assert part.worst_sharpe == table.metrics["sharpe"].min()
    assert part.share_profitable == np.mean(table.metrics["total_return"] > 0.0)


def test_a_strategy_without_parameters_has_no_neighbours() -> None:
    code = "def generate_signals(df, params):\n    return None\n"
    never = np.zeros(100, np.bool_)
    subject = subject_of(made_bars(100), Signals(never, never, never, never), strategy=TrustedStrategy(code))
    assert neighbours(subject) is None


def test_a_neighbour_that_never_trades_counts_as_nothing_earned() -> None:
    code = (
        'PARAMS = {"x": {"default": 1, "low": 0}}\n'
        "def generate_signals(df, params):\n"
        "    row = np.arange(len(df))\n"
        '    entry = (row % 10 == 0) & (params["x"] == 2)\n'
        '    return pd.DataFrame({"long_entry": entry, "long_exit": row % 10 == 5}, index=df.index)\n'
    )
    never = np.zeros(400, np.bool_)
    strategy = TrustedStrategy(code)
    subject = subject_of(made_bars(400), Signals(never, never, never, never), strategy=strategy)
    part = neighbours(subject)
    assert part is not None
    trading = sweep(subject.market, strategy, [{"x": 2}], subject.setup).metrics["sharpe"][0]
    assert part.sets == 2
    assert part.median_sharpe == pytest.approx(trading / 2.0)


def test_it_tells_how_far_it_is() -> None:
    told: list[float] = []
    neighbours(ready_subject(rows=500), progress=lambda done, _doing: told.append(done))
    assert told[-1] == 1.0


def test_a_run_with_other_settings_has_its_neighbours_under_the_same() -> None:
    subject = ready_subject()
    dearer = replace(subject, setup=replace(subject.setup, costs=subject.setup.costs.scaled(5.0)))
    cheap, dear = neighbours(subject), neighbours(dearer)
    assert cheap is not None and dear is not None
    assert dear.median_sharpe < cheap.median_sharpe
