"""Bundles from anybody: whole ones open, changed ones are refused, hostile ones do no harm."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import InvalidInput, LimitExceeded, NotFound
from engine.research.bundle import reading, seal
from engine.research.bundle.document import LedgerExtract
from engine.research.bundle.keys import public_key_of
from engine.research.bundle.reading import read_bundle
from engine.research.bundle.seal import opened, read_limited, sealed
from engine.research.bundle.writing import bundle
from engine.store.codec import Table, pack, unpack
from tests.support.assessments import rich_assessment
from tests.support.bundles import CROSS, KEY, bundled, changed, funding, hourly_bars, laboratory, recorded


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return bundled(laboratory(tmp_path_factory.mktemp("home"), hourly_bars(), funding()))


def table(fields: Any, name: str) -> Table:
    return unpack(base64.b64decode(fields["tables"][name]))


def put(fields: Any, name: str, made: Table) -> None:
    fields["tables"][name] = base64.b64encode(pack(made)).decode()


def test_a_bundle_opens_with_everything_in_it(content: bytes) -> None:
    opened_bundle = read_bundle(content)
    document = opened_bundle.document
    assert opened_bundle.public_key == public_key_of(KEY)
    assert document.code == CROSS
    assert set(document.tables) == {"trades", "equity", "funding"}
    assert len(opened_bundle.equity.equity) == document.run.data.bars
    assert len(opened_bundle.trades) == document.run.metrics.trades
    (need,) = document.needs
    assert (need.hash, need.bars) == (document.run.data.hash, document.run.data.bars)
    assert need.fetch.startswith("edgewright data import FILE --symbol BTCUSDT --interval 1h --venue bybit")


def test_no_bar_is_in_it(content: bytes) -> None:
    closes = hourly_bars().close
    held = read_bundle(content).document.tables
    columns = [column for blob in held.values() for column in unpack(base64.b64decode(blob)).numbers.values()]
    assert not any(len(column) >= 100 and np.isin(closes[:100], column).all() for column in columns)


def test_the_same_run_and_key_give_the_same_bytes(tmp_path: Path) -> None:
    lab = laboratory(tmp_path, hourly_bars())
    run_id = recorded(lab)
    assert bundle(lab.store, run_id, KEY) == bundle(lab.store, run_id, KEY)


def test_an_assessment_and_its_ledger_come_along(tmp_path: Path) -> None:
    lab, assessment = laboratory(tmp_path, hourly_bars()), rich_assessment()
    document = read_bundle(bundle(lab.store, recorded(lab), KEY, assessment=assessment)).document
    assert document.assessment == assessment
    assert document.ledger == LedgerExtract(trials=assessment.trials, rows=assessment.ledger)


def test_a_run_from_the_exchange_names_the_command_that_fetches_it(content: bytes) -> None:
    data = read_bundle(content).run.data.model_copy(update={"source": "exchange"})
    from engine.research.bundle.needs import needs_of

    assert needs_of(data)[0].fetch == (
        f"edgewright data sync bybit:linear:BTCUSDT 1h --start {data.start} --end {data.end}"
    )


def test_every_changed_byte_is_noticed(content: bytes) -> None:
    for at in [*range(300), *range(300, len(content), len(content) // 200), len(content) - 1]:
        spoiled = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        with pytest.raises(InvalidInput):
            read_bundle(spoiled)


@pytest.mark.parametrize(
    "spoil", [lambda c: c[:-1], lambda c: c + b"\n", lambda c: c + b"{}\n", lambda c: c[:-50]]
)
def test_a_cut_or_longer_file_is_refused(content: bytes, spoil: Any) -> None:
    with pytest.raises(InvalidInput):
        read_bundle(spoil(content))


def test_one_character_of_the_code_breaks_the_signature(content: bytes) -> None:
    assert content.count(b"rolling") == 1
    with pytest.raises(InvalidInput, match="signature does not hold"):
        read_bundle(content.replace(b"rolling", b"rollinG"))


def test_a_seal_written_otherwise_is_refused(content: bytes) -> None:
    line, rest = content.split(b"\n", 1)
    for other in (line.replace(b'":', b'": '), line.upper(), line.replace(b":1,", b":1.0,"), line + b" "):
        with pytest.raises(InvalidInput):
            read_bundle(other + b"\n" + rest)


@pytest.mark.parametrize(
    "raw", [b"", b"\n", b"{}\n{}\n", b"PK\x03\x04" + b"\0" * 1000, b"[" * 400 + b"\n" + b"x\n", b"x" * 10_000]
)
def test_what_is_no_bundle_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"not a bundle|seal"):
        read_bundle(raw)


def test_a_signature_for_another_purpose_is_none(content: bytes) -> None:
    body, _ = opened(content)
    line = json.dumps(
        {
            "edgewright_bundle": 1,
            "public_key": public_key_of(KEY).hex(),
            "signature": KEY.sign(body).hex(),
        },
        separators=(",", ":"),
    )
    with pytest.raises(InvalidInput, match="signature does not hold"):
        read_bundle(line.encode() + b"\n" + body + b"\n")


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"null",
        b"[" * 200_000,
        b'{"schema":' + b"9" * 10_000 + b"}",
        b'{"schema":NaN}',
        b'{"schema":1e999}',
        b"\xff\xfe",
    ],
)
def test_a_signed_text_that_is_no_bundle_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput, match="makes no sense"):
        read_bundle(sealed(body, KEY))


def _far_time(fields: Any) -> None:
    fields["run"]["data"]["start"] = "9999-12-31T23:59:59Z"


def _many_bars(fields: Any) -> None:
    fields["run"]["data"]["bars"] = 10**30


def _huge_fee(fields: Any) -> None:
    fields["run"]["costs"]["taker_fee_bps"] = 10**400


def _huge_count(fields: Any) -> None:
    fields["run"]["metrics"]["trades"] = 10**30


def _other_code(fields: Any) -> None:
    fields["code"] += "\n"


def _no_equity(fields: Any) -> None:
    del fields["tables"]["equity"]


def _path_as_symbol(fields: Any) -> None:
    fields["run"]["data"]["instrument"] = "bybit:linear:../../ETC"


def _shell_in_interval(fields: Any) -> None:
    fields["run"]["data"]["interval"] = "1h; rm -rf ~"


def _unknown_field(fields: Any) -> None:
    fields["path"] = "/etc/passwd"


def _unknown_table(fields: Any) -> None:
    fields["tables"]["../x"] = fields["tables"]["equity"]


def _no_base64(fields: Any) -> None:
    fields["tables"]["equity"] = "%%%"


def _equity_of_nan(fields: Any) -> None:
    numbers = dict(table(fields, "equity").numbers)
    put(fields, "equity", Table({**numbers, "equity": np.full(len(numbers["equity"]), np.nan)}))


def _equity_of_whole_numbers(fields: Any) -> None:
    numbers = dict(table(fields, "equity").numbers)
    put(fields, "equity", Table({**numbers, "equity": numbers["equity"].astype(np.int64)}))


def _equity_too_short(fields: Any) -> None:
    put(fields, "equity", Table({name: v[:-1] for name, v in table(fields, "equity").numbers.items()}))


def _times_from_the_end_of_time(fields: Any) -> None:
    numbers = dict(table(fields, "equity").numbers)
    times = numbers["close_time"].copy()
    times[-1] = np.iinfo(np.int64).max
    put(fields, "equity", Table({**numbers, "close_time": times}))


def _trades_outside(fields: Any) -> None:
    trades = table(fields, "trades")
    put(
        fields,
        "trades",
        Table({**trades.numbers, "exit_bar": trades.numbers["exit_bar"] + 10**9}, trades.texts),
    )


def _unknown_reason(fields: Any) -> None:
    trades = table(fields, "trades")
    reasons = ["whim"] * len(trades.texts["exit_reason"])
    put(fields, "trades", Table(trades.numbers, {**trades.texts, "exit_reason": reasons}))


def _wild_funding(fields: Any) -> None:
    rates = table(fields, "funding")
    put(fields, "funding", Table({**rates.numbers, "rate": rates.numbers["rate"] * 1e9}, rates.texts))


def _funding_without_rate(fields: Any) -> None:
    rates = table(fields, "funding")
    put(fields, "funding", Table({"time": rates.numbers["time"]}, rates.texts))


HOSTILE = [value for name, value in list(globals().items()) if name.startswith("_") and callable(value)]


@pytest.mark.parametrize("change", HOSTILE, ids=lambda change: change.__name__)
def test_a_maker_who_signs_nonsense_gets_a_clear_refusal(content: bytes, change: Any) -> None:
    with pytest.raises(InvalidInput, match="makes no sense") as refusal:
        read_bundle(changed(content, change))
    assert len(str(refusal.value)) < 600


def zipped(**members: bytes) -> str:
    blob = io.BytesIO()
    with zipfile.ZipFile(blob, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(name.replace("__", "."), member)
    return base64.b64encode(blob.getvalue()).decode()


def test_a_table_that_would_unpack_without_end_is_not_unpacked(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_TABLE_BYTES", 1 << 20)
    bomb = zipped(equity__npy=bytes(8 << 20))
    with pytest.raises(LimitExceeded, match="too large"):
        read_bundle(changed(content, lambda fields: fields["tables"].update(equity=bomb)))


def test_a_table_that_lies_about_its_size_is_refused(content: bytes) -> None:
    honest = base64.b64decode(zipped(equity__npy=bytes(8 << 20)))
    lying = honest.replace((8 << 20).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    text = base64.b64encode(lying).decode()
    with pytest.raises(InvalidInput, match="makes no sense"):
        read_bundle(changed(content, lambda fields: fields["tables"].update(equity=text)))


def test_a_member_with_a_path_is_refused(content: bytes) -> None:
    sneaky = zipped(**{"../../equity.npy": b"x"})
    with pytest.raises(InvalidInput, match="makes no sense"):
        read_bundle(changed(content, lambda fields: fields["tables"].update(equity=sneaky)))


def test_a_file_beyond_the_limit_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal, "MAX_BYTES", 1000)
    path = tmp_path / "large.edgewright"
    path.write_bytes(bytes(2000))
    with pytest.raises(LimitExceeded, match="too large"):
        read_limited(path)
    with pytest.raises(NotFound, match="no file"):
        read_limited(tmp_path / "none.edgewright")
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_limited(tmp_path)


def test_a_refusal_shows_no_control_codes_of_the_maker(content: bytes) -> None:
    def change(fields: Any) -> None:
        fields["run"]["metrics"]["\x1b[2J"] = 1

    with pytest.raises(InvalidInput) as refusal:
        read_bundle(changed(content, change))
    assert not re.search(r"[\x00-\x08\x1b]", str(refusal.value))
