"""The reasons of the verdict: a row per check, with what was found, what was asked, what would change it."""

from __future__ import annotations

from engine.backtest.report.html import Child, Markup, el
from engine.backtest.report.section import section
from engine.backtest.report.table import table
from engine.research.assessment.document import Assessment, Outcome, Reason
from engine.research.assessment_report.headline import checks_in_words
from engine.research.assessment_report.marks import mark
from engine.research.assessment_report.words import amount, name_in_words

_SHAPES: dict[Outcome, str] = {"for": "tick", "against": "cross", "open": "ring", "not applicable": "dash"}


def reasons_section(assessment: Assessment) -> Markup:
    """The checks in the order in which they were made."""
    reasons = assessment.reasons
    rows = [_row(reason) for reason in reasons]
    heads = ("Check", "Says", "Found", "Asked", "Finding", "What would change it")
    listed = table("Checks of the verdict", heads, rows, frozenset({2, 3}), "reasons") if rows else None
    said = f"The verdict is “{assessment.verdict}”. {checks_in_words(reasons)}"
    return section("reasons", "Why", said, listed)


def _row(reason: Reason) -> tuple[Child, ...]:
    outcome = el("span", mark(_SHAPES[reason.outcome]), reason.outcome, class_=_kind(reason.outcome))
    found, asked = amount(reason.value), amount(reason.threshold)
    return (name_in_words(reason.name), outcome, found, asked, reason.said, reason.would_change or "–")


def _kind(outcome: Outcome) -> str:
    return f"outcome {outcome.split()[0]}"
