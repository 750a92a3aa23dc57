"""A search and a verdict as users get them: at a terminal, and over MCP through a worker."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import pytest
from mcp import Client, StdioServerParameters

from agent_server.cli import main
from tests.e2e.test_main_job import CROSS
from tests.support.hourly_bars import hourly_rows, write_csv
from tests.support.processes import wait_until
from tests.support.terminal import ROOT, Done, environment
from tests.support.workers import end_workers

SERIES = ("--symbol", "BTCUSDT", "--interval", "1h")
LIBRARY = "library:sma_cross"
Edgewright = Callable[..., Done]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home folder with 2,000 made-up hourly bars of BTCUSDT and a strategy file."""
    folder = tmp_path_factory.mktemp("home")
    write_csv(folder / "bars.csv", hourly_rows())
    (folder / "cross.py").write_text(CROSS, encoding="utf-8")
    yield folder
    end_workers(folder)


@pytest.fixture
def edgewright(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Edgewright:
    """The command line in this process, which has loaded what is heavy already."""
    for name, value in environment(home).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(home)

    def run(*arguments: str | Path) -> Done:
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments)])
            raise SystemExit(0)
        code, said = ended.value.code, capsys.readouterr()
        return Done(code if isinstance(code, int) else 0, said.out, said.err)

    if not (home / "lake").exists():
        assert run("data", "import", "bars.csv", *SERIES).code == 0
    return run


def test_a_search_is_one_document_and_its_best_set_a_run(edgewright: Edgewright) -> None:
    command = ("optimize", LIBRARY, *SERIES, "--trials", "12", "--taker-fee-bps", "6")
    search = edgewright(*command, "--json").json
    assert search["counts"]["evaluated"] == len(search["rows"]) == 12
    assert search["costs"]["taker_fee_bps"] == 6
    best = max(row["metrics"]["sharpe"] for row in search["rows"])
    assert search["best"]["metrics"]["sharpe"] == best
    run_id = search["best"]["run_id"]
    again = edgewright(*command)
    assert search["search_id"] in again.out and run_id in again.out, "the same search, not another one"
    shown = edgewright("show", run_id, "--json").json
    assert shown["metrics"]["sharpe"] == pytest.approx(best)
    assert shown["params"] == search["best"]["params"]


def test_a_strategy_is_run_before_it_is_judged_and_check_makes_a_no_an_exit_code(
    edgewright: Edgewright, home: Path
) -> None:
    report = home / "verdict.html"
    options = ("--param", "fast=10", "--check", "--report", report)
    done = edgewright("assess", LIBRARY, *SERIES, *options, "--json")
    verdict = done.json["verdict"]
    assert verdict != "accept" and done.code == 1
    assert done.json["params"]["fast"] == 10
    assert verdict in report.read_text(encoding="utf-8").lower()
    shown = edgewright("show", done.json["run_id"], "--json")
    assert shown.json["params"] == done.json["params"]


