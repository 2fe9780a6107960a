"""OpenVINO's provider, built into an onnxruntime of its own, on the shipped models; x86-64.

Not among the tests that `make test` runs: `make test-providers` makes an environment for it.
"""

import json
from pathlib import Path

import onnxruntime as ort  # type: ignore[import-untyped]  # ships no types
import pytest

from appliance.catalogue import Catalogue
from appliance.engine.model import Model
from appliance.engine.probe import Job, Report, apart, reading, try_provider
from appliance.engine.providers import AGREES, FILE, choose, in_a_process
from appliance.engine.session import CPU_NAME, Provider, ProviderError, who_ran
from appliance.engine.voices import allowed, load_voices, reading_threads
from appliance.settings import Engine, Loaded
from appliance.stage.link import Link
from tests.conftest import EngineProcess, wait_for
from tests.libraries import CRASHES, build

NAME = "OpenVINOExecutionProvider"
PATIENT = 300.0  # seconds, for a machine that does much else


@pytest.fixture(scope="module")
def paths(shipped: Catalogue) -> tuple[Path, ...]:
    return tuple(style.path for style in shipped.styles.values())


def engine_settings(providers: list[str], libraries: dict[str, str] | None = None) -> Engine:
    settings = Loaded.read().settings.engine
    return settings.model_copy(
        update={"providers": providers, "provider_libraries": libraries or {}}
    )


def patiently(job: Job) -> Report:
    return in_a_process(Job(job.name, job.library, job.models, job.workers, PATIENT))


def test_left_to_itself_onnxruntime_would_hide_what_the_provider_lacks(
    paths: tuple[Path, ...], tmp_path: Path
) -> None:
    assert NAME in ort.get_available_providers()
    options = ort.SessionOptions()
    options.enable_profiling = True
    options.profile_file_prefix = str(tmp_path / "notes")
    model = Model(paths[0])
    model.session = ort.InferenceSession(str(paths[0]), options, providers=[NAME])
    assert model.session.get_providers()[0] == NAME
    reading(model)
    assert who_ran(model.session) == {NAME, CPU_NAME}


def test_what_lacks_the_8_bit_kernel_refuses_the_files_as_they_are(
    paths: tuple[Path, ...],
) -> None:
    with pytest.raises(ProviderError, match="fallback"):
        Model(paths[0], Provider(NAME))


def test_it_runs_every_node_of_every_shipped_model_and_agrees(paths: tuple[Path, ...]) -> None:
    names = tuple(str(path) for path in paths)
    report = try_provider(Job(NAME, "", names, 2, PATIENT))
    assert report.fault == ""
    assert report.dequantised
    assert report.styles == len(paths) == 24
    assert report.apart <= AGREES
    assert 0 < report.character < float("inf")
    assert 0 < report.catch_up < float("inf")


def test_it_is_tried_in_a_process_chosen_remembered_and_loaded(
    paths: tuple[Path, ...], shipped: Catalogue, tmp_path: Path
) -> None:
    settings = engine_settings([NAME])
    choice = choose(settings, paths, 2, tmp_path, attempt=patiently)
    assert choice.provider == Provider(NAME, dequantised=True)
    assert choice.sentence.startswith(f"{NAME} computes: 24 styles read a character in ")
    assert json.loads((tmp_path / FILE).read_text())["reports"][NAME]["styles"] == 24

    def never(job: Job) -> Report:
        raise AssertionError(f"{job.name} is tried again")

    assert choose(settings, paths, 2, tmp_path, attempt=never) == choice
    styles = {slug: shipped.styles[slug] for slug in ("bible", "linux")}
    voices = load_voices(shipped, styles, choice)
    for slug, model in voices.models.items():
        assert model.provider == choice.provider
        on_cpu = Model(styles[slug].path, Provider(CPU_NAME, dequantised=True))
        assert apart(reading(model), reading(on_cpu)) <= AGREES


def test_by_itself_it_has_to_be_worth_it(paths: tuple[Path, ...], tmp_path: Path) -> None:
    choice = choose(engine_settings(["auto"]), paths, 2, tmp_path, attempt=patiently)
    named = {NAME: f"{NAME} computes: ", CPU_NAME: f"{CPU_NAME} computes; {NAME} is left out: "}
    assert choice.sentence.startswith(f"{named[choice.provider.name]}24 styles read a character")


def test_a_broken_one_before_it_is_left_out(paths: tuple[Path, ...], tmp_path: Path) -> None:
    libraries = {"Broken": build(tmp_path, CRASHES)}
    settings = engine_settings(["Broken", NAME, CPU_NAME], libraries)
    choice = choose(settings, paths[:2], 1, tmp_path, attempt=patiently)
    assert choice.provider.name == NAME
    assert choice.sentence.endswith("; Broken is left out: it crashed (Aborted)")


def test_an_engine_types_with_it(engine: EngineProcess, link: Link, shipped: Catalogue) -> None:
    engine.settings.write_text(f'[engine]\nproviders = "{NAME}"\n', encoding="utf-8")
    settings = Loaded.read(engine.settings).settings
    may_play = [style.path for style in allowed(shipped.styles, settings.styles).values()]
    choose(settings.engine, may_play, reading_threads(0), engine.folder, attempt=patiently)
    engine.start("--seed", "1")
    wait_for(link, lambda: link.view.characters > 5)
    record = json.loads((engine.folder / FILE).read_text())
    assert record["starts"] == 1  # on probation: so it plays, and not the CPU
