"""Commands about this installation: doctor, tools, call, mcp, version."""

from __future__ import annotations

import json
import sys
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


def doctor(as_json: AsJson = False) -> None:
    """What this machine has: walls of the sandbox, folders, database, and how to get the rest."""
    checks = _checks()
    complete = all(check["ok"] for check in checks if check["needed"])
    if as_json:
        print_json({"schema": 1, "complete": complete, "checks": checks})
        return
    from agent_server.terminal import print_table

    print_table(
        "Doctor",
        ["", "check", "what was found"],
        [[_mark(check), check["name"], check["detail"]] for check in checks],
    )
    if not complete:
        from sandbox.walls import HELP

        print(HELP)


def _mark(check: dict[str, Any]) -> str:
    if check["ok"]:
        return "ok"
    return "MISSING" if check["needed"] else "not here"


def _checks() -> list[dict[str, Any]]:
    from sandbox.walls import walls

    checks: list[dict[str, Any]] = [
        {"name": f"sandbox: {wall.name}", "ok": wall.present, "needed": wall.needed, "detail": wall.detail}
        for wall in walls()
    ]
    with Core() as core:
        settings = core.settings
        checks.append(
            {"name": "home folder", "ok": True, "needed": True, "detail": str(settings.home)},
        )
        for name, look in (("database", _look_at_store), ("lake", _look_at_lake)):
            try:
                checks.append({"name": name, "ok": True, "needed": True, "detail": look(core)})
            except EdgewrightError as error:
                checks.append({"name": name, "ok": False, "needed": True, "detail": str(error)})
    python = f"Python {sys.version.split()[0]} in {Path(sys.prefix)}"
    checks.append({"name": "python", "ok": True, "needed": True, "detail": python})
    return checks


def _look_at_store(core: Core) -> str:
    return f"{len(core.store.runs.list(limit=200))} recent runs"


def _look_at_lake(core: Core) -> str:
    return f"{len(core.lake.coverage())} series"


def version() -> None:
    """The version."""
    from edgewright import __version__

    print(__version__)
