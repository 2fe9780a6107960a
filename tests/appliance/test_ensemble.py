import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.catalogue import BadModelError
from appliance.engine.ensemble import CATCH_UP, Ensemble
from appliance.engine.model import Model, State
from appliance.engine.reader import LOOK_EVERY
from appliance.engine.sampling import Floats
from appliance.engine.session import Provider
from tests.conftest import PATIENCE

Load = Callable[[str], Model]
TEXT = (
    "It is a truth universally acknowledged, that a single man in possession of a good fortune, "
    "must be in want of a wife. However little known the feelings or views of such a man may be "
)


def codes(text: str) -> NDArray[np.int64]:
    return np.frombuffer(text.encode("ascii"), dtype=np.uint8).astype(np.int64)[None]


class Gate:
    """A model that waits for its turn, so that a test decides when a catch-up ends."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.provider = Provider("a gate")  # not the CPU, so that each call comes by here
        self.open = threading.Event()
        self.entered = threading.Event()
        self.calls: list[int] = []

    def zero(self) -> State:
        return self._model.zero()

    def logits(self, tokens: NDArray[np.int64], state: State) -> tuple[NDArray[np.float32], State]:
        self.calls.append(tokens.shape[1])
        self.entered.set()
        assert self.open.wait(30)
        return self._model.logits(tokens, state)


@pytest.fixture
def three(tiny: Path) -> Iterator[Ensemble]:
    with Ensemble({slug: Model(tiny / f"{slug}.onnx") for slug in "abc"}) as ensemble:
        yield ensemble


def expected(model: Model, text: str) -> Floats:
    """Return what a model expects that read the text's last 80 characters one by one."""
    state = model.zero()
    for code in codes(text[-CATCH_UP:])[0]:
        expects, state = model.read(np.array([[code]]), state)
    last: Floats = expects[0]
    return last


def total_variation(p: Floats, q: Floats) -> float:
    return float(0.5 * np.abs(p - q).sum())


def test_a_caught_up_style_expects_what_it_would_have_one_by_one(tiny: Path) -> None:
    model = Model(tiny / "a.onnx")  # in float form
    with Ensemble({"a": model}) as ensemble:
        ensemble.restart(TEXT)
        ensemble.weigh(np.array([1.0]))
        ensemble.settle()
        heard = ensemble.opinions()
    assert heard is not None
    assert heard.distributions[0] == pytest.approx(expected(model, "\n" + TEXT), abs=1e-5)


@pytest.mark.parametrize("slug", ["austen", "linux", "trump", "love_songs", "dalai_lama"])
def test_a_caught_up_shipped_style_is_within_a_fiftieth(slug: str, load: Load) -> None:
    with Ensemble({slug: load(slug)}) as ensemble:
        ensemble.restart(TEXT)
        ensemble.weigh(np.array([1.0]))
        ensemble.settle()
        heard = ensemble.opinions()
    assert heard is not None
    assert total_variation(heard.distributions[0], expected(load(slug), "\n" + TEXT)) < 0.02


def test_a_style_that_fades_out_and_returns_has_no_stale_state(tiny: Path) -> None:
    models = {slug: Model(tiny / f"{slug}.onnx") for slug in "ab"}
    with Ensemble(models) as ensemble:
        ensemble.restart(TEXT)
        ensemble.weigh(np.array([0.5, 0.5]))
        ensemble.settle()
        ensemble.weigh(np.array([1.0, 0.0]))  # b fades out and misses what follows
        for character in "and then she wrote ":
            ensemble.read(character)
        ensemble.weigh(np.array([0.5, 0.5]))
        ensemble.settle()
        heard = ensemble.opinions()
    assert heard is not None
    assert heard.slugs == ("a", "b")
    after = expected(models["b"], TEXT + "and then she wrote ")
    assert heard.distributions[1] == pytest.approx(after, abs=1e-5)


def test_only_heavy_styles_are_fed(three: Ensemble) -> None:
    three.restart("x")
    three.weigh(np.array([1.0, 0.04, 0.06]))
    three.settle()
    heard = three.opinions()
    assert heard is not None
    assert heard.slugs == ("a", "c")
    assert heard.weights.tolist() == [1.0, 0.06]
    assert three.read("y") == 2


def test_a_style_that_has_become_light_reads_no_more(three: Ensemble) -> None:
    three.restart("x")
    three.weigh(np.array([1.0, 0.5, 0.06]))
    three.settle()
    assert three.read("x") == 3
    light = three._ready["b"]
    age = light.age
    three.weigh(np.array([1.0, 0.04, 0.06]))
    assert three.read("x") == 2
    three.spare(1)
    assert three.read("x") == 1
    assert light.age == age