def test_a_fixed_parameter_and_several_objectives_are_kept(edgewright: Edgewright) -> None:
    options = ("--sampler", "grid", "--trials", "9", "--param", "fast=10")
    goals = ("--objective", "sharpe", "--objective", "return_over_drawdown")
    found = edgewright("optimize", LIBRARY, *SERIES, *options, *goals, "--json").json
    assert found["fixed"]["fast"] == 10
    assert {row["params"]["fast"] for row in found["rows"]} == {10}
    assert found["objectives"] == ["sharpe", "return_over_drawdown"]
    assert found["front"]


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (("--objective", "beauty"), ("'objectives.0'", "sharpe")),
        (("--trials", "5001"), ("'trials'", "5000")),
        (("--backend", "dask"), ("name no Dask cluster", "EDGEWRIGHT_DASK_ADDRESS")),
        (("--address", "tcp://127.0.0.1:9"), ("--backend dask",)),
        (("--heat-map", "fast", "tempo"), ("'tempo' is not searched",)),
        (("--param", "fast"), ("--param fast=20",)),
    ],
    ids=["objective", "trials", "no cluster", "address", "heat map", "param"],
)
def test_a_search_that_cannot_be_is_refused_with_what_would_be_right(
    edgewright: Edgewright, options: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    done = edgewright("optimize", LIBRARY, *SERIES, *options)
    assert done.code == 1
    for part in parts:
        assert part in done.err, done.err


def test_what_to_judge_is_a_run_or_a_strategy_with_its_market(edgewright: Edgewright) -> None:
    for arguments, part in (
        ((LIBRARY,), "Give --symbol and --interval."),
        (("run_nothing", "--cash", "5"), "Leave the options out."),
        (("run_nothing", "--report", "a.pdf"), "End the name in .html."),
        (("run_nothing",), "There is no run 'run_nothing'."),
    ):
        done = edgewright("assess", *arguments)
        assert done.code == 1
        assert part in done.err, done.err


def test_an_interrupted_search_keeps_what_it_did_and_goes_on_from_there(
    edgewright: Edgewright, home: Path
) -> None:
    command = ("optimize", "cross.py", *SERIES, "--trials", "40", "--seed", "5", "--json")
    with subprocess.Popen(
        [sys.executable, "-m", "agent_server.cli", *command],
        env=environment(home),
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_until(lambda: recorded(home, seed=5) >= 10 or process.poll() is not None, 60)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, ""), err
    assert "the same command goes on from there" in err
    assert 10 <= recorded(home, seed=5) < 40
    done = edgewright(*command)
    assert len(done.json["rows"]) == recorded(home, seed=5) == 40


def recorded(home: Path, seed: int) -> int:
    """How many sets of the searches with this seed are on record."""
    joined = "search_results r join searches s on s.id = r.search_id"
    with sqlite3.connect(home / "edgewright.db") as database:
        (count,) = database.execute(f"select count(*) from {joined} where s.seed = ?", [seed]).fetchone()
    database.close()
    return count


def test_a_client_searches_judges_and_compares_through_the_worker(edgewright: Edgewright, home: Path) -> None:
    series = {"symbol": "BTCUSDT", "interval": "1h"}

    async def session() -> None:
        async with Client(server(home)) as client:

            async def call(tool: str, **arguments: object) -> dict:
                result = await client.call_tool(tool, arguments)
                assert not result.is_error, result.content
                return result.structured_content

            async def read(address: str) -> dict:
                return json.loads((await client.read_resource(address)).contents[0].text)

            searched = await call(
                "run_optimization", strategy_id=LIBRARY, **series, trials=20, detail="full", wait_s=45
            )
            found = searched["result"]
            assert searched["job"]["status"] == "done"
            assert len(found["top"]) == 20 and found["heat_map"]["x"] == "fast"
            table = await read(found["resources"][0])
            assert table["number"] == list(range(20))
            assert set(table["params"]) == {"fast", "slow"}

            handed = await call("assess_robustness", run_id=found["best"]["run_id"], wait_s=0)
            assert handed["result"] is None
            judged = (await call("get_job", job_id=handed["job"]["job_id"], wait_s=45))["result"]
            assert judged["verdict"] in ("accept", "reject", "not enough evidence")
            assert judged["ledger"] is None and judged["walk_forward"][0]["folds"] == []
            whole = await read(judged["resources"][0])
            assert whole["reasons"] == judged["reasons"] and whole["walk_forward"][0]["folds"]

            other = await call("run_backtest", strategy_id=LIBRARY, **series, taker_fee_bps=9)
            compared = await call("compare_runs", run_ids=[found["best"]["run_id"], other["run_id"]])
            assert [run["verdict"] for run in compared["runs"]] == [judged["verdict"], None]
            refused = await client.call_tool("assess_robustness", {"run_id": "run_nothing"})
            assert refused.is_error and "There is no run" in refused.content[0].text

    anyio.run(session)
    listed = edgewright("jobs", "--json").json["jobs"]
    assert [(job["tool"], job["status"]) for job in listed] == [
        ("assess_robustness", "done"),
        ("run_optimization", "done"),
    ]
    asked = json.dumps({"strategy_id": LIBRARY, **series, "trials": 20, "wait_s": 45})
    called = edgewright("call", "run_optimization", asked).json
    assert called["job"]["status"] == "done" and called["result"]["counts"]["evaluated"] == 20


def server(home: Path) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable, args=["-m", "agent_server.cli", "mcp"], env=environment(home), cwd=str(ROOT)
    )
