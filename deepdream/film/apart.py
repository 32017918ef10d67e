"""Read strangers' clips and films in a process of its own: `python -m deepdream.film.apart`, one job a line, as JSON.

A decoder of video is larger, and more often broken by a hostile file, than one of pictures. So the page sees of a clip
only what was decoded here and coded anew by our own encoder. Jobs, beside what `deepdream.images.apart` tells:

    {"job": "weigh", "file": ...}  -> {"weight": the same for every file}
    {"job": "look", "file": ...}   -> {"is": "film", "film": {...}}, "clip", or "other", as a photo is
    {"job": "clip", "file": ..., "into": "x.mp4", "side": ..., "seconds": ...}  -> {"frames": ...}; sound comes along
"""

from pathlib import Path
from typing import Any

import av

from deepdream.errors import DreamError, ImageError, RecipeError
from deepdream.film.clip import Clip, is_clip, open_clip
from deepdream.film.encoding import Encoder, Format, new_container
from deepdream.film.joining import SoundTrack, join
from deepdream.film.notes import is_video, read_film
from deepdream.film.reel import Segment
from deepdream.images.apart import Job, serve

QUALITY = 12  # of H.264 for a clip that is dreamed on: nothing to be seen is lost


def weigh(file: str, **limits: Any) -> dict[str, Any]:
    """Tell that a file is as good as any other; what costs too much is ended."""
    return {"weight": 1.0}


def look(file: str) -> dict[str, Any]:
    """Tell what a file is: a film that was made here, another video, or something else.

    Raises:
        RecipeError: it holds a film that is not allowed.
    """
    try:
        return {"is": "film", "film": read_film(file).to_dict()}
    except RecipeError:
        raise
    except DreamError:
        with open(file, "rb") as opened:
            return {"is": "clip" if is_clip(file) or is_video(opened.read(12)) else "other"}


def clip(file: str, into: str, side: int, seconds: float) -> dict[str, Any]:
    """Decode a clip, and code it anew.

    Raises:
        ImageError: it is no video, has no picture, is damaged, too large or too long.
    """
    found, path = open_clip(file, side=side, seconds=seconds), Path(into)
    pictures = path.with_name(f"{path.stem}.pictures.mp4")
    try:
        count = _coded(found, pictures)
        segments = [Segment(pictures, 0, count, 0)]
        try:
            sound = SoundTrack(found.path, found.start) if found.has_sound else None
            join(segments, path, found.time_base, note="", sound=sound)
        except (av.error.FFmpegError, ImageError, ValueError, KeyError):  # a sound that cannot be read is left out
            join(segments, path, found.time_base, note="")
    finally:
        pictures.unlink(missing_ok=True)
    return {"frames": count}


def _coded(found: Clip, path: Path) -> int:
    """Write a clip's pictures into a file, and return how many there are."""
    count = 0
    with new_container(path) as container:
        encoder = Encoder(container, Format("h264", quality=QUALITY), found.size, found.rate, found.time_base)
        for frame in found.frames():
            encoder.write(frame.picture, frame.pts)
            count += 1
        encoder.close()
    return count


JOBS: dict[str, Job] = {"weigh": weigh, "look": look, "clip": clip}

if __name__ == "__main__":
    serve(JOBS)
