"""What each shipped style types by itself at temperature 0: `make golden` writes it anew.

The text begins at the beginning of a text and takes the likeliest character 200 times. It stands in
`tests/golden/` so that a change of models, runtime or mathematics is seen in words.
"""

import sys
from pathlib import Path

import numpy as np

from appliance.catalogue import read_catalogue
from appliance.engine.model import Model

FOLDER = Path(__file__).with_name("golden")
MODELS = Path(__file__).parents[1] / "models_onnx"
LENGTH = 200


def likeliest(model: Model, length: int = LENGTH) -> str:
    """Return the text of a style that always takes its likeliest character."""
    text = ""
    expects, state = model.read(np.array([[ord("\n")]]), model.zero())
    for _ in range(length):
        code = int(expects[0].argmax())
        text += chr(code)
        expects, state = model.read(np.array([[code]]), state)
    return text


def main() -> int:
    """Write the golden text of every shipped style."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.txt"):
        old.unlink()
    for slug, style in read_catalogue(MODELS).styles.items():
        # Written as bytes: a golden text may begin or end with any line end or tabulator.
        (FOLDER / f"{slug}.txt").write_bytes(likeliest(Model(style.path)).encode("ascii"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
