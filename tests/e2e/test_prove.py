"""`edgewright doctor --prove`, as a person and a script use it, with a corpus of a few lines."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.walls import missing, standing
from tests.support.terminal import Done, edgewright, environment

pytestmark = pytest.mark.skipif(not standing(), reason=f"this machine lacks {missing()}")

_RETURN = "    return pd.DataFrame({'long_entry': df.close > 0, 'long_exit': df.close < 0}, index=df.index)\n"
_DEFINITION = "def generate_signals(df, params):\n"
GOOD = f'"""Prices are above nothing."""\nPARAMS = {{}}\n\n{_DEFINITION}{_RETURN}'
LINES = (
    (
        "touch",
        "file_io",
        "reject",
        f"import os\n{_DEFINITION}    os.system('touch @CANARY_DIR@/x')\n{_RETURN}",
    ),
    ("read", "secrets", "contain", f"{_DEFINITION}    raise ValueError(open('@SECRET_FILE@').read())\n"),
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder with a corpus of two hostile lines beside it."""
    write_corpus(tmp_path / "tiny", LINES)
    return tmp_path


def write_corpus(folder: Path, lines: tuple[tuple[str, str, str, str], ...]) -> None:
    folder.mkdir()
    entries = [dict(zip(("id", "category", "expect", "code"), line, strict=True)) for line in lines]
    (folder / "hostile.jsonl").write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))


def check_of(home: Path) -> dict[str, object]:
    """What doctor says of the proof."""
    checks = edgewright(home, "doctor", "--json").json["checks"]
    return next(check for check in checks if check["name"] == "sandbox: proof")


def test_a_proof_that_holds_is_shown_kept_and_told_to_clients(home: Path) -> None:
    assert check_of(home)["detail"] == "not proved on this kernel and version: edgewright doctor --prove"
    done = edgewright(home, "doctor", "--prove", "--corpus", "tiny")
    assert done.code == 0, done.out + done.err
    rows = [" ".join(line.split()) for line in done.out.splitlines()]
    assert "file_io 1 / 1 / 0 1 / 1 / 0 1 / 1 / 0" in rows
    assert "all 2 / 2 / 0 2 / 2 / 0 2 / 2 / 0" in rows
    assert "control: file seen, secret seen, connection seen, bystander seen" in done.out
    check = check_of(home)
    assert check["ok"] and "0 leaks in 2 lines of the corpus tiny" in str(check["detail"])
    told = edgewright(home, "call", "get_capabilities").json
    assert told["sandbox_proof"] == {"state": "proved", "detail": check["detail"]}


def test_json_is_one_document_of_the_committed_schema_and_the_one_that_is_kept(home: Path) -> None:
    from sandbox.proof.document import ProofDocument

    done = edgewright(home, "doctor", "--prove", "--corpus", "tiny", "--json")
    assert done.code == 0, done.err
    assert (done.json["schema"], done.json["outcome"], done.json["corpus"]["hostile"]) == (1, "held", 2)
    ProofDocument.model_validate(done.json)
    kept = json.loads((home / "sandbox-proof.json").read_text())
    assert kept == {"schema": 1, "proofs": [done.json]}


def test_a_leak_is_exit_code_1_and_locks_out_foreign_code_until_a_proof_holds(home: Path) -> None:
    (home / "strategy.py").write_text(GOOD)
    assert edgewright(home, "validate", "strategy.py", "--check").code == 0
    done = prove_a_broken_sandbox(home)
    assert done.code == 1 and done.json["outcome"] == "leaked"
    assert {leak["line"] for leak in done.json["leaks"]} == {"touch", "read"}
    check = check_of(home)
    assert not check["ok"] and check["needed"] and str(check["detail"]).startswith("PROVED BROKEN: on ")
    shown = edgewright(home, "doctor").out
    assert "BROKEN" in shown and "docs/security.md" in shown
    capabilities = edgewright(home, "call", "get_capabilities").json
    assert capabilities["sandbox_proof"]["state"] == "broken" and not capabilities["sandbox_complete"]
    refused = edgewright(home, "validate", "strategy.py", "--json")
    assert refused.code == 1 and refused.json["error"]["type"] == "SandboxUnavailable"
    assert "walls alone let" in refused.json["error"]["message"]
    assert edgewright(home, "doctor", "--prove", "--corpus", "tiny").code == 0
    assert edgewright(home, "validate", "strategy.py", "--check").code == 0


def prove_a_broken_sandbox(home: Path) -> Done:
    """As `doctor --prove --corpus tiny --json`, where what should be the walls alone has no layer at all."""
    finished = subprocess.run(
        [sys.executable, "-c", _NO_WALLS, "doctor", "--prove", "--corpus", "tiny", "--json"],
        env=environment(home),
        cwd=home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Done(finished.returncode, finished.stdout, finished.stderr)


_NO_WALLS = """
from sandbox.proof import modes, runs
from agent_server.cli import main
real = runs.entry
runs.entry = lambda mode: real(modes.Mode.CONTROL if mode is modes.Mode.WALLS else mode)
main()
"""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--corpus", "tiny"), "Write doctor --prove --corpus DIR"),
        (("--prove", "--corpus", "nowhere"), "There is no hostile.jsonl in nowhere"),
        (("--prove", "--corpus", "empty"), "hostile.jsonl is empty"),
    ],
)
def test_a_corpus_that_cannot_be_run_is_said_and_nothing_is_kept(
    home: Path, arguments: tuple[str, ...], says: str
) -> None:
    write_corpus(home / "empty", ())
    done = edgewright(home, "doctor", *arguments)
    assert done.code == 1 and says in done.err
    assert not (home / "sandbox-proof.json").exists()


def test_a_home_that_cannot_be_written_shows_the_proof_and_fails(home: Path) -> None:
    (home / "file").write_text("")
    done = edgewright(
        home, "doctor", "--prove", "--corpus", "tiny", "--json", EDGEWRIGHT_HOME=str(home / "file")
    )
    assert done.code == 1 and done.json["outcome"] == "held"
    assert "The proof cannot be kept" in done.err
