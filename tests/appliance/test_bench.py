"""Every measure with tiny models and tiny counts: figures are finite and say what they are.

Nothing here asserts how fast anything is.
"""

import dataclasses
import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort  # type: ignore[import-untyped]  # ships no types
import pytest
from onnx import numpy_helper

from appliance.bench import graphs, machine
from appliance.bench.figures import Figure, Found, as_data, as_markdown, as_table, short
from appliance.bench.measure import Bench, BenchError, Effort, Measure, find, names
from appliance.bench.measures import the_2016_way
from appliance.bench.measures.bandwidth import cache_word
from appliance.bench.measures.tick import dues, lateness
from appliance.bench.running import running
from appliance.bench.sessions import BoundSession, Layout, Session, options
from appliance.bench.turns import in_turns, ratio
from appliance.bench.weights import bytes_a_character
from appliance.commands import bench as command
from appliance.engine.dequantise import standard_form
from appliance.engine.model import Model
from appliance.settings import Loaded
from tests.conftest import MODELS, appliance
from tests.models import HIDDEN, write_model

TINY = Effort(rounds=2, block=2, warm=4, characters=12, changes=4, soak=0.1, megabytes=1)
MEASURED = [name for name in names() if name != "the_2016_way"]


@pytest.fixture
def bench(tiny: Path, tmp_path: Path) -> Bench:
    """Return the tiny models on the bench."""
    site = tmp_path / "site.toml"
    site.write_text(f"[styles]\nmodels = '{tiny}'\n[engine]\nworkers = 2\n")
    return Bench.of(Loaded.read(site).settings, TINY)


# --- every measure ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MEASURED)
def test_a_measure_finds_finite_figures(name: str, bench: Bench) -> None:
    measure = find(name)
    figures = list(measure.figures(bench))
    assert figures
    assert len({figure.name for figure in figures}) == len(figures)
    for figure in figures:
        if figure.median is None:
            assert figure.note.startswith("not measured: ")
        else:
            assert math.isfinite(figure.median)
            assert figure.n > 0
    found = Found(name, measure.title, tuple(figures))
    again = json.loads(json.dumps(as_data({}, [found])))["measures"][0]
    assert [row["name"] for row in again["figures"]] == [figure.name for figure in figures]
    for figure in figures:
        assert figure.name in as_table(found)
        assert figure.name in as_markdown(found)


def test_layouts_and_the_long_soak_are_taken_only_by_name() -> None:
    assert {name for name, _ in command.chosen(None)} == set(names()) - {"layouts", "soak"}
    assert [name for name, _ in command.chosen(["soak"])] == ["soak"]


def test_a_file_without_a_measure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.bench.measures.tick.MEASURE", None)
    with pytest.raises(BenchError, match=r"tick\.py"):
        find("tick")


# --- the command --------------------------------------------------------------------------------


def test_the_command_prints_json(tiny: Path, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(f"[styles]\nmodels = '{tiny}'\n")
    ended = appliance(
        "bench", "--settings", str(site), "--quick", "--json", "--only", "drawing", "catching_up",
        "--save", str(tmp_path / "saved.json"),
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "saved.json").read_text() == ended.stdout
    told = json.loads(ended.stdout)
    assert [measure["name"] for measure in told["measures"]] == ["drawing", "catching_up"]
    assert told["machine"]["cores"] >= 1
    assert told["machine"]["processor"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (BenchError("the second cannot be found"), "the second cannot be found"),
        (ModuleNotFoundError(name="onnx"), "the Python package onnx is not installed"),
    ],
)
def test_what_was_found_before_a_fault_is_printed(
    fault: Exception,
    said: str,
    tiny: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def faulty(_: Bench) -> Iterator[Figure]:
        yield Figure("the first", "µs", 1.0)
        raise fault

    measure = Measure("A faulty measure", faulty)
    monkeypatch.setattr(command, "find", lambda _: measure)
    site = tmp_path / "site.toml"
    site.write_text(f"[styles]\nmodels = '{tiny}'\n")
    assert main("bench", "--settings", str(site), "--only", "tick") == 1
    printed = capsys.readouterr().out
    assert "the first" in printed
    assert f"not measured: {said}" in printed


def test_without_models_it_says_so(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(f"[styles]\nmodels = '{tmp_path}'\n")
    ended = appliance("bench", "--settings", str(site))
    assert ended.returncode == 1
    assert ended.stderr.startswith("There is no model file in")


def main(*arguments: str) -> int:
    from appliance.__main__ import main as run  # noqa: PLC0415  # the command line, in this process

    return run(list(arguments))


# --- figures ------------------------------------------------------------------------------------


def test_a_figure_sums_up_samples() -> None:
    figure = Figure.of("reading", "µs", np.arange(101.0))
    assert (figure.median, figure.p99, figure.n) == (50.0, 99.0, 101)


@pytest.mark.parametrize("samples", [[], [1.0, float("nan")], [float("inf")]])
def test_a_figure_takes_nothing_that_is_no_number(samples: list[float]) -> None:
    with pytest.raises(ValueError, match="the figure 'x'"):
        Figure.of("x", "µs", samples)


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.0, "0"), (0.1234, "0.123"), (12.34, "12.3"), (1234.5, "1,234"), (0.00001234, "1.2e-05")],
)
def test_numbers_are_short(value: float, written: str) -> None:
    assert short(value) == written


