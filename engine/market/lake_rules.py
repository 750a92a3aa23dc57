"""The newest trading rules of an instrument in the lake: one small JSON file, replaced whole."""

from __future__ import annotations

import fcntl
import json
import math
from dataclasses import asdict
from pathlib import Path

from engine.errors import Conflict, InvalidInput
from engine.market.filters import Filters
from engine.market.instrument import Instrument
from engine.market.lake_segments import write_atomically
from engine.market.risk_tiers import RiskTier
from engine.market.trading_rules import TradingRules

SCHEMA = 1


def read_rules(root: Path, instrument: Instrument) -> TradingRules | None:
    """The rules below the lake's root; None when there are none.

    Raises:
        Conflict: the file is damaged, or of a later version.
    """
    path = _path(root, instrument)
    try:
        plain = json.loads(path.read_bytes())
        if plain["schema"] != SCHEMA:
            raise Conflict(f"{path} has schema {plain['schema']}.", f"This version reads schema {SCHEMA}.")
        limits = {name: math.inf if value is None else value for name, value in plain["filters"].items()}
        tiers = tuple(RiskTier(**tier) for tier in plain["tiers"])
        return TradingRules(instrument, Filters(**limits), tiers, plain["fetched_ms"], plain["source"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError, InvalidInput) as error:
        raise Conflict(f"{path} is damaged: {error}.", "Remove it and sync again.") from error


def write_rules(root: Path, rules: TradingRules) -> None:
    """Put the rules in place of what was there; after a crash there is the old file or the new one."""
    path = _path(root, rules.instrument)
    filters = asdict(rules.filters).items()
    plain = {
        "schema": SCHEMA,
        "fetched_ms": rules.fetched_ms,
        "source": rules.source,
        "filters": {name: value if math.isfinite(value) else None for name, value in filters},
        "tiers": [asdict(tier) for tier in rules.tiers],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:  # two at once would share the temporary file
        fcntl.flock(lock, fcntl.LOCK_EX)
        write_atomically(path, json.dumps(plain, indent=1, allow_nan=False).encode() + b"\n")


def _path(root: Path, instrument: Instrument) -> Path:
    return root / instrument.venue / instrument.category / instrument.symbol / "rules.json"
