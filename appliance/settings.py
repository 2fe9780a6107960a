"""One TOML file over shipped defaults, as typed values; every error names file, key and remedy."""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import ErrorDetails

from appliance.joint import Joint
from appliance.known_controls import known
from appliance.listed import Listed
from appliance.outputs import Outputs
from appliance.pin import checked
from appliance.plain import plain
from appliance.senders import Allow, EngineHost
from appliance.service import tables as service
from appliance.table import Table as Table  # noqa: PLC0414  # a control's table is one too
from appliance.takeover import Takeover

DEFAULTS = Path(__file__).with_name("defaults.toml")
T = TypeVar("T", bound="Table")
SITE = Path("/etc/static-unsigned-love/settings.toml")
VARIABLE = "STATIC_UNSIGNED_LOVE_SETTINGS"


class SettingsError(Exception):
    """A settings file that cannot be used; the message is one sentence with file, key, remedy."""


class ShutError(SettingsError):
    """A settings file that whoever asks may not read: nothing is said of what stands in it."""


class Styles(Table):
    """Which styles play."""

    models: str = Field(description="folder of model files; empty: the shipped ones")
    allow: list[str] = Field(description="styles with an advisory that the curator turns on")
    active: list[str] = Field(description="styles that are chosen when the piece opens")
    order: list[str] = Field(description="order around the circle; others follow by title")
    apart: list[list[str]] = Field(description="groups of styles that are never mixed together")


Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Opening(Table):
    """What stands there before anybody has touched the piece."""

    line: str = Field(max_length=400, description="first line of the text")
    mixture: dict[str, Weight] = Field(description="weights, by style")


def _long_enough(stem: str) -> str:
    if len(stem) < 3:
        raise ValueError(
            f"{stem!r} would keep too much from being written: write three letters or more, or "
            "name it in guard.words"
        )
    return stem


Letters = Annotated[str, StringConstraints(pattern="^[A-Za-z]+$")]
Stem = Annotated[Letters, AfterValidator(_long_enough)]


class Guard(Table):
    """What the site never lets stand on the screen, beside the shipped list."""

    words: list[Letters] = Field(description="words that are never completed")
    stems: list[Stem] = Field(description="letters that never follow each other, three or more")


class Typing(Table):
    """How the typewriter types."""

    pace: float = Field(ge=0.1, le=100, description="characters a second")
    unevenness: float = Field(ge=0, le=1, description="of the rhythm: 0 even, 1 very uneven")
    temperature: float = Field(ge=0, le=2, description="0 takes the likeliest character")
    joint: Joint = Field(strict=False, description='"linear" or "log-linear"')


OneOrMore = Annotated[list[str], BeforeValidator(lambda v: [v] if isinstance(v, str) else v)]


class Engine(Table):
    """Where the engine listens and how it computes."""

    host: EngineHost = Field(description="address to listen on: 127.0.0.1, or 0.0.0.0 for all")
    port: int = Field(ge=1, le=65535, description="UDP port to listen on")
    allow: Allow = Field(description="addresses or networks beyond this machine that are obeyed")
    workers: int = Field(ge=0, le=64, description="threads that read; 0: by the processor")
    providers: OneOrMore = Field(
        description='who computes: "auto", or execution providers tried in this order'
    )
    provider_libraries: dict[str, str] = Field(
        description="libraries of plug-in execution providers, by the provider's name"
    )


LayoutKind = Literal["whole", "instrument", "text"]
ThemeName = Literal["night", "paper", "contrast"]
Renderer = Literal["auto", "hardware", "software"]


class Stage(Table):
    """Where the stage listens and what it shows."""

    host: str = Field(min_length=1, description="address to listen on")
    port: int = Field(ge=0, le=65535, description="UDP port to listen on; 0: any free one")
    fullscreen: bool = Field(description="whether the picture fills the screen")
    sharpness: float = Field(ge=0.5, le=12, description="of the puck: high favours the nearest")
    width: int = Field(ge=320, le=7680, description="pixels, of a window")
    height: int = Field(ge=240, le=4320, description="pixels, of a window")
    layout: LayoutKind = Field(description='"whole", "instrument" (without text) or "text"')
    theme: ThemeName = Field(description='"night", "paper" or "contrast"')
    screen: str = Field(description="display of the instrument: part of its name, or its size")
    wall: str = Field(description="display of the text alone; empty: none")
    outputs: Outputs = Field(description="outputs that are on even if no screen answers")
    diagonal: float = Field(ge=0, le=400, description="inches, of the instrument's screen; 0: ask")
    wall_diagonal: float = Field(ge=0, le=400, description="inches, of the text's screen; 0: ask")
    distance: float = Field(ge=0.3, le=60, description="metres from which the wall is read")
    target: float = Field(ge=9, le=40, description="millimetres, the least that a finger is given")
    creep: float = Field(ge=0, le=120, description="minutes between steps of the picture; 0: still")
    click: bool = Field(description="whether each character is heard")
    volume: float = Field(ge=0, le=1, description="of the click")
    renderer: Renderer = Field(description='"auto", "hardware" or "software"')
    face: str = Field(description="font file for the sentences; empty: the typeface")


