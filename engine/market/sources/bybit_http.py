"""Bybit's public endpoints through pybit: one GET, its faults told apart, and patience with those that pass.

pybit's own retry is off (`force_retry=False`, and no retry codes), because it would also repeat orders and
sleeps until a reset stamp that may lie in the past. Market data is read only, so repeating a GET is safe.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from engine.ambient import Ambient
from engine.errors import EdgewrightError, InvalidInput, ProviderUnavailable

DEFAULT_HOST = "api.bybit.com"
WAYS_ON = (
    "EDGEWRIGHT_BYBIT_HOST names another of Bybit's hosts, for example api.bytick.com or that of your region "
    "(api.bybit.eu, api.bybit.nl, api.bybit.kz, ...); or bring your own bars with `edgewright data import`."
)
_FAULTS_BORNE = 5
_WAITS_BORNE = 60
_LONGEST_WAIT_S = 10.0
_RATE_LIMIT = 10006
_PASSING_CODES = frozenset({10000, 10016, 10018, 10429})
_REFUSED_PLACE_CODES = frozenset({10009, 10010, 10024, 10027})
_PASSING_STATUS = frozenset({409, 429, 500, 502, 503, 504})  # 409 is pybit's word for a reply that is no JSON


class Refused(EdgewrightError):
    """Bybit understood and said no: its code and text."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"Bybit answered {code}: {text}.")
        self.code = code


class _Passing(Exception):
    """A fault that the next try may not meet. `wait_s`: how long Bybit asks us to wait, if it does."""

    def __init__(self, text: str, wait_s: float | None = None) -> None:
        super().__init__(text)
        self.wait_s = wait_s


class _Patience:
    """When to stop trying, and how long to wait: few faults are borne, many requests to wait."""

    def __init__(self) -> None:
        self.faults = 0
        self.waits = 0

    def exhausted(self, state: Any) -> bool:
        if state.outcome.exception().wait_s is None:
            self.faults += 1
        else:
            self.waits += 1
        return self.faults >= _FAULTS_BORNE or self.waits >= _WAITS_BORNE

    def pause_s(self, state: Any) -> float:
        asked = state.outcome.exception().wait_s
        return 0.5 * 2**self.faults if asked is None else asked


class BybitHttp:
    """GETs of one host; not for use by two threads at once. Close it when done."""

    def __init__(
        self,
        host: str = DEFAULT_HOST,
        *,
        timeout_s: float = 10.0,
        ambient: Ambient | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.endpoint = endpoint_of(host)
        self.host = urlsplit(self.endpoint).netloc
        self._timeout_s = timeout_s
        self._ambient = ambient or Ambient()
        self._sleep = sleep
        self._client: Any = None

    def get(self, method: str, **query: str | int) -> tuple[dict[str, Any], int]:
        """`result` and server time (UTC ms) of one of pybit's market methods; None values are left out.

        Raises:
            Refused: Bybit said no to just this request.
            ProviderUnavailable: no answer after several tries, or none for this country or address.
        """
        tenacity = import_module("tenacity")
        patience = _Patience()
        retrying: Any = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Passing),
            stop=patience.exhausted,
            wait=patience.pause_s,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(self._get_once, method, query)
        except _Passing as error:
            raise ProviderUnavailable(f"{self.host} did not answer: {error}.", WAYS_ON) from error

    def answers(self) -> bool:
        """Whether one try of asking for the time succeeds."""
        try:
            return self._get_once("get_server_time", {})[1] > 0
        except (EdgewrightError, _Passing):
            return False

    def _get_once(self, method: str, query: dict[str, Any]) -> tuple[dict[str, Any], int]:
        requests, errors = import_module("requests"), import_module("pybit.exceptions")
        try:
            reply = getattr(self._session(), method)(**query)
            return dict(reply["result"]), int(reply["time"])
        except errors.InvalidRequestError as error:
            raise self._said_no(error) from error
        except errors.FailedRequestError as error:
            raise self._failed(error) from error
        except requests.RequestException as error:
            raise _Passing(f"{type(error).__name__} on {method}") from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise _Passing(f"a reply to {method} that is not of Bybit's form") from error

    def close(self) -> None:
        """Close its connections."""
        if self._client is not None:
            self._client.client.close()
            self._client = None

    def _session(self) -> Any:
        if self._client is None:
            client = import_module("pybit.unified_trading").HTTP(
                timeout=self._timeout_s, force_retry=False, max_retries=1, retry_codes={-1}
            )
            client.logger.handlers.clear()  # without a root handler pybit would print to stderr
            client.endpoint = self.endpoint
            client.client.trust_env = not self.endpoint.startswith("http://")  # no proxy to loopback
            self._client = client
        return self._client

    def _said_no(self, error: Any) -> Exception:
        code = int(error.status_code)
        if code == _RATE_LIMIT:
            return _Passing("too many requests", self._wait_until_reset(error.resp_headers or {}))
        if code in _REFUSED_PLACE_CODES:
            return self._wrong_place(f"{code} {error.message}")
        if code in _PASSING_CODES:
            return _Passing(f"{code} {error.message}")
        return Refused(code, str(error.message).rstrip("."))

    def _failed(self, error: Any) -> Exception:
        status = int(error.status_code)
        if status == 403:
            return self._wrong_place("HTTP 403")
        if status in _PASSING_STATUS:
            return _Passing("a reply that is no JSON" if status == 409 else f"HTTP {status}")
        return ProviderUnavailable(
            f"{self.host} answered HTTP {status}; is it one of Bybit's hosts?", WAYS_ON
        )

    def _wrong_place(self, answer: str) -> ProviderUnavailable:
        return ProviderUnavailable(
            f"{self.host} answered {answer}: Bybit does not serve the country of this address (the USA and "
            "mainland China among them), or the address sent more than 600 requests in 5 s and is banned for "
            "10 minutes or longer.",
            f"If it was the limit, wait. {WAYS_ON}",
        )

    def _wait_until_reset(self, headers: Any) -> float:
        """Seconds until the stamp in the reply's header; one that is past or far off is held to bounds."""
        stamp = str(headers.get("X-Bapi-Limit-Reset-Timestamp", ""))
        if not stamp.isdigit():
            return 2.0
        return min(max((int(stamp) - self._ambient.now_ms()) / 1000, 0.1), _LONGEST_WAIT_S)


def endpoint_of(host: str) -> str:
    """The base URL of a host, or of a URL without a path: https always, except to this machine itself.

    Raises:
        InvalidInput: not a host, plain http to elsewhere, or Bybit's testnet, whose prices are no market's.
    """
    url = urlsplit(host.strip() if "://" in host else f"https://{host.strip()}")
    try:
        named = bool(url.hostname) and url.port != 0 and url.username is None
    except ValueError:
        named = False
    if not named or url.path.strip("/") or url.query or url.scheme not in ("http", "https"):
        raise InvalidInput(f"{host!r} is not a host.", "Write a host such as api.bybit.com.")
    name = url.hostname or ""
    if url.scheme == "http" and not _is_loopback(name):
        raise InvalidInput(f"{host!r} is plain http.", "Only this machine itself is reached without TLS.")
    if name.startswith("api-testnet."):
        raise InvalidInput(
            f"{host!r} is a testnet, whose prices are not market prices.",
            f"Market data comes from {DEFAULT_HOST}.",
        )
    return f"{url.scheme}://{url.netloc}"


def _is_loopback(name: str) -> bool:
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
