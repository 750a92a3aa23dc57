"""Every hostile and benign strategy that we know, judged from outside the sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.limits import Limits
from tests.campaigns.sandbox_corpus import MODES, OWN, benign_campaign, hostile_campaign
from tests.support.sandbox_judge import EXHAUSTING, corpus_lines

_LIMITS = Limits(wall_s=0.6, cpu_s=1.0, memory_bytes=512 << 20)


@pytest.mark.parametrize("mode", MODES)
def test_nothing_of_our_own_hostile_corpus_leaks(walls: None, mode: str) -> None:
    check_hostile(OWN, mode)


@pytest.mark.parametrize("mode", MODES)
def test_nothing_of_the_shared_hostile_corpus_leaks(walls: None, corpus: Path, mode: str) -> None:
    check_hostile(corpus, mode)


def check_hostile(folder: Path, mode: str) -> None:
    lines = corpus_lines(folder, "hostile")
    if mode != "product":  # what only exhausts is held by the same walls; once is enough here
        lines = [line for line in lines if line.category not in EXHAUSTING]
    tally = hostile_campaign(lines, mode, _LIMITS)
    assert sum(tally.lines.values()) == len(lines) >= 70
    assert tally.leaks == [] and tally.wrong == []


def test_each_mode_runs_what_is_good_so_a_failure_there_means_something(walls: None) -> None:
    lines = [line for line in corpus_lines(OWN, "benign") if "PARAMS" not in line.code][:6]
    for mode in MODES:
        tally = hostile_campaign(lines, mode)
        assert tally.verdicts["benign"]["accepted"] == len(lines), (mode, tally)


def test_every_benign_strategy_of_our_own_is_accepted_and_runs(walls: None) -> None:
    lines = corpus_lines(OWN, "benign")
    assert len(lines) >= 30 and benign_campaign(lines).wrong == []


def test_every_shared_benign_strategy_is_accepted_and_runs(walls: None, corpus: Path) -> None:
    lines = corpus_lines(corpus, "benign")
    assert len(lines) >= 15 and benign_campaign(lines).wrong == []
