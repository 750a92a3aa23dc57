"""Patterns of statements that are whole in themselves, and of highs, lows and modes."""

from __future__ import annotations

from engine.strategy.compose.grammar import DET, DOWN, EXTREME, IS, SPAN, UP, Pattern
from engine.strategy.compose.timeframe import UNIT
from engine.strategy.compose.words import NUMBER

_FACTOR = (
    r"(?:(?P<factor>\d+\.\d+|\d+(?= (?:%|x|times|\*)))(?P<percent> %)?(?: (?:x|times|\*))?|"
    r"(?P<word>twice|double|triple))"
)
_VOLUME_AVERAGE = (
    rf"{DET}(?:{SPAN} )?(?:(?:simple|moving|exponential|volume|trading) )*"
    r"(?:average|mean|sma|ma|ema|normal|usual)(?: (?:volume|volumes|line))*"
    rf"(?:(?: (?:of|over|for|in|from|\(|volume|,))+ {DET}(?P<n2>\d+)(?: (?P<unit2>{UNIT}))?(?: \))?)?"
)
_FELL = (
    r"(?:(?:goes|is|went|moves|has|gone|move|go) )?(?:drop(?:s|ped)?|fall(?:s|en)?|fell|dip(?:s"
    r"|ped)?|declin(?:e|es|ed)|lose(?:s)?|lost|down|crash(?:es|ed)?|plunge(?:s|d)?|dump(?:s|ed)?"
    r"|sink(?:s)?|correction|pullback)"
)
_ROSE = (
    r"(?:(?:goes|is|went|moves|has|gone|move|go) )?(?:ris(?:e|es|en)|rose|gain(?:s|ed)?|jump(?:s"
    r"|ed)?|climb(?:s|ed)?|pump(?:s|ed)?|up|rall(?:y|ies|ied)|surge(?:s|d)?|increase(?:s|d)?)"
)
_MORE = r"(?: (?:by|of|is|are|at|least|about|more|than|over|a|around|some|has|have|been|was|or|greater))*"
_WITHIN = (
    r"(?: (?:or more))?(?: (?:in|over|within|during|for|inside|since|the|last|past|previous|a|an"
    rf"|1|one|single|of|less|than|time|period))*(?: (?P<n>\d+))? (?P<unit>{UNIT})"
)
_LEVEL_WORD = r"(?:levels?|thresholds?|zones?|bounds?|limits?)"

