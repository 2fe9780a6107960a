"""What a look at a face costs: detection, landmarks, regression, and a whole look.

The picture is noise and the square of the landmark model its middle: neither model takes longer for
a face than for anything else. On one thread, as the eye looks.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from appliance.bench.figures import Figure
from appliance.bench.measure import Bench, Measure
from appliance.bench.turns import in_turns
from appliance.face import learner, models
from appliance.face.camera import HEIGHT, WIDTH
from appliance.face.finder import DETECTOR, LANDMARKS, Finder, Square, view
from appliance.face.mixture import Mixture
from appliance.face.shape import mean_face

STYLES = 5


def figures(bench: Bench) -> Iterator[Figure]:
    """Time each part by itself; nothing but a word where the models are not fetched."""
    random = np.random.default_rng(2016)
    picture = random.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    middle = Square((WIDTH / 2, HEIGHT / 2), HEIGHT / 2, 0.2)
    whole = Square((WIDTH / 2, HEIGHT / 2), float(WIDTH), 0.0)
    points = random.normal(0.0, 50.0, (468, 3)).astype(np.float32)
    names = tuple(f"style{number}" for number in range(STYLES))
    layers = [
        (random.normal(size=shape).astype(np.float32), np.zeros(shape[1], dtype=np.float32))
        for shape in ((2 * 468, learner.HIDDEN), (learner.HIDDEN, STYLES))
    ]
    net = learner.Net(np.zeros(2 * 468, dtype=np.float32), 1.0, layers)
    learned = Mixture(learner.as_model(net, mean_face(points[None]), names))
    ways: dict[str, Callable[[], object]] = {
        "regression, from landmarks to weights": partial(learned.weights, points),
        "cutting the detector's view": partial(view, picture, whole, DETECTOR),
        "cutting the landmarks' view": partial(view, picture, middle, LANDMARKS),
    }
    try:
        finder = Finder(*models.read(models.place()))
    except models.FaceModelsError as error:
        yield Figure.missing("detection and landmarks", str(error))
    else:
        ways["detection, its view included"] = partial(finder.detect, picture)
        ways["landmarks, their view included"] = partial(finder.mark, picture, middle)
    for name, found in in_turns(ways, bench.effort.rounds, bench.effort.block).items():
        yield Figure.of(name, "ms", 1e3 * found.wall.ravel())


MEASURE = Measure("A look at a face", figures)
