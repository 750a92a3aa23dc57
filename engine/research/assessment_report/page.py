"""The report of an assessment as one HTML file that loads nothing and runs nothing."""

from __future__ import annotations

from engine.backtest.report.card import Recipe, read_recipe
from engine.backtest.report.frame import html_page
from engine.backtest.report.html import Markup, el, join
from engine.backtest.report.plain import one_line
from engine.backtest.report.section import code_section, parameters_section, section, warnings_section
from engine.backtest.report.tables import card_table, recipe_facts
from engine.research.artifacts import EquityCurve
from engine.research.assessment.document import Assessment
from engine.research.assessment_report.capacity import capacity_section
from engine.research.assessment_report.cone import cone_section
from engine.research.assessment_report.headline import headline
from engine.research.assessment_report.ledger import ledger_section
from engine.research.assessment_report.monte_carlo import monte_carlo_section
from engine.research.assessment_report.neighbourhood import neighbourhood_section
from engine.research.assessment_report.overfitting import overfitting_section
from engine.research.assessment_report.random_entries import random_entries_section
from engine.research.assessment_report.reasons import reasons_section
from engine.research.assessment_report.regimes import regimes_section
from engine.research.assessment_report.sharpe import sharpe_section
from engine.research.assessment_report.stress import stress_section
from engine.research.assessment_report.style import STYLE
from engine.research.assessment_report.walk_forward import walk_forward_section


def render_assessment(assessment: Assessment, *, equity: EquityCurve | None = None, code: str = "") -> str:
    """One self-contained HTML page: the verdict, its reasons, and every figure behind it.

    The same input gives the same page.

    Args:
        equity: of the assessed run; the forecast is drawn after it.
        code: the strategy's text.

    Raises:
        InvalidInput: a time in the document is not one.
    """
    recipe = read_recipe(assessment.model_dump(mode="json"))
    main = el(
        "main",
        reasons_section(assessment),
        sharpe_section(assessment),
        cone_section(assessment, equity),
        walk_forward_section(assessment.walk_forward),
        overfitting_section(assessment.overfitting),
        random_entries_section(assessment.random_entries, assessment.sharpe.annual),
        neighbourhood_section(assessment),
        stress_section(assessment),
        capacity_section(assessment.capacity),
        regimes_section(assessment.regimes),
        monte_carlo_section(assessment.monte_carlo),
        ledger_section(assessment),
        warnings_section(assessment.warnings),
        parameters_section(assessment.params),
        _card_section(assessment, recipe),
        code_section(code) if code else None,
    )
    content = join(headline(assessment, recipe), main, _footer(assessment))
    return html_page(f"{one_line(recipe.name)} · Edgewright assessment", content, STYLE)


def _card_section(assessment: Assessment, recipe: Recipe) -> Markup:
    facts = [
        *recipe_facts(recipe),
        ("Seed", str(assessment.seed)),
        ("Look-ahead replay", assessment.lookahead),
    ]
    said = "What it takes to get this verdict again."
    return section("card", "Card", said, card_table(facts, "The card of this assessment"))


def _footer(assessment: Assessment) -> Markup:
    return el(
        "footer",
        "A verdict weighs what these rules did with these prices against luck; it does not promise what they "
        "will do. It is research, not financial advice. Assess it again: ",
        el("code", f"edgewright assess {assessment.run_id}"),
    )
