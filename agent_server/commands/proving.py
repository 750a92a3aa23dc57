"""`edgewright doctor --prove`: runs a proof of the walls, keeps it, and shows it."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from agent_server.output import print_json, say
from agent_server.terminal import print_error, print_table, progress, standard_error
from engine.backtest.report.plain import one_line
from engine.errors import StoreUnavailable
from sandbox.proof.document import CategoryPart, Count, Outcome, ProofDocument
from sandbox.proof.lines import Corpus, corpus_in, shipped_corpus
from sandbox.proof.place import this_place
from sandbox.proof.prove import prove
from sandbox.proof.summary import document_of
from tools.core import Core

_EVERY_S = 5.0


def prove_here(core: Core, folder: Path | None, as_json: bool) -> bool:
    """Prove the walls with the shipped corpus or that of `folder`; True when they held and that is on file.

    Raises:
        SandboxUnavailable: this machine lacks a wall.
        NotFound, InvalidInput: the folder holds no corpus.
    """
    document = proof_of(shipped_corpus() if folder is None else corpus_in(folder), core.ambient.now_ms)
    kept = _keep(core, document)
    if as_json:
        print_json(document)
    else:
        print_proof(document)
    return kept and document.outcome is Outcome.HELD


def proof_of(corpus: Corpus, now_ms: Callable[[], int]) -> ProofDocument:
    """Prove with a corpus, showing progress on standard error."""
    with _progress() as advance:
        proof = prove(corpus, advance)
    return document_of(proof, this_place(), now_ms())


def _keep(core: Core, document: ProofDocument) -> bool:
    try:
        core.proofs.keep(document)
    except StoreUnavailable as error:  # what was found out is worth showing all the same
        print_error(error)
        return False
    return True


@contextmanager
def _progress() -> Generator[Callable[[int, int], None]]:
    console = standard_error()
    said = time.monotonic()

    def advance(done: int, total: int) -> None:
        nonlocal said
        bar(done, total)
        if not console.is_terminal and time.monotonic() - said >= _EVERY_S:
            said = time.monotonic()
            say(f"{done} of {total} runs")

    with progress("Proving the walls", console) as bar:
        yield advance


def print_proof(document: ProofDocument) -> None:
    """The counts by category, what leaked, and the outcome."""
    print_table(
        "Runs / held / leaks, by category",
        ["category", "product", "walls alone", "language alone"],
        [_row(part) for part in (*document.categories, document.total)],
    )
    print()
    print("control: " + ", ".join(f"{kind} {_seen(seen)}" for kind, seen in document.control.items()))
    print(f"benign: {document.benign_accepted} of {document.corpus.benign} accepted")
    for leak in document.leaks:
        print(one_line(f"LEAK: {leak.mode}: {leak.line} ({leak.category}) {leak.what}"))
    for text in (*document.faults, *document.mistakes):
        print(one_line(text))
    print(_CONCLUSIONS[document.outcome])


def _row(part: CategoryPart) -> list[str]:
    return [part.category, *map(_shown, (part.product, part.walls_alone, part.language_alone))]


def _shown(count: Count) -> str:
    return f"{count.lines} / {count.held} / {count.leaks}" if count.lines else "-"


def _seen(seen: bool) -> str:
    return "seen" if seen else "NOT SEEN"


_CONCLUSIONS = {
    Outcome.HELD: "Held: nothing leaked, and the control shows that a leak would have been seen.",
    Outcome.LEAKED: "LEAKED: code that is not Edgewright's own is refused here until a proof holds.",
    Outcome.VOID: "VOID: this proof says nothing; the reasons are above.",
    Outcome.MISJUDGED: "Nothing leaked, but the language layer misjudged the lines above.",
}
