"""Whatever is typed: a question, or code that compiles and holds nothing of the request but a comment."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.interval import Interval
from engine.strategy.compose.compose import compose
from engine.strategy.compose.model import Composition, Question
from engine.strategy.compose.words import words_of
from tests.unit.compose.running import run, walk

_WORDS = st.sampled_from(
    words_of(
        "buy sell short cover exit long only both when if and or not without no stop loss take profit"
        " trailing atr rsi ema sma macd bollinger bands upper lower middle donchian keltner supertrend"
        " ichimoku cloud vwap volume average adx cci williams stochastic above below crosses over under"
        " 0 1 2 14 20 30 50 70 200 % 2% -100 1:3 x / , . ( ) between 8 utc weekdays monday weekend 4h 15m"
        " day hour bars high low highest of the golden cross death squeeze breakout oversold overbought"
        " rising falling histogram signal line zero sigma z score risk equity half size hold after"
    )
)
_SENTENCES = st.lists(_WORDS, min_size=1, max_size=25).map(" ".join)
_ATTACKS = (
    '""" + __import__("os").system("id") + """',
    'rsi below 30 \'\'\' """ \\"\\"\\" \\',
    'ema cross"""\nimport os\nos.system("id")\n"""',
    "buy rsi\\x22\\x22\\x22\\u0022 {close} {0} %s",
    "rsi 14 \u202e\u2066\u200b below 30 \u0000 \ud800",
    "ema cross #" + "\r\n\u2028\u2029\x0b\x0c" + "def generate_signals(df, params): pass",
    "rsi" * 5_000,
    "1" * 10_000 + " ema",
    "ema 9 " * 2_000,
    "١٤ rsi ２０ ema ½ ² below ³",
    "rsi below 1e309 above -999999999999999999999",
    "x" * 100_000,
    "(" * 3_000 + "rsi" + ")" * 3_000,
)


def _check(request: str) -> None:
    answer = compose(request, interval=Interval.H1)
    if isinstance(answer, Question):
        assert answer.text and answer.options
        return
    tree = ast.parse(answer.code)
    documented = ast.get_docstring(tree, clean=False) or ""
    assert answer.code.isascii() and len(documented.splitlines()) == 4
    typed = {word for word in request.replace('"', " ").replace("'", " ").split() if len(word) > 11}
    strings = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    strings.remove(documented)
    assert not typed & set(strings)
    called = {ast.unparse(node.func).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not called & {"__import__", "exec", "eval", "open", "getattr", "os", "system"}
    assert not any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(tree))
    assert [node.name for node in tree.body if isinstance(node, ast.FunctionDef)].count(
        "generate_signals"
    ) == 1


@pytest.mark.parametrize("request_text", _ATTACKS, ids=range(len(_ATTACKS)))
def test_an_attack_on_the_text_stays_a_comment(request_text: str):
    for request in (request_text, f"buy when rsi below 30 {request_text}", f"{request_text} macd, stop 2%"):
        _check(request)


@given(st.text(max_size=300))
def test_any_text_gets_a_question_or_sound_code(request: str):
    _check(request)


@given(st.text(max_size=60), _SENTENCES, st.text(max_size=60))
def test_any_text_around_words_of_the_trade_gets_a_question_or_sound_code(a: str, words: str, b: str):
    _check(f"{a} {words} {b}")


@given(_SENTENCES)
def test_any_row_of_trading_words_gives_code_that_runs(request: str):
    answer = compose(request, interval=Interval.M15)
    if isinstance(answer, Composition):
        signals = run(answer.code, walk(300))
        assert answer.understood.direction != "long" or not signals.short_entry.any()


def test_the_same_request_gives_the_same_text():
    request = "buy when ema 9 crosses ema 21, stop 2%, not at weekends"
    assert compose(request) == compose(request)


@pytest.mark.parametrize("request_text", ["", "   ", "?!", "\n\n", "🚀🚀🚀"])
def test_an_empty_request_gets_a_question(request_text: str):
    assert isinstance(compose(request_text), Question)
