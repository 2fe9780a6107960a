from pathlib import Path

import export
from export.network import Network
from export.trainer import load_weights, put_weights


def test_the_shipped_base_fits_the_network() -> None:
    shape, weights = load_weights(Path(export.__file__).with_name("base") / "first.npz")
    network = Network(shape)
    put_weights(network, weights)
    assert shape.hidden == 512
    assert all(bool(v.value.isfinite().all()) for v in network.trainable_variables)
    assert all(float(v.value.detach().abs().sum()) > 0 for v in network.trainable_variables)
