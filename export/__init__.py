"""From public texts to model files: fetch, prepare, train, convert, verify, evaluate."""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")
