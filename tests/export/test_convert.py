"""From Keras weights to model files: equal in float, close in int8, refused otherwise."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from appliance.catalogue import read_style
from appliance.engine.model import Model
from export.__main__ import main
from export.convert import ConversionError, convert, float_difference, loaded
from export.evaluation.places import bits_at, places
from export.graph import describe, float_model, int8_model, onnx_gates
from export.listing import BEGIN, END, ListingError, read_sums, write_listing
from export.network import Network, Shape
from export.origin import Origin
from export.split import split
from export.trainer import Recipe, Run, bits_after_catch_up, put_weights, write_atomically
from tests.export import tiny

DEEP = Shape(hidden=16, layers=2, embedding=8)
BASE = {"sha256": hashlib.sha256(b"some base").hexdigest()}
CORPORA = """
[styles.woods]
title = "The Woods"
colour = "#a0b0c0"
advisory = "adult"
form = "verse"
licence = "made up"
about = "Animals and trees."

[[styles.woods.sources]]
file = "woods/1.txt"
url = "https://example.org/1.txt"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
bytes = 1
encoding = "ascii"
kind = "gutenberg"
"""


@pytest.fixture(scope="module")
def woods() -> str:
    return tiny.text(tiny.WOODS, seed=1)


def test_gates_are_reordered_row_by_row() -> None:
    keras = np.array([[gate, row] for gate in "ifco" for row in "01"], dtype=object)
    assert ["".join(row) for row in onnx_gates(keras)] == [
        "i0", "i1", "o0", "o1", "f0", "f1", "c0", "c1",
    ]  # fmt: skip


@pytest.mark.parametrize("shape", [tiny.SHAPE, DEEP], ids=["one layer", "two layers"])
def test_the_float_form_is_keras(shape: Shape, woods: str) -> None:
    weights = tiny.weights(shape, seed=2)
    with loaded(float_model(shape, weights)) as model:
        assert 0.0 < float_difference(shape, weights, model, places(woods)[:3]) <= 1e-5
        others = tiny.weights(shape, seed=3)
        assert float_difference(shape, others, model, places(woods)[:1]) > 1e-3


@pytest.mark.parametrize("shape", [tiny.SHAPE, DEEP], ids=["one layer", "two layers"])
def test_rows_and_lengths_are_free(shape: Shape, woods: str) -> None:
    chosen = places(woods)[:3, :40]
    with loaded(float_model(shape, tiny.weights(shape))) as model:
        together, state = model.logits(chosen, model.zero(3))
        assert together.shape == (3, 128)
        assert [part.shape for part in state] == [(1, 3, shape.hidden)] * 2 * shape.layers
        for row in range(3):
            state = model.zero(1)
            for at in range(40):
                alone, state = model.logits(chosen[row : row + 1, at : at + 1], state)
            np.testing.assert_allclose(alone[0], together[row], atol=1e-5)


@pytest.mark.parametrize("shape", [tiny.SHAPE, DEEP], ids=["one layer", "two layers"])
def test_the_int8_form_has_integer_kernels_and_the_same_faces(shape: Shape) -> None:
    in_float = float_model(shape, tiny.weights(shape))
    in_int8 = int8_model(in_float)
    used = [node.op_type for node in in_int8.graph.node]
    assert used.count("DynamicQuantizeLSTM") == shape.layers
    assert "MatMulInteger" in used and "LSTM" not in used and "MatMul" not in used
    assert in_int8.graph.input == in_float.graph.input
    assert in_int8.graph.output == in_float.graph.output
    assert in_int8.ir_version <= 10  # what onnxruntime 1.22 reads
    assert max(entry.version for entry in in_int8.opset_import) <= 21
    with pytest.raises(AssertionError):  # the float form is not changed by the way
        assert [node.op_type for node in in_float.graph.node] == used


def test_bits_are_those_that_training_measured(woods: str) -> None:
    weights = tiny.weights(seed=5, fond_of=woods)
    network = Network(tiny.SHAPE)
    put_weights(network, weights)
    chosen = places(woods)[:5]
    with loaded(float_model(tiny.SHAPE, weights)) as model:
        assert bits_at(model, chosen).mean() == pytest.approx(
            bits_after_catch_up(network, chosen), abs=1e-5
        )


def test_a_model_file_says_what_it_is(tmp_path: Path, woods: str) -> None:
    weights = tiny.weights(fond_of=woods)
    measured = convert(tiny.describe("woods"), tiny.SHAPE, weights, woods, tiny.RECIPE, tmp_path)
    path = tmp_path / "woods.onnx"
    style = read_style(path)
    props = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    assert (style.slug, style.title, style.colour) == ("woods", "Woods", "#a0b0c0")
    assert props["corpus_sha256"] == hashlib.sha256(woods.encode()).hexdigest()
    for part, digest in split(woods).hashes().items():
        assert props[f"{part}_sha256"] == digest
    assert json.loads(props["recipe"]) == tiny.RECIPE
    assert (props["hidden"], props["layers"], props["format"]) == ("16", "1", "1")
    assert f"torch {torch.__version__.split('+')[0]}" in props["trained_by"]

    model = Model(path)
    bits = bits_at(model, places(split(woods).test))
    assert float(props["test_bits"]) == pytest.approx(bits.mean(), abs=1e-4)
    assert float(props["worst_bits"]) == pytest.approx(bits.mean(axis=1).max(), abs=1e-4)
    with loaded(float_model(tiny.SHAPE, weights)) as in_float:
        loss = bits.mean() - bits_at(in_float, places(split(woods).test)).mean()
    assert float(props["int8_difference_bits"]) == pytest.approx(loss, abs=1e-5)
    assert measured.int8_difference != 0.0


def test_equal_input_gives_equal_bytes(tmp_path: Path, woods: str) -> None:
    for folder in ("a", "b"):
        weights = tiny.weights(fond_of=woods)
        convert(tiny.describe("woods"), tiny.SHAPE, weights, woods, tiny.RECIPE, tmp_path / folder)
        write_listing(tmp_path / folder)
    for name in ("woods.onnx", "SHA256SUMS", "README.md"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == [
        "README.md", "SHA256SUMS", "woods.onnx",
    ]  # fmt: skip


def test_a_network_that_int8_spoils_is_refused(tmp_path: Path, woods: str) -> None:
    weights = tiny.weights(fond_of=woods)
    weights["network/logits/kernel"] *= 4.0
    # One scale a matrix: beside this weight all others become zero.
    weights["network/lstm_0/recurrent_kernel"][0, 0] = 50.0
    with pytest.raises(ConversionError, match=r"woods: the int8 form differs .* bits a character"):
        convert(tiny.describe("woods"), tiny.SHAPE, weights, woods, tiny.RECIPE, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path, woods: str) -> None:
    weights = tiny.weights(fond_of=woods)
    next(array for path, array in weights.items() if path.endswith("lstm_0/bias"))[3] = np.nan
    with pytest.raises(ConversionError, match="woods: the float form differs from Keras by nan"):
        convert(tiny.describe("woods"), tiny.SHAPE, weights, woods, tiny.RECIPE, tmp_path)


def test_weights_that_do_not_fit_are_named() -> None:
    weights = tiny.weights()
    with pytest.raises(ValueError, match=r"lstm_0/\w+ has the size \(64,.*\), not \(48,"):
        float_model(Shape(hidden=12, layers=1, embedding=8), weights)
    with pytest.raises(ValueError, match="the weights have no lstm_1/bias"):
        float_model(DEEP, weights)


def test_the_description_does_not_change_the_model() -> None:
    model = float_model(tiny.SHAPE, tiny.weights())
    before = model.SerializeToString()
    described = onnx.load_from_string(describe(model, {"slug": "woods"}))
    assert [(e.key, e.value) for e in described.metadata_props] == [("slug", "woods")]
    assert described.graph == model.graph
    assert model.SerializeToString() == before


def run_folder(work: Path, slug: str, own: str) -> Path:
    """Leave behind what a training run leaves, without the training."""
    prepared = work / "text" / f"{slug}.txt"
    prepared.parent.mkdir(parents=True, exist_ok=True)
    prepared.write_text(own, encoding="ascii")
    recipe, parts = Recipe(rows=2, length=16, seed=7), split(own)
    run = Run(
        work / "runs" / "voices" / slug,
        tiny.SHAPE,
        recipe,
        {slug: parts.training},
        {slug: parts.validation},
        origin=Origin({slug: parts.hashes()}, BASE),
    )
    run.save()
    write_atomically(run.folder / "best.npz", tiny.weights(fond_of=own))
    return run.folder


def test_the_verb_converts_what_was_trained_and_names_what_was_not(
    tmp_path: Path, woods: str, capsys: pytest.CaptureFixture[str]
) -> None:
    work, models, corpora = tmp_path / "work", tmp_path / "models", tmp_path / "corpora.toml"
    corpora.write_text(CORPORA + CORPORA.replace("woods", "sea").replace("Woods", "Sea"))
    models.mkdir()
    (models / "README.md").write_text(f"# Ours\n\n{BEGIN}\nold\n{END}\n\nThe end.\n")
    run_folder(work, "woods", woods)
    (work / "text" / "sea.txt").write_text(tiny.text(tiny.SEA, seed=2))
    arguments = ["--work", str(work), "--models", str(models), "--corpora", str(corpora)]

    assert main(["convert", *arguments]) == 1
    printed = capsys.readouterr()
    assert printed.err.startswith("sea: there is no ") and "train the style first" in printed.err
    assert printed.out.split()[0] == "woods"

    style = read_style(models / "woods.onnx")
    assert (style.title, style.advisory, style.licence) == ("The Woods", "adult", "made up")
    props = {e.key: e.value for e in onnx.load(models / "woods.onnx").metadata_props}
    assert json.loads(props["recipe"])["style"]["seed"] == 7
    assert json.loads(props["recipe"])["base"] == BASE["sha256"]
    assert main(["verify", "--models", str(models)]) == 0
    capsys.readouterr()
    digest = hashlib.sha256((models / "woods.onnx").read_bytes()).hexdigest()
    assert read_sums(models) == {"woods.onnx": digest}
    page = (models / "README.md").read_text()
    assert page.startswith("# Ours\n") and page.endswith("\nThe end.\n") and "old" not in page
    assert "| `woods.onnx` | **The Woods**: Animals and trees. | made up | adult |" in page

    (work / "runs" / "voices" / "woods" / "checkpoint.npz").unlink()
    assert main(["convert", "--only", "woods", *arguments]) == 1
    assert "does not tell how the network was trained" in capsys.readouterr().err
    assert main(["convert", "--only", "moon", *arguments]) == 2
    assert "moon" in capsys.readouterr().err


@pytest.fixture
def trained(tmp_path: Path, woods: str) -> tuple[Path, list[str]]:
    """Return the folder of a run, and the command that converts it."""
    (tmp_path / "corpora.toml").write_text(CORPORA)
    folder = run_folder(tmp_path / "work", "woods", woods)
    command = ["convert", "--only", "woods", "--work", str(tmp_path / "work")]
    command += ["--corpora", str(tmp_path / "corpora.toml"), "--models", str(tmp_path / "models")]
    return folder, command


def renote(folder: Path, **notes: object) -> None:
    """Let a run's checkpoint say this instead."""
    with np.load(folder / "checkpoint.npz") as arrays:
        kept = dict(arrays.items())
    said = {**json.loads(kept["about"].tobytes()), **notes}
    kept["about"] = np.frombuffer(json.dumps(said).encode("ascii"), dtype=np.uint8)
    write_atomically(folder / "checkpoint.npz", kept)


