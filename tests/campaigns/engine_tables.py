"""Runs tables worked by hand through the rules, in floats and in Decimals, and through the compiled kernels.

    CORPUS=DIR python -m tests.campaigns.engine_tables

The format is described in tests/data/engine/README.md; DIR may hold any tables of it. Exit code 1 when one
comes out otherwise, with what did.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from tests.support.order_tables import OrderTable, read_order_tables
from tests.support.table_check import (
    differences_in_decimals,
    differences_in_floats,
    differences_in_kernel,
)

OWN = Path(__file__).resolve().parents[1] / "data" / "engine"
WAYS: dict[str, Callable[[OrderTable], list[str]]] = {
    "rules, floats": differences_in_floats,
    "rules, Decimals": differences_in_decimals,
    "kernel": differences_in_kernel,
}


def main() -> int:
    """Run every table every way."""
    folder = Path(os.environ.get("CORPUS") or OWN)
    tables = read_order_tables(folder)
    print(f"{len(tables)} tables worked by hand in {folder.name}")
    wrong = 0
    for name, differences in WAYS.items():
        failed = [(table, found) for table in tables if (found := differences(table))]
        print(f"  {name:16} {len(tables) - len(failed):4} of {len(tables)} as expected")
        for table, found in failed:
            print(f"    ! {table.name}")
            for text in found:
                print(f"        {text}")
        wrong += len(failed)
    return 0 if tables and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
