"""The examples as a stranger starts them, beside the real engine."""

import re
import subprocess
import sys

import pytest

from appliance import wire
from appliance.stage.link import Link
from tests.conftest import PATIENCE, ROOT, EngineProcess, wait_for

EXAMPLES = ROOT / "examples"


@pytest.fixture
def typing(engine: EngineProcess, link: Link) -> Link:
    """Return a link to an engine that types without haste, with two styles."""
    engine.settings.write_text(
        "[typing]\npace = 40.0\n[opening]\nmixture = { linux = 0.7, homer = 0.3 }\n"
    )
    engine.start("--seed", "1")
    wait_for(link, lambda: link.view.characters > 2)
    return link


def start(name: str, engine: EngineProcess, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(EXAMPLES / name), "--port", str(engine.port), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_listener_prints_the_text_and_the_heaviest_style(
    typing: Link, engine: EngineProcess
) -> None:
    listener = start("listen.py", engine, "--count", "40")
    wait_for(typing, lambda: listener.poll() is not None)
    out, err = listener.communicate(timeout=PATIENCE)
    wait_for(typing, lambda: out[:-1] in typing.view.page.text)
    assert listener.returncode == 0
    assert len(out) == 41
    assert err == "linux\n"


def test_the_player_moves_the_mixture_from_one_style_to_the_other_and_back(
    typing: Link, engine: EngineProcess
) -> None:
    player = start("play.py", engine, "bible", "trump", "--seconds", "3", "--period", "3")
    messages = wait_for(typing, lambda: player.poll() is not None)
    out, err = player.communicate(timeout=PATIENCE)
    assert (player.returncode, out, err) == (0, "", "")
    mixtures = [dict(m.pairs) for m in messages if isinstance(m, wire.WeightsAre)]
    shares = [m.get("trump", 0.0) for m in mixtures if set(m) <= {"bible", "trump"}]
    assert max(shares) > 0.6
    assert min(shares[: shares.index(max(shares))]) < 0.4
    assert min(shares[shares.index(max(shares)) :]) < 0.4


@pytest.mark.parametrize("name", ["listen.py", "play.py"])
def test_an_example_needs_nothing_of_ours_and_is_short(name: str) -> None:
    source = (EXAMPLES / name).read_text(encoding="utf-8")
    imported = set(re.findall(r"^(?:from|import) (\w+)", source, re.MULTILINE))
    assert "appliance" not in imported
    assert imported - {"pythonosc"} <= sys.stdlib_module_names
    assert len(source.splitlines()) < 90
