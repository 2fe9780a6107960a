import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from export import trainer
from export.network import Network, Shape
from export.recurrence import _fused, recur
from export.trainer import (
    DamagedError,
    Recipe,
    Run,
    bits_after_catch_up,
    load_weights,
    put_weights,
    weights_of,
)

SHAPE = Shape(hidden=24, layers=1, embedding=8)
RECIPE = Recipe(
    characters=40_000, rows=8, length=16, rate=1e-2, cool_down=0.5, average=0.98,
    check_every=10_000, dropout=0.1, weight_drop=0.1, seed=3,
)  # fmt: skip


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Spare the minute that a compiled step costs; one test below compiles it."""
    _fused.cache_clear()
    monkeypatch.setattr(shutil, "which", lambda _: None)
    yield
    _fused.cache_clear()


def text(seed: int) -> str:
    pick = random.Random(seed)
    return "".join(
        pick.choice(("the cat sat. ", "a dog ran. ", "so it goes.\n")) for _ in range(999)
    )


def run(folder: Path, recipe: Recipe = RECIPE, shape: Shape = SHAPE) -> Run:
    return Run(folder, shape, recipe, {"a": text(1), "b": text(2)}, {"a": text(3)})


@pytest.mark.usefixtures("no_compiler")
def test_it_learns_and_keeps_the_best_weights(tmp_path: Path) -> None:
    trained = run(tmp_path)
    told: list[tuple[int, int, str]] = []
    trained.train(lambda *progress: told.append(progress))
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert len(log) == 4
    assert trained.best < 2.0 < log[0]["validation_bits"] + 2.0
    assert log[-1]["validation_bits"] < log[0]["validation_bits"]
    assert told[-1][0] >= told[-1][1] == 40_000
    shape, weights = load_weights(tmp_path / "best.npz")
    assert shape == SHAPE
    network = Network(shape)
    put_weights(network, weights)
    codes = torch.tensor([[ord(c) for c in text(3)[:480]]]).numpy()
    assert bits_after_catch_up(network, codes) < 2.5


@pytest.mark.usefixtures("no_compiler")
def test_a_killed_run_goes_on_to_the_step(tmp_path: Path) -> None:
    whole = run(tmp_path / "whole")
    for _ in range(12):
        whole.step()
    first = run(tmp_path / "killed")
    for _ in range(5):
        first.step()
    first.save()
    first.step()  # lost, as by a kill
    second = run(tmp_path / "killed")
    assert second.done == 5 * 8 * 16
    for _ in range(7):
        second.step()
    for a, b in zip(whole._params + whole._average, second._params + second._average, strict=True):
        assert torch.equal(a, b)


@pytest.mark.usefixtures("no_compiler")
def test_a_checkpoint_of_another_recipe_is_refused_and_a_longer_run_is_not(tmp_path: Path) -> None:
    first = run(tmp_path)
    first.step()
    first.save()
    longer = run(tmp_path, replace(RECIPE, characters=80_000))
    assert longer.done == 8 * 16
    with pytest.raises(ValueError, match="made by another recipe"):
        run(tmp_path, replace(RECIPE, rate=1.0))


def test_on_another_device_all_of_a_step_stands_there(tmp_path: Path) -> None:
    import keras  # type: ignore[import-untyped]  # noqa: PLC0415  # after export: it chooses torch

    # The device that has no data refuses to meet another one, as a GPU does; it has no gradients.
    with keras.device("meta"):
        there = run(tmp_path)
        assert there.network.device.type == "meta" and not there._bf16
        assert all(p.device.type == "meta" for p in (*there._params, *there._average))
        with pytest.raises(RuntimeError, match="does not require grad"):
            there.step()
    assert Network(SHAPE).device.type == "cpu"


@pytest.mark.usefixtures("no_compiler")
def test_patience_ends_a_run_that_no_longer_gains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = iter([3.0, 2.0, 2.5, 2.1, 1.0])
    monkeypatch.setattr(trainer, "bits_after_catch_up", lambda *_: next(measured))
    trained = run(tmp_path, replace(RECIPE, characters=400_000, check_every=1_000))
    trained.train(lambda *_: None, patience=2)
    assert next(measured) == 1.0  # four measurements, of which the last two were in vain
    assert trained.best == 2.0 and not trained.finished


@pytest.mark.usefixtures("no_compiler")
@pytest.mark.parametrize("keep", [0, 1_000, -300])
def test_a_torn_checkpoint_is_named(tmp_path: Path, keep: int) -> None:
    run(tmp_path).save()
    checkpoint = tmp_path / "checkpoint.npz"
    checkpoint.write_bytes(checkpoint.read_bytes()[:keep])
    with pytest.raises(DamagedError, match=r"checkpoint\.npz is damaged"):
        run(tmp_path)


@pytest.mark.usefixtures("no_compiler")
def test_the_state_of_another_network_is_named(tmp_path: Path) -> None:
    run(tmp_path).save()
    with pytest.raises(DamagedError, match="the state of another network"):
        run(tmp_path, shape=Shape(hidden=16, layers=1, embedding=8))


@pytest.mark.parametrize("layers", [1, 3])
def test_a_shape_knows_the_sizes_of_its_weights(layers: int) -> None:
    shape = Shape(hidden=16, layers=layers, embedding=8)
    found = {v.path: tuple(v.shape) for v in Network(shape).trainable_variables}
    assert shape.weights() == found


def test_weights_of_another_size_are_refused() -> None:
    weights = weights_of(Network(Shape(hidden=16, embedding=8)))
    with pytest.raises(ValueError, match="have hidden 16, the network 24"):
        put_weights(Network(SHAPE), weights)


@pytest.mark.parametrize(
    ("done", "rate"), [(0.0, 0.01), (0.005, 0.5), (0.02, 1.0), (0.5, 1.0), (0.75, 0.5), (1.0, 0.0)]
)
def test_the_learning_rate_warms_up_holds_and_cools_down(done: float, rate: float) -> None:
    assert Recipe(rate=1.0, warm_up=0.01, cool_down=0.5).rate_at(done) == pytest.approx(rate)


def test_the_compiled_recurrence_agrees_with_torch() -> None:
    torch.manual_seed(0)
    steps, rows, inputs, units = 12, 6, 10, 16
    x = torch.randn(steps, rows, inputs, requires_grad=True)
    h, c = torch.randn(1, rows, units) * 0.3, torch.randn(1, rows, units) * 0.3
    kernel = (torch.randn(4 * units, inputs) * 0.2).requires_grad_()
    recurrent = (torch.randn(4 * units, units) * 0.2).requires_grad_()
    bias = (torch.randn(4 * units) * 0.2).requires_grad_()
    towards = torch.randn(steps, rows, units)
    leaves = [x, kernel, recurrent, bias]
    y, h_next, c_next = recur(x, h, c, kernel, recurrent, bias)
    ours = torch.autograd.grad((y * towards).sum(), leaves)
    reference, h_ref, c_ref = torch.lstm(
        x, (h, c), [kernel, recurrent, bias, torch.zeros_like(bias)], True, 1, 0.0, True, False,
        False,
    )  # fmt: skip
    theirs = torch.autograd.grad((reference * towards).sum(), leaves)
    # bfloat16 has eight bits of precision.
    np.testing.assert_allclose(y.detach().float(), reference.detach(), atol=0.02)
    np.testing.assert_allclose(h_next, h_ref.detach(), atol=0.02)
    np.testing.assert_allclose(c_next, c_ref.detach(), atol=0.02)
    for a, b in zip(ours, theirs, strict=True):
        assert float((a.float() - b).norm() / b.norm()) < 0.02