def props_of(path: Path) -> dict[str, str]:
    return {entry.key: entry.value for entry in onnx.load(path).metadata_props}


def test_what_was_noted_in_training_is_what_the_file_says(
    tmp_path: Path, trained: tuple[Path, list[str]], woods: str
) -> None:
    folder, command = trained
    base = {**BASE, "recipe": tiny.RECIPE["style"], "characters": 9}
    used = {"static-unsigned-love": "0.0.1", "keras": "3.0.0", "torch": "2.0.0", "numpy": "1.0"}
    stretches = [{"from": 0, "planned": 9}, {"from": 5, "planned": 7, "versions": used}]
    origin = {"texts": {"woods": split(woods).hashes()}, "base": base}
    renote(folder, stretches=stretches, origin=origin, done=7)
    assert main(command) == 0
    props = props_of(tmp_path / "models" / "woods.onnx")
    assert props["trained_by"].startswith(
        "static-unsigned-love 0.0.1, keras 3.0.0, torch 2.0.0, onnx "
    )
    assert json.loads(props["recipe"])["base"] == tiny.RECIPE["style"]
    assert json.loads(props["training"]) == {"characters": 7, "stretches": stretches, "base": base}
    for part, digest in split(woods).hashes().items():
        assert props[f"{part}_sha256"] == digest
    assert main(["verify", "--models", str(tmp_path / "models")]) == 0