def test_turns_are_timed_apart_and_the_first_call_is_not() -> None:
    now = 0.0
    calls: list[str] = []

    def way(name: str, seconds: float) -> None:
        nonlocal now
        calls.append(name)
        now += seconds

    times = in_turns(
        {"quick": lambda: way("quick", 1.0), "slow": lambda: way("slow", 3.0)},
        rounds=2,
        block=2,
        wall=lambda: now,
        cpu=lambda: 2.0 * now,
        rest=lambda _: None,
    )
    assert calls == (["quick"] * 3 + ["slow"] * 3) * 2
    assert times["quick"].wall.tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert times["slow"].cpu.tolist() == [[6.0, 6.0], [6.0, 6.0]]
    assert ratio("slow ÷ quick", times["slow"], times["quick"]).median == 3.0


# --- bytes and forms of the models --------------------------------------------------------------


def test_bytes_count_one_row_of_the_embedding_and_all_else() -> None:
    model = onnx.load(MODELS / "bible.onnx")
    sizes = {t.name: numpy_helper.to_array(t).nbytes for t in model.graph.initializer}
    row = sizes["embedding"] // 128
    assert bytes_a_character(model) == sum(sizes.values()) - sizes["embedding"] + row


def test_merged_models_say_what_they_say_alone(tmp_path: Path) -> None:
    paths = [write_model(tmp_path, slug, seed=seed) for seed, slug in enumerate("ab")]
    whole = ort.InferenceSession(graphs.merged([path.read_bytes() for path in paths]))
    token = np.array([[101]])
    state = np.full((1, 1, HIDDEN), 0.25, dtype=np.float32)
    feed = {i.name: token if i.name == "tokens" else state for i in whole.get_inputs()}
    names_of = [output.name for output in whole.get_outputs()]
    said = dict(zip(names_of, whole.run(None, feed), strict=True))
    for number, path in enumerate(paths):
        logits, (h, c) = Model(path).logits(token, (state, state))
        np.testing.assert_allclose(said[f"m{number}_logits"], logits, atol=1e-6)
        np.testing.assert_allclose(said[f"m{number}_h0_next"], h, atol=1e-6)
        np.testing.assert_allclose(said[f"m{number}_c0_next"], c, atol=1e-6)


@pytest.mark.parametrize(("bits", "apart"), [(8, 0.02), (4, 0.4)])
def test_fewer_bits_say_nearly_the_same(bits: int, apart: float) -> None:
    path = MODELS / "bible.onnx"
    tokens = np.frombuffer(b"And it came to pass", dtype=np.uint8).astype(np.int64)
    model = Model(path)
    fewer = ort.InferenceSession(graphs.few_bits(standard_form(path), bits))
    state = model.zero()
    _, *parts = (given.name for given in fewer.get_inputs())
    rough = list(model.zero())
    for token in tokens[:, None, None]:
        logits, state = model.logits(token, state)
        said, *rough = fewer.run(None, {"tokens": token, **dict(zip(parts, rough, strict=True))})
    assert np.abs(softmaxed(said) - softmaxed(logits)).sum() / 2 < apart


