"""Memory of an import of one large file: `python tests/campaigns/market_memory.py [ROWS] [FORM]...`

FORM is csv, parquet or zip. Prints rows per second and the peak resident memory of a process that imports
the file (Linux: its own high-water mark, as getrusage would also count the parent's); fails above 0.5 GB.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

LIMIT_BYTES = 500_000_000
ROOT = Path(__file__).resolve().parents[2]
_CHUNK = 500_000
_CHILD = """
import json, sys, time
from pathlib import Path
from engine.market.lake import Lake
from engine.market.sources.files import import_path
began = time.monotonic()
(one,) = import_path(Lake(Path(sys.argv[2])), Path(sys.argv[1])).series
took = time.monotonic() - began
status = Path("/proc/self/status").read_text()
peak = 1024 * int(status.split("VmHWM:")[1].split()[0])
print(json.dumps({"rows": one.total, "gaps": len(one.gaps), "seconds": took, "peak": peak}))
"""


def large_file(folder: Path, rows: int, form: str) -> Path:
    """A file of minute bars, written in parts; Parquet gets a single row group, the hardest case."""
    path = folder / f"bybit_linear_BTCUSDT_1m.{form}"
    if form == "parquet":
        pq.write_table(_table(0, rows), path, row_group_size=rows)
        return path
    text = path.with_suffix(".csv")
    with text.open("wb") as file:
        for first in range(0, rows, _CHUNK):
            options = pa_csv.WriteOptions(include_header=first == 0)
            pa_csv.write_csv(_table(first, min(rows, first + _CHUNK)), file, options)
    if form == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.write(text, text.name)
    return path


def measured_import(path: Path, lake: Path) -> dict[str, float]:
    """Import in a process of its own; rows, gaps, seconds, and peak resident memory in bytes."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", _CHILD, str(path), str(lake)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _table(first: int, stop: int) -> pa.Table:
    at = np.arange(first, stop)
    close = 20_000 + 500 * np.sin(at / 997)
    return pa.table(
        {
            "timestamp": 1_262_304_000_000 + 60_000 * at,
            "open": close,
            "high": close + 1,
            "low": close - 1,
            "close": close,
            "volume": (at % 977) / 7,
        }
    )


def main(arguments: list[str]) -> int:
    """Measure each form; 1 when one needs too much."""
    rows = int(arguments[0]) if arguments else 5_000_000
    worst = 0.0
    for form in arguments[1:] or ["parquet", "csv", "zip"]:
        with tempfile.TemporaryDirectory() as folder:
            outcome = measured_import(large_file(Path(folder), rows, form), Path(folder) / "lake")
        print(
            f"{form}: {outcome['rows'] / outcome['seconds']:,.0f} rows/s, peak {outcome['peak'] / 1e6:.0f} MB"
        )
        worst = max(worst, outcome["peak"])
    return int(worst > LIMIT_BYTES)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
