"""Providers that come as libraries, with the stock onnxruntime, on the shipped models.

`make test-providers` makes an environment for it. WebGPU's plug-in is made for x86-64 and aarch64,
and so for a Raspberry Pi; OpenVINO's for Intel's processors. Where there is no such device, that is
what has to be said. A graphics card in software (SwiftShader, which Chromium carries) stands in for
a real one: it shows that the way through a plug-in works, and nothing about speed.
"""

import os
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

# Where types are checked neither need be installed.
import onnxruntime_ep_openvino  # type: ignore[import-not-found, unused-ignore]  # as said
import onnxruntime_ep_webgpu  # type: ignore[import-not-found, unused-ignore]  # as said
import pytest

from appliance.catalogue import Catalogue
from appliance.engine.providers import choose
from appliance.engine.session import CPU_NAME
from appliance.settings import Loaded
from tests.conftest import ROOT

PLUG_INS = {
    name: module.get_library_path()
    for module in (onnxruntime_ep_openvino, onnxruntime_ep_webgpu)
    for name in module.get_ep_names()
}
WEBGPU = onnxruntime_ep_webgpu.get_ep_name()
SWIFTSHADER = Path("/usr/lib/chromium/vk_swiftshader_icd.json")
# onnxruntime looks for graphics cards in /sys/class/drm: in a mount namespace of its own there is
# one, whose driver is SwiftShader.
A_CARD = """
mount -t tmpfs none /sys/class
mkdir -p /sys/class/drm/card0/device
echo 0x1ae0 >/sys/class/drm/card0/device/vendor
echo 0xc0de >/sys/class/drm/card0/device/device
exec "$@"
"""
READ = """
import sys, tempfile
from pathlib import Path
from appliance.engine.model import Model
from appliance.engine.probe import apart, reading
from appliance.engine.session import CPU_NAME, Provider, who_ran

path, name, library = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
with tempfile.TemporaryDirectory() as notes:
    model = Model(path, Provider(name, library, dequantised=True), profile=Path(notes))
    read = reading(model)
    assert not model.failure, model.failure
    assert who_ran(model.session) == {name}
    assert apart(read, reading(Model(path, Provider(CPU_NAME, dequantised=True)))) < 0.001
print("agrees")
"""


@pytest.mark.parametrize("name", PLUG_INS)
def test_each_is_taken_or_left_out_with_a_reason(
    name: str, shipped: Catalogue, tmp_path: Path
) -> None:
    library = PLUG_INS[name]
    settings = Loaded.read().settings.engine.model_copy(
        update={"providers": [name], "provider_libraries": {name: library}}
    )
    paths = [style.path for style in shipped.styles.values()]
    choice = choose(settings, paths, 2, tmp_path)
    if choice.provider.name == name:
        assert choice.provider.library == library
        assert choice.sentence.startswith(f"{name} computes: 24 styles")
    else:
        assert choice.sentence.startswith(f"{CPU_NAME} computes; {name} is left out: ")
        if not list(Path("/sys/class").glob("drm/card*")) and name == WEBGPU:
            assert choice.sentence.endswith("its library finds no device on this machine")


def test_a_wrong_name_for_a_library_is_told_the_right_one(
    shipped: Catalogue, tmp_path: Path
) -> None:
    settings = Loaded.read().settings.engine.model_copy(
        # A plug-in registered as "….virtual" offers devices that are not there.
        update={"provider_libraries": {"web.virtual": PLUG_INS[WEBGPU]}}
    )
    paths = [shipped.styles["bible"].path]
    choice = choose(settings, paths, 1, tmp_path)
    assert choice.sentence == (
        f"{CPU_NAME} computes; web.virtual is left out: its library calls itself {WEBGPU}: write "
        "that name"
    )


@pytest.mark.skipif(
    os.geteuid() != 0 or not SWIFTSHADER.exists() or find_library("vulkan") is None,
    reason="needs root and the Debian packages libvulkan1 and chromium, which has SwiftShader",
)
@pytest.mark.parametrize("slug", ["bible", "linux"])
def test_a_plug_in_runs_every_node_and_agrees(
    slug: str, shipped: Catalogue, tmp_path: Path
) -> None:
    script = [sys.executable, "-c", READ, str(shipped.styles[slug].path), WEBGPU, PLUG_INS[WEBGPU]]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-ec", A_CARD, "sh", *script],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=120,
        env=os.environ | {"VK_ICD_FILENAMES": str(SWIFTSHADER), "XDG_RUNTIME_DIR": str(tmp_path)},
    )
    assert done.stdout.endswith("agrees\n"), done.stderr
