"""A slice of `make campaign-search`."""

from __future__ import annotations

from pathlib import Path

from tests.campaigns.search_kill import campaign


def test_a_killed_search_goes_on_to_the_same_best_and_counts_each_trial_once(tmp_path: Path) -> None:
    outcome = campaign("tpe", 3, 0, tmp_path)
    assert outcome.kills == 3 and outcome.complaints == ()
