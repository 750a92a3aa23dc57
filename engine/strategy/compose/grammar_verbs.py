"""Patterns of roles (who does something) and of relations (what happens)."""

from __future__ import annotations

from engine.strategy.compose.grammar import DOWN, IS, UP, Pattern
from engine.strategy.compose.words import NUMBER

_MOTION = (
    r"(?:cross(?:es|ed|ing)?|crossdown|break(?:s|ing|out|outs)?|broke|go(?:es|ing)?|gets?"
    r"|gone|moves?|moved|moving(?! average)|rises?|rising|rose|climb(?:s|ed|ing)?|push(?:es|ed)?|jump"
    r"(?:s|ed)?"
    r"|comes?|coming|came|turn(?:s|ed|ing)?|closes|closed|closing|drop(?:s|ped|ping)?|fall(?:s|ing|en)?|fell"
    r"|dip(?:s|ped|ping)?|sink(?:s|ing)?|slid(?:e|es|ing)|declin(?:e|es|ed)|slip(?:s|ped)?|return(?:s|ed)?"
    r"|bounce(?:s|d)?|pop(?:s|ped)?|plunge(?:s|d)?|punch(?:es)?|rall(?:y|ies)|trad(?:e|es)|reclaim(?:s"
    r"|ed)?|lose(?:s)?|flip(?:s|ped)?|recover(?:s|ed)?|candle closes|shoots?|spikes?|crashes|dumps"
    r"|is back|gets back|run(?:s)?|x)"
)
_ADVERB = (
    r"(?: (?:back|again|it|price|clearly|decisively|strongly|just|of|to|out|up|upwards?|down"
    r"|downwards?|right|the|first|once))*"
)
_INTO = r"(?: into| to| in)?"
_ITS = (
    r"(?: (?:it|them|all|everything|the|a|an|my|position|positions|trade|trades|order|orders"
    r"|full|new|out|some|more|entire|whole|asset|coin))*"
)

