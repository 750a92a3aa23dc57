"""JSON as the store keeps it, and the hash that gives a document its identity."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, cast

from engine.errors import InvalidInput

_EXACT = 2**53  # whole numbers up to here are exact as float64


def json_text(value: object) -> str:
    """`value` as JSON, keys in the order given.

    Raises:
        InvalidInput: something in it is not JSON, NaN and infinity included.
    """
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"), default=_as_dict)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(
            f"A document cannot be kept as JSON: {error}.",
            "Use dicts with text keys, lists, text, finite numbers, true, false and null.",
        ) from error


def canonical_json(value: object) -> str:
    """One text for all equal documents: keys sorted, 2 and 2.0 alike, -0.0 as 0.0.

    Raises:
        InvalidInput: something in it is not JSON.
    """
    return json.dumps(_plain(json.loads(json_text(value))), sort_keys=True, separators=(",", ":"))


def digest(value: object) -> str:
    """SHA-256 (hex) of the canonical text."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def _as_dict(value: object) -> dict[object, object]:
    if isinstance(value, Mapping):
        return dict(cast(Mapping[object, object], value))
    raise TypeError(f"{type(value).__name__} is not JSON")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in cast(dict[str, Any], value).items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in cast(list[Any], value)]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _EXACT:
        return float(value)
    return value + 0.0 if isinstance(value, float) else value
