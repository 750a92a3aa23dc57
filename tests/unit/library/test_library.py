"""The ready strategies: texts like a user's own that run, trade, and know nothing of the future."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from engine.errors import NotFound
from engine.strategy.library import catalogue
from engine.strategy.spec import code_hash
from tests.unit.compose.running import defaults, module, run, same, walk


def test_the_four_ready_strategies_are_listed():
    assert catalogue.names() == ("bollinger", "macd", "rsi", "sma_cross")


@pytest.mark.parametrize("name", catalogue.names())
def test_a_ready_strategy_keeps_the_contract_and_trades(name: str):
    code = catalogue.text(name)
    assert defaults(code)
    assert (module(code)["__doc__"] or "").strip().endswith(".")
    signals = run(code, walk())
    assert signals.long_entry.any() and signals.long_exit.any()
    assert not signals.short_entry.any() and signals.warnings == ()


@pytest.mark.parametrize("name", catalogue.names())
def test_a_ready_strategy_knows_nothing_of_the_future(name: str):
    code = catalogue.text(name)
    whole = run(code, walk())
    for cut in (1, 30, 500, *(np.flatnonzero(whole.long_entry)[:5] + 1)):
        assert same(run(code, walk().iloc[:cut]), whole, int(cut))


@pytest.mark.parametrize("name", catalogue.names())
def test_every_parameter_of_a_ready_strategy_matters(name: str):
    code = catalogue.text(name)
    whole = run(code, walk())
    for parameter, entry in module(code)["PARAMS"].items():
        assert not same(run(code, walk(), **{parameter: entry["high"]}), whole), parameter


def test_an_unknown_name_is_answered_with_those_that_exist():
    with pytest.raises(
        NotFound, match=r"no ready strategy 'smacross'.*Did you mean sma_cross.*bollinger, macd"
    ):
        catalogue.text("smacross")


def test_only_unedited_text_counts_as_ours():
    text = catalogue.text("rsi")
    assert catalogue.is_library(code_hash(text))
    assert catalogue.is_library(hashlib.sha256(text.encode()).hexdigest())
    assert not catalogue.is_library(code_hash(text + "\n"))
