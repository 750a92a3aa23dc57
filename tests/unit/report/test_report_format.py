"""Numbers, texts and elements."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.backtest.report import format as shown
from engine.backtest.report.definitions import DEFINITIONS
from engine.backtest.report.html import Markup, el, escape, join
from engine.backtest.report.plain import one_line, shortened, visible
from engine.backtest.result import Metrics
from tests.unit.report.page_reader import Page


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (0.1234, "+12.3%"),
        (0.01234, "+1.23%"),
        (-0.5, "−50.0%"),
        (12.5, "+1,250%"),
        (0.0, "0.00%"),
        (-0.000001, "0.00%"),
        (0.0999949, "+10.0%"),
        (None, "–"),
        (math.inf, "–"),
        (math.nan, "–"),
    ],
)
def test_percentages(fraction, text):
    assert shown.percent(fraction, signed=True) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (64123.456, "64,123.5"),
        (3120.12, "3,120.12"),
        (1.5, "1.50000"),
        (0.00001234, "0.0000123400"),
        (0, "0.00"),
        (None, "–"),
    ],
)
def test_prices_have_six_digits(value, text):
    assert shown.price(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (950, "950"),
        (5000, "5,000"),
        (12500, "12.5k"),
        (-12500, "−12.5k"),
        (3.2e6, "3.2M"),
        (0.25, "0.25"),
    ],
)
def test_axis_values_are_short(value, text):
    assert shown.compact(value) == text


def test_counting_words():
    assert shown.plural(1, "trade") == "1 trade"
    assert shown.plural(1012, "trade") == "1,012 trades"


def test_every_metric_is_defined_once_in_its_order():
    assert [definition.name for definition in DEFINITIONS] == list(Metrics.__annotations__)


def test_control_codes_are_replaced_and_hidden_marks_are_named():
    assert visible("a\x1b[31mb\x00c\r\nd\te") == "a\ufffd[31mb\ufffdc\nd\te"
    assert visible("x\u202ey\u2066z\ufeff") == "x[U+202E]y[U+2066]z[U+FEFF]"
    assert visible("\ud800") == "\ufffd"
    assert one_line(" a\n\tb  c ") == "a b c"
    assert shortened("abcdefgh", 5) == "abcd…"


@given(st.text())
def test_a_text_is_read_back_from_an_element_as_it_was_written(text):
    wanted = visible(text).replace("\r", "\ufffd")
    page = Page(el("p", text, title=text))
    assert page.elements[0].text == wanted
    assert page.elements[0].attributes["title"] == wanted
    assert len(page.elements) == 1
    escape(text).encode("utf-8")


def test_markup_is_kept_and_text_is_escaped():
    assert join("<b>", Markup("<i></i>"), None, "&") == "&lt;b&gt;<i></i>&amp;"
    assert (
        el("p", el("b", "x"), "<", class_="a", hidden=True, id=None) == '<p class="a" hidden><b>x</b>&lt;</p>'
    )


@pytest.mark.parametrize("name", ["onclick", "src", "href", "style", "xlink:href", "onload", "action"])
def test_attributes_that_load_or_run_are_refused(name):
    with pytest.raises(ValueError, match="not made here"):
        el("p", **{name: "x"})


@pytest.mark.parametrize("tag", ["script", "style", "p onclick", "", "!--"])
def test_elements_that_run_are_refused(tag):
    with pytest.raises(ValueError, match="not made here"):
        el(tag)
