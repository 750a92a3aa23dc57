"""What a text computes, read without parsing it."""

from __future__ import annotations

import time

import pytest

from engine.research.ledger.fingerprint import features
from engine.research.ledger.lexer import statements
from engine.research.ledger.similarity import same_code
from tests.unit.ledger.texts import BREAKOUT, CALENDAR, MEAN, RENAMED


def test_comments_docstrings_and_line_breaks_are_no_words() -> None:
    text = '"""Doc; string."""\nx = (1 +  # why\n     a["close"])\nif x: y = \'a;b\'; z = 2\n'
    assert [[token.text for token in statement] for statement in statements(text)] == [
        ["x", "=", "(", "1", "+", "a", "[", "close", "]", ")"],
        ["if", "x"],
        ["y", "=", "a;b"],
        ["z", "=", "2"],
    ]


def test_names_stand_for_what_they_were_given() -> None:
    told = {"close", "rolling", "mean", "rolling mean", "close > close+mean+rolling"}
    assert features(MEAN) == features(RENAMED) == told


def test_a_condition_inside_a_helper_is_the_same_condition() -> None:
    plain = "def generate_signals(df, params):\n    e = ta.RSI(df['close'], 14) < params['low']\n"
    inside = (
        "def below(line, level):\n    return line < level\n"
        "def generate_signals(df, params):\n    r = ta.RSI(df.close, timeperiod=14)\n"
        "    e = below(r, params['low'])\n"
    )
    assert features(plain) == features(inside) == {"RSI", "close", " > RSI+close"}


def test_constants_and_order_of_operands_do_not_count() -> None:
    one = "def generate_signals(df, params):\n    e = ta.CCI(df.high, df.low, df.close, 20) > 100\n"
    other = "def generate_signals(a, b):\n    e = 250 <= ta.CCI(a.high, a.low, a.close, 7)\n"
    assert features(one) == features(other)


def test_different_ideas_share_next_to_nothing() -> None:
    assert not same_code(features(MEAN), features(BREAKOUT))
    assert not same_code(features(MEAN), features(CALENDAR))
    assert not same_code(features(BREAKOUT), features(CALENDAR))


@pytest.mark.parametrize(
    "text", ["", "\0", "'''", "((((", "\\", "def", "def f(", "x =", "é ≠ ü", "for", "a." * 9]
)
def test_any_text_can_be_read(text: str) -> None:
    assert isinstance(features(text), frozenset)


@pytest.mark.parametrize(
    "unit", ["(", "f(a,", "x<y&", "'", "a.lt(", "\\", "x=x+y\n", "def f(a):\n return f(f(a))\n"]
)
def test_a_hostile_text_takes_seconds_at_most(unit: str) -> None:
    started = time.process_time()
    features("def f(a):\n return a\n" + unit * (200_000 // len(unit)))
    assert time.process_time() - started < 10.0


def test_what_computes_nothing_is_like_nothing() -> None:
    assert not same_code(features(""), features(""))
    assert not same_code(features("x = 1"), features(MEAN))
