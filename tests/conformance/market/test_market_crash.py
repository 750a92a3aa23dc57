"""Processes that are killed, and processes that write at once. The children are real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.market.interval import Interval
from engine.market.lake import Lake
from engine.market.sources.files import import_path
from engine.market.sources.sync import sync
from tests.conformance.market.conftest import Scene
from tests.support.market import BTC, HOUR_MS, START_MS, made_bars, same_bars

ROOT = Path(__file__).resolve().parents[3]
ROWS = 400
BARS = made_bars(ROWS)

# The child kills itself just before its nth call to the system that changes a file: nothing is tidied up.
_KILLER = """
import os, signal, sys
from pathlib import Path
left = int(sys.argv[2])
def deadly(call):
    def first_count(*args, **kwargs):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **kwargs)
    return first_count
os.fsync, os.replace, os.unlink = deadly(os.fsync), deadly(os.replace), deadly(os.unlink)
from engine.market.lake import Lake
from engine.market.interval import Interval
from tests.support.market import BTC, START_MS, made_bars
lake = Lake(Path(sys.argv[1]))
"""
_APPENDER = (
    _KILLER
    + """
bars = made_bars(400)
for row in range(0, 400, 40):
    lake.append(bars.rows(row, row + 40))
"""
)
_IMPORTER = (
    _KILLER
    + """
from engine.market.sources.files import import_path
import_path(lake, Path(sys.argv[3]))
"""
)
_SYNCER = (
    _KILLER
    + """
from engine.market.sources.bybit import BybitSource
from engine.market.sources.sync import sync
with BybitSource(sys.argv[3]) as source:
    sync(lake, source, BTC, Interval.H1, start_ms=START_MS)
"""
)
_PEER = """
import sys
from pathlib import Path
from engine.market.lake import Lake
from tests.support.market import made_bars
lake, bars = Lake(Path(sys.argv[1])), made_bars(400)
sys.stdin.readline()
for row in range(int(sys.argv[2]), 400, 25):
    lake.append(bars.rows(row, min(400, row + 40)))
"""


def child(code: str, *arguments: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def killed(code: str, *arguments: object) -> bool:
    """Run a child to its end; True when it was killed on the way."""
    _, errors = (process := child(code, *arguments)).communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGKILL), errors
    return process.returncode != 0


@pytest.mark.parametrize("point", [1, 2, 3, 5, 8, 13, 21, 30, 41, 52])
def test_a_killed_append_leaves_a_readable_prefix(tmp_path: Path, point: int) -> None:
    assert killed(_APPENDER, tmp_path, point)
    lake = Lake(tmp_path)
    held = sum(one.rows for one in lake.coverage())
    assert held % 40 == 0
    if held:
        assert same_bars(lake.bars(BTC, Interval.H1), BARS.rows(0, held))
    lake.append(BARS)
    assert same_bars(lake.bars(BTC, Interval.H1), BARS)
    assert len(list(lake.root.rglob("segments/*"))) <= 7


@pytest.mark.parametrize("point", [1, 2, 3, 4, 5])
def test_a_killed_import_leaves_the_lake_as_it_was_or_done(tmp_path: Path, point: int) -> None:
    Lake(tmp_path / "lake").append(BARS.rows(0, 100))
    BARS.frame().to_parquet(tmp_path / "bybit_linear_BTCUSDT_1h.parquet")
    assert killed(_IMPORTER, tmp_path / "lake", point, tmp_path / "bybit_linear_BTCUSDT_1h.parquet")
    lake = Lake(tmp_path / "lake")
    held = lake.bars(BTC, Interval.H1)
    assert len(held) in (100, ROWS)
    assert same_bars(held, BARS.rows(0, len(held)))
    import_path(lake, tmp_path / "bybit_linear_BTCUSDT_1h.parquet")
    assert same_bars(lake.bars(BTC, Interval.H1), BARS)


@pytest.mark.parametrize("point", [1, 4, 7, 12, 18])
def test_a_killed_sync_is_further_along_and_goes_on(scene: Scene, tmp_path: Path, point: int) -> None:
    assert killed(_SYNCER, tmp_path, point, scene.exchange.url)
    lake = Lake(tmp_path)
    held = {str(one.kind): one for one in lake.coverage()}
    assert all(one.gaps == () and one.start_ms == START_MS for one in held.values())
    scene.exchange.log.clear()
    sync(lake, scene.source, BTC, Interval.H1, start_ms=START_MS)
    assert same_bars(lake.bars(BTC, Interval.H1), scene.bars.rows(0, len(scene.bars) - 1))
    hourly = [int(q["start"]) for q in scene.exchange.asked("/kline") if q["interval"] == "60"]
    assert min(hourly) == (held["bars"].end_ms if "bars" in held else START_MS)


def test_two_processes_append_at_once(tmp_path: Path) -> None:
    peers = [child(_PEER, tmp_path, first) for first in (0, 12)]
    for peer in peers:
        assert peer.stdin is not None
        peer.stdin.write("go\n")
        peer.stdin.flush()
    lake, seen = Lake(tmp_path), 0
    while any(peer.poll() is None for peer in peers):
        for one in lake.coverage():
            bars = lake.bars(BTC, Interval.H1)
            assert len(bars) >= seen
            seen = len(bars)
            at = (bars.open_time - START_MS) // HOUR_MS
            assert (bars.close == BARS.close[at]).all()
            assert one.rows <= seen
    for peer in peers:
        _, errors = peer.communicate(timeout=60)
        assert peer.returncode == 0, errors
    assert same_bars(lake.bars(BTC, Interval.H1), BARS)
    assert np.array_equal(lake.bars(BTC, Interval.H1).open_time, BARS.open_time)
