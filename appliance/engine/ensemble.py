"""All loaded styles, of which the heavy enough read each new character.

A style that becomes fed starts from the zero state and reads the text's last 80 characters on a
thread of its own, while the others play on; it joins when it stands at the end of the text. So a
tick never waits for it, and a style that fades out and returns has no stale state. The same path
renews a style that has read for long, since nothing else on the wall ever resets a model.

A style that fails, or returns what are no numbers, is dropped before it is heard, and caught up
anew; one that does so again is left out, and named. Where none is left, all files are loaded anew
after a while; whoever watches over the engine ends it if nobody plays after that.
"""

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Self

import numpy as np
from numpy.typing import NDArray

from appliance.catalogue import BadModelError
from appliance.engine.mixture import fed
from appliance.engine.model import CHARACTERS, Model, expected
from appliance.engine.reader import Reader
from appliance.engine.sampling import Floats
from appliance.engine.session import reason

CATCH_UP = 80  # characters read from the zero state before a style may speak
WORTH_SHARING = 4  # styles; fewer are read sooner than they are handed to another thread
RENEW_AFTER = 4_000  # characters after which a style is caught up anew
LOAD_AFTER = 5.0  # seconds without any style; the watchdog waits for 20
NO_NUMBERS = "returns what are no numbers"

log = logging.getLogger("appliance.engine")


@dataclass(frozen=True, slots=True)
class Opinions:
    """What the styles that are heard expect next: distributions (S, 128) and weights (S,)."""

    slugs: tuple[str, ...]
    distributions: Floats
    weights: Floats


