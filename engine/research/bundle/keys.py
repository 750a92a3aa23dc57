"""Keys: the pair that signs bundles here, and the public keys that a person has named.

The private key is made on first use, stays in one file that only its owner reads, and is never shown.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from engine.ambient import Ambient
from engine.errors import Conflict, InvalidInput, StoreUnavailable
from engine.research.bundle.document import SignerPart

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_BYTES = 32
_MOST_KEYS_BYTES = 1 << 20
_LONGEST_NAME = 64


def fingerprint(public_key: bytes) -> str:
    """A public key as people compare it, e.g. `SHA256:pPC8...`."""
    digest = base64.b64encode(hashlib.sha256(public_key).digest()).decode()
    return f"SHA256:{digest.rstrip('=')}"


def public_key_of(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes of the public half."""
    return key.public_key().public_bytes_raw()


def signing_key(path: Path, ambient: Ambient | None = None) -> Ed25519PrivateKey:
    """The key pair in `path`, made there if there is none.

    Raises:
        InvalidInput: the file is no such key, or others may read it.
        StoreUnavailable: it cannot be read or written.
    """
    try:
        if not path.exists():
            _make(path, (ambient or Ambient()).entropy(KEY_BYTES))
        return _read(path)
    except OSError as problem:
        raise StoreUnavailable(f"The signing key {path} cannot be used: {problem.strerror}.") from None


def _make(path: Path, secret: bytes) -> None:
    """Write the key so that the file is whole from the start, and whoever comes first wins."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = Ed25519PrivateKey.from_private_bytes(secret)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process made one meanwhile: that one counts
            os.link(new, path)
    finally:
        new.unlink()


def _read(path: Path) -> Ed25519PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise InvalidInput(f"The signing key {path} can be read by others.", f"chmod 600 {path}")
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidInput(f"{path} is not a signing key.", "Move it away, and a new one is made.")
    return key


class KnownKeys:
    """The file of public keys that a person has named. Nothing gets into it by itself."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def name_of(self, public_key: bytes) -> str:
        """The name of a key; empty for an unknown one.

        Raises:
            InvalidInput: the file is damaged.
        """
        return next((name for name, known in self._read().items() if known == public_key.hex()), "")

    def trust(self, name: str, public_key: bytes) -> None:
        """Remember the key under this name.

        Raises:
            InvalidInput: no fit name, or the file is damaged.
            Conflict: the name belongs to another key.
            StoreUnavailable: the file cannot be written.
        """
        if not name.isprintable() or not name.strip() or len(name) > _LONGEST_NAME:
            raise InvalidInput(
                f"{name!r} is no name for a key.", f"Up to {_LONGEST_NAME} printable characters."
            )
        keys = self._read()
        if keys.get(name, public_key.hex()) != public_key.hex():
            known = fingerprint(bytes.fromhex(keys[name]))
            raise Conflict(f"{name!r} is the name of another key, {known}.", "Choose another name.")
        kept = {other: known for other, known in keys.items() if known != public_key.hex()}
        self._write({**kept, name: public_key.hex()})

    def _read(self) -> dict[str, str]:
        try:
            if not self._path.exists():
                return {}
            with self._path.open("rb") as file:
                text = file.read(_MOST_KEYS_BYTES)
            return _names(json.loads(text))
        except OSError as problem:
            raise StoreUnavailable(f"{self._path} cannot be read: {problem.strerror}.") from None
        except (ValueError, TypeError, RecursionError):
            raise InvalidInput(f"{self._path} is damaged.", "Mend it, or move it away.") from None

    def _write(self, keys: dict[str, str]) -> None:
        text = json.dumps({"schema": 1, "keys": keys}, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        new = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(text, encoding="utf-8")
            new.replace(self._path)
        except OSError as problem:
            raise StoreUnavailable(f"{self._path} cannot be written: {problem.strerror}.") from None


def _names(document: Any) -> dict[str, str]:
    keys = cast(Any, document).get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, dict):
        raise TypeError("no keys")
    named = cast(dict[str, str], keys)
    if any(len(bytes.fromhex(key)) != KEY_BYTES for key in named.values()):
        raise ValueError("not the hex of a key")
    return named


def signer_of(public_key: bytes, own_key: Path, known: KnownKeys) -> SignerPart:
    """Whose key it is: one's own, one that a person has named here, or unknown."""
    mark = fingerprint(public_key)
    if own_key.exists() and public_key_of(signing_key(own_key)) == public_key:
        return SignerPart(fingerprint=mark, whose="own", name="")
    name = known.name_of(public_key)
    return SignerPart(fingerprint=mark, whose="known" if name else "unknown", name=name)
