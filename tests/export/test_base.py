from export.contract import BASE
from export.network import Network, Shape
from export.train import read_recipe
from export.trainer import load_weights, put_weights


def test_the_shipped_base_fits_the_network() -> None:
    shape, weights = load_weights(BASE)
    network = Network(shape)
    put_weights(network, weights)
    assert shape == Shape(**read_recipe()["shape"])
    assert all(bool(v.value.isfinite().all()) for v in network.trainable_variables)
    assert all(float(v.value.detach().abs().sum()) > 0 for v in network.trainable_variables)
