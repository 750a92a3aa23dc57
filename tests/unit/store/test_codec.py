"""Packed tables: bit for bit back, and damaged bytes are an error rather than wrong numbers."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.errors import InvalidInput, LimitExceeded, StoreUnavailable
from engine.store.codec import Table, pack, unpack

ANY_CHARACTER = st.characters(exclude_categories=())  # NUL and lone surrogates included
NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,10}", fullmatch=True)
DTYPES = st.sampled_from(["bool", "int8", "int64", "uint32", "float32", "float64", ">i8"])


@st.composite
def tables(draw: st.DrawFn) -> Table:
    rows = draw(st.integers(0, 12))
    names = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    texts = draw(st.integers(0, len(names)))
    text = st.lists(st.text(ANY_CHARACTER, max_size=8), min_size=rows, max_size=rows)
    return Table(
        {name: draw(hnp.arrays(np.dtype(draw(DTYPES)), rows)) for name in names[texts:]},
        {name: draw(text) for name in names[:texts]},
    )


def small() -> Table:
    return Table(
        {"pnl": np.array([1.5, -0.0, np.nan]), "side": np.array([1, -1, 1])},
        {"exit_reason": ("signal", "stop_loss", "signal"), "tag": ("", "über 70", "a\0b")},
    )


@given(table=tables())
def test_a_table_comes_back_bit_for_bit(table: Table) -> None:
    back = unpack(pack(table))
    assert list(back.numbers) == list(table.numbers)
    for name, column in table.numbers.items():
        assert back.numbers[name].dtype == column.dtype
        assert back.numbers[name].tobytes() == column.tobytes()
        assert back.numbers[name].flags.writeable
    assert back.texts == {name: tuple(texts) for name, texts in table.texts.items()}


def test_the_payload_of_a_nan_survives() -> None:
    column = np.array([0x7FF8_0000_0000_BEEF, 0xFFF0_0000_0000_0001], dtype=np.uint64).view(np.float64)
    assert unpack(pack(Table({"x": column}))).numbers["x"].tobytes() == column.tobytes()


def test_equal_tables_are_equal_blobs() -> None:
    assert pack(small()) == pack(small())


def test_a_sliced_column_is_packed_by_value() -> None:
    column = np.arange(20.0)[::3]
    assert unpack(pack(Table({"x": column}))).numbers["x"].tolist() == column.tolist()


def test_numpy_reads_the_numbers_too() -> None:
    with np.load(io.BytesIO(pack(small())), allow_pickle=False) as archive:
        assert archive["side"].tolist() == [1, -1, 1]


def test_a_table_without_rows_or_columns_is_fine() -> None:
    assert len(unpack(pack(Table({"x": np.zeros(0)}, {"t": ()}))).numbers["x"]) == 0
    assert unpack(pack(Table({}))).numbers == {}


@pytest.mark.parametrize(
    ("numbers", "texts", "message"),
    [
        ({"x": np.zeros((2, 2))}, {}, "2 dimensions"),
        ({"x": np.array(["a"], dtype=object)}, {}, "dtype object"),
        ({"x": np.array(["a"])}, {}, "dtype <U1"),
        ({"x": np.zeros(2, np.complex128)}, {}, "complex128"),
        ({"x": np.zeros(2), "y": np.zeros(3)}, {}, "different lengths"),
        ({"x": np.zeros(2)}, {"t": ("a",)}, "different lengths"),
        ({"x": np.zeros(1)}, {"x": ("a",)}, "cannot name"),
        ({"../x": np.zeros(1)}, {}, "cannot name"),
        ({}, {"t": (1,)}, "not text"),
    ],
)
def test_what_is_no_table_is_refused(numbers: dict, texts: dict, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Table(numbers, texts)


def test_a_table_over_the_limit_is_refused_both_ways() -> None:
    big = Table({"x": np.zeros(10_000)})
    with pytest.raises(LimitExceeded, match="limit is 1000 bytes"):
        pack(big, max_bytes=1000)
    blob = pack(big)
    assert len(blob) < 1000, "it is the unpacked size that counts"
    with pytest.raises(LimitExceeded):
        unpack(blob, max_bytes=1000)


@given(data=st.data())
def test_a_damaged_blob_is_an_error_or_the_same_table(data: st.DataObject) -> None:
    blob = bytearray(pack(small()))
    for _ in range(data.draw(st.integers(1, 3))):
        blob[data.draw(st.integers(0, len(blob) - 1))] ^= data.draw(st.integers(1, 255))
    del blob[data.draw(st.integers(0, len(blob))) :]
    try:
        back = unpack(bytes(blob))
    except (StoreUnavailable, LimitExceeded):
        return
    for column in (*back.numbers.values(), *back.texts.values()):
        assert len(column) == 3


def crafted(name: str, content: bytes, kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    blob = io.BytesIO()
    with zipfile.ZipFile(blob, "w") as archive:
        archive.writestr(name, content, kind)
    return blob.getvalue()


def npy(shape: object, descr: str = "<f8", body: bytes = b"") -> bytes:
    header = repr({"descr": descr, "fortran_order": False, "shape": shape}).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + body


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"no zip at all",
        crafted("x.npy", npy((2**40,))),
        crafted("x.npy", npy((1,), "|O", b"\0" * 8)),
        crafted("x.npy", npy((1, 1), body=b"\0" * 8)),
        crafted("x.npy", npy((1,), "<c16", b"\0" * 16)),
        crafted("x.npy", b"\x93NUMPY\x02\x00"),
        crafted("x.npy", b"\x80\x04K\x01."),
        crafted("x.json", b'{"a": 1}'),
        crafted("x.json", b"[1, 2]"),
        crafted("x.json", b"[" * 100_000),
        crafted("x.exe", b""),
        crafted("../x.npy", npy((0,))),
        crafted("x.npy", npy((0,)), zipfile.ZIP_LZMA),
    ],
    ids=range(14),
)
def test_a_crafted_blob_is_refused_without_running_or_allocating_anything(blob: bytes) -> None:
    with pytest.raises(StoreUnavailable, match="damaged"):
        unpack(blob)
