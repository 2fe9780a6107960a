"""Faults of the model files and of memory: what loads plays, what does not is named in a sentence.

Real engines; see docs/reliability.md for the list of all faults.
"""

import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from appliance import wire
from appliance.engine.archive import Archive, Typed
from appliance.engine.ensemble import Ensemble
from appliance.engine.memory import Memory
from appliance.engine.model import Model
from appliance.engine.resume import resume
from appliance.plain import plain
from appliance.stage.link import Link
from tests.conftest import wait_for
from tests.models import write_model
from tests.watched import FAST, WatchedEngine

ALL = wire.Weights((("a", 0.4), ("b", 0.3), ("c", 0.3)))
HUNGRY = 1 << 30  # bytes that one style wants for itself
ENOUGH = 1 << 28  # bytes that are left for all others


@pytest.fixture
def models(tiny: Path, tmp_path: Path) -> Path:
    """Return a folder of the models a, b and c that a test may damage."""
    folder = tmp_path / "models"
    shutil.copytree(tiny, folder)
    return folder


@pytest.fixture
def engine(models: Path, tmp_path: Path) -> Iterator[WatchedEngine]:
    made = WatchedEngine(tmp_path, f"{FAST}[styles]\nmodels = '{models}'\n")
    yield made
    made.stop()


def described(graph: onnx.GraphProto, path: Path) -> None:
    """Write a graph as the model file of a style that is called after the file."""
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"slug": path.stem, "title": path.stem, "colour": "#a0b0c0"})
    onnx.save(model, path)


def of_another_shape(path: Path) -> None:
    """Write a model that is whole and well described, and no writer."""
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 5]) for name in "xy"]
    node = helper.make_node("Relu", ["x"], ["y"])
    described(helper.make_graph([node], "other", ends[:1], ends[1:]), path)


