import pytest

from appliance.mix import MixError, check_mix, parse_mix

KNOWN = ["bible", "linux", "love_songs", "mein_kampf"]
ALLOWED = KNOWN[:3]


@pytest.mark.parametrize(
    ("text", "mix"),
    [
        ("linux=0.5,love_songs=0.5", {"linux": 0.5, "love_songs": 0.5}),
        (" linux = 2 , bible ", {"linux": 2.0, "bible": 1.0}),
        ("bible", {"bible": 1.0}),
        ("bible=1,", {"bible": 1.0}),
        ("bible=1,mein_kampf=0", {"bible": 1.0, "mein_kampf": 0.0}),
    ],
)
def test_good_mixtures(text: str, mix: dict[str, float]) -> None:
    assert parse_mix(text) == mix
    check_mix(mix, KNOWN, ALLOWED)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("linx=1", "there is no style linx, did you mean linux?"),
        ("qqqq=1", "there is no style qqqq; `appliance styles` lists them"),
        ("linux=-1", "the weight of linux is -1, but it must not be negative"),
        ("linux=nan", "the weight of linux is nan, but it must be a finite number"),
        ("linux=inf", "the weight of linux is inf, but it must be a finite number"),
        ("linux=0,bible=0", "the mixture is silent: give at least one style a weight above 0"),
        ("", "the mixture is silent: give at least one style a weight above 0"),
        ("linux=much", "the weight of linux is 'much', which is no number"),
        ("linux=1,linux=2", "the style linux is named twice"),
        (
            "mein_kampf=1",
            "the style mein_kampf is not allowed by the settings: name it in styles.allow",
        ),
    ],
)
def test_bad_mixtures_are_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(MixError) as caught:
        check_mix(parse_mix(text), KNOWN, ALLOWED)
    assert str(caught.value) == sentence
