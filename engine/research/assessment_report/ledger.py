"""The ledger: how many trials stand behind this one, and what of the holdout has been seen."""

from __future__ import annotations

from engine.backtest.report.format import UNDEFINED, count, number, plural
from engine.backtest.report.html import Child, Markup, el
from engine.backtest.report.section import section
from engine.backtest.report.table import table
from engine.research.assessment.document import Assessment
from engine.research.assessment_report.words import params_in_words, trials
from engine.research.findings import LedgerRow, TrialsPart


def ledger_section(assessment: Assessment) -> Markup:
    """Counts, reads past the holdout, and the newest trials of the lineage."""
    part = assessment.trials
    return section(
        "ledger",
        "Trial ledger",
        ledger_in_words(part),
        _counts(part),
        _reads(part),
        _trials(assessment.ledger),
    )


def ledger_in_words(part: TrialsPart) -> str:
    """What was tried, what counts, and what of the holdout was opened."""
    opened = "has opened it" if part.holdout_opened_by_lineage else "has not opened it"
    recorded = f"{trials(part.on_asset)}, {count(part.in_lineage)} of this idea and its copies"
    openings = f"{count(part.holdout_openings)} of {count(part.holdout_allowance)} times"
    weight = plural(part.effective, "independent one")
    return (
        f"On record for {part.base_asset}: {recorded}. They weigh as much as {weight}, which deflates the "
        f"verdict. The holdout has been opened {openings}; this idea {opened}. {_reads_in_words(part)}"
    )


def _reads_in_words(part: TrialsPart) -> str:
    if not part.read_past_holdout:
        return "No market tool has read past it."
    return f"{plural(len(part.read_past_holdout), 'read')} past it by market tools, listed below."


def _counts(part: TrialsPart) -> Markup:
    members = ", ".join(part.members) or UNDEFINED
    rows: list[tuple[Child, ...]] = [
        (
            f"Trials on {part.base_asset}",
            count(part.on_asset),
            "Distinct ones on the research part, by anybody.",
        ),
        (
            "Independent of these",
            count(part.effective_on_asset),
            "Clusters of returns that move alike count once.",
        ),
        ("Trials of the lineage", count(part.in_lineage), f"Lineage {part.lineage}: {members}."),
        ("Independent of those", count(part.effective_in_lineage), "Counted in the same way."),
        ("What deflates", count(part.effective), "The larger of the two independent numbers."),
        (
            "Holdout openings",
            f"{count(part.holdout_openings)} of {count(part.holdout_allowance)}",
            "By any lineage; the allowance belongs to the asset.",
        ),
    ]
    return table("Counts of trials", ("Count", "Value", "Definition"), rows, frozenset({1}), "measures")


def _reads(part: TrialsPart) -> Markup | None:
    if not part.read_past_holdout:
        return None
    items = [el("li", text) for text in part.read_past_holdout]
    return el(
        "div",
        el("h3", "Reads past the holdout, newest first", class_="part"),
        el("ul", *items, class_="reads"),
    )


def _trials(ledger: tuple[LedgerRow, ...]) -> Markup | None:
    if not ledger:
        return None
    rows: list[tuple[Child, ...]] = [
        (
            el("code", row.trial_id),
            row.strategy,
            row.interval,
            params_in_words(row.params),
            number(row.sharpe),
            el("code", row.run_id) if row.run_id else UNDEFINED,
            row.created,
        )
        for row in ledger
    ]
    heads = ("Trial", "Strategy", "Interval", "Parameters", "Sharpe", "Run", "Created (UTC)")
    caption = f"The newest {plural(len(rows), 'trial')} of the lineage"
    return table(caption, heads, rows, frozenset({4}), "listed ledger")
