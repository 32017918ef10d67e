"""Write frames into one media file: codecs, colors, bits, and the film's note.

Video is tagged and converted as BT.709 in limited range: untagged, players guess, and colors shift.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation

from deepdream.engine.precision import processor_flags
from deepdream.errors import ImageError, nearest
from deepdream.images import to_uint8

PRECISE = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
os.environ.setdefault("SVT_LOG", "1")  # errors alone: its notes on each segment would lie between our lines
NOTE = "comment"  # of a container's tags the one that mp4, webm and mkv all keep


@dataclass(frozen=True)
class Codec:
    """Describe a codec: FFmpeg's name, the pixel formats by their bits, the usual and the worst quality, options."""

    name: str
    pixels: Mapping[int, str]
    quality: int
    worst: int
    options: tuple[tuple[str, str], ...] = ()


YUV = {8: "yuv420p", 10: "yuv420p10le"}
CODECS = {
    "h264": Codec("libx264", YUV, 18, 51, (("preset", "medium"),)),
    "vp9": Codec("libvpx-vp9", {8: YUV[8]}, 28, 63, (("cpu-used", "4"), ("row-mt", "1"))),
    "av1": Codec("libsvtav1", YUV, 28, 63, (("preset", "8"),)),
    "lossless": Codec("ffv1", {8: "bgr0"}, 0, 0),
}
CONTAINERS = {".mp4": ("h264", "av1"), ".webm": ("vp9", "av1")}


@dataclass(frozen=True)
class Format:
    """Hold how a film is written: a codec of CODECS, 8 or 10 bits, its quality (smaller is better), or a bit rate.

    Raises:
        ImageError: there is no such codec, or it cannot have the bits or the quality.
    """

    codec: str
    bits: int = 8
    quality: int | None = None
    kilobits: int | None = None

    def __post_init__(self) -> None:
        if self.codec not in CODECS:
            raise ImageError(f"{self.codec!r} is not a codec; {nearest(self.codec, CODECS)}")
        if self.bits not in CODECS[self.codec].pixels:
            deep = ", ".join(name for name, codec in CODECS.items() if 10 in codec.pixels)
            raise ImageError(f"bits: received {self.bits}; allowed: 8, or 10 with {deep}.")
        if self.quality is not None and self.kilobits is not None:
            raise ImageError("quality and kilobits both say how good the film is; give one of them.")
        if self.quality is not None and not 0 <= self.quality <= CODECS[self.codec].worst:
            allowed = f"0 to {CODECS[self.codec].worst} with {self.codec}"
            raise ImageError(f"quality: received {self.quality}; allowed: {allowed}, smaller is better.")

    def options(self) -> dict[str, str]:
        """Return the encoder's options."""
        codec = CODECS[self.codec]
        if self.codec == "lossless":
            return {}
        options = dict(codec.options) | (same_bytes() if self.codec == "h264" else {})
        if self.kilobits is None:
            options |= {"crf": str(self.quality if self.quality is not None else codec.quality), "b": "0"}
        return options


class Encoder:
    """Take frames in order and put them into a container's one video stream."""

    def __init__(
        self, container: Any, form: Format, size: tuple[int, int], rate: Fraction, time_base: Fraction
    ) -> None:
        self._container = container
        self._form = form
        self._pixels = CODECS[form.codec].pixels[form.bits]
        self._stream = container.add_stream(CODECS[form.codec].name, rate=rate)
        self._time_base = time_base
        context = self._stream.codec_context
        context.height, context.width = size
        context.time_base = time_base
        context.options = form.options()
        context.thread_count = 1  # coding is quick beside the dreams
        if form.kilobits is not None:
            context.bit_rate = form.kilobits * 1000
        context.pix_fmt = self._pixels
        if form.codec != "lossless":
            context.colorspace = int(Colorspace.ITU709)
            context.color_primaries, context.color_trc = int(ColorPrimaries.BT709), int(ColorTrc.BT709)
            context.color_range = int(ColorRange.MPEG)

    def write(self, picture: np.ndarray, pts: int) -> None:
        """Encode a picture, (h, w, 3) in [0, 1], shown from `pts` units of the time base on."""
        frame = self._frame(picture)
        frame.pts, frame.time_base = pts, self._time_base
        with threads_scheduled_as_before():
            self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Put the frames that the encoder still holds into the container."""
        self._container.mux(self._stream.encode(None))

    def _frame(self, picture: np.ndarray) -> Any:
        if self._form.bits == 10:
            source = av.VideoFrame.from_ndarray(_deep(picture), format="rgb48le")
        else:
            source = av.VideoFrame.from_ndarray(to_uint8(picture), format="rgb24")
        if self._form.codec == "lossless":
            return source.reformat(format=self._pixels)
        frame = source.reformat(
            format=self._pixels,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation=PRECISE,
        )
        frame.colorspace, frame.color_range = Colorspace.ITU709, ColorRange.MPEG
        frame.color_primaries, frame.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        return frame


@contextmanager
def told_in_words() -> Iterator[None]:
    """Turn what a full disk, or an encoder, says into one sentence.

    Raises:
        ImageError: a film's file cannot be written.
    """
    try:
        yield
    except (av.error.FFmpegError, OSError) as error:
        reason = error.strerror or str(error)
        raise ImageError(f"the film cannot be written: {reason}; its parts that are whole are kept.") from error


@contextmanager
def new_container(path: Path, note: str | None = None) -> Iterator[Any]:
    """Open a container for writing, its index before its pictures so that players can begin at once.

    The file's ending chooses its kind. The same pictures give the same bytes: no time, no number drawn at random.
    """
    options = {"fflags": "bitexact"} | ({"movflags": "faststart"} if path.suffix.lower() == ".mp4" else {})
    with av.open(str(path), "w", options=options) as container:
        if note is not None:
            container.metadata[NOTE] = note
        yield container


@contextmanager
def threads_scheduled_as_before() -> Iterator[None]:
    """Undo what an encoder does to the scheduling of this process's threads when it begins.

    SVT-AV1, run by root as in a container, puts the calling thread and its own into the real-time class (FIFO, 99).
    Whatever this thread starts afterwards would inherit that, and two busy ones of that class stop all others.
    """
    tasks = Path("/proc/self/task")
    if not tasks.is_dir():
        yield
        return
    before, setting = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        for task in map(int, os.listdir(tasks)):
            with suppress(ProcessLookupError):  # it has ended meanwhile
                if os.sched_getscheduler(task) == os.SCHED_FIFO != before:
                    os.sched_setscheduler(task, before, setting)


def same_bytes() -> dict[str, str]:
    """Return the options with which x264 codes the same pictures the same each time.

    Its AVX-512 code for "mbtree" reads beyond the rows of a picture whose width is not a multiple of 128, so that what
    lay in memory before decides on bits; that for AVX2 does not.
    """
    return {"x264-params": "asm=avx2"} if "avx512f" in processor_flags() else {}


def _deep(picture: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(picture, 0, 1) * 65535).astype(np.uint16)
