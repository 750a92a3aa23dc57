"""The checks: each turns one finding into a reason with its number, its bound, and what would change it."""

from __future__ import annotations

from collections.abc import Sequence

from engine.research.assessment.document import Outcome, Reason
from engine.research.assessment.settings import BOUNDS
from engine.research.findings import (
    AlphaPart,
    NeighboursPart,
    OverfittingPart,
    RandomEntriesPart,
    SharpePart,
    StressRow,
    TrialsPart,
    WalkForwardPart,
)
from engine.research.lookahead.verdict import Verdict as LookAhead

_NEVER_YEARS = 50.0


def lookahead(found: LookAhead) -> Reason:
    """Whether the strategy knew the future."""
    outcomes: dict[str, Outcome] = {"clean": "for", "leaks": "against", "undecided": "open"}
    changes = {
        "clean": "",
        "leaks": "Mend the line that reads later bars; its results so far mean nothing.",
        "undecided": "A replay that decides: see the reason.",
    }
    return Reason(
        name="lookahead",
        outcome=outcomes[found.verdict],
        value=None,
        threshold=None,
        said=f"Replayed without the future at {found.cuts} places: {found.verdict}. {found.reason}".strip(),
        would_change=changes[found.verdict],
    )


def trades(closed: int) -> Reason:
    """Whether there are enough closed trades."""
    least = BOUNDS.trades.value
    enough = closed >= least
    return Reason(
        name="trades",
        outcome="for" if enough else "open",
        value=closed,
        threshold=least,
        said=f"{closed} trades were closed; {least:.0f} are needed.",
        would_change="" if enough else f"{least - closed:.0f} more closed trades: a longer history.",
    )


def deflated(sharpe: SharpePart, trials: TrialsPart, years: float | None) -> Reason:
    """Whether the Sharpe ratio is above what the best of all trials shows by luck.

    Args:
        years: after which it would be, at this ratio.
    """
    name, bound = "deflated_sharpe", BOUNDS.deflated_sharpe.value
    if sharpe.annual is None or sharpe.deflated is None or sharpe.expected_maximum is None:
        return _undefined(name, bound, "It has no Sharpe ratio: its equity never moved.")
    against = sharpe.deflated < BOUNDS.deflated_sharpe_against.value
    outcome: Outcome = "for" if sharpe.deflated >= bound else "against" if against else "open"
    said = (
        f"Sharpe {sharpe.annual:.2f}; luck alone gives {sharpe.expected_maximum:.2f} to the best of "
        f"{_trials(trials.effective)}. Probability of being above that: {sharpe.deflated:.3f}."
    )
    return Reason(
        name=name,
        outcome=outcome,
        value=sharpe.deflated,
        threshold=bound,
        said=said,
        would_change="" if outcome == "for" else _longer(sharpe, years),
    )


def chance_of_best(sharpe: SharpePart, trials: TrialsPart, years: float | None) -> Reason:
    """How likely the best of as many trials without skill does as well."""
    name, bound = "chance_of_best", BOUNDS.chance_of_best.value
    if sharpe.chance_of_best is None:
        return _undefined(name, bound, "It has no Sharpe ratio: its equity never moved.")
    is_for = sharpe.chance_of_best <= bound
    return Reason(
        name=name,
        outcome="for" if is_for else "open",
        value=sharpe.chance_of_best,
        threshold=bound,
        said=(
            f"The best of {_trials(trials.effective)} without skill does as well with a chance of "
            f"{sharpe.chance_of_best:.2%}; at most {bound:.1%} is asked."
        ),
        would_change="" if is_for else _longer(sharpe, years),
    )


def random_entries(part: RandomEntriesPart, trials: TrialsPart) -> Reason:
    """Whether its moments are better than random ones."""
    name, bound = "random_entries", BOUNDS.random_entries.value
    if part.score is None or part.chance is None or part.percentile is None or part.mean_sharpe is None:
        return _undefined(name, bound, "Nothing is left to chance: no trades, or always in one position.")
    against = part.percentile < BOUNDS.random_entries_against.value
    outcome: Outcome = "for" if part.chance <= bound else "against" if against else "open"
    return Reason(
        name=name,
        outcome=outcome,
        value=part.chance,
        threshold=bound,
        said=(
            f"It beats {part.percentile:.1%} of {part.runs} strategies that enter at random as often and for "
            f"as long (their Sharpe {part.mean_sharpe:.2f}), by {part.score:.1f} deviations; as the best of "
            f"{_trials(_beyond(trials))} that has a chance of {part.chance:.2%}."
        ),
        would_change="" if outcome == "for" else "Better moments: the exposure alone earns about as much.",
    )


