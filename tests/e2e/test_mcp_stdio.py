"""A real MCP client over stdio, in both eras of the protocol, on real bars."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import anyio
import pytest
from mcp import Client, StdioServerParameters

from tests.support.terminal import ROOT, edgewright, environment, served

CODE = '''"""Trends persist: hold while the fast average is above the slow one."""
PARAMS = {"fast": {"default": 20, "low": 5, "high": 50}, "slow": {"default": 100, "low": 50, "high": 300}}
CONSTRAINTS = ["fast < slow"]


def generate_signals(df, params):
    fast = df["close"].rolling(params["fast"]).mean()
    slow = df["close"].rolling(params["slow"]).mean()
    up = fast > slow
    was_up = up.shift(1, fill_value=False)
    return pd.DataFrame({"long_entry": up & ~was_up, "long_exit": ~up & was_up}, index=df.index)
'''


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, market_files: Path) -> Path:
    """A home folder with real hourly bars."""
    folder = tmp_path_factory.mktemp("home")
    done = edgewright(folder, "data", "import", market_files / "bybit_linear_BTCUSDT_1h.parquet")
    assert done.code == 0, done.err
    return folder


def server(home: Path, **env: str) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "agent_server.cli", "mcp"],
        env=environment(home, **env),
        cwd=str(ROOT),
    )


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_client_saves_validates_backtests_and_reads_the_run(home: Path, mode: str) -> None:
    async def session() -> None:
        async with Client(server(home), mode=mode) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert len(tools) == 17
            for tool in tools.values():
                hints = tool.annotations
                assert hints is not None
                assert None not in (
                    hints.read_only_hint,
                    hints.destructive_hint,
                    hints.idempotent_hint,
                    hints.open_world_hint,
                )
                assert tool.output_schema is not None
                assert tool.input_schema["additionalProperties"] is False

            async def call(tool: str, **arguments: object) -> dict:
                result = await client.call_tool(tool, arguments)
                assert not result.is_error, result.content
                assert result.structured_content is not None
                return result.structured_content

            saved = await call("save_strategy", name="cross", code=CODE)
            judged = await call(
                "validate_strategy", strategy_id=saved["strategy_id"], symbol="BTCUSDT", interval="1h"
            )
            assert judged["verdict"] == "accepted" and judged["lookahead"]["verdict"] == "clean"
            assert [parameter["name"] for parameter in judged["parameters"]] == ["fast", "slow"]
            run = await call(
                "run_backtest",
                strategy_id=saved["strategy_id"],
                symbol="BTCUSDT",
                interval="1h",
                params={"fast": 10},
            )
            assert run["params"] == {"fast": 10, "slow": 100}
            assert run["metrics"]["trades"] > 10
            assert run["data"]["instrument"] == "bybit:linear:BTCUSDT"
            again = await call("get_run", run_id=run["run_id"])
            assert again == run
            listed = await call("list_runs")
            assert run["run_id"] in {entry["run_id"] for entry in listed["runs"]}
            resource = await client.read_resource(f"backtest://{run['run_id']}/trades")
            trades = json.loads(resource.contents[0].text)
            assert len(trades) == run["metrics"]["trades"]

    anyio.run(session)


def test_an_error_tells_the_model_what_would_be_right(home: Path) -> None:
    async def session() -> None:
        async with Client(server(home)) as client:
            wrong = await client.call_tool(
                "run_backtest", {"symbol": "BTCUSD", "interval": "1h", "code": CODE}
            )
            assert wrong.is_error
            assert "BTCUSDT" in wrong.content[0].text
            misspelt = await client.call_tool(
                "get_klines", {"symbol": "BTCUSDT", "interval": "1h", "limits": 3}
            )
            assert misspelt.is_error
            assert "did you mean 'limit'" in misspelt.content[0].text
            raising = CODE.replace("fast > slow", "fast > slow.no_such_thing")
            failed = await client.call_tool(
                "run_backtest", {"symbol": "BTCUSDT", "interval": "1h", "code": raising}
            )
            assert failed.is_error
            assert "line 9" in failed.content[0].text or "no_such_thing" in failed.content[0].text

    anyio.run(session)


def test_klines_come_with_indicators(home: Path) -> None:
    async def session() -> None:
        async with Client(server(home)) as client:
            asked = {
                "symbol": "BTCUSDT",
                "interval": "1h",
                "limit": 3,
                "indicators": ["SMA(20)", "MACD(12,26,9)"],
            }
            answer = (await client.call_tool("get_klines", asked)).structured_content
            assert answer is not None
            assert len(answer["close"]) == 3
            assert answer["more"]
            assert set(answer["indicators"]) == {
                "SMA(20)",
                "MACD(12,26,9).macd",
                "MACD(12,26,9).macdsignal",
                "MACD(12,26,9).macdhist",
            }
            assert None not in answer["indicators"]["SMA(20)"]

    anyio.run(session)


def test_a_read_only_server_offers_no_tool_that_writes(home: Path) -> None:
    async def session() -> None:
        async with Client(server(home, EDGEWRIGHT_READ_ONLY="1")) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            assert "get_klines" in names
            assert names.isdisjoint({"save_strategy", "run_backtest", "generate_strategy"})

    anyio.run(session)


def test_the_handshake_and_the_list_of_tools_come_before_anything_heavy_is_imported(tmp_path: Path) -> None:
    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    replies, imports = served(
        tmp_path,
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}},
        python=("-X", "importtime"),
    )
    assert replies[0]["result"]["serverInfo"]["name"] == "edgewright"
    assert len(replies[1]["result"]["tools"]) == 17
    loaded = {line.rsplit("|", 1)[-1].strip() for line in imports.splitlines() if "import time:" in line}
    assert "pydantic" in loaded
    assert loaded.isdisjoint({"pandas", "numba", "vectorbt", "sqlalchemy", "alembic", "langgraph", "openai"})
