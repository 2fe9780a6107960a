"""The technician's page: how the piece is, for a person and for Prometheus, over HTTP.

GET /          one page of HTML that a phone shows well and that renews itself
GET /metrics   the same as numbers, in Prometheus' text format 0.0.4
GET /status.json  the same for programs

On loopback it is open; beyond it every request must carry the token, as `?token=` or as a bearer;
whoever comes with a browser and without it is asked for it.
"""

import hmac
import html
import json
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from threading import BoundedSemaphore, Thread
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

RENEW_EVERY = 5  # seconds, of the page in a browser
MOST_AT_ONCE = 8  # connections from beyond this machine, each with a thread of the engine's

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
        self._server = _Server((host, port), _handler(token, report))
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


class _Server(ThreadingHTTPServer):
    """A thread for each connection: a few for strangers, and for this machine all it asks for."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._free = BoundedSemaphore(MOST_AT_ONCE)
        self._strangers: set[Any] = set()  # connections that have one of these places
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if is_near(client_address[0]):
            super().process_request(request, client_address)
        elif self._free.acquire(blocking=False):
            self._strangers.add(request)
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)  # whoever asks again is answered when there is room

    def shutdown_request(self, request: Any) -> None:
        """Close a connection, however it ended, and give its place to the next."""
        if request in self._strangers:
            self._strangers.remove(request)
            self._free.release()
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  # as above
        """Name a fault of ours in a line; whoever leaves while they are answered is none."""
        error = sys.exception()
        if not isinstance(error, ConnectionError | TimeoutError):
            log.error("the status page failed (%s: %s)", type(error).__name__, error)


def may_read(peer: str, token: str, given: str) -> bool:
    """Tell whether somebody at an address may read the page with the word that was given."""
    if is_near(peer):
        return True
    return bool(token) and hmac.compare_digest(token.encode(), given.encode())


def is_near(peer: str) -> bool:
    """Tell whether an address is this machine's own."""
    return ip_address(peer).is_loopback


def as_html(report: Report) -> str:
    """Return the page; what is not well stands first."""
    rows = "".join(
        f"<tr class={'well' if line.well else 'ill'}>"
        f"<th>{'✓' if line.well else '✗'} {html.escape(line.name)}"
        f"<td>{html.escape(line.sentence)}"
        for line in sorted(report.lines, key=lambda line: line.well)
    )
    bars = "".join(
        f"<tr><th>{html.escape(slug)}<td><meter value={weight:.3f}></meter> {weight:.0%}"
        for slug, weight in sorted(report.weights.items(), key=lambda pair: -pair[1])
    )
    mixture = f"<h2>The mixture</h2><table class=mixture>{bars}</table>" if bars else ""
    if report.well:
        verdict = "<p id=verdict class=well>✓ All is well."
    else:
        ill = sum(not line.well for line in report.lines)
        wants = "thing wants" if ill == 1 else "things want"
        verdict = f"<p id=verdict class=ill>✗ {ill} {wants} a hand."
    return _document(
        f"{'✓' if report.well else '✗'} {report.state}",
        f"<main id=page>{verdict}<h1>{html.escape(report.sentence)}</h1>"
        f"<table>{rows}</table>{mixture}</main>"
        f"<p id=age role=status>It renews itself every {RENEW_EVERY} seconds.</p>"
        f"<noscript><meta http-equiv=refresh content={RENEW_EVERY}></noscript>"
        f"<script>{SCRIPT}</script>",
    )


def asking_for_token() -> str:
    """Return the page for whoever has not said the token."""
    return _document(
        "token",
        "<main id=page><h1>Which token?</h1><p>The settings of the piece have it, under "
        "<b>status.token</b>. What was given is missing or wrong.</p>"
        "<form><input name=token aria-label=token autocapitalize=off autocomplete=off autofocus>"
        "<button>Show</button></form></main>",
    )


def _document(title: str, body: str) -> str:
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        '<link rel=icon href="data:,">'
        f"<title>{html.escape(title)} · static-unsigned-love</title><style>{STYLE}</style>"
        f"<body>{body}</html>"
    )


