"""The market modules are cheap to import: the heavy libraries wait until they are used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MODULES = (
    "engine.market.lake engine.market.sources.files engine.market.sources.bybit engine.market.sources.sync"
)
HEAVY = {"pandas", "pyarrow", "pybit", "requests", "tenacity", "numba", "sqlalchemy"}


def test_importing_the_market_loads_nothing_heavy() -> None:
    code = f"import {MODULES.replace(' ', ', ')}, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert HEAVY.isdisjoint(done.stdout.split())
