"""The verdict from its reasons."""

from __future__ import annotations

from collections.abc import Sequence

from engine.research.assessment.document import Reason, Verdict


def verdict_of(reasons: Sequence[Reason]) -> Verdict:
    """Reject when any reason speaks against it, accept when every one that applies speaks for it."""
    outcomes = {reason.outcome for reason in reasons}
    if "against" in outcomes:
        return "reject"
    return "not enough evidence" if "open" in outcomes else "accept"
