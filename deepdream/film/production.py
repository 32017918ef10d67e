"""From a source and a film to a finished file: the stream of frames onto a reel, and the reel into the file.

production = Production(Order(Path("photo.jpg"), Film(zoom=1.3), Path("film.mp4")))
for frame in production.frames():
    show(frame.image)
production.finish()
"""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from deepdream.errors import ImageError
from deepdream.film.animations import ENDINGS, GIF_FPS, QUALITY, write_animation, write_pictures
from deepdream.film.change import kept_share, part_of
from deepdream.film.clip import Clip, is_clip, open_clip, read_sound
from deepdream.film.dreamer import Dreamer
from deepdream.film.encoding import CODECS, CONTAINERS, Format, told_in_words
from deepdream.film.film import Film
from deepdream.film.hearing import Hearing
from deepdream.film.joining import SoundTrack, join
from deepdream.film.making import FilmFrame, film_length, plan_film, planned_frames
from deepdream.film.notes import film_note
from deepdream.film.reel import Reel
from deepdream.film.stills import StillFilm
from deepdream.film.tracks import listens
from deepdream.images import Photo, read_image
from deepdream.networks import Network
from deepdream.workers import Workers

OVERHEAD = 1.15  # of a film's time over its dreams': flow, carrying, coding


@dataclass(frozen=True)
class Order:
    """Hold what is to be made of what.

    source: the file of a photo or a clip, or a photo. output: a video or an animated picture by its ending, or a folder
    of PNG files, which needs no ending. sound: a file to listen to and to put into the film; a clip has its own. codec,
    bits, quality, kilobits: see `Format`. folder: for the work; beside the output if None.
    """

    source: Path | Photo
    film: Film
    output: Path
    sound: Path | None = None
    codec: str | None = None
    bits: int = 8
    quality: int | None = None
    kilobits: int | None = None
    folder: Path | None = None
    precision: str = "auto"

    @property
    def animated(self) -> bool:
        """Say whether a film of pictures is wanted, not a video."""
        return self.output.suffix.lower() not in CONTAINERS

    def format(self) -> Format:
        """Return how the reel is coded.

        Raises:
            ImageError: the output's ending is none of a film's, or its container cannot hold the codec.
        """
        ending = self.output.suffix.lower()
        if ending and ending not in (*CONTAINERS, *ENDINGS):
            raise ImageError(
                f"{self.output.name!r} does not end in {', '.join((*CONTAINERS, *ENDINGS))}; the ending chooses the "
                "format, and a folder of PNG files needs none."
            )
        if self.animated:
            self._refuse_of_videos(ending)
            return Format("lossless")
        codecs = CONTAINERS[ending]
        if self.codec is not None and self.codec not in codecs:
            raise ImageError(f"{ending} does not hold {self.codec}; allowed: {', '.join(codecs)}.")
        usual = next((name for name in codecs if self.bits in CODECS[name].pixels), codecs[0])
        return Format(self.codec or usual, self.bits, self.quality, self.kilobits)

    def _refuse_of_videos(self, ending: str) -> None:
        """Refuse what an animation, or a folder of pictures, would ignore."""
        given = {"codec": self.codec is not None, "bits": self.bits != 8, "kilobits": self.kilobits is not None}
        given["quality"] = self.quality is not None and ending not in QUALITY
        given["sound"] = self.sound is not None and not any(listens(track) for _, track in self.film.tracks)
        if names := [name for name, is_given in given.items() if is_given]:
            kind = ending or "a folder of PNG files"
            raise ImageError(f"{kind} has no {' and no '.join(names)}; leave that out, or end OUT in .mp4 or .webm.")


