"""The pictures of a run: the overview, the sheet, and the sheet as PNG."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageColor

from engine.backtest.report.image import FAMILIES, font_files, render_sheet_png
from engine.backtest.report.overview import render_overview_svg, render_sheet_svg
from engine.backtest.report.style import LIGHT
from engine.backtest.result import Simulation
from engine.errors import InvalidInput
from engine.market.bars import Bars
from engine.market.interval import Interval
from tests.unit.report.builders import card_of, cross, walk, with_band, with_levels, without_trades

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


def test_it_says_what_the_band_is_and_draws_it():
    bars = walk(3000)
    simulation = cross(bars, 5, 20)
    for banded, sentence, drawn_bands in (
        (simulation, "No bar reached both a stop and a target, so there is no band.", 0),
        (with_band(simulation, 1), "1 bar reached both a stop and a target.", 1),
    ):
        picture = ElementTree.fromstring(render_overview_svg(card_of(bars, banded), bars, banded))
        assert any(text.startswith(sentence) for text in texts(picture))
        assert [path.get("class") for path in picture.iter(f"{SVG}path")].count("band") == drawn_bands


def test_it_needs_no_style_variables():
    bars = walk(500)
    simulation = cross(bars, 5, 20)
    assert "var(" not in render_overview_svg(card_of(bars, simulation), bars, simulation)


def sheet(bars: Bars, simulation: Simulation, **changes: Any) -> ElementTree.Element:
    fonts = {"serif": "serif", "sans": "sans-serif"}
    return ElementTree.fromstring(
        render_sheet_svg(card_of(bars, simulation, **changes), bars, simulation, fonts)
    )


def test_the_sheet_has_every_figure_and_the_card():
    bars = walk(20_000)
    picture = sheet(bars, with_band(with_levels(bars, cross(bars, 30, 120))))
    kinds = {path.get("class") for path in picture.iter(f"{SVG}path")}
    assert {"band", "level stop", "line fell", "bar won", "bar lost", "link"} <= kinds
    assert len([cell for cell in picture.iter(f"{SVG}rect") if "cell" in (cell.get("class") or "")]) == 28
    shown = texts(picture)
    for text in ("Drawdown", "Rolling Sharpe ratio", "Monthly returns in per cent", "Card", "After costs"):
        assert text in shown
    hashed = shown.index("Card hash")
    assert shown[hashed + 1] + shown[hashed + 3] == "c0de" * 16


def test_the_sheet_keeps_to_the_last_years_and_says_so():
    bars = walk(3000, interval=Interval.D1)
    picture = sheet(bars, cross(bars, 5, 20))
    assert "Monthly returns in per cent, the last 6 years" in texts(picture)
    rows = [text.text for text in picture.iter(f"{SVG}text") if text.get("x") == "48" and text.text.isdigit()]
    assert rows == ["2026", "2027", "2028", "2029", "2030", "2031"]


def test_the_sheet_of_a_run_without_trades_says_so():
    bars = walk(50)
    assert texts(sheet(bars, without_trades(bars))).count("No trade was closed.") == 2


def test_hostile_text_on_the_sheet_stays_text():
    bars = walk(500)
    text = "</text><script>alert(1)</script>"
    picture = sheet(bars, cross(bars, 5, 20), strategy={"name": text, "id": text}, versions={text: text})
    assert not list(picture.iter(f"{SVG}script"))
    assert texts(picture).count(text) >= 2


@pytest.fixture(scope="module")
def png() -> Image.Image:
    bars = walk(3000)
    simulation = with_band(with_levels(bars, cross(bars, 20, 80)))
    with Image.open(BytesIO(render_sheet_png(card_of(bars, simulation), bars, simulation))) as image:
        return image.convert("RGB")


def test_the_png_has_its_size_and_our_colours(png):
    assert png.size == (2400, 2840)
    used = {colour for _, colour in png.getcolors(1 << 24)}
    for name in ("paper", "ink", "own", "fell", "band", "alarm"):
        assert ImageColor.getrgb(LIGHT[name]) in used, name


def test_the_png_has_letters_in_every_font_it_uses(png):
    ink, paper = ImageColor.getrgb(LIGHT["ink"]), ImageColor.getrgb(LIGHT["paper"])
    head, figure, item = (96, 96, 900, 170), (1700, 130, 2304, 190), (1620, 2130, 2300, 2160)
    for box in (head, figure, item):
        colours = {colour: count for count, colour in png.crop(box).getcolors(1 << 24)}
        assert colours[paper] > colours[ink] > 100


def test_the_letters_of_the_png_do_not_hang_on_fonts_of_the_machine():
    import resvg_py

    bars = walk(500)
    simulation = cross(bars, 5, 20)
    card = card_of(bars, simulation)
    drawing = render_sheet_svg(card, bars, simulation, FAMILIES)
    bare = resvg_py.svg_to_bytes(svg_string=drawing, font_files=font_files(), skip_system_fonts=True, zoom=2)
    assert bare == render_sheet_png(card, bars, simulation)