def test_nobody_is_heard_while_all_is_silent(three: Ensemble) -> None:
    three.restart("x")
    three.weigh(np.zeros(3))
    three.settle()
    assert three.opinions() is None


def test_the_others_play_on_while_one_catches_up(tiny: Path) -> None:
    slow = Gate(Model(tiny / "b.onnx"))
    models = {"a": Model(tiny / "a.onnx"), "b": slow}
    with Ensemble(models) as ensemble:  # type: ignore[arg-type]  # a gate stands in for a model
        ensemble.restart(TEXT)
        ensemble.weigh(np.array([1.0, 0.0]))
        ensemble.settle()
        ensemble.weigh(np.array([0.0, 1.0]))  # a is not fed any more, but alone is ready
        assert slow.entered.wait(30)
        for character in "while b reads ":
            heard = ensemble.opinions()
            assert heard is not None
            assert heard.slugs == ("a",)
            ensemble.read(character)
        slow.open.set()
        ensemble.settle()
        heard = ensemble.opinions()
    assert heard is not None
    assert heard.slugs == ("b",)
    # It read 80 characters in one run, and then in another what was typed meanwhile.
    assert slow.calls[0] == CATCH_UP
    assert sum(slow.calls) == CATCH_UP + len("while b reads ")


def test_the_heaviest_catches_up_first(tiny: Path) -> None:
    gates = {slug: Gate(Model(tiny / f"{slug}.onnx")) for slug in "abc"}
    for gate in gates.values():
        gate.open.set()
    order: list[str] = []
    for slug, gate in gates.items():
        inner = gate.logits

        def read(tokens, state, inner=inner, slug=slug):  # type: ignore[no-untyped-def]  # as logits
            order.append(slug)
            return inner(tokens, state)

        gate.logits = read  # type: ignore[method-assign]  # a test notes the calls
    with Ensemble(gates) as ensemble:  # type: ignore[arg-type]  # gates stand in for models
        ensemble.weigh(np.array([0.2, 0.3, 0.5]))
        ensemble.settle()
    assert order == ["c", "b", "a"]


def test_a_long_line_put_in_during_catch_up_does_not_confuse_it(tiny: Path) -> None:
    slow = Gate(Model(tiny / "b.onnx"))
    models = {"a": Model(tiny / "a.onnx"), "b": slow}
    with Ensemble(models) as ensemble:  # type: ignore[arg-type]  # a gate stands in for a model
        ensemble.restart(TEXT)
        ensemble.weigh(np.array([1.0, 0.0]))
        ensemble.settle()
        ensemble.weigh(np.array([0.5, 0.5]))
        ensemble.read(TEXT * 3)
        slow.open.set()
        ensemble.settle()
        heard = ensemble.opinions()
    assert heard is not None
    after = expected(Model(tiny / "b.onnx"), TEXT * 3)
    assert heard.distributions[1] == pytest.approx(after, abs=1e-5)


def test_a_page_that_begins_during_catch_up_is_the_one_that_is_read(tiny: Path) -> None:
    slow = Gate(Model(tiny / "b.onnx"))
    new = TEXT[::-1]  # as long as the old one
    with Ensemble({"b": slow}) as ensemble:  # type: ignore[dict-item]  # as good as a model
        ensemble.restart(TEXT)
        ensemble.weigh(np.ones(1))
        assert slow.entered.wait(PATIENCE)
        ensemble.restart(new)
        slow.open.set()
        ensemble.settle()
        heard = ensemble.opinions()
    assert heard is not None
    read = expected(Model(tiny / "b.onnx"), "\n" + new)
    assert heard.distributions[0] == pytest.approx(read, abs=1e-5)


def test_a_state_that_has_gone_bad_cannot_last(tiny: Path) -> None:
    model = Model(tiny / "a.onnx")
    with Ensemble({"a": model}, renew_after=100) as ensemble:
        ensemble.restart(TEXT)
        ensemble.weigh(np.array([1.0]))
        ensemble.settle()
        reader = ensemble._ready["a"]
        reader.state = tuple(np.full_like(part, 50.0) for part in reader.state)
        text = TEXT
        while ensemble.renewals == 0:
            assert len(text) < 100_000
            ensemble.read("e")
            text += "e"
        # The renewed reader stands at the end of a text that went on while it caught up.
        ensemble.settle()
        heard = ensemble.opinions()
    assert heard is not None
    assert heard.distributions[0] == pytest.approx(expected(model, text), abs=1e-4)


