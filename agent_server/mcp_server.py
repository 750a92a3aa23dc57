"""The MCP interface: the registry's tools, and runs as resources, on the SDK's `MCPServer`.

It is NOT where tools are defined (`tools`), and it imports nothing heavy: a client gets its handshake before
pandas, numba, SQLAlchemy or the sandbox are loaded.
"""

from __future__ import annotations

import functools
import json
import logging
import sys
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp.server.mcpserver.tools import Tool as ProtocolTool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BaseModel, ConfigDict, TypeAdapter

from engine.errors import EdgewrightError
from engine.version import ENGINE_VERSION
from prompts.templates import template
from tools.catalogue import REGISTRY
from tools.core import Core

if TYPE_CHECKING:
    from tools.registry import Tool

logger = logging.getLogger("edgewright.mcp")


class _Unchecked(ArgModelBase):
    """Arguments as they came: the registry checks them, with messages of our own."""

    model_config = ConfigDict(extra="allow")

    def model_dump_one_level(self) -> dict[str, Any]:
        return {"arguments": dict(self.model_extra or {})}


def mcp_server(core: Core) -> MCPServer[Any]:
    """A server with the tools that the settings allow."""
    allowed = REGISTRY.selected(core.settings.toolsets, core.settings.read_only)
    server: MCPServer[Any] = MCPServer(
        "edgewright",
        title="Edgewright",
        version=ENGINE_VERSION,
        instructions=template("server_instructions"),
        tools=[_protocol_tool(tool, core) for tool in allowed],
        log_level="WARNING",
    )
    _add_run_resources(server, core)
    return server


def serve_stdio(core: Core) -> None:
    """Serve one client over stdin and stdout until it goes; logs go to stderr."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    mcp_server(core).run("stdio")


def _protocol_tool(tool: Tool, core: Core) -> ProtocolTool:
    async def answer(arguments: dict[str, Any]) -> CallToolResult:
        call = functools.partial(_called, tool, core, arguments)
        return await anyio.to_thread.run_sync(call, abandon_on_cancel=True)

    return ProtocolTool(
        fn=answer,
        name=tool.name,
        title=tool.title,
        description=tool.description,
        parameters=tool.request.model_json_schema(),
        fn_metadata=FuncMetadata(
            arg_model=_Unchecked,
            output_schema=TypeAdapter(tool.answer).json_schema(mode="serialization"),
        ),
        is_async=True,
        context_kwarg=None,
        annotations=ToolAnnotations(
            title=tool.title,
            read_only_hint=tool.hints.read_only,
            destructive_hint=tool.hints.destructive,
            idempotent_hint=tool.hints.idempotent,
            open_world_hint=tool.hints.open_world,
        ),
        meta={"toolset": tool.toolset},
    )


def _called(tool: Tool, core: Core, arguments: dict[str, Any]) -> CallToolResult:
    try:
        answer = tool.call(core, arguments)
    except EdgewrightError as error:
        return _refusal(error)
    return CallToolResult(
        content=[TextContent(type="text", text=answer.model_dump_json(by_alias=True))],
        structured_content=answer.model_dump(mode="json", by_alias=True),
    )


def _refusal(error: EdgewrightError) -> CallToolResult:
    """An error that a model can act on: what was wrong, and what would be right."""
    said = {"error": type(error).__name__, "message": error.message, "hint": error.hint}
    return CallToolResult(
        is_error=True,
        content=[TextContent(type="text", text=f"{type(error).__name__}: {error}")],
        structured_content=said,
    )


def _add_run_resources(server: MCPServer[Any], core: Core) -> None:
    @server.resource("backtest://{run_id}/trades", title="Trades of a run", mime_type="application/json")
    async def trades(run_id: str) -> str:  # pyright: ignore[reportUnusedFunction] - registered by the decorator
        """All closed trades of a run, oldest first."""
        from tools.backtest import trade_rows

        return await _resource(lambda: _json_rows(trade_rows(core, run_id)))

    @server.resource("backtest://{run_id}/equity", title="Equity of a run", mime_type="application/json")
    async def equity(run_id: str) -> str:  # pyright: ignore[reportUnusedFunction] - registered by the decorator
        """Equity at each bar's close beside buy and hold: columns close_time (UTC ms), equity, benchmark."""
        from tools.backtest import equity_columns

        return await _resource(lambda: json.dumps(equity_columns(core, run_id)))


async def _resource(read: Any) -> str:
    try:
        return await anyio.to_thread.run_sync(read, abandon_on_cancel=True)
    except EdgewrightError as error:
        raise ResourceNotFoundError(str(error)) from None


def _json_rows(rows: list[Any]) -> str:
    models: list[BaseModel] = rows
    return json.dumps([row.model_dump(mode="json") for row in models])
