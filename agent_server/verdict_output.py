"""An assessment at the terminal: the verdict, its reasons, and the figures behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_server.terminal import print_line, print_table, print_where, rounded, standard_output
from engine.backtest.report.format import plural
from engine.backtest.report.plain import one_line

if TYPE_CHECKING:
    from rich.console import Console

    from engine.research.assessment.document import Assessment

_STYLES = {"accept": "bold green", "reject": "bold red", "not enough evidence": "bold yellow"}


def print_assessment(answer: Assessment, console: Console | None = None, *, report: str = "") -> None:
    """The verdict first, then its reasons as a table, then Sharpe ratio, trials, stress and outlook.

    Args:
        report: path of the HTML report; empty when none was written.
    """
    out = console or standard_output()
    data = answer.data
    print_line(out, answer.verdict.upper(), _STYLES[answer.verdict])
    params = " ".join(f"{name}={value:g}" for name, value in answer.params.items())
    print_line(out, one_line(f"{answer.strategy.name} {params}".rstrip()), "bold")
    print_line(out, f"{data.instrument} {data.interval}, {data.start[:10]} to {data.end[:10]}")
    if data.synthetic:
        print_line(out, "SYNTHETIC DATA: nothing here is evidence.", "bold white on red")
    out.print()
    _print_reasons(out, answer)
    out.print()
    _print_sharpe(out, answer)
    if answer.stress:
        out.print()
        rows = [
            [row.said, rounded(row.sharpe), f"{row.total_return:+.1%}", f"{row.max_drawdown:.1%}", row.trades]
            for row in answer.stress
        ]
        print_table("Under other conditions", ["", "Sharpe", "return", "drawdown", "trades"], rows, out)
    if answer.forecast is not None:
        out.print()
        print_line(out, one_line(answer.forecast.said))
    for warning in answer.warnings:
        print_line(out, f"Warning: {one_line(warning)}", "yellow")
    out.print()
    print_where(out, "run   ", answer.run_id)
    if report:
        print_where(out, "report", report)


def _print_reasons(out: Console, answer: Assessment) -> None:
    print_table(
        "Reasons",
        ["check", "speaks", "number", "threshold", "what would change it"],
        [
            [each.name, each.outcome, rounded(each.value), each.threshold, each.would_change]
            for each in answer.reasons
        ],
        out,
    )
    for reason in answer.reasons:
        if reason.outcome in ("against", "open"):
            print_line(out, f"{reason.name}: {one_line(reason.said)}")


def _print_sharpe(out: Console, answer: Assessment) -> None:
    sharpe, trials = answer.sharpe, answer.trials
    if sharpe.annual is None:
        print_line(out, "The Sharpe ratio is undefined.")
    else:
        ends = (
            "" if sharpe.low is None or sharpe.high is None else f" ({sharpe.low:.2f} to {sharpe.high:.2f})"
        )
        print_line(
            out,
            f"Sharpe {sharpe.annual:.2f}{ends} over {plural(sharpe.periods, 'period')} of {sharpe.period}",
        )
    if sharpe.deflated is not None:
        print_line(
            out, f"Probability that it is above what luck gives the best of the trials: {sharpe.deflated:.0%}"
        )
    said = (
        f"{plural(trials.on_asset, 'trial')} on {trials.base_asset}, {trials.in_lineage} of them of this idea"
    )
    print_line(out, f"{said}; worth {trials.effective} independent ones")
