"""The stand-in behaves as Bybit's market endpoints are documented to."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import urlopen

from tests.conformance.market.conftest import HOURS, Scene
from tests.support.market import HOUR_MS, START_MS

NEWEST = START_MS + (HOURS - 1) * HOUR_MS
KLINE = "kline?category=linear&symbol=BTCUSDT&interval=60"
FUNDING = "funding/history?category=linear&symbol=BTCUSDT"


def ask(scene: Scene, request: str) -> dict[str, Any]:
    with urlopen(f"{scene.exchange.url}/v5/market/{request}") as reply:
        return json.loads(reply.read())


def opens(scene: Scene, request: str) -> list[int]:
    return [int(row[0]) for row in ask(scene, request)["result"]["list"]]


def test_every_answer_is_an_envelope_with_the_time(scene: Scene) -> None:
    reply = ask(scene, "time")
    assert (reply["retCode"], reply["time"]) == (0, scene.exchange.clock.now_ms)
    assert reply["result"]["timeSecond"] == str(scene.exchange.clock.now_ms // 1000)


def test_klines_come_newest_first_two_hundred_by_default(scene: Scene) -> None:
    assert opens(scene, KLINE) == list(range(NEWEST, NEWEST - 200 * HOUR_MS, -HOUR_MS))


def test_both_ends_of_a_window_are_inside(scene: Scene) -> None:
    assert len(opens(scene, f"{KLINE}&start={START_MS}&end={START_MS + 2 * HOUR_MS}")) == 3


def test_a_window_longer_than_the_limit_is_cut_from_its_end(scene: Scene) -> None:
    window = f"{KLINE}&start={START_MS}&end={START_MS + 9 * HOUR_MS}&limit=1"
    assert opens(scene, window) == [START_MS + 9 * HOUR_MS]


def test_with_a_start_alone_rows_run_forward(scene: Scene) -> None:
    assert opens(scene, f"{KLINE}&start={START_MS + 1}&limit=2") == [
        START_MS + 2 * HOUR_MS,
        START_MS + HOUR_MS,
    ]


def test_the_unfinished_bar_is_shown_as_far_as_it_went(scene: Scene) -> None:
    shown = ask(scene, f"{KLINE}&limit=1")["result"]["list"][0]
    assert float(shown[5]) == scene.bars.volume[-1] / 2
    scene.exchange.clock.advance(HOUR_MS)
    assert float(ask(scene, f"{KLINE}&limit=1")["result"]["list"][0][5]) == scene.bars.volume[-1]


def test_before_the_listing_there_is_an_empty_list(scene: Scene) -> None:
    reply = ask(scene, f"{KLINE}&start=0&end={START_MS - 1}")
    assert (reply["retCode"], reply["result"]["list"]) == (0, [])


def test_mark_prices_have_five_columns(scene: Scene) -> None:
    row = ask(scene, f"mark-price-{KLINE}&limit=1")["result"]["list"][0]
    assert len(row) == 5


def test_wrong_parameters_are_10001(scene: Scene) -> None:
    for request in (f"{KLINE}&limit=1001", KLINE.replace("BTC", "BTX"), f"{FUNDING}&startTime={START_MS}"):
        assert ask(scene, request)["retCode"] == 10001


def test_funding_is_cut_from_its_end_too(scene: Scene) -> None:
    rows = ask(scene, f"{FUNDING}&startTime={START_MS}&endTime={NEWEST}&limit=2")["result"]["list"]
    assert [int(row["fundingRateTimestamp"]) for row in rows] == scene.funding.time[:-3:-1].tolist()


def test_instruments_come_in_pages_and_spot_in_one(scene: Scene) -> None:
    for number in range(9):
        scene.exchange.book.list_perpetual(f"X{number}USDT")
    names: list[str] = []
    cursor = ""
    while True:
        result = ask(scene, f"instruments-info?category=linear&limit=4{cursor}")["result"]
        names += [entry["symbol"] for entry in result["list"]]
        if not result["nextPageCursor"]:
            break
        cursor = f"&cursor={result['nextPageCursor']}"
    assert names == ["BTCUSDT", *(f"X{number}USDT" for number in range(9))]
    assert "nextPageCursor" not in ask(scene, "instruments-info?category=spot")["result"]
