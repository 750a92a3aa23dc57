"""Strategies: versions by name, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from subprocess import Popen

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import InvalidInput, NotFound
from engine.store.store import Store
from engine.strategy.spec import StrategySpec

Specs = Callable[[str], StrategySpec]
# Printable by construction: a filter over all of Unicode throws most draws away, and now and then too many.
NAMES = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" "), min_size=1, max_size=80
    )
    .map(str.strip)
    .filter(bool)
)
CODES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


def test_a_saved_strategy_comes_back_whole(store: Store, make_spec: Specs) -> None:
    code = '"""Trends last."""\n# Ünïcode 🚀 "quotes" \\ \t\r\n'
    saved = store.strategies.save("sma cross", code, make_spec(code), origin="writer", brief="buy dips")
    assert (saved.version, saved.origin, saved.brief, saved.parent_id) == (1, "writer", "buy dips", None)
    assert saved.id.startswith("st_") and saved.code == code and saved.spec == make_spec(code)
    assert store.strategies.get(saved.id) == saved == store.strategies.find("sma cross")
    assert [type(p.default) for p in saved.spec.parameters] == [int, float]


def test_the_same_text_is_the_same_version_and_another_text_the_next(store: Store, make_spec: Specs) -> None:
    def save(name: str, code: str) -> tuple[str, int]:
        record = store.strategies.save(name, code, make_spec(code), origin="user")
        return record.id, record.version

    first = save("a", "x = 1")
    assert save("a", "x = 1") == first
    assert save("a", "x = 2")[1] == 2
    assert save("a", "x = 1") == first, "an old text is its old version"
    assert save("b", "x = 1")[1] == 1, "another name has versions of its own"
    assert store.strategies.find("a").version == 2
    assert store.strategies.find("a", 1).id == first[0]


def test_a_child_names_its_parent(store: Store, make_spec: Specs) -> None:
    parent = store.strategies.save("a", "x = 1", make_spec("x = 1"), origin="composer")
    child = store.strategies.save("b", "x = 2", make_spec("x = 2"), origin="user", parent_id=parent.id)
    assert store.strategies.get(child.id).parent_id == parent.id
    with pytest.raises(NotFound, match="st_nowhere"):
        store.strategies.save("c", "x = 3", make_spec("x = 3"), origin="user", parent_id="st_nowhere")
    assert [record.name for record in store.strategies.list()] == ["b", "a"]


def test_only_texts_of_our_composer_and_library_are_our_own(store: Store, make_spec: Specs) -> None:
    def save(code: str, origin: str) -> str:
        return store.strategies.save("s", code, make_spec(code), origin=origin).spec.code_hash  # type: ignore[arg-type]

    assert [store.strategies.is_own(save(origin, origin)) for origin in ("user", "writer")] == [False, False]
    assert [store.strategies.is_own(save(origin, origin)) for origin in ("composer", "library")] == [
        True,
        True,
    ]
    assert not store.strategies.is_own(make_spec("composer ").code_hash), "one space more is another text"


def test_a_text_that_our_composer_brings_too_becomes_our_own(store: Store, make_spec: Specs) -> None:
    by_user = store.strategies.save("s", "x = 1", make_spec("x = 1"), origin="user")
    assert store.strategies.save("s", "x = 1", make_spec("x = 1"), origin="composer").id == by_user.id
    assert store.strategies.is_own(by_user.spec.code_hash)
    store.strategies.save("s", "x = 1", make_spec("x = 1"), origin="user")
    assert store.strategies.is_own(by_user.spec.code_hash), "and stays so"


@pytest.mark.parametrize("name", ["", " ", " a", "a ", "a\nb", "a\0", "\ud800", "x" * 81, "a\u202eb"])
def test_a_bad_name_is_refused(store: Store, make_spec: Specs, name: str) -> None:
    with pytest.raises(InvalidInput, match="is not a strategy's name"):
        store.strategies.save(name, "x = 1", make_spec("x = 1"), origin="user")
    assert store.strategies.list() == ()


@pytest.mark.parametrize("code", ["x = '\0'", "x = '\ud800'"])
def test_a_text_that_cannot_be_kept_is_refused(store: Store, make_spec: Specs, code: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be kept"):
        store.strategies.save("a", code, make_spec(code), origin="user")
    assert store.strategies.list() == ()


def test_the_declared_part_has_to_belong_to_the_text(store: Store, make_spec: Specs) -> None:
    with pytest.raises(InvalidInput, match="another text"):
        store.strategies.save("a", "x = 1", make_spec("x = 2"), origin="user")


def test_what_does_not_exist_is_answered_with_what_does(store: Store, make_spec: Specs) -> None:
    with pytest.raises(NotFound, match="list_strategies"):
        store.strategies.get("st_0")
    saved = store.strategies.save("sma cross", "x = 1", make_spec("x = 1"), origin="user")
    with pytest.raises(NotFound, match=saved.id):
        store.strategies.get(saved.id[:-1] + "z")
    with pytest.raises(NotFound, match=saved.id):
        store.strategies.get("sma cros")
    with pytest.raises(NotFound, match="sma cross"):
        store.strategies.find("sma crosss")
    with pytest.raises(NotFound, match="latest version is 1"):
        store.strategies.find("sma cross", 2)
    with pytest.raises(InvalidInput):
        store.strategies.get("\0")


def test_the_list_shows_latest_versions_newest_first_page_by_page(store: Store, make_spec: Specs) -> None:
    for name, code in [("a", "1"), ("b", "1"), ("c", "1"), ("a", "2"), ("d", "1")]:
        store.strategies.save(name, code, make_spec(code), origin="user")
    pages, before = [], None
    while page := store.strategies.list(limit=2, before=before):
        pages.append([(record.name, record.version) for record in page])
        before = page[-1].id
    assert pages == [[("d", 1), ("a", 2)], [("c", 1), ("b", 1)]]
    with pytest.raises(NotFound, match="st_gone"):
        store.strategies.list(before="st_gone")
    for limit in (0, -1, 1001, 10**30):
        with pytest.raises(InvalidInput, match="limit"):
            store.strategies.list(limit=limit)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(saves=st.lists(st.tuples(NAMES, CODES), min_size=1, max_size=6))
def test_saving_follows_a_plain_model(store: Store, make_spec: Specs, saves: list[tuple[str, str]]) -> None:
    model: dict[str, list[str]] = {
        record.name: [store.strategies.find(record.name, v).code for v in range(1, record.version + 1)]
        for record in store.strategies.list(limit=1000)
    }
    for name, code in saves:
        record = store.strategies.save(name, code, make_spec(code), origin="user")
        versions = model.setdefault(name, [])
        if code not in versions:
            versions.append(code)
        assert (record.name, record.code, record.version) == (name, code, versions.index(code) + 1)
    listed = {record.name: (record.version, record.code) for record in store.strategies.list(limit=1000)}
    assert listed == {name: (len(codes), codes[-1]) for name, codes in model.items()}


WRITERS = """
import sys, threading
from engine.store.store import Store
from engine.strategy.spec import StrategySpec, code_hash

def save(number):
    with Store.open(url) as store:
        for code in [f"x = {number}", "x = 'shared'"]:
            spec = StrategySpec("", (), (), code_hash(code))
            store.strategies.save("the name", code, spec, origin="user")

url, first = sys.argv[1], int(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
threads = [threading.Thread(target=save, args=(first + n,)) for n in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_eight_writers_of_one_name_get_a_version_for_each_text(
    empty_url: str, start: Callable[..., Popen[str]]
) -> None:
    """The database does not exist yet: they create it at the same time, too."""
    processes = [start(WRITERS, empty_url, first) for first in ("0", "4")]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
    with Store.open(empty_url) as store:
        latest = store.strategies.find("the name")
        codes = [store.strategies.find("the name", version).code for version in range(1, latest.version + 1)]
    assert sorted(codes) == sorted([f"x = {n}" for n in range(8)] + ["x = 'shared'"])
