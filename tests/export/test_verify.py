"""Every fault of a shipped model file is found and named in one sentence."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import export.verify
from export import corpora
from export.__main__ import main
from export.contract import MODELS, SIZES
from export.listing import write_listing
from export.network import Shape
from export.recipe import Recipe, recipe_faults
from export.verify import shipped_voices, verify
from tests.export import tiny

Change = Callable[[onnx.ModelProto], None]
SHAPE = tiny.SHAPE.as_dict()


def without(table: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name != key}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    tiny.write(folder, "sea", tiny.SEA, seed=1)
    tiny.write(folder, "woods", tiny.WOODS, seed=2)
    write_listing(folder / "models")
    return folder / "models"


@pytest.fixture
def models(made: Path, tmp_path: Path) -> Path:
    """Return a folder of two good models that a test may damage."""
    return Path(shutil.copytree(made, tmp_path / "models"))


def faults(models: Path) -> list[str]:
    return [fault for checked in verify(models) for fault in checked.faults]


def test_good_files_have_no_fault(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert faults(models) == []
    assert main(["verify", "--models", str(models)]) == 0
    table = capsys.readouterr()
    assert "woods.onnx" in table.out and "good" in table.out and "faulty" not in table.out

    assert main(["verify", "--models", str(models), "--json"]) == 0
    sea, woods = json.loads(capsys.readouterr().out)
    assert (sea["file"], woods["file"]) == ("sea.onnx", "woods.onnx")
    assert (sea["layers"], sea["hidden"]) == (1, 16)
    assert abs(sea["int8_difference_bits"]) < 0.002
    assert 0.0 < sea["test_bits"] < 7.0
    assert sea["bytes"] == (models / "sea.onnx").stat().st_size


def test_a_fault_is_printed_and_makes_the_exit_status(
    models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (models / "woods.onnx").unlink()
    assert main(["verify", "--models", str(models)]) == 1
    printed = capsys.readouterr()
    assert "woods.onnx: it is listed in SHA256SUMS but not there: copy it again." in printed.err
    assert "faulty" in printed.out


def test_a_file_that_is_not_listed(models: Path) -> None:
    sums = (models / "SHA256SUMS").read_text().splitlines(keepends=True)
    (models / "SHA256SUMS").write_text(sums[0])
    assert faults(models) == [
        "woods.onnx: it is not listed in SHA256SUMS: run `convert`, or remove it."
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read"),
        ("nothing of a sum\n", "line 1: expected a sha256, two spaces and a name"),
        ("", "it is not listed in SHA256SUMS"),
    ],
    ids=["missing", "malformed", "empty"],
)
def test_a_bad_list(models: Path, content: str | None, sentence: str) -> None:
    (models / "SHA256SUMS").unlink()
    if content is not None:
        (models / "SHA256SUMS").write_text(content)
    assert any(sentence in fault for fault in faults(models))


def test_an_empty_folder(tmp_path: Path) -> None:
    write_listing(tmp_path)
    assert faults(tmp_path) == ["SHA256SUMS: it lists no model: run `convert`."]


def test_one_changed_byte(models: Path) -> None:
    data = bytearray((models / "sea.onnx").read_bytes())
    data[data.index(b"Words of the sea.")] ^= 1  # still a good model, but not the one listed
    (models / "sea.onnx").write_bytes(data)
    assert faults(models) == ["sea.onnx: its sha256 is not the one in SHA256SUMS: copy it again."]


def test_a_file_cut_short(models: Path) -> None:
    path = models / "sea.onnx"
    path.write_bytes(path.read_bytes()[:-100])
    write_listing_of_sums(models)
    assert faults(models) == ["sea.onnx: it is damaged or is no ONNX file: copy it again."]


def write_listing_of_sums(models: Path) -> None:
    """List the files as they are, so that a sum is not what is found wrong."""
    (models / "README.md").unlink()
    damaged = (models / "sea.onnx").read_bytes()
    shutil.copy(models / "woods.onnx", models / "sea.onnx")
    write_listing(models)
    (models / "sea.onnx").write_bytes(damaged)
    digest = hashlib.sha256(damaged).hexdigest()
    lines = (models / "SHA256SUMS").read_text().splitlines()
    lines = [f"{digest}  sea.onnx" if line.endswith("sea.onnx") else line for line in lines]
    (models / "SHA256SUMS").write_text("\n".join(lines) + "\n")


def change(models: Path, how: Change) -> None:
    """Change the model of the sea and list it anew."""
    model = onnx.load(models / "sea.onnx")
    how(model)
    onnx.save(model, models / "sea.onnx")
    write_listing(models)


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("format", "2", "says format = '2', expected 1"),
        ("title", " ", "expected a title"),
        ("colour", "red", "says colour = 'red', expected #rrggbb"),
        ("advisory", "rude", "expected empty, hate or adult"),
        ("about", None, "lacks the key about"),
        ("form", "song", "expected prose, verse or code"),
        ("corpus_licence", "", "expected a licence"),
        ("corpus_sha256", "0" * 63, "expected a sha256"),
        ("test_sha256", None, "lacks the key test_sha256"),
        ("training_sha256", "0" * 64, "expected a sha256"),
        ("training_sha256", "SAME", "gives the same sha256 to two different texts"),
        ("test_bits", "few", "expected bits a character"),
        ("test_bits", "0.0001", "expected bits a character between 0.3 and 8, as a voice has"),
        ("test_bits", "0.3", "expected bits a character between 0.3 and 8, as a voice has"),
        ("test_bits", "8.0", "expected bits a character between 0.3 and 8, as a voice has"),
        ("test_bits", "inf", "expected bits a character between 0.3 and 8, as a voice has"),
        ("worst_bits", "0.5", "that its worst place is better than the mean"),
        ("worst_bits", "nan", "expected bits a character"),
        ("int8_difference_bits", "0.00200", "expected a loss below 0.002 bits a character"),
        ("int8_difference_bits", "-0.01", "expected a loss below 0.002 bits a character"),
        ("int8_difference_bits", "nan", "expected a loss below 0.002 bits a character"),
        ("float_difference", "2e-5", "expected at most 1e-05 in probability"),
        ("trained_by", "me", "expected the versions of"),
        ("trained_by", "static-unsigned-love unsigned-love, keras y, torch z", "the versions of"),
        ("trained_by", "static-unsigned-love 0.1.0, keras 3.15.1, torch 2.13.0", "the versions of"),
        ("recipe", "{", "expected JSON with shape, style and base"),
        ("recipe", "[]", "expected JSON with shape, style and base"),
        ("training", "{}", "expected JSON with characters, stretches and base"),
        ("hidden", "17", "says hidden = 17, but its graph has 16"),
        ("layers", "2", "says layers = 2, but its graph has 1"),
        ("slug", "lake", "says slug = 'lake': rename it to lake.onnx"),
    ],
)
def test_metadata_is_complete_and_well_formed(
    models: Path, key: str, value: str | None, sentence: str
) -> None:
    def other(model: onnx.ModelProto) -> None:
        props = {entry.key: entry.value for entry in model.metadata_props}
        changed = {**props, key: props["test_sha256"] if value == "SAME" else value}
        say(model, {k: v for k, v in changed.items() if v is not None})

    change(models, other)
    found = faults(models)
    assert sum(sentence in fault for fault in found) == 1
    # What the recipe says of the network is then another fault.
    assert len(found) == (2 if key in SHAPE else 1)
    assert all(fault.startswith("sea.onnx: ") for fault in found)


def say(model: onnx.ModelProto, props: dict[str, str]) -> None:
    """Let a model say this of itself, and nothing else."""
    del model.metadata_props[:]
    helper.set_model_props(model, props)


STYLE = asdict(Recipe())


@pytest.mark.parametrize(
    ("part", "value", "sentence"),
    [
        ("shape", 1, "recipe has shape = 1, which must have hidden, layers, embedding"),
        ("shape", {**SHAPE, "hidden": 17}, "has shape.hidden = 17, but the file has 16"),
        ("style", 1, "recipe of the style is no recipe"),
        ("style", without(STYLE, "seed"), "recipe of the style lacks seed"),
        ("style", without(STYLE, "clip"), "recipe of the style lacks clip"),
        ("style", {**STYLE, "seed": "1"}, "has seed = '1', which must be a whole number of at"),
        ("style", {**STYLE, "rows": 2.5}, "has rows = 2.5, which must be a whole number of at"),
        ("style", {**STYLE, "rate": True}, "has rate = True, which must be a number above 0"),
        ("style", {**STYLE, "warm_up": 2}, "has warm_up = 2, which must be a number from 0 to 1"),
        ("style", {**STYLE, "spice": 1}, "recipe of the style has the unknown key spice"),
        ("base", None, "which must be the recipe of a base or the sha256 of its file"),
        ("base", "608x2.npz", "has base = '608x2.npz', which must be the recipe of a base or the"),
        ("base", "0" * 64, "which must be the recipe of a base or the sha256 of its file"),
        ("base", without(STYLE, "seed"), "recipe of the base lacks seed"),
        ("base", STYLE, ""),
    ],
)
def test_recipes_are_whole(models: Path, part: str, value: object, sentence: str) -> None:
    def other(model: onnx.ModelProto) -> None:
        props = {entry.key: entry.value for entry in model.metadata_props}
        say(model, {**props, "recipe": json.dumps({**tiny.RECIPE, part: value})})

    change(models, other)
    found = faults(models)
    assert len(found) == bool(sentence)
    assert all(fault.startswith("sea.onnx: ") and sentence in fault for fault in found)


def test_every_key_of_a_recipe_must_be_there() -> None:
    assert recipe_faults({}) == [f"lacks {field.name}" for field in fields(Recipe)]
    assert set(SIZES) == {field.name for field in fields(Shape)}


def test_what_a_run_noted_is_well_formed(models: Path) -> None:
    training = {"characters": 1, "stretches": [{"from": 0, "planned": 1}], "base": None}

    def other(model: onnx.ModelProto) -> None:
        props = {entry.key: entry.value for entry in model.metadata_props}
        say(model, {**props, "training": json.dumps(training)})

    change(models, other)
    assert faults(models) == []
    training["stretches"] = [{"from": 0}]
    change(models, other)
    (fault,) = faults(models)
    assert "expected JSON with characters, stretches and base" in fault


def test_a_shipped_voice_that_is_not_even_listed_is_missing(
    models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = {"lake": None, "sea": None, "woods": None}
    monkeypatch.setattr(corpora, "load", lambda: wanted)
    assert main(["verify", "--models", str(models)]) == 0  # a folder of one's own
    monkeypatch.setattr(export.verify, "MODELS", models)
    capsys.readouterr()
    assert main(["verify", "--models", str(models)]) == 1
    assert capsys.readouterr().err.strip() == (
        "lake.onnx: it is a shipped voice, but neither there nor listed in SHA256SUMS: copy both "
        "again, or run `convert`."
    )
    del wanted["lake"], wanted["sea"]  # sea is a voice of one's own
    assert main(["verify", "--models", str(models)]) == 0


def test_all_shipped_voices_are_wanted_in_the_shipped_folder(tmp_path: Path) -> None:
    assert set(shipped_voices(MODELS)) == {path.stem for path in MODELS.glob("*.onnx")}
    assert not shipped_voices(tmp_path)


def louder(model: onnx.ModelProto) -> None:
    """Let what the LSTM remembers count for more than the bias."""
    for tensor in model.graph.initializer:
        if tensor.name == "output_kernel_scale":
            scale = numpy_helper.to_array(tensor)
            tensor.CopyFrom(numpy_helper.from_array(10.0 * scale, tensor.name))


def test_a_good_model_has_a_memory(models: Path) -> None:
    change(models, louder)
    assert faults(models) == []


def test_metadata_that_is_no_text_is_a_fault_of_that_file(models: Path) -> None:
    data = bytearray((models / "sea.onnx").read_bytes())
    data[data.index(b"Words of the sea.")] = 0xFF
    (models / "sea.onnx").write_bytes(data)
    found = faults(models)
    assert "sea.onnx: it is damaged or is no ONNX file: copy it again." in found
    assert not any(fault.startswith("woods.onnx") for fault in found)


def without_memory(model: onnx.ModelProto) -> None:
    """Let the LSTM begin each call from the zero state."""
    louder(model)
    lstm = next(node for node in model.graph.node if "LSTM" in node.op_type)
    lstm.input[5] = lstm.input[6] = ""


def other_name(model: onnx.ModelProto) -> None:
    model.graph.input[0].name = "characters"
    model.graph.node[0].input[0] = "characters"


def in_a_loop(model: onnx.ModelProto) -> None:
    """Pass the logits through a loop of one turn."""
    add = model.graph.node[-1]
    add.output[0] = "once"
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("Identity", ["inner"], ["inner_next"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("inner", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("inner_next", TensorProto.FLOAT, None),
        ],
    )
    turns = numpy_helper.from_array(np.array(1, dtype=np.int64), "turns")
    model.graph.initializer.append(turns)
    model.graph.node.append(helper.make_node("Loop", ["turns", "", "once"], ["logits"], body=body))


def no_lstm(model: onnx.ModelProto) -> None:
    """Let the state pass by, and say always the same."""
    del model.graph.node[:]
    model.graph.node.extend(
        [
            helper.make_node("Identity", ["h0"], ["h0_next"]),
            helper.make_node("Identity", ["c0"], ["c0_next"]),
            helper.make_node("Squeeze", ["h0", "first"], ["last"]),
            helper.make_node("ReduceSum", ["last", "second"], ["sum"]),
            helper.make_node("Add", ["sum", "output_bias"], ["logits"]),
        ]
    )
    model.graph.initializer.append(numpy_helper.from_array(np.array([1]), "second"))


def two_lstms(model: onnx.ModelProto) -> None:
    """Let a second LSTM read what the first reads, and use nothing of it."""
    lstm = next(node for node in model.graph.node if "LSTM" in node.op_type)
    second = model.graph.node.add()
    second.CopyFrom(lstm)
    second.name = "second"
    second.output[:] = [f"{name}_second" if name else "" for name in lstm.output]


def one_more(model: onnx.ModelProto) -> None:
    """Ask for a number of no dimension as well."""
    value = helper.make_tensor_value_info("temperature", TensorProto.FLOAT, [])
    model.graph.input.append(value)


def cannot_run(model: onnx.ModelProto) -> None:
    """Ask for an operator that no runtime has."""
    next(node for node in model.graph.node if node.op_type == "Gather").domain = "nowhere"


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        (without_memory, "read in one call and character by character, 80 characters give"),
        (other_name, "its inputs are characters [B, T], h0 [1, B, 16], c0 [1, B, 16], not those"),
        (one_more, "its inputs are tokens [B, T], h0 [1, B, 16], c0 [1, B, 16], temperature []"),
        (in_a_loop, "it steps through time in a Loop"),
        (no_lstm, "it has no LSTM operator"),
        (two_lstms, "it has 2 LSTM operators for the state of 1 layer(s): export it by `convert`"),
        (cannot_run, "it cannot be used ("),
    ],
    ids=["no memory", "other name", "one more", "loop", "no LSTM", "two LSTMs", "cannot run"],
)
def test_shape_operators_and_a_trial(models: Path, how: Change, sentence: str) -> None:
    change(models, how)
    found = faults(models)
    assert any(fault.startswith("sea.onnx: ") and sentence in fault for fault in found)
    assert not any(fault.startswith("woods.onnx") for fault in found)
