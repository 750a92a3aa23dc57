"""What importing the store costs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
HEAVY = ("sqlalchemy", "alembic", "pandas", "numba", "pyarrow", "psycopg")


def loaded(statement: str) -> set[str]:
    """Which heavy packages a fresh interpreter has loaded after `statement`."""
    code = f"{statement}\nimport sys\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["records", "documents", "codec"])
def test_records_documents_and_codec_are_light(module: str) -> None:
    assert loaded(f"import engine.store.{module}") == set()


def test_opening_a_database_that_is_up_to_date_does_not_import_alembic(tmp_path: Path) -> None:
    open_it = f"from engine.store.store import Store\nStore.open('sqlite:///{tmp_path}/e.db').close()"
    assert loaded(open_it) == {"sqlalchemy", "alembic"}
    assert loaded(open_it) == {"sqlalchemy"}