WHOLES: tuple[Pattern, ...] = (
    (
        "returns",
        "",
        rf"(?P<n>\d+) (?P<unit>{UNIT}) (?:price )?(?:returns?|performance|rate of change)(?! to )",
    ),
    (
        "volume",
        "condition",
        rf"volume (?:must |should |has to |closes |breaks |rises |spikes |goes )?(?P<relation>{IS}"
        rf"(?:at )?(?:{UP}|{DOWN}))(?: than)?"
        rf" (?:{DET}{_FACTOR}(?: (?:of|above|over|than|higher than|more than|the))* )?{_VOLUME_AVERAGE}",
    ),
    (
        "volume",
        "condition",
        rf"volume (?:must |should |has to |spikes |of |at )?{IS}(?:at least )?{_FACTOR}"
        rf"(?: (?:of|above|over|than|higher than|more than|bigger than|greater than|the))* {_VOLUME_AVERAGE}",
    ),
    (
        "volume",
        "condition",
        r"(?P<relation>above|below|over|under|higher than|lower than)(?: the| its)? (?:average|normal"
        r"|usual|mean) (?:trading )?volume",
    ),
    (
        "volume",
        "spike",
        rf"volume (?:spikes?|surges?|explosion|burst|bursts|climax|breakouts?)(?: of)?(?: {_FACTOR})?|"
        r"(?:spikes?|surges?|jump) (?:in|of) volume",
    ),
    ("volume", "spike", rf"{_FACTOR} (?:average |normal |the |usual )*volume"),
    ("volume", "low", r"(?:low|small|thin|weak|falling|decreasing|dry) volume"),
    (
        "volume",
        "high",
        r"(?:(?:high|higher|strong|big|heavy|good|rising|increasing|growing|large|huge|enough"
        r"|confirmed by|confirmation by|confirm by|confirm with) )+(?:the )?volume"
        r"(?: (?:confirmation|confirms?|filter|support|behind it))?|volume (?:confirmation|confirms?"
        r"|filter|is high|high|rising|is rising|increasing|increases|rises|picks up|is increasing"
        r"|growing|expands|expansion|support|condition|must confirm|confirmed|is strong)",
    ),
    (
        "volume",
        "high",
        r"with (?:the |good |some )?volume(?: (?:confirmation|confirming|confirms?|filter|support))?"
        rf"(?! (?:{UP}|{DOWN}|weighted|of|average|sma|ma|\d))",
    ),
    (
        "activity",
        "condition",
        rf"(?:atr|average true range|volatility)(?: \(? ?(?P<p>\d+)(?: \))?)? "
        rf"(?P<relation>(?:rises |crosses |goes |moves |climbs |falls |drops |gets )?{IS}(?:{UP}|{DOWN}))"
        rf"(?: than)? {DET}(?:{_FACTOR} )?{DET}(?:{SPAN} )?(?:(?:moving|long|term|normal|usual"
        r"|simple) )*(?:average|mean|ma|sma|ema|median|usual|normal)(?: of)?(?: (?:atr|volatility))?"
        rf"(?: (?:of|over) {DET}(?P<n2>\d+)(?: (?P<unit2>{UNIT}))?)?",
    ),
    (
        "activity",
        "low",
        r"(?:avoid|skip|not (?:in|during|when)|no trades? in|without)(?: (?:the|too|times|periods|of"
        r"|very))* (?:high|higher|extreme|wild|big|large) volatility|(?:low|lower|quiet|calm|small"
        r"|falling|decreasing|contracting) (?:volatility|atr)"
        r"|volatility (?:is )?(?:low|lower|calm|quiet|falling|decreasing|contracting|contracts)|"
        r"(?:quiet|calm) (?:market|markets)|atr (?:is )?(?:low|falling)",
    ),
    (
        "activity",
        "high",
        r"(?:avoid|skip|not (?:in|during|when)|no trades? in|without)(?: (?:the|too|times|periods|of"
        r"|very))* (?:low|small|quiet|dead) volatility|(?:high|higher|enough|sufficient|rising"
        r"|increasing|expanding|big) (?:volatility|atr)"
        r"|volatility (?:is )?(?:high|higher|enough|rising|increasing|expanding|expands|picks up)"
        r"|volatility (?:filter|condition)|(?:atr|average true range) (?:filter|is rising|rising"
        r"|is high)|filter(?: (?:by|on|for))? (?:volatility|atr)",
    ),
    (
        "mode",
        "volatility_breakout",
        r"volatility (?:break ?outs?|expansion)|atr (?:break ?outs?|channel|band|bands)|range expansion",
    ),
    (
        "streak",
        "",
        r"(?P<n>\d+) (?:consecutive |straight |successive |back to back |big )*(?P<colour>red|green"
        r"|down|up|bearish|bullish|falling|rising|lower|higher|negative|positive) (?:candles?|bars?"
        r"|days?|closes?|hours?|candlesticks?)(?: (?:in a row|in row|in series|consecutively|straight"
        r"|one after another))?",
    ),
    (
        "streak",
        "",
        r"(?P<n>\d+) (?:consecutive |straight |successive )*(?:candles?|bars?|days?|closes?) "
        r"(?:in a row )?(?:that )?(?:are |close |closed |is )*(?P<colour>red|green|down|up|bearish"
        r"|bullish|lower|higher)(?: (?:in a row|in row))?",
    ),
    ("streak", "", r"(?P<colour>red|green|bearish|bullish) (?:candle|bar|candlestick)s?"),
    (
        "streak",
        "",
        r"(?:the |a |last |current |previous |signal |this )*(?:candle|bar)"
        r"(?: (?:is|closes|closed|must be|be|was))+ (?P<colour>red|green|bullish|bearish)",
    ),
    ("move", "down", rf"{_FELL}{_MORE} (?P<size>{NUMBER}) %{_WITHIN}"),
    ("move", "up", rf"{_ROSE}{_MORE} (?P<size>{NUMBER}) %{_WITHIN}"),
    ("move", "down", rf"(?P<size>{NUMBER}) % {_FELL}(?:{_WITHIN})?"),
    ("move", "down", rf"{_FELL}{_MORE} (?P<size>{NUMBER}) %(?! (?:below|under|above|over))"),
    ("move", "up", rf"(?P<size>{NUMBER}) % (?:rise|gain|jump|pump|rally|surge|increase)(?:{_WITHIN})?"),
    ("move", "up", rf"{_ROSE}{_MORE} (?P<size>{NUMBER}) %(?! (?:below|under|above|over))"),
    (
        "sigma",
        "",
        rf"(?P<k>{NUMBER}) (?:x )?(?:sigmas?|stdev|stddev|std(?: dev| deviations?)?"
        r"|standard deviations?|deviations?|sd)(?: (?:away|move|stretch|extension|band|bands))?"
        rf"(?: (?P<side>below|under|above|over|from)(?: {DET}(?:{SPAN} )?(?:(?:simple|moving"
        rf"|rolling) )*(?:mean|average|ma|sma)(?: (?:of|over) {DET}(?P<n2>\d+)(?: "
        rf"(?P<unit2>{UNIT}))?)?)?)?",
    ),
    ("extreme", "high", rf"(?:highest|max|hhv|highs?) \( (?:highs?|close|closes)(?: ,)? {SPAN}(?: \))?"),
    ("extreme", "low", rf"(?:lowest|min|llv|lows?) \( (?:lows?|close|closes)(?: ,)? {SPAN}(?: \))?"),
    (
        "extreme",
        "",
        rf"{DET}(?P<word>highest|lowest) (?P<end>highs?|lows?|close|closes|price|point|value)(?: (?:of"
        rf"|in|over|from|for|within|during))* {DET}{SPAN}",
    ),
    ("extreme", "", rf"{DET}(?P<word>highest|lowest)(?: (?:of|in|over|from|for|within))* {DET}{SPAN}"),
    ("extreme", "", rf"{DET}{EXTREME}(?: (?:of|in|over|from|for|within))+ {DET}{SPAN}"),
    (
        "extreme",
        "",
        rf"{DET}{SPAN}(?: s)? (?:rolling |trailing |price |range |channel )*{EXTREME}(?: (?:break|price"
        r"|level))?",
    ),
    (
        "extreme",
        "day",
        rf"(?:the )?(?:yesterday(?: s|'s|s)?|yesterdays|previous day|prior day|last day)(?: s|'s)? {EXTREME}",
    ),
    (
        "extreme",
        "",
        r"(?:the |a |its )*(?:previous|last|prior|past)(?: (?P<unit>day|week|candle|bar|hour|month))?"
        rf"(?: s|'s)? {EXTREME}",
    ),
    ("extreme", "", rf"{DET}(?P<unit>daily|weekly|hourly) {EXTREME}"),
    ("extreme", "", rf"{DET}(?:swing|range|local|recent|new|all time|multi day|channel) {EXTREME}"),
    ("extreme", "high", rf"{DET}resistance(?: level| line)?"),
    ("extreme", "low", rf"{DET}support(?: level| line)?"),
    (
        "mode",
        "opposite",
        r"(?:else |otherwise )?(?:stay|be|go|remain|sit|staying) (?:flat|out|in cash|in usdt)(?! "
        r"(?:when|if|while|below|above|under|over))|(?:(?:on|at|with|when|in|the|an|a|it|they|does"
        r"|do) )*(?:opposite|reverse|contrary|inverse|reversed)(?: (?:cross(?:over|es)?|signal|signals"
        r"|condition|direction|way|happens|is true|side|case|event))*|(?:when )?(?:it |they )?(?:cross"
        r"(?:es)?|crossing|flips?|turns?|reverses) (?:back|again|the other way|other way|reverse"
        r"|in reverse)(?: (?:down|again|around|over))*(?! (?:above|below|over|under|up|into|inside"
        r"|through))|(?:when )?(?:it |the signal |the trend )?(?:reverses|reversal|flips back)"
        r"|otherwise(?: (?:go |to |in )?(?:cash|flat|out|nothing))?|(?:the )?other way(?: around)?"
        r"|else(?: (?:go |to |in |stay )?(?:cash|flat|out|nothing))?|not anymore|no longer true",
    ),
    (
        "mode",
        "squeeze",
        r"bollinger(?: bands?)?(?: (?:is|are|go|goes))? inside(?: of)?(?: the)? keltner(?: channels?"
        r"| bands?)?|squeezes?|squeezing|squeezed|tight bands|bands? (?:are )?(?:tight|narrow|contract"
        r"(?:s|ed)?|contraction)|volatility (?:contraction|squeeze)|contraction|consolidation"
        r"|low bandwidth|narrow bands",
    ),
    (
        "mode",
        "reversion",
        r"(?:mean )?(?:revert(?:s|ing|ed)?|reversion|reversions|reverting)(?: (?:to|at|from|the|mean"
        r"|strategy))*|back to (?:the )?mean|fade|fading|counter ?trend|contrarian|snap back|buy"
        r"(?:ing)? (?:the )?dips?|dip buy(?:ing|er)?|buy the fear|bounce play",
    ),
    (
        "mode",
        "trend",
        r"(?:trend following|follow(?:s|ing)? (?:the )?trend|trend follower|trend rider|ride "
        r"(?:the )?trends?|trend strategy|trending|trend trading|trend)(?! filter)",
    ),
    (
        "mode",
        "trend_filter",
        r"(?:(?:only|just) )?(?:in|with|during)(?: (?:the|an?|direction|of|strong|main|major|overall"
        r"|general|higher|bigger))* (?:up ?trend|bull market|bullish trend|trend)(?: only)?"
        r"|trend filter|only up ?trends?|if (?:the )?(?:main |overall )?trend is up|trend is (?:up"
        r"|bullish)|in direction of (?:the )?trend",
    ),
    ("mode", "oscillator", r"oscillators?"),
    ("mode", "golden", r"golden ?cross(?:es|over|overs)?"),
    ("mode", "death", r"death ?cross(?:es|over|overs)?"),
    (
        "streak",
        "",
        r"(?:has |have |is |was |been |closed |closes )*(?P<colour>fallen|down|falls?|fell|dropped"
        r"|declined|lower|red|up|risen|higher|rises|rose|gained|green)(?: (?:for|since|over))? "
        r"(?P<n>\d+) (?:consecutive |straight )?(?:days|bars|candles|closes|hours) (?:in a row|in row"
        r"|in series|running|straight)",
    ),
    (
        "levels",
        "",
        rf"(?:with |using |at )?(?P<a>{NUMBER})(?: (?:/|and|-|,|to))+ (?P<b>{NUMBER}) {_LEVEL_WORD}",
    ),
    (
        "levels",
        "",
        rf"{_LEVEL_WORD}(?: (?:of|at|:|are|=))* (?P<a>{NUMBER})(?: (?:/|and|-|,|to))+ (?P<b>{NUMBER})",
    ),
    ("nothing", "", r"(?:then )?(?:do nothing|no trades?|stay out|wait)(?= (?:[,.;]|_))"),
    ("tk", "", r"tk cross(?:over|es|ing)?(?: (?:up|over))?"),
    (
        "streak",
        "",
        r"(?:the |a )?(?:first|next|one|1) (?P<colour>red|green|bearish|bullish|up|down)(?: (?:candle"
        r"|bar|candlestick|close|day))?",
    ),
    (
        "skip",
        "",
        r"(?:short|long|medium|mid|longer|shorter) term|(?:short|long|longer|shorter)(?= (?:ma|ema|sma"
        r"|wma|moving|average|period))",
    ),
)
