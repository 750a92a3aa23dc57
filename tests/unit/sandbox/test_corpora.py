"""Every hostile and benign strategy that we know, judged from outside the sandbox."""

from __future__ import annotations

import pytest

from sandbox.limits import Limits
from sandbox.proof.campaign import judge
from sandbox.proof.lines import EXHAUSTING, Line
from sandbox.proof.modes import PROVED, Mode
from tests.campaigns.sandbox_corpus import corpus_to_run

_LIMITS = Limits(wall_s=0.6, cpu_s=1.0, memory_bytes=512 << 20)


@pytest.mark.parametrize("mode", PROVED)
def test_no_hostile_strategy_leaks(walls: None, mode: Mode) -> None:
    corpus = corpus_to_run()
    assert len(corpus.hostile) >= 80
    # A mode in which everything fails would hold nothing: some good strategies must run there.
    good = [line for line in corpus.benign if "PARAMS" not in line.code][:6]
    judged = judge([*good, *_run_in(mode, corpus.hostile)], mode, _LIMITS)
    assert [(item.line.id, item.leaks) for item in judged if item.leaks] == []
    assert [item.run.verdict for item in judged[: len(good)]] == ["accepted"] * len(good)
    if mode is Mode.PRODUCT:
        refused = [item for item in judged if item.line.expect == "reject"]
        assert [item.line.id for item in refused if item.run.verdict == "accepted"] == []


def _run_in(mode: Mode, lines: tuple[Line, ...]) -> list[Line]:
    # What only exhausts is held by the same walls in the product: once is enough here.
    return [line for line in lines if mode is Mode.PRODUCT or line.category not in EXHAUSTING]


def test_every_benign_strategy_is_accepted_and_runs(walls: None) -> None:
    judged = judge(corpus_to_run().benign, Mode.PRODUCT, Limits())
    assert len(judged) >= 40
    assert [(item.line.id, item.run.output) for item in judged if item.run.verdict != "accepted"] == []
