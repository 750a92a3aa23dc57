"""Edited copies are recognised and strangers are not: the slice of the campaign that is in the suite."""

from __future__ import annotations

import pytest

from tests.campaigns.verdict_lineage import run


@pytest.mark.parametrize("seed", [1, 77])
def test_of_100_edited_copies_95_are_joined_and_of_100_strangers_2_at_most(seed: int) -> None:
    figures = run(seed)
    assert figures.holds, (figures.missed, figures.confused)
