"""A slice of the campaign that measures the error rates of the verdict."""

from __future__ import annotations

import pytest

from tests.campaigns import verdict_ideas
from tests.campaigns.verdict_worlds import edge_worlds, judged, null_worlds


def test_markets_without_an_edge_are_not_accepted():
    worlds = list(null_worlds(12, 3, 2, 0, []))
    assert "accept" not in [judged(world) for world in worlds]


def test_most_of_a_large_edge_is_accepted():
    verdicts = [judged(world) for world in edge_worlds(11, 2.5, 3)]
    assert verdicts.count("accept") >= 2


def test_an_agent_that_never_gives_up_has_nothing_accepted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(verdict_ideas, "IDEAS", 12)
    assert verdict_ideas.campaign((11, 0)) == {"patient": False, "eager": False}
