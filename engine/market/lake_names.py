"""Finding the instrument that a user means among those of the lake."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from engine.errors import InvalidInput, NotFound
from engine.market.coverage import SeriesKind
from engine.market.instrument import Category, Instrument, parse_instrument
from engine.market.interval import Interval
from engine.market.lake_series import SeriesKey

GET_DATA = (
    "Get data with `edgewright data import FILE` or `edgewright data sync SYMBOL INTERVAL --start DATE`."
)


def resolve_symbol(
    keys: Iterable[SeriesKey],
    symbol: str,
    interval: Interval | None,
    venue: str | None,
    category: Category | None,
) -> Instrument:
    """The one instrument among `keys` that `symbol` names; see `Lake.resolve`."""
    name, venue, category = _parts(symbol, venue, category)
    bars = [key for key in keys if key.kind is SeriesKind.BARS]
    named = [key for key in bars if _matches(key.instrument, name, venue, category)]
    if not named:
        raise NotFound(
            f"The lake has no bars of {symbol.strip()!r}{_where(venue, category)}.", _nearest(bars, name)
        )
    found = sorted({key.instrument for key in named if interval is None or key.interval is interval})
    if not found:
        held = ", ".join(sorted(str(key) for key in named))
        raise NotFound(f"The lake has no {interval} bars of {symbol.strip()!r}; it has {held}.", GET_DATA)
    if len(found) > 1:
        raise InvalidInput(
            f"{symbol.strip()!r} names {len(found)} instruments: {', '.join(map(str, found))}.",
            "Add --venue or --category, or write one of these names in full.",
        )
    return found[0]


def _parts(
    symbol: str, venue: str | None, category: Category | None
) -> tuple[str, str | None, Category | None]:
    if ":" not in symbol:
        return symbol.strip().upper(), venue, category
    full = parse_instrument(symbol)
    if venue not in (None, full.venue) or category not in (None, full.category):
        raise InvalidInput(
            f"{symbol!r} is not of {':'.join(part for part in (venue, category) if part)}.",
            "Leave out --venue and --category with a full name.",
        )
    return full.symbol, full.venue, full.category


def _matches(instrument: Instrument, symbol: str, venue: str | None, category: Category | None) -> bool:
    return (
        instrument.symbol == symbol
        and venue in (None, instrument.venue)
        and category in (None, instrument.category)
    )


def _where(venue: str | None, category: Category | None) -> str:
    parts = [text for text in (venue, category) if text]
    return f" on {':'.join(parts)}" if parts else ""


def _nearest(bars: list[SeriesKey], symbol: str) -> str:
    """Instruments of that symbol elsewhere, else those spelled alike, else what there is."""
    instruments = sorted({key.instrument for key in bars})
    if not instruments:
        return f"It is empty. {GET_DATA}"
    alike = set(get_close_matches(symbol, {one.symbol for one in instruments}, n=5, cutoff=0.8))
    near = [str(one) for one in instruments if one.symbol in alike]
    shown = near or [str(one) for one in instruments[:10]]
    return f"{'Nearest' if near else 'It has'}: {', '.join(shown)}. {GET_DATA}"