def as_metrics(report: Report) -> str:
    """Return the numbers in Prometheus' text format."""
    lines = [
        f"# TYPE unsigned_love_{name} gauge\nunsigned_love_{name} {value:g}"
        for name, value in report.numbers.items()
    ]
    lines.append(f"# TYPE unsigned_love_well gauge\nunsigned_love_well {int(report.well)}")
    # A name may have several lines, two faults above all; Prometheus takes a label once.
    parts: dict[str, bool] = {}
    for line in report.lines:
        part = _label(line.name)
        parts[part] = parts.get(part, True) and line.well
    lines.append("# TYPE unsigned_love_part_well gauge")
    lines += [
        f'unsigned_love_part_well{{part="{part}"}} {int(well)}' for part, well in parts.items()
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
body{font:1.1rem/1.45 system-ui,sans-serif;max-width:44rem;margin:0 auto;padding:.8rem 1rem 2rem;
background:#111;color:#eee}
h1{font-size:1.3rem;line-height:1.3;margin:.8rem 0}h2{font-size:1.1rem;margin:1.6rem 0 .4rem}
#verdict{margin:0 -1rem;padding:.7rem 1rem;font-size:1.4rem;font-weight:bold}
#verdict.well{background:#0d3b22;color:#b7f5cf}#verdict.ill{background:#5a1410;color:#ffd9d2}
table{border-collapse:collapse;width:100%}tr{border-top:1px solid #444}
th{text-align:left;padding:.5rem .8rem .5rem 0;vertical-align:top;width:9rem;overflow-wrap:anywhere}
td{padding:.5rem 0;overflow-wrap:anywhere}
tr.ill th,tr.ill td{color:#ffb4a8}tr.well th{color:#b7f5cf}
.mixture th{font-weight:normal}meter{width:60%;max-width:16rem}
#age{color:#aaa;font-size:.95rem}#age.ill{color:#ffb4a8;font-weight:bold;font-size:1.1rem}
input,button{font:inherit;padding:.6rem;min-width:0}input{width:60%}
@media(max-width:30rem){th,td{display:block;width:auto}th{padding-bottom:0}td{padding-top:.1rem}
.mixture th,.mixture td{display:table-cell;padding:.5rem 0}}
"""

# An engine that is gone, were it for a second, must not leave the browser on a page of its own from
# which nothing returns: so the page asks by itself, and says when there was no answer.
SCRIPT = f"""
const age = document.getElementById("age");
let seen = new Date();
async function renew() {{
  try {{
    const answer = await fetch(location.href, {{cache: "no-store"}});
    if (!answer.ok) throw answer;
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.getElementById("page").replaceWith(next.getElementById("page"));
    document.title = next.title;
    seen = new Date();
    age.className = "";
    age.textContent = "As of " + seen.toLocaleTimeString() + "; it renews itself.";
  }} catch {{
    age.className = "ill";
    age.textContent = "No answer. What stands here is of " + seen.toLocaleTimeString()
      + ". It is asked again every {RENEW_EVERY} seconds.";
    age.scrollIntoView({{block: "nearest"}});
  }}
  setTimeout(renew, {RENEW_EVERY * 1000});
}}
setTimeout(renew, {RENEW_EVERY * 1000});
"""

# Nothing is loaded from anywhere, and the token of the address is told to nobody.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; connect-src 'self'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
HTML = "text/html; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"


def _handler(token: str, report: Callable[[], Report]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10.0  # seconds: a connection that says nothing is not kept

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if not may_read(str(self.client_address[0]), token, self._token(asked.query)):
                if asked.path == "/":
                    self._answer(401, HTML, asking_for_token())
                else:
                    self._answer(401, PLAIN, "The token is missing or wrong.\n")
            elif asked.path in PAGES:
                kind, page = PAGES[asked.path]
                self._answer(200, kind, page(report()))
            else:
                self._answer(404, PLAIN, "There is /, /metrics and /status.json.\n")

        def _token(self, query: str) -> str:
            bearer = self.headers.get("Authorization", "").removeprefix("Bearer ").strip()
            return parse_qs(query).get("token", [bearer])[0]

        def _answer(self, status: int, kind: str, text: str) -> None:
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            for name, value in HEADERS.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # as above
            """Say nothing: a line for each request would drown what matters."""

    return Handler