Ends = Field(min_length=2, max_length=2)
Temperatures = Annotated[list[Annotated[float, Field(ge=0, le=2)]], Ends]
Paces = Annotated[list[Annotated[float, Field(ge=0.1, le=100)]], Ends]


class Controls(Table):
    """Which hands may play, and how what they move follows them."""

    on: list[str] = Field(description="controls that are switched on")
    faders: list[str] = Field(
        description="styles in the order of the faders; then those of the opening, then the others"
    )
    takeover: Takeover = Field(strict=False, description='"glide" or "pickup"')
    smoothing: float = Field(ge=0, le=5, description="seconds, time constant of the weights")
    temperature: Temperatures = Field(description="from one end of a control to the other")
    pace: Paces = Field(description="from one end of a control to the other, characters a second")


class Words(Table):
    """The few sentences that a visitor reads."""

    title: str = Field(
        max_length=60, description="of the piece, beside what may come next; or empty"
    )
    invite: str = Field(max_length=80, description="when nobody plays")
    styles: str = Field(max_length=40, description="above the styles")
    sliders: str = Field(max_length=40, description="above the sliders")
    circle: str = Field(max_length=40, description="above the circle")
    turn: str = Field(max_length=20, description="beside the hand that plays while nobody does")
    together: str = Field(max_length=40, description="above the joint distribution")
    torn: str = Field(max_length=40, description="how undecided they are; {n} is how many letters")
    sure: str = Field(max_length=40, description="instead of that, when it is about one letter")
    asleep: str = Field(max_length=20, description="of an active style that is too quiet to write")
    silence: str = Field(max_length=80, description="when no style has any weight")
    held: str = Field(max_length=80, description="when the typewriter is held")
    waiting: str = Field(max_length=80, description="when the engine is not there yet")
    ending: str = Field(max_length=80, description="before it opens anew; {n} is how many seconds")
    fallback: str = Field(max_length=160, description="for the staff, when the piece cannot play")


Corner = Literal["top left", "top right", "bottom left", "bottom right", "none"]


class Operator(Table):
    """The technician's panel on the stage."""

    corner: Corner = Field(
        description='where a long press opens it: "top right", "bottom left" …, or "none"'
    )
    press: float = Field(ge=2, le=15, description="seconds of that press")
    pin: Annotated[str, AfterValidator(checked)] = Field(
        description="what `appliance pin` prints; empty: the panel shows, and does nothing"
    )
    ends_after: float = Field(ge=15, le=600, description="seconds without a touch until it closes")


