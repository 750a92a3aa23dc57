"""Every command in the documents runs, against a home folder with data and the exchange stand-in."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_main_job import CROSS
from tests.support.exchange.clock import VirtualClock
from tests.support.exchange.server import Exchange
from tests.support.hourly_bars import hourly_rows, write_csv
from tests.support.market import START_MS as LISTED_MS
from tests.support.market import made_bars, made_funding
from tests.support.terminal import ROOT, edgewright, environment, served

DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/design.md",
    "docs/engine.md",
    "docs/security.md",
    "docs/lookahead.md",
    "docs/verdict.md",
)
HOUR_MS = 3_600_000
HOURS = 500


def text(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def blocks(language: str, document: str = "README.md") -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text(document), re.DOTALL)


def commands(program: str) -> list[str]:
    """Commands of a program in all documents: lines of shell blocks, and whole code spans in prose."""
    found: list[str] = []
    for document in DOCUMENTS:
        shell = [line for block in blocks("sh", document) for line in block.splitlines()]
        prose = re.sub(r"```.*?```", "", text(document), flags=re.DOTALL)
        spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)]
        found += [line for line in (*shell, *spans) if line.startswith(f"{program} ")]
    return list(dict.fromkeys(found))


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    with Exchange(VirtualClock(LISTED_MS + HOURS * HOUR_MS)) as running:
        running.book.list_perpetual("BTCUSDT")
        for kind in ("kline", "mark-price-kline"):
            running.book.add_bars(made_bars(HOURS), kind)
        running.book.add_funding(made_funding(HOURS // 8))
        yield running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    write_csv(folder / "bars.csv", hourly_rows())
    (folder / "strategy.py").write_text(CROSS, encoding="utf-8")
    # The first line of the shipped corpus is a corpus; test_corpora runs all of it.
    shipped = (ROOT / "sandbox" / "proof" / "corpus" / "hostile.jsonl").read_text(encoding="utf-8")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "hostile.jsonl").write_text(shipped.splitlines()[0], encoding="utf-8")
    assert (
        edgewright(folder, "data", "import", "bars.csv", "--symbol", "BTCUSDT", "--interval", "1h").code == 0
    )
    return folder


@pytest.fixture(scope="module")
def run_id(home: Path) -> str:
    done = edgewright(home, "backtest", "strategy.py", "--symbol", "BTCUSDT", "--interval", "1h", "--json")
    return done.json["run_id"]


@pytest.mark.parametrize("command", commands("edgewright"))
def test_a_documented_command_does_what_it_says(
    command: str, home: Path, run_id: str, exchange: Exchange, tmp_path: Path
) -> None:
    words = shlex.split(command)[1:]
    if "mcp" in words or "--trust-code" in words:
        pytest.skip("the MCP test and the test of walls run it")
    where = tmp_path if "sync" in words else home  # what is fetched may not contradict what was imported
    values = {"RUN": run_id, "FILE": "bars.csv", "DIR": "corpus"}
    filled = [values.get(word, word) for word in words]
    if "--prove" in words and "--corpus" not in words:
        filled += ["--corpus", "corpus"]
    done = edgewright(where, *filled, EDGEWRIGHT_BYBIT_HOST=exchange.url)
    assert done.code == 0, done.err
    assert done.out.strip()


@pytest.mark.parametrize("command", commands("make"))
def test_a_documented_make_target_exists(command: str) -> None:
    target = shlex.split(command)[1]
    assert re.search(rf"^{target}:", text("Makefile"), re.MULTILINE)


def test_the_documented_python_runs(tmp_path: Path) -> None:
    code = "\n".join(blocks("python"))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    single, band, grid, best = done.stdout.splitlines()
    assert [len(line.split()) for line in (single, band, grid)] == [2, 2, 2]
    assert best.startswith("{'fast': ")


def test_the_documented_client_entry_starts_the_server(tmp_path: Path) -> None:
    (block,) = blocks("json")
    entry = json.loads(block)["mcpServers"]["edgewright"]
    assert (entry["command"], entry["args"]) == ("edgewright", ["mcp"])
    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    replies, _ = served(tmp_path, {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello})
    assert replies[0]["result"]["serverInfo"]["name"] == "edgewright"


def test_every_link_of_the_documents_leads_somewhere() -> None:
    for document in DOCUMENTS:
        for link in re.findall(r"\]\(([^)#:]+)\)", text(document)):
            assert (ROOT / document).parent.joinpath(link).exists(), f"{document}: {link}"


def test_settings_named_in_the_documents_exist() -> None:
    from tools.settings import Settings

    known = {f"EDGEWRIGHT_{name.upper()}" for name in Settings.model_fields}
    known |= {
        "EDGEWRIGHT_SHARED",
        "EDGEWRIGHT_CACHE_DIR",
        "EDGEWRIGHT_CONFIG",
        "EDGEWRIGHT_DEBUG",
        "EDGEWRIGHT_TEST_POSTGRES",
    }
    named = {name for document in DOCUMENTS for name in re.findall(r"EDGEWRIGHT_[A-Z_]+", text(document))}
    assert named <= known
