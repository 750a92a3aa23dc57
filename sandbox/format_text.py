"""`"{:.2f}".format(x)` where it can be read in full before the run: then it reaches values only.

The fields of a format text may read attributes and items (`{0.__class__}`), past every guard. A written text
whose fields are plain (`{}`, `{0}`, `{name}`, with conversion and format) does what an f-string does.
"""

from __future__ import annotations

import ast
import string


def is_plain_format(function: ast.expr) -> bool:
    """True for the `format` of a written text that has only plain fields, at every depth."""
    if not (isinstance(function, ast.Attribute) and function.attr == "format"):
        return False
    text = function.value
    if not (isinstance(text, ast.Constant) and isinstance(text.value, str)):
        return False
    try:
        return _has_plain_fields(text.value)
    except ValueError:  # no format text at all
        return False


def _has_plain_fields(text: str, depth: int = 0) -> bool:
    if depth > 2:
        return False
    fields = [(name, form) for _, name, form, _ in string.Formatter().parse(text) if name is not None]
    plain = all(not name or name.isdecimal() or name.isidentifier() for name, _ in fields)
    private = any(name.startswith("_") for name, _ in fields)  # renamed in the call, but not in the text
    return plain and not private and all(_has_plain_fields(form or "", depth + 1) for _, form in fields)
