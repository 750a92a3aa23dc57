"""Which words of a strategy's text say what it computes, and which only how a table is handled."""

from __future__ import annotations

import keyword

COLUMNS = frozenset({"open", "high", "low", "close", "volume"})
MODULES = frozenset({"np", "pd", "ta", "math", "talib", "numpy", "pandas"})
DECLARATIONS = frozenset({"PARAMS", "CONSTRAINTS", "CONTRACT"})
_KEYWORDS = frozenset(keyword.kwlist)
_SIGNALS = (
    "generate_signals long_entry long_exit short_entry short_exit stop_loss take_profit "
    "trailing_stop size tag"
)
_TABLES = (
    "DataFrame Series index columns name T shape dtype values iloc loc iat at copy head tail keys "
    "items append pop get assign apply pipe map join concat rename reindex shift where select "
    "fillna ffill bfill dropna isna notna isnan isnull notnull isfinite nan_to_num nan astype "
    "to_numpy array asarray zeros ones full empty zeros_like ones_like full_like empty_like "
    "errstate float64 int64 bool_ lt gt le ge eq ne add sub mul div logical_and logical_or "
    "logical_not bitwise_and bitwise_or"
)
_LANGUAGE = (
    "bool int float str object list dict tuple set len range zip enumerate sorted reversed filter "
    "any all sum min max abs round print annotations Optional Dict List Tuple Any"
)
_PLUMBING = frozenset(f"{_SIGNALS} {_TABLES} {_LANGUAGE}".split())


def tells_nothing(word: str) -> bool:
    """Whether a name is in every strategy's text, whatever its idea."""
    return word in _PLUMBING or word in MODULES or word in _KEYWORDS or word in DECLARATIONS
