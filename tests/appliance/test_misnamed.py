"""Styles that a settings file names and that are not there."""

from pathlib import Path

import pytest

from appliance.catalogue import Catalogue, read_catalogue
from appliance.misnamed import misnamed
from appliance.settings import Loaded
from tests.conftest import appliance
from tests.models import write_model

KNOWN = ("bible", "homer", "kama_sutra", "linux")


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("models")
    for slug in KNOWN:
        write_model(folder, slug)
    (folder / "linux.onnx").write_bytes(b"torn")
    return read_catalogue(folder)


def site(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_each_is_named_with_file_key_and_what_was_meant(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    path = site(
        tmp_path,
        '[styles]\nallow = ["kamasutra"]\nactive = ["bible", "bible"]\norder = ["homr", "homr"]\n'
        'apart = [["bible", "xyzzy"], ["linux", "bibel"]]\n'
        '[opening]\nmixture = { linus = 1.0 }\n[controls]\nfaders = ["linux", "zzz"]\n',
    )
    assert misnamed(Loaded.read(path), catalogue) == [
        f"{path}: styles.allow names kamasutra, which is no style, did you mean kama_sutra?",
        f"{path}: styles.order names homr, which is no style, did you mean homer?",
        f"{path}: styles.apart names xyzzy, which is no style; `appliance styles` lists them",
        f"{path}: styles.apart names bibel, which is no style, did you mean bible?",
        f"{path}: opening.mixture names linus, which is no style, did you mean linux?",
        f"{path}: controls.faders names zzz, which is no style; `appliance styles` lists them",
    ]


def test_what_is_named_rightly_and_what_the_defaults_name_is_no_fault(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    path = site(tmp_path, '[styles]\nactive = ["bible", "linux"]\napart = []\norder = []\n')
    assert misnamed(Loaded.read(path), catalogue) == []
    assert misnamed(Loaded.read(), Catalogue({}, ())) == []


def test_doctor_and_engine_say_it(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    path = site(
        tmp_path,
        f'[styles]\nmodels = "{tmp_path}/models"\n[opening]\nmixture = {{ bibel = 1.0 }}\n',
    )
    sentence = f"{path}: opening.mixture names bibel, which is no style"
    for command in (["doctor", "--seconds", "0"], ["engine"]):
        done = appliance(*command, "--settings", str(path), STATE_DIRECTORY=str(tmp_path))
        assert sentence in done.stdout + done.stderr
