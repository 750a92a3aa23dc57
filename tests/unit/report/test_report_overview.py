"""The overview picture."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from engine.backtest.report.overview import render_overview_svg
from engine.errors import InvalidInput
from tests.unit.report.builders import card_of, cross, walk

SVG = "{http://www.w3.org/2000/svg}"


def drawn(**changes):
    bars = walk(3000)
    simulation = cross(bars, 5, 20)
    return ElementTree.fromstring(render_overview_svg(card_of(bars, simulation, **changes), bars, simulation))


def texts(picture) -> list[str]:
    return [element.text for element in picture.iter(f"{SVG}text")]


def test_it_is_one_picture_with_figures_price_and_equity():
    picture = drawn()
    assert (picture.get("width"), picture.get("height")) == ("1200", "630")
    shown = texts(picture)
    for text in (
        "Moving average cross",
        "Total return",
        "Sharpe ratio",
        "Max drawdown",
        "Strategy",
        "Buy and hold",
    ):
        assert text in shown
    assert any(text.startswith("Marked: ") and "closed trades" in text for text in shown)
    assert picture.find(f"{SVG}title").text and picture.find(f"{SVG}desc").text


def test_it_says_synthetic_in_the_picture():
    assert "Synthetic data." in texts(drawn())
    assert "Synthetic data." not in texts(drawn(data={"synthetic": False}))


def test_hostile_names_stay_text_and_are_cut():
    name = "</text><script>alert(1)</script>" * 9
    picture = drawn(strategy={"name": name})
    assert not list(picture.iter(f"{SVG}script"))
    (shown,) = [text for text in texts(picture) if text.startswith("</text>")]
    assert shown.endswith("…") and len(shown) == 40


def test_it_loads_nothing_and_is_the_same_each_time():
    bars = walk(500)
    simulation = cross(bars, 5, 20)
    text = render_overview_svg(card_of(bars, simulation), bars, simulation)
    assert text == render_overview_svg(card_of(bars, simulation), bars, simulation)
    assert text.count("http") == 1 and "url(" not in text and "href" not in text


def test_bars_of_another_run_are_refused():
    bars = walk(500)
    simulation = cross(bars, 5, 20)
    with pytest.raises(InvalidInput, match="equity"):
        render_overview_svg(card_of(bars, simulation), bars.rows(0, 10), simulation)
