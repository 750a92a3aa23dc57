"""The head of the report: what was run, what nobody may overlook, and the key figures."""

from __future__ import annotations

from engine.backtest.report.card import Recipe, RunCard
from engine.backtest.report.definitions import BY_NAME
from engine.backtest.report.format import day, plural
from engine.backtest.report.html import Markup, el
from engine.backtest.report.plain import one_line
from engine.backtest.result import Simulation
from engine.market.bars import Bars

_KEY_FIGURES = ("total_return", "annual_return", "sharpe", "max_drawdown")


def headline(run: RunCard, bars: Bars, simulation: Simulation, brief: str) -> Markup:
    span = f"{day(bars.start_ms)} to {day(bars.end_ms)}"
    facts = (run.instrument, f"{run.interval} bars", span, plural(len(bars), "bar"), f"source: {run.source}")
    return el(
        "header",
        el("p", "Backtest ", el("code", run.run_id), class_="kicker"),
        el("h1", one_line(run.name)),
        el("p", one_line(run.hypothesis), class_="hypothesis") if run.hypothesis else None,
        el("p", " · ".join(facts), class_="facts"),
        *(banner(loud, text) for loud, text in banners(run, simulation)),
        el("blockquote", brief.strip(), class_="brief") if brief.strip() else None,
        el("p", in_one_sentence(run), class_="lede"),
        _key_figures(run),
    )


def banners(run: RunCard, simulation: Simulation) -> list[tuple[str, str]]:
    """What nobody may overlook: (said loudly, explained)."""
    ruined = ("Ruined.", "Equity fell to zero or below, and the run ended there.")
    return [*data_banners(run), *([ruined] if simulation.ruined else [])]


def data_banners(recipe: Recipe) -> list[tuple[str, str]]:
    """What nobody may overlook about the data: (said loudly, explained)."""
    found: list[tuple[str, str]] = []
    if recipe.synthetic:
        found.append(
            ("Synthetic data.", "These prices were made up by a random generator. Nothing here is evidence.")
        )
    if recipe.includes_holdout:
        text = (
            f"Data from {recipe.holdout_from} on is kept back for one final test, and this run has seen it."
        )
        found.append(("The holdout is included.", text))
    return found


def banner(loud: str, text: str) -> Markup:
    """A band that nobody overlooks."""
    return el("p", el("strong", loud), text, class_="banner", role="note")


def in_one_sentence(run: RunCard) -> str:
    """Return and deepest fall, beside buy and hold."""

    def both(name: str) -> tuple[str, str]:
        shown = BY_NAME[name].shown
        return shown(run.metrics.get(name)), shown(run.benchmark.get(name))

    (made, hold_made), (fell, hold_fell) = both("total_return"), both("max_drawdown")
    exposure = BY_NAME["exposure"].shown(run.metrics.get("exposure"))
    return (
        f"The strategy returned {made} after costs, where buying and holding returned {hold_made}. "
        f"Its deepest fall was {fell}, against {hold_fell}. It held a position in {exposure} of the bars."
    )


def _key_figures(run: RunCard) -> Markup:
    def shown(name: str) -> str:
        return BY_NAME[name].shown(run.metrics.get(name))

    cells = [
        key_figure(BY_NAME[name].label, shown(name), f"Hold {BY_NAME[name].shown(run.benchmark.get(name))}")
        for name in _KEY_FIGURES
    ]
    cells.append(key_figure("Win rate", shown("win_rate"), f"Profit factor {shown('profit_factor')}"))
    cells.append(key_figure("Closed trades", shown("trades"), f"Expectancy {shown('expectancy')}"))
    return el("dl", *cells, class_="key")


def key_figure(name: str, value: str, beside: str) -> Markup:
    """One of the large figures under the head, for a list of the class `key`."""
    return el("div", el("dt", name), el("dd", value, class_="value"), el("dd", beside))
