"""Requests in plain words, each with what must be understood, and code that does what was asked.

`requests.jsonl` holds them: terse, verbose, misspelt, non-native; the caller's interval is 1h.
"""

from __future__ import annotations

import ast
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from engine.market.interval import Interval
from engine.strategy.compose.compose import compose
from engine.strategy.compose.model import Composition, Question
from engine.strategy.signals import Signals
from tests.unit.compose.running import defaults, module, run, same, walk

_ROWS = [
    json.loads(line) for line in Path(__file__).with_name("requests.jsonl").read_text("utf-8").splitlines()
]
_TOLD = [row for row in _ROWS if "understood" in row]
# On these bars the condition never comes true, or its span is longer than they are.
_RARE = {
    "buy wen rsi is oversold and price is above movng average 100",
    "buy at 52 week high breakout, stop 8%",
    "long when rsi < 30 and price above the 200 ema, short when rsi > 70 and price below the 100 ema",
    "bull market filter: only buy when above 200 day sma; entry is a 10 day low",
}


@cache
def _composed(request: str) -> Composition:
    answer = compose(request, interval=Interval.H1)
    assert isinstance(answer, Composition), answer
    return answer


@cache
def _signals(request: str) -> Signals:
    return run(_composed(request).code, walk())


def _shown(composition: Composition) -> dict[str, Any]:
    told = composition.understood.as_dict()
    told["filters"] = [use.kind for use in composition.understood.filters]
    names: dict[str, Any] = {}
    for use in composition.understood.indicators:
        again = sum(name == use.name or name.startswith(f"{use.name} ") for name in names)
        names[use.name if not again else f"{use.name} {again + 1}"] = use.params
    told["indicators"] = names
    return {key: value for key, value in told.items() if value not in (None, [])}


@pytest.mark.parametrize("row", _TOLD, ids=lambda row: row["request"][:60])
def test_a_request_is_understood(row: dict[str, Any]):
    assert _shown(_composed(row["request"])) == row["understood"]


@pytest.mark.parametrize("row", [row for row in _ROWS if "question" in row], ids=lambda row: row["request"])
def test_a_request_without_a_rule_gets_one_question_whose_options_compose(row: dict[str, Any]):
    answer = compose(row["request"])
    assert isinstance(answer, Question)
    assert answer.text.count("?") == 1
    assert all(isinstance(compose(option), Composition) for option in answer.options)


@pytest.mark.parametrize("row", _TOLD, ids=lambda row: row["request"][:60])
def test_the_code_runs_and_trades_only_the_asked_side(row: dict[str, Any]):
    composition = _composed(row["request"])
    defaults(composition.code)
    signals = _signals(row["request"])
    assert signals.warnings == ()
    direction = composition.understood.direction
    entries = {"long": signals.long_entry.any(), "short": signals.short_entry.any()}
    if row["request"] not in _RARE:
        assert entries == {"long": direction != "short", "short": direction != "long"}
    assert direction != "long" or not signals.short_exit.any()
    assert direction != "short" or not signals.long_exit.any()


@pytest.mark.parametrize("row", _TOLD, ids=lambda row: row["request"][:60])
def test_the_columns_of_risk_are_what_was_asked(row: dict[str, Any]):
    composition = _composed(row["request"])
    signals = _signals(row["request"])
    told = composition.understood
    asked = {
        "stop_loss": told.stop,
        "take_profit": told.target,
        "trailing_stop": told.trailing,
        "size": told.size,
    }
    multiples = {key for use in told.indicators for key in use.params if key.endswith("_multiple")}
    for column, value in asked.items():
        values = getattr(signals, column)
        if value is not None:
            assert values == pytest.approx(np.full(len(signals), value), abs=1e-12)
        elif values is not None:
            assert multiples or "per trade" in row["request"]
            assert (values[signals.long_entry | signals.short_entry] > 0).all()


@pytest.mark.parametrize("row", _TOLD, ids=lambda row: row["request"][:60])
def test_no_signal_knows_the_future(row: dict[str, Any]):
    code = _composed(row["request"]).code
    whole = _signals(row["request"])
    entries = np.flatnonzero(whole.long_entry | whole.short_entry)
    cuts = {1, 60, *(int(at) + 1 for at in entries[:: max(1, len(entries) // 2)])}
    for cut in sorted(cuts):
        assert same(run(code, walk().iloc[:cut]), whole, cut), cut


@pytest.mark.parametrize("row", _TOLD, ids=lambda row: row["request"][:60])
def test_every_parameter_changes_the_signals_within_its_range(row: dict[str, Any]):
    if row["request"] in _RARE:
        pytest.skip("no signals on these bars")
    code = _composed(row["request"]).code
    whole = _signals(row["request"])
    for name, entry in module(code)["PARAMS"].items():
        assert entry["low"] <= entry["default"] <= entry["high"]
        changed = [entry["low"], entry["high"]]
        assert any(not same(run(code, walk(), **{name: value}), whole) for value in changed), name


@pytest.mark.parametrize("row", _TOLD, ids=lambda row: row["request"][:60])
def test_the_text_is_readable_and_says_who_wrote_it(row: dict[str, Any]):
    composition = _composed(row["request"])
    tree = ast.parse(composition.code)
    first, *rest = (ast.get_docstring(tree) or "").splitlines()
    assert first.endswith(".") and "not by a language model" in " ".join(rest)
    assert all(len(line) <= 120 for line in composition.code.splitlines()[4:])
    assert composition.code.isascii()
    assert "no language model" in composition.brief
    assert composition.name.replace("_", "").isalnum() and len(composition.name) <= 60


@pytest.mark.parametrize(
    "request_text",
    [
        "golden cross 50/200, long and short, 2 atr stop",
        "buy when rsi(14) drops below 30, sell above 70, stop loss 2%, not at weekends",
        "supertrend 10 3 with volume above its 20 average",
        "ichimoku cloud breakout, only when adx is above 20",
        "breakout of the 20 day high, exit at the 10 day low",
    ],
)
def test_composed_code_trades_on_real_bars_and_knows_no_future(market_files: Path, request_text: str):
    table = pd.read_parquet(market_files / "bybit_linear_BTCUSDT_1h.parquet").iloc[:8_000]
    times = pd.DatetimeIndex(pd.to_datetime(table["timestamp"], unit="ms", utc=True)).as_unit("ns")
    names = ["open", "high", "low", "close", "volume"]
    bars = table[names].astype(float).set_axis(times.rename("open_time"), axis=0)
    code = _composed(request_text).code
    whole = run(code, bars)
    assert 2 < whole.long_entry.sum() < 2_000
    for cut in (100, 3_000, int(np.flatnonzero(whole.long_entry)[-1]) + 1):
        assert same(run(code, bars.iloc[:cut]), whole, cut)
