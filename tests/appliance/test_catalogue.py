from pathlib import Path

import onnx
import pytest

from appliance.catalogue import BadModelError, read_catalogue, read_style
from tests.models import write_model


def test_a_style_is_what_its_file_says(tmp_path: Path) -> None:
    path = write_model(
        tmp_path,
        "haiku",
        metadata={
            "title": "Haïku",
            "colour": "#0a0B0c",
            "advisory": "adult",
            "about": "three lines",
            "corpus_licence": "public domain",
            "test_bits": "1.75",
        },
    )
    style = read_style(path)
    assert style.slug == "haiku"
    assert style.title == "Haïku"
    assert style.colour == "#0a0B0c"
    assert style.advisory == "adult"
    assert style.about == "three lines"
    assert style.licence == "public domain"
    assert style.test_bits == 1.75
    assert style.path == path


def test_what_is_read_here_is_what_the_onnx_library_reads(shipped_path: Path) -> None:
    style = read_style(shipped_path)
    props = {p.key: p.value for p in onnx.load(shipped_path).metadata_props}
    assert (style.slug, style.title, style.colour) == (
        props["slug"],
        props["title"],
        props["colour"],
    )


@pytest.fixture
def shipped_path() -> Path:
    return Path(__file__).parents[2] / "models_onnx" / "linux.onnx"


def test_one_bad_file_leaves_the_others_to_play(tmp_path: Path) -> None:
    write_model(tmp_path, "a")
    whole = write_model(tmp_path, "b").read_bytes()
    (tmp_path / "b.onnx").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.onnx").write_bytes(b"")
    (tmp_path / "noise.onnx").write_bytes(b"\xff" * 100)
    (tmp_path / "picture.onnx").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    write_model(tmp_path, "a2", metadata={"slug": "a"})
    write_model(tmp_path, "grey", metadata={"colour": "grey"})
    catalogue = read_catalogue(tmp_path)
    assert list(catalogue.styles) == ["a"]
    assert len(catalogue.faults) == 6
    for name in ("b", "empty", "noise", "picture", "a2", "grey"):
        assert any(f"{name}.onnx" in fault for fault in catalogue.faults)


@pytest.mark.parametrize("slug", ["", "Upper", "../escape", "a b", "x" * 40])
def test_a_slug_is_a_plain_word(tmp_path: Path, slug: str) -> None:
    path = write_model(tmp_path, "a", metadata={"slug": slug})
    with pytest.raises(BadModelError, match="which style"):
        read_style(path)


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    catalogue = read_catalogue(tmp_path / "nowhere")
    assert not catalogue.styles
    [fault] = catalogue.faults
    assert "nowhere" in fault and "styles.models in the settings" in fault


def test_the_sites_own_voices_stand_beside_the_shipped_and_before_them(tmp_path: Path) -> None:
    shipped, own = tmp_path / "shipped", tmp_path / "own"
    for folder, slugs in ((shipped, "ab"), (own, "bz")):
        folder.mkdir()
        for slug in slugs:
            write_model(folder, slug)
    (own / "a.onnx").write_bytes(b"torn")
    catalogue = read_catalogue(shipped, own)
    assert [style.path for style in catalogue.styles.values()] == [
        shipped / "a.onnx", own / "b.onnx", own / "z.onnx",
    ]  # fmt: skip
    assert catalogue.notes == (
        f"the style b is read from {own / 'b.onnx'}, not from {shipped / 'b.onnx'}",
    )
    [fault] = catalogue.faults
    assert str(own / "a.onnx") in fault, "a damaged file takes no shipped voice away"


def test_a_site_without_voices_of_its_own_has_no_fault(tmp_path: Path) -> None:
    write_model(tmp_path, "a")
    assert read_catalogue(tmp_path, tmp_path / "nowhere") == read_catalogue(tmp_path)


def test_one_folder_that_is_both_is_read_once(tmp_path: Path) -> None:
    write_model(tmp_path, "haiku")
    (tmp_path / "torn.onnx").write_bytes(b"torn")
    both = read_catalogue(tmp_path, tmp_path)
    assert list(both.styles) == ["haiku"]
    assert len(both.faults) == 1
    assert both.left_out == ("torn",)
    assert both.notes == ()