class Ensemble:
    """The loaded models, the text they read, and who among them is fed.

    Calls come from one thread at a time; catch-up runs on its own.
    """

    def __init__(
        self,
        models: Mapping[str, Model],
        *,
        workers: int = 1,
        renew_after: int = RENEW_AFTER,
        load_after: float = LOAD_AFTER,
    ) -> None:
        if not models:
            raise ValueError("an ensemble needs at least one model")
        self.slugs = tuple(models)
        self.renewals = 0
        self.faults: tuple[str, ...] = ()  # a sentence for each style that is left out
        self._models = dict(models)
        self._renew_after, self._load_after = renew_after, load_after
        self._wanted: Floats = np.zeros(len(models))
        self._weights = self._wanted  # of those that can play
        self._sound = np.ones(len(models), dtype=bool)
        self._spoilt: set[str] = set()  # who has failed, until they are caught up anew
        self._named: set[str] = set()  # of whom it was logged that they are left out
        self._text = b"\n"  # only its end is kept
        self._length = 1  # of all that was read
        self._text_number = 0  # a restart makes what is being caught up worthless
        self._ready: dict[str, Reader] = {}
        self._heard: dict[str, float] = {}
        self._changed = Condition()
        self._closed = False
        self._most: int | None = None  # of the fed that may read, the heaviest
        self.workers = workers
        others = workers - 1  # the thread that calls reads, too
        self._pool = ThreadPoolExecutor(others, thread_name_prefix="read") if others else None
        self._fault: Exception | None = None  # what has ended the thread
        self._thread = Thread(target=self._catch_up_or_say, name="catch-up", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the threads; a second call does nothing."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()
        if self._pool is not None:
            self._pool.shutdown()

    def weigh(self, weights: Floats) -> None:
        """Set the weights (S,), in the order of `slugs`; who becomes fed starts to catch up."""
        with self._changed:
            self._wanted = weights.copy()
            self._weights = self._playable()
            self._retire()
            self._changed.notify_all()

    def spare(self, most: int | None) -> None:
        """Let only so many of the fed styles read, the heaviest; None lets all of them."""
        with self._changed:
            if most != self._most:
                self._most = most
                self._retire()
                self._changed.notify_all()

    def fed(self) -> tuple[str, ...]:
        """Return the styles that are heavy enough to be fed, whether or not some rest."""
        with self._changed:
            return tuple(self.slugs[i] for i in np.flatnonzero(fed(self._weights)))

    def resting(self) -> int:
        """Return how many styles are heavy enough to be fed and rest to hold the pace."""
        with self._changed:
            return int(fed(self._weights).sum()) - len(self._fed())

    @property
    def can_play(self) -> bool:
        """Whether a style is ready, or will be when it has caught up."""
        with self._changed:
            return bool(self._ready) or bool(self._fed())

    @property
    def mute(self) -> bool:
        """Whether every style has failed and is left out, until their files are loaded anew."""
        with self._changed:
            return not self._sound.any()

    @property
    def handed_over(self) -> str:
        """Why a style was handed over to the CPU as it played, a clause; empty where none was."""
        return next((model.failure for model in self._models.values() if model.failure), "")

    def restart(self, text: str) -> None:
        """Begin another text: every state is dropped, and the fed styles read this one's end."""
        with self._changed:
            self._text = b"\n" + text.encode("ascii")
            self._length = len(self._text)
            self._text_number += 1
            self._ready.clear()
            self._changed.notify_all()

    def read(self, text: str) -> int:
        """Let every ready style read on, so that each has an opinion on what follows.

        Returns how many styles have read.
        """
        codes = text.encode("ascii")
        with self._changed:
            self._text = (self._text + codes)[-2 * CATCH_UP :]
            self._length += len(codes)
            readers = dict(self._ready)
            self._changed.notify_all()
        tokens = np.frombuffer(codes, dtype=np.uint8).astype(np.int64)[None]
        for slug, why in self._read_on(readers, tokens).items():
            self._drop(slug, readers[slug], why)
        return len(readers)

    def settle(self) -> None:
        """Wait until every fed style is ready and renewed: for a text that knows no timing.

        BadModelError, a sentence, if every style has failed.
        """

        def settled() -> bool:
            return self._missing() is None and self._overdue() is None

        with self._changed:
            self._changed.notify_all()  # a style may have grown old since the last word
            self._changed.wait_for(lambda: self._closed or self._fault or settled())
            if not self._sound.any():
                raise BadModelError(self.faults[-1])

    def opinions(self) -> Opinions | None:
        """Return what the fed and ready styles expect, or None while nobody is ready.

        While the only fed styles still catch up, the ones that were heard before play on. Raises
        what has ended catch-up, if anything has: hands would move styles that never join.
        """
        with self._changed:
            if self._fault is not None:
                raise self._fault
            weights = {s: w for s, w in self._fed().items() if s in self._ready}
            if weights:
                self._heard = weights
            else:
                weights = {s: w for s, w in self._heard.items() if s in self._ready}
                weights = weights or dict.fromkeys(self._ready, 1.0)
            if not weights:
                return None
            slugs = tuple(weights)
            expects = np.stack([self._ready[s].expects for s in slugs])
        return Opinions(slugs, expects, np.array(list(weights.values())))

    def _playable(self) -> Floats:
        """Return the weights without those left out; if nobody with weight is left, another's."""
        weights = np.where(self._sound, self._wanted, 0.0)
        if self._wanted.any() and not weights.any() and self._sound.any():
            weights[self._sound.argmax()] = 1.0
        return weights

    def _fed(self) -> dict[str, float]:
        chosen = np.flatnonzero(fed(self._weights))
        if self._most is not None and len(chosen) > self._most:
            by_weight = np.argsort(-self._weights[chosen], kind="stable")
            chosen = np.sort(chosen[by_weight[: self._most]])
        return {self.slugs[i]: float(self._weights[i]) for i in chosen}

    def _retire(self) -> None:
        """Drop the states of styles that are no longer fed, unless they alone can play on."""
        keep = self._fed()
        if any(slug in keep for slug in self._ready):
            self._ready = {s: r for s, r in self._ready.items() if s in keep}

    def _read_on(self, named: Mapping[str, Reader], tokens: NDArray[np.int64]) -> dict[str, str]:
        """Let readers read tokens (1, T); return who failed, and a clause that says why."""
        slugs, readers = list(named), list(named.values())
        logits = np.empty((len(readers), CHARACTERS), dtype=np.float32)
        failed: dict[str, str] = {}

        def run(first: int) -> None:
            for i in range(first, len(readers), step):
                try:
                    logits[i : i + 1] = readers[i].read(tokens)
                except MemoryError:  # no fault of the style's
                    raise
                except Exception as error:  # noqa: BLE001  # onnxruntime's have no common base
                    logits[i] = np.nan
                    failed[slugs[i]] = f"fails ({reason(error)})"

        if self._pool is None or len(readers) < WORTH_SHARING:
            step = 1
            run(0)
        else:
            # This thread takes a part itself: to hand it over costs as much as a style.
            step = self.workers
            others = [self._pool.submit(run, first) for first in range(1, step)]
            run(0)
            for other in others:
                other.result()
        # For all of them at once: numpy's calls cost more than their arithmetic.
        sound: NDArray[np.bool_] = np.logical_and.reduce(np.isfinite(logits), axis=1)
        if not sound.all():
            logits[~sound] = 0.0  # never heard, but numpy would warn of it
        for reader, expects in zip(readers, expected(logits), strict=True):
            reader.expects = expects
        return {
            slug: failed.get(slug, NO_NUMBERS)
            for slug, well in zip(slugs, sound, strict=True)
            if not well
        }

    def _drop(self, slug: str, reader: Reader, why: str) -> None:
        """Take a reader that failed out before it is heard; catch-up begins anew."""
        with self._changed:
            if self._ready.get(slug) is reader:  # else it has been renewed meanwhile, or has faded
                del self._ready[slug]
                self._doubt(slug, why, again=reader.second)

    def _doubt(self, slug: str, why: str, *, again: bool) -> None:
        path = self._models[slug].path
        if not again and slug not in self._spoilt:
            self._spoilt.add(slug)
            if slug not in self._named:
                log.warning("%s %s: it reads the text's end anew", path, why)
        elif self._sound[self.slugs.index(slug)]:
            self._sound[self.slugs.index(slug)] = False
            left = "the other styles play on" if self._sound.any() else "no style is left"
            fault = f"{path} {why}: copy it again; {left}"
            if slug not in self._named:
                self._named.add(slug)
                log.warning("%s", fault)
            self.faults = (*self.faults, fault)
            self._weights = self._playable()
        self._changed.notify_all()

    def _missing(self) -> str | None:
        waiting = {s: w for s, w in self._fed().items() if s not in self._ready}
        return max(waiting, key=waiting.__getitem__) if waiting else None

    def _overdue(self) -> str | None:
        keep = self._fed()
        old = {s: r.age for s, r in self._ready.items() if s in keep and r.age >= self._renew_after}
        return max(old, key=old.__getitem__) if old else None

    def _catch_up_or_say(self) -> None:
        try:
            self._catch_up_forever()
        except Exception as error:  # noqa: BLE001  # memory above all; it is raised where it is heard
            with self._changed:
                self._fault = error
                self._changed.notify_all()

    def _catch_up_forever(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: (
                        self._closed
                        or self._missing() is not None
                        or self._overdue()
                        or not self._sound.any()
                    )
                )
                if self._closed:
                    return
                slug = self._missing() or self._overdue()
            if slug is not None:
                self._catch_up(slug)
            else:
                self._load_anew()

    def _load_anew(self) -> None:
        """Load every file anew after a while, as a new engine would, while the page stands."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed, self._load_after)
        sound, faults = np.ones(len(self.slugs), dtype=bool), []
        for i, model in enumerate(self._models.values()):
            if self._closed:
                return
            try:
                model.load_anew()
            except BadModelError as error:
                sound[i] = False
                faults.append(str(error))
        with self._changed:
            self._sound, self.faults = sound, tuple(faults)
            self._spoilt.clear()
            self._ready.clear()
            self._weights = self._playable()
            self._changed.notify_all()

    def _catch_up(self, slug: str) -> None:
        with self._changed:
            at, number = self._length, self._text_number
            codes = self._text[-CATCH_UP:]
        reader = Reader(self._models[slug])
        while True:
            tokens = np.frombuffer(codes, dtype=np.uint8).astype(np.int64)[None]
            bad = self._read_on({slug: reader}, tokens)
            with self._changed:
                if number != self._text_number or self._closed or slug not in self._fed():
                    return
                if bad:
                    self._doubt(slug, bad[slug], again=False)
                    return
                behind = self._length - at
                if behind == 0:
                    reader.second = slug in self._spoilt
                    self._spoilt.discard(slug)
                    self.renewals += reader.second or slug in self._ready
                    self._ready[slug] = reader
                    self._retire()
                    self._changed.notify_all()
                    return
                if behind > CATCH_UP:  # a long line was put in: begin once more, at its end
                    behind = CATCH_UP
                    reader = Reader(self._models[slug])
                codes, at = self._text[-behind:], self._length
