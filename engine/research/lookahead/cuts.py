"""Where to cut: right after and right before signals, in early bars, at random, and at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from engine.market.futures import Course, OtherFuture
from engine.strategy.port import Probe
from engine.strategy.signals import FLAG_COLUMNS, LEVEL_COLUMNS, Signals

COURSES = tuple(Course)
_EARLY = (2, 3, 5, 8, 13, 21, 34, 55, 89)
_AFTER, _BEFORE, _RANDOM, _LAST = 24, 5, 8, (1, 2, 12)
_FEW = 8  # rows that act: then every course is tried at each
_SLIM = 36
_SCREENED_ROWS = 220
_SCREENED_RANDOM = 30
_SCREENED_BOTH = 80  # beyond so many cuts only every second is asked with another future too


def acting_rows(signals: Signals) -> dict[str, np.ndarray]:
    """Per column the rows where it says something: flags set, levels that change, reasons given."""
    rows: dict[str, np.ndarray] = {}
    for name in FLAG_COLUMNS:
        rows[name] = np.flatnonzero(getattr(signals, name))
    for name in LEVEL_COLUMNS:
        values = getattr(signals, name)
        if values is not None:
            same = (values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1]))
            rows[name] = np.flatnonzero(np.concatenate([[False], ~same]))
    if signals.tag is not None:
        rows["tag"] = np.array([row for row, tag in enumerate(signals.tag) if tag], np.int64)
    return {name: found for name, found in rows.items() if len(found)}


def judged_probes(signals: Signals, seed: int) -> list[Probe]:
    """The probes that decide: every cut is asked with nothing and with another future behind it."""
    bars, rng = len(signals), np.random.Generator(np.random.PCG64([seed, 1]))
    after = _spread(signals, _AFTER)
    before = [row for row in _spread(signals, _BEFORE) if row > 0]
    early = [cut for cut in _EARLY if cut < bars // 4]
    random = rng.integers(bars // 20 + 1, bars, _RANDOM).tolist()
    last = [bars - back for back in _LAST]
    cuts = _inside([*(row + 1 for row in after), *before, *random, *early, *last], bars)
    probes: list[Probe] = []
    for place, cut in enumerate(cuts):
        probes += [Probe(cut), Probe(cut, OtherFuture(COURSES[place % 4], seed))]
        if cut in early:
            probes.append(Probe(cut, OtherFuture(COURSES[1 - place % 2], seed)))
    if len(after) <= _FEW:
        probes += [probe for row in after for probe in every_course(row + 1, seed) if row + 1 < bars]
    return list(dict.fromkeys(probes))


def every_course(cut: int, seed: int) -> list[Probe]:
    """All courses behind one cut."""
    return [Probe(cut, OtherFuture(course, seed)) for course in COURSES]


def screened_probes(signals: Signals, seed: int) -> list[Probe]:
    """Many more, for a quick look: most rows that act, rows before them, early and random ones."""
    bars, rng = len(signals), np.random.Generator(np.random.PCG64([seed, 2]))
    rows = _spread(signals, _SCREENED_ROWS)
    random = rng.integers(1, bars, _SCREENED_RANDOM).tolist()
    early = [cut for cut in _EARLY if cut < bars // 4]
    cuts = _inside([*early, *(row + 1 for row in rows), *random], bars)
    probes: list[Probe] = []
    for place, cut in enumerate(cuts):
        probes.append(Probe(cut))
        if place < _SCREENED_BOTH or place % 2:
            probes.append(Probe(cut, OtherFuture(COURSES[(place + place // 4) % 4], seed)))
        if cut in early:
            probes += every_course(cut, seed)
    return list(dict.fromkeys(probes))


def slim_probes(signals: Signals, seed: int) -> list[Probe]:
    """The fewest that decide, for a slow strategy: a little more than are needed, each asked twice."""
    cuts = dict.fromkeys(probe.cut for probe in judged_probes(signals, seed))
    return [
        probe
        for place, cut in enumerate(_thinned(list(cuts), _SLIM))
        for probe in (Probe(cut), Probe(cut, OtherFuture(COURSES[place % 4], seed)))
    ]


def _thinned(cuts: list[int], count: int) -> list[int]:
    if len(cuts) <= count:
        return cuts
    return [cuts[place] for place in np.linspace(0, len(cuts) - 1, count).round().astype(int)]


def _spread(signals: Signals, count: int) -> list[int]:
    """Rows that act, from all columns in turn: first, last, then evenly between; newly set ones first."""
    queues = [_in_order(rows, count) for rows in acting_rows(signals).values()]
    chosen: dict[int, None] = {}
    while queues and len(chosen) < count:
        for queue in list(queues):
            row = next(queue, None)
            if row is None:
                queues.remove(queue)
            elif len(chosen) < count:
                chosen[row] = None
    return list(chosen)


def _in_order(rows: np.ndarray, count: int) -> Iterator[int]:
    newly = rows[np.concatenate([[True], np.diff(rows) > 1])]
    for group in (newly, rows):
        places = np.linspace(0, len(group) - 1, min(len(group), count)).round().astype(int)
        # Ends first, then middles of ever smaller parts: any beginning of this order is spread out.
        order = np.argsort([_turn(at, len(places)) for at in range(len(places))], kind="stable")
        yield from group[places[order]].tolist()


def _turn(at: int, count: int) -> float:
    """A low-discrepancy order of 0..count-1 with both ends first."""
    if at in (0, count - 1):
        return -1.0
    reversed_bits, part, number = 0.0, 0.5, at
    while number:
        reversed_bits += part * (number & 1)
        number, part = number >> 1, part / 2
    return reversed_bits


def _inside(cuts: Iterable[int], bars: int) -> list[int]:
    return [cut for cut in dict.fromkeys(cuts) if 1 <= cut < bars]