def spoil(ensemble: Ensemble, slug: str, value: float = np.nan) -> None:
    """Make a ready style's state what are no numbers."""
    reader = ensemble._ready[slug]
    reader.state = tuple(np.full_like(part, value) for part in reader.state)


def test_a_state_of_no_numbers_is_never_heard_and_renewed_at_once(tiny: Path) -> None:
    models = {slug: Model(tiny / f"{slug}.onnx") for slug in "ab"}
    with Ensemble(models) as ensemble:
        ensemble.restart(TEXT)
        ensemble.weigh(np.array([0.9, 0.1]))
        ensemble.settle()
        spoil(ensemble, "b")
        text = TEXT
        for character in "and so on":
            assert ensemble.read(character) >= 1
            text += character
            heard = ensemble.opinions()
            assert heard is not None
            assert np.isfinite(heard.distributions).all()
        ensemble.settle()
        heard = ensemble.opinions()
        assert ensemble.renewals == 1
        assert ensemble.faults == ()
    assert heard is not None
    assert heard.slugs == ("a", "b")
    assert heard.distributions[1] == pytest.approx(expected(models["b"], text), abs=1e-4)


@pytest.mark.parametrize("slug", ["austen", "linux"])
def test_so_is_that_of_a_shipped_style_alone(slug: str, load: Load) -> None:
    with Ensemble({slug: load(slug)}) as ensemble:
        ensemble.restart(TEXT)
        ensemble.weigh(np.ones(1))
        ensemble.settle()
        spoil(ensemble, slug)
        ensemble.read("x")
        ensemble.settle()
        heard = ensemble.opinions()
        assert ensemble.renewals == 1
    assert heard is not None
    assert total_variation(heard.distributions[0], expected(load(slug), TEXT + "x")) < 0.02


def test_a_style_that_returns_no_numbers_again_is_left_out_and_named(
    three: Ensemble, caplog: pytest.LogCaptureFixture
) -> None:
    three.restart(TEXT)
    three.weigh(np.array([0.5, 0.3, 0.2]))
    for _ in range(2):
        three.settle()
        spoil(three, "b")
        assert three.read("x") == 3
    three.settle()
    assert three.renewals == 1
    assert three.read("y") == 2
    heard = three.opinions()
    assert heard is not None
    assert heard.slugs == ("a", "c")
    assert three.fed() == ("a", "c")
    [fault] = three.faults
    assert "b.onnx returns what are no numbers: copy it again" in fault
    assert [record.message for record in caplog.records if record.message == fault] == [fault]
    three.weigh(np.array([0.0, 1.0, 0.0]))  # somebody else writes then
    three.settle()
    heard = three.opinions()
    assert heard is not None
    assert heard.slugs == ("a",)


