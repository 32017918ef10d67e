"""Make one file of a reel: packets copied without coding again, with a sound beside them."""

import heapq
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import av

from deepdream.film.clip import SOUNDS, decoded, opened
from deepdream.film.encoding import new_container
from deepdream.film.reel import Segment
from deepdream.replacing import replacing

COPIED = {".mp4": {"aac", "mp3", "alac", "opus", "ac3", "eac3", "flac"}, ".webm": {"opus", "vorbis"}}
CODED = {".mp4": "aac", ".webm": "libopus"}
SAMPLES = 48_000  # a second of a sound that is coded anew: the one rate that both codecs take
PRIMING = 0.1  # seconds before the first picture whose sound is kept: an encoder's run-up


@dataclass(frozen=True)
class SoundTrack:
    """Hold a file whose sound a film gets, and the second in it at which the film begins."""

    path: Path
    start: float = 0.0


def join(
    segments: Sequence[Segment], path: Path, time_base: Fraction, *, note: str, sound: SoundTrack | None = None
) -> None:
    """Write segments, whose times are in units of `time_base`, into one file; it gets its name once it is whole."""
    with replacing(path) as part, ExitStack() as stack:
        output = stack.enter_context(new_container(part, note))
        with av.open(str(segments[0].path)) as first:
            video = output.add_stream_from_template(first.streams.video[0], opaque=True)
        streams = [_pictures(segments, video, time_base)]
        if sound is not None:
            container = stack.enter_context(opened(sound.path, SOUNDS))
            if container.streams.audio:
                streams.append(_sound(container, output, path.suffix.lower(), sound.start, _end(segments, time_base)))
        for _, _, packet in heapq.merge(*streams, key=lambda each: each[:2]):
            output.mux(packet)


def _pictures(segments: Sequence[Segment], video: Any, time_base: Fraction) -> Iterator[tuple[float, int, Any]]:
    for segment in segments:
        with av.open(str(segment.path)) as container:
            for packet in container.demux(container.streams.video[0]):
                if packet.dts is None:
                    continue
                shift = round(segment.pts * time_base / packet.time_base)
                packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, video
                yield float(packet.dts * packet.time_base), 0, packet


def _end(segments: Sequence[Segment], time_base: Fraction) -> float:
    """Return when the last picture ends, in seconds after the first begins."""
    with av.open(str(segments[-1].path)) as container:
        return container.duration / av.time_base + float(segments[-1].pts * time_base)


def _sound(container: Any, output: Any, suffix: str, start: float, end: float) -> Iterator[tuple[float, int, Any]]:
    stream = container.streams.audio[0]
    if stream.codec_context.name in COPIED[suffix]:
        return _copied(container, stream, output.add_stream_from_template(stream, opaque=True), start, end)
    return _coded(container, stream, output.add_stream(CODED[suffix], rate=SAMPLES), start, end)


def _copied(container: Any, stream: Any, track: Any, start: float, end: float) -> Iterator[tuple[float, int, Any]]:
    for packet in container.demux(stream):
        if packet.dts is None or packet.pts is None:
            continue
        time = float(packet.pts * packet.time_base) - start
        if time >= end:
            return
        if time < -PRIMING:
            continue
        shift = round(start / packet.time_base)
        packet.pts, packet.dts, packet.stream = packet.pts - shift, packet.dts - shift, track
        yield time, 1, packet


def _coded(container: Any, stream: Any, coder: Any, start: float, end: float) -> Iterator[tuple[float, int, Any]]:
    context = coder.codec_context
    resampler = av.AudioResampler(
        format=context.format, layout="stereo", rate=context.sample_rate, frame_size=context.frame_size or 1024
    )
    frames = _between(decoded(container, stream), start, end)
    first = next(frames, None)
    if first is None:
        return
    written = round((float(first.time or 0) - start) * context.sample_rate)
    for frame in chain([first], frames, [None]):
        for piece in resampler.resample(frame):
            piece.pts, piece.time_base = written, Fraction(1, context.sample_rate)
            written += piece.samples
            yield from _muxable(coder.encode(piece))
    yield from _muxable(coder.encode(None))


def _between(frames: Iterator[Any], start: float, end: float) -> Iterator[Any]:
    """Return the frames of a sound that begin while the film runs."""
    for frame in frames:
        time = float(frame.time or 0) - start
        if time >= end:
            return
        if time >= 0:
            yield frame


def _muxable(packets: Sequence[Any]) -> Iterator[tuple[float, int, Any]]:
    for packet in packets:
        yield float(packet.pts * packet.time_base), 1, packet
