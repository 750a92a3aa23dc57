"""The head of the report: what was assessed, the verdict in words, and the key figures."""

from __future__ import annotations

from collections import Counter

from engine.backtest.report.card import Recipe
from engine.backtest.report.format import UNDEFINED, count, number, percent, plural
from engine.backtest.report.headline import banner, data_banners, key_figure
from engine.backtest.report.html import Markup, el
from engine.backtest.report.plain import one_line
from engine.research.assessment.document import Assessment, Reason, Verdict
from engine.research.assessment_report.marks import mark
from engine.research.assessment_report.words import likelihood, span_in_words, tally

_MEANING: dict[Verdict, tuple[str, str, str]] = {
    "accept": ("accept", "tick", "Luck alone is an unlikely explanation of this result."),
    "reject": ("reject", "cross", "This result does not stand up: it is no reason to trade."),
    "not enough evidence": (
        "open",
        "ring",
        "What there is can neither carry this result nor refute it; the table says what is missing.",
    ),
}


def headline(assessment: Assessment, recipe: Recipe) -> Markup:
    """Name, facts, banners, verdict and key figures."""
    span = f"{recipe.start[:10]} to {recipe.end[:10]}"
    bars = plural(recipe.bars, "bar")
    facts = (recipe.instrument, f"{recipe.interval} bars", span, bars, f"source: {recipe.source}")
    return el(
        "header",
        el("p", "Assessment of ", el("code", recipe.run_id), class_="kicker"),
        el("h1", one_line(recipe.name)),
        el("p", one_line(recipe.hypothesis), class_="hypothesis") if recipe.hypothesis else None,
        el("p", " · ".join(facts), class_="facts"),
        *(banner(loud, text) for loud, text in [*data_banners(recipe), *_look_ahead(assessment)]),
        _verdict(assessment.verdict, assessment.reasons),
        _key_figures(assessment),
    )


def checks_in_words(reasons: tuple[Reason, ...]) -> str:
    """How many checks say what."""
    if not reasons:
        return "No check was made."
    found = Counter(reason.outcome for reason in reasons)
    said = {"for it": "for", "against": "against", "open": "open", "not applicable": "not applicable"}
    return f"{plural(len(reasons), 'check')}: {tally({text: found[kind] for text, kind in said.items()})}."


def _look_ahead(assessment: Assessment) -> list[tuple[str, str]]:
    if assessment.lookahead != "leaks":
        return []
    return [
        ("It looks ahead.", "The strategy's signals change when the future is cut off. No figure counts.")
    ]


def _verdict(verdict: Verdict, reasons: tuple[Reason, ...]) -> Markup:
    kind, shape, meaning = _MEANING[verdict]
    said = f"{meaning} {checks_in_words(reasons)}"
    name = verdict[:1].upper() + verdict[1:]
    return el("div", el("strong", mark(shape), name), said, class_=f"verdict {kind}", role="note")


def _key_figures(assessment: Assessment) -> Markup:
    sharpe, trials = assessment.sharpe, assessment.trials
    overfitting, random = assessment.overfitting, assessment.random_entries
    ahead = assessment.forecast
    cells = (
        key_figure("Sharpe ratio", number(sharpe.annual), f"90%: {span_in_words(sharpe.low, sharpe.high)}"),
        key_figure(
            "Above luck", likelihood(sharpe.deflated), f"Luck's best {number(sharpe.expected_maximum)}"
        ),
        key_figure("Trials, effective", count(trials.effective), f"Of {count(trials.on_asset)} recorded"),
        key_figure(
            "Over-fitting",
            likelihood(overfitting.probability) if overfitting else UNDEFINED,
            f"In {plural(overfitting.splits, 'split')}" if overfitting else "No search",
        ),
        key_figure(
            "Beats random",
            likelihood(random.percentile) if random else UNDEFINED,
            f"Of {plural(random.runs, 'run')}" if random else "Not asked",
        ),
        key_figure(
            f"Next {plural(ahead.days, 'day')}" if ahead else "Forecast",
            percent(ahead.median, signed=True) if ahead else UNDEFINED,
            f"{percent(ahead.low, signed=True)} to {percent(ahead.high, signed=True)}" if ahead else "None",
        ),
    )
    return el("dl", *cells, class_="key")
