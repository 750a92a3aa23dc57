"""The key that signs, and the keys that a person has named."""

from __future__ import annotations

import base64
import hashlib
import itertools
from pathlib import Path

import pytest

from engine.ambient import Ambient
from engine.errors import Conflict, InvalidInput
from engine.research.bundle.keys import (
    KnownKeys,
    fingerprint,
    public_key_of,
    signer_of,
    signing_key,
)

ONE, OTHER = bytes(range(32)), bytes(range(1, 33))


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "home" / "key.pem"
    first = public_key_of(signing_key(path))
    assert path.stat().st_mode & 0o777 == 0o600
    assert public_key_of(signing_key(path)) == first
    assert [entry.name for entry in path.parent.iterdir()] == ["key.pem"]


def test_two_homes_have_two_keys_and_their_entropy_comes_from_outside(tmp_path: Path) -> None:
    numbers = itertools.count()
    ambient = Ambient(entropy=lambda n: bytes([next(numbers)]) * n)
    keys = [public_key_of(signing_key(tmp_path / name, ambient)) for name in ("a", "b")]
    assert keys[0] != keys[1]


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    signing_key(path)
    path.chmod(0o644)
    with pytest.raises(InvalidInput, match=r"can be read by others.*chmod 600"):
        signing_key(path)


@pytest.mark.parametrize(
    "text", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_that_is_no_key_is_refused_and_left_alone(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(InvalidInput, match="is not a signing key"):
        signing_key(path)
    assert path.read_bytes() == text


def test_a_fingerprint_is_short_and_tells_keys_apart() -> None:
    digest = base64.b64encode(hashlib.sha256(ONE).digest()).decode()
    assert fingerprint(ONE) == f"SHA256:{digest[:-1]}"
    assert fingerprint(ONE) != fingerprint(OTHER)


def test_a_key_is_known_only_after_a_person_has_named_it(tmp_path: Path) -> None:
    known = KnownKeys(tmp_path / "known.json")
    assert known.name_of(ONE) == ""
    known.trust("Ada", ONE)
    known.trust("Grace", OTHER)
    assert (known.name_of(ONE), known.name_of(OTHER)) == ("Ada", "Grace")
    known.trust("Ada Lovelace", ONE)
    assert known.name_of(ONE) == "Ada Lovelace"


def test_a_name_never_passes_to_another_key_by_itself(tmp_path: Path) -> None:
    known = KnownKeys(tmp_path / "known.json")
    known.trust("Ada", ONE)
    with pytest.raises(Conflict, match="name of another key"):
        known.trust("Ada", OTHER)
    assert known.name_of(OTHER) == ""


@pytest.mark.parametrize("name", ["", "  ", "a\x1b[2J", "x" * 65, "line\nbreak"])
def test_a_name_that_could_deceive_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="is no name for a key"):
        KnownKeys(tmp_path / "known.json").trust(name, ONE)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"keys": []}', '{"keys": {"a": "zz"}}', "[" * 100_000])
def test_a_damaged_list_of_keys_is_not_taken_for_an_empty_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / "known.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match="damaged"):
        KnownKeys(path).name_of(ONE)
    with pytest.raises(InvalidInput, match="damaged"):
        KnownKeys(path).trust("Ada", ONE)
    assert path.read_text(encoding="utf-8") == text


def test_it_is_said_whose_key_it_is(tmp_path: Path) -> None:
    own, known = tmp_path / "key.pem", KnownKeys(tmp_path / "known.json")
    assert signer_of(ONE, own, known).whose == "unknown"
    assert not own.exists()
    mine = public_key_of(signing_key(own))
    assert signer_of(mine, own, known).whose == "own"
    known.trust("Ada", ONE)
    signer = signer_of(ONE, own, known)
    assert (signer.whose, signer.name, signer.fingerprint) == ("known", "Ada", fingerprint(ONE))
