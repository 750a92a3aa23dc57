"""Every hostile and benign strategy that we know, judged from outside the sandbox."""

from __future__ import annotations

import pytest

from sandbox.limits import Limits
from tests.campaigns.sandbox_corpus import MODES, OWN, SHARED, benign_campaign, hostile_campaign
from tests.support.sandbox_judge import EXHAUSTING, Line, corpus_lines

_LIMITS = Limits(wall_s=0.6, cpu_s=1.0, memory_bytes=512 << 20)


def lines_of(name: str) -> list[Line]:
    """The lines of the project's own corpus, and of the shared one where it is there."""
    own = corpus_lines(OWN, name)
    assert len(own) >= 40
    return own + corpus_lines(SHARED, name)


@pytest.mark.parametrize("mode", MODES)
def test_no_hostile_strategy_leaks(walls: None, mode: str) -> None:
    lines = lines_of("hostile")
    if mode != "product":  # what only exhausts is held by the same walls; once is enough here
        lines = [line for line in lines if line.category not in EXHAUSTING]
    # A mode in which everything fails would hold nothing: some good strategies must run there.
    good = [line for line in corpus_lines(OWN, "benign") if "PARAMS" not in line.code][:6]
    tally = hostile_campaign([*good, *lines], mode, _LIMITS)
    assert sum(tally.lines.values()) == len(good) + len(lines)
    assert tally.leaks == [] and tally.wrong == []
    assert tally.verdicts["benign"]["accepted"] == len(good)


def test_every_benign_strategy_is_accepted_and_runs(walls: None) -> None:
    assert benign_campaign(lines_of("benign")).wrong == []
