"""The experiment that showed how fast a sweep can be, run where it lies, if it lies beside the project."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_ROOT = Path(__file__).resolve().parents[1]
_SHARED = Path(os.environ.get("EDGEWRIGHT_SHARED", _ROOT / "shared"))


def experiment_seconds(columns: Mapping[str, NDArray[np.float64]]) -> float | None:
    """Seconds of its 1,000 pairs on two threads over these bars, median; None where it is absent."""
    script = _SHARED / "reference" / "kernel" / "proto4.py"
    if not script.is_file():
        return None
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "data").mkdir()
        (place / "results").mkdir()
        np.savez(place / "data" / "100k.npz", ts=columns["open_time"] * 1_000_000, **columns)
        environment = os.environ | {"NOWAIT": "1", "NUMBA_CACHE_DIR": folder, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, str(script), "100k"],
            cwd=place,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
    told = [json.loads(line[7:]) for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    return next(each["warm"] for each in told if each["peer"].endswith("_t2"))
