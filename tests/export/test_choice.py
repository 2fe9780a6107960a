"""How the classifier learns is chosen on validation text, and on that alone."""

from export.evaluation.choice import ALPHAS, TIMES, tried
from export.evaluation.classifier import ALPHA, PASSES
from export.split import Parts

SHEEP, DOGS = "the sheep says baa and eats. ", "a dog barked; a dog ran off! "


def test_every_way_is_tried_and_what_is_in_use_is_among_them() -> None:
    parts = {"sheep": Parts(SHEEP * 200, SHEEP * 20, ""), "dogs": Parts(DOGS * 200, DOGS * 20, "")}
    found = list(tried(parts, learnt_from=20))
    assert [(way.alpha, way.times) for way in found] == [(a, t) for a in ALPHAS for t in TIMES]
    assert all(way.mean == 1.0 for way in found)
    assert [str(way).count("*") for way in found].count(1) == 1
    assert (ALPHA, PASSES) in {(way.alpha, way.times) for way in found}


def test_a_validation_text_that_is_like_the_other_style_is_named_as_the_worst() -> None:
    parts = {"sheep": Parts(SHEEP * 200, DOGS * 20, ""), "dogs": Parts(DOGS * 200, DOGS * 20, "")}
    assert all(way.worst == ("sheep", 0.0) for way in tried(parts, learnt_from=20))
