"""Who proposes the next parameter sets: a grid in order, or one of optuna's samplers.

Sets are asked for in batches and told in order, so that what is proposed next depends on the seed and the
results alone, and on nothing of how or where they were run. Only new sets that keep the constraints are
handed out. Of the others the sampler is told at once, without a run: that a set breaks a constraint, so that
it learns to leave such places; of a repeated one only that it is over, since its result is known already.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, Protocol

from engine.research.search.objectives import Values
from engine.research.search.space import Axis, Space
from engine.strategy.spec import Number

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler
    from optuna.study import Study
    from optuna.trial import Trial

Sampler = Literal["grid", "random", "tpe", "genetic"]
Params = Mapping[str, Number]

_STUBBORN = 10  # proposals in a row without a new set, after which it is drawn at random
_EXHAUSTED = 1_000  # draws in a row without a new set, after which there is none


class Proposals(Protocol):
    """The sets of a search, in batches.

    Attributes:
        asked: proposals so far, those not handed out included.
        duplicates, infeasible: proposals that were there before, or break a constraint.
    """

    asked: int
    duplicates: int
    infeasible: int

    def ask(self, most: int) -> tuple[Params, ...]:
        """The next whole sets, at most so many; none when there are no more. Tell before asking again."""
        ...

    def tell(self, values: Sequence[Values | None]) -> None:
        """The objectives of the sets asked for last, in order; None for failed or undefined."""
        ...


def proposals(space: Space, sampler: Sampler, seed: int, objectives: int, trials: int) -> Proposals:
    """The proposals of a sampler for a search of at most `trials` sets."""
    if sampler == "grid":
        return GridProposals(space, trials)
    return OptunaProposals(space, sampler, seed, objectives, trials)


def batch_size(sampler: Sampler, trials: int) -> int:
    """Sets that are asked for at once: fixed by the search, never by who runs it. For the genetic sampler a
    generation, at least ten of which fit where there is room."""
    match sampler:
        case "grid" | "random":
            return 32
        case "tpe":
            return 10
        case "genetic":
            return max(8, min(50, trials // 10))


class GridProposals:
    """All combinations of evenly spread values, as fine as the number of trials allows."""

    def __init__(self, space: Space, trials: int) -> None:
        self.asked = self.duplicates = self.infeasible = 0
        self._space = space
        self._rows = self._holding(itertools.product(*fitting_levels(space, trials)))

    def ask(self, most: int) -> tuple[Params, ...]:
        return tuple(itertools.islice(self._rows, most))

    def tell(self, values: Sequence[Values | None]) -> None:
        """A grid learns nothing."""

    def _holding(self, rows: Iterator[tuple[Number, ...]]) -> Generator[Params]:
        names = [axis.name for axis in self._space.axes]
        for row in rows:
            self.asked += 1
            params = self._space.resolved(dict(zip(names, row, strict=True)))
            if self._space.holds(params):
                yield params
            else:
                self.infeasible += 1


def fitting_levels(space: Space, trials: int) -> tuple[tuple[Number, ...], ...]:
    """The values of each axis, such that there are at most `trials` combinations.

    The axis with the most values loses some, down to the next longest, until they fit.
    """
    most = [axis.count or trials for axis in space.axes]
    most = [min(each, trials) for each in most]
    while math.prod(most) > trials and max(most) > 1:
        widest = most.index(max(most))
        others = math.prod(most) // most[widest]
        runner_up = max((each for place, each in enumerate(most) if place != widest), default=1)
        most[widest] = max(1, min(most[widest] - 1, max(trials // others, runner_up)))
    return tuple(axis.levels(each) for axis, each in zip(space.axes, most, strict=True))


class OptunaProposals:
    """Those of an optuna sampler, kept in memory only."""

    def __init__(self, space: Space, sampler: Sampler, seed: int, objectives: int, trials: int) -> None:
        self.asked = self.duplicates = self.infeasible = 0
        self._space = space
        self._axes: Mapping[str, Axis] = {axis.name: axis for axis in space.axes}
        self._distributions = {axis.name: axis.distribution() for axis in space.axes}
        self._sampler, self._at_random = _samplers(sampler, seed, trials)
        self._study = _study(self._sampler, objectives)
        self._seen: set[tuple[Number, ...]] = set()
        self._open: list[Trial] = []

    def ask(self, most: int) -> tuple[Params, ...]:
        sets: list[Params] = []
        while len(sets) < most:
            found = self._next()
            if found is None:
                break
            trial, params = found
            self._open.append(trial)
            sets.append(params)
        return tuple(sets)

    def tell(self, values: Sequence[Values | None]) -> None:
        from optuna.trial import TrialState

        for trial, each in zip(self._open, values, strict=True):
            if each is None:
                self._study.tell(trial, state=TrialState.PRUNED)
            else:
                self._study.tell(trial, each)
        self._open = []

    def _next(self) -> tuple[Trial, Params] | None:
        """The next new set; from the sampler while it has some, then drawn at random while there are some."""
        for tries in range(_STUBBORN + _EXHAUSTED):
            self._study.sampler = self._sampler if tries < _STUBBORN else self._at_random
            trial = self._study.ask(self._distributions)
            params = self._space.resolved(
                {name: self._axes[name].suggested(value) for name, value in trial.params.items()}
            )
            if self._takes(trial, params):
                return trial, params
        return None

    def _takes(self, trial: Trial, params: Params) -> bool:
        """Whether the set is new and holds; if not, the sampler is told so."""
        from optuna.trial import TrialState

        self.asked += 1
        key = tuple(params.values())
        if not self._space.holds(params):
            self.infeasible += 1
            trial.set_constraint("CONSTRAINTS", 1.0)
            self._study.tell(trial, state=TrialState.PRUNED)
            return False
        if key in self._seen:
            self.duplicates += 1
            self._study.tell(trial, state=TrialState.FAIL)
            return False
        self._seen.add(key)
        return True


def _samplers(sampler: Sampler, seed: int, trials: int) -> tuple[BaseSampler, BaseSampler]:
    """The sampler, and the one that draws where it finds nothing new."""
    from optuna.samplers import NSGAIISampler, RandomSampler, TPESampler

    at_random = RandomSampler(seed=seed ^ 0x5EED)
    match sampler:
        case "tpe":
            return TPESampler(seed=seed, n_startup_trials=batch_size("tpe", trials)), at_random
        case "genetic":
            return NSGAIISampler(seed=seed, population_size=batch_size("genetic", trials)), at_random
        case _:
            return RandomSampler(seed=seed), at_random


def _study(sampler: BaseSampler, objectives: int) -> Study:
    import optuna
    from optuna.study import StudyDirection

    with _unheard():
        return optuna.create_study(directions=[StudyDirection.MAXIMIZE] * objectives, sampler=sampler)


@contextmanager
def _unheard() -> Generator[None]:
    """Without optuna's notes on standard error."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
