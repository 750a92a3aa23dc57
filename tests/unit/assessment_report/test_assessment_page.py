"""The report of an assessment as a page: complete, closed to the outside, with the document's numbers."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import numpy as np
import pytest

from engine.backtest.report.format import number, percent
from engine.research.assessment.document import Assessment, Reason
from engine.research.assessment_report.page import render_assessment
from tests.support.assessments import bare_assessment, equity_curve, heat_map, rich_assessment, walk_forward
from tests.unit.report.page_reader import Element, Page

CODE = '"""Trend persists."""\n\ndef generate_signals(df, params):\n    return df\n'
HEADINGS = [
    "Why",
    "Sharpe ratio and luck",
    "What to expect",
    "Walk-forward",
    "Over-fitting",
    "Random entries",
    "Parameter neighbourhood",
    "Stress",
    "Capacity",
    "Regimes",
    "Monte Carlo",
    "Trial ledger",
    "Warnings",
    "Parameters",
    "Card",
]
SUBJECTS = [
    "sharpe",
    "cone",
    "walk0",
    "walk1",
    "overfitting",
    "random",
    "heat",
    "stress",
    "capacity",
    "regimes",
]
HOSTILE = (
    "<script>alert(1)</script>",
    "</title><script>alert(2)</script>",
    "javascript:alert(4)",
    "\"' onmouseover='alert(5)",
    "</style><style>@import url(//evil.example)</style>",
    "<!-- ]]> <svg onload=alert(6)>",
    "&lt;b&gt; {{7*7}} ${7*7}",
)


@pytest.fixture(scope="module")
def rich() -> Assessment:
    return rich_assessment()


@pytest.fixture(scope="module")
def text(rich: Assessment) -> str:
    return render_assessment(rich, equity=equity_curve(), code=CODE)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def report(**changes: object) -> Page:
    return Page(render_assessment(rich_assessment(**changes)))


def below(element: Element) -> list[Element]:
    return [under for child in element.children for under in (child, *below(child))]


def figure(page: Page, subject: str) -> Element:
    """The wide figure of that subject."""
    (found,) = [svg for svg in page.all("svg", "figure") if svg.attributes.get("data-subject") == subject]
    return found


def drawn(page: Page, subject: str, kind: str) -> list[Element]:
    return [e for e in below(figure(page, subject)) if kind in (e.attributes.get("class") or "").split()]


def written(page: Page, subject: str) -> list[str]:
    return [e.text for e in below(figure(page, subject)) if e.tag == "text"]


def history(page: Page) -> list[Element]:
    """The line of the equity before the cone."""
    return [line for line in drawn(page, "cone", "hold") if line.tag == "path"]


def cells(element: Element) -> list[list[str]]:
    return [[cell.text for cell in row.children] for row in element.children[2].children]


def test_the_parts_come_in_their_order(page):
    assert [heading.text for heading in page.all("h2")] == [*HEADINGS, "Code"]


def test_the_same_input_gives_the_same_page(rich, text):
    assert render_assessment(rich, equity=equity_curve(), code=CODE) == text


def test_every_section_states_its_numbers_in_a_sentence(page):
    for key in ("reasons", "sharpe", "cone", "walk", "overfitting", "random", "neighbours", "stress"):
        assert any(letter.isdigit() for letter in page.section(key).children[1].text), key


def test_the_policy_lets_nothing_in_but_the_page_s_own_style(page):
    (policy,) = [m.attributes["content"] for m in page.all("meta") if "http-equiv" in m.attributes]
    style = base64.b64encode(hashlib.sha256(page.one("style").text.encode()).digest()).decode()
    assert dict(rule.strip().split(" ", 1) for rule in policy.split(";")) == {
        "default-src": "'none'",
        "style-src": f"'sha256-{style}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_nothing_in_the_page_loads_links_or_runs(page, text):
    for element in page.elements:
        assert element.tag not in {"a", "img", "link", "iframe", "object", "form", "base", "image", "script"}
        assert not {"src", "href", "style"} & element.attributes.keys()
        assert not any(name.startswith("on") for name in element.attributes)
    assert "url(" not in text and "@import" not in text


def test_pictures_have_names_descriptions_and_unique_ids(page):
    ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    pictures = page.all("svg", "figure")
    assert [svg.attributes["data-subject"] for svg in page.all("svg", "wide")] == SUBJECTS
    assert len(pictures) == 2 * len(SUBJECTS)
    for picture in pictures:
        assert picture.attributes["role"] == "img"
        assert set(picture.attributes["aria-labelledby"].split()) <= set(ids)
        assert all(child.text for child in picture.children[:2])
    others = [svg for svg in page.all("svg") if svg not in pictures]
    assert others and all(svg.attributes["aria-hidden"] == "true" for svg in others)


def test_tables_have_captions_and_scoped_heads(page):
    assert all(table.children[0].tag == "caption" and table.children[0].text for table in page.all("table"))
    assert all(head.attributes.get("scope") in ("col", "row") for head in page.all("th"))


@pytest.mark.parametrize(
    ("verdict", "kind", "shape"),
    [
        ("accept", "accept", "tick"),
        ("reject", "reject", "cross"),
        ("not enough evidence", "open", "ring"),
    ],
)
def test_the_verdict_is_said_in_words_and_by_a_shape(verdict, kind, shape):
    page = report(verdict=verdict)
    said = page.one("div", kind)
    assert said.children[0].text == verdict.capitalize()
    assert [e.attributes.get("class") for e in below(said) if e.tag == "path"] == [shape]
    assert "10 checks: 7 for it, 1 against, 1 open, 1 not applicable." in said.text


def test_every_reason_is_listed_with_found_asked_and_remedy(rich, page):
    rows = cells(page.one("table", "reasons"))
    assert [row[1] for row in rows] == [reason.outcome for reason in rich.reasons]
    assert rows[2] == [
        "Deflated Sharpe",
        "open",
        "0.91",
        "0.95",
        rich.reasons[2].said,
        "About 1.4 more years like these, or a ratio of 1.61.",
    ]
    assert rows[0][2:4] == ["212", "30"]


def test_a_look_at_the_future_cannot_be_overlooked():
    banner = report(lookahead="leaks").one("p", "banner")
    assert banner.text.startswith("It looks ahead.")


def test_the_sharpe_ratio_stands_beside_luck_s_best_and_its_interval(rich, page):
    sharpe = rich.sharpe
    section = page.section("sharpe").text
    for part in (number(sharpe.annual), number(sharpe.low), number(sharpe.high), "91.2%", "37 trials"):
        assert part in section
    assert {"1.42", "0.78", "0.61", "luck's best"} <= set(written(page, "sharpe"))


def test_dots_and_the_luck_line_lie_where_the_ratios_are(rich, page):
    strategy, luck, hold = (float(dot.attributes["cx"]) for dot in drawn(page, "sharpe", "dot"))
    unit = (strategy - hold) / (rich.sharpe.annual - rich.buy_and_hold_sharpe)
    assert luck - hold == pytest.approx(
        unit * (rich.sharpe.expected_maximum - rich.buy_and_hold_sharpe), abs=0.1
    )
    (reach,) = drawn(page, "sharpe", "reach")
    left, right = (float(reach.attributes["d"].partition(cut)[2].split()[0]) for cut in "MH")
    assert right - left == pytest.approx(unit * (rich.sharpe.high - rich.sharpe.low), abs=0.2)
    (line,) = drawn(page, "sharpe", "reference")
    assert float(line.attributes["d"][1:].split()[0]) == pytest.approx(luck, abs=0.1)


def test_the_cone_starts_where_the_equity_ends(rich, page):
    ends = written(page, "cone")
    for value in (rich.forecast.low, rich.forecast.median, rich.forecast.high):
        assert percent(value, 1, signed=True) in ends
    assert "end of the data" in ends and history(page)
    assert drawn(page, "cone", "outer") and drawn(page, "cone", "inner")
    assert page.section("cone").children[1].text == rich.forecast.said


def test_without_equity_or_after_ruin_the_cone_stands_alone():
    ruined = replace(equity_curve(), equity=np.zeros(400))
    for equity in (None, ruined):
        page = Page(render_assessment(rich_assessment(), equity=equity))
        assert drawn(page, "cone", "outer") and not history(page)


def test_a_forecast_that_says_nothing_is_put_into_words(rich):
    section = report(forecast=rich.forecast.model_copy(update={"said": ""})).section("cone").text
    assert "60 days after the end of the data would lie between −15.0% and +31.1%" in section


def test_each_fold_is_a_strip_and_a_row(rich, page):
    part = rich.walk_forward[0]
    assert len(drawn(page, "walk0", "train")) == len(drawn(page, "walk0", "test")) == len(part.folds)
    kinds = [e.attributes["class"] for e in drawn(page, "walk0", "test")]
    assert kinds == [f"test {'won' if fold.return_test >= 0 else 'lost'}" for fold in part.folds]
    shown = written(page, "walk0")
    assert all(percent(fold.return_test, signed=True) in shown for fold in part.folds)
    first = cells(page.all("table", "folds")[0])[0]
    assert first[3:] == [
        "fast 12, slow 90",
        number(part.folds[0].sharpe_train),
        number(part.folds[0].sharpe_test),
        percent(part.folds[0].return_test, signed=True),
    ]


def test_later_measures_are_told_too(page):
    assert "above zero with a probability of 96.8%" in page.section("walk").text
    measures = {row[0]: row[1] for row in cells(page.all("table", "measures")[0])}
    assert (measures["Chance of the best"], measures["Record"]) == ("8.80%", "3.0")


def test_many_folds_still_fit():
    page = report(walk_forward=(walk_forward("rolling", 90),))
    assert len(drawn(page, "walk0", "test")) == 90
    assert int(figure(page, "walk0").attributes["viewbox"].split()[3]) < 700
    assert not page.all("h3", "part") or "Rolling" not in page.all("h3", "part")[0].text


def test_over_fitting_is_drawn_against_a_choice_that_means_nothing(page):
    assert {"18.7%", "9.20%", "50%", "a choice that means nothing"} <= set(written(page, "overfitting"))
    measures = {row[0]: row[1] for row in cells(page.all("table", "measures")[1])}
    assert measures["Slope"] == "0.41" and measures["Superior ability"] == "0.03"


def test_the_strategy_is_a_needle_in_the_hill_of_random_entries(page):
    assert {"random 0.12", "strategy 1.42"} <= set(written(page, "random"))
    assert "beats 98.3% of them: 2.13 deviations above their mean." in page.section("random").text
    assert "by luck with a chance of 46.0%." in page.section("random").text


def test_the_map_shows_numbers_frames_the_chosen_cell_and_marks_the_unknown(page):
    assert "1.15" in written(page, "heat")
    assert len(drawn(page, "heat", "cell")) == 48 and len(drawn(page, "heat", "none")) == 1
    (frame,) = drawn(page, "heat", "chosen")
    best = next(e for e in below(figure(page, "heat")) if e.tag == "text" and e.text == "1.15")
    left, width = float(frame.attributes["x"]), float(frame.attributes["width"])
    assert float(best.attributes["x"]) == pytest.approx(left + width / 2, abs=0.1)
    top, height = float(frame.attributes["y"]), float(frame.attributes["height"])
    ninety = next(e for e in below(figure(page, "heat")) if e.tag == "text" and e.text == "90")
    assert top < float(ninety.attributes["y"]) < top + height
    assert (
        "highest, 1.15, at fast 12 and slow 90; the chosen set's cell has 1.15."
        in page.section("neighbours").text
    )


def test_a_large_map_has_tints_only_and_one_without_the_chosen_set_no_frame():
    page = report(heat_map=heat_map(60, 50), params={"fast": 7, "slow": 90})
    assert len(drawn(page, "heat", "cell")) == 3000
    assert "1.15" not in written(page, "heat")
    assert not drawn(page, "heat", "chosen") and "Framed" not in page.section("neighbours").text


def test_stress_stands_beside_the_run_itself(rich, page):
    shown = written(page, "stress")
    assert all(number(row.sharpe) in shown for row in rich.stress)
    assert {"Costs x2", "One bar later", "Symbol bybit:linear:ETHUSDT"} <= set(shown)
    rows = cells(page.one("table", "conditions"))
    assert rows[0] == ["Costs x2", rich.stress[0].said, "−0.08", "−1.50", "−3.10%", "31.0%", "212"]
    assert "Under 5 of 6 other conditions it still gains." in page.section("stress").text


def test_capacity_runs_over_powers_of_ten(page):
    x = [float(dot.attributes["cx"]) for dot in drawn(page, "capacity", "dot")]
    assert np.diff(x) == pytest.approx(np.full(4, x[1] - x[0]), abs=0.01)
    assert "halved at 8.4M" in written(page, "capacity")


def test_a_capacity_that_was_not_reached_says_how_far_it_was_tried(rich):
    part = rich.capacity.model_copy(update={"capital": None, "said": ""})
    section = report(capacity=part).section("capacity").text
    assert "Up to a start equity of 100M the Sharpe ratio does not halve." in section


def test_regimes_monte_carlo_and_ledger_are_tabled(rich, page):
    assert cells(page.one("table", "regimes"))[2] == ["Range", "36.0%", "−9.00%", "−0.70", "72"]
    measures = {row[0]: row[1] for table in page.all("table", "measures") for row in cells(table)}
    assert measures["Drawdown, 95%"] == "34.0%"
    assert measures["Trials on BTC"] == "214" and measures["What deflates"] == "37"
    assert measures["Holdout openings"] == "1 of 5"
    rows = cells(page.one("table", "ledger"))
    assert [row[0] for row in rows] == [row.trial_id for row in rich.ledger]
    assert rows[4][4] == "–" and rows[0][5] == "run_0000" and rows[2][5] == "–"
    assert "1 read past it by market tools, listed below." in page.section("ledger").text
    assert page.one("ul", "reads").text == rich.trials.read_past_holdout[0]


def test_an_assessment_of_which_nothing_could_be_measured_says_so_everywhere():
    page = Page(render_assessment(bare_assessment()))
    assert [heading.text for heading in page.all("h2")] == HEADINGS
    assert page.all("svg", "figure") == []
    for section in page.all("section"):
        assert len(section.text) > len(section.children[0].text) + 4
    assert "nan" not in page.one("main").text.lower() and "None" not in page.section("sharpe").text


def test_parts_that_are_there_but_undefined_are_dashes(rich):
    undefined = {"probability": None, "probability_of_loss": None, "slope": None, "superior_p": None}
    page = report(
        overfitting=rich.overfitting.model_copy(update=undefined),
        random_entries=rich.random_entries.model_copy(update={"mean_sharpe": None, "score": None}),
        heat_map=heat_map().model_copy(update={"values": ((None,) * 8,) * 6}),
        stress=tuple(row.model_copy(update={"sharpe": None}) for row in rich.stress),
        regimes=tuple(row.model_copy(update={"sharpe": None}) for row in rich.regimes),
        capacity=rich.capacity.model_copy(update={"points": (), "capital": None}),
        forecast=rich.forecast.model_copy(update={"cone": ()}),
    )
    assert "undefined" in page.section("overfitting").text and "undefined" in page.section("random").text
    assert "nowhere defined" in page.section("neighbours").text
    assert len(drawn(page, "heat", "none")) == 48
    assert {row[2] for row in cells(page.one("table", "conditions"))} == {"–"}


def filled(text: str) -> Page:
    """A page with `text` in every place that a user, a strategy or a tool may write."""
    rich = rich_assessment()
    reason = Reason(name=text, outcome="open", value=1.0, threshold=None, said=text, would_change=text)
    return Page(
        render_assessment(
            rich_assessment(
                run_id=text,
                strategy=rich.strategy.model_copy(update={"name": text, "hypothesis": text, "id": text}),
                reasons=(reason,),
                params={text: 1},
                trials=rich.trials.model_copy(
                    update={
                        "base_asset": text,
                        "lineage": text,
                        "members": (text,),
                        "read_past_holdout": (text,),
                    }
                ),
                stress=tuple(row.model_copy(update={"said": text, "name": text}) for row in rich.stress),
                capacity=rich.capacity.model_copy(update={"said": text}),
                forecast=rich.forecast.model_copy(update={"said": text}),
                heat_map=heat_map().model_copy(update={"x": text, "y": text}),
                ledger=tuple(
                    row.model_copy(update={"strategy": text, "params": {text: 1}, "trial_id": text})
                    for row in rich.ledger
                ),
                warnings=(text,),
            ),
            code=f"x = 1\n{text}\n",
        )
    )


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_stays_text(hostile):
    page, harmless = filled(hostile), filled("harmless")
    assert [e.tag for e in page.elements] == [e.tag for e in harmless.elements]
    assert [list(e.attributes) for e in page.elements] == [list(e.attributes) for e in harmless.elements]
    assert page.one("h1").text == hostile
    for key in ("reasons", "neighbours", "stress", "capacity", "cone", "ledger", "warnings", "card", "code"):
        assert hostile in page.section(key).text


def test_a_usual_report_is_small(text):
    assert len(text.encode()) < 150_000
