"""Indicators by name for charts and market tools, e.g. `RSI(14)`; the arithmetic is TA-Lib's."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable
from typing import Any

from engine.errors import InvalidInput
from engine.market.bars import Bars

_CALL = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*(?:\(([^()]*)\))?\s*")


def computed(bars: Bars, requests: Iterable[str]) -> dict[str, list[float | None]]:
    """Each requested indicator over all bars; None during its warm-up.

    Several outputs get the name of the output after a dot: `MACD(12,26,9).macdsignal`.

    Raises:
        InvalidInput: no such indicator, or arguments that it does not take.
    """
    columns: dict[str, list[float | None]] = {}
    for request in requests:
        name, arguments = _parsed(request)
        for suffix, values in _outputs(bars, request, name, arguments):
            columns[f"{request.strip()}{suffix}"] = [None if math.isnan(v) else v for v in values]
    return columns


def _parsed(request: str) -> tuple[str, list[float]]:
    match = _CALL.fullmatch(request)
    if match is None:
        raise InvalidInput(f"{request!r} is not an indicator.", "Write e.g. SMA(20) or MACD(12,26,9).")
    given = [part.strip() for part in (match[2] or "").split(",") if part.strip()]
    try:
        return match[1].upper(), [float(part) for part in given]
    except ValueError:
        raise InvalidInput(f"{request!r} has an argument that is no number.", "Write e.g. SMA(20).") from None


def _outputs(
    bars: Bars, request: str, name: str, arguments: list[float]
) -> Iterable[tuple[str, list[float]]]:
    function = _function(name)
    parameters: list[str] = list(function.parameters)
    if len(arguments) > len(parameters):
        raise InvalidInput(
            f"{request!r} has too many arguments.", f"{name} takes {', '.join(parameters) or 'none'}."
        )
    chosen: dict[str, float] = {
        key: int(value) if isinstance(function.parameters[key], int) else value
        for key, value in zip(parameters, arguments, strict=False)
    }
    inputs = {key: getattr(bars, key) for key in ("open", "high", "low", "close", "volume")}
    try:
        result: Any = function(inputs, **chosen)
    except Exception as error:  # TA-Lib raises a bare Exception for arguments out of its range
        raise InvalidInput(
            f"{request!r} cannot be computed: {error}.", f"Defaults: {function.parameters}."
        ) from error
    outputs: list[str] = function.output_names
    if len(outputs) == 1:
        return [("", result.tolist())]
    return [(f".{output}", values.tolist()) for output, values in zip(outputs, result, strict=True)]


def _function(name: str) -> Any:
    """TA-Lib's abstract function of that name; the one door to that untyped library here."""
    import talib
    from talib import abstract

    library: Any = talib
    known: list[str] = library.get_functions()
    if name not in known:
        near = difflib.get_close_matches(name, known, 3, 0.5)
        raise InvalidInput(f"There is no indicator {name!r}.", f"Near it: {', '.join(near) or 'none'}.")
    untyped: Any = abstract
    return untyped.Function(name)
