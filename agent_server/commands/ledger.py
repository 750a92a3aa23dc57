"""Commands on what was tried and what is held out: ledger, holdout show, holdout set, holdout open.

Setting and opening a holdout are a person's acts: they exist here and nowhere else.
"""

from __future__ import annotations

from typing import Annotated

import typer

from agent_server.output import AsJson, print_json
from tools.core import Core

holdout = typer.Typer(
    help="The data that no search may see, by base asset: show, move, open once.", no_args_is_help=True
)
Asset = Annotated[str | None, typer.Argument(help="Base asset, e.g. BTC; all when left out.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(ledger)
    app.add_typer(holdout, name="holdout")


def ledger(
    asset: Asset = None,
    lineage: Annotated[str | None, typer.Option(help="Only trials of this lineage.")] = None,
    limit: Annotated[int, typer.Option(help="So many of the newest trials.", min=1, max=1000)] = 20,
    as_json: AsJson = False,
) -> None:
    """What was tried on an asset: distinct trials, how many are independent, lineages, the newest trials."""
    from tools.ledger import show_ledger

    with Core() as core:
        answer = show_ledger(core, asset, lineage, limit)
    if as_json:
        print_json(answer)
        return
    from agent_server.ledger_tables import print_ledgers

    print_ledgers(answer)


@holdout.command("show")
def show(asset: Asset = None, as_json: AsJson = False) -> None:
    """Where the holdout begins, who moved or opened it, and what market tools have shown of it."""
    from tools.ledger import show_holdouts

    with Core() as core:
        answer = show_holdouts(core, asset)
    if as_json:
        print_json(answer)
        return
    from agent_server.ledger_tables import print_holdouts

    print_holdouts(answer)


@holdout.command("set")
def set_(
    asset: Annotated[str, typer.Argument(help="Base asset, e.g. BTC.")],
    instant: Annotated[str, typer.Argument(help="From here on data are held out, ISO date, UTC.")],
    reason: Annotated[str, typer.Option(help="Why; it stays on the record.")],
    as_json: AsJson = False,
) -> None:
    """Move an asset's holdout, on the record. Trials made before stay there and go on counting."""
    from tools.ledger import set_holdout

    with Core() as core:
        answer = set_holdout(core, asset, instant, reason)
    if as_json:
        print_json(answer)
        return
    from agent_server.ledger_tables import print_holdouts

    print_holdouts(answer)


@holdout.command("open")
def open_(
    run_id: Annotated[str, typer.Argument(help="A run on the research part.")], as_json: AsJson = False
) -> None:
    """Run what a run has recorded on the data held out from it. A lineage may do so once, and it counts."""
    from tools.ledger import open_holdout

    with Core() as core:
        answer = open_holdout(core, run_id)
    if as_json:
        print_json(answer)
        return
    from agent_server.ledger_tables import print_opening

    print_opening(answer)
