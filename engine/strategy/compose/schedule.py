"""Days and hours: when a request wants to trade, or not."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.strategy.compose.model import Hours, Months, Weekdays, Window
from engine.strategy.compose.words import Text, phrase, words_of

_DAYS = {
    "monday": 0,
    "tuesday": 1,
    "wednesday": 2,
    "thursday": 3,
    "friday": 4,
    "saturday": 5,
    "sunday": 6,
}
_DAY = (
    r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|tues|wed|thu|thur"
    r"|thurs|fri|sat|sun)s?"
)
_MONTHS = words_of("january february march april may june july august september october november december")
_NOT = (
    r"(?:not|no|without|avoid(?:ing)?|skip(?:ping)?|except|excluding|exclude|never|ignore"
    r"|but not|unless|outside|stay out|stay flat|flat|off)"
)
_LEAD = (
    r"(?:(?:and|but|only|trade|trades|trading|just|enter|entries|signals|do|does|it|on|at|in"
    r"|during|over|for|the|a|all|any|take|new|open|positions|happen|allowed|active|between|run"
    r"|is|s|of|from|every|each|this) )*"
)
_VERB = (
    r"(?P<verb>buy|go long|long|enter|open|(?:and )?(?:hold|holding|keep|stay in)(?: it)? "
    r"(?:until|till|to|through)|until|till|sell|exit|close|get out|short|go short|out|cover)(?: "
    r"(?:it|at|on|the|every|each|only|a|open|close|btc|eth|start|morning|of|always|position"
    r"|positions|us|in|all|long|short|trades?|everything|them|next|following|before))*"
)
_AFTER = r"(?: (?:only|trading|sessions?|trades?|entries))*"


@dataclass(slots=True)
class Schedule:
    """Windows to enter in, and windows that themselves open or close a position."""

    windows: tuple[Window, ...] = ()
    opens: Window | None = None
    closes: Window | None = None
    short: bool = False


_LIST = rf"{_DAY}(?:(?: (?:,|and|or|/|&))* {_DAY})*"
_RANGE = rf"(?P<first>{_DAY}) (?:to|through|until|till|-) (?P<last>{_DAY})"
_VERB_DAY = phrase(rf"{_VERB} (?P<day>{_DAY})(?: (?:open|close|morning|night|evening))?")
_VERB_WEEKEND = phrase(rf"{_VERB} (?:before |for |over )?(?:the )?(?P<when>weekends?|weekdays?)")
_VERB_HOUR = phrase(
    r"(?P<verb>buy|go long|long|enter|sell|exit|close|get out|short|cover)(?: (?:it|every|each|day"
    r"|always|the|position|all|btc|eth|everything))*"
    r" at (?P<h>\d{1,2})(?: : (?P<m>\d{1,2}))?(?: (?P<ap>am|pm|a m|p m))?(?P<mark>(?: (?:h|hours"
    r"|o'clock|utc|gmt|every day|each day|daily))*)(?! (?:%|x|atr|sigma))"
)
_DAY_RANGE = phrase(rf"(?:(?P<no>{_NOT}) )?{_LEAD}{_RANGE}{_AFTER}")
_DAY_LIST = phrase(rf"(?:(?P<no>{_NOT}) )?{_LEAD}(?P<days>{_LIST}){_AFTER}")
_WEEKDAYS = phrase(
    rf"(?:(?P<no>{_NOT}) )?{_LEAD}(?P<kind>weekdays?|week days?|business days?|work(?:ing)? ?days?|weekends?)"
    rf"(?: (?:filter))?{_AFTER}"
)
_UTC = r"(?: (?:h|hours?|hrs?|o'clock|utc|gmt|z|time|only|each day|every day|daily))"
_CLOCK = r"(?:: (?P<m{0}>\d{{1,2}}) ?)?(?:(?P<ap{0}>am|pm|a m|p m) ?)?(?:(?:h|utc|gmt|o'clock|hours) ?)*"
_HOUR_LEAD = (
    r"(?:(?:and|but|only|trade|trades|trading|just|enter|entries|signals|do|it|on|at|in|for|the"
    r"|any|take|new|open|positions|happen|allowed|active|run|is|every|each|buy|long) )*?"
)
_HOURS = phrase(
    rf"(?:(?P<no>{_NOT}) )?{_HOUR_LEAD}(?P<lead>between|from|hours?|during)?(?: )?(?:the )?(?:hours )?"
    r"(?:of )?"
    rf"(?P<h1>\d{{1,2}}) {_CLOCK.format(1)}(?:and|to|until|till|-|–|through) "
    rf"(?P<h2>\d{{1,2}})(?: (?:: (?P<m2>\d{{1,2}})))?(?: (?P<ap2>am|pm|a m|p m))?(?P<utc>{_UTC}*){_AFTER}"
)
_FROM_HOUR = phrase(
    rf"(?:(?P<no>{_NOT}) )?{_HOUR_LEAD}(?P<side>after|before) (?P<h>\d{{1,2}})(?: : (?P<m>\d{{1,2}}))?"
    r"(?: (?P<ap>am|pm))?"
    rf"(?P<utc>{_UTC}*)"
)
_SESSIONS = {
    "london": Hours(7, 16),
    "european": Hours(7, 16),
    "europe": Hours(7, 16),
    "eu": Hours(7, 16),
    "new york": Hours(13, 21),
    "ny": Hours(13, 21),
    "us": Hours(13, 21),
    "american": Hours(13, 21),
    "asian": Hours(0, 8),
    "asia": Hours(0, 8),
    "tokyo": Hours(0, 8),
    "night": Hours(22, 6),
    "day": Hours(8, 20),
}
_SESSION = phrase(
    rf"(?:(?P<no>{_NOT}) )?{_LEAD}(?P<name>london|european|europe|eu|new york|ny|us|american|asian|asia"
    r"|tokyo|night|day)"
    r" (?:sessions?|trading hours|hours|open|time)(?: only)?"
)
_MONTH_NAMES = "|".join(name for name in _MONTHS if name not in {"march", "may"})
_MONTH = rf"(?:{_MONTH_NAMES}|(?<=in )(?:march|may))"
_MONTH_LIST = phrase(
    rf"(?:(?P<no>{_NOT}) )?{_LEAD}(?P<months>{_MONTH}(?:(?: (?:,|and|or))* (?:{_MONTH_NAMES}|march"
    rf"|may))*){_AFTER}"
)
_EFFECT = phrase(
    r"(?:the )?(?:weekend|weekday|day of (?:the )?week|calendar|seasonal) (?:effect|anomaly|seasonality)"
)
_INDICATOR_BEFORE = re.compile(
    r"(?:rsi|stochastic|cci|mfi|adx|williams|ema|sma|ma|macd|score|atr|average|level|is|stays|pr)"
    r"(?: \(? ?\d+ \)?)? $"
)


def read_schedule(text: Text, assumptions: list[str]) -> Schedule:
    """Take every phrase on days and hours out of `text`."""
    schedule = Schedule()
    text.take(_EFFECT)
    _read_triggers(text, schedule)
    windows: list[Window] = []
    windows += _read_days(text)
    windows += _read_hours(text)
    for match in text.take_all(_SESSION):
        hours = _SESSIONS[match["name"]]
        windows.append(Hours(hours.end, hours.start) if match["no"] else hours)
        assumptions.append(f"the {match['name']} session: {hours.start:g} to {hours.end:g} UTC")
    for match in text.take_all(_MONTH_LIST):
        named = {i for i, name in enumerate(_MONTHS, 1) if f" {name} " in f" {match['months']} "}
        windows.append(Months(tuple(i for i in range(1, 13) if (i in named) != bool(match["no"]))))
    schedule.windows = tuple(dict.fromkeys(windows))
    return schedule


def _read_triggers(text: Text, schedule: Schedule) -> None:
    for pattern in (_VERB_DAY, _VERB_WEEKEND, _VERB_HOUR):
        for match in list(pattern.finditer(text.open)):
            window = _trigger_window(match)
            told = pattern is not _VERB_HOUR or match["m"] or match["ap"] or match["mark"]
            if window is None or not told:
                continue
            verb = match["verb"]
            if verb not in {"buy", "go long", "long", "enter", "open", "short", "go short"}:
                schedule.closes = window
            else:
                schedule.opens = window
                schedule.short |= "short" in verb
            text.use(*match.span())


def _trigger_window(match: re.Match[str]) -> Window | None:
    groups = match.groupdict()
    if groups.get("day"):
        return Weekdays((_day(groups["day"] or ""),))
    if groups.get("when"):
        return Weekdays((5, 6) if "weekend" in (groups["when"] or "") else (0, 1, 2, 3, 4))
    hour = _hour(groups["h"], groups.get("m"), groups.get("ap"))
    return None if hour is None else Hours(hour, (hour + 1) % 24 or 24)


def _read_days(text: Text) -> list[Window]:
    windows: list[Window] = []
    for match in text.take_all(_DAY_RANGE):
        first, last = _day(match["first"]), _day(match["last"])
        named = {day % 7 for day in range(first, last + 1 + (7 if last < first else 0))}
        windows.append(_weekdays(named, match["no"]))
    for match in text.take_all(_WEEKDAYS):
        named = {5, 6} if "weekend" in match["kind"] else {0, 1, 2, 3, 4}
        windows.append(_weekdays(named, match["no"]))
    for match in text.take_all(_DAY_LIST):
        named = {_day(word) for word in match["days"].split() if re.fullmatch(_DAY, word)}
        windows.append(_weekdays(named, match["no"]))
    return windows


def _weekdays(named: set[int], refused: str | None) -> Weekdays:
    return Weekdays(tuple(day for day in range(7) if (day in named) != bool(refused)))


def _day(word: str) -> int:
    return next(number for name, number in _DAYS.items() if name.startswith(word[:3]))


def _read_hours(text: Text) -> list[Window]:
    windows: list[Window] = []
    for match in list(_HOURS.finditer(text.open)):
        start = _hour(match["h1"], match["m1"], match["ap1"] or match["ap2"])
        end = _hour(match["h2"], match["m2"], match["ap2"])
        if start is None or end is None or start == end or not _is_clock(text, match):
            continue
        text.use(*match.span())
        windows.append(Hours(end, start) if match["no"] else Hours(start, end))
    for match in list(_FROM_HOUR.finditer(text.open)):
        hour = _hour(match["h"], match["m"], match["ap"])
        if hour is None or not (match["m"] or match["ap"] or match["utc"]) or not 0 < hour < 24:
            continue
        text.use(*match.span())
        after = (match["side"] == "after") != bool(match["no"])
        windows.append(Hours(hour, 24) if after else Hours(0, hour))
    return windows


def _is_clock(text: Text, match: re.Match[str]) -> bool:
    """Whether two numbers are hours: something says so, or the sentence can mean nothing else."""
    if match["m1"] or match["m2"] or match["ap2"] or match["utc"]:
        return True
    if match["lead"] not in {"between", "from"}:
        return False
    before = text.norm[: match.start("lead")]
    after = text.norm[match.end() :].split()
    return _INDICATOR_BEFORE.search(before) is None and after[:1] not in (["%"], ["bars"], ["candles"])


def _hour(hour: str | None, minute: str | None, half: str | None) -> float | None:
    value = int(hour or 99)
    if half and half.startswith("p") and value < 12:
        value += 12
    if half and half.startswith("a") and value == 12:
        value = 0
    minutes = int(minute or 0)
    return value + minutes / 60 if value <= 24 and minutes < 60 else None
