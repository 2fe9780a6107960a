"""An onnxruntime session in which one execution provider computes everything, or none opens.

An execution provider is onnxruntime's word for a processor and the code that drives it. The stock
package has the CPU's; others are built in, or come as a library that is registered by path
(https://onnxruntime.ai/docs/execution-providers/). Left to itself onnxruntime gives what a provider
cannot do to the CPU and says nothing. Here that is an error.
"""

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path

import onnxruntime as ort  # type: ignore[import-untyped]  # ships no types

CPU_NAME = "CPUExecutionProvider"
PREFIX = re.compile(r"\[ONNXRuntimeError\] : \d+ : \w+ : ")

ort.disable_telemetry_events()  # the piece tells nobody what it does


class ProviderError(Exception):
    """A provider that cannot be used here; the message is a clause that says why."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Who computes: its name, its library if it is a plug-in, and the form of models it gets."""

    name: str = CPU_NAME
    library: str = ""  # path; empty: built into onnxruntime
    dequantised: bool = False  # it lacks the kernels for 8-bit weights and gets the standard LSTM

    @property
    def is_cpu(self) -> bool:
        """Say whether nothing but the processor itself is needed."""
        return self.name == CPU_NAME


CPU = Provider()


def open_session(
    path: Path, provider: Provider = CPU, profile: Path | None = None
) -> ort.InferenceSession:
    """Open a model file with one provider and no fallback to the CPU.

    With `profile`, a folder, the session notes who runs its nodes, for `who_ran`. Raises
    ProviderError, BadModelError from the rewriting, or whatever onnxruntime raises: its exceptions
    have no common base.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # the ensemble spreads styles, not one style, over cores
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors: a warning each load tells a technician nothing
    if profile is not None:
        options.enable_profiling = True
        options.profile_file_prefix = str(profile / path.stem)
    model = _standard_form(path) if provider.dequantised else str(path)
    if provider.is_cpu:
        # Where a file is damaged onnxruntime would try the CPU again, and print that it does.
        return ort.InferenceSession(model, options, providers=[CPU_NAME], enable_fallback=0)
    options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    if provider.library:
        options.add_provider_for_devices([_device(provider.name, provider.library)], {})
        session = ort.InferenceSession(model, options, enable_fallback=0)
    else:
        named = [provider.name]
        session = ort.InferenceSession(model, options, providers=named, enable_fallback=0)
    if session.get_providers()[:1] != [provider.name]:
        raise ProviderError("onnxruntime opened the model without it")
    return session


def who_ran(session: ort.InferenceSession) -> frozenset[str]:
    """End a session's notes and return the names of the providers that ran its nodes."""
    notes = Path(session.end_profiling())
    events = json.loads(notes.read_text(encoding="utf-8"))
    notes.unlink()
    ran = (event.get("args", {}).get("provider") for event in events if event.get("cat") == "Node")
    return frozenset(name for name in ran if name)


def reason(error: Exception) -> str:
    """Return what an exception of onnxruntime says, without the prefixes it nests, on one line."""
    text = PREFIX.split(str(error))[-1].strip().splitlines() or [type(error).__name__]
    return text[0].rstrip(" .")[:200]


def _standard_form(path: Path) -> bytes:
    try:
        # Imported for this alone: a machine whose CPU computes needs no onnx package.
        from appliance.engine.dequantise import standard_form  # noqa: PLC0415
    except ImportError:
        raise ProviderError(
            "it lacks the 8-bit kernels, and to rewrite the models for it the Python package "
            "onnx is needed"
        ) from None
    return standard_form(path)


@functools.cache
def _register(name: str, library: str) -> None:
    ort.register_execution_provider_library(name, library)


def _device(name: str, library: str) -> ort.OrtEpDevice:
    """Return the first device that a plug-in offers."""
    if not hasattr(ort, "register_execution_provider_library"):
        raise ProviderError(f"onnxruntime {ort.__version__} takes no plug-ins, 1.23 does")
    try:
        _register(name, library)
    except Exception as error:  # noqa: BLE001  # as above
        raise ProviderError(f"its library does not load ({reason(error)})") from None
    found = {device.ep_name: device for device in reversed(ort.get_ep_devices())}
    if name in found:
        return found[name]
    others = sorted(
        device.ep_name
        for device in ort.get_ep_devices()
        if device.ep_metadata.get("library_path", "") == library
    )
    if others:
        raise ProviderError(f"its library calls itself {others[0]}: write that name")
    raise ProviderError("its library finds no device on this machine")
