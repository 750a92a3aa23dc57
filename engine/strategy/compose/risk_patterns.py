"""How people write stops, targets, trailing stops, position sizes and holding times."""

from __future__ import annotations

import re

from engine.strategy.compose.timeframe import UNIT
from engine.strategy.compose.words import NUMBER, phrase

_STOP = (
    r"(?:stop loss(?:es)?|stops?|sl|max(?:imum)? loss|loss limit|risking"
    r"|cut(?:ting|s)? (?:the |my |your |all )?(?:loss(?:es)?|losers?|losing trades?)(?: short)?)"
)
_TARGET = (
    r"(?:tak(?:e|es|ing) (?:the |my )?(?:profits?|gains?)|tp|profit targets?|targets?|profit taking|profits?"
    r"|(?:book|lock|secure|bank)(?:ing)?(?: in)? (?:the |my )?(?:profits?|gains?)|cash out)"
)
_TRAIL = r"(?:trail(?:ing|s|ed)?)"
_FILL = (
    r"(?: (?:of|at|is|to|by|around|about|approximately|roughly|a|an|the|my|set|with|use|using|equal"
    r"|equals|=|:"
    r"|loss|level|be|should|on|hard|fixed|tight|wide|initial|max|maximum|just|only|after|@|price|order"
    r"|it|for))*"
)
_N = rf"(?P<n>{NUMBER})"
_SCALE = r"(?: (?P<scale>%|bps|basis points))"
_TIMES = r"(?: (?:x|times|\*|the))*"
_ATR = r"(?: (?:(?P<period>\d+) (?:period |bar )?)?atrs?(?: ?\(? (?P<after>\d+)(?: \))?)?)"
_NEGATION = (
    r"(?:no|without|not|skip|zero)(?: (?:a|an|any|use|using|need|want|the|hard|put|have|set"
    r"|place|fixed|with))*"
)
_BOTH = rf"(?:{_STOP}|{_TARGET}|{_TRAIL} stops?)"
_NO_NUMBER = r"(?! (?:(?:of|at|:|=|is) )?-?[\d.])"
REFUSED = phrase(
    rf"{_NEGATION} (?P<what>{_BOTH}{_NO_NUMBER}"
    rf"(?:(?: (?:or|and|nor|/|,|no|without|any|a))* {_BOTH}{_NO_NUMBER})*)"
)
HAS_STOP = phrase(_STOP)
HAS_TARGET = phrase(_TARGET)
HAS_TRAILING = phrase(_TRAIL)
_TRAIL_WORDS = (
    r"(?: (?:stops?|sl|loss|exit|order|the|it|by|at|of|with|a|an|:|=|behind|below|price|is|on|to"
    r"|distance|using))*"
)
TRAILING_ATR = (
    phrase(rf"(?:an? )?{_TRAIL}{_TRAIL_WORDS} {_N}{_TIMES}{_ATR}"),
    phrase(rf"(?:an? )?{_N}{_TIMES}{_ATR} {_TRAIL}(?: (?:stop|loss|exit))*"),
    phrase(rf"(?:an? )?(?:atr {_TRAIL}|{_TRAIL} atr)(?: (?:stop|loss|exit|of|at|:))* {_N}{_TIMES}"),
    phrase(
        r"(?:an? )?chandelier(?: (?:exit|stop|of|at|with))*(?: \()?(?: (?P<period>\d+)"
        rf"(?: [,/])?)? {_N}(?: atr)?"
    ),
)
TRAILING = (
    phrase(rf"(?:an? )?{_TRAIL}{_TRAIL_WORDS} {_N}{_SCALE}?(?! (?:x|times|atr))"),
    phrase(rf"(?:an? )?{_N}{_SCALE}(?: (?:wide|tight))? {_TRAIL}(?: (?:stop|sl|loss|exit))*"),
)
BARE_TRAILING = phrase(
    rf"(?:with )?(?:an? |the |my )?(?:atr )?{_TRAIL}(?: (?:the|a|my|stop|stops|sl|loss|exit|profit))*"
)
PAIRED = phrase(
    rf"(?:{_STOP}(?: (?:/|and|,))? {_TARGET}|(?P<reverse>{_TARGET}(?: (?:/|and|,))? {_STOP})){_FILL} "
    rf"(?P<a>{NUMBER})(?: %)?(?: (?:/|and|,|-|:))? (?P<b>{NUMBER})(?: %)?"
)
PAIRED_BEFORE = phrase(
    rf"(?:(?P<a>{NUMBER}) % {_STOP}(?: (?:and|,|/|with|a))* (?P<b>{NUMBER}) % {_TARGET}"
    rf"|(?P<b2>{NUMBER}) % {_TARGET}(?: (?:and|,|/|with|a))* (?P<a2>{NUMBER}) % {_STOP})(?! \d)"
)
NAMED_FIRST = re.compile(rf" (?:{_STOP}|{_TARGET}){_FILL} $")
_RR_WORDS = (
    r"(?:risk(?: (?:/|to|:|and))? (?:reward|return)|reward(?: (?:/|to|:|and))? risk|rr|r r|r (?:/|:) r|crv)"
    r"(?: ratio)?"
)
_OF_STOP = r"(?: (?:the|my|of|your|its|initial))*(?: (?:stop loss|stop|sl|risk|loss|r|distance|size|amount))+"
RATIOS = (
    phrase(
        rf"(?:{_TARGET}{_FILL} )?{_RR_WORDS}{_FILL} (?P<a>\d+(?:\.\d+)?)(?: (?:/|:|to)) (?P<b>\d+(?:\.\d+)?)"
    ),
    phrase(
        rf"(?:{_TARGET}{_FILL} )?(?P<a>\d+(?:\.\d+)?) (?:/|:|to) (?P<b>\d+(?:\.\d+)?)(?: (?:of"
        rf"|on))? {_RR_WORDS}"
    ),
    phrase(rf"{_RR_WORDS}{_FILL} {_N}"),
    phrase(rf"{_N}(?: x)? {_RR_WORDS}"),
    phrase(rf"{_TARGET}{_FILL} (?:{_N}(?: (?:x|times|\*))*|(?P<word>twice|double|triple)){_OF_STOP}"),
    phrase(rf"{_TARGET}{_FILL} {_N} r"),
    phrase(rf"(?P<n>\d+(?:\.\d+)?) r (?:{_TARGET}|reward)"),
)
_EXIT_VERB = r"(?:exit|sell|close|closes|get out|out|cut|bail|bail out|leave|quit|dump)"
_STEPS = (
    r"(?: (?:if|when|once|it|price|i|i'm|the|trade|position|is|am|at|are|we|goes|go|get|a|of"
    r"|market|all|in|on|by|after|reach|reaches|hit|hits|me|everything|than|or))*"
)
_DOWN = r"(?:down|lose|loses|lost|losing|drops?|falls?|against|loss|loss of|minus|red|underwater)"
_UP = r"(?:up|gains?|gained|rises?|profits?|profit of|winning|wins|makes?|made|in profit|plus)"
_FROM_ENTRY = (
    r"(?: (?:from|below|above|against|of|under|over)(?: (?:the|my|our|buy|purchase|entry"
    r"|fill))* (?:entry|price|me|us|buy|fill|position))"
)
STOP_PATTERNS = (
    phrase(
        rf"(?:an? |the |with )*{_STOP}{_FILL} {_N}{_SCALE}?(?! (?:x|times|\*|atrs?|r|bars?|candles?|day"
        rf"|hour|sigma|:|/|of equity|period))(?:{_FROM_ENTRY})?"
    ),
    phrase(
        rf"(?:an? |the |with )*{_N}{_SCALE}(?: (?:hard|fixed|tight|wide|initial|protective|max"
        rf"|maximum))* (?:{_STOP}|risk(?= (?:stop|,|and|with|$)))"
    ),
    phrase(rf"(?:an? )?{_EXIT_VERB}{_STEPS} {_DOWN}{_STEPS} {_N}{_SCALE}(?:{_FROM_ENTRY})?"),
    phrase(
        rf"(?:if|when|once){_STEPS} {_DOWN}{_STEPS} {_N}{_SCALE}{_FROM_ENTRY}?(?: (?:then|i|we"
        rf"|just))* {_EXIT_VERB}(?: (?:it|out))?"
    ),
    phrase(rf"{_EXIT_VERB}{_STEPS} {_N}{_SCALE}(?: (?:in))? (?:loss|down|below entry|under entry|drawdown)"),
    phrase(rf"(?:or|and|at|a) {_N}{_SCALE} loss"),
)
TARGET_PATTERNS = (
    phrase(
        rf"(?:an? |the |with )*{_TARGET}{_FILL} {_N}{_SCALE}?(?! (?:x|times|\*|atrs?|r|bars?|candles?"
        rf"|day|hour|sigma|:|/|period))(?:{_FROM_ENTRY})?"
    ),
    phrase(
        rf"(?:(?:an? |the |with )*|{_EXIT_VERB}{_STEPS} ){_N}{_SCALE}(?: (?:of|in|fixed))*"
        rf" (?:{_TARGET}|gains?|in profit|up|above entry|winner)"
    ),
    phrase(rf"{_EXIT_VERB}{_STEPS} {_UP}{_STEPS} {_N}{_SCALE}(?:{_FROM_ENTRY})?"),
    phrase(
        rf"(?:if|when|once){_STEPS} {_UP}{_STEPS} {_N}{_SCALE}{_FROM_ENTRY}?(?: (?:then|i|we"
        rf"|just))* {_EXIT_VERB}(?: (?:it|out))?"
    ),
)
STOP_ATR = (
    phrase(rf"(?:an? |the |with )*{_STOP}{_FILL} {_N}{_TIMES}{_ATR}"),
    phrase(rf"(?:an? |the |with )*{_N}{_TIMES}{_ATR} (?:stop loss|stops?|sl)"),
    phrase(
        rf"(?:an? |the |with )*{_ATR[4:-1].strip()} (?:based )?(?:stop loss|stops?|sl){_FILL} {_N}(?: "
        r"(?:x|times|multiple|multiplier))?(?! [%])"
    ),
)
TARGET_ATR = (
    phrase(rf"(?:an? |the |with )*{_TARGET}{_FILL} {_N}{_TIMES}{_ATR}"),
    phrase(rf"(?:an? |the |with )*{_N}{_TIMES}{_ATR} {_TARGET}"),
    phrase(rf"(?:an? |the |with )*atr (?:based )?{_TARGET}{_FILL} {_N}(?: (?:x|times))?(?! %)"),
)
BARE_ATR_STOP = phrase(
    rf"(?:with )?(?:an? |the )?(?:atr(?: based)? (?:stop loss|stops?|sl)|{_STOP} (?:based )?(?:on|by"
    r"|with|using) (?:the )?atr)"
)
BARE_STOP = phrase(
    r"(?:with )?(?:an? |the |my |some )?(?P<kind>tight |close |wide |hard |normal |fixed )?"
    r"(?:stop loss(?:es)?|sl|protective stops?|(?:with |use |and |has |have |a |tight |close |wide "
    r"|hard )stops?)"
    r"(?! (?:below|under|beneath|above|over|at|when|if|and reverse))"
)
BARE_TARGET = phrase(
    r"(?:with )?(?:an? |the |my |some )?(?:tak(?:e|es|ing) profits?|tp|profit targets?)(?! (?:at|when"
    r"|if|on|near|once|after|in|into|above|below))"
)
_WEALTH = (
    r"(?:equity|capital|account|balance|money|portfolio|funds|wallet|bankroll|cash|my money"
    r"|stake|net worth|bank)"
)
_OF_WEALTH = (
    r"(?: (?:of|from|per))?(?: (?:the|my|our|your|total|available|whole|current"
    rf"|trading))* {_WEALTH}(?: (?:balance|size|value|equity))?"
)
PER_TRADE = phrase(
    rf"(?:risk|risking|risks)(?: (?:only|at|most|max|maximum|about|just|up|to))* {_N} %(?:{_OF_WEALTH})?"
    rf" (?:per|each|every|a|on each|on every) (?:trade|position)"
)
SIZES = (
    phrase(
        r"(?:(?:risk|risking|use|using|invest|investing|allocate|deploy|commit|put|stake|bet|trade"
        r"|spend|with|only|size"
        rf"|position size|buy|go in) )?(?:(?:of|only|is|with|at|about|around|just|max|maximum|up to) )*"
        rf"{_N} %{_OF_WEALTH}(?: (?:per|each|every|in each|on each|for each) (?:trade|position|entry"
        r"|signal))?"
    ),
    phrase(
        rf"(?:position siz(?:e|ing)|size|sizing|invest|allocate|position|exposure){_FILL} {_N} %(?: "
        r"(?:per|each|a) (?:trade|position))?"
    ),
    phrase(rf"{_N} % (?:position size|positions?|size|sizing|exposure|allocation)(?: (?:per|each) trade)?"),
)
PART = phrase(
    r"(?:(?:risk|use|using|invest|with|at|on|trade|only|put|bet) )*(?:an? |the )?(?P<part>half|quarter"
    r"|third|full)"
    rf"(?:(?: (?:of|the|my|a))* (?:position size|size|sized|position|positions|{_WEALTH})|(?: (?:of|the"
    rf"|my))+ {_WEALTH})"
)
ALL_IN = phrase(rf"all in|(?:with |use |invest )?(?:100 %|all)(?: of)?(?: (?:the|my))? {_WEALTH}")
HELD = (
    phrase(
        r"(?:exit|sell|close|hold|holding|held|keep|get out|out|stay|leave|quit|and)(?: (?:it|the"
        r"|position|positions"
        rf"|trade|trades|all|them|everything|in|every|each|at|latest|automatically|long|longs|short|shorts))*"
        r"(?: (?:after|for|max(?: of)?|maximum(?: of)?|up to|at most|no longer than|no more than"
        r"|not more than|not longer than|within|only"
        rf"|exactly|a|about|around))+ {_N} (?P<unit>{UNIT})(?: (?:max|maximum|at most|at the latest"
        r"|later|passed))?"
    ),
    phrase(
        r"(?:time stop|time exit|time limit|max(?:imum)? (?:hold|holding)(?: (?:time|period))?"
        r"|holding (?:period|time))"
        rf"(?: (?:of|at|after|is|:|=))* {_N} (?P<unit>{UNIT})"
    ),
    phrase(rf"(?:hold|holding|keep)(?: (?:it|them|the|position|positions|trade))* {_N} (?P<unit>{UNIT})"),
    phrase(rf"{_N} (?P<unit>{UNIT}) (?:time stop|time exit|max hold|maximum hold|holding period|hold)"),
    phrase(
        rf"(?:exit|sell|close|get out)(?: (?:it|the|position|trade))* {_N} (?P<unit>{UNIT}) (?:later"
        r"|after (?:the )?entry)"
    ),
)
