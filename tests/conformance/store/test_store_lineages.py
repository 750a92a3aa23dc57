"""Lineages: texts join and stay, lineages merge, ids stay known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.errors import NotFound
from engine.store.store import Store


def test_a_text_has_no_lineage_before_it_gets_one(store: Store) -> None:
    assert store.lineages.of("a") is None and store.lineages.members() == ()
    with pytest.raises(NotFound, match="ln_1"):
        store.lineages.texts("ln_1")


def test_a_text_begins_a_lineage_and_another_joins_it(store: Store) -> None:
    lineage = store.lineages.begin("a", {"RSI", "close"})
    store.lineages.join("b", lineage, "code", "a", {"RSI"})
    assert store.lineages.of("a") == store.lineages.of("b") == lineage
    assert store.lineages.texts(lineage) == ("a", "b")
    first, second = store.lineages.members()
    assert (first.why, first.like_code_hash, first.features) == ("first", None, ("RSI", "close"))
    assert (second.why, second.like_code_hash, second.features) == ("code", "a", ("RSI",))
    assert store.lineages.code_hashes() == {"a", "b"}


def test_merging_keeps_the_oldest_and_every_id_stays_known(store: Store) -> None:
    lineages = [store.lineages.begin(text, ()) for text in "abc"]
    assert store.lineages.merge([lineages[2], lineages[1]]) == lineages[1]
    assert store.lineages.merge([lineages[1], lineages[0]]) == lineages[0]
    assert {store.lineages.of(text) for text in "abc"} == {lineages[0]}
    assert [store.lineages.texts(lineage) for lineage in lineages] == [("a", "b", "c")] * 3


def test_kin_are_found_through_parents_children_and_names(store: Store, make_spec: Callable) -> None:
    texts = [f"x = {i}" for i in range(6)]
    spec = [make_spec(text) for text in texts]
    first = store.strategies.save("one", texts[0], spec[0], origin="user")
    second = store.strategies.save("two", texts[1], spec[1], origin="user", parent_id=first.id)
    store.strategies.save("two", texts[2], spec[2], origin="user")
    store.strategies.save("draft", texts[3], spec[3], origin="user")
    store.strategies.save("draft", texts[4], spec[4], origin="user", parent_id=second.id)
    store.strategies.save("alone", texts[5], spec[5], origin="user")
    hashes = [entry.code_hash for entry in spec]
    assert store.strategies.kin(hashes[0], ("draft",)) == {hashes[1], hashes[2], hashes[4]}
    assert store.strategies.kin(hashes[4], ("draft",)) == {hashes[0], hashes[1], hashes[2]}
    assert store.strategies.kin(hashes[3], ("draft",)) == frozenset()
    assert store.strategies.kin(hashes[5]) == frozenset()
    assert store.strategies.names_of(hashes[:2]) == {hashes[0]: "one", hashes[1]: "two"}
    assert store.strategies.text_of(hashes[2]) == "x = 2" and store.strategies.text_of("none") is None
