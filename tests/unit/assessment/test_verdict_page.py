"""docs/verdict.md says what the code does."""

from __future__ import annotations

from pathlib import Path

from engine.research.assessment.settings import BOUNDS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "verdict.md"


def test_the_page_shows_every_bound_with_its_reason():
    rows = [f"| `{name}` | {bound.value:g} | {bound.why} |" for name, bound in BOUNDS]
    page = PAGE.read_text(encoding="utf-8")
    assert "\n".join(rows) in page