class Settings(Table):
    """All settings, but the tables of the controls: those are each control's own."""

    styles: Styles
    opening: Opening
    guard: Guard
    typing: Typing
    engine: Engine
    stage: Stage
    words: Words
    controls: Controls
    archive: service.Archive
    hours: service.Opening
    visit: service.Visit
    status: service.StatusPage
    operator: Operator


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings in force, and for each dotted key its value and the file that set it."""

    settings: Settings
    values: dict[str, Any]
    origins: dict[str, Path]
    of_controls: dict[str, dict[str, Any]]  # what the site says in their tables, not yet checked
    site: Path | None
    fault: str = ""  # why other settings are in force than the site's

    @classmethod
    def read(cls, site: Path | None = None) -> Self:
        """Read the defaults and the site's file over them; SettingsError is one sentence."""
        values = dict(_flatten(_read_toml(DEFAULTS)))
        origins = dict.fromkeys(values, DEFAULTS)
        of_controls: dict[str, dict[str, Any]] = {}
        controls = known()
        path = site_file(site)
        if path is not None:
            for key, value in _flatten(_read_toml(path)):
                table, _, rest = key.partition(".")
                if table in controls and rest:
                    of_controls.setdefault(table, {})[rest] = value
                    continue
                if key not in values:
                    tables = [f"{name}." for name in controls]
                    raise SettingsError(_unknown(path, key, [*values, *tables]))
                values[key], origins[key] = value, path
        try:
            settings = Settings.model_validate(_nest(values))
        except ValidationError as error:
            raise SettingsError(_sentence(error.errors()[0], origins)) from None
        for name in settings.controls.on:
            if name not in controls:
                hint = nearest(name, list(controls)) or f"; there are {', '.join(sorted(controls))}"
                raise SettingsError(
                    f"{origins['controls.on']}: controls.on names {name}, which is no control{hint}"
                )
        # Where a site lists a word of the shipped line, it is the site's file that needs a line.
        _check_line(settings, path or DEFAULTS)
        return cls(settings, values, origins, of_controls, path)

    def of_control(self, name: str, kind: type[T]) -> T:
        """Return a control's own table, checked; SettingsError is one sentence."""
        given = self.of_controls.get(name, {})
        place = self.site or DEFAULTS
        for key in given:
            if key not in kind.model_fields:
                raise SettingsError(
                    _unknown(
                        place, f"{name}.{key}", [f"{name}.{field}" for field in kind.model_fields]
                    )
                )
        try:
            return kind.model_validate(given)
        except ValidationError as error:
            first = error.errors()[0]
            first["loc"] = (name, *first["loc"])
            raise SettingsError(
                _sentence(first, {f"{name}.{key}": place for key in given})
            ) from None


def site_file(given: Path | None = None) -> Path | None:
    """Return the site's settings file: the given one, the environment's, or the system's if any."""
    if given is not None:
        return given
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    return SITE if SITE.exists() else None


def describe() -> dict[str, str]:
    """Return what each dotted key means, in a few words."""
    return {
        f"{table}.{key}": field.description or ""
        for table, outer in Settings.model_fields.items()
        for key, field in _table(outer.annotation).model_fields.items()
    }


def describe_control(name: str, kind: type[Table]) -> dict[str, str]:
    """Return what each dotted key of a control's table means."""
    return {f"{name}.{key}": field.description or "" for key, field in kind.model_fields.items()}


def nearest(word: str, known: list[str]) -> str:
    """Return a hint that names the known word most like this one, or an empty string."""
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f", did you mean {found[0]}?" if found else ""


def _table(annotation: Any) -> type[Table]:
    assert isinstance(annotation, type) and issubclass(annotation, Table)
    return annotation


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except PermissionError:
        raise ShutError(
            f"{path} is not yours to read, since secrets may stand in it: ask with sudo"
        ) from None
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read ({error.strerror}): check its name and permissions"
        ) from None
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"{path} is not UTF-8 (byte {error.start + 1}): save it again as UTF-8 text"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not TOML: {error}; correct that place") from None
    except (ValueError, RecursionError):  # a number of thousands of digits, brackets in brackets
        raise SettingsError(
            f"{path} has a number too long or brackets too deep to be read: write it anew"
        ) from None


def _flatten(tables: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield dotted keys of two levels; a third level, such as a mixture, is one value."""
    for table, entries in tables.items():
        if not isinstance(entries, dict):
            yield table, entries
            continue
        for key, value in entries.items():
            yield f"{table}.{key}", value


def _nest(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    tables: dict[str, dict[str, Any]] = {}
    for dotted, value in values.items():
        table, _, key = dotted.partition(".")
        tables.setdefault(table, {})[key] = value
    return tables


def _unknown(path: Path, key: str, known: list[str]) -> str:
    hint = nearest(key, known)
    return f"{path}: the key {key} is unknown{hint or '; `appliance settings` lists all keys'}"


def _check_line(settings: Settings, path: Path) -> None:
    # As it will stand on the page, and followed by whatever may be typed.
    line = plain(settings.opening.line)
    may_stand = Listed(settings.guard.words, settings.guard.stems).may_stand(line)
    if may_stand < len(line):
        raise SettingsError(
            f"{path}: opening.line has a word near its character {may_stand + 1} that guard.words, "
            "guard.stems or the shipped list keep off the screen: write a line without it"
        )


def _sentence(error: ErrorDetails, origins: Mapping[str, Path]) -> str:
    place = [str(part) for part in error["loc"]]
    file = origins.get(".".join(place[:2]), DEFAULTS)
    if error["type"] == "value_error":  # a sentence of our own
        return f"{file}: {'.'.join(place)}: {error['ctx']['error']}"
    wish = error["msg"][0].lower() + error["msg"][1:]
    return f"{file}: {'.'.join(place)} is {error['input']!r:.60}, but the {wish}"
