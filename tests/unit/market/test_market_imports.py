"""The market modules are cheap to import: the heavy libraries wait until they are used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MODULES = ("lake", "sources.files", "sources.bybit", "sources.sync")
HEAVY = {"pandas", "pyarrow", "pybit", "requests", "tenacity", "numba", "sqlalchemy"}


def test_importing_the_market_loads_nothing_heavy() -> None:
    names = ", ".join(f"engine.market.{name}" for name in MODULES)
    code = f"import {names}, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert HEAVY.isdisjoint(done.stdout.split())
