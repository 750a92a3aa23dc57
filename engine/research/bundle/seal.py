"""The seal: two lines, of which the first signs the second with Ed25519.

    {"edgewright_bundle":1,"public_key":HEX,"signature":HEX}
    {the bundle as one JSON text}

The signature covers the very bytes of the second line, so that nothing of it is read before it is checked.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidInput, LimitExceeded, NotFound
from engine.research.bundle.keys import KEY_BYTES, public_key_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MAX_BYTES = 64 << 20
SUFFIX = ".edgewright"
_FORM = "edgewright_bundle"
_SIGNATURE_BYTES = 64
_LONGEST_SEAL = 512
_PURPOSE = b"edgewright bundle 1\n"  # a signature for this purpose is none for another
_ASK_AGAIN = "Ask for the file again; do not use this one."


def sealed(body: bytes, key: Ed25519PrivateKey) -> bytes:
    """The file of a bundle. The same body and key give the same bytes.

    Raises:
        LimitExceeded: it would be larger than `MAX_BYTES`.
    """
    signature = key.sign(_PURPOSE + body)
    content = b"\n".join((_seal_line(public_key_of(key), signature), body, b""))
    _check_size(len(content))
    return content


def opened(content: bytes) -> tuple[bytes, bytes]:
    """(body, public key) of a file whose signature holds.

    Raises:
        InvalidInput: not a bundle, or not one byte of it as it was signed.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    line, body = _lines(content)
    public_key, signature = _read_seal(line)
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _PURPOSE + body)
    except (InvalidSignature, ValueError):
        raise InvalidInput(
            "The signature does not hold: this file is not what its maker signed.", _ASK_AGAIN
        ) from None
    return body, public_key


def read_limited(path: Path) -> bytes:
    """The bytes of a file, at most `MAX_BYTES`.

    Raises:
        NotFound: no such file.
        InvalidInput: a folder, or it cannot be read.
        LimitExceeded: larger.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise NotFound(f"There is no file {path}.", f"Give the path of a bundle, a {SUFFIX} file.") from None
    except OSError as problem:
        raise InvalidInput(f"{path} cannot be read: {problem.strerror}.") from None
    _check_size(len(content))
    return content


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise LimitExceeded("The bundle is too large.", f"The limit is {MAX_BYTES >> 20} MiB.")


def _seal_line(public_key: bytes, signature: bytes) -> bytes:
    seal = {_FORM: 1, "public_key": public_key.hex(), "signature": signature.hex()}
    return json.dumps(seal, sort_keys=True, separators=(",", ":")).encode()


def _lines(content: bytes) -> tuple[bytes, bytes]:
    at = content.find(b"\n", 0, _LONGEST_SEAL)
    if at < 0 or not content.endswith(b"\n") or len(content) <= at + 1:
        raise InvalidInput("This is not a bundle.", f"Give a {SUFFIX} file that `edgewright bundle` wrote.")
    return content[:at], content[at + 1 : -1]


def _read_seal(line: bytes) -> tuple[bytes, bytes]:
    """(public key, signature); the line must be exactly as we write it."""
    try:
        seal: Any = json.loads(line)
        public_key, signature = bytes.fromhex(seal["public_key"]), bytes.fromhex(seal["signature"])
        fits = (len(public_key), len(signature)) == (KEY_BYTES, _SIGNATURE_BYTES)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InvalidInput("This is not a bundle.", "Its first line is no seal.") from None
    if not fits or _seal_line(public_key, signature) != line:
        raise InvalidInput("The seal of this bundle was changed.", _ASK_AGAIN)
    return public_key, signature
