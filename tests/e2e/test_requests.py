"""Requests in plain words through the tool that users call: understood, accepted by the sandbox, and obeyed.

The composer's own tests run the code in this process; here it goes the whole way, walls included.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import numpy as np
import pytest

from engine.market.interval import Interval
from engine.market.sources.synthetic import synthetic_market
from tests.support.terminal import ROOT
from tools.catalogue import REGISTRY
from tools.core import Core
from tools.settings import Settings

ROWS = [
    json.loads(line)
    for line in (ROOT / "tests/unit/compose/requests.jsonl").read_text(encoding="utf-8").splitlines()
]
ASKED = [row["request"] for row in ROWS if "understood" in row]
BARS = synthetic_market(interval=Interval.H1, bars=6_000, seed=11).bars


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Core]:
    with Core(Settings(home=tmp_path_factory.mktemp("home"))) as core:
        yield core


def generated(core: Core, idea: str) -> dict:
    arguments = {"idea": idea, "symbol": "BTCUSDT", "interval": "1h"}
    return REGISTRY.get("generate_strategy").call(core, arguments).model_dump(mode="json")


@pytest.mark.parametrize("idea", ASKED, ids=lambda idea: idea[:60])
def test_the_sandbox_accepts_the_code_of_a_request(core: Core, idea: str) -> None:
    answer = generated(core, idea)
    assert answer["validation"]["verdict"] == "accepted", answer["validation"]["findings"]
    assert "rules" in answer["written_by"]
    assert answer["strategy_id"]


def signals(core: Core, idea: str):
    strategy = core.loader.load(generated(core, idea)["code"])
    return strategy.signals(BARS, strategy.spec.resolve({}))


@pytest.mark.parametrize(
    ("idea", "other"),
    [
        ("buy when the 10 sma crosses over the 40 sma", "buy when the 12 sma crosses over the 40 sma"),
        ("buy when RSI(14) drops below 30, sell above 60", "buy when RSI(9) drops below 30, sell above 60"),
        (
            "breakout of the 20 bar high, exit at the 10 bar low",
            "breakout of the 35 bar high, exit at the 10 bar low",
        ),
        ("bollinger 20 with 2 sigma, buy the lower band", "bollinger 20 with 2.5 sigma, buy the lower band"),
        ("supertrend 10 3", "supertrend 14 3"),
        ("cci 20 under -100 buy, over 100 sell", "cci 30 under -100 buy, over 100 sell"),
    ],
)
def test_another_number_gives_other_signals(core: Core, idea: str, other: str) -> None:
    one, two = signals(core, idea), signals(core, other)
    assert one.long_entry.any()
    assert not np.array_equal(one.long_entry, two.long_entry)


@pytest.mark.parametrize("percent", [0.5, 2, 7.5])
def test_the_stop_column_equals_the_asked_percentage(core: Core, percent: float) -> None:
    given = signals(
        core, f"golden cross 20 100 with a stop loss of {percent}% and take profit {3 * percent}%"
    )
    assert given.stop_loss is not None
    assert given.take_profit is not None
    entries = given.long_entry
    assert entries.any()
    assert np.allclose(given.stop_loss[entries], percent / 100, rtol=1e-12)
    assert np.allclose(given.take_profit[entries], 3 * percent / 100, rtol=1e-12)


def test_long_only_never_shorts_and_short_only_never_buys(core: Core) -> None:
    long_only = signals(core, "macd cross, long only")
    assert long_only.long_entry.any()
    assert not long_only.short_entry.any()
    short_only = signals(core, "macd cross, short only")
    assert short_only.short_entry.any()
    assert not short_only.long_entry.any()
    both = signals(core, "macd cross, long and short")
    assert both.long_entry.any()
    assert both.short_entry.any()


@pytest.mark.parametrize(
    "condition",
    [
        "only above the 200 sma",
        "only when adx(14) is above 25",
        "only when volume is above its 20 average",
        "only on weekdays",
        "only between 8 and 16 utc",
    ],
)
def test_a_filter_only_removes_entries(core: Core, condition: str) -> None:
    plain = signals(core, "buy when the 5 ema crosses above the 20 ema, sell when it crosses below")
    filtered = signals(
        core, f"buy when the 5 ema crosses above the 20 ema, sell when it crosses below, {condition}"
    )
    assert filtered.long_entry.any()
    assert not (filtered.long_entry & ~plain.long_entry).any()
    assert filtered.long_entry.sum() < plain.long_entry.sum()


def test_what_was_not_understood_is_given_back_word_for_word(core: Core) -> None:
    told = generated(core, "rsi 14 under 30 confirmed by elliott wave five")["understood"]
    assert any(re.search("elliott", phrase) for phrase in told["not_understood"])