def make_hungry(path: Path) -> None:
    """Let a model ask for memory that it makes no use of: zeros, added up and added."""
    graph = onnx.load(path).graph
    graph.initializer.append(numpy_helper.from_array(np.array([HUNGRY // 4]), "many"))
    for node in graph.node:
        if node.output[0] == "logits":
            node.output[0] = "fed"
    graph.node.extend(
        [
            helper.make_node("ConstantOfShape", ["many"], ["zeros"]),
            helper.make_node("ReduceSum", ["zeros"], ["nothing"], keepdims=0),
            helper.make_node("Add", ["fed", "nothing"], ["logits"]),
        ]
    )
    described(graph, path)


def spoil(path: Path, letter: str) -> None:
    """Let a model return what are no numbers where a letter is the last that it has read."""
    graph = onnx.load(path).graph
    after = np.zeros((128, 1), dtype=np.float32)
    after[ord(letter)] = np.nan
    graph.initializer.append(numpy_helper.from_array(after, "after"))
    graph.initializer.append(numpy_helper.from_array(np.array(-1), "end"))
    for node in graph.node:
        if node.output[0] == "logits":
            node.output[0] = "well"
    graph.node.extend(
        [
            helper.make_node("Gather", ["tokens", "end"], ["letter"], axis=1),
            helper.make_node("Gather", ["after", "letter"], ["more"]),
            helper.make_node("Add", ["well", "more"], ["logits"]),
        ]
    )
    described(graph, path)


def know_fewer(path: Path, characters: int) -> None:
    """Let a model fail at each letter from a code on, as one does that is of fewer letters."""
    model = onnx.load(path)
    [table] = [part for part in model.graph.initializer if part.name == "embedding"]
    fewer = numpy_helper.to_array(table)[:characters]
    table.CopyFrom(numpy_helper.from_array(fewer.copy(), "embedding"))
    onnx.save(model, path)


def assert_the_others_play(engine: WatchedEngine, link: Link, styles: str = "ac") -> None:
    """Assert that b is missing, named once in the log and on the page, and that a and c play.

    `styles` are those that have loaded.
    """
    link.send(ALL)
    wait_for(link, lambda: set(link.view.attribution) == {"a", "c"})
    seen = link.view.characters
    wait_for(link, lambda: link.view.characters > seen + 20)
    wait_for(link, lambda: link.view.status and link.view.status.state == "typing")
    assert set(link.view.styles) == set(styles)
    line = engine.lines("b.onnx")[-1]
    assert "Traceback" not in engine.words
    page = engine.page()
    assert page["state"] == "typing" and not page["well"]
    [told] = [entry["sentence"] for entry in page["lines"] if "b.onnx" in entry["sentence"]]
    assert told in line


@pytest.mark.parametrize("share", [0.0, 0.3, 0.95])
def test_a_model_file_is_truncated(
    engine: WatchedEngine, link: Link, models: Path, share: float
) -> None:
    whole = (models / "b.onnx").read_bytes()
    (models / "b.onnx").write_bytes(whole[: int(share * len(whole))])
    engine.start("--seed", "1")
    wait_for(link, lambda: link.view.characters > 5)
    assert_the_others_play(engine, link)


def test_a_model_is_of_another_shape(engine: WatchedEngine, link: Link, models: Path) -> None:
    of_another_shape(models / "b.onnx")
    engine.start("--seed", "1")
    wait_for(link, lambda: link.view.characters > 5)
    assert_the_others_play(engine, link)
    assert engine.lines("another shape")


def test_a_model_returns_no_numbers(engine: WatchedEngine, link: Link, models: Path) -> None:
    write_model(models, "b", bias=np.full(128, np.nan, dtype=np.float32))
    engine.start("--seed", "1")
    wait_for(link, lambda: link.view.characters > 5)
    assert_the_others_play(engine, link)
    assert engine.lines("no numbers")


def test_a_model_returns_no_numbers_while_it_plays(
    engine: WatchedEngine, link: Link, models: Path
) -> None:
    spoil(models / "b.onnx", "e")
    engine.start("--seed", "1")
    wait_for(link, lambda: link.view.characters > 5)
    link.send(ALL, wire.Prime("x"))
    # Until an e is drawn it plays; at the first it is caught up anew, and at once fails again.
    wait_for(link, lambda: engine.lines("no numbers: copy it again"))
    seen = link.view.characters
    wait_for(link, lambda: link.view.characters > seen + 50)
    assert set(link.view.attribution) == {"a", "c"}
    assert plain(link.view.page.text) == link.view.page.text
    [first, second] = engine.lines("b.onnx")
    assert "anew" in first and "the other styles play on" in second
    wait_for(link, lambda: any("b.onnx" in line["sentence"] for line in engine.page()["lines"]))
    assert engine.page()["state"] == "typing"
    # Alone it leaves nobody, so another writes.
    link.send(wire.Weights((("b", 1.0),)))
    wait_for(link, lambda: set(link.view.attribution) == {"a"})


def test_a_model_fails_while_it_plays(engine: WatchedEngine, link: Link, models: Path) -> None:
    know_fewer(models / "b.onnx", ord("e"))
    engine.start("--seed", "1")
    wait_for(link, lambda: link.view.characters > 5)
    link.send(ALL, wire.Prime("bees"))
    wait_for(link, lambda: engine.lines("b.onnx fails"))
    assert_the_others_play(engine, link, styles="abc")
    assert engine.lines("out of data bounds")
    # With that mixture kept, the next engine plays too.
    assert engine.stop() == 0
    run = link.view.page.run
    engine.start()
    wait_for(link, lambda: link.view.page.run != run and link.view.characters > 50)


def test_every_model_fails_while_they_play(engine: WatchedEngine, link: Link, models: Path) -> None:
    for slug in "abc":
        spoil(models / f"{slug}.onnx", "~")
    engine.start("--seed", "1")
    wait_for(link, lambda: link.view.characters > 5)
    link.send(wire.Hold(1), wire.Prime("~"))
    wait_for(link, lambda: engine.lines("no style is left"))
    link.send(wire.Hold(0))
    wait_for(link, lambda: link.view.status and link.view.status.state == "starting")
    stood = link.view.page.text
    assert not engine.page()["well"]
    for slug in "abc":
        write_model(models, slug)
    wait_for(link, lambda: link.view.page.text > stood)
    assert link.view.page.text.startswith(stood)
    assert "Traceback" not in engine.words
    wait_for(link, lambda: link.view.status and link.view.status.state == "typing")


def test_model_files_are_damaged_and_removed_while_they_play(
    engine: WatchedEngine, link: Link, models: Path
) -> None:
    engine.start("--seed", "1")
    wait_for(link, lambda: link.view.characters > 5)
    (models / "a.onnx").write_bytes(b"")
    for slug in "bc":
        (models / f"{slug}.onnx").unlink()
    link.send(ALL)  # b and c are only fed now
    wait_for(link, lambda: set(link.view.attribution) == set("abc"))
    seen = link.view.characters
    wait_for(link, lambda: link.view.characters > seen + 50)


def test_no_model_is_left(engine: WatchedEngine, link: Link, models: Path) -> None:
    engine.start("--seed", "1")
    wait_for(link, lambda: link.view.page.end > 100)
    assert engine.stop() == 0
    wait_for(link, lambda: not link.alive)
    stood = link.view.page.text
    for slug in "abc":
        (models / f"{slug}.onnx").rename(models / f"{slug}.elsewhere")
    engine.start()
    assert engine.wait() == 1
    [line] = engine.lines("No style can play")
    assert str(models) in line and "Traceback" not in engine.words
    link.poll()
    assert link.view.page.text == stood  # what was typed stays where it is
    for slug in "abc":
        (models / f"{slug}.elsewhere").rename(models / f"{slug}.onnx")
    engine.start()
    wait_for(link, lambda: link.alive and link.view.page.end > len(stood) + 20)
    assert link.view.page.text.startswith(stood)


def test_memory_is_squeezed(engine: WatchedEngine, link: Link, models: Path) -> None:
    engine.start("--seed", "1")
    wait_for(link, lambda: link.view.characters > 5)
    held = data(engine)
    assert engine.stop() == 0
    write_model(models, "b")
    make_hungry(models / "b.onnx")
    engine.start()
    engine.limit(resource.RLIMIT_DATA, held + ENOUGH)
    run = link.view.page.run
    wait_for(link, lambda: link.view.page.run != run and link.view.whole)
    assert_the_others_play(engine, link)
    assert "Alloc" in engine.lines("b.onnx")[0]  # it was memory that it lacked


def test_memory_runs_out_in_catch_up(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = {slug: Model(tiny / f"{slug}.onnx") for slug in "ab"}

    def starved(*_: object) -> None:
        raise MemoryError

    with Ensemble(models) as ensemble:
        ensemble.restart("In the ")
        ensemble.weigh(np.array([1.0, 0.0]))
        ensemble.settle()
        monkeypatch.setattr(models["b"], "logits", starved)
        ensemble.weigh(np.array([0.0, 1.0]))
        ensemble.settle()
        # An engine that b can never join must end, and begin anew, and not type on with a for ever.
        with pytest.raises(MemoryError):
            ensemble.opinions()


def test_memory_runs_out_in_the_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def starved(*_: object, **__: object) -> None:
        raise MemoryError

    archive = Archive(tmp_path / "archive.sqlite", 1 << 30)
    archive.add(Typed(1_000.0, "a", "linux", {"linux": 1.0}, place=0))
    with monkeypatch.context() as squeezed:
        squeezed.setattr("sqlite3.connect", starved)
        assert not archive.commit()
    assert "no memory" in archive.fault
    assert archive.commit()
    assert (archive.written, archive.lost, archive.fault) == (1, 0, "")
    archive._shut()


def test_memory_is_squeezed_while_it_plays(engine: WatchedEngine, link: Link) -> None:
    engine.start("--seed", "1")
    wait_for(link, lambda: link.view.characters > 5)
    link.send(wire.Weights((("a", 1.0),)))
    wait_for(link, lambda: link.view.weights == {"a": 1.0})
    wait_for(link, lambda: kept(engine).weights == {"a": 1.0})
    engine.limit(resource.RLIMIT_DATA, 1)  # from now on it gets nothing more

    def ended_or_plays_all() -> bool:
        link.send(ALL)
        return engine.ended or set(link.view.attribution) == set("abc")

    wait_for(link, ended_or_plays_all)
    if not engine.ended:
        engine.kill()
    stood, run = kept(engine), link.view.page.run
    engine.start()
    wait_for(link, lambda: link.view.page.run != run and link.view.page.end > stood.end + 20)
    assert link.view.page.text.startswith(stood.text)


def kept(engine: WatchedEngine) -> Memory:
    return resume(engine.state / "engine.json", engine.state / "archive.sqlite") or Memory()


def data(engine: WatchedEngine) -> int:
    """Return the bytes that RLIMIT_DATA counts (proc_pid_status(5), VmData)."""
    for line in Path(f"/proc/{engine.pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    raise ValueError("the system does not say how much memory the engine holds")
