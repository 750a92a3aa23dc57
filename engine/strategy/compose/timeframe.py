"""The timeframe and the symbol that a request names, and spans of time as a number of bars."""

from __future__ import annotations

import re

from engine.errors import InvalidInput
from engine.market.interval import DAY_MS, MINUTE_MS, Interval, parse_interval
from engine.strategy.compose.words import Text, phrase

UNIT = (
    r"(?:bars?|periods?|candles?|candlesticks?|sessions?|minutes?|mins?|hours?|hourly|hrs?|hr|days?"
    r"|weeks?|wks?"
    r"|months?|years?|m|h|d|w|y)"
)
_FRAME_UNIT = r"(?:minutes?|mins?|hours?|hourly|hrs?|hr|days?|daily|weeks?|weekly|wk|m|h|d|w)"
_FRAME_NOUN = (
    r"(?:chart|charts|candles?|candlesticks?|timeframes?|time frames?|time|tf|bars?|klines?|frame|interval)"
)
_NOT_A_FRAME = (
    r"(?! (?:(?:high|low|highs|lows|highest|lowest|average|ma|moving|simple|exponential|return|returns|change"
    r"|momentum|roc|range|breakout|channel|donchian|period|old)|(?:sma|ema|wma)(?! \(?\d))(?= ))"
)

_NAMED = phrase(
    rf"(?:(?:on|in|using|use|for|at|with|trade|trading) )?(?:(?:the|a|my) )?"
    rf"(?P<n>\d+) (?P<unit>{_FRAME_UNIT}) {_FRAME_NOUN}(?: (?:chart|charts|timeframe|tf|candles?))?"
)
_ON = phrase(
    rf"(?:on|using|use|trade|trading|timeframe|tf|interval|chart)(?: (?:is|=|:|of|the|a|in|at|btc|eth))*"
    rf" (?P<n>\d+) (?P<unit>{_FRAME_UNIT}){_NOT_A_FRAME}(?: {_FRAME_NOUN})?"
)
_SHORT = phrase(rf"(?:(?:on|in|for|at) )?(?:the )?(?P<n>\d+) (?P<unit>m|min|mins|h|hr|d|w){_NOT_A_FRAME}")
_LETTER_FIRST = phrase(r"(?:(?:on|in|for|at) )?(?:the )?(?P<unit>m|h|d|w) (?P<n>\d+)")
_ADVERB = phrase(
    rf"(?:(?:on|in|using|for|at|with) )?(?:(?:the|a) )?(?P<unit>hourly|daily|weekly)"
    rf"(?! (?:high|low|highs|lows|vwap|range|return|loss|volume))(?: {_FRAME_NOUN})?"
)
_BARE = phrase(
    r"(?:(?:on|in|using|for|at) )?(?:(?:the|a) )?(?P<unit>minute|hour|day|week) "
    r"(?:chart|charts|candles|timeframe|tf|bars)"
)
_HALF_HOUR = phrase(r"(?:on )?(?:the |a )?half (?:an )?hour(?:ly)?(?: chart| candles| bars| timeframe)?")
_ALONE = phrase(rf"(?P<n>\d+) (?P<unit>{_FRAME_UNIT})(?= (?:[,.;:]|_|$))")
_FRAMES = (_NAMED, _ON, _LETTER_FIRST, _SHORT, _ADVERB, _BARE, _ALONE)


_OPENINGS = ("", ",", ".", ";", ":")


def read_interval(text: Text) -> tuple[Interval | None, tuple[str, ...]]:
    """The interval that the request names, and the timeframes in it that do not exist here.

    A second timeframe is left in the text.
    """
    if text.take(_HALF_HOUR):
        return Interval.M30, ()
    unknown: list[str] = []
    for pattern in _FRAMES:
        for match in pattern.finditer(text.open):
            if pattern in (_SHORT, _LETTER_FIRST) and not _attached(text, match):
                continue
            if pattern is _ALONE and _word_before(text, match) not in _OPENINGS:
                continue
            name = _interval_name(match)
            interval = _parsed(name)
            if interval is not None:
                text.use(*match.span())
                return interval, tuple(unknown)
            if pattern is _NAMED:
                text.refuse(*match.span())
                unknown.append(name)
    return None, tuple(unknown)


def _word_before(text: Text, match: re.Match[str]) -> str:
    return text.open[: match.start()].rpartition(" ")[0].rpartition(" ")[2]


