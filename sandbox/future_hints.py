"""What a line that looks ahead most likely does, by its text, and what to write instead."""

from __future__ import annotations

import re

_NEGATIVE = r"\(\s*(?:periods\s*=\s*)?-\s*[\w(]"
_WHOLE = (
    r"(?:mean|median|std|var|max|min|quantile|sum|skew|kurt|idxmax|idxmin|argmax|argmin|nlargest|nsmallest)"
)
_OWN_DAY = "Group by day only for what the day knows so far: cummax, cummin, cumsum, expanding."

# The first pattern that matches wins, so the sure signs stand before the vague ones.
_HINTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), hint)
    for pattern, hint in (
        (r"\bshift" + _NEGATIVE, "shift with a negative number moves later bars here; use a positive one."),
        (
            r"\b(?:diff|pct_change)" + _NEGATIVE,
            "A negative period compares with later bars; use a positive one.",
        ),
        (r"np\.roll\([^)]*-", "np.roll by a negative number brings later bars here; use shift(n)."),
        (r"center\s*=\s*True", "A centred window holds later bars; leave center out."),
        (r"\b(?:bfill|backfill)\b", "Filling backwards brings later values here; use ffill."),
        (r"\binterpolate\b", "interpolate needs the next known value; use ffill."),
        (
            r"""direction\s*=\s*["'](?:forward|nearest)""",
            'merge_asof may only look back: direction="backward".',
        ),
        (r"""method\s*=\s*["']nearest""", 'The nearest row may come later; use method="ffill".'),
        (r"\[\s*\w+\s*\+\s*[\w(]", "An index beyond the current bar is a later bar; use i and before."),
        (r"\[\s*[1-9]\d*\s*:\s*\]", "A slice that starts later moves later bars here; use shift(n)."),
        (r"::\s*-\s*1", "A reversed series runs from the last bar back; use cummax, cummin or expanding."),
        (
            r"\bnp\.(?:flip|flipud)\b",
            "A reversed series runs from the last bar back; use cummax or expanding.",
        ),
        (r"ascending\s*=\s*False", "Sorted backwards in time the last bar comes first; keep the order."),
        (
            r"""mode\s*=\s*["']same""",
            'mode="same" centres the kernel; use mode="full" and keep the first len(df).',
        ),
        (r"\bnp\.gradient\b", "np.gradient looks one bar ahead; use diff()."),
        (
            r"\bfft\b|\b[i]?r?fft\(",
            "A transform of the whole series knows its end; filter with ewm or rolling.",
        ),
        (
            r"\b(?:polyfit|lstsq|linregress|corrcoef)\b",
            "A fit on all bars knows its end; fit in a rolling window.",
        ),
        (
            r"\bresample\b|\bGrouper\b",
            "A longer bar is known when it has closed: shift(1) before mapping it back.",
        ),
        (r"\btransform\(", "transform gives early bars the value of the whole group. " + _OWN_DAY),
        (r"\bgroupby\b", _OWN_DAY),
        (
            r"\b(?:qcut|cut|histogram)\(",
            "Bins of the whole series know its end; use a rolling or expanding quantile.",
        ),
        (
            r"\brank\(",
            "A rank over all bars knows the later ones; use rolling(n).rank() or expanding().rank().",
        ),
        (
            r"\bpermut|\bshuffle|\bchoice\(",
            "Draws that hang on the number of bars change when one more arrives.",
        ),
        (r"\brng\b|random", "Seed it with a constant, and draw once per bar, in order."),
        (r"\blen\(", "A rule on the number of bars changes what it said when more bars arrive."),
        (r"i(?:loc|at)?\[\s*-\s*\d+", "The last row is the end of the series; compare with shift(n)."),
        (
            r"\." + _WHOLE + r"\(|np\." + _WHOLE + r"\(|\bpercentile\(",
            "A number of the whole series knows its end; use rolling(n) or expanding().",
        ),
        (r"index\[\s*-", "The last row is the end of the series; no rule may know it."),
    )
)
_OTHERWISE = "Use only rows up to the current bar: shift(n) with n above 0, rolling, expanding, ewm."


def hint_for(line: str) -> tuple[str, int | None]:
    """A hint, and the column (from 1) of what it speaks of; None where nothing is recognised."""
    for pattern, hint in _HINTS:
        match = pattern.search(line)
        if match is not None:
            return hint, match.start() + 1
    return _OTHERWISE, None


def is_recognised(line: str) -> bool:
    """True when the text of the line alone is a sign."""
    return hint_for(line)[1] is not None
