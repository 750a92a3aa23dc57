"""The replay: a strategy runs again without the future, and with others, and must say the same of the past.

Every answer that counts comes from a child that physically holds no real bar after the cut. A quick screening
inside one child says where to look first; it proves nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.errors import StrategyFailed
from engine.market.bars import Bars
from engine.market.interval import format_instant
from engine.research.lookahead.bench import Bench, Judged, Meaning, OutOfTime, Runner
from engine.research.lookahead.cuts import (
    acting_rows,
    every_course,
    judged_probes,
    screened_probes,
    slim_probes,
)
from engine.research.lookahead.evidence import leak_of
from engine.research.lookahead.made_up import KINDS, made_up_bars
from engine.research.lookahead.verdict import Answer, Leak, Verdict
from engine.strategy.comparison import first_difference
from engine.strategy.port import Probe, Strategy
from engine.strategy.signals import Signals
from engine.strategy.spec import Number

FEWEST_CUTS = 32
MOST_BARS = 3000
_SHORTER = (1000, 700, 500, 400, 300)  # bars of a slow strategy's replay
_CHILD_S = 0.03  # of a run: what the child itself costs
_JUDGING_SHARE = 0.55  # of the budget: what the probes that decide may take
_SCREENING_SHARE = 0.15
_SCREENED_AT_ONCE = 160
_SCREENING_S = 3.0  # of one child, well inside its limit
_CONFIRMED_AT_MOST = 6
_SLOW_S, _WIDER_S = 0.3, 2.0  # a slower strategy, or one with less time left, is not looked at more widely
_EXAMINED_AT_MOST = 6


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A series to replay on, and its name."""

    name: str
    bars: Bars


@dataclass(slots=True)
class _Tally:
    """What was seen so far."""

    asked: set[int] = field(default_factory=set[int])
    failed: set[int] = field(default_factory=set[int])
    failed_late: set[int] = field(default_factory=set[int])  # cut off beyond any warm-up
    warming: dict[int, Meaning] = field(default_factory=dict[int, Meaning])
    ran_on: set[int] = field(default_factory=set[int])  # first bars alone on which it ran, with equal rows
    spoke_on: set[int] = field(default_factory=set[int])  # and gave a signal
    unconfirmed: int = 0
    screened: int = 0

    @property
    def cuts(self) -> set[int]:
        """Those that were decided."""
        return self.asked - self.failed

    def warmed(self, meaning: Meaning) -> list[int]:
        """First bars alone that gave this."""
        return sorted(cut for cut, found in self.warming.items() if found is meaning)

    def count(self, judged: Judged) -> None:
        """Note an answer that is no leak."""
        cut, cut_off = judged.probe.cut, judged.probe.future is None
        if judged.meaning is Meaning.FAILED:
            self.failed.add(cut)
            self.failed_late |= {cut} if cut_off else set[int]()
        elif judged.meaning is not Meaning.SAME:
            self.warming[cut] = judged.meaning
        else:
            self.asked.add(cut)
            if cut_off:
                self.ran_on.add(cut)
                self.spoke_on |= {cut} if judged.spoke else set[int]()


def look_ahead(
    strategy: Strategy,
    params: Mapping[str, Number],
    *,
    bars: Bars | None = None,
    seed: int = 0,
    budget_s: float = 20.0,
    clock: Callable[[], float] = time.monotonic,
) -> Verdict:
    """Whether signals of `strategy` change when what comes after them does.

    Args:
        params: resolved already.
        bars: real bars to replay on (of more than 3,000 the newest); None makes up several kinds.
        seed: the same seed gives the same answer, unless the budget ends it.
        budget_s: seconds; what is not decided by then is undecided.

    Raises:
        StrategyFailed: it fails on all bars.
    """
    runner = Runner(strategy, params, seed, budget_s, clock)
    replay = _Replay(runner, bars is None)
    candidates = _candidates(bars, seed)
    try:
        return replay.run(candidates)
    except OutOfTime:
        return replay.answer("undecided", replay.out_of_time())


def _candidates(bars: Bars | None, seed: int) -> Iterator[_Candidate]:
    if bars is not None:
        bars = bars.rows(max(0, len(bars) - MOST_BARS), len(bars))
        name = f"{len(bars):,} bars of {bars.instrument} {bars.interval}"
        yield _Candidate(name, bars)
        return
    for kind in KINDS:
        yield _Candidate(kind.name, made_up_bars(kind, seed))


