"""The stand-in's HTTP server: routes, envelopes, the log of requests, and faults put into the wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.support.exchange.book import Book, ParameterError
from tests.support.exchange.clock import VirtualClock
from tests.support.exchange.faults import Fault, Faults

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body>cloudfront</body></html>"
_LONGEST_DELAY_S = 20.0


@dataclass
class Exchange:
    """A running exchange on loopback; use it as a context.

    Attributes:
        log: (path, query) of every request, in order.
    """

    clock: VirtualClock
    book: Book = field(default_factory=Book)
    faults: Faults = field(default_factory=Faults)
    log: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __enter__(self) -> Exchange:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.exchange = self
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.faults.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)

    @property
    def url(self) -> str:
        """Base URL."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def asked(self, path: str) -> list[dict[str, str]]:
        """Queries of the requests whose path ends so."""
        return [query for asked, query in self.log if asked.endswith(path)]

    def answer(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        """The envelope for one request."""
        routes: dict[str, Callable[[], dict[str, Any]]] = {
            "/v5/market/time": self._time,
            "/v5/market/instruments-info": lambda: self.book.show_instruments(query),
            "/v5/market/risk-limit": lambda: self.book.show_risk_limit(query),
            "/v5/market/funding/history": lambda: self.book.show_funding(query, self.clock.now_ms),
        }
        for kind in ("kline", "mark-price-kline", "index-price-kline"):
            routes[f"/v5/market/{kind}"] = lambda kind=kind: self.book.show_klines(
                kind, query, self.clock.now_ms
            )
        try:
            return self._envelope(0, "OK", routes[path]())
        except KeyError:
            return self._envelope(10017, "Route not found.", {})
        except ParameterError as error:
            return self._envelope(10001, str(error), {})

    def refuse(self, code: int, text: str) -> dict[str, Any]:
        """The envelope of a refusal."""
        return self._envelope(code, text, {})

    def _time(self) -> dict[str, str]:
        now = self.clock.now_ms
        return {"timeSecond": str(now // 1000), "timeNano": str(now * 1_000_000)}

    def _envelope(self, code: int, text: str, result: dict[str, Any]) -> dict[str, Any]:
        return {
            "retCode": code,
            "retMsg": text,
            "result": result,
            "retExtInfo": {},
            "time": self.clock.now_ms,
        }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    exchange: Exchange


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body in one packet, else delayed acknowledgements cost 40 ms each
    server: _Server

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = dict(part.split("=", 1) for part in url.query.split("&") if part)
        exchange = self.server.exchange
        fault = exchange.faults.take(url.path)
        exchange.log.append((url.path, query))
        body = json.dumps(exchange.answer(url.path, {name: unquote(text) for name, text in query.items()}))
        if fault is None:
            self._reply(200, body.encode())
        else:
            self._fail(fault, body.encode())

    def _fail(self, fault: Fault, body: bytes) -> None:
        exchange = self.server.exchange
        if fault in (Fault.RATE_LIMITED, Fault.RATE_LIMITED_PAST_RESET):
            ahead = 700 if fault is Fault.RATE_LIMITED else -700
            reset = {"X-Bapi-Limit-Reset-Timestamp": str(exchange.clock.now_ms + ahead)}
            self._reply(200, json.dumps(exchange.refuse(10006, "Too many visits!")).encode(), reset)
        elif fault is Fault.BUSY:
            self._reply(200, json.dumps(exchange.refuse(10016, "Internal server error.")).encode())
        elif fault is Fault.FORBIDDEN:
            self._reply(403, b"403, access too frequent")
        elif fault in (Fault.SERVER_ERROR, Fault.BAD_GATEWAY):
            self._reply(500 if fault is Fault.SERVER_ERROR else 502, _HTML)
        elif fault is Fault.TRUNCATED_JSON:
            self._reply(200, body[: len(body) // 2])
        elif fault is Fault.NOT_AN_ENVELOPE:
            self._reply(200, b"[1, 2, 3]")
        else:
            self._break(fault, body)

    def _break(self, fault: Fault, body: bytes) -> None:
        """Faults below HTTP."""
        self.close_connection = True
        if fault is Fault.TOO_SLOW:
            self.server.exchange.faults.release.wait(_LONGEST_DELAY_S)
        if fault is Fault.CUT_SHORT:
            self._reply(200, body[: len(body) // 2], length=len(body))

    def _reply(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, length: int | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on stderr."""
