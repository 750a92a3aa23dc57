"""Words the rules know: numbers, spellings, typos, and words that carry no request of their own."""

from __future__ import annotations


def _words(text: str) -> list[str]:
    return text.split()


UNITS = {
    word: value
    for value, word in enumerate(
        _words(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
            "sixteen seventeen eighteen nineteen"
        )
    )
}
TENS = {
    word: 10 * value
    for value, word in enumerate(_words("twenty thirty forty fifty sixty seventy eighty ninety"), 2)
}

# One spelling per word; the keys are whole tokens, lower case.
SPELLINGS = {
    "percent": "%",
    "percents": "%",
    "percentage": "%",
    "pct": "%",
    "procent": "%",
    "perc": "%",
    "&": "and",
    "n": "and",
    "dont": "not",
    "don't": "not",
    "doesn't": "not",
    "doesnt": "not",
    "isn't": "not",
    "isnt": "not",
    "never": "not",
    "shouldn't": "not",
    "won't": "not",
    "wont": "not",
    "cannot": "not",
    "can't": "not",
    "cant": "not",
    "w/o": "without",
    "w/out": "without",
    "w/": "with",
    "stoploss": "sl",
    "stoplosses": "sl",
    "takeprofit": "tp",
    "takeprofits": "tp",
    "avg": "average",
    "avrg": "average",
    "avgs": "average",
    "emas": "ema",
    "smas": "sma",
    "mas": "ma",
    "bb": "bollinger",
    "bbs": "bollinger",
    "bband": "bollinger",
    "bbands": "bollinger",
    "boll": "bollinger",
    "stoch": "stochastic",
    "stochs": "stochastic",
    "vol": "volume",
    "xover": "crossover",
    "crossunder": "crossdown",
    "mcad": "macd",
    "macds": "macd",
    "rsis": "rsi",
    "rsii": "rsi",
    "ris": "rsi",
    "hi": "high",
    "lo": "low",
    "thru": "through",
    "ovr": "over",
    "abv": "above",
    "blw": "below",
    "undr": "under",
    "pirce": "price",
    "wen": "when",
    "whn": "when",
    "wehn": "when",
    "sel": "sell",
    "by": "by",
    "brakes": "breaks",
    "brake": "break",
    "sotp": "stop",
    "stpo": "stop",
    "loos": "loss",
    "los": "loss",
    "lose": "lose",
    "gratter": "greater",
    "then": "then",
    "u": "you",
    "white": "green",
    "black": "red",
    "rev": "reversion",
    "wanna": "want",
    "gonna": "want",
    "fourty": "forty",
    "ninty": "ninety",
    "fivty": "fifty",
    "fivteen": "fifteen",
    "twelv": "twelve",
    "fourtheen": "fourteen",
    "twenny": "twenty",
    "shortting": "shorting",
    "onli": "only",
    "olny": "only",
    "onyl": "only",
    "seling": "sell",
    "bying": "buy",
    "byu": "buy",
    "yb": "by",
    "lng": "long",
    "avgerage": "average",
}

# Words of the rules. A token one slip of the finger away from one of these is read as it.
TARGETS = frozenset(
    _words("""
    above below under beneath price close candle candles average averages moving exponential simple weighted
    cross crosses crossed crossing crossover crossovers golden death bollinger bands upper lower middle
    stochastic stochastics oscillator band supertrend ichimoku cloud donchian keltner channel channels
    breakout
    breakouts breaks squeeze volume volatility momentum trend histogram signal oversold overbought reversion
    reverting divergence williams parabolic aroon deviations deviation standard sigma
    long short longs shorts shorting direction directions
    stop loss profit target trailing risk reward equity capital account position
    monday tuesday wednesday thursday friday saturday sunday weekday weekdays weekend weekends between
    hourly daily weekly minute minutes hours weeks chart timeframe period periods
    without higher greater less only filter when sell enter exit highest lowest
    percent twenty thirty forty fifty sixty seventy eighty ninety fourteen fifteen eleven twelve thirteen
    strategy bitcoin ethereum flips turns positive negative channel turtle
    """)
)

# Words that say nothing on their own and are left out of `not_understood`.
STOP_WORDS = frozenset(
    _words("""
    a an the i im i'm i'd i've we you he she it its it's they them their this that these those there here my
    me your our us
    is are was were be been being am do does did done doing have has had having will would shall should can
    could may might must
    and or nor but so if when whenever once as at by for from in into of off on onto out over to up upon
    with
    within while than then thus per via about around
    please pls plz thanks thank hi hello hey dear yo just like want wants wanted need needs needed wish
    would
    let lets let's give gimme show make makes making made create creates build builds write code program
    generate design develop set sets setting settings put puts get gets use uses used using take takes
    taking
    try trying add adds apply run running work works
    strategy strategies bot bots algo algorithm script system idea rule rules trade trades trading trader
    traders signal signals something some thing things any each every which who what where how also too very
    really quite well good nice great best better simple basic classic easy standard normal usual usually
    kind kinda sort stuff way ways based basis following follow follows follower type
    price prices market markets coin coins crypto cryptocurrency token pair asset perp perps perpetual
    futures
    spot future usdt usd usdc bybit binance exchange chart charts
    candle candles bar bars period periods time times timeframe frame level levels line lines value values
    point points mark area zone territory region
    position positions entry entries order orders buy buys sell sells long longs short shorts open opens
    opened
    close closes closed enter enters exit exits hold holds holding
    only always again back till until after before during both either same one new first last next
    previous past default defaults ok okay yes yeah all way whole direction directions side sides
    indicator indicators oscillator condition conditions confirm confirms confirmed confirmation filter
    filters filtered plus minus & + - / : ; , . ! ? ( ) [ ] { } " ' = * # @ ~ ^ | < > % $ x
    going goes go gone went come comes coming move moves moving moved happen happens
    stays stay remains remain staying keep keeps keeping still currently now currently today
    account money equity capital size sized sizing
    fast slow faster slower middle medium term
    falls falling drops dropping rises rising climbs
    pullback pullbacks width effect
    multiplier multiple factor mult triple aligned rally rallies
    ribbon ribbons fan bounce bounces bounced rebound rebounds dip dips setup setups play plays
    not no without never except unless
    cross crosses crossing crossed crossover touches touch hits hit reaches
    one utc gmt
    """)
)

# Common words near a word of the rules that mean something else: never taken for a typo.
COMMON = frozenset(
    _words("""
    trading trade trader traders trades trend trends exist exists about along alone string strong stronger
    strongly lever levers leverage level levels shirt shore store story stocks stock those these there where
    which while white whole month months money market markets second seconds closing closer profits losses
    losing lost signals target targets channel counter center centre course courses corner current different
    differ expect exact except export extra early entry entries even event ever every often other others
    order
    orders over past path peak point points power precise present pretty previous program proper proven
    range
    ranges rate rates ratio real really recent region regular report result results return returns reverse
    reversal right rising safe same scalp scalping score season series several shape sharp shown sides
    similar
    since single slope slow slower small smart smooth space spike spot spread stable start starts state stay
    still style such super support resistance surge swing system table taken tight today together touch
    track
    until upper usual value wait watch weak weaker weight whenever wider width within word works world would
    yesterday year years form from grind crash crush broad belong below moved moves mover prices priced
    pricing
    closely filters filtered candlestick candlesticks crossdown smaller bigger larger trail trails trailed
    longer
    shorter longest shortest exits entered entering entries enters sells sold selling buying bought losers
    winners winner loser cutting exiting stops stopped stopping barely partial martin martini fifths period
    periodic minus plus tiny hour minutes bearish bullish position positions risky risking risks
    """)
)
