"""The report as a page: complete, closed to the outside, honest about what it shows."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import numpy as np
import pytest

from engine.backtest.analysis.tails import measure_tails
from engine.backtest.report.format import number, percent
from engine.backtest.report.page import render_report
from engine.backtest.report.style import DARK, LIGHT
from engine.backtest.result import ExitReason, Simulation
from engine.errors import InvalidInput
from engine.market.bars import Bars
from engine.market.interval import Interval
from tests.unit.report.builders import (
    CODE,
    card_of,
    cross,
    held,
    liquidated,
    ruined,
    walk,
    with_band,
    with_levels,
    without_trades,
)
from tests.unit.report.page_reader import Element, Page

HOSTILE = (
    "<script>alert(1)</script>",
    "</title><script>alert(2)</script>",
    "</code></pre><img src=x onerror=alert(3)>",
    "javascript:alert(4)",
    "\"' onmouseover='alert(5)",
    "</style><style>@import url(//evil.example)</style>",
    "<!-- ]]> <svg onload=alert(6)>",
    "&lt;b&gt; {{7*7}} ${7*7}",
)


@pytest.fixture(scope="module")
def bars() -> Bars:
    return walk(1500)


@pytest.fixture(scope="module")
def simulation(bars: Bars) -> Simulation:
    return cross(bars, 10, 30)


@pytest.fixture(scope="module")
def text(bars: Bars, simulation: Simulation) -> str:
    return render_report(card_of(bars, simulation), bars, simulation, code=CODE, brief="Follow the trend.")


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def report(
    bars: Bars, simulation: Simulation, *, code: str = CODE, brief: str = "", **changes: object
) -> Page:
    return Page(render_report(card_of(bars, simulation, **changes), bars, simulation, code=code, brief=brief))


def test_the_parts_come_in_their_order(page):
    assert [heading.text for heading in page.all("h2")] == [
        "Price and trades",
        "Equity",
        "Drawdown",
        "Rolling Sharpe ratio",
        "Monthly returns",
        "Trade returns",
        "Tails",
        "Costs",
        "Trades",
        "Warnings",
        "Metrics",
        "Parameters",
        "Card",
        "Code",
    ]


def test_the_head_names_strategy_market_and_span(page, bars):
    head = page.one("header").text
    assert page.one("h1").text == "Moving average cross"
    for part in (
        "bybit:linear:BTCUSDT",
        "1h bars",
        "2023-01-01 to 2023-03-04",
        "1,500 bars",
        "Follow the trend.",
    ):
        assert part in head
    assert page.all("title")[0].text == "Moving average cross · Edgewright backtest"


def test_key_figures_stand_beside_buy_and_hold(page, simulation):
    values = [element.text for element in page.all("dd")]
    total, hold = simulation.metrics.total_return, simulation.benchmark.total_return
    assert f"{abs(total):.2%}"[:3] in values[0]
    assert values[1].startswith("Hold ") and f"{abs(hold):.2%}"[:3] in values[1]
    assert f"{len(simulation.trades)}" in values


def test_the_same_input_gives_the_same_page(text, bars, simulation):
    again = render_report(card_of(bars, simulation), bars, simulation, code=CODE, brief="Follow the trend.")
    assert again == text


def test_the_policy_lets_nothing_in_but_the_page_s_own_style_and_script(page):
    policy = next(
        m.attributes["content"]
        for m in page.all("meta")
        if m.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))

    def fingerprint(element):
        return "'sha256-" + base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode() + "'"

    assert rules == {
        "default-src": "'none'",
        "style-src": fingerprint(page.one("style")),
        "script-src": fingerprint(page.one("script")),
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_nothing_in_the_page_loads_links_or_runs(page, text):
    for element in page.elements:
        assert element.tag not in {
            "a",
            "img",
            "link",
            "iframe",
            "object",
            "embed",
            "form",
            "base",
            "image",
            "use",
        }
        for name in element.attributes:
            assert not name.startswith("on")
            assert name not in {"src", "href", "xlink:href", "style", "srcset", "action"}
    style = page.one("style").text
    assert "url(" not in style and "@import" not in style
    assert re.findall(r"https?://[^\"' ]*", text) == ["http://www.w3.org/2000/svg"]


FIXED = {"model": "fixed", "bps": 0.0}


def filled(bars: Bars, simulation: Simulation, text: str) -> Page:
    """A report with `text` wherever a user or a strategy may write."""
    changes = {
        "strategy": {"name": text, "hypothesis": text, "id": text},
        "data": {"source": text, "instrument": text, "holdout_from": text},
        "params": {text: text},
        "warnings": [text],
        "versions": {text: text},
        "run_id": text,
        "costs": {"cash": 1.0, "taker_fee_bps": text, "maker_fee_bps": 0, "slippage": FIXED, "funding": True},
    }
    tagged = replace(simulation, trades=replace(simulation.trades, tag=(text,) * len(simulation.trades)))
    return report(bars, tagged, code=f"x = 1\n{text}\n", brief=text, **changes)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_stays_text(bars, simulation, hostile):
    page = filled(bars, simulation, hostile)
    harmless = filled(bars, simulation, "harmless")
    assert [e.tag for e in page.elements] == [e.tag for e in harmless.elements]
    assert [list(e.attributes) for e in page.elements] == [list(e.attributes) for e in harmless.elements]
    assert page.one("h1").text == hostile
    assert page.one("pre", "text").text.strip() == f"x = 1\n{hostile}"
    assert page.one("blockquote").text == hostile
    for key in ("trades", "warnings", "parameters", "card", "code"):
        assert hostile in page.section(key).text


def test_code_is_shown_whole_with_control_codes_made_visible(bars, simulation):
    page = report(bars, simulation, code="\n\na = '\u202e'\n\tb\x00\ud800\n")
    # A parser drops the break right after <pre>; this reader keeps it.
    assert page.one("pre", "text").text == "\n\n\na = '[U+202E]'\n\tb\ufffd\ufffd"
    assert page.one("pre", "lines").text.split() == ["1", "2", "3", "4"]


def test_synthetic_data_and_an_included_holdout_are_said_loudly(bars, simulation):
    loud = report(bars, simulation, data={"includes_holdout": True, "synthetic": True})
    said = " ".join(banner.text for banner in loud.all("p", "banner"))
    assert "Synthetic data." in said and "holdout is included" in said
    quiet = report(bars, simulation, data={"synthetic": False})
    assert quiet.all("p", "banner") == []


def test_a_ruined_run_says_so_and_is_drawn(bars, simulation):
    page = report(bars, ruined(simulation))
    assert "Ruined." in page.all("p", "banner")[-1].text
    assert "100.0%" in page.section("drawdown").text


def test_pictures_have_names_descriptions_and_unique_ids(page):
    ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    pictures = page.all("svg", "figure")
    assert len(pictures) == 12
    for picture in pictures:
        assert picture.attributes["role"] == "img"
        assert picture.attributes["viewbox"]
        title, description = picture.attributes["aria-labelledby"].split()
        assert {title, description} <= set(ids)
        assert [child.tag for child in picture.children[:2]] == ["title", "desc"]
        assert all(child.text for child in picture.children[:2])
    others = [svg for svg in page.all("svg") if svg not in pictures]
    assert others and all(svg.attributes["aria-hidden"] == "true" for svg in others)


def test_tables_have_captions_and_scoped_heads(page):
    tables = page.all("table")
    assert len(tables) == 11
    for table in tables:
        assert table.children[0].tag == "caption" and table.children[0].text
    heads = page.all("th")
    assert heads and all(head.attributes.get("scope") in ("col", "row") for head in heads)


def test_the_months_table_holds_every_month_and_the_year(bars, simulation):
    page = report(bars, simulation)
    table = page.one("table", "months")
    (row,) = table.children[2].children
    cells = [cell.text for cell in row.children[1:]]
    assert len(cells) == 13
    assert [bool(cell) for cell in cells] == [True] * 3 + [False] * 9 + [True]
    compounded = np.prod([1 + float(cell.replace("−", "-")) / 100 for cell in cells[:3]]) - 1
    assert float(cells[-1].replace("−", "-")) / 100 == pytest.approx(compounded, abs=0.003)
    assert "Jan" in table.text


def test_all_metrics_are_listed_with_their_definition(page):
    rows = page.one("table", "metrics").children[2].children
    assert len(rows) == 19
    assert all(row.children[-1].text.endswith((".", "received.")) for row in rows)


def test_the_costs_add_up_to_the_result(bars, simulation):
    rows = report(bars, simulation).one("table", "costs").children[2].children
    amounts = [
        float(row.children[1].text.replace("−", "-").replace("+", "").replace(",", "")) for row in rows
    ]
    assert sum(amounts[:4]) == pytest.approx(amounts[4], abs=0.03)
    assert amounts[4] == pytest.approx(float(simulation.equity[-1]) - simulation.cash, abs=0.01)


def test_best_worst_and_newest_trades_are_the_right_ones(page, simulation):
    tables = page.all("table", "trades")
    assert [table.children[0].text[:5] for table in tables] == ["Best ", "Worst", "Close"]
    trades = simulation.trades
    assert len(trades) > 10

    def first_return(table):
        return float(table.children[2].children[0].children[6].text.replace("−", "-").rstrip("%")) / 100

    wanted = [trades.net_return.max(), trades.net_return.min(), trades.net_return[-1]]
    assert [first_return(table) for table in tables] == pytest.approx(wanted, abs=1e-3)


def test_a_long_list_of_trades_is_cut_and_says_how_many_are_missing():
    bars = walk(4000)
    many = cross(bars, 3, 8)
    page, count = report(bars, many), len(many.trades)
    assert count > 200
    summary = page.one("summary").text
    assert (
        summary == f"The newest 100 of {count:,} closed trades; the {count - 100:,} before them are not shown"
    )
    assert len(page.all("table", "trades")[2].children[2].children) == 100


def test_a_list_that_is_whole_says_so(page, simulation):
    count = len(simulation.trades)
    assert page.one("summary").text == f"All {count} closed trades, newest first"
    assert len(page.all("table", "trades")[2].children[2].children) == count


def test_a_trade_is_listed_with_excursions_costs_reason_and_tag(bars):
    one = held(bars, np.r_[np.zeros(100, int), -np.ones(100, int), np.zeros(1300, int)], tag="why")
    trades = replace(
        one.trades,
        adverse_excursion=np.array([0.0123]),
        favourable_excursion=np.array([0.2]),
        fees=np.array([5.0]),
        slippage=np.array([0.5]),
        funding=np.array([-1.25]),
        exit_reason=(ExitReason.LIQUIDATION,),
    )
    section = report(bars, replace(one, trades=trades)).section("trades")
    (row,) = [e for e in _below(section) if e.tag == "tr" and e.text.startswith("Short")]
    assert [cell.text for cell in row.children][8:] == ["4.25", "−1.23%", "+20.0%", "liquidation", "why"]
    assert "1 position was liquidated." in section.text


def _below(element: Element) -> list[Element]:
    return [below for child in element.children for below in (child, *_below(child))]


def drawn_of(page: Page, subject: str) -> list[str]:
    """Classes of the paths in the wide figure of that subject."""
    (figure,) = [svg for svg in page.all("svg", "figure") if svg.attributes.get("data-subject") == subject]
    return [e.attributes.get("class") or "" for e in _below(figure) if e.tag == "path"]


def test_ambiguous_bars_have_a_band_a_legend_and_a_sentence(bars, simulation):
    banded = with_band(simulation, ambiguous_bars=7, gain=0.5)
    low, high = banded.band.total_return_low, banded.band.total_return_high
    page = report(bars, banded)
    equity = page.section("equity").text
    assert "7 bars reached both a stop and a target." in equity
    assert f"the return lies between {percent(low, signed=True)} and {percent(high, signed=True)}." in equity
    assert "had the target come first" in equity
    assert {"band", "line other"} <= set(drawn_of(page, "equity"))


def test_without_an_ambiguous_bar_there_is_no_band_and_it_says_so(page):
    equity = page.section("equity").text
    assert "No bar reached both a stop and a target, so there is no band." in equity
    assert "had the target come first" not in equity
    assert not {"band", "line other"} & set(drawn_of(page, "equity"))


def test_stops_targets_and_liquidations_are_drawn_and_keyed_where_there_are_any(bars, simulation, page):
    kinds = {"level stop", "level target", "liquidated"}
    assert not kinds & set(drawn_of(page, "price"))
    assert "stop" not in page.section("price").text
    full = report(bars, liquidated(with_levels(bars, simulation)))
    assert kinds <= set(drawn_of(full, "price"))
    keys = [item.text for item in full.all("li")]
    assert {"stop", "target", "liquidation"} <= set(keys)


def test_it_says_when_a_stop_is_too_small_to_be_drawn():
    bars = walk(4000)
    crowded = with_levels(bars, cross(bars, 3, 8))
    note = report(bars, crowded).all("p", "note")[0].text
    shown, of = re.search(r"drawn where they can be seen: for ([\d,]+) of ([\d,]+) trades", note).groups()
    assert int(shown) < int(of.replace(",", "")) == len(crowded.trades)


def test_without_trades_there_is_no_key_to_marks(bars):
    assert report(bars, without_trades(bars)).section("price").children[2].children[0].tag == "svg"


def test_stops_that_are_all_too_narrow_are_not_in_the_key():
    bars = walk(60_000)
    page = report(bars, replace(with_levels(bars, cross(bars, 3, 8)), open_position=None))
    assert "No stop or target is wide enough to be seen." in page.all("p", "note")[1].text
    assert not {"stop", "target"} & {item.text for item in page.all("li")}


def test_the_deepest_drawdowns_are_tabled(bars, simulation, page):
    rows = page.one("table", "falls").children[2].children
    assert len(rows) == 5
    depths = [float(row.children[0].text.replace("−", "-").rstrip("%")) / 100 for row in rows]
    assert depths == sorted(depths)
    assert -depths[0] == pytest.approx(simulation.metrics.max_drawdown, abs=1e-3)


def test_the_rolling_ratio_is_drawn_and_a_short_run_says_that_it_is_too_short(bars, page):
    assert "line own" in drawn_of(page, "rolling")
    assert "Sharpe ratio of the last 7 days (168 returns)" in page.section("rolling").text
    short = walk(100, interval=Interval.D1)
    section = report(short, held(short, np.ones(100, int))).section("rolling")
    assert "too short" in section.text
    flat = report(bars, without_trades(bars)).section("rolling")
    assert "Equity moved nowhere long enough" in flat.text


def test_tail_measures_and_the_worst_bars_are_listed(bars, simulation, page):
    tails = measure_tails(bars.open_time, simulation.equity)
    cells = {
        row.children[0].text: row.children[1].text
        for row in page.one("table", "measures").children[2].children
    }
    assert cells["CVaR 99%"] == percent(tails.cvar_99)
    assert cells["Excess kurtosis"] == number(tails.excess_kurtosis)
    assert len(page.one("table", "worst").children[2].children) == 5


def test_few_trades_are_listed_once(bars):
    few = held(bars, np.r_[np.zeros(100, int), np.ones(100, int), np.zeros(1300, int)])
    page = report(bars, few)
    assert page.one("table", "trades").children[0].text == "All 1 closed trade, newest first"


def test_it_says_how_many_trades_are_marked():
    bars = walk(4000)
    many = cross(bars, 3, 8)
    notes = [note.text for note in report(bars, many).all("p", "note")]
    assert len(notes) == 2
    counts = [re.match(r"Marked: (\d+) of (\d+) closed trades\.", note).groups() for note in notes]
    assert all(int(of) == len(many.trades) > int(shown) for shown, of in counts)


@pytest.mark.parametrize("n", [1, 2, 3, 50])
def test_short_runs_without_trades_have_a_report(n):
    bars = walk(n, interval=Interval.D1)
    page = report(bars, without_trades(bars), warnings=[], params={})
    assert "No trade was closed." in page.section("spread").text
    assert page.section("warnings").text == "WarningsNone."
    assert page.section("parameters").text == "ParametersThe strategy has none."


def test_undefined_figures_are_a_dash(bars, simulation):
    page = report(bars, simulation, metrics={"sharpe": None, "annual_return": None})
    rows = {row.children[0].text: row for row in page.one("table", "metrics").children[2].children}
    assert rows["Sharpe ratio"].children[1].text == "–"


def test_a_document_without_a_part_is_refused_by_name(bars, simulation):
    card = card_of(bars, simulation)
    del card["metrics"]
    with pytest.raises(InvalidInput, match="no object 'metrics'"):
        render_report(card, bars, simulation, code=CODE)


def test_bars_of_another_run_are_refused(bars, simulation):
    with pytest.raises(InvalidInput, match="1499 bars, but equity has 1500"):
        render_report(card_of(bars, simulation), bars.rows(0, 1499), simulation, code=CODE)
    with pytest.raises(InvalidInput, match="no bars"):
        render_report(card_of(bars, simulation), bars.rows(0, 0), simulation, code=CODE)


def test_a_usual_report_is_small():
    bars = walk(20_000)
    simulation = cross(bars, 6, 24)
    assert len(simulation.trades) > 1000
    text = render_report(card_of(bars, simulation), bars, simulation, code=CODE * 40)
    assert len(text.encode()) < 400_000


def test_a_report_on_a_million_bars_stays_small():
    bars = walk(1_000_000, interval=Interval.M1)
    simulation = with_band(with_levels(bars, cross(bars, 200, 800)))
    text = render_report(card_of(bars, simulation), bars, simulation, code=CODE)
    assert len(text.encode()) < 600_000


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_contrast_on_every_ground(palette):
    for ink in ("ink", "muted", "own", "fell"):
        assert contrast(palette[ink], palette["paper"]) >= 4.5, ink
    assert contrast(palette["muted"], palette["shade"]) >= 4.5
    assert contrast(palette["on-alarm"], palette["alarm"]) >= 4.5
    for tint in (name for name in palette if name[-1].isdigit()):
        assert contrast(palette["ink"], palette[tint]) >= 4.5, tint


def test_both_palettes_name_the_same_colours():
    assert LIGHT.keys() == DARK.keys()
