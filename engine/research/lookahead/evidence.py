"""What is told about a leak: the first bar, how much of the future it needed, and the likely line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.errors import StrategyFailed
from engine.research.lookahead.bench import Bench, Judged, Meaning, OutOfTime
from engine.research.lookahead.cuts import every_course
from engine.research.lookahead.verdict import Leak
from engine.strategy.comparison import Difference, value_at
from engine.strategy.port import Finding, Probe

_TRACED_SHARE = 5  # a cut after a fifth of the bars is best
_TRIED_CUTS = 3
_LATEST_SHARE = 50  # what the last fiftieth of the bars changes in the first half has needed all of them


def leak_of(bench: Bench, judged: Judged, suspects: Sequence[Probe] = ()) -> Leak:
    """The evidence for a probe whose answer means a leak; what there is no time for is left at its least.

    Among `suspects` one is looked for that shows the leak and suits a trace.
    """
    found = judged.difference
    if found is None:
        raise ValueError("a leak has a difference")
    probe, needs, needs_all = judged.probe, 1, False
    try:
        probe = _telling(bench, judged, suspects)
        needs_all = _reaches_from_the_end(bench)
        needs = len(bench.bars) - 1 - found.row if needs_all else _needs(bench, found, judged.probe)
    except OutOfTime:
        needs = max(needs, 1)
    return Leak(
        row=found.row,
        time_ms=int(bench.bars.open_time[found.row]),
        column=found.column,
        with_future=found.first,
        without=found.second,
        needs_bars=needs,
        needs_all=needs_all,
        cut=judged.probe.cut,
        line=_line(bench, probe),
    )


def _telling(bench: Bench, judged: Judged, suspects: Sequence[Probe]) -> Probe:
    """A probe whose traces compare well: as many bars as before, and a cut neither early nor late."""
    best = len(bench.bars) // _TRACED_SHARE
    cuts = sorted({judged.probe.cut, *(probe.cut for probe in suspects)}, key=lambda cut: abs(cut - best))
    if judged.probe.future is not None and judged.probe.cut == cuts[0]:
        return judged.probe
    for cut in cuts[:_TRIED_CUTS]:
        for other in bench.ask(every_course(cut, bench.runner.seed)):
            if other.meaning is Meaning.LEAK:
                return other.probe
    return judged.probe


def _line(bench: Bench, probe: Probe) -> Finding | None:
    runner = bench.runner
    return runner.strategy.locate(bench.bars, runner.params, probe)


def _reaches_from_the_end(bench: Bench) -> bool:
    """Whether the last few bars change rows of the first half: then they knew all bars."""
    last = len(bench.bars) - max(1, len(bench.bars) // _LATEST_SHARE)
    answers = bench.ask([Probe(last), *every_course(last, bench.runner.seed)])
    return any(
        judged.difference is not None and judged.difference.row < last // 2
        for judged in answers
        if judged.meaning is Meaning.LEAK
    )


def _needs(bench: Bench, found: Difference, probe: Probe) -> int:
    """The fewest further bars after which the row keeps its value: cut off there, or with another future."""
    final, row, column = found.first, found.row, found.column
    rows_after = len(bench.bars) - 1 - row

    def settled(further: int) -> bool:
        bars = bench.bars.rows(0, row + 1 + further)
        (answer,) = bench.runner.signals([bars])
        return not isinstance(answer, StrategyFailed) and value_at(answer, column, row) == final

    def untouched(further: int) -> bool:
        cut = row + 1 + further
        (judged,) = bench.ask([Probe(cut, probe.future)])
        return judged.difference is None or judged.difference.row != row

    needs = _least(settled, 0, rows_after)
    if probe.future is not None:
        needs = max(needs, _least(untouched, probe.cut - 1 - row, rows_after - 1))
    return max(needs, 1)


def _least(holds: Callable[[int], bool], first: int, last: int) -> int:
    """The least number from `first` to `last` that holds, if those after it do; `last` is taken to hold."""
    if first >= last or holds(first):
        return min(first, last)
    below, step = first, 1
    while below + step < last and not holds(below + step):
        below, step = below + step, 2 * step
    above = min(below + step, last)
    while above - below > 1:
        middle = (below + above) // 2
        if holds(middle):
            above = middle
        else:
            below = middle
    return above
