"""`edgewright optimize`: a search over the parameters of a strategy, in this process."""

from __future__ import annotations

from typing import Annotated

import typer

from agent_server.output import AsJson, print_json
from agent_server.sources import source_of
from agent_server.traded_options import Interval, Symbol, TradingOptions, with_trading_options
from engine.errors import InvalidInput
from tools.core import Core
from tools.settings import load_settings


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(optimize)


@with_trading_options
def optimize(
    strategy: Annotated[str, typer.Argument(help="A .py file, a strategy id, or library:NAME.")],
    symbol: Symbol,
    interval: Interval,
    trading: TradingOptions,
    sampler: Annotated[str, typer.Option(help="grid, random, tpe or genetic.")] = "tpe",
    objective: Annotated[
        list[str] | None,
        typer.Option(help="sharpe, sortino, calmar, profit_factor or return_over_drawdown; may be repeated."),
    ] = None,
    trials: Annotated[int, typer.Option(help="Parameter sets to run at most.")] = 100,
    seed: Annotated[int, typer.Option(help="The same seed proposes the same sets.")] = 0,
    patience: Annotated[
        int | None, typer.Option(help="Stop after so many batches without a new best.")
    ] = None,
    backend: Annotated[str, typer.Option(help="threads or dask.")] = "threads",
    address: Annotated[
        str | None, typer.Option(help="Scheduler of the Dask cluster; else EDGEWRIGHT_DASK_ADDRESS.")
    ] = None,
    heat_map: Annotated[
        tuple[str, str] | None, typer.Option("--heat-map", help="Two parameters to map.", metavar="X Y")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Search the parameters for which PARAMS gives a range; each set is a trial, the best becomes a run.

    Ctrl-C keeps what was done, and the same command goes on from there. Parameters that --param names keep
    that value.
    """
    from agent_server.working import working
    from tools.optimization import RunOptimization, chosen_backend, search_request, searched, shaped
    from tools.registry import checked

    if address is not None and backend != "dask":
        raise InvalidInput("--address is for --backend dask.", "Give both, or neither.")
    settings = load_settings()
    if address is not None:
        settings = settings.model_copy(update={"dask_address": address})
    with Core(settings) as core:
        source = source_of(core, strategy)
        arguments = {
            **source.arguments(),
            **trading.arguments(),
            "symbol": symbol,
            "interval": interval,
            "sampler": sampler,
            "objectives": objective or ["sharpe"],
            "trials": trials,
            "seed": seed,
            "patience": patience,
            "backend": backend,
            "heat_map": heat_map,
        }
        request = checked(RunOptimization, "optimize", arguments)
        asked = search_request(core, request, source.name)
        with working(f"Searching {source.name}") as work:
            document = searched(core, asked, chosen_backend(core, request), work)
    answer = shaped(document, "full" if as_json or heat_map is not None else "stats")
    if as_json:
        print_json(document)
        return
    from agent_server.search_output import print_search

    print_search(answer)