def _attached(text: Text, match: re.Match[str]) -> bool:
    """Whether number and unit were written as one, as in `15m` (or stand at the end: `on 15 m`)."""
    first, last = sorted((match.span("n"), match.span("unit")))
    return text.touching(first[0], last[1])


def _interval_name(match: re.Match[str]) -> str:
    groups = match.groupdict()
    number = int(groups.get("n") or 1)
    unit = match["unit"][0]
    minutes = number * {"m": 1, "h": 60, "d": 1440, "w": 10080}[unit]
    for size, letter in ((10080, "w"), (1440, "d"), (60, "h")):
        if minutes and minutes % size == 0:
            return f"{minutes // size}{letter}"
    return f"{minutes}m"


def _parsed(name: str) -> Interval | None:
    try:
        return parse_interval(name)
    except InvalidInput:
        return None


_MINUTES = {"m": 1, "h": 60, "d": 1440, "w": 10080, "y": 525_600}


def unit_minutes(unit: str) -> int | None:
    """Minutes of a unit of time as people write it; None when it counts bars."""
    if not unit or unit[0] in "bpcs":
        return None
    if unit.startswith("mo"):
        return 43_200
    return _MINUTES[unit[0]]


def bars_of(value: float, unit: str, bar_minutes: int) -> float:
    """`value` units as a number of bars, at least one; bars stay as they are."""
    minutes = unit_minutes(unit)
    return value if minutes is None else max(1, round(value * minutes / bar_minutes))


_SPAN = phrase(rf"\d+(?:\.\d+)? (?P<unit>{UNIT})")


def bar_minutes(interval: Interval | None, text: Text) -> int:
    """Minutes of one bar: of the interval, else of the smallest unit of time that the request names."""
    if interval is not None:
        return interval.milliseconds // MINUTE_MS
    named = [unit_minutes(match["unit"]) for match in _SPAN.finditer(text.norm)]
    known = [minutes for minutes in named if minutes is not None]
    return min(known, default=DAY_MS // MINUTE_MS)


_COINS = {
    "bitcoin": "BTC",
    "btc": "BTC",
    "xbt": "BTC",
    "ethereum": "ETH",
    "ether": "ETH",
    "eth": "ETH",
    "solana": "SOL",
    "sol": "SOL",
    "bnb": "BNB",
    "xrp": "XRP",
    "ripple": "XRP",
    "doge": "DOGE",
    "dogecoin": "DOGE",
    "ada": "ADA",
    "cardano": "ADA",
    "avax": "AVAX",
    "avalanche": "AVAX",
    "chainlink": "LINK",
    "ltc": "LTC",
    "litecoin": "LTC",
    "polkadot": "DOT",
    "matic": "MATIC",
    "polygon": "MATIC",
    "trx": "TRX",
    "tron": "TRX",
    "toncoin": "TON",
    "sui": "SUI",
    "aptos": "APT",
    "arbitrum": "ARB",
    "pepe": "PEPE",
    "shib": "SHIB",
    "bch": "BCH",
}
_QUOTE = r"(?:(?: ?[/-])? (?:usdt|usdc|usd|perp|perpetual|perps|futures|spot))*"
_PAIR = phrase(
    r"(?:(?:on|for|in|of|trade|trading) )?(?P<base>[a-z]{2,10}?)(?P<quote>usdt|usdc)(?: perps?| perpetual)?"
)
_COIN = phrase(rf"(?:(?:on|for|in|of) )?(?P<coin>{'|'.join(_COINS)}){_QUOTE}")
_SLASHED = phrase(r"(?:(?:on|for|in|of) )?(?P<base>[a-z]{2,6}) / (?P<quote>usdt|usdc|usd)")


def read_symbol(text: Text) -> str | None:
    """The symbol that the request names, e.g. BTCUSDT; further mentions of it are taken as well."""
    match = text.take(_PAIR) or text.take(_SLASHED)
    if match is not None:
        quote = "USDT" if match["quote"] == "usd" else match["quote"].upper()
        base, symbol = match["base"].upper(), match["base"].upper() + quote
    else:
        coin = text.find(_COIN)
        if coin is None:
            return None
        base = _COINS[coin["coin"]]
        symbol = f"{base}USDT"
    for again in list(_COIN.finditer(text.open)):
        if _COINS[again["coin"]] == base:
            text.use(*again.span())
    return symbol
