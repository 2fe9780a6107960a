"""The technician's page: how the piece is, for a person and for Prometheus, over HTTP.

GET /          one page of HTML that a phone shows well and that renews itself
GET /metrics   the same as numbers, in Prometheus' text format 0.0.4
GET /status.json  the same for programs

On loopback it is open; beyond it every request must carry the token, as `?token=` or as a bearer.
"""

import hmac
import html
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

RENEW_EVERY = 5  # seconds, of the page in a browser

log = logging.getLogger("appliance.status")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is or is not well."""

    name: str
    sentence: str
    well: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """All that the page shows: sentences for people, numbers for programs."""

    state: str = "starting"
    sentence: str = "The piece is starting."
    lines: tuple[Line, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)  # by style, summing to 1
    numbers: Mapping[str, float] = field(default_factory=dict)  # Prometheus gauges, by name

    @property
    def well(self) -> bool:
        """Whether nothing needs a hand."""
        return all(line.well for line in self.lines)


class StatusPage:
    """A small web server on a thread of its own; a context manager."""

    def __init__(self, host: str, port: int, token: str, report: Callable[[], Report]) -> None:
        """Listen at once; OSError if the address cannot be had."""
        self._server = ThreadingHTTPServer((host, port), _handler(token, report))
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, name="status", daemon=True)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        host, port = self._server.server_address[:2]
        return str(host), port

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def may_read(peer: str, token: str, given: str) -> bool:
    """Tell whether somebody at an address may read the page with the word that was given."""
    if ip_address(peer).is_loopback:
        return True
    return bool(token) and hmac.compare_digest(token.encode(), given.encode())


def as_html(report: Report) -> str:
    """Return the page."""
    rows = "".join(
        f"<tr class={'well' if line.well else 'ill'}><th>{'✓' if line.well else '✗'} "
        f"{html.escape(line.name)}</th><td>{html.escape(line.sentence)}</td></tr>"
        for line in report.lines
    )
    bars = "".join(
        f"<tr><th>{html.escape(slug)}</th><td><meter value={weight:.3f}></meter> "
        f"{weight:.0%}</td></tr>"
        for slug, weight in sorted(report.weights.items(), key=lambda pair: -pair[1])
    )
    verdict = "All is well." if report.well else "Something needs a hand: see the crosses below."
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        f"<meta http-equiv=refresh content={RENEW_EVERY}>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        f"<title>static-unsigned-love: {html.escape(report.state)}</title><style>{STYLE}</style>"
        f"<h1>{html.escape(report.sentence)}</h1><p>{verdict}</p>"
        f"<table>{rows}</table><h2>The mixture</h2><table>{bars}</table></html>"
    )


def as_metrics(report: Report) -> str:
    """Return the numbers in Prometheus' text format."""
    lines = [
        f"# TYPE unsigned_love_{name} gauge\nunsigned_love_{name} {value:g}"
        for name, value in report.numbers.items()
    ]
    lines.append(f"# TYPE unsigned_love_well gauge\nunsigned_love_well {int(report.well)}")
    lines.append("# TYPE unsigned_love_part_well gauge")
    lines += [
        f'unsigned_love_part_well{{part="{_label(line.name)}"}} {int(line.well)}'
        for line in report.lines
    ]
    lines.append("# TYPE unsigned_love_weight gauge")
    lines += [
        f'unsigned_love_weight{{style="{_label(slug)}"}} {weight:g}'
        for slug, weight in report.weights.items()
    ]
    return "\n".join(lines) + "\n"


def as_json(report: Report) -> str:
    """Return all of it."""
    return json.dumps(asdict(report) | {"well": report.well}, indent=1)


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


PAGES: Mapping[str, tuple[str, Callable[[Report], str]]] = {
    "/": ("text/html; charset=utf-8", as_html),
    "/metrics": ("text/plain; version=0.0.4; charset=utf-8", as_metrics),
    "/status.json": ("application/json", as_json),
}

STYLE = """
body{font:1.1rem/1.4 sans-serif;max-width:40rem;margin:1rem auto;padding:0 1rem;
background:#111;color:#eee}
h1{font-size:1.5rem}table{border-collapse:collapse;width:100%}
th{text-align:left;padding:.4rem .6rem .4rem 0;white-space:nowrap;vertical-align:top}
td{padding:.4rem 0;overflow-wrap:anywhere}tr{border-top:1px solid #444}
.ill th,.ill td{color:#ffb4a8;font-weight:bold}meter{width:60%}
"""


def _handler(token: str, report: Callable[[], Report]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10.0  # seconds: a connection that says nothing is not kept

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if not may_read(str(self.client_address[0]), token, self._token(asked.query)):
                self._answer(401, "text/plain; charset=utf-8", "The token is missing or wrong.\n")
            elif asked.path in PAGES:
                kind, page = PAGES[asked.path]
                self._answer(200, kind, page(report()))
            else:
                self._answer(
                    404, "text/plain; charset=utf-8", "There is /, /metrics and /status.json.\n"
                )

        def _token(self, query: str) -> str:
            bearer = self.headers.get("Authorization", "").removeprefix("Bearer ").strip()
            return parse_qs(query).get("token", [bearer])[0]

        def _answer(self, status: int, kind: str, text: str) -> None:
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # as above
            """Say nothing: a line for each request would drown what matters."""

    return Handler
