"""Commands about this installation: doctor, tools, call, mcp, version."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from agent_server.output import AsJson, print_json
from engine.errors import EdgewrightError, InvalidInput
from tools.core import Core


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (mcp, call, tools, doctor, version):
        app.command()(command)


def mcp() -> None:
    """Serve the tools over MCP on stdin and stdout."""
    from agent_server.mcp_server import serve_stdio

    with Core() as core:
        serve_stdio(core)


def call(
    name: Annotated[str, typer.Argument(help="A tool's name; `edgewright tools` lists them.")],
    arguments: Annotated[str, typer.Argument(help="A JSON object, or - to read it from stdin.")] = "{}",
) -> None:
    """Call one tool; the answer is one JSON document."""
    from tools.catalogue import REGISTRY

    text = sys.stdin.read() if arguments == "-" else arguments
    tool = REGISTRY.get(name)
    with Core() as core:
        print_json(tool.call(core, _json_object(text)))


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise InvalidInput(
            f"The arguments are not JSON: {error}.", """Write '{"symbol": "BTCUSDT"}'."""
        ) from None
    if not isinstance(value, dict):
        raise InvalidInput("The arguments are not a JSON object.", """Write '{"symbol": "BTCUSDT"}'.""")
    return cast(dict[str, Any], value)


def tools(as_json: AsJson = False) -> None:
    """The tools, as an MCP client sees them."""
    from tools.catalogue import REGISTRY

    if as_json:
        print_json(
            {
                "schema": 1,
                "tools": [
                    {
                        "name": tool.name,
                        "title": tool.title,
                        "toolset": tool.toolset,
                        "description": tool.description,
                        "read_only": tool.hints.read_only,
                        "arguments": tool.request.model_json_schema(),
                    }
                    for tool in REGISTRY
                ],
            }
        )
        return
    from agent_server.terminal import print_table

    print_table(
        "Tools",
        ["tool", "toolset", "writes", "what it does"],
        [[t.name, t.toolset, "" if t.hints.read_only else "yes", t.title] for t in REGISTRY],
    )


def doctor(
    prove: Annotated[
        bool,
        typer.Option(
            "--prove",
            help="Run hostile strategies against the sandbox, and trust it here only if none gets out.",
        ),
    ] = False,
    corpus: Annotated[
        Path | None,
        typer.Option(
            "--corpus",
            help="Prove with the hostile.jsonl and benign.jsonl of this folder. Its lines also run without "
            "walls, with your rights: read them first.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What this machine has: walls of the sandbox, folders, database, and how to get the rest."""
    if prove:
        from agent_server.commands.proving import prove_here

        with Core() as core:
            if not prove_here(core, corpus, as_json):
                raise typer.Exit(1)
        return
    if corpus is not None:
        raise InvalidInput("--corpus names what --prove runs.", "Write doctor --prove --corpus DIR.")
    checks = _checks()
    complete = all(check.ok for check in checks if check.needed)
    if as_json:
        shown = [
            {"name": each.name, "ok": each.ok, "needed": each.needed, "detail": each.detail}
            for each in checks
        ]
        print_json({"schema": 1, "complete": complete, "checks": shown})
        return
    from agent_server.terminal import print_table

    print_table("Doctor", ["", "check", "what was found"], [[c.mark, c.name, c.detail] for c in checks])
    from sandbox.walls import HELP, MEND, standing

    if not standing():
        print(HELP)
    elif any(check.mark == _BROKEN for check in checks):
        print(MEND)


_BROKEN = "BROKEN"


@dataclass(frozen=True, slots=True)
class _Check:
    """One thing that was looked at; `otherwise` is its mark where it is not ok."""

    name: str
    detail: str
    ok: bool = True
    needed: bool = True
    otherwise: str = "MISSING"

    @property
    def mark(self) -> str:
        """What stands in front of it in the table."""
        return "ok" if self.ok else self.otherwise


def _checks() -> list[_Check]:
    from sandbox.walls import walls

    checks = [
        _Check(
            f"sandbox: {wall.name}",
            wall.detail,
            wall.present,
            wall.needed,
            "MISSING" if wall.needed else "not here",
        )
        for wall in walls()
    ]
    with Core() as core:
        checks.append(_proof(core))
        checks.append(_Check("home folder", str(core.settings.home)))
        for name, look in (("database", _look_at_store), ("lake", _look_at_lake)):
            try:
                checks.append(_Check(name, look(core)))
            except EdgewrightError as error:
                checks.append(_Check(name, str(error), ok=False))
    checks.append(_Check("python", f"Python {sys.version.split()[0]} in {Path(sys.prefix)}"))
    return checks


def _proof(core: Core) -> _Check:
    from sandbox.proof.book import State

    standing = core.proofs.standing()
    broken = standing.state is State.BROKEN
    proved = standing.state is State.PROVED
    return _Check("sandbox: proof", standing.detail, proved, broken, _BROKEN if broken else "not yet")


def _look_at_store(core: Core) -> str:
    return f"{len(core.store.runs.list(limit=200))} recent runs"


def _look_at_lake(core: Core) -> str:
    return f"{len(core.lake.coverage())} series"


def version() -> None:
    """The version."""
    from edgewright import __version__

    print(__version__)
