"""Long, short or both, as the request says it outright."""

from __future__ import annotations

import re

from engine.strategy.compose.model import Direction
from engine.strategy.compose.words import Text, phrase

_NEVER = (
    r"(?:no|not|without|never|avoid|skip|forbid|exclude)"
    r"(?: (?:do|any|go|going|use|want|wanna|take|allow|open|to|i|the|ever|be|like|do|doing))*"
)
_GOES_ON = (
    r"(?! (?:when|if|above|below|over|under|on|while|in|after|once|as|entries|entry|during"
    r"|between|at|mondays?|weekdays?))"
)
_SHORTS = r"(?:shorts?|shorting|short selling|short (?:positions?|trades?|side|entries|selling|sales?))"
_LONGS = r"(?:longs?|longing|long (?:positions?|trades?|side|entries))"
_NO_SHORTS = phrase(
    rf"(?:and |but |please |, )*{_NEVER} {_SHORTS}{_GOES_ON}(?: (?:please|anything|it|at all))*"
)
_NO_LONGS = phrase(rf"(?:and |but |please |, )*{_NEVER} {_LONGS}{_GOES_ON}")
_LONG_ONLY = (
    phrase(rf"{_LONGS}(?: (?:side|trades|positions))? only"),
    phrase(
        rf"only(?: (?:go|take|do|trade|for|on|want|play|use|the|open))* (?:{_LONGS}|buys|buying)(?: "
        rf"(?:side))?{_GOES_ON}"
    ),
    phrase(r"(?:just|purely|strictly|solely) (?:go )?(?:longs?|long side)"),
    phrase(r"buy side only|buys? only"),
)
_SHORT_ONLY = (
    phrase(rf"{_SHORTS} only"),
    phrase(
        rf"only(?: (?:go|take|do|trade|for|on|want|play|use|the|open))* (?:{_SHORTS}|sells|selling){_GOES_ON}"
    ),
    phrase(r"(?:just|purely|strictly|solely) (?:go )?(?:shorts?|short side)"),
    phrase(r"short side|sell side only"),
)
_AND = r"(?: (?:and|or|/|plus|\+|as well as|,))*"
_BOTH = (
    phrase(
        r"(?:and |also |, |go |take )*(?:shorts?|shorting)(?: (?:side|trades?|it|them))? (?:too|also|as well)"
    ),
    phrase(
        rf"(?:go |trade |take )?longs?{_AND} shorts?(?: (?:both|side|sides|positions|trades|allowed"
        rf"|version|strategy))*{_GOES_ON}"
    ),
    phrase(
        rf"(?:go |trade |take )?shorts?{_AND} longs?(?: (?:both|side|sides|positions|trades"
        rf"|allowed))*{_GOES_ON}"
    ),
    phrase(
        r"(?:in |on |trade |for |reversal |reverse |work )*(?:both|either|two|2)(?: (?:the|of))? "
        r"(?:directions?|ways?|sides?|sided|way)"
    ),
    phrase(r"(?:always )?stop and reverse|always (?:be )?in (?:the )?market|always in"),
    phrase(r"(?:and |or )?(?:vice versa|viceversa|vise versa)"),
    phrase(
        r"(?:and |with |do |the )*(?:opposite|inverse|inverted|reverse|reversed|mirror|mirrored|same"
        r"|symmetric|contrary)"
        r"(?: (?:rules?|signals?|conditions?|thing|logic|setup))*(?: (?:for|to|on|is|=))* "
        r"(?:the |go |going )?(?:shorts?|shorting|short side)"
    ),
    phrase(
        r"(?:and |also |go )*(?:shorts?|shorting)(?: (?:the|on|for|in|with|when|at|do|is|are))* "
        r"(?:opposite|inverse|reversed?|other way(?: around)?|mirror|contrary)(?: (?:case|side|way"
        r"|direction|signals?))*"
    ),
    phrase(
        r"(?:and )?(?:allow|include|including|with|also|can|may)(?: (?:also|go|take|do|i|it|the))* "
        r"(?:shorts?|shorting)(?: (?:too|as well|also))?(?! (?:when|if|below|under|at|ema|sma|ma))"
    ),
    phrase(
        r"(?:and )?(?:flip|reverse|flips|reverses)(?: (?:to|the|it|into))* (?:short|position)(?! "
        r"(?:when|if|below|under))"
    ),
)


def read_direction(text: Text) -> Direction | None:
    """The direction that the request names, None when it leaves that to its rules."""
    if text.take(_NO_SHORTS):
        _taken(text, _LONG_ONLY)
        return "long"
    if text.take(_NO_LONGS):
        _taken(text, _SHORT_ONLY)
        return "short"
    if _taken(text, _LONG_ONLY):
        return "long"
    if _taken(text, _SHORT_ONLY):
        return "short"
    if _taken(text, _BOTH):
        return "both"
    return None


def _taken(text: Text, patterns: tuple[re.Pattern[str], ...]) -> bool:
    """Whether any pattern fits; every one that does is taken."""
    return sum(text.take(pattern) is not None for pattern in patterns) > 0
