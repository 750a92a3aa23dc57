"""What the command line prints of the ledger and the holdouts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_server.terminal import print_table
from engine.backtest.report.definitions import DEFINITIONS

if TYPE_CHECKING:
    from rich.console import Console

    from tools.ledger import Holdout, HoldoutOpening, Holdouts, Ledgers


def print_ledgers(answer: Ledgers, console: Console | None = None) -> None:
    """Lineages and newest trials of each asset."""
    if not answer.ledgers:
        print_table("Nothing was tried yet", [], [], console)
    for ledger in answer.ledgers:
        title = f"{ledger.base_asset}: {ledger.trials} trials, {ledger.effective} of them independent"
        lineages = [
            [entry.lineage, entry.trials, entry.texts, ", ".join(entry.members)] for entry in ledger.lineages
        ]
        print_table(title, ["lineage", "trials", "texts", "strategies"], lineages, console)
        newest = [
            [
                row.created[:16],
                row.strategy,
                row.interval,
                ", ".join(f"{name}={value:g}" for name, value in row.params.items()),
                row.sharpe,
                row.run_id,
            ]
            for row in ledger.newest
        ]
        columns = ["tried", "strategy", "interval", "parameters", "Sharpe", "run"]
        print_table("Newest trials", columns, newest, console)


def print_holdouts(answer: Holdouts, console: Console | None = None) -> None:
    """Each holdout with its history and what was read past it."""
    if not answer.holdouts:
        print_table("No holdout yet: the first trial on an asset fixes one", [], [], console)
    for holdout in answer.holdouts:
        _print_holdout(holdout, console)


def _print_holdout(holdout: Holdout, console: Console | None) -> None:
    title = (
        f"{holdout.base_asset}: held out from {holdout.holdout_from} ({holdout.by}), opened "
        f"{holdout.openings} of {holdout.allowance} times"
    )
    history = [
        [entry.at, entry.kind, entry.holdout_from, entry.reason, entry.run_id] for entry in holdout.history
    ]
    print_table(title, ["when", "what", "instant", "why", "run"], history, console)
    if holdout.read_past:
        print_table("Read past it by market tools", ["what"], [[said] for said in holdout.read_past], console)


def print_opening(answer: HoldoutOpening, console: Console | None = None) -> None:
    """The metrics of both parts side by side."""
    research, held_out = (part.metrics.as_dict() for part in (answer.research, answer.held_out))
    hold = answer.held_out.benchmark.as_dict()
    rows = [
        [
            definition.label,
            *(definition.shown(metrics.get(definition.name)) for metrics in (research, held_out, hold)),
        ]
        for definition in DEFINITIONS
    ]
    data = answer.held_out.data
    title = (
        f"{answer.strategy.name} on {data.instrument} {data.interval}, held out: {data.start} to {data.end}"
    )
    print_table(title, ["", "research part", "held out", "hold, held out"], rows, console)
    runs = [[answer.research.run_id, answer.held_out.run_id, answer.left]]
    print_table("", ["research run", "held-out run", "openings left"], runs, console)
