"""One series on which a strategy is replayed: runs in children of their own, and what their answers mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from engine.errors import StrategyFailed
from engine.market.bars import Bars
from engine.market.futures import altered_bars, nudged_bars
from engine.strategy.comparison import Difference, first_difference, says_something
from engine.strategy.port import Probe, Strategy
from engine.strategy.signals import Signals
from engine.strategy.spec import Number

# A strategy may need some bars before it speaks: what it lacks on fewer of them is no leak by itself.
_WARM_UP_SHARE = 0.5
_EARLY_SHARE = 0.25


class OutOfTime(Exception):
    """The replay's budget is used up."""


class Meaning(Enum):
    """What an answer to a probe means."""

    SAME = auto()
    LEAK = auto()
    SILENT = auto()  # on few bars it said nothing yet: a warm-up, unless another future changes those rows
    FAILED_EARLY = auto()  # the same, by raising
    EARLY = auto()  # on few bars it said something else
    FAILED = auto()  # not decided


@dataclass(frozen=True, slots=True)
class Judged:
    """A probe, what its answer means, and the first difference where there is one."""

    probe: Probe
    meaning: Meaning
    difference: Difference | None = None
    spoke: bool = True


class Runner:
    """Runs a strategy for one set of parameters until the budget ends, and counts the runs."""

    def __init__(
        self,
        strategy: Strategy,
        params: Mapping[str, Number],
        seed: int,
        budget_s: float,
        clock: Callable[[], float],
    ) -> None:
        self.strategy, self.params, self.seed = strategy, params, seed
        self.budget_s, self.runs = budget_s, 0
        self._clock, self._until = clock, clock() + budget_s

    @property
    def left_s(self) -> float:
        """Seconds left."""
        return self._until - self._clock()

    def now(self) -> float:
        """The clock, seconds."""
        return self._clock()

    def signals(self, series: Iterable[Bars]) -> Iterator[Signals | StrategyFailed]:
        """Signals on each series, each in a child of its own.

        Raises:
            OutOfTime: before the next answer.
        """
        for answer in self.strategy.signals_on(series, self.params):
            self.runs += 1
            yield answer
            if self.left_s <= 0:
                raise OutOfTime


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """Bars with the signals on all of them."""

    runner: Runner
    bars: Bars
    whole: Signals

    def ask(self, probes: Iterable[Probe]) -> Iterator[Judged]:
        """Each probe in a child that holds nothing of the real bars after its cut.

        Raises:
            OutOfTime: before the last probe.
        """
        asked: list[Probe] = []

        def series() -> Iterator[Bars]:
            for probe in probes:
                asked.append(probe)
                yield probed_bars(self.bars, probe)

        for place, answer in enumerate(self.runner.signals(series())):
            yield self._judged(asked[place], answer)

    def confirmed(self, probe: Probe) -> bool:
        """Whether `probe` also changes something on bars without ties, where no last bit can decide."""
        bars = nudged_bars(self.bars, self.runner.seed)
        whole, other = self.runner.signals([bars, probed_bars(bars, probe)])
        if isinstance(whole, StrategyFailed) or isinstance(other, StrategyFailed):
            return False
        return first_difference(whole, other, probe.cut) is not None

    def _judged(self, probe: Probe, answer: Signals | StrategyFailed) -> Judged:
        few = probe.future is None and probe.cut <= len(self.bars) * _WARM_UP_SHARE
        if isinstance(answer, StrategyFailed):
            return Judged(probe, Meaning.FAILED_EARLY if few else Meaning.FAILED)
        spoke = says_something(answer)
        difference = first_difference(self.whole, answer, probe.cut)
        if difference is None:
            meaning = Meaning.SAME
        elif few and not spoke:
            meaning = Meaning.SILENT
        elif few and probe.cut < len(self.bars) * _EARLY_SHARE:
            meaning = Meaning.EARLY
        else:
            meaning = Meaning.LEAK
        return Judged(probe, meaning, difference, spoke)


def probed_bars(bars: Bars, probe: Probe) -> Bars:
    """The bars as `probe` has them."""
    if probe.future is None:
        return bars.rows(0, probe.cut)
    return altered_bars(bars, probe.cut, probe.future)
