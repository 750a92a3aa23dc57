"""Searches on record: begun once, results of whole batches, closed with a document."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.errors import InvalidInput, NotFound
from engine.store.records import SearchResult
from engine.store.store import Store

REQUEST = {"name": "cross", "trials": 20}
RESULTS = [
    SearchResult(0, {"n": 3, "stop": 0.1}, "a" * 64, {"sharpe": 1.1, "calmar": None}, None),
    SearchResult(1, {"n": 4, "stop": 0.3}, None, None, "line 6: division by zero"),
]


def test_a_search_is_begun_once_and_found_again(store: Store) -> None:
    begun = store.searches.begin("one", REQUEST, seed=4_294_967_295)
    assert (begun.state, begun.request, begun.seed, begun.document) == ("running", REQUEST, 2**32 - 1, None)
    assert store.searches.begin("one", {"name": "other"}, seed=1) == begun
    assert store.searches.find("one") == store.searches.get(begun.id) == begun
    assert store.searches.find("two") is None
    with pytest.raises(NotFound, match="no search 'srch_x'"):
        store.searches.get("srch_x")


def test_of_many_that_begin_the_same_search_one_wins(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        begun = list(pool.map(lambda _: store.searches.begin("one", REQUEST, seed=1).id, range(8)))
    assert len(set(begun)) == 1 == len(store.searches.list())


def test_results_come_back_as_they_were_in_order_and_the_first_of_a_number_stays(store: Store) -> None:
    search = store.searches.begin("one", REQUEST, seed=1)
    store.searches.add_results(search.id, RESULTS[1:])
    store.searches.add_results(search.id, RESULTS[:1])
    assert list(store.searches.results(search.id)) == RESULTS
    store.searches.add_results(search.id, [SearchResult(1, {}, None, None, "later"), RESULTS[0]])
    assert list(store.searches.results(search.id)) == RESULTS
    store.searches.add_results(search.id, [])
    assert store.searches.results("srch_x") == ()


def test_a_batch_is_written_whole_or_not_at_all(store: Store) -> None:
    search = store.searches.begin("one", REQUEST, seed=1)
    bad = SearchResult(2, {"n": float("nan")}, None, None, None)
    with pytest.raises(InvalidInput):
        store.searches.add_results(search.id, [RESULTS[0], bad])
    assert store.searches.results(search.id) == ()


def test_a_search_is_closed_once(store: Store) -> None:
    search = store.searches.begin("one", REQUEST, seed=1)
    done = store.searches.finish(search.id, {"best": 3})
    assert (done.state, done.document) == ("done", {"best": 3})
    assert store.searches.finish(search.id, {"best": 4}).document == {"best": 3}
    with pytest.raises(NotFound, match="no search"):
        store.searches.finish("srch_x", {})


def test_searches_are_listed_newest_first_by_pages(store: Store) -> None:
    ids = [store.searches.begin(name, REQUEST, seed=1).id for name in ("one", "two", "three")]
    assert [each.id for each in store.searches.list(limit=2)] == ids[:0:-1]
    assert [each.id for each in store.searches.list(limit=2, before=ids[1])] == ids[:1]
