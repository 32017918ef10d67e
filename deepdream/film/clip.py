"""A clip: the pictures of a stranger's video file, upright, in sRGB, with their own times; and the sound of a file."""

import math
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, Colorspace, ColorTrc

from deepdream.errors import DamagedError, ImageError, LargeError
from deepdream.film.camera import fitted
from deepdream.film.encoding import PRECISE
from deepdream.film.film import MAX_FRAMES
from deepdream.film.hearing import RATE, Hearing
from deepdream.images import opening
from deepdream.images.opening import name_of

# What may be opened. A text file that calls itself .mp4 can be a list of other files, which FFmpeg would read.
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif,apng"
SOUNDS = f"{FORMATS},wav,flac,mp3,ogg,aac,aiff"
MAX_PIXELS = 36_000_000  # of a frame: 8K
PROBE = {"probesize": "5000000", "analyzeduration": "2000000"}  # bytes and microseconds: a header says all
LONGEST_SOUND = 1200.0  # seconds that are listened to
LOUDEST = 8.0  # of a sound's samples, where 1 is full: one broken number would drown all that is heard
HDR = (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)  # PQ and HLG
HD = 720  # lines from which on players take BT.709 where a file does not say

av.logging.set_level(None)  # its callback can lock up against Python's threads


@dataclass(frozen=True, eq=False)
class ClipFrame:
    """Hold one picture of a clip: (h, w, 3) float32 in [0, 1], and its time in units of the clip's `time_base`."""

    picture: np.ndarray
    pts: int


