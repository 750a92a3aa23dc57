"""Who belongs together: by ancestry, by code, by returns; ids stay and lineages never split."""

from __future__ import annotations

from collections.abc import Callable

from engine.research.backtesting import Laboratory
from engine.research.ledger.counting import settled
from engine.research.ledger.lineage import settle
from engine.strategy.spec import StrategySpec, code_hash
from tests.unit.ledger.texts import BREAKOUT, BY_SUMS, CALENDAR, MEAN, RENAMED


def lineages(laboratory: Laboratory, *texts: str) -> list[str | None]:
    settled(laboratory.store, "BTC")
    return [laboratory.store.lineages.of(code_hash(text)) for text in texts]


def why(laboratory: Laboratory) -> list[str]:
    return [member.why for member in laboratory.store.lineages.members()]


def test_different_ideas_have_lineages_of_their_own(laboratory: Laboratory, tried: Callable) -> None:
    for name, text in (("a", MEAN), ("b", BREAKOUT), ("c", CALENDAR)):
        tried(name, text)
    assert len(set(lineages(laboratory, MEAN, BREAKOUT, CALENDAR))) == 3


def test_a_renamed_copy_is_in_the_lineage_by_its_code(laboratory: Laboratory, tried: Callable) -> None:
    tried("a", MEAN)
    tried("something else", RENAMED)
    first, second = lineages(laboratory, MEAN, RENAMED)
    assert first == second is not None
    assert why(laboratory) == ["first", "code"]


def test_another_computation_of_the_same_trades_is_in_the_lineage_by_its_returns(
    laboratory: Laboratory, tried: Callable
) -> None:
    tried("a", MEAN)
    older = lineages(laboratory, MEAN)[0]
    tried("b", BREAKOUT)
    tried("c", BY_SUMS)
    mean, sums, breakout = lineages(laboratory, MEAN, BY_SUMS, BREAKOUT)
    assert mean == sums == older
    assert breakout != older


def test_versions_of_one_name_are_one_lineage_but_drafts_are_not(
    laboratory: Laboratory, tried: Callable
) -> None:
    tried("mine", MEAN)
    tried("mine", BREAKOUT)
    tried("draft", CALENDAR)
    tried("draft", MEAN.replace("close", "volume").replace("rolling", "expanding"))
    mean, breakout, calendar = lineages(laboratory, MEAN, BREAKOUT, CALENDAR)
    assert mean == breakout != calendar
    assert why(laboratory)[:2] == ["first", "ancestry"]
    assert len(set(lineages(laboratory, *(CALENDAR, MEAN)))) == 2


def test_a_child_is_in_the_lineage_of_a_parent_that_was_never_tried(
    laboratory: Laboratory, tried: Callable
) -> None:
    tried("grandparent", CALENDAR)
    saved = laboratory.store.strategies
    grandparent = saved.find("grandparent")
    between = "x = 1\n"
    parent = saved.save(
        "parent",
        between,
        StrategySpec("", (), (), code_hash(between)),
        origin="user",
        parent_id=grandparent.id,
    )
    spec = StrategySpec("", (), (), code_hash(BREAKOUT))
    saved.save("child", BREAKOUT, spec, origin="user", parent_id=parent.id)
    tried("child", BREAKOUT)
    first, last = lineages(laboratory, CALENDAR, BREAKOUT)
    assert first == last


def test_a_text_that_is_like_two_lineages_makes_one_of_them(laboratory: Laboratory, tried: Callable) -> None:
    tried("a", CALENDAR)
    tried("b", BREAKOUT)
    older, younger = lineages(laboratory, CALENDAR, BREAKOUT)
    both = BREAKOUT.replace(
        "def generate_signals", CALENDAR.split("\n\n\n")[1].replace("generate_", "other_")
    )
    both = CALENDAR.split("\n\n\n")[1].replace("generate_signals", "other") + "\n\n" + BREAKOUT
    tried("c", both)
    assert lineages(laboratory, CALENDAR, BREAKOUT, both) == [older] * 3
    assert laboratory.store.lineages.texts(str(younger)) == laboratory.store.lineages.texts(str(older))


def test_settling_again_changes_nothing(laboratory: Laboratory, tried: Callable) -> None:
    for name, text in (("a", MEAN), ("b", RENAMED), ("c", CALENDAR)):
        tried(name, text)
    lineages(laboratory)
    before = laboratory.store.lineages.members()
    settle(laboratory.store)
    settled(laboratory.store, "BTC")
    assert laboratory.store.lineages.members() == before