def alpha(part: AlphaPart | None, trials: TrialsPart) -> Reason:
    """Whether it earns more than its share of the market."""
    name, bound = "alpha", BOUNDS.alpha.value
    if part is None:
        return _undefined(name, bound, "It cannot be told from the market: too few periods, or no movement.")
    outcome: Outcome = "for" if part.chance <= bound else "against" if part.score <= 0.0 else "open"
    return Reason(
        name=name,
        outcome=outcome,
        value=part.chance,
        threshold=bound,
        said=(
            f"Beyond the {part.beta:.2f} of the market that it holds on average it earns {part.annual:+.1%} "
            f"a year, {part.score:.1f} standard errors; as the best of {_trials(_beyond(trials))} that has a "
            f"chance of {part.chance:.2%}."
        ),
        would_change="" if outcome == "for" else "More return that does not come from the market's own.",
    )


def superior(part: OverfittingPart | None) -> Reason:
    """Whether any set of the search is better than doing nothing."""
    name, bound = "superior", BOUNDS.superior.value
    if part is None or part.superior_p is None:
        return _not_applicable(name, bound, "There was no search to test.")
    is_for = part.superior_p <= bound
    return Reason(
        name=name,
        outcome="for" if is_for else "open",
        value=part.superior_p,
        threshold=bound,
        said=f"That none of its {part.sets} sets is better than doing nothing has p = {part.superior_p:.3f}.",
        would_change="" if is_for else "A longer history, or fewer sets that never had a reason.",
    )


def overfitting(part: OverfittingPart | None) -> Reason:
    """Whether what was best inside stays good outside."""
    name, bound = "overfitting", BOUNDS.overfitting.value
    if part is None or part.probability is None or part.probability_of_loss is None:
        return _not_applicable(name, bound, "There was no search to over-fit.")
    loss = part.probability_of_loss
    alike = loss <= BOUNDS.probability_of_loss.value
    outcome: Outcome = "for" if part.probability < bound or alike else "open"
    if loss > BOUNDS.probability_of_loss_against.value:
        outcome = "against"
    return Reason(
        name=name,
        outcome=outcome,
        value=part.probability,
        threshold=bound,
        said=(
            f"In {part.probability:.0%} of {part.splits} splits the best of {part.sets} sets is no better "
            f"than the median outside, in {loss:.0%} it loses there."
        ),
        would_change="" if outcome == "for" else "A rule that works over a range of parameters.",
    )


def walk_forward(walks: Sequence[WalkForwardPart]) -> Reason:
    """Whether parameters chosen on the past earn afterwards, by the worse of the two walks."""
    name, bound = "walk_forward", BOUNDS.walk_forward.value
    part = min(walks, key=lambda walk: walk.probability or 0.0, default=None)
    if part is None:
        return Reason(
            name=name,
            outcome="open",
            value=None,
            threshold=bound,
            said="The window is too short to walk forward in.",
            would_change="A longer history.",
        )
    if part.sharpe is None or part.probability is None:
        return _undefined(name, bound, "Nothing was traded in the tests.")
    outcome: Outcome = "for" if part.probability >= bound else "against" if part.sharpe <= 0.0 else "open"
    share = "" if part.efficiency is None else f", {part.efficiency:.0%} of the training's return"
    return Reason(
        name=name,
        outcome=outcome,
        value=part.probability,
        threshold=bound,
        said=(
            f"Chosen on the past ({part.kind}) among {part.sets} sets and tested after it in "
            f"{len(part.folds)} steps: Sharpe {part.sharpe:.2f}{share}; probability of being above 0: "
            f"{part.probability:.2f}."
        ),
        would_change="" if outcome == "for" else "Parameters that stay good after they were chosen.",
    )


