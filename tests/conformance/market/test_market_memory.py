"""One large file is imported within half a gigabyte; the campaign of that name measures tens of millions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.campaigns.market_memory import LIMIT_BYTES, large_file, measured_import


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_large_file_is_streamed(tmp_path: Path, form: str) -> None:
    outcome = measured_import(large_file(tmp_path, 400_000, form), tmp_path / "lake")
    assert (outcome["rows"], outcome["gaps"]) == (400_000, 0)
    assert outcome["peak"] < LIMIT_BYTES * 0.8
