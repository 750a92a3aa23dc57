"""Lineages: one idea with its renamed and edited copies, found by ancestry, by code, and by returns.

A text gets its lineage when it is first counted, and keeps it. Lineages that turn out to be one are merged
into the older; nothing ever splits them. What is decided here is wrong on the safe side: two ideas taken for
one are counted together, and share one opening of the holdout.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from engine.research.ledger.fingerprint import features
from engine.research.ledger.similarity import same_code
from engine.store.records import LineageReason
from engine.store.store import Store

UNNAMED = ("draft",)  # what the tools call a text that came without a name


@dataclass(frozen=True, slots=True)
class _Newcomer:
    code_hash: str
    features: frozenset[str]
    kin: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Member:
    code_hash: str
    lineage_id: str
    features: frozenset[str]


def settle(store: Store, *further: str) -> None:
    """Give a lineage to every text that was tried and has none, and to further ones by hash."""
    known = store.lineages.code_hashes()
    hashes = dict.fromkeys((*store.trials.code_hashes(), *further))
    newcomers = [_newcomer(store, code_hash) for code_hash in hashes if code_hash not in known]
    if not newcomers:
        return
    with store.lineages.deciding():
        members = _members(store)
        settled = {member.code_hash for member in members}
        for newcomer in newcomers:
            if newcomer.code_hash not in settled:  # another process may have been faster
                members = _enrol(store, newcomer, members)


def join_pairs(store: Store, pairs: Iterable[tuple[str, str]]) -> None:
    """Merge the lineages of texts that earned the same."""
    with store.lineages.deciding():
        for pair in pairs:
            lineages = {store.lineages.of(code_hash) for code_hash in pair} - {None}
            if len(lineages) == 2:
                store.lineages.merge(lineage for lineage in lineages if lineage is not None)


def _newcomer(store: Store, code_hash: str) -> _Newcomer:
    text = store.strategies.text_of(code_hash) or store.runs.text_of(code_hash) or ""
    return _Newcomer(code_hash, features(text), store.strategies.kin(code_hash, UNNAMED))


def _members(store: Store) -> list[_Member]:
    recorded = store.lineages.members()
    return [_Member(entry.code_hash, entry.lineage_id, frozenset(entry.features)) for entry in recorded]


def _enrol(store: Store, newcomer: _Newcomer, members: list[_Member]) -> list[_Member]:
    alike = {member.code_hash: member for member in members if _related(newcomer, member)}
    if not alike:
        lineage = store.lineages.begin(newcomer.code_hash, newcomer.features)
        return [*members, _Member(newcomer.code_hash, lineage, newcomer.features)]
    merged = {member.lineage_id for member in alike.values()}
    lineage = store.lineages.merge(merged)
    by_ancestry = [code_hash for code_hash in alike if code_hash in newcomer.kin]
    why: LineageReason = "ancestry" if by_ancestry else "code"
    like = next(iter(by_ancestry or alike))
    store.lineages.join(newcomer.code_hash, lineage, why, like, newcomer.features)
    stay = [
        replace(member, lineage_id=lineage) if member.lineage_id in merged else member for member in members
    ]
    return [*stay, _Member(newcomer.code_hash, lineage, newcomer.features)]


def _related(newcomer: _Newcomer, member: _Member) -> bool:
    return member.code_hash in newcomer.kin or same_code(newcomer.features, member.features)