def test_a_style_that_fails_in_catch_up_twice_is_left_out(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = {slug: Model(tiny / f"{slug}.onnx") for slug in "ab"}
    nothing = np.full((1, 128), np.inf, dtype=np.float32)
    monkeypatch.setattr(models["b"], "logits", lambda _, state: (nothing.copy(), state))
    with Ensemble(models) as ensemble:
        ensemble.restart(TEXT)
        ensemble.weigh(np.array([0.1, 0.9]))
        ensemble.settle()
        heard = ensemble.opinions()
        assert len(ensemble.faults) == 1
    assert heard is not None
    assert heard.slugs == ("a",)
    assert np.isfinite(heard.distributions).all()


def test_a_style_that_was_renewed_and_has_read_for_long_is_trusted_again(tiny: Path) -> None:
    with Ensemble({"a": Model(tiny / "a.onnx")}, renew_after=200) as ensemble:
        ensemble.weigh(np.ones(1))
        for renewals in (1, 3):
            ensemble.settle()
            spoil(ensemble, "a")
            ensemble.read("x")
            ensemble.settle()
            assert ensemble.renewals == renewals
            ensemble._ready["a"].age = 200
            ensemble.settle()
        assert ensemble.faults == ()


@pytest.mark.parametrize("part", [1, 3])
def test_a_state_of_no_numbers_that_eight_bits_hide_is_found_and_renewed(
    part: int, load: Load
) -> None:
    with Ensemble({"austen": load("austen")}) as ensemble:
        ensemble.restart(TEXT)
        ensemble.weigh(np.ones(1))
        ensemble.settle()
        reader = ensemble._ready["austen"]
        state = reader.state
        state[part][0, 0, 7] = np.nan  # a cell of one layer
        reader.state = state
        ensemble.read("x")
        ensemble.settle()
        assert ensemble.renewals == 0  # the answer itself was numbers
        for _ in range(LOOK_EVERY):
            ensemble.read("x")
        ensemble.settle()
        assert ensemble.renewals == 1
        assert all(np.isfinite(part).all() for part in ensemble._ready["austen"].state)


def test_a_style_that_fails_is_left_out_and_the_others_play_on(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = {slug: Model(tiny / f"{slug}.onnx") for slug in "ab"}

    def fail(*_: object) -> None:
        raise RuntimeError("[ONNXRuntimeError] : 2 : INVALID_ARGUMENT : index out of bounds")

    monkeypatch.setattr(models["b"], "logits", fail)
    with Ensemble(models) as ensemble:
        ensemble.restart(TEXT)
        ensemble.weigh(np.array([0.1, 0.9]))
        ensemble.settle()
        heard = ensemble.opinions()
        [fault] = ensemble.faults
    assert "b.onnx fails (index out of bounds): copy it again" in fault
    assert heard is not None
    assert heard.slugs == ("a",)


def lose_all(ensemble: Ensemble) -> None:
    """Let the only style fail until it is left out."""
    for _ in range(2):
        ensemble.settle()
        spoil(ensemble, "a")
        ensemble.read("x")


def test_where_every_style_has_failed_that_is_said_and_nobody_is_waited_for(tiny: Path) -> None:
    with Ensemble({"a": Model(tiny / "a.onnx")}, load_after=3_600.0) as ensemble:
        ensemble.weigh(np.ones(1))
        lose_all(ensemble)
        assert ensemble.mute
        assert ensemble.opinions() is None
        assert not ensemble.can_play
        with pytest.raises(BadModelError, match=r"a\.onnx returns .*; no style is left"):
            ensemble.settle()


def test_where_every_style_has_failed_their_files_are_loaded_anew(tiny: Path) -> None:
    model = Model(tiny / "a.onnx")
    session = model.session
    with Ensemble({"a": model}, load_after=0.0) as ensemble:
        ensemble.restart(TEXT)
        ensemble.weigh(np.ones(1))
        lose_all(ensemble)
        with ensemble._changed:
            assert ensemble._changed.wait_for(lambda: ensemble._ready, PATIENCE)
        heard = ensemble.opinions()
        assert (ensemble.faults, ensemble.mute) == ((), False)
    assert model.session is not session
    assert heard is not None
    assert heard.distributions[0] == pytest.approx(expected(model, TEXT + "xx"), abs=1e-4)


def test_the_same_text_is_renewed_at_the_same_places_whatever_the_timing(tiny: Path) -> None:
    models = {slug: Model(tiny / f"{slug}.onnx") for slug in "ab"}
    with Ensemble(models, renew_after=100) as ensemble:
        ensemble.restart(TEXT)
        ensemble.weigh(np.ones(2))
        ensemble.settle()
        renewals = []
        for _ in range(300):
            ensemble.read("e")
            ensemble.settle()
            renewals.append(ensemble.renewals)
    changed = [at for at in range(1, 300) if renewals[at] != renewals[at - 1]]
    assert len(changed) > 2
    assert {b - a for a, b in itertools.pairwise(changed)} == {changed[1] - changed[0]}
    assert all(renewals[at] == renewals[at - 1] + 2 for at in changed)


@pytest.mark.parametrize("workers", [1, 3])
def test_reading_on_several_threads_changes_nothing(workers: int, load: Load) -> None:
    slugs = ["austen", "bible", "linux", "trump", "kant", "homer", "latex"]
    with Ensemble({slug: load(slug) for slug in slugs}, workers=workers) as ensemble:
        ensemble.restart(TEXT)
        ensemble.weigh(np.ones(len(slugs)))
        ensemble.settle()
        for character in "She ":
            ensemble.read(character)
        heard = ensemble.opinions()
    assert heard is not None
    for slug, distribution in zip(heard.slugs, heard.distributions, strict=True):
        model = load(slug)
        _, state = model.read(codes(("\n" + TEXT)[-CATCH_UP:]), model.zero())
        for character in "She ":
            expects, state = model.read(codes(character), state)
        assert np.array_equal(distribution, expects[0])
