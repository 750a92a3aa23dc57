"""The MCP interface: the registry's tools, and runs as resources, on the SDK's `MCPServer`.

It is NOT where tools are defined (`tools`), and it imports nothing heavy: a client gets its handshake before
pandas, numba, SQLAlchemy or the sandbox are loaded.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
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
from tools.waiting import PAUSE_S, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.registry import Answer, Registry, Tool

T = TypeVar("T")
logger = logging.getLogger("edgewright.mcp")


class _Unchecked(ArgModelBase):
    """Arguments as they came: the registry checks them, with messages of our own."""

    model_config = ConfigDict(extra="allow")

    def model_dump_one_level(self) -> dict[str, Any]:
        return {"arguments": dict(self.model_extra or {})}


def mcp_server(core: Core, registry: Registry = REGISTRY) -> MCPServer[Any]:
    """A server with the tools of the registry that the settings allow."""
    allowed = registry.selected(core.settings.toolsets, core.settings.read_only)
    server: MCPServer[Any] = MCPServer(
        "edgewright",
        title="Edgewright",
        version=ENGINE_VERSION,
        instructions=template("server_instructions"),
        tools=[_protocol_tool(tool, core) for tool in allowed],
        log_level="WARNING",
    )
    _add_run_resources(server, core)
    _add_research_resources(server, core)
    return server


def serve_stdio(core: Core, registry: Registry = REGISTRY) -> None:
    """Serve one client over stdin and stdout until it goes; logs go to stderr."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    mcp_server(core, registry).run("stdio")


def _protocol_tool(tool: Tool, core: Core) -> ProtocolTool:
    async def answer(arguments: dict[str, Any], context: Context[Any, Any]) -> CallToolResult:
        try:
            begun = await _in_thread(lambda: tool.begin(core, arguments))
            return _told(await _waited(begun, context) if isinstance(begun, Waiting) else begun)
        except EdgewrightError as error:
            return _refusal(error)

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
        context_kwarg="context",
        annotations=ToolAnnotations(
            title=tool.title,
            read_only_hint=tool.hints.read_only,
            destructive_hint=tool.hints.destructive,
            idempotent_hint=tool.hints.idempotent,
            open_world_hint=tool.hints.open_world,
        ),
        meta={"toolset": tool.toolset},
    )


async def _waited(waiting: Waiting[Answer], context: Context[Any, Any]) -> Answer:
    """Wait and tell the client how far the work is. A call that is cancelled ends here; the work goes on."""
    told: tuple[float, str] | None = None
    while True:
        seen, again = await _in_thread(waiting.look)
        if not again:
            return seen.answer
        if told != (seen.done, seen.doing):
            told = (seen.done, seen.doing)
            await context.report_progress(seen.done, 1.0, seen.doing)
        await anyio.sleep(PAUSE_S)


async def _in_thread(work: Callable[[], T]) -> T:
    """What `work` gives, from a thread; whoever asked may leave before it is there."""
    return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)


def _told(answer: Answer) -> CallToolResult:
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


def _add_research_resources(server: MCPServer[Any], core: Core) -> None:
    @server.resource("search://{search_id}/table", title="Sets of a search", mime_type="application/json")
    async def table(search_id: str) -> str:  # pyright: ignore[reportUnusedFunction] - registered by the decorator
        """Every parameter set of a search so far, in columns: number, params, metrics, error."""
        from tools.optimization import search_table

        return await _resource(lambda: search_table(core, search_id).model_dump_json())

    @server.resource("assessment://{run_id}", title="Verdict on a run", mime_type="application/json")
    async def assessment(run_id: str) -> str:  # pyright: ignore[reportUnusedFunction] - registered by the decorator
        """The newest assessment of a run, whole."""
        from tools.assessment import newest_assessment

        return await _resource(lambda: newest_assessment(core, run_id).model_dump_json(by_alias=True))


async def _resource(read: Callable[[], str]) -> str:
    try:
        return await _in_thread(read)
    except EdgewrightError as error:
        raise ResourceNotFoundError(str(error)) from None


def _json_rows(rows: list[Any]) -> str:
    models: list[BaseModel] = rows
    return json.dumps([row.model_dump(mode="json") for row in models])