def test_a_text_that_was_not_trained_on_is_refused(
    tmp_path: Path, trained: tuple[Path, list[str]], woods: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, command = trained
    text = tmp_path / "work" / "text" / "woods.txt"
    text.write_text(woods.replace(split(woods).test, split(woods).test.upper()))
    assert main(command) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and not (tmp_path / "models").exists()
    assert f"woods: {text} is not the text of the training in {folder} (the text of woods" in said
    text.write_text(woods)
    assert main(command) == 0


def test_a_run_of_older_form_is_converted_with_a_warning(
    tmp_path: Path, trained: tuple[Path, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, command = trained
    tiny.forget(folder)
    shutil.copytree(folder, folder.with_name("base"))
    assert main(command) == 0
    assert "woods: its run is of older form and does not tell" in capsys.readouterr().err
    props = props_of(tmp_path / "models" / "woods.onnx")
    assert "training" not in props and json.loads(props["recipe"])["base"]["seed"] == 7
    assert main(["verify", "--models", str(tmp_path / "models")]) == 0


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Mine\n")
    with pytest.raises(ListingError, match="lacks the two marks"):
        write_listing(tmp_path)
    assert (tmp_path / "README.md").read_text() == "# Mine\n"


@pytest.mark.parametrize("shape", [tiny.SHAPE, DEEP], ids=["one layer", "two layers"])
def test_int8_that_reads_at_once_is_exactly_int8_that_reads_one_by_one(
    shape: Shape, woods: str
) -> None:
    with loaded(int8_model(float_model(shape, tiny.weights(shape, seed=2)))) as model:
        for place in places(woods)[:3]:
            tokens = place[None, :80]
            at_once, _ = model.logits(tokens, model.zero())
            state = model.zero()
            for at in range(tokens.shape[1]):
                found, state = model.logits(tokens[:, at : at + 1], state)
            np.testing.assert_array_equal(found, at_once)