@dataclass(frozen=True)
class Clip:
    """Describe a clip that `open_clip` has looked into.

    size: height and width of its pictures, upright and scaled. time_base: seconds of one unit of its times. rate: its
    average frames a second. length: how many frames there are at most, by what the file says. seconds: where it is cut.
    start: when its first picture is shown, in seconds of the file's own time.
    """

    path: Path
    size: tuple[int, int]
    time_base: Fraction
    rate: Fraction
    length: int
    seconds: float | None
    has_sound: bool
    start: float = 0.0

    def frames(self) -> Iterator[ClipFrame]:
        """Read the pictures one by one, times counted from the first; a file that is cut off ends where it does.

        Raises:
            ImageError: it is gone, or not one picture can be read.
        """
        first: int | None = None
        with opened(self.path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            for count, frame in enumerate(_decoded(container, stream, self.path)):
                pts = frame.pts if frame.pts is not None else round(count / self.rate / self.time_base)
                first = pts if first is None else first
                late = self.seconds is not None and float((pts - first) * self.time_base) >= self.seconds - 1e-6
                if late or count >= MAX_FRAMES:
                    return
                yield ClipFrame(fitted(picture_of(frame), self.size), pts - first)


def open_clip(path: str | os.PathLike[str], *, side: int = 640, seconds: float | None = None) -> Clip:
    """Look into a video file: its header is checked before a picture is decoded, and only its first one is.

    side: pixels that its longer side has at most. seconds: where to cut it.

    Raises:
        ImageError: it is no video, has no picture, is damaged, too large or too long.
    """
    path = Path(path)
    with opened(path) as container:
        if not container.streams.video:
            raise ImageError(f"{name_of(path)} holds no picture{', only sound' if container.streams.audio else ''}.")
        stream = container.streams.video[0]
        width, height = stream.codec_context.width, stream.codec_context.height
        if width * height > MAX_PIXELS or not width * height:
            raise LargeError(
                f"{name_of(path)} has frames of {width} x {height} pixels; allowed: {MAX_PIXELS / 1e6:.0f} megapixels."
            )
        rate = Fraction(stream.average_rate or stream.guessed_rate or 25)
        length = _length(container, stream, rate) or _counted(path)
        length = length if seconds is None else min(length, math.ceil(seconds * rate))
        if length > MAX_FRAMES:
            raise LargeError(f"{name_of(path)} has {length} frames; allowed: {MAX_FRAMES}. Cut it with seconds.")
        first = next(_decoded(container, stream, path))
        size = _scaled_size(first, stream, side)
        base = Fraction(stream.time_base) if stream.time_base else 1 / rate
        return Clip(
            path, size, base, rate, max(1, length), seconds, bool(container.streams.audio), float(first.time or 0)
        )


def read_sound(path: str | os.PathLike[str], start: float | None = None) -> Hearing:
    """Read the sound of a file, at most twenty minutes.

    start: the second of the file from which it is heard; None is where the sound itself begins.

    Raises:
        ImageError: it cannot be read, or has no sound.
    """
    path, count, late = Path(path), 0, 0.0
    blocks: list[np.ndarray] = []
    with opened(path, SOUNDS) as container:
        if not container.streams.audio:
            raise ImageError(f"{name_of(path)} has no sound.")
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
        try:
            for frame in container.decode(container.streams.audio[0]):
                if not blocks and start is not None:
                    late = float(frame.time or 0) - start
                for piece in resampler.resample(frame):
                    blocks.append(piece.to_ndarray()[0])
                    count += blocks[-1].size
                if count > LONGEST_SOUND * RATE:
                    break
        except (av.error.FFmpegError, ValueError):
            pass  # what came before the damage is heard
    if not blocks:
        raise ImageError(f"the sound of {name_of(path)} cannot be read.")
    samples = np.nan_to_num(np.concatenate(blocks).astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    silence = round(min(late, LONGEST_SOUND) * RATE)
    samples = np.pad(samples, (silence, 0)) if silence > 0 else samples[-silence:]
    return Hearing(np.clip(samples, -LOUDEST, LOUDEST))


def is_clip(path: str | os.PathLike[str]) -> bool:
    """Say by its name whether a file is a video."""
    return Path(path).suffix.lower() in (".mp4", ".mov", ".m4v", ".3gp", ".mkv", ".webm", ".avi")


@contextmanager
def opened(path: Path, formats: str = FORMATS) -> Iterator[Any]:
    """Open a media file of the formats allowed, as bytes only: whatever it names, no other file is opened.

    Raises:
        ImageError: it is none of them, or damaged.
    """
    with opening.stream(path, name_of(path)) as file:
        try:
            container = av.open(file, options={"format_whitelist": formats, **PROBE}, metadata_errors="replace")
        except (av.error.FFmpegError, OSError, ValueError, IndexError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise ImageError(f"{name_of(path)} is not a video that can be read, or is cut off: {reason}.") from None
        with container:
            yield container


def picture_of(frame: Any) -> np.ndarray:
    """Return a decoded frame upright in sRGB, (h, w, 3) float32 in [0, 1].

    HLG and PQ are brought to sRGB's primaries and curve: their white of 203 nits becomes white, brighter is cut off.
    """
    if frame.color_trc in HDR:
        frame = frame.reformat(
            format="rgb24", dst_color_trc=ColorTrc.IEC61966_2_1, dst_color_primaries=ColorPrimaries.BT709
        )
        pixels, white = frame.to_ndarray(), 255
    else:
        deep = any(component.bits > 8 for component in frame.format.components)
        unsaid = frame.colorspace == 2 and min(frame.width, frame.height) >= HD and not frame.format.is_rgb
        pixels = frame.reformat(
            format="rgb48le" if deep else "rgb24",
            src_colorspace=Colorspace.ITU709 if unsaid else None,
            interpolation=PRECISE,
        ).to_ndarray()
        white = 65535 if deep else 255
    upright = np.rot90(pixels, round(frame.rotation / 90) % 4) if frame.rotation else pixels
    return np.divide(upright, white, dtype=np.float32)


def fitted_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Return the height and width that a film has: the longer side at most `side`, both even, as video wants them."""
    scale = min(1.0, side / max(size))
    height, width = (max(2, 2 * math.floor(each * scale / 2 + 1e-9)) for each in size)
    return height, width


def _scaled_size(frame: Any, stream: Any, side: int) -> tuple[int, int]:
    aspect = float(stream.sample_aspect_ratio or 1)
    height, width = frame.height, round(frame.width * aspect)
    return fitted_size((width, height) if round(frame.rotation / 90) % 2 else (height, width), side)


def decoded(container: Any, stream: Any) -> Iterator[Any]:
    """Decode frames up to the end, or up to where the file is damaged."""
    with suppress(av.error.FFmpegError, ValueError, MemoryError), closing(container.decode(stream)) as frames:
        yield from frames


def _decoded(container: Any, stream: Any, path: Path) -> Iterator[Any]:
    """Decode pictures; there is at least one."""
    frames = decoded(container, stream)
    first = next(frames, None)
    if first is None:
        raise DamagedError(f"{name_of(path)} is damaged or cut off: not one picture can be read.")
    yield first
    yield from frames


def _length(container: Any, stream: Any, rate: Fraction) -> int:
    """Return how many frames there are by what the header says; 0 where it does not, as in what a browser records."""
    lasts = float(container.duration or 0) / av.time_base
    if stream.duration and stream.time_base:
        lasts = float(stream.duration * stream.time_base)
    return stream.frames or math.ceil(lasts * rate)


def _counted(path: Path) -> int:
    """Count the frames of a file, without decoding them, up to where there are too many."""
    with opened(path) as container, suppress(av.error.FFmpegError, ValueError):
        packets = (1 for packet in container.demux(container.streams.video[0]) if packet.size)
        return sum(islice(packets, MAX_FRAMES + 1))
    return 0
