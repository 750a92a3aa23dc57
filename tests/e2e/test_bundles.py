"""A run goes from one home to another as one file, at the terminal."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.e2e.test_main_job import CROSS
from tests.support.hourly_bars import hourly_rows, write_csv
from tests.support.terminal import edgewright

SERIES = ("--symbol", "BTCUSDT", "--interval", "1h")


def home(folder: Path, rows: list[tuple[float, ...]] | None) -> Path:
    """A home folder with these bars; None for none."""
    folder.mkdir()
    if rows is not None:
        write_csv(folder / "bars.csv", rows)
        done = edgewright(folder, "data", "import", "bars.csv", *SERIES)
        assert done.code == 0, done.err
    return folder


@pytest.fixture(scope="module")
def sender(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a recorded run and its bundle, run.edgewright."""
    folder = home(tmp_path_factory.mktemp("homes") / "sender", hourly_rows(1_000))
    (folder / "strategy.py").write_text(CROSS, encoding="utf-8")
    run_id = edgewright(folder, "backtest", "strategy.py", *SERIES, "--json").json["run_id"]
    written = edgewright(folder, "bundle", run_id, "--out", "run.edgewright", "--json").json
    assert written["run_id"] == run_id
    assert written["bytes"] == (folder / "run.edgewright").stat().st_size
    assert written["fingerprint"].startswith("SHA256:")
    return folder


def test_the_sender_s_own_file_is_identical_and_its_key_is_kept_to_itself(sender: Path) -> None:
    done = edgewright(sender, "verify", "run.edgewright", "--check")
    assert done.code == 0, done.err
    assert done.out.startswith("identical: ")
    assert "your own key" in done.out
    key = sender / "signing-key.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    assert "PRIVATE" not in done.out + done.err
    assert key.read_bytes()[30:80] not in (sender / "run.edgewright").read_bytes()


def test_with_the_same_file_imported_another_home_gets_the_same_bits(sender: Path, tmp_path: Path) -> None:
    there = home(tmp_path / "there", hourly_rows(1_000))
    answer = edgewright(there, "verify", sender / "run.edgewright", "--check", "--json").json
    assert (answer["verdict"], answer["signer"]["whose"]) == ("identical", "unknown")
    assert edgewright(there, "runs", "--json").json["runs"] == []
    assert not (there / "signing-key.pem").exists()


def test_without_data_it_says_what_to_fetch_and_a_key_is_known_once_it_is_named(
    sender: Path, tmp_path: Path
) -> None:
    there, file = home(tmp_path / "there", None), sender / "run.edgewright"
    done = edgewright(there, "verify", file)
    assert done.code == 0, done.err
    assert done.out.startswith("data missing: ")
    assert "edgewright data import FILE --symbol BTCUSDT --interval 1h" in done.out
    assert "unknown key SHA256:" in done.out
    assert "--trust NAME" in done.out
    assert "signed by Ada" in edgewright(there, "verify", file, "--trust", "Ada").out
    again = edgewright(there, "verify", file, "--check", "--json")
    assert (again.code, again.json["signer"]["name"]) == (1, "Ada")


def test_with_one_bar_changed_it_names_the_data_and_the_first_bar_that_differs(
    sender: Path, tmp_path: Path
) -> None:
    rows = hourly_rows(2_000)
    time, opened, high, low, _, volume = rows[500]
    rows[500] = (time, opened, high * 1.02, low, high * 1.01, volume)
    there = home(tmp_path / "there", rows)
    done = edgewright(there, "verify", sender / "run.edgewright", "--check")
    found = re.match(r"different at bar (\d+) \(2024-01-\d\dT\d\d:00:00Z\): run_", done.out)
    assert done.code == 1
    assert found
    assert int(found[1]) >= 500
    assert re.search(r"equity: \d+\.\d+ here, \d+\.\d+ in the bundle", done.out)
    assert "the data: hash " in done.out


def test_one_character_of_the_code_changed_inside_is_refused(sender: Path, tmp_path: Path) -> None:
    content = (sender / "run.edgewright").read_bytes()
    assert content.count(b"~up.shift") == 1
    spoiled = tmp_path / "spoiled.edgewright"
    spoiled.write_bytes(content.replace(b"~up.shift", b"^up.shift"))
    done = edgewright(sender, "verify", spoiled, "--json")
    assert done.code == 1
    assert "signature does not hold" in json.loads(done.out)["error"]["message"]
    assert not (sender / "known-keys.json").exists()
