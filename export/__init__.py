"""From public texts to model files: fetch, prepare, train, convert, verify, evaluate."""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # as in the appliance: nobody is told
