from pathlib import Path

from appliance.catalogue import read_catalogue
from appliance.engine.providers import Choice
from appliance.engine.session import CPU, Provider
from appliance.engine.voices import load_voices
from appliance.wire import MOST_STYLES
from tests.models import write_model


def test_the_cpu_plays_what_the_chosen_provider_does_not_take(tiny: Path) -> None:
    catalogue = read_catalogue(tiny)
    choice = Choice(Provider("GoneExecutionProvider", "/gone.so"), "Gone computes")
    voices = load_voices(catalogue, catalogue.styles, choice)
    assert list(voices.models) == ["a", "b", "c"]
    assert {model.provider for model in voices.models.values()} == {CPU}
    (fault,) = voices.faults
    assert fault.startswith(
        "GoneExecutionProvider does not take a, b, c (its library does not load"
    )
    assert fault.endswith("; the CPU does")
    assert voices.provider == choice


def test_a_damaged_file_is_left_out_whoever_computes(tmp_path: Path, tiny: Path) -> None:
    for path in tiny.glob("*.onnx"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    catalogue = read_catalogue(tmp_path)
    (tmp_path / "b.onnx").write_bytes(b"")
    for provider in (CPU, Provider("GoneExecutionProvider", "/gone.so", dequantised=True)):
        voices = load_voices(catalogue, catalogue.styles, Choice(provider))
        assert list(voices.models) == list(voices.styles) == ["a", "c"]
        assert "b.onnx does not load, copy it again" in voices.faults[0]


def test_styles_beyond_the_most_that_the_wire_can_number_are_left_out_and_named(
    tmp_path: Path,
) -> None:
    slugs = [f"s{number:02}" for number in range(MOST_STYLES + 3)]
    for slug in slugs:
        write_model(tmp_path, slug)
    catalogue = read_catalogue(tmp_path)
    catalogue.styles["s00"].path.write_bytes(b"")  # who does not load takes nobody's place
    voices = load_voices(catalogue, catalogue.styles)
    assert list(voices.models) == list(voices.styles) == slugs[1 : MOST_STYLES + 1]
    assert "64 styles play at most: s65, s66;" in voices.faults[-1]
