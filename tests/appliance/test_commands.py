"""The command line as a person uses it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.commands.options import finish
from tests.conftest import ROOT, appliance, free_port

MIX = ["type", "--mix", "linux=0.5,love_songs=0.5", "--chars", "120", "--seed", "7", "--pace", "0"]


def test_type_prints_the_text_and_nothing_else_and_repeats_it() -> None:
    first, second = appliance(*MIX), appliance(*MIX)
    assert first.returncode == 0
    assert len(first.stdout) == 120
    assert first.stderr == ""
    assert second.stdout == first.stdout


def test_type_reads_a_first_line() -> None:
    primed = appliance(
        "type", "--mix", "bible", "--prime", "And God sai", "--temperature", "0", "--chars", "1",
        "--pace", "0",
    )  # fmt: skip
    assert primed.stdout == "d"


@pytest.mark.parametrize(
    ("mix", "words"),
    [
        ("linx=1", "did you mean linux?"),
        ("bible=-1", "must not be negative"),
        ("bible=nan", "must be a finite number"),
        ("bible=0", "silent"),
        ("mein_kampf=1", "is not allowed by the settings"),
    ],
)
def test_a_mixture_that_cannot_play_is_one_sentence_and_status_2(mix: str, words: str) -> None:
    refused = appliance("type", "--mix", mix)
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert words in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_the_curator_is_asked_for_advisory_styles() -> None:
    allowed = appliance("type", "--mix", "kama_sutra", "--allow", "--chars", "5", "--pace", "0")
    assert (allowed.returncode, len(allowed.stdout)) == (0, 5)


def test_the_settings_may_allow_a_style(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text('[styles]\nallow = ["kama_sutra"]\n')
    typed = appliance(
        "type", "--settings", str(site), "--mix", "kama_sutra", "--chars", "3", "--pace", "0"
    )
    assert (typed.returncode, len(typed.stdout)) == (0, 3)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--chars", "-1"], "-1 is below 0"),
        (["--chars", "many"], "'many' is no whole number"),
        (["--temperature", "nan"], "nan is no number from 0 to 2"),
        (["--pace", "-3"], "-3 is no number of 0 or more"),
        (["--joint", "mean"], "invalid choice"),
    ],
)
def test_a_wrong_option_says_what_is_wanted(arguments: list[str], words: str) -> None:
    refused = appliance("type", "--mix", "bible", *arguments)
    assert refused.returncode == 2
    assert words in refused.stderr


def test_styles_says_who_may_play() -> None:
    printed = appliance("styles")
    assert printed.returncode == 0
    assert "mein_kampf" in printed.stdout
    assert "not allowed (hate)" in printed.stdout
    assert "styles.allow" in printed.stdout
    facts = json.loads(appliance("styles", "--json").stdout)
    shut = {style["slug"] for style in facts["styles"] if not style["allowed"]}
    assert len(facts["styles"]) == 24
    assert shut == {"mein_kampf", "victorian_erotica", "kama_sutra"}


def test_settings_says_where_each_value_comes_from(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text("[typing]\npace = 9\n")
    printed = appliance("settings", STATIC_UNSIGNED_LOVE_SETTINGS=str(site))
    assert "typing.pace = 9" in printed.stdout
    assert str(site) in printed.stdout
    facts = json.loads(appliance("settings", "--settings", str(site), "--json").stdout)
    assert facts["typing.pace"]["value"] == 9
    assert facts["typing.pace"]["from"] == str(site)


@pytest.mark.parametrize("verb", ["settings", "styles", "type", "engine", "stage", "run"])
def test_a_wrong_site_file_is_one_sentence(verb: str, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text("[typing]\npaze = 9\n")
    refused = appliance(verb, "--settings", str(site))
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "typing.paze is unknown, did you mean typing.pace?" in refused.stderr


@pytest.mark.parametrize("verb", ["", "run", "engine", "stage", "type", "styles", "settings"])
def test_help_teaches(verb: str) -> None:
    arguments = [verb, "--help"] if verb else ["--help"]
    shown = appliance(*arguments)
    assert shown.returncode == 0
    assert len(shown.stdout.splitlines()) > 5


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m appliance type --mix bible --chars 4000 --pace 0 | head -c 10"
    ended = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}; echo; echo ${{PIPESTATUS[0]}}"],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert ended.stdout.splitlines()[-1] == "0"
    assert ended.stderr == ""


def test_neither_torch_nor_keras_nor_a_screen_is_imported_to_type() -> None:
    script = (
        "import sys; from appliance.__main__ import main; "
        "main(['type', '--mix', 'bible', '--chars', '1', '--pace', '0']); "
        "sys.exit(any(m in sys.modules for m in ('torch', 'keras', 'pygame', 'onnx', 'export')))"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


def test_run_types_on_a_pipe_and_leaves_nothing_behind(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(f"[engine]\nport = {free_port()}\n")
    environment = os.environ | {"XDG_STATE_HOME": str(tmp_path)}
    child = subprocess.Popen(
        [sys.executable, "-m", "appliance", "run", "--terminal", "--settings", str(site)],
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, cwd=ROOT, env=environment,
    )  # fmt: skip
    assert child.stdout is not None
    text = child.stdout.read(40).decode("ascii")
    child.terminate()
    assert child.wait(30) == 0
    child.stdout.close()
    assert text.startswith("In the beginning")


def test_run_says_in_one_sentence_why_the_engine_ended(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(f"[styles]\nmodels = '{tmp_path}'\n")
    ended = appliance("run", "--terminal", "--settings", str(site), XDG_STATE_HOME=str(tmp_path))
    assert ended.returncode == 1
    assert "No style can play" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_where_no_window_opens_the_text_is_typed(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(f"[engine]\nport = {free_port()}\n")
    environment = {k: v for k, v in os.environ.items() if k != "WAYLAND_DISPLAY"}
    environment |= {"XDG_STATE_HOME": str(tmp_path), "DISPLAY": ":97"}
    environment.pop("SDL_VIDEODRIVER", None)
    child = subprocess.Popen(
        [sys.executable, "-m", "appliance", "run", "--settings", str(site)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, cwd=ROOT,
        env=environment,
    )  # fmt: skip
    assert child.stdout is not None
    text = child.stdout.read(20).decode("ascii")
    child.terminate()
    errors = child.communicate()[1].decode()
    assert text.startswith("In the beginning")
    assert "No window can be opened" in errors  # beside what SDL itself may have to say


def test_a_stage_that_cannot_listen_says_so(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text('[stage]\nhost = "192.0.2.1"\n')
    refused = appliance("stage", "--settings", str(site))
    assert refused.returncode == 1
    assert "The stage cannot listen on 192.0.2.1" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_run_whose_reader_goes_away_ends_without_a_word(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(f"[engine]\nport = {free_port()}\n[typing]\npace = 100.0\n")
    child = subprocess.Popen(
        [sys.executable, "-m", "appliance", "run", "--terminal", "--settings", str(site)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, cwd=ROOT,
        env=os.environ | {"XDG_STATE_HOME": str(tmp_path)},
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.read(20)
    child.stdout.close()
    assert child.wait(30) == 0
    assert child.stderr.read() == b""
    child.stderr.close()


def test_a_sentence_begins_with_a_capital_and_a_file_keeps_its_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert finish("there is no such style.", 2) == 2
    assert finish("strips.svg cannot be written.", 1) == 1
    assert capsys.readouterr().err == "There is no such style.\nstrips.svg cannot be written.\n"
