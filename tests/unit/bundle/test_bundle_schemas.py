"""The published schemas of bundles."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.schemas import schemas, text_of

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "schemas"


@pytest.mark.parametrize("name", ["bundle", "bundled", "verification"])
def test_the_committed_schema_is_that_of_the_document(name: str) -> None:
    committed = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    assert committed == text_of(schemas()[name]), "run `make schemas`"