def softmaxed(
    logits: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    powers = np.exp(logits - logits.max())
    shares: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = powers / powers.sum()
    return shares


def test_codes_and_scales_stand_for_the_weights() -> None:
    weights = np.random.default_rng(1).standard_normal((3, 40)).astype(np.float32)
    codes, scales = graphs.in_groups(weights, 4)
    assert codes.shape == (3, 2, 16)
    nibbles = np.stack([codes & 15, codes >> 4], axis=-1).reshape(3, 2, 32)
    back = (nibbles.astype(np.float32) - 8.0) * scales.reshape(3, 2, 1)
    np.testing.assert_allclose(back.reshape(3, 64)[:, :40], weights, atol=float(scales.max()) / 2)


def test_a_session_carries_its_state(tmp_path: Path) -> None:
    path = write_model(tmp_path, "a")
    session = Session(path.read_bytes(), options())
    model = Model(path)
    state = model.zero()
    for _ in range(3):
        session.read()
        _, state = model.logits(np.array([[ord("e")]]), state)
    np.testing.assert_allclose(session.feed["h0"], state[0], atol=1e-6)


@pytest.mark.parametrize("bound", [False, True])
@pytest.mark.parametrize(("threads", "caller"), [(1, False), (2, False), (2, True), (3, True)])
def test_every_session_of_a_layout_reads(threads: int, caller: bool, bound: bool) -> None:
    class Counted(BoundSession if bound else Session):  # type: ignore[misc]  # either, by turns
        reads = 0

        def read(self) -> None:
            super().read()
            self.reads += 1

    model = (MODELS / "bible.onnx").read_bytes()
    sessions = [Counted(model, options()) for _ in range(4)]
    with Layout(sessions, threads, caller=caller) as layout:
        layout.read()
        layout.read()
    assert [session.reads for session in sessions] == [2] * 4


def test_bound_buffers_carry_the_state(tmp_path: Path) -> None:
    path = write_model(tmp_path, "a")
    bound, plain = BoundSession(path.read_bytes(), options()), Session(path.read_bytes(), options())
    for _ in range(3):
        bound.read()
        plain.read()
    np.testing.assert_allclose(bound.state["h0"].numpy(), plain.feed["h0"], atol=1e-6)


# --- time on the wire ---------------------------------------------------------------------------


def test_lateness_is_measured_against_an_even_grid() -> None:
    late = np.array([0.002, 0.0, 0.004, 0.001])
    arrivals = 10.0 + 0.05 * np.arange(4) + late
    np.testing.assert_allclose(lateness(arrivals, np.arange(4), 0.05), late, atol=1e-12)


def test_a_character_that_was_not_heard_leaves_its_place_on_the_grid() -> None:
    arrivals = np.array([0.0, 0.05, 0.15])
    np.testing.assert_allclose(lateness(arrivals, np.array([0, 1, 3]), 0.05), 0.0, atol=1e-12)


def test_after_a_long_hold_up_the_grid_moves() -> None:
    due = dues(np.array([0.0, 1.0, 1.05]), np.arange(3), 0.05)
    np.testing.assert_allclose(due, [0.0, 0.05, 0.95])


def test_an_engine_that_cannot_start_is_told(bench: Bench, tmp_path: Path) -> None:
    without_models = dataclasses.replace(bench, folder=tmp_path)
    with (
        running(without_models, {"a": 1.0}) as engine,
        pytest.raises(BenchError, match="the engine ended: No style can play"),
    ):
        next(engine.characters())


# --- the machine --------------------------------------------------------------------------------


def test_the_machine_is_read_from_the_systems_files(tmp_path: Path) -> None:
    board, cpuinfo = tmp_path / "model", tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: Some Processor\n")
    assert machine.processor(board, cpuinfo) == "Some Processor"
    board.write_bytes(b"Raspberry Pi 5 Model B Rev 1.0\0")
    assert machine.processor(board, cpuinfo) == "Raspberry Pi 5 Model B Rev 1.0"


def test_the_last_cache_is_that_of_the_highest_level(tmp_path: Path) -> None:
    assert machine.last_cache(tmp_path) == 0
    for index, (level, size) in enumerate([("1", "64K"), ("3", "2M"), ("2", "512K")]):
        folder = tmp_path / f"index{index}"
        folder.mkdir()
        (folder / "level").write_text(f"{level}\n")
        (folder / "size").write_text(f"{size}\n")
    assert machine.last_cache(tmp_path) == 2 << 20


def test_a_cache_that_holds_everything_makes_the_limit_moot() -> None:
    assert cache_word(1_000_000, 2_000_000).startswith("moot")
    assert "holds 2.0 MB" in cache_word(3_000_000, 2_000_000)
    assert "does not say" in cache_word(3_000_000, 0)


# --- the way of 2016 ----------------------------------------------------------------------------


def test_without_keras_the_way_of_2016_is_not_measured(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(the_2016_way, "python_with_keras", lambda: None)
    (figure,) = find("the_2016_way").figures(bench)
    assert figure.median is None
    assert figure.note == "not measured: the export group is not installed"


def test_the_sizes_of_a_network_are_read_from_its_file() -> None:
    hidden, layers, embedding = the_2016_way.sizes(MODELS / "bible.onnx")
    inputs = Model(MODELS / "bible.onnx").zero()
    assert (hidden, 2 * layers) == (inputs[0].shape[-1], len(inputs))
    assert embedding == 66  # 64, and the two that hold the scale


def test_keras_that_does_not_end_is_left_out_and_the_rest_is_measured(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slow = tmp_path / "python"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(the_2016_way, "python_with_keras", lambda: slow)
    monkeypatch.setattr(the_2016_way, "PATIENCE", 0.01)
    with pytest.raises(BenchError, match="has not ended within"):
        list(find("the_2016_way").figures(bench))


@pytest.mark.skipif(the_2016_way.python_with_keras() is None, reason="needs the export group")
def test_the_way_of_2016_is_measured_where_keras_is(bench: Bench) -> None:
    figures = list(find("the_2016_way").figures(bench))
    assert len(figures) == 2
    assert all(figure.median and figure.median > 0.0 for figure in figures)
