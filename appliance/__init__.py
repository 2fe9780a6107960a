"""static-unsigned-love: a text instrument whose mixture of writers is played live."""

import os

# From version 1.29 on onnxruntime reports to its makers unless told otherwise, before it is loaded.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__version__ = "0.1.0"
