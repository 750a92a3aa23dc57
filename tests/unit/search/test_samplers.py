"""Every sampler hands out each set once and keeps the constraints; seed and results decide the rest."""

from __future__ import annotations

import itertools
import logging

import pytest

from engine.research.search.samplers import Params, Sampler, batch_size, fitting_levels, proposals
from engine.research.search.space import Space, space_of
from engine.strategy.compiled.form import declared

SMALL = {"a": {"default": 1, "low": 1, "high": 6}, "b": {"default": 4, "low": 1, "high": 6}}
WIDE = {
    "a": {"default": 10, "low": 1, "high": 100},
    "b": {"default": 50, "low": 1, "high": 100},
    "c": {"default": 0.5, "low": 0.0, "high": 1.0},
}
DRAWN: tuple[Sampler, ...] = ("random", "tpe", "genetic")


def space(params: dict, *constraints: str) -> Space:
    return space_of(declared(params, constraints), {})


def drawn(where: Space, sampler: Sampler, trials: int, seed: int = 1) -> list[Params]:
    """The sets of a search whose objective is highest at a = b = 30."""
    source, sets = proposals(where, sampler, seed, 1, trials), []
    while len(sets) < trials and (batch := source.ask(min(batch_size(sampler, trials), trials - len(sets)))):
        source.tell([(-abs(each["a"] - 30.0) - abs(each["b"] - 30.0),) for each in batch])
        sets += batch
    return sets


@pytest.mark.parametrize("sampler", DRAWN)
def test_a_seed_gives_the_same_sets_and_another_seed_others(sampler: Sampler) -> None:
    where = space(WIDE, "a < b")
    assert drawn(where, sampler, 60) == drawn(where, sampler, 60) != drawn(where, sampler, 60, seed=2)


@pytest.mark.parametrize("sampler", DRAWN)
def test_no_set_comes_twice_or_breaks_a_constraint_and_such_proposals_do_not_count(sampler: Sampler) -> None:
    where = space(SMALL, "a < b")
    source = proposals(where, sampler, 1, 1, 12)
    sets = list(source.ask(8))
    source.tell([(float(each["a"]),) for each in sets])
    sets += source.ask(4)
    assert len(sets) == 12 == len({tuple(each.values()) for each in sets})
    assert all(each["a"] < each["b"] for each in sets)
    assert source.asked == 12 + source.infeasible + source.duplicates and source.infeasible > 0


@pytest.mark.parametrize("sampler", DRAWN)
def test_a_space_that_is_used_up_ends_the_search_with_every_set_that_there_is(sampler: Sampler) -> None:
    sets = drawn(space(SMALL, "a < b"), sampler, 1_000)
    assert {tuple(each.values()) for each in sets} == set(itertools.combinations(range(1, 7), 2))


@pytest.mark.parametrize("sampler", DRAWN)
def test_a_space_without_a_set_that_holds_gives_none(sampler: Sampler) -> None:
    where = space_of(declared(SMALL, ("a < b",)), {"a": 6})
    source = proposals(where, sampler, 1, 1, 5)
    assert source.ask(5) == () and source.infeasible == source.asked


@pytest.mark.parametrize("sampler", ["tpe", "genetic"])
def test_a_sampler_that_learns_ends_nearer_to_the_height_than_chance(sampler: Sampler) -> None:
    def nearest(sets: list[Params]) -> float:
        return min(abs(each["a"] - 30) + abs(each["b"] - 30) for each in sets)

    def mean_of_late(which: Sampler) -> float:
        late = drawn(space(WIDE), which, 160)[-40:]
        return sum(abs(each["a"] - 30) + abs(each["b"] - 30) for each in late) / len(late)

    assert mean_of_late(sampler) < 0.6 * mean_of_late("random")
    assert nearest(drawn(space(WIDE), sampler, 160)) <= 6


def test_what_failed_is_a_place_that_the_sampler_leaves() -> None:
    where = space(WIDE)
    source, late = proposals(where, "tpe", 1, 1, 200), []
    for batch in range(20):
        sets = source.ask(10)
        source.tell([None if each["a"] > 50 else (1.0,) for each in sets])
        late += sets if batch >= 10 else []
    assert sum(each["a"] > 50 for each in late) < 0.25 * len(late)


def test_several_objectives_are_told_together() -> None:
    source = proposals(space(WIDE), "genetic", 1, 2, 100)
    for _ in range(5):
        sets = source.ask(10)
        source.tell([(float(each["a"]), -float(each["a"])) for each in sets])
    assert len(source.ask(10)) == 10


@pytest.mark.parametrize("trials", [1, 2, 7, 30, 36, 500])
def test_a_grid_is_as_fine_as_the_trials_allow_and_left_out_sets_do_not_count(trials: int) -> None:
    where = space(SMALL, "a <= b")
    levels = fitting_levels(where, trials)
    combinations = list(itertools.product(*levels))
    assert len(combinations) <= trials or len(combinations) == 1
    sets = drawn(where, "grid", trials)
    assert [tuple(each.values()) for each in sets] == [pair for pair in combinations if pair[0] <= pair[1]]


def test_a_grid_of_unequal_axes_thins_the_longest_first() -> None:
    levels = fitting_levels(space(WIDE | {"d": {"default": 1, "choices": [1, 2]}}), 200)
    assert [len(each) for each in levels] == [4, 5, 5, 2]
    assert fitting_levels(space(SMALL), 36) == (tuple(range(1, 7)),) * 2


def test_optuna_says_nothing_of_its_own(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    import optuna

    before = optuna.logging.get_verbosity()
    with caplog.at_level(logging.DEBUG):
        drawn(space(WIDE, "a < b"), "tpe", 40)
    assert capfd.readouterr().err == "" and optuna.logging.get_verbosity() == before