VERBS: tuple[Pattern, ...] = (
    (
        "role",
        "filter_not",
        r"(?:do )?(?:not|never|no|avoid|skip|avoiding)(?: (?:to|any|a|the|new|do|i|take|taking|make"
        r"|open|opening|go|going|get|me))* (?:buy|buying|buys|enter|entering|entry|entries|trade"
        r"|trades|trading|long|longs|signals?|in|positions?)(?: (?:it|a|the|any|long|trade|trades"
        r"|position|anything|signals?|at|all))*(?: (?:when|if|while|on|at|unless|during|as long as"
        r"|with))?",
    ),
    (
        "role",
        "filter_not",
        r"unless|except (?:when|if)|but not (?:when|if|while)|not (?:when|if|while)|avoid(?: it)?(?: "
        r"(?:when|if|while))?|skip(?: it)?(?: (?:when|if|while))?|ignore(?: (?:it|signals?))?(?: "
        r"(?:when|if))?|stay out(?: (?:when|if|while))?",
    ),
    (
        "role",
        "short_exit",
        r"(?:cover(?:ing|s)?|buy back|buying back|buy to cover|(?:close|exit|closing|exiting|out of"
        rf"|leave)(?: (?:the|my|all|a))* shorts?){_ITS}(?: positions?)?",
    ),
    (
        "role",
        "long_exit",
        rf"(?:close|exit|closing|exiting|sell|leave|out of)(?: (?:the|my|all|a))* longs?{_ITS}",
    ),
    (
        "role",
        "short_entry",
        r"(?:go|going|goes|be|get|take|enter|open|opening|turn|flip|switch)(?: (?:a|an|the|new|to"
        rf"|my))* shorts?{_ITS}|sell(?:ing)? short{_ITS}|short sell{_ITS}|short entr(?:y|ies)"
        rf"|shorts?{_ITS}|shorting{_ITS}",
    ),
    (
        "role",
        "filter_long",
        r"only (?:go |take |do |open |enter )?(?:longs?|buys?|buy|enter|trade|trades|take trades"
        r"|entries|entry|signals?)(?: (?:it|the|trades?|positions?|signals?|long))*(?: (?:when|if"
        r"|while|once|as long as|where|that are|in case))?",
    ),
    (
        "role",
        "long_entry",
        r"(?:go|going|goes|be|get|take|enter|open|opening|turn|flip|stay|am|flips|switch)(?: (?:a|an"
        rf"|the|new|to|my|back))* longs?{_ITS}|buy(?:ing|s)?(?: (?:in|signal|signals|long|entry"
        rf"|order)){_ITS}|(?:buy|buying|buys|bought|purchase|accumulate|ape in){_ITS}|long entr(?:y"
        rf"|ies)|entr(?:y|ies){_ITS}|enter(?:ing|s)?{_ITS}|longs?{_ITS}|get in|getting in|open(?:ing)?"
        r"(?: a| the)? (?:position|trade)s?|(?:first |second )?(?:entry )?trigger(?:ed)?",
    ),
    (
        "role",
        "exit",
        rf"(?:sell(?:ing|s)?|sold)(?: (?:signal|signals|order|exit))*{_ITS}|exit(?:s|ing)?(?! "
        rf"(?:oversold|overbought)){_ITS}|(?:close|closing)(?: (?:it|them|the|all|everything|my|out|a"
        r"|position|positions|trade|trades|order))+|close(?= (?:when|if|once|at|on|after|and))|(?:get"
        r"|getting|go|be) (?:out|flat)|(?:go |to |in )?(?:flat|cash|usdt)(?= (?:when|if|below|above"
        r"|under|over|otherwise|at|on))|out(?= (?:when|if|at|on|below|above|under|over))|(?:tak(?:e|es"
        r"|ing) (?:the |my )?profits?|tp|targets?|cash out)(?= (?:at|when|if|on|near|once|is|in|into"
        rf"|the|upper|middle))|until|till|dump(?:ing)?{_ITS}|out(?= (?:$|[,.;_]))|bail(?: out)?"
        rf"|leave{_ITS}|unload|stop"
        r"(?: loss)?(?= (?:below|under|beneath|above|over|is below|at (?:the |my )?(?:\d+ )?(?:lower"
        r"|upper|middle|mid|basis|ema|sma|ma|vwap|kijun|last|recent|previous|prior|lowest|highest|day"
        r"|bar)))|liquidate",
    ),
    (
        "role",
        "while",
        r"(?:hold|holding|stay|keep|remain|staying|be long|long|stay long|stay in|in)(?: (?:it|the"
        r"|position|long|in))* (?:while|as long as|so long as|whilst|whenever)",
    ),
    (
        "role",
        "filter",
        r"(?:but |and |take |enter |trade |with )*only (?:when|if|while|as long as|once|where|in case"
        r"|with|on)|as long as|so long as|provided(?: that)?|while|(?:but )?only|given(?: that)?|"
        r"(?:and )?(?:with )?(?:a |an |the )?(?:filter(?:ed)?|confirm(?:ed|s|ation)?|confirming"
        r"|condition|conditions|required?|requires|require|must)(?: (?:is|by|with|that|on|of|if|for"
        r"|using|when|:))*|also (?:need|require|want|only)",
    ),
    (
        "zone",
        "leaves_oversold",
        r"(?:exits?|leaves?|leaving|exiting|out of|comes? out of|coming out of|recovers? from|"
        r"(?:comes?|goes) back from|bounces? (?:from|off|out of)|rebounds? from|back from|up from)(?: "
        r"(?:the|an))* oversold(?: (?:territory|zone|area|region|level|levels|condition))?",
    ),
    (
        "zone",
        "leaves_overbought",
        r"(?:exits?|leaves?|leaving|exiting|out of|comes? out of|coming out of|falls? from|drops? from"
        r"|(?:comes?|goes) back from|down from)(?: (?:the|an))* overbought(?: (?:territory|zone|area"
        r"|region|level|levels|condition))?",
    ),
    *(
        (
            "zone",
            zone,
            r"(?P<level>is |stays )?(?:(?:gets|becomes|goes|turns|hits|reaches|enters|in|into|at"
            rf"|extremely|very|deeply|deep|the|an|near) )*{zone}(?: (?:territory|zone|area|region|level"
            r"|levels|condition|conditions|signal|threshold|reading|at|is|of|below|above|under|over|="
            rf"|:|\(|<|>))*(?: (?P<n>{NUMBER})(?: \))?)?",
        )
        for zone in ("oversold", "overbought")
    ),
    (
        "polarity",
        "positive",
        r"(?:(?:turns?|turned|flips?|flipped|goes|becomes?|is|gets|changes|color|colour|went|to|cross"
        r"(?:es)?|moves|switches) )+(?:to )?(?:positive|green|bullish|up|above (?:zero|0)(?: line)?"
        r"|blue|above (?:the )?0 line)(?! (?:from|through|\d))|positive",
    ),
    (
        "polarity",
        "negative",
        r"(?:(?:turns?|turned|flips?|flipped|goes|becomes?|is|gets|changes|color|colour|went|to|cross"
        r"(?:es)?|moves|switches) )+(?:to )?(?:negative|red|bearish|down|below (?:zero|0)(?: line)?"
        r"|below (?:the )?0 line)(?! (?:from|through|\d))|negative",
    ),
    (
        "polarity",
        "flip",
        r"flip(?:s|ped|ping)?(?: (?:sign|direction|color|colour|sides?|over))*|chang(?:es?|ed|ing) "
        r"(?:its )?(?:direction|colou?r|sign|side|trend)|switch(?:es)?(?: (?:direction|sign|colou?r))?"
        r"|turn(?:s|ed)?(?: around)?",
    ),
    (
        "slope",
        "up",
        r"(?P<level>is )?(?:(?:sloping|slopes?|pointing|points|trending|heading|going|curls?"
        r"|curling) up(?:wards?)?|rising|increasing|growing|ascending|rises(?! above| over)"
        r"|going higher)(?! (?:above|over|through|past|by|\d))",
    ),
    (
        "slope",
        "down",
        r"(?P<level>is )?(?:(?:sloping|slopes?|pointing|points|trending|heading|going|curls?"
        r"|curling) down(?:wards?)?|falling|decreasing|declining|descending|falls(?! below| under)"
        r"|going lower)(?! (?:below|under|through|to|into|by|\d))",
    ),
    (
        "lean",
        "up",
        r"(?:to the )?(?:upside|upwards?|bullish(?:ly)?|from below|from underneath|up|positive(?:ly)?)",
    ),
    ("lean", "down", r"(?:to the )?(?:downside|downwards?|bearish(?:ly)?|from above|down)"),
    ("relation", "crosses_above", rf"(?:{_MOTION}){_ADVERB}{_INTO} {UP}(?: than)?"),
    ("relation", "crosses_below", rf"(?:{_MOTION}|crossdown){_ADVERB}{_INTO} {DOWN}(?: than)?|crossdown"),
    (
        "relation",
        "crosses_above",
        r"(?:cross(?:es|ed|ing)?|breaks?|breaking|broke|goes|pushes|x)(?: (?:up|upwards?))(?: "
        r"(?:through|the|past|of))*|reclaims?(?: the)?|breaks?(?: out)? (?:higher|upwards?)"
        r"(?: through)?|rises (?:through|past)",
    ),
    (
        "relation",
        "crosses_below",
        r"(?:cross(?:es|ed|ing)?|breaks?|breaking|broke|goes|drops?|falls?)(?: (?:down|downwards?))"
        r"(?: (?:through|the|past|of))*|(?:drops?|falls?|sinks?) through|breaks? lower"
        r"|loses?(?: the)?(?= (?:vwap|ema|sma|ma|\d))",
    ),
    (
        "relation",
        "cross",
        r"cross(?:es|ed|ing|over|overs|ings)?(?: (?:over|each other|one another|strategy|signal"
        r"|signals|system|through|together))*|crossovers?(?: (?:strategy|signal|system|of))*|x(?= "
        r"(?:\d|ema|sma|ma|the|_))|intersects?",
    ),
    (
        "relation",
        "break",
        r"break(?:s|ing)?(?: (?:out|through|of|from|the|to))*|(?:is |gets |was )?(?:broken|breached)"
        r"|broke(?: (?:out|of|through))*|penetrat(?:e|es|ed)|pierc(?:e|es|ed)|breach(?:es|ed)?"
        r"|takes? out|closes (?:outside|beyond|out)(?: of)?|clears?|outside(?: of)?|beyond|new(?= "
        r"(?:high|low))|through",
    ),
    (
        "relation",
        "touch",
        r"touch(?:es|ed|ing)?|hit(?:s|ting)?|reach(?:es|ed|ing)?|tag(?:s|ged)?|test(?:s|ed)?|bounce"
        r"(?:s|d)?(?: (?:off|on|from|of))+|revert(?:s)? to|return(?:s|ed)? to|(?:comes?|came|pulls?"
        r"|goes|retraces?|dips?|falls?|drops?|retreats?)(?: (?:back|down|up))* (?:to|into|near"
        r"|towards?)(?! (?:below|above|under|over))|back (?:to|at|into|in|inside)|gets? to|go"
        r"(?:es)? to|drop(?:s|ped)? to|fall(?:s)? to|rise(?:s)? to|at|near|pull(?:s)? ?back to"
        r"|closes back inside|=|dip(?:s)? (?:to|into)",
    ),
    ("relation", "above", rf"{IS}{UP}(?: than)?"),
    ("relation", "below", rf"{IS}{DOWN}(?: than)?"),
    (
        "between",
        "",
        rf"{IS}(?:between|from) (?P<a>{NUMBER})(?: (?:and|to|-))+ (?P<b>{NUMBER})(?! (?:utc|h|am|pm|:))",
    ),
)
