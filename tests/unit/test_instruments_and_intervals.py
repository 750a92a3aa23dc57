"""Instruments, intervals and dates, as users write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidInput
from engine.market.instrument import Category, Instrument, parse_instrument
from engine.market.interval import Interval, format_instant, parse_instant, parse_interval


@pytest.mark.parametrize(
    ("symbol", "base", "quote"),
    [
        ("BTCUSDT", "BTC", "USDT"),
        ("BTCUSD", "BTC", "USD"),
        ("ETHBTC", "ETH", "BTC"),
        ("1000PEPEUSDT", "PEPE", "USDT"),
        ("SHIB1000USDT", "SHIB", "USDT"),
        ("BTC-USDT", "BTC", "USDT"),
        ("SOLUSDC", "SOL", "USDC"),
        ("1INCHUSDT", "1INCH", "USDT"),
    ],
)
def test_the_base_asset_is_the_thing_whose_price_it_is(symbol: str, base: str, quote: str) -> None:
    instrument = Instrument("bybit", Category.LINEAR, symbol)
    assert (instrument.base_asset, instrument.quote_asset) == (base, quote)


def test_a_full_name_is_read_and_written_alike() -> None:
    assert str(parse_instrument("bybit:linear:BTCUSDT")) == "bybit:linear:BTCUSDT"
    assert parse_instrument(" Bybit:LINEAR:btcusdt ") == Instrument("bybit", Category.LINEAR, "BTCUSDT")


@pytest.mark.parametrize(
    "text", ["BTCUSDT", "a:b", "bybit:margin:BTCUSDT", "by bit:spot:BTC", "bybit:spot:B/C", ""]
)
def test_anything_else_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_instrument(text)
    assert refused.value.hint


def test_there_are_twelve_intervals_and_no_other() -> None:
    assert [parse_interval(text).milliseconds // 60_000 for text in Interval] == [
        1, 3, 5, 15, 30, 60, 120, 240, 360, 720, 1440, 10080,
    ]  # fmt: skip
    with pytest.raises(InvalidInput, match="Intervals: 1m 3m 5m"):
        parse_interval("7m")


def test_weeks_begin_on_monday() -> None:
    monday = parse_instant("2024-01-01")
    assert (monday - Interval.W1.anchor_ms) % Interval.W1.milliseconds == 0


@given(st.integers(min_value=0, max_value=4_102_444_800_000))
def test_an_instant_survives_being_written_and_read(instant: int) -> None:
    assert parse_instant(format_instant(instant)) == instant


def test_a_date_without_zone_is_utc_and_another_zone_is_converted() -> None:
    assert parse_instant("2024-01-01") == parse_instant("2024-01-01T01:00+01:00")
    with pytest.raises(InvalidInput, match="--start 'yesterday' is not a date"):
        parse_instant("yesterday", "--start")
