import json
import socket
import struct
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http.client import HTTPException
from threading import Event

import pytest

from appliance.service import status_page
from appliance.service.status_page import Line, Report, StatusPage, as_html, as_metrics, may_read
from tests.conftest import PATIENCE

WELL = Report("typing", "Typing 14 characters.", (Line("disk", "9 GB are free."),), {"linux": 1.0})
ILL = Report("typing", "Typing.", (Line("disk", "<full> & bad", well=False),), {}, {"pace": 13.5})


@pytest.fixture
def page() -> Iterator[StatusPage]:
    with StatusPage("127.0.0.1", 0, "", lambda: WELL) as opened:
        yield opened


def get(page: StatusPage, path: str) -> tuple[int, str, str]:
    host, port = page.address
    try:
        with urllib.request.urlopen(f"http://{host}:{port}{path}", timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


def test_a_person_a_program_and_prometheus_are_answered(page: StatusPage) -> None:
    status, kind, text = get(page, "/")
    assert (status, kind) == (200, "text/html; charset=utf-8")
    assert "Typing 14 characters." in text and "All is well." in text
    status, kind, text = get(page, "/metrics")
    assert kind.startswith("text/plain; version=0.0.4")
    assert "unsigned_love_well 1\n" in text
    status, kind, text = get(page, "/status.json")
    assert json.loads(text)["weights"] == {"linux": 1.0}
    assert get(page, "/etc/passwd")[0] == 404


def test_what_is_not_well_stands_out_and_nothing_is_taken_for_html() -> None:
    text = as_html(ILL)
    assert "✗ 1 thing wants a hand." in text
    assert "class=ill" in text
    assert "&lt;full&gt; &amp; bad" in text and "<full>" not in text


def test_numbers_are_as_prometheus_reads_them() -> None:
    assert as_metrics(ILL).splitlines() == [
        "# TYPE unsigned_love_pace gauge",
        "unsigned_love_pace 13.5",
        "# TYPE unsigned_love_well gauge",
        "unsigned_love_well 0",
        "# TYPE unsigned_love_part_well gauge",
        'unsigned_love_part_well{part="disk"} 0',
        "# TYPE unsigned_love_weight gauge",
    ]


def test_a_part_of_which_much_is_said_is_one_number_and_the_worst() -> None:
    lines = (
        Line("settings and models", "One is damaged.", well=False),
        Line("disk", "somebody's report", well=False),
        Line("settings and models", "One is of another shape.", well=False),
        Line("disk", "9 GB are free."),
        Line("screen", "1280 x 800."),
    )
    report = Report("typing", "Typing.", lines)
    assert [line for line in as_metrics(report).splitlines() if "part_well{" in line] == [
        'unsigned_love_part_well{part="settings and models"} 0',
        'unsigned_love_part_well{part="disk"} 0',
        'unsigned_love_part_well{part="screen"} 1',
    ]
    text = as_html(report)
    assert all(line.sentence.replace("'", "&#x27;") in text for line in lines)


@pytest.mark.parametrize(
    ("peer", "token", "given", "may"),
    [
        ("127.0.0.1", "", "", True),
        ("::1", "a-long-secret", "", True),
        ("192.168.1.20", "a-long-secret", "a-long-secret", True),
        ("192.168.1.20", "a-long-secret", "a-long-secreT", False),
        ("192.168.1.20", "a-long-secret", "", False),
        ("192.168.1.20", "", "", False),
    ],
)
def test_beyond_loopback_the_token_is_asked_for(
    peer: str, token: str, given: str, may: bool
) -> None:
    assert may_read(peer, token, given) is may


@pytest.mark.parametrize("fault", [None, ValueError("no page")])
def test_who_leaves_while_they_are_answered_is_no_fault_and_others_are_named_in_a_line(
    fault: Exception | None,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    gone, ended = Event(), Event()

    def report() -> Report:
        assert gone.wait(PATIENCE)
        if fault is not None:
            raise fault
        return WELL

    with StatusPage("127.0.0.1", 0, "", report) as page:
        shut = page._server.shutdown_request

        def end(request: socket.socket) -> None:
            shut(request)
            ended.set()

        monkeypatch.setattr(page._server, "shutdown_request", end)
        with socket.create_connection(page.address) as reader:
            reader.sendall(b"GET / HTTP/1.1\r\n\r\n")
            # Closed so, it answers whatever comes with a reset, as a telephone out of reach does.
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        gone.set()
        assert ended.wait(PATIENCE)
    assert capfd.readouterr().err == ""
    named = [] if fault is None else ["the status page failed (ValueError: no page)"]
    assert [record.message for record in caplog.records] == named


def test_strangers_who_say_nothing_take_a_few_threads_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    near = False
    monkeypatch.setattr(status_page, "is_near", lambda _: near)
    with (
        StatusPage("127.0.0.1", 0, "a-word-of-12-letters", lambda: WELL) as page,
        ExitStack() as ends,
    ):
        silent = [
            ends.enter_context(socket.create_connection(page.address, timeout=PATIENCE))
            for _ in range(status_page.MOST_AT_ONCE)
        ]
        with socket.create_connection(page.address, timeout=PATIENCE) as one_more:
            assert one_more.recv(1) == b"", "it is let go at once"
        near = True
        assert get(page, "/metrics")[0] == 200, "this machine's own are answered all the same"
        near = False
        silent[0].close()
        end = time.monotonic() + PATIENCE
        while True:
            with suppress(OSError, HTTPException):
                assert get(page, "/metrics")[0] == 401
                break
            assert time.monotonic() < end, "a place that became free is given to nobody"
