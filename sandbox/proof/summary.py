"""Makes the document of a proof."""

from __future__ import annotations

from collections.abc import Iterable

from engine.market.interval import format_instant
from sandbox.proof.campaign import Judged
from sandbox.proof.document import CategoryPart, CorpusPart, Count, LeakPart, ProofDocument
from sandbox.proof.judge import Kind
from sandbox.proof.modes import Mode
from sandbox.proof.place import Place
from sandbox.proof.prove import Proof


def document_of(proof: Proof, place: Place, now_ms: int) -> ProofDocument:
    """The document of a proof that was made at `place` and ended at `now_ms` (UTC milliseconds)."""
    lines = proof.hostile[Mode.PRODUCT]
    categories = sorted({item.line.category for item in lines})
    seen = {leak.kind for item in proof.control for leak in item.leaks}
    return ProofDocument(
        date=format_instant(now_ms),
        place=place,
        corpus=CorpusPart(
            name=proof.corpus.name,
            digest=proof.corpus.digest,
            hostile=len(proof.corpus.hostile),
            benign=len(proof.corpus.benign),
        ),
        outcome=proof.outcome,
        categories=[_category(proof, name, name) for name in categories],
        total=_category(proof, "all", None),
        control={kind: kind in seen for kind in Kind},
        benign_accepted=sum(item.run.verdict == "accepted" for item in proof.benign),
        leaks=[
            LeakPart(mode=mode.value, line=line.id, category=line.category, what=what)
            for mode, line, what in proof.leaks()
        ],
        faults=proof.faults(),
        mistakes=proof.mistakes(),
    )


def _category(proof: Proof, shown: str, category: str | None) -> CategoryPart:
    counts = {
        mode: _count(item for item in items if category in (None, item.line.category))
        for mode, items in proof.hostile.items()
    }
    return CategoryPart(
        category=shown,
        product=counts[Mode.PRODUCT],
        walls_alone=counts[Mode.WALLS],
        language_alone=counts[Mode.LANGUAGE],
    )


def _count(items: Iterable[Judged]) -> Count:
    leaks = [len(item.leaks) for item in items]
    return Count(lines=len(leaks), held=leaks.count(0), leaks=sum(leaks))
