"""A reel: a film's frames on the disk in closed segments, each renamed when it is whole, so that no work is lost.

    folder/film.json                 what is being made; a reel of something else is not gone on with
    folder/000048-000096@48.mp4      frames 48 to 95, shown from 48 units of the film's time base on
    folder/state-000096.npz          what frame 96 needs of those before it
    folder/frames.raw                the frames of a film that goes back the way it came

The state is there before its segment gets its name, and the one before goes after: at any moment there is a state for
the end of the last whole segment.
"""

import json
import os
import re
import shutil
import zipfile
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from deepdream.errors import ImageError
from deepdream.film.dreamer import State
from deepdream.film.encoding import Encoder, Format, new_container
from deepdream.film.making import FilmFrame
from deepdream.replacing import replacing

SEGMENT = 2.0  # seconds
_NAME = re.compile(r"([0-9]{6,})-([0-9]{6,})@([0-9]+)\.(?:mp4|webm|mkv)")


@dataclass(frozen=True)
class Segment:
    """Hold a whole segment: its frames from `start` to before `end`, and when the first is shown."""

    path: Path
    start: int
    end: int
    pts: int


class Reel:
    """Take a film's frames, keep them in segments, and know where to go on.

    Args:
        folder: made where it is not.
        about: what is being made, as JSON's types.
        form, size, rate, time_base, suffix: of the segments.
        resume: go on with what is there; otherwise begin anew.

    Raises:
        ImageError: the folder holds another film, or cannot be written to.
    """

    def __init__(
        self,
        folder: Path,
        about: Mapping[str, Any],
        *,
        form: Format,
        size: tuple[int, int],
        rate: Fraction,
        time_base: Fraction,
        suffix: str,
        resume: bool,
    ) -> None:
        self.folder, self.time_base, self.suffix = folder, time_base, suffix
        self._form, self._size, self._rate = form, size, rate
        self._length = max(1, round(SEGMENT * float(rate)))
        self._open: tuple[ExitStack, Encoder, Path, FilmFrame] | None = None
        self._newest: FilmFrame | None = None
        self._begin(json.loads(json.dumps(dict(about))), resume=resume)

    @property
    def store(self) -> Path:
        """Return the file for frames that are shown twice."""
        return self.folder / "frames.raw"

    @property
    def frames(self) -> int:
        """Return how many frames are in whole segments."""
        segments = self.segments()
        return segments[-1].end if segments else 0

    def segments(self) -> list[Segment]:
        """Return the whole segments without a gap from the first frame on."""
        found: list[Segment] = []
        for path in sorted(self.folder.glob(f"*{self.suffix}")):
            match = _NAME.fullmatch(path.name)
            if match is not None and int(match[1]) == (found[-1].end if found else 0):
                found.append(Segment(path, int(match[1]), int(match[2]), int(match[3])))
        return found

    def state(self) -> State | None:
        """Return the state at the end of the whole segments; None where the film begins.

        Raises:
            ImageError: it is not there, or damaged.
        """
        if not self.frames:
            return None
        path = self._state_path(self.frames)
        try:
            with np.load(path, allow_pickle=False) as arrays:
                values: dict[str, Any] = {name: arrays[name] for name in arrays.files}
            return State(**values | {"frame": int(values["frame"]), "limit": values["limit"].reshape(2)})
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ImageError(
                f"{path.name!r} is damaged or gone, so the film cannot be gone on with: {error}."
            ) from None

    def take(self, frame: FilmFrame) -> None:
        """Write the next frame; at the end of a segment give it its name. A segment in which that fails is lost."""
        if self._open is None:
            self._open = self._new_segment(frame)
        first = self._open[3]
        try:
            self._open[1].write(frame.image, frame.pts - first.pts)
            self._newest = frame
        except BaseException:  # also an interrupt, after which nobody knows whether the frame is in it
            self.abandon()
            raise
        if frame.index + 1 - first.index >= self._length:
            self.close()

    def close(self) -> None:
        """End the open segment where it is, and give it its name."""
        if self._open is None or self._newest is None:
            return
        stack, encoder, part, first = self._open
        self._open = None
        with stack:
            encoder.close()
        end = self._newest.index + 1
        before = list(self.folder.glob("state-*.npz"))
        self._save(self._newest.state, end)
        os.replace(part, self.folder / f"{first.index:06d}-{end:06d}@{first.pts}{self.suffix}")
        for path in before:
            if path != self._state_path(end):
                path.unlink(missing_ok=True)

    def abandon(self) -> None:
        """Leave the open segment unfinished, also where its end cannot be written."""
        if self._open is not None:
            with suppress(av.error.FFmpegError, OSError):
                self._open[0].close()
            self._open = None

    def remove(self) -> None:
        """Remove the folder and all that is in it."""
        self.abandon()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _begin(self, about: dict[str, Any], *, resume: bool) -> None:
        path = self.folder / "film.json"
        try:
            if resume and path.exists():
                _refuse_other(json.loads(path.read_text()), about, self.folder)
                self._clear_unfinished()
                return
            if path.exists():
                shutil.rmtree(self.folder)
            self.folder.mkdir(parents=True, exist_ok=True)
            with replacing(path) as part:
                part.write_text(json.dumps(about))
        except (OSError, ValueError) as error:
            raise ImageError(f'the folder "{self.folder.name}" cannot be used for the film: {error}.') from None

    def _clear_unfinished(self) -> None:
        whole = {segment.path for segment in self.segments()}
        for path in [*self.folder.glob("*.part*"), *self.folder.glob(f"[0-9]*{self.suffix}")]:
            if path not in whole:
                path.unlink(missing_ok=True)

    def _new_segment(self, frame: FilmFrame) -> tuple[ExitStack, Encoder, Path, FilmFrame]:
        part = self.folder / f"{frame.index:06d}.part{self.suffix}"
        stack = ExitStack()
        container = stack.enter_context(new_container(part))
        return stack, Encoder(container, self._form, self._size, self._rate, self.time_base), part, frame

    def _state_path(self, frame: int) -> Path:
        return self.folder / f"state-{frame:06d}.npz"

    def _save(self, state: State, frame: int) -> None:
        values = {name: value for name, value in vars(state).items() if value is not None}
        with replacing(self._state_path(frame)) as part:
            np.savez(part, **values)


def _refuse_other(known: Any, about: dict[str, Any], folder: Path) -> None:
    names = [name for name in about if not isinstance(known, dict) or known.get(name) != about[name]]
    if names:
        raise ImageError(
            f'the folder "{folder.name}" holds another film ({", ".join(names)} differ); leave out --resume to begin '
            "anew, or give the same photo and settings."
        )