class _Replay:
    """One replay as it goes."""

    def __init__(self, runner: Runner, made_up: bool) -> None:
        self._runner = runner
        self._made_up = made_up
        self._tally = _Tally()
        self._bars = ""
        self._cost_s = 0.0
        self._silent_before = False

    def run(self, candidates: Iterable[_Candidate]) -> Verdict:
        """The verdict.

        Raises:
            OutOfTime, StrategyFailed
        """
        others = iter(candidates)
        for candidate in others:
            self._bars = candidate.name
            try:
                whole = self._whole(candidate.bars)
            except StrategyFailed:
                if not self._silent_before:
                    raise
                continue  # it ran on the first kind; nobody said that it must on this one
            self._silent_before = True
            if isinstance(whole, Verdict):
                return whole
            if whole is not None:
                return self._judge(Bench(self._runner, candidate.bars, whole), others)
        return self.answer("undecided", _SILENT_MADE_UP if self._made_up else _SILENT)

    def _whole(self, bars: Bars) -> Signals | Verdict | None:
        """Signals on all bars; None where there is none, a verdict where two runs differ."""
        began = self._runner.now()
        first = self._once(bars)
        between = self._runner.now()
        if not acting_rows(first):
            return None
        second = self._once(bars)
        self._cost_s = min(between - began, self._runner.now() - between)
        difference = first_difference(first, second, len(bars))
        if difference is None:
            return first
        stamp = format_instant(int(bars.open_time[difference.row]))
        where = f"{difference.column} at bar {difference.row} ({stamp})"
        text = f"It is not repeatable: two runs on the same bars differ, first in {where}."
        return self.answer("undecided", text)

    def _once(self, bars: Bars) -> Signals:
        (answer,) = self._runner.signals([bars])
        if isinstance(answer, StrategyFailed):
            raise answer
        return answer

    def _plan(self, bench: Bench) -> tuple[Bench, list[Probe]] | Leak:
        """What to judge where: everything, or of a slow strategy what the budget allows."""
        seed = self._runner.seed
        probes = judged_probes(bench.whole, seed)
        if self._expected_s(len(bench.bars), bench, probes) <= self._allowed_s:
            return bench, probes
        shorter = [count for count in _SHORTER if count < len(bench.bars)] or [len(bench.bars)]
        slim = slim_probes(bench.whole, seed)
        count = next((c for c in shorter if self._expected_s(c, bench, slim) <= self._allowed_s), shorter[-1])
        (judged,) = bench.ask([Probe(count)])
        leak = self._leak(bench, judged)  # what needs more bars than the shorter replay has shows here
        if leak is not None:
            return leak
        first = min(int(rows[0]) for rows in acting_rows(bench.whole).values())
        start = min(max(0, first - count // 2), len(bench.bars) - count)
        bars = bench.bars.rows(start, start + count)
        (whole,) = self._runner.signals([bars])
        if isinstance(whole, StrategyFailed) or not acting_rows(whole):
            return bench, slim
        self._bars = f"{count:,} of {self._bars}"
        return Bench(self._runner, bars, whole), slim_probes(whole, seed)

    @property
    def _allowed_s(self) -> float:
        return self._runner.budget_s * _JUDGING_SHARE

    def _expected_s(self, count: int, bench: Bench, probes: list[Probe]) -> float:
        """Seconds for `probes` on the first `count` bars: half of them are cut off somewhere."""
        own = max(0.0, self._cost_s - _CHILD_S) * count / len(bench.bars)
        return len(probes) * (_CHILD_S + 0.75 * own)

    def _judge(self, bench: Bench, others: Iterator[_Candidate]) -> Verdict:
        plan = self._plan(bench)
        if isinstance(plan, Leak):
            return self._leaks(plan)
        bench, probes = plan
        leak = (
            self._screen(bench, screened_probes(bench.whole, self._runner.seed), _SCREENING_SHARE)
            or self._judge_all(bench, probes)
            or self._examine_warm_up(bench)
        )
        if leak is not None:
            return self._leaks(leak)
        undecided = self._undecided(bench)
        if undecided:
            return self.answer("undecided", undecided)
        name = self._bars
        for other in others:
            leak = self._look_wider(other)
            if leak is not None:
                return self._leaks(leak)
        self._bars = name
        if self._tally.unconfirmed:
            return self.answer("undecided", _TIES.format(self._tally.unconfirmed))
        text = (
            f"No signal before {len(self._tally.cuts)} cuts changed when the bars after them were taken away "
        )
        return self.answer("clean", text + "or replaced by others.")

    # -- the quick look

    def _screen(self, bench: Bench, probes: Sequence[Probe], share: float) -> Leak | None:
        """A leak that the screening found and children without the future confirm."""
        until = self._runner.now() + self._runner.budget_s * share
        for start in range(0, len(probes), _SCREENED_AT_ONCE):
            seconds = min(_SCREENING_S, until - self._runner.now(), self._runner.left_s)
            if seconds <= 0:
                return None
            part = probes[start : start + _SCREENED_AT_ONCE]
            seen = self._runner.strategy.screen(bench.bars, self._runner.params, part, seconds)
            self._tally.screened += seen.asked
            suspects = sorted(
                seen.suspects, key=lambda suspect: _promise(bench, part[suspect[0]], suspect[1])
            )
            leak = self._confirm(bench, [part[place] for place, _ in suspects])
            if leak is not None:
                return leak
        return None

    def _confirm(self, bench: Bench, probes: list[Probe]) -> Leak | None:
        for probe in probes[:_CONFIRMED_AT_MOST]:
            (judged,) = bench.ask([probe])
            leak = self._leak(bench, judged, probes)
            if leak is not None:
                return leak
        return None

    def _look_wider(self, other: _Candidate) -> Leak | None:
        """Screen another kind of bars, where there is time and the strategy runs on them."""
        if self._cost_s > _SLOW_S or self._runner.left_s < _WIDER_S:
            return None
        (whole,) = self._runner.signals([other.bars])
        if isinstance(whole, StrategyFailed) or not acting_rows(whole):
            return None
        self._bars = other.name
        probes = screened_probes(whole, self._runner.seed)[:_SCREENED_AT_ONCE]
        return self._screen(Bench(self._runner, other.bars, whole), probes, _SCREENING_SHARE / len(KINDS))

    # -- what decides

    def _judge_all(self, bench: Bench, probes: list[Probe]) -> Leak | None:
        for judged in bench.ask(probes):
            leak = self._leak(bench, judged)
            if leak is not None:
                return leak
        return None

    def _leak(self, bench: Bench, judged: Judged, suspects: Sequence[Probe] = ()) -> Leak | None:
        """The evidence, when `judged` means a leak that also shows on bars without ties; else counts it."""
        if judged.meaning is not Meaning.LEAK:
            self._tally.count(judged)
        elif bench.confirmed(judged.probe):
            self._tally.asked.add(judged.probe.cut)
            return leak_of(bench, judged, suspects)
        else:
            self._tally.unconfirmed += 1
        return None

    def _examine_warm_up(self, bench: Bench) -> Leak | None:
        """Where few bars gave less: no other future may change those rows, or it is a leak after all."""
        cuts = sorted(self._tally.warming)
        step = max(1, -(-len(cuts) // _EXAMINED_AT_MOST))
        for cut in [*cuts[:-1:step], *cuts[-1:]]:
            for judged in bench.ask(every_course(cut, self._runner.seed)):
                leak = self._leak(bench, judged)
                if leak is not None:
                    return leak
        return None

    def _undecided(self, bench: Bench) -> str:
        """Why nothing was decided; empty when it was."""
        tally = self._tally
        early, silent = tally.warmed(Meaning.EARLY), tally.warmed(Meaning.SILENT)
        raised = tally.warmed(Meaning.FAILED_EARLY)
        if tally.unconfirmed:
            return _TIES.format(tally.unconfirmed)
        if early:
            return (
                f"On its first {early[-1]} bars alone it gives other signals than on more of them, whatever "
                "those hold: let nothing depend on the number of bars, and stay silent on too few."
            )
        if silent and tally.spoke_on and min(tally.spoke_on) < silent[-1]:
            return (
                f"It gives signals on its first {min(tally.spoke_on)} bars and none on its first "
                f"{silent[-1]}: let nothing depend on the number of bars."
            )
        shortest = min(tally.ran_on, default=0)
        late = sorted(tally.failed_late) or [cut for cut in raised if shortest and cut > shortest]
        if late:
            return (
                f"It fails on its first {late[-1]} bars alone, which is no warm-up: it must run on any "
                "number of bars from some small one on."
            )
        if len(tally.cuts) < FEWEST_CUTS and tally.failed:
            return (
                f"It failed on other bars behind {len(tally.failed)} cuts, so that only {len(tally.cuts)} "
                "are decided: it must run on any prices."
            )
        if len(tally.cuts) < FEWEST_CUTS:
            return (
                f"Only {len(tally.cuts)} cuts could be judged on {len(bench.bars)} bars; "
                f"{FEWEST_CUTS} are needed: replay on a longer series."
            )
        return ""

    # -- answers

    def _leaks(self, leak: Leak) -> Verdict:
        stamp = format_instant(leak.time_ms)
        text = (
            f"{leak.column} at bar {leak.row} ({stamp}) is {_shown(leak.with_future)} with later bars "
            f"and {_shown(leak.without)} without them or with others; it needed {leak.needs} of the future."
        )
        return self.answer("leaks", text, leak)

    def answer(self, answer: Answer, reason: str, leak: Leak | None = None) -> Verdict:
        """A verdict with the counts so far."""
        tally = self._tally
        return Verdict(answer, len(tally.cuts), self._runner.runs, tally.screened, reason, self._bars, leak)

    def out_of_time(self) -> str:
        """The reason when the budget ended first."""
        return (
            f"After {self._runner.budget_s:g} s {len(self._tally.cuts)} cuts were judged, not all: use whole "
            "columns (rolling, shift, where) instead of loops over bars, or give it more time."
        )


def _promise(bench: Bench, probe: Probe, row: int) -> tuple[bool, int, bool]:
    """Order of suspects: what means a leak by itself, then the earliest changed row, then other futures."""
    doubtful = probe.future is None and probe.cut <= len(bench.bars) // 2
    return doubtful, row, probe.future is None


def _shown(value: object) -> str:
    return "none" if value is None else repr(value) if isinstance(value, str) else str(value)


_TIES = (
    "{} differences vanish when prices that tie are set apart by a billionth: compare with a margin instead "
    "of exact equality."
)
_SILENT = "It gave no signal on these bars, so there is nothing to compare: replay on bars where it acts."
_SILENT_MADE_UP = (
    "It gave no signal on any kind of made-up bars, so there is nothing to compare: replay on recorded bars "
    "where it acts (symbol and interval)."
)
