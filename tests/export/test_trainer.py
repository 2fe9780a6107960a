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
from export.origin import Origin, hashes_of
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
from tests.export import tiny

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
def test_another_recipe_is_refused_and_another_length_is_noted(tmp_path: Path) -> None:
    first = run(tmp_path)
    first.step()
    first.save()
    longer = run(tmp_path, replace(RECIPE, characters=80_000))
    assert longer.done == 8 * 16
    longer.step()
    longer.save()
    noted = [(s["from"], s["planned"]) for s in trainer.read_notes(tmp_path)["stretches"]]
    assert noted == [(0, 40_000), (128, 80_000)]
    back = run(tmp_path)
    assert [(s["from"], s["planned"]) for s in back.stretches] == [*noted, (256, 40_000)]
    assert run(tmp_path, replace(RECIPE, characters=80_000)).stretches == longer.stretches
    with pytest.raises(ValueError, match=r"its rate was 0\.01, and would be 1\.0 now\): delete"):
        run(tmp_path, replace(RECIPE, rate=1.0))


@pytest.mark.usefixtures("no_compiler")
def test_what_changes_the_digits_is_noted_with_the_character_from_which_it_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(tmp_path)
    first.step()
    first.save()
    monkeypatch.setattr(trainer, "fast_bfloat16", lambda: not first._bf16)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 77)
    began, went_on = run(tmp_path).stretches
    assert (began["from"], went_on["from"]) == (0, 128)
    assert (began["bfloat16"], went_on["bfloat16"]) == (first._bf16, not first._bf16)
    assert began["threads"] != went_on["threads"] == 77
    assert began["device"] == "cpu" and began["compiled"] is False  # here is no compiler
    assert set(began["versions"]) == {"static-unsigned-love", "keras", "torch", "numpy"}


@pytest.mark.usefixtures("no_compiler")
def test_a_run_does_not_go_on_with_another_text_or_another_base(tmp_path: Path) -> None:
    def with_base(digest: str, *texts: int) -> Run:
        training, checked = {str(seed): text(seed) for seed in texts}, {"a": text(3)}
        origin = Origin(hashes_of(training=training, validation=checked), {"sha256": digest})
        return Run(tmp_path, SHAPE, RECIPE, training, checked, origin=origin)

    with_base("beef" * 16, 1, 2).save()
    assert with_base("beef" * 16, 1, 2).done == 0
    with pytest.raises(ValueError, match="it began with the weights beefbeefbeef…, and"):
        with_base("cafe" * 16, 1, 2)
    with pytest.raises(ValueError, match="it was trained on 2 as well; it was not trained on 4"):
        with_base("beef" * 16, 1, 4)


@pytest.mark.usefixtures("no_compiler")
def test_a_run_of_texts_alone_notices_that_one_has_changed(tmp_path: Path) -> None:
    run(tmp_path).save()
    with pytest.raises(ValueError, match="the text of b has changed in its part for training"):
        Run(tmp_path, SHAPE, RECIPE, {"a": text(1), "b": text(4)}, {"a": text(3)})
    with pytest.raises(ValueError, match="the text of a has changed in its part for validation"):
        Run(tmp_path, SHAPE, RECIPE, {"a": text(1), "b": text(2)}, {"a": text(4)})


@pytest.mark.usefixtures("no_compiler")
def test_a_run_of_older_form_goes_on_and_says_what_it_does_not_know(tmp_path: Path) -> None:
    first = run(tmp_path)
    first.step()
    first.save()
    tiny.forget(tmp_path)
    second = run(tmp_path, replace(RECIPE, characters=80_000))
    assert second.done == 128 and "is of older form and does not tell" in second.doubt
    began, went_on = second.stretches
    assert began == {"from": 0, "planned": 40_000}
    assert (went_on["from"], went_on["planned"]) == (128, 80_000)
    second.step()
    second.save()
    assert run(tmp_path).doubt == ""


@pytest.mark.usefixtures("no_compiler")
def test_a_run_that_is_killed_between_vain_measurements_is_the_uninterrupted_one(
    tmp_path: Path,
) -> None:
    # What is learnt of cats and dogs is of no use for numbers: most measurements are in vain.
    recipe = replace(RECIPE, characters=400_000, check_every=500)

    def numbers(folder: Path) -> Run:
        digits = "".join(str(n) for n in range(600))
        return Run(folder, SHAPE, recipe, {"a": text(1)}, {"a": digits})

    whole = numbers(tmp_path / "whole")
    whole.train(lambda *_: None, patience=4)
    assert whole.done < 400_000 and whole._in_vain == 4

    going = numbers(tmp_path / "killed")
    for vain in (1, 3):
        checkpoint = [0]

        def kill(run: Run = going, vain: int = vain, steps: list[int] = checkpoint) -> None:
            steps[0] += run._in_vain == vain
            if steps[0] == 3:  # two steps are lost
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            going.train(lambda *_, kill=kill: kill(), patience=4)
        going = numbers(tmp_path / "killed")
        assert going._in_vain == vain
    going.train(lambda *_: None, patience=4)
    assert (going.done, going.best, going._loss) == (whole.done, whole.best, whole._loss)
    for a, b in zip(whole._params + whole._average, going._params + going._average, strict=True):
        assert torch.equal(a, b)
    best = [(tmp_path / name / "best.npz").read_bytes() for name in ("whole", "killed")]
    assert best[0] == best[1]


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
