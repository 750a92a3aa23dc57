"""The command line. Each command is thin: it calls a tool or the engine and prints the answer.

Output is for people; with `--json` it is one JSON document on stdout and everything else goes to stderr.
Exit codes: 0 done, 1 failed with a message, 2 wrong usage.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from agent_server.commands import (
    assessing,
    bundles,
    data,
    jobs,
    ledger,
    optimizing,
    records,
    research,
    system,
)
from agent_server.output import fail
from engine.errors import EdgewrightError

app = typer.Typer(
    name="edgewright",
    help="From an idea in plain words to a trading strategy that has survived an honest trial.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def trust(
    trust_code: Annotated[
        bool,
        typer.Option(
            "--trust-code", help="Run strategy code without walls where this machine has none. Your risk."
        ),
    ] = False,
) -> None:
    """Options that stand before the command."""
    if trust_code:
        os.environ["EDGEWRIGHT_TRUST_CODE"] = "1"


for group in (research, optimizing, assessing, records, ledger, bundles):
    group.register(app)
app.add_typer(data.app, name="data")
for group in (jobs, system):
    group.register(app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit; no traceback ever reaches a user who typed something wrong."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        app(given, prog_name="edgewright")
    except EdgewrightError as error:
        raise SystemExit(fail(error, as_json="--json" in given)) from None
    except KeyboardInterrupt:
        print("Interrupted. What was written so far is kept.", file=sys.stderr)
        raise SystemExit(130) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except (
        Exception
    ) as error:  # a fault of ours, not of what was typed: said in two lines, shown whole on request
        if os.environ.get("EDGEWRIGHT_DEBUG"):
            raise
        print(f"Internal error: {type(error).__name__}: {error}", file=sys.stderr)
        print("This is our fault. EDGEWRIGHT_DEBUG=1 shows where it happened.", file=sys.stderr)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