class Production:
    """Make an order's film; everything is checked at once.

    Raises:
        DreamError: the source, the film or the output is wrong, or the folder holds another film.
    """

    def __init__(
        self, order: Order, *, network: Network | None = None, workers: Workers | None = None, resume: bool = False
    ) -> None:
        self.order = order
        film, form = order.film, order.format()
        self.source = self._opened_source()
        self._clip = self.source if isinstance(self.source, Clip) else None
        self.rate = self._clip.rate if self._clip is not None else Fraction(film.fps).limit_denominator(1001)
        self._refuse_of_gifs()
        self._dreamer = Dreamer(network, order.precision, workers)
        self._plan = plan_film(self.source, film, self._dreamer, self._heard())
        self.reel = Reel(
            order.folder if order.folder is not None else order.output.with_name(f"{order.output.name}.parts"),
            self._about(form),
            form=form,
            size=self._plan.size,
            rate=self.rate,
            time_base=self._clip.time_base if self._clip is not None else 1 / self.rate,
            suffix=".mkv" if order.animated else order.output.suffix.lower(),
            resume=resume,
        )

    def _refuse_of_gifs(self) -> None:
        """Refuse a GIF of more frames a second than programs show: they give each of those a tenth of a second."""
        if self.order.output.suffix.lower() == ".gif" and self.rate > GIF_FPS:
            less = "" if self._clip is not None else f", or set fps to {GIF_FPS} or less"
            raise ImageError(
                f"{float(self.rate):g} frames a second are more than the {GIF_FPS} of a GIF; end OUT in .webp{less}."
            )

    @property
    def size(self) -> tuple[int, int]:
        """Return the film's height and width."""
        return self._plan.size

    @property
    def length(self) -> int:
        """Return how many frames the film will have, as far as is known."""
        return len(self._plan) if self._clip is not None else film_length(self.order.film)

    def frames(self) -> Iterator[FilmFrame]:
        """Make the frames that the reel has not yet, and put each on it; those of a run-in are not for it."""
        film, reel = self.order.film, self.reel
        for frame in planned_frames(self._plan, film, resume=reel.state(), store=reel.store, run_in=True):
            if frame.is_shown:
                with told_in_words():
                    reel.take(frame)
            yield frame

    def estimate(self) -> float:
        """Return the seconds that the rest of the film will take, by dreaming a moment of it."""
        film, left = self.order.film, self.length - self.reel.frames
        picture = np.full((*self.size, 3), 0.5, np.float32)
        picture += np.random.default_rng(0).uniform(-0.2, 0.2, picture.shape).astype(np.float32)
        still = isinstance(self._plan, StillFilm) and not film.stops
        keep = kept_share(film.memory, float(self.rate))
        recipe = film.all_recipes[0]
        recipe = recipe if still else part_of(recipe, 1 - keep)
        if still and not film.tracks:
            left = 1
        if film.loop == "pingpong":
            left = left // 2 + 1
        left += 0 if self.reel.frames else self._plan.before
        self._dreamer(picture, recipe)  # compiles what the film needs too
        begun = time.perf_counter()
        self._dreamer(picture, recipe)
        return left * (time.perf_counter() - begun) * OVERHEAD

    def finish(self) -> int:
        """Write what the reel holds into the output, and return how many frames that is; 0 writes nothing."""
        with told_in_words():
            self.reel.close()
        return self.write(self.order.output)

    def write(self, path: Path) -> int:
        """Write the whole segments that there are by now into a file, and return how many frames that is."""
        segments = self.reel.segments()
        if not segments:
            return 0
        order, note = self.order, film_note(self.order.film)
        with told_in_words():
            if not path.suffix:
                write_pictures(segments, path, order.film)
            elif order.animated:
                write_animation(segments, path, float(self.rate), note=note, quality=order.quality)
            else:
                join(segments, path, self.reel.time_base, note=note, sound=self._sound_track())
        return segments[-1].end

    def _opened_source(self) -> Photo | Clip:
        source, film = self.order.source, self.order.film
        if isinstance(source, Photo):
            return source
        return open_clip(source, side=film.side, seconds=film.seconds) if is_clip(source) else read_image(source)

    def _heard(self) -> Hearing | None:
        """Read the sound that is listened to; one that was given also to see that it can be read."""
        sound = self._sound_track()
        heard = self.order.sound is not None or any(listens(track) for _, track in self.order.film.tracks)
        start = sound.start if sound is not None and self.order.sound is None else None
        return read_sound(sound.path, start) if sound is not None and heard else None

    def _sound_track(self) -> SoundTrack | None:
        if self.order.sound is not None:
            return SoundTrack(self.order.sound)
        if self._clip is not None and self._clip.has_sound:
            return SoundTrack(self._clip.path, self._clip.start)
        return None

    def _about(self, form: Format) -> dict[str, object]:
        """Return what a reel must have been made of to be gone on with."""
        order = self.order
        return {
            "film": order.film.to_dict(),
            "source": digest(order.source),
            "sound": digest(order.sound) if order.sound is not None else None,
            "format": [form.codec, form.bits, form.quality, form.kilobits],
            "size": list(self._plan.size),
            "precision": order.precision,
        }


def digest(source: Path | Photo) -> str:
    """Return the SHA-256 of a file, or of a photo's pixels."""
    if isinstance(source, Photo):
        return hashlib.sha256(np.ascontiguousarray(source.pixels).tobytes()).hexdigest()
    with open(source, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