def doubled_costs(row: StressRow) -> Reason:
    """Whether it still earns at twice the fees and slippage."""
    bound = BOUNDS.doubled_costs.value
    is_for = row.sharpe is not None and row.sharpe > bound
    return Reason(
        name="doubled_costs",
        outcome="for" if is_for else "against",
        value=row.sharpe,
        threshold=bound,
        said=f"At doubled fees and slippage its Sharpe ratio is {_ratio(row.sharpe)}.",
        would_change="" if is_for else "Fewer trades, or larger ones that pay for themselves.",
    )


def one_bar_later(row: StressRow) -> Reason:
    """Whether it still earns when orders come one bar late."""
    bound = BOUNDS.one_bar_later.value
    is_for = row.sharpe is not None and row.sharpe > bound
    return Reason(
        name="one_bar_later",
        outcome="for" if is_for else "open",
        value=row.sharpe,
        threshold=bound,
        said=f"With every order one bar late its Sharpe ratio is {_ratio(row.sharpe)}.",
        would_change="" if is_for else "Shorter bars, so that one bar late is soon enough; or a slower edge.",
    )


def neighbours(part: NeighboursPart | None, own: float | None) -> Reason:
    """Whether the parameters next to the chosen ones are good as well.

    Args:
        own: Sharpe ratio of the run.
    """
    name, bound = "neighbours", BOUNDS.neighbours.value
    if part is None or part.median_sharpe is None or not part.sets:
        return _not_applicable(name, bound, "It has no parameters to move.")
    if own is None or own <= 0.0:
        return _undefined(name, bound, "Its own Sharpe ratio is not above 0.")
    kept = part.median_sharpe / own
    outcome: Outcome = "for" if kept >= bound else "against" if part.median_sharpe <= 0.0 else "open"
    return Reason(
        name=name,
        outcome=outcome,
        value=kept,
        threshold=bound,
        said=(
            f"Half of {part.sets} neighbouring parameter sets have a Sharpe ratio of at least "
            f"{part.median_sharpe:.2f}: {kept:.0%} of its own."
        ),
        would_change="" if outcome == "for" else "Parameters in the middle of a good region, not on a peak.",
    )


def buy_and_hold(own: float | None, held: float | None, earned: float, holding: float) -> Reason:
    """Whether it is worth more than buying and holding.

    Args:
        own, held: annual Sharpe ratios; earned, holding: total returns.
    """
    bound = held if held is not None else BOUNDS.buy_and_hold.value
    is_for = own is not None and own > max(bound, BOUNDS.buy_and_hold.value)
    outcome: Outcome = "for" if is_for else "against" if earned <= max(holding, 0.0) else "open"
    return Reason(
        name="buy_and_hold",
        outcome=outcome,
        value=own,
        threshold=bound,
        said=(
            f"Sharpe {_ratio(own)} and {earned:+.1%}, where buying and holding gives {_ratio(held)} and "
            f"{holding:+.1%}."
        ),
        would_change="" if outcome == "for" else "A window in which holding alone is not the better trade.",
    )


def _trials(count: int) -> str:
    return "1 trial" if count == 1 else f"{count} independent trials"


def _beyond(trials: TrialsPart) -> int:
    """Trials that differ once the market is taken out."""
    return trials.effective_beyond_market or trials.effective


def _ratio(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"


def _longer(sharpe: SharpePart, years: float | None) -> str:
    if years is None:
        return "A ratio above 0."
    missing = max(years - (sharpe.years or 0.0), 0.1)
    if missing > _NEVER_YEARS:
        return "A higher ratio: at this one no history is long enough."
    return f"{missing:.1f} more years at this ratio, or fewer trials on the asset."


def _undefined(name: str, bound: float, said: str) -> Reason:
    return Reason(
        name=name,
        outcome="against",
        value=None,
        threshold=bound,
        said=said,
        would_change="A strategy that trades, and earns.",
    )


def _not_applicable(name: str, bound: float, said: str) -> Reason:
    return Reason(name=name, outcome="not applicable", value=None, threshold=bound, said=said)
