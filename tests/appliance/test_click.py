"""The key click: synthesised, heard through SDL's disk audio, never a fault."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from appliance.stage.click import BLANK, LONG, RATE, Clicks, click, pitch
from tests.conftest import ROOT


def test_each_style_has_its_own_pitch() -> None:
    pitches = [pitch(number) for number in range(20)]
    assert len(set(pitches)) == 20
    assert pitches[0] == pytest.approx(220.0)
    assert all(200 < hertz < 4_000 for hertz in pitches)


def test_a_click_is_short_loud_and_ends_in_silence() -> None:
    samples = click(440.0, np.random.default_rng(7))
    assert samples.size == round(RATE * LONG)
    assert np.abs(samples).max() == 32_000
    assert np.abs(samples[-5:]).max() < 100
    spectrum = np.abs(np.fft.rfft(samples.astype(float)))
    assert abs(np.fft.rfftfreq(samples.size, 1 / RATE)[spectrum.argmax()] - 440.0) < 30


def test_without_a_sound_card_there_is_one_line_and_no_sound(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "nonesuch")
    with (
        caplog.at_level(logging.WARNING, "appliance.stage"),
        Clicks(0.5, np.random.default_rng(7)) as clicks,
    ):
        clicks.strike("a", 0)
    assert len(caplog.records) == 1
    assert "sound card" in caplog.text


PROGRAM = """
import sys, time
import numpy as np
import pygame
from appliance.stage.click import Clicks
with Clicks(1.0, np.random.default_rng(7)) as clicks:
    clicks.strike(sys.argv[1], 3)
    while pygame.mixer.get_busy():
        pygame.time.wait(1)
"""


def heard(path: Path, character: str) -> int:
    """Return the loudest sample that a character made."""
    environment = os.environ | {"SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILE": str(path)}
    subprocess.run(
        [sys.executable, "-c", PROGRAM, character],
        env=environment, cwd=ROOT, check=True, timeout=60, capture_output=True,
    )  # fmt: skip
    return int(np.abs(np.frombuffer(path.read_bytes(), dtype=np.int16).astype(int)).max())


def test_a_click_reaches_the_sound_card(tmp_path: Path) -> None:
    letter, blank = heard(tmp_path / "letter", "a"), heard(tmp_path / "blank", " ")
    assert letter > 20_000
    assert blank == pytest.approx(BLANK * letter, rel=0.05)
