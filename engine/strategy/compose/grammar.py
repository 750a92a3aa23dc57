"""Fragments that the patterns of the rules share."""

from __future__ import annotations

from engine.strategy.compose.timeframe import UNIT
from engine.strategy.compose.words import NUMBER

Pattern = tuple[str, str, str]
"""Kind of item, which one, regular expression over whole words."""

DET = (
    r"(?:the |its |a |an |their |own |my |this |new |fresh |recent |previous |prior |last |past |preceding )*"
)
SPAN = rf"(?P<n>{NUMBER})(?: (?P<unit>{UNIT}))?(?: (?:period|bar|candle))?"
IS = (
    r"(?:is |are |was |being |be |stays? |remains? |trading |trades |trade |sits |still "
    r"|currently |must be |should be |price is )*"
)
UP = (
    r"(?:above|over|(?:high|higher|great|greater|big|bigger|more|large|larger) th[ae]n|exceeds?|at least"
    r"|past|north of|>=?|=>|(?:equal )?or above)"
)
DOWN = (
    r"(?:below|under|beneath|underneath|(?:low|lower|less|small|smaller) th[ae]n|at most|south of|<=?"
    r"|=<|under than|(?:equal )?or below)"
)
EXTREME = r"(?P<end>high|low)(?:est)?s?"
