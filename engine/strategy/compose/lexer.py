"""What is left of a request, as a row of items: indicators, relations, numbers, roles, joins."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from engine.strategy.compose.timeframe import UNIT
from engine.strategy.compose.words import NUMBER, Text, phrase


@dataclass(slots=True)
class Item:
    """One piece of meaning.

    Attributes:
        kind: name, output, price, relation, slope, polarity, zone, streak, move, volume, activity, number,
            role, join, not, mode, lean.
        value: which one, e.g. `RSI`, `crosses_above`, `long_entry`.
        start, end: its place in the plain words.
        groups: what its pattern caught.
        numbers: (value, unit) pairs attached to a name.
        used: whether the plan says something because of it.
    """

    kind: str
    value: str
    start: int
    end: int
    groups: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    numbers: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    used: bool = False


_DET = (
    r"(?:the |its |a |an |their |own |my |this |new |fresh |recent |previous |prior |last |past |preceding )*"
)
_SPAN = rf"(?P<n>{NUMBER})(?: (?P<unit>{UNIT}))?(?: (?:period|bar|candle))?"
_IS = r"(?:is |are |was |being |be |stays? |remains? |trading |trades |trade |sits |still |currently |must be |should be |price is )*"
_UP = r"(?:above|over|higher than|greater than|bigger than|more than|larger than|exceeds?|at least|past|north of|>=?|=>|(?:equal )?or above)"
_DOWN = r"(?:below|under|beneath|underneath|lower than|less than|smaller than|at most|south of|<=?|=<|under than|(?:equal )?or below)"
_MOTION = (
    r"(?:cross(?:es|ed|ing)?|crossdown|break(?:s|ing|out|outs)?|broke|go(?:es|ing)?|gets?"
    r"|gone|moves?|moved|moving(?! average)|rises?|rising|rose|climb(?:s|ed|ing)?|push(?:es|ed)?|jump(?:s|ed)?"
    r"|comes?|coming|came|turn(?:s|ed|ing)?|closes|closed|closing|drop(?:s|ped|ping)?|fall(?:s|ing|en)?|fell"
    r"|dip(?:s|ped|ping)?|sink(?:s|ing)?|slid(?:e|es|ing)|declin(?:e|es|ed)|slip(?:s|ped)?|return(?:s|ed)?"
    r"|bounce(?:s|d)?|pop(?:s|ped)?|plunge(?:s|d)?|punch(?:es)?|rall(?:y|ies)|trad(?:e|es)|reclaim(?:s|ed)?|lose(?:s)?|flip(?:s|ped)?|recover(?:s|ed)?|candle closes|shoots?|spikes?|crashes|dumps|is back|gets back|run(?:s)?|x)"
)
_ADVERB = r"(?: (?:back|again|it|price|clearly|decisively|strongly|just|of|to|out|up|upwards?|down|downwards?|right|the|first|once))*"
_INTO = r"(?: into| to| in)?"

_MA_KIND = {
    "EMA": r"exponential moving averages?|exponential averages?|exponential ma|ema",
    "SMA": r"simple moving averages?|simple averages?|simple ma|sma",
    "WMA": r"(?:linear(?:ly)? )?weighted moving averages?|wma",
    "DEMA": r"dema|double exponential moving average",
    "TEMA": r"tema|triple exponential moving average",
    "KAMA": r"kama|(?:kaufman(?: s)? )?adaptive moving average",
    "MA": r"moving averages?(?: lines?)?|(?<!volume )ma|dma|averages?(?: (?:price|line|lines|close))?|mean(?: price)?|mov average",
}
_NAMES = {
    "Stochastic RSI": r"(?:stochastic rsi|stochrsi|srsi)(?: oscillator)?",
    "RSI": r"rsi|relative strength(?: index)?",
    "Stochastic": r"(?:slow |fast |full )?stochastics?(?: oscillator)?",
    "CCI": r"cci|commodity channel(?: index)?",
    "Williams %R": r"williams(?: (?:pr|% r|r|percent r))?(?: oscillator| indicator)?|willr|wpr|pr",
    "MFI": r"mfi|money flow(?: index)?",
    "Z-score": r"z ?score|zscore|z score|standard score",
    "ROC": r"roc|rate of change|rocp|(?:price )?returns?(?! to)|performance",
    "Aroon": r"aroon(?: oscillator| indicator)?",
    "ADX": r"adx|average directional(?: movement)?(?: index)?|directional movement index|dmi|di(?= cross)",
    "MACD": r"macd",
    "Bollinger": r"bollinger(?: s)?(?: bands?)?",
    "Keltner": r"keltner(?: s)?(?: channels?| bands?)?",
    "Donchian": r"donchian(?: s)?(?: channels?| bands?)?|price channels?|turtles?(?: traders?| trading| system| rules?)*",
    "Supertrend": r"supertrend|super trend",
    "Ichimoku": r"ichimoku(?: kinko hyo)?(?: (?:kumo|cloud))?|kumo(?: cloud)?|cloud",
    "VWAP": r"vwap|volume weighted average(?: price)?",
    "OBV": r"obv|on balance volume",
    "Parabolic SAR": r"parabolic sar|psar|sar|parabolic(?: stop and reverse)?",
    "Momentum": r"momentum",
    "Breakout": r"(?:range |channel |price )?break ?outs?|channel breakouts?",
    "ATR": r"atr|average true range",
}
_OUTPUTS = {
    "upper": r"(?:upper|top|high)(?: (?P<name>bollinger|keltner|donchian))?(?: s)? (?:bands?|channel|line|edge|side|boundary)|upper|top of (?:the )?(?:band|channel)|upper band",
    "lower": r"(?:lower|bottom|low)(?: (?P<name>bollinger|keltner|donchian))?(?: s)? (?:bands?|channel|line|edge|side|boundary)|lower(?! (?:than|low|lows|high|highs|volume|volatility|timeframe|close|closes|prices?))|bottom of (?:the )?(?:band|channel)",
    "middle": r"(?:middle|mid|center|centre|central|basis)(?: (?P<name>bollinger|keltner|donchian))?(?: s)? (?:bands?|line|channel)|midline|basis|middle",
    "signal": r"signal lines?|its signal|the signal",
    "histogram": r"histogram|hist",
    "k": r"pk|k line|k",
    "d": r"pd|d line|d",
    "plus": r"plusdi|plus di|di plus|di \+",
    "minus": r"minusdi|minus di|di minus|di -",
    "tenkan": r"tenkan(?: sen)?|conversion line",
    "kijun": r"kijun(?: sen)?|base line",
    "zero": r"(?:the )?(?:zero|0) (?:line|level)|zero",
}

_PATTERNS: list[tuple[str, str, re.Pattern[str]]] = []


def _add(kind: str, value: str, pattern: str) -> None:
    _PATTERNS.append((kind, value, phrase(pattern)))


_FACTOR = r"(?:(?P<factor>\d+\.\d+|\d+(?= (?:%|x|times|\*)))(?P<percent> %)?(?: (?:x|times|\*))?|(?P<word>twice|double|triple))"
_VOLUME_AVERAGE = (
    rf"{_DET}(?:{_SPAN} )?(?:(?:simple|moving|exponential|volume|trading) )*"
    r"(?:average|mean|sma|ma|ema|normal|usual)(?: (?:volume|volumes|line))*"
    rf"(?:(?: (?:of|over|for|in|from|\(|volume|,))+ {_DET}(?P<n2>\d+)(?: (?P<unit2>{UNIT}))?(?: \))?)?"
)
_add(
    "volume",
    "condition",
    rf"volume (?:must |should |has to |closes |breaks |rises |spikes |goes )?(?P<relation>{_IS}(?:at )?(?:{_UP}|{_DOWN}))(?: than)?"
    rf" (?:{_DET}{_FACTOR}(?: (?:of|above|over|than|higher than|more than|the))* )?{_VOLUME_AVERAGE}",
)
_add(
    "volume",
    "condition",
    rf"volume (?:must |should |has to |spikes |of |at )?{_IS}(?:at least )?{_FACTOR}"
    rf"(?: (?:of|above|over|than|higher than|more than|bigger than|greater than|the))* {_VOLUME_AVERAGE}",
)
_add(
    "volume",
    "condition",
    rf"(?P<relation>above|below|over|under|higher than|lower than)(?: the| its)? (?:average|normal|usual|mean) (?:trading )?volume",
)
_add(
    "volume",
    "spike",
    rf"volume (?:spikes?|surges?|explosion|burst|bursts|climax|breakouts?)(?: of)?(?: {_FACTOR})?|(?:spikes?|surges?|jump) (?:in|of) volume",
)
_add("volume", "spike", rf"{_FACTOR} (?:average |normal |the |usual )*volume")
_add("volume", "low", r"(?:low|small|thin|weak|falling|decreasing|dry) volume")
_add(
    "volume",
    "high",
    r"(?:(?:high|higher|strong|big|heavy|good|rising|increasing|growing|large|huge|enough|confirmed by|confirmation by|confirm by|confirm with) )+(?:the )?volume"
    r"(?: (?:confirmation|confirms?|filter|support|behind it))?|volume (?:confirmation|confirms?|filter|is high|high|rising|is rising|increasing|increases|rises|picks up|is increasing|growing|expands|expansion|support|condition|must confirm|confirmed|is strong)",
)
_add(
    "volume",
    "high",
    rf"with (?:the |good |some )?volume(?: (?:confirmation|confirming|confirms?|filter|support))?(?! (?:{_UP}|{_DOWN}|weighted|of|average|sma|ma|\d))",
)
_add(
    "activity",
    "condition",
    rf"(?:atr|average true range|volatility)(?: \(? ?(?P<p>\d+)(?: \))?)? (?P<relation>{_IS}(?:{_UP}|{_DOWN}))(?: than)? {_DET}(?:{_FACTOR} )?{_DET}(?:{_SPAN} )?(?:(?:moving|long|term|normal|usual|simple) )*(?:average|mean|ma|sma|ema|median|usual|normal)(?: of)?(?: (?:atr|volatility))?(?: (?:of|over) {_DET}(?P<n2>\d+)(?: (?P<unit2>{UNIT}))?)?",
)
_add(
    "activity",
    "low",
    r"(?:avoid|skip|not (?:in|during|when)|no trades? in|without)(?: (?:the|too|times|periods|of|very))* (?:high|higher|extreme|wild|big|large) volatility|(?:low|lower|quiet|calm|small|falling|decreasing|contracting) (?:volatility|atr)"
    r"|volatility (?:is )?(?:low|lower|calm|quiet|falling|decreasing|contracting|contracts)|(?:quiet|calm) (?:market|markets)|atr (?:is )?(?:low|falling)",
)
_add(
    "activity",
    "high",
    r"(?:avoid|skip|not (?:in|during|when)|no trades? in|without)(?: (?:the|too|times|periods|of|very))* (?:low|small|quiet|dead) volatility|(?:high|higher|enough|sufficient|rising|increasing|expanding|big) (?:volatility|atr)"
    r"|volatility (?:is )?(?:high|higher|enough|rising|increasing|expanding|expands|picks up)|volatility (?:filter|condition)|(?:atr|average true range) (?:filter|is rising|rising|is high)|filter(?: (?:by|on|for))? (?:volatility|atr)",
)
_add(
    "mode",
    "volatility_breakout",
    r"volatility (?:break ?outs?|expansion)|atr (?:break ?outs?|channel|band|bands)|range expansion",
)
_add(
    "streak",
    "",
    rf"(?P<n>\d+) (?:consecutive |straight |successive |back to back |big )*(?P<colour>red|green|down|up|bearish|bullish|falling|rising|lower|higher|negative|positive) (?:candles?|bars?|days?|closes?|hours?|candlesticks?)(?: (?:in a row|in row|in series|consecutively|straight|one after another))?",
)
_add(
    "streak",
    "",
    r"(?P<n>\d+) (?:consecutive |straight |successive )*(?:candles?|bars?|days?|closes?) (?:in a row )?(?:that )?(?:are |close |closed |is )*(?P<colour>red|green|down|up|bearish|bullish|lower|higher)(?: (?:in a row|in row))?",
)
_add("streak", "", r"(?P<colour>red|green|bearish|bullish) (?:candle|bar|candlestick)s?")
_FELL = r"(?:(?:goes|is|went|moves|has|gone|move|go) )?(?:drop(?:s|ped)?|fall(?:s|en)?|fell|dip(?:s|ped)?|declin(?:e|es|ed)|lose(?:s)?|lost|down|crash(?:es|ed)?|plunge(?:s|d)?|dump(?:s|ed)?|sink(?:s)?|correction|pullback)"
_ROSE = r"(?:(?:goes|is|went|moves|has|gone|move|go) )?(?:ris(?:e|es|en)|rose|gain(?:s|ed)?|jump(?:s|ed)?|climb(?:s|ed)?|pump(?:s|ed)?|up|rall(?:y|ies|ied)|surge(?:s|d)?|increase(?:s|d)?)"
_MORE = r"(?: (?:by|of|is|are|at|least|about|more|than|over|a|around|some|has|have|been|was|or|greater))*"
_WITHIN = rf"(?: (?:or more))?(?: (?:in|over|within|during|for|inside|since|the|last|past|previous|a|an|1|one|single|of|less|than|time|period))*(?: (?P<n>\d+))? (?P<unit>{UNIT})"
_add("move", "down", rf"{_FELL}{_MORE} (?P<size>{NUMBER}) %{_WITHIN}")
_add("move", "up", rf"{_ROSE}{_MORE} (?P<size>{NUMBER}) %{_WITHIN}")
_add("move", "down", rf"(?P<size>{NUMBER}) % {_FELL}(?:{_WITHIN})?")
_add("move", "down", rf"{_FELL}{_MORE} (?P<size>{NUMBER}) %(?! (?:below|under|above|over))")
_add("move", "up", rf"(?P<size>{NUMBER}) % (?:rise|gain|jump|pump|rally|surge|increase)(?:{_WITHIN})?")
_add("move", "up", rf"{_ROSE}{_MORE} (?P<size>{NUMBER}) %(?! (?:below|under|above|over))")
_add(
    "sigma",
    "",
    rf"(?P<k>{NUMBER}) (?:x )?(?:sigmas?|stdev|stddev|std(?: dev| deviations?)?|standard deviations?|deviations?|sd)(?: (?:away|move|stretch|extension|band|bands))?"
    rf"(?: (?P<side>below|under|above|over|from)(?: {_DET}(?:{_SPAN} )?(?:(?:simple|moving|rolling) )*(?:mean|average|ma|sma)(?: (?:of|over) {_DET}(?P<n2>\d+)(?: (?P<unit2>{UNIT}))?)?)?)?",
)
_EXTREME = r"(?P<end>high|low)(?:est)?s?"
_add("extreme", "high", rf"(?:highest|max|hhv|highs?) \( (?:highs?|close|closes)(?: ,)? {_SPAN}(?: \))?")
_add("extreme", "low", rf"(?:lowest|min|llv|lows?) \( (?:lows?|close|closes)(?: ,)? {_SPAN}(?: \))?")
_add(
    "extreme",
    "",
    rf"{_DET}(?P<word>highest|lowest) (?P<end>highs?|lows?|close|closes|price|point|value)(?: (?:of|in|over|from|for|within|during))* {_DET}{_SPAN}",
)
_add("extreme", "", rf"{_DET}(?P<word>highest|lowest)(?: (?:of|in|over|from|for|within))* {_DET}{_SPAN}")
_add("extreme", "", rf"{_DET}{_EXTREME}(?: (?:of|in|over|from|for|within))+ {_DET}{_SPAN}")
_add(
    "extreme",
    "",
    rf"{_DET}{_SPAN}(?: s)? (?:rolling |trailing |price |range |channel )*{_EXTREME}(?: (?:break|price|level))?",
)
_add(
    "extreme",
    "day",
    rf"(?:the )?(?:yesterday(?: s|'s|s)?|yesterdays|previous day|prior day|last day)(?: s|'s)? {_EXTREME}",
)
_add(
    "extreme",
    "",
    rf"(?:the |a |its )*(?:previous|last|prior|past)(?: (?P<unit>day|week|candle|bar|hour|month))?(?: s|'s)? {_EXTREME}",
)
_add("extreme", "", rf"{_DET}(?P<unit>daily|weekly|hourly) {_EXTREME}")
_add("extreme", "", rf"{_DET}(?:swing|range|local|recent|new|all time|multi day|channel) {_EXTREME}")
_add("extreme", "high", rf"{_DET}resistance(?: level| line)?")
_add("extreme", "low", rf"{_DET}support(?: level| line)?")
_add(
    "mode",
    "opposite",
    r"(?:else |otherwise )?(?:stay|be|go|remain|sit|staying) (?:flat|out|in cash|in usdt)(?! (?:when|if|while|below|above|under|over))|(?:(?:on|at|with|when|in|the|an|a|it|they|does|do) )*(?:opposite|reverse|contrary|inverse|reversed)(?: (?:cross(?:over|es)?|signal|signals|condition|direction|way|happens|is true|side|case|event))*|(?:when )?(?:it |they )?(?:cross(?:es)?|crossing|flips?|turns?|reverses) (?:back|again|the other way|other way|reverse|in reverse)(?: (?:down|again|around|over))*(?! (?:above|below|over|under|up|into|inside|through))|(?:when )?(?:it |the signal |the trend )?(?:reverses|reversal|flips back)|otherwise(?: (?:go |to |in )?(?:cash|flat|out|nothing))?|(?:the )?other way(?: around)?|else|not anymore|no longer true",
)
_add(
    "mode",
    "squeeze",
    r"bollinger(?: bands?)?(?: (?:is|are|go|goes))? inside(?: of)?(?: the)? keltner(?: channels?| bands?)?|squeezes?|squeezing|squeezed|tight bands|bands? (?:are )?(?:tight|narrow|contract(?:s|ed)?|contraction)|volatility (?:contraction|squeeze)|contraction|consolidation|low bandwidth|narrow bands",
)
_add(
    "mode",
    "reversion",
    r"(?:mean )?(?:revert(?:s|ing|ed)?|reversion|reversions|reverting)(?: (?:to|at|from|the|mean|strategy))*|back to (?:the )?mean|fade|fading|counter ?trend|contrarian|snap back|buy(?:ing)? (?:the )?dips?|dip buy(?:ing|er)?|buy the fear|bounce play",
)
_add(
    "mode",
    "trend",
    r"(?:trend following|follow(?:s|ing)? (?:the )?trend|trend follower|trend rider|ride (?:the )?trends?|trend strategy|trending|trend trading|trend)(?! filter)",
)
_add(
    "mode",
    "trend_filter",
    r"(?:(?:only|just) )?(?:in|with|during)(?: (?:the|an?|direction|of|strong|main|major|overall|general|higher|bigger))* (?:up ?trend|bull market|bullish trend|trend)(?: only)?|trend filter|only up ?trends?|if (?:the )?(?:main |overall )?trend is up|trend is (?:up|bullish)|in direction of (?:the )?trend",
)
_add("mode", "oscillator", r"oscillators?")
_add("mode", "golden", r"golden ?cross(?:es|over|overs)?")
_add("mode", "death", r"death ?cross(?:es|over|overs)?")

_add(
    "streak",
    "",
    r"(?:has |have |is |was |been |closed |closes )*(?P<colour>fallen|down|falls?|fell|dropped|declined|lower|red|up|risen|higher|rises|rose|gained|green)(?: (?:for|since|over))? (?P<n>\d+) (?:consecutive |straight )?(?:days|bars|candles|closes|hours) (?:in a row|in row|in series|running|straight)",
)
_LEVEL_WORD = r"(?:levels?|thresholds?|zones?|bounds?|limits?)"
_add(
    "levels", "", rf"(?:with |using |at )?(?P<a>{NUMBER})(?: (?:/|and|-|,|to))+ (?P<b>{NUMBER}) {_LEVEL_WORD}"
)
_add(
    "levels",
    "",
    rf"{_LEVEL_WORD}(?: (?:of|at|:|are|=))* (?P<a>{NUMBER})(?: (?:/|and|-|,|to))+ (?P<b>{NUMBER})",
)
_add("nothing", "", r"(?:then )?(?:do nothing|no trades?|stay out|wait)(?= (?:[,.;]|_))")
_add("tk", "", r"tk cross(?:over|es|ing)?(?: (?:up|over))?")
_add(
    "streak",
    "",
    r"(?:the |a )?(?:first|next|one|1) (?P<colour>red|green|bearish|bullish|up|down)(?: (?:candle|bar|candlestick|close|day))?",
)
_add(
    "skip",
    "",
    r"(?:short|long|medium|mid|longer|shorter) term|(?:short|long|longer|shorter)(?= (?:ma|ema|sma|wma|moving|average|period))",
)

# Roles.
_ITS = r"(?: (?:it|them|all|everything|the|a|an|my|position|positions|trade|trades|order|orders|full|new|out|some|more|entire|whole|asset|coin))*"
_add(
    "role",
    "filter_not",
    r"(?:do )?(?:not|never|no|avoid|skip|avoiding)(?: (?:to|any|a|the|new|do|i|take|taking|make|open|opening|go|going|get|me))* (?:buy|buying|buys|enter|entering|entry|entries|trade|trades|trading|long|longs|signals?|in|positions?)(?: (?:it|a|the|any|long|trade|trades|position|anything|signals?|at|all))*(?: (?:when|if|while|on|at|unless|during|as long as|with))?",
)
_add(
    "role",
    "filter_not",
    r"unless|except (?:when|if)|but not (?:when|if|while)|not (?:when|if|while)|avoid(?: it)?(?: (?:when|if|while))?|skip(?: it)?(?: (?:when|if|while))?|ignore(?: (?:it|signals?))?(?: (?:when|if))?|stay out(?: (?:when|if|while))?",
)
_add(
    "role",
    "short_exit",
    rf"(?:cover(?:ing|s)?|buy back|buying back|buy to cover|(?:close|exit|closing|exiting|out of|leave)(?: (?:the|my|all|a))* shorts?){_ITS}(?: positions?)?",
)
_add(
    "role",
    "long_exit",
    rf"(?:close|exit|closing|exiting|sell|leave|out of)(?: (?:the|my|all|a))* longs?{_ITS}",
)
_add(
    "role",
    "short_entry",
    rf"(?:go|going|goes|be|get|take|enter|open|opening|turn|flip|switch)(?: (?:a|an|the|new|to|my))* shorts?{_ITS}|sell(?:ing)? short{_ITS}|short sell{_ITS}|short entr(?:y|ies)|shorts?{_ITS}|shorting{_ITS}",
)
_add(
    "role",
    "filter_long",
    r"only (?:go |take |do |open |enter )?(?:longs?|buys?|buy|enter|trade|trades|take trades|entries|entry|signals?)(?: (?:it|the|trades?|positions?|signals?|long))*(?: (?:when|if|while|once|as long as|where|that are|in case))?",
)
_add(
    "role",
    "long_entry",
    rf"(?:go|going|goes|be|get|take|enter|open|opening|turn|flip|stay|am|flips|switch)(?: (?:a|an|the|new|to|my|back))* longs?{_ITS}|buy(?:ing|s)?(?: (?:in|signal|signals|long|entry|order)){_ITS}|(?:buy|buying|buys|bought|purchase|accumulate|ape in){_ITS}|long entr(?:y|ies)|entr(?:y|ies){_ITS}|enter(?:ing|s)?{_ITS}|longs?{_ITS}|get in|getting in|open(?:ing)?(?: a| the)? (?:position|trade)s?|(?:first |second )?(?:entry )?trigger(?:ed)?",
)
_add(
    "role",
    "exit",
    rf"(?:sell(?:ing|s)?|sold)(?: (?:signal|signals|order|exit))*{_ITS}|exit(?:s|ing)?(?! (?:oversold|overbought)){_ITS}|(?:close|closing)(?: (?:it|them|the|all|everything|my|out|a|position|positions|trade|trades|order))+|close(?= (?:when|if|once|at|on|after|and))|(?:get|getting|go|be) (?:out|flat)|(?:go |to |in )?(?:flat|cash|usdt)(?= (?:when|if|below|above|under|over|otherwise|at|on))|out(?= (?:when|if|at|on|below|above|under|over))|(?:tak(?:e|es|ing) (?:the |my )?profits?|tp|targets?|cash out)(?= (?:at|when|if|on|near|once|is|in|into|the|upper|middle))|until|till|dump(?:ing)?{_ITS}|bail(?: out)?|leave{_ITS}|unload|stop(?: loss)?(?= (?:below|under|beneath|above|over|is below|at (?:the |my )?(?:\d+ )?(?:lower|upper|middle|mid|basis|ema|sma|ma|vwap|kijun|last|recent|previous|prior|lowest|highest|day|bar)))|liquidate",
)
_add(
    "role",
    "while",
    r"(?:hold|holding|stay|keep|remain|staying|be long|long|stay long|stay in|in)(?: (?:it|the|position|long|in))* (?:while|as long as|so long as|whilst|whenever)",
)
_add(
    "role",
    "filter",
    r"(?:but |and |take |enter |trade |with )*only (?:when|if|while|as long as|once|where|in case|with|on)|as long as|so long as|provided(?: that)?|while|(?:but )?only|given(?: that)?|(?:and )?(?:with )?(?:a |an |the )?(?:filter(?:ed)?|confirm(?:ed|s|ation)?|confirming|condition|conditions|required?|requires|require|must)(?: (?:is|by|with|that|on|of|if|for|using|when|:))*|also (?:need|require|want|only)",
)

# Relations.
_add(
    "zone",
    "leaves_oversold",
    r"(?:exits?|leaves?|leaving|exiting|out of|comes? out of|coming out of|recovers? from|(?:comes?|goes) back from|bounces? (?:from|off|out of)|rebounds? from|back from|up from)(?: (?:the|an))* oversold(?: (?:territory|zone|area|region|level|levels|condition))?",
)
_add(
    "zone",
    "leaves_overbought",
    r"(?:exits?|leaves?|leaving|exiting|out of|comes? out of|coming out of|falls? from|drops? from|(?:comes?|goes) back from|down from)(?: (?:the|an))* overbought(?: (?:territory|zone|area|region|level|levels|condition))?",
)
for _zone in ("oversold", "overbought"):
    _add(
        "zone",
        _zone,
        rf"(?P<level>is |stays )?(?:(?:gets|becomes|goes|turns|hits|reaches|enters|in|into|at|extremely|very|deeply|deep|the|an|near) )*{_zone}(?: (?:territory|zone|area|region|level|levels|condition|conditions|signal|threshold|reading|at|is|of|below|above|under|over|=|:|\(|<|>))*(?: (?P<n>{NUMBER})(?: \))?)?",
    )
_add(
    "polarity",
    "positive",
    rf"(?:(?:turns?|turned|flips?|flipped|goes|becomes?|is|gets|changes|color|colour|went|to|cross(?:es)?|moves|switches) )+(?:to )?(?:positive|green|bullish|up|above (?:zero|0)(?: line)?|blue|above (?:the )?0 line)(?! (?:from|through|\d))|positive",
)
_add(
    "polarity",
    "negative",
    rf"(?:(?:turns?|turned|flips?|flipped|goes|becomes?|is|gets|changes|color|colour|went|to|cross(?:es)?|moves|switches) )+(?:to )?(?:negative|red|bearish|down|below (?:zero|0)(?: line)?|below (?:the )?0 line)(?! (?:from|through|\d))|negative",
)
_add(
    "polarity",
    "flip",
    r"flip(?:s|ped|ping)?(?: (?:sign|direction|color|colour|sides?|over))*|chang(?:es?|ed|ing) (?:its )?(?:direction|colou?r|sign|side|trend)|switch(?:es)?(?: (?:direction|sign|colou?r))?|turn(?:s|ed)?(?: around)?",
)
_add(
    "slope",
    "up",
    r"(?P<level>is )?(?:(?:sloping|slopes?|pointing|points|trending|heading|going|curls?|curling) up(?:wards?)?|rising|increasing|growing|ascending|rises(?! above| over)|going higher)(?! (?:above|over|through|past|by|\d))",
)
_add(
    "slope",
    "down",
    r"(?P<level>is )?(?:(?:sloping|slopes?|pointing|points|trending|heading|going|curls?|curling) down(?:wards?)?|falling|decreasing|declining|descending|falls(?! below| under)|going lower)(?! (?:below|under|through|to|into|by|\d))",
)
_add(
    "lean",
    "up",
    r"(?:to the )?(?:upside|upwards?|bullish(?:ly)?|from below|from underneath|up|positive(?:ly)?)",
)
_add("lean", "down", r"(?:to the )?(?:downside|downwards?|bearish(?:ly)?|from above|down)")
_add("relation", "crosses_above", rf"(?:{_MOTION}){_ADVERB}{_INTO} {_UP}(?: than)?")
_add("relation", "crosses_below", rf"(?:{_MOTION}|crossdown){_ADVERB}{_INTO} {_DOWN}(?: than)?|crossdown")
_add(
    "relation",
    "crosses_above",
    r"(?:cross(?:es|ed|ing)?|breaks?|breaking|broke|goes|pushes|x)(?: (?:up|upwards?))(?: (?:through|the|past|of))*|reclaims?(?: the)?|breaks?(?: out)? (?:higher|upwards?)(?: through)?|rises (?:through|past)",
)
_add(
    "relation",
    "crosses_below",
    r"(?:cross(?:es|ed|ing)?|breaks?|breaking|broke|goes|drops?|falls?)(?: (?:down|downwards?))(?: (?:through|the|past|of))*|(?:drops?|falls?|sinks?) through|breaks? lower",
)
_add(
    "relation",
    "cross",
    r"cross(?:es|ed|ing|over|overs|ings)?(?: (?:over|each other|one another|strategy|signal|signals|system|through|together))*|crossovers?(?: (?:strategy|signal|system|of))*|x(?= (?:\d|ema|sma|ma|the|_))|intersects?",
)
_add(
    "relation",
    "break",
    r"break(?:s|ing)?(?: (?:out|through|of|from|the|to))*|(?:is |gets |was )?(?:broken|breached)|broke(?: (?:out|of|through))*|penetrat(?:e|es|ed)|pierc(?:e|es|ed)|breach(?:es|ed)?|takes? out|closes (?:outside|beyond|out)(?: of)?|clears?|outside(?: of)?|beyond|new(?= (?:high|low))|through",
)
_add(
    "relation",
    "touch",
    r"touch(?:es|ed|ing)?|hit(?:s|ting)?|reach(?:es|ed|ing)?|tag(?:s|ged)?|test(?:s|ed)?|bounce(?:s|d)?(?: (?:off|on|from|of))+|revert(?:s)? to|return(?:s|ed)? to|(?:comes?|came|pulls?|goes|retraces?|dips?|falls?|drops?|retreats?)(?: (?:back|down|up))* (?:to|into|near|towards?)(?! (?:below|above|under|over))|back (?:to|at|into|in|inside)|gets? to|go(?:es)? to|drop(?:s|ped)? to|fall(?:s)? to|rise(?:s)? to|at|near|pull(?:s)? ?back to|closes back inside|=|dip(?:s)? (?:to|into)",
)
_add("relation", "above", rf"{_IS}{_UP}(?: than)?")
_add("relation", "below", rf"{_IS}{_DOWN}(?: than)?")
_add(
    "between",
    "",
    rf"{_IS}(?:between|from) (?P<a>{NUMBER})(?: (?:and|to|-))+ (?P<b>{NUMBER})(?! (?:utc|h|am|pm|:))",
)

for _name, _pattern in (*_NAMES.items(), *_MA_KIND.items()):
    _add("name", _name, _pattern)
for _output, _pattern in _OUTPUTS.items():
    _add("output", _output, _pattern)
_add("price", "low", r"(?:the )?(?:low|wick) (?:of (?:the )?)?(?:candle|bar|price)")
_add("price", "high", r"(?:the )?high (?:of (?:the )?)?(?:candle|bar|price)")
_add(
    "price",
    "value",
    r"prices?(?: action)?|close|closing price|last price|market price|market|candles?(?! \d)|quote|spot price|body",
)
_add("number", "", rf"(?P<n>{NUMBER})(?: (?P<unit>{UNIT}|%))?(?: (?P<times>x|times))?")
_add("join", "and", r"and|plus|\+|also|then|as well as|together with|combined with|with")
_add("join", "or", r"or(?: (?:if|when|else))?|either")
_add("join", ",", r"[,;/:&-]|but|where|vs|versus|against")
_add("join", ".", r"[.!?]")
_add("not", "", r"not|no longer|isnt|without")


def items_of(text: Text) -> list[Item]:
    """The items of what nobody took so far, in the order of the text."""
    items: list[Item] = []
    position = 1
    while position < len(text.open):
        item = _item_at(text.open, position)
        if item is None:
            following = text.open.find(" ", position)
            position = len(text.open) if following < 0 else following + 1
            continue
        items.append(item)
        position = item.end + 1
    return items


def _item_at(line: str, position: int) -> Item | None:
    for kind, value, pattern in _PATTERNS:
        match = pattern.match(line, position)
        if match is not None and match.end() > position:
            return Item(kind, value, match.start(), match.end(), match.groupdict())
    return None
