"""The proof itself: what is run in which mode, and what follows from what the judge saw."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from engine.errors import SandboxUnavailable
from sandbox.limits import Limits
from sandbox.proof.campaign import HOSTILE_LIMITS, Judged, judge
from sandbox.proof.document import Outcome
from sandbox.proof.judge import Kind
from sandbox.proof.lines import EXHAUSTING, Corpus, Line, control_lines, shipped_corpus
from sandbox.proof.modes import PROVED, Mode
from sandbox.walls import HELP, missing

Advance = Callable[[int, int], None]
Judge = Callable[[Iterable[Line], Mode, Limits, Callable[[], None]], tuple[Judged, ...]]
_SIGNS_OF_LIFE = 3


@dataclass(frozen=True, slots=True)
class Proof:
    """All that was seen.

    Attributes:
        hostile: by mode, the hostile lines that were run in it.
        signs: by mode, a few good lines that must run there, so that a dead mode cannot pass for a tight one.
        control: the positive control, with neither layer.
        benign: the good lines, as the product runs them.
    """

    corpus: Corpus
    hostile: dict[Mode, tuple[Judged, ...]]
    signs: dict[Mode, tuple[Judged, ...]]
    control: tuple[Judged, ...]
    benign: tuple[Judged, ...]

    @property
    def outcome(self) -> Outcome:
        """What follows; a leak outweighs everything else."""
        if self.leaks():
            return Outcome.LEAKED
        if self.faults():
            return Outcome.VOID
        return Outcome.MISJUDGED if self.mistakes() else Outcome.HELD

    def leaks(self) -> list[tuple[Mode, Line, str]]:
        """Mode, line and what got out, in the order in which they were seen."""
        ran = [(mode, item) for mode in self.hostile for item in (*self.hostile[mode], *self.signs[mode])]
        return [(mode, item.line, leak.detail) for mode, item in ran for leak in item.leaks]

    def faults(self) -> list[str]:
        """Why the proof would say nothing: each as a sentence."""
        seen = {leak.kind for item in self.control for leak in item.leaks}
        blind = [f"The judge did not see the control's {kind}." for kind in Kind if kind not in seen]
        dead = [
            f"In mode {mode} the good line {item.line.id} did not run: {_first_line(item.run.output)}"
            for mode, items in self.signs.items()
            for item in items
            if item.run.verdict != "accepted"
        ]
        return blind + dead

    def mistakes(self) -> list[str]:
        """Lines that the product judged wrongly: each as a sentence."""
        accepted = [
            f"{item.line.id} was accepted and should be rejected."
            for item in self.hostile[Mode.PRODUCT]
            if item.line.expect == "reject" and item.run.verdict == "accepted"
        ]
        refused = [
            f"{item.line.id} is good and did not run: {_first_line(item.run.output)}"
            for item in self.benign
            if item.run.verdict != "accepted"
        ]
        return accepted + refused


def prove(
    corpus: Corpus,
    advance: Advance = lambda _done, _total: None,
    *,
    limits: Limits = HOSTILE_LIMITS,
    judged_by: Judge = judge,
) -> Proof:
    """Run the corpus in the product, against the walls alone, and against the language layer alone.

    Args:
        corpus: its hostile lines run in the mode `language alone` with the caller's own rights: prove only
            with lines that you have read.
        advance: called after every line with how many are done and how many there are.
        limits: of hostile lines; benign ones have the product's defaults.
        judged_by: what runs and judges; the tests hand in others.

    Raises:
        SandboxUnavailable: this machine lacks a wall: there is nothing to prove.
    """
    absent = missing()
    if absent:
        raise SandboxUnavailable(f"There is nothing to prove: this machine lacks {absent}.", HELP)
    signs, control = _signs_of_life(), control_lines()
    plan = {mode: _run_in(corpus.hostile, mode) for mode in PROVED}
    total = len(control) + len(corpus.benign) + sum(len(signs) + len(lines) for lines in plan.values())
    step = _counter(advance, total)
    seen = judged_by(control, Mode.CONTROL, limits, step)
    hostile: dict[Mode, tuple[Judged, ...]] = {}
    alive: dict[Mode, tuple[Judged, ...]] = {}
    for mode, lines in plan.items():
        judged = judged_by((*signs, *lines), mode, limits, step)
        alive[mode], hostile[mode] = judged[: len(signs)], judged[len(signs) :]
    benign = judged_by(corpus.benign, Mode.PRODUCT, Limits(), step)
    return Proof(corpus, hostile, alive, seen, benign)


def _run_in(lines: Sequence[Line], mode: Mode) -> tuple[Line, ...]:
    exhausting = frozenset[str]() if mode is not Mode.LANGUAGE else EXHAUSTING
    return tuple(line for line in lines if line.category not in exhausting)


def _signs_of_life() -> tuple[Line, ...]:
    # Plain Python does not read PARAMS, so these have none.
    plain = [line for line in shipped_corpus().benign if "PARAMS" not in line.code]
    return tuple(plain[:_SIGNS_OF_LIFE])


def _counter(advance: Advance, total: int) -> Callable[[], None]:
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        advance(done, total)

    return step


def _first_line(text: str) -> str:
    return next((line[:300] for line in text.splitlines() if line.strip()), "it said nothing")
