"""A slice of the campaign that compares engines, and that it would see what is wrong."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InvalidInput
from tests.campaigns.engine_peers import KERNEL, NUMBA, Account, Tally, compare, report, run_kernel, run_rules
from tests.support.peer_cases import Case, draw_case


def test_the_kernel_equals_the_rules_on_random_signals() -> None:
    tallies: dict[str, Tally] = {}
    for number in range(25):
        compare(draw_case(3, number, None), {KERNEL: run_kernel}, tallies)
    assert tallies[KERNEL].unexplained == []
    assert tallies[KERNEL].runs["all"] == 25
    assert min(tallies[KERNEL].runs[name] for name in ("shorts", "stop loss", "trailing stop", "size")) > 3


def test_a_run_is_drawn_again_from_its_seed_and_number() -> None:
    one, other = draw_case(3, 7, None), draw_case(3, 7, None)
    assert one.setup == other.setup and one.features == other.features
    np.testing.assert_array_equal(one.market.bars.close, other.market.bars.close)
    np.testing.assert_array_equal(one.signals.long_entry, other.signals.long_entry)


def _dearer(case: Case) -> Account:
    account = run_rules(case)
    account.price[-1] *= 1.0 + 1e-8
    return account


def _one_fill_short(case: Case) -> Account:
    account = run_rules(case)
    return Account(account.fills[:-1], account.notional[:-1], account.price[:-1], account.equity, False)


def _refuses(case: Case) -> Account:
    raise InvalidInput("not today")


@pytest.mark.parametrize(
    ("peer", "said"), [(_dearer, "off by 1e-08"), (_one_fill_short, "off by inf"), (_refuses, "refused")]
)
def test_a_peer_that_differs_is_named_with_the_run(
    peer, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tallies: dict[str, Tally] = {}
    compare(draw_case(3, 4, None), {KERNEL: peer}, tallies)
    assert not report(tallies)
    printed = capsys.readouterr().out
    assert "SEED=3 RUN=4" in printed and said in printed and "unexplained differences: 1" in printed


def test_a_run_that_a_listed_difference_concerns_is_left_out_and_counted() -> None:
    cases = (draw_case(3, number, None) for number in range(100))
    case = next(each for each in cases if each.charges_funding)
    tallies: dict[str, Tally] = {}
    compare(case, {NUMBA: _refuses}, tallies)
    assert tallies[NUMBA].excluded["funding is charged"] == 1
    assert tallies[NUMBA].unexplained == [] and tallies[NUMBA].runs["all"] == 0


def test_a_run_that_should_have_been_refused_and_was_not_is_named() -> None:
    cases = (draw_case(3, number, None) for number in range(100))
    case = next(each for each in cases if each.charges_funding)
    tallies: dict[str, Tally] = {}
    compare(case, {NUMBA: run_rules}, tallies)
    assert "was expected to refuse" in tallies[NUMBA].unexplained[0]
