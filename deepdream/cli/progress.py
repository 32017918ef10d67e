"""What the command line says while it works, on standard error."""

import os
import shutil
import signal
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deepdream.film.making import FilmFrame
    from deepdream.frames import Frame


def load_tensorflow() -> None:
    """Import TensorFlow without the notes on its build, which it writes to standard error past every setting."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # for the notes that do obey
    if "tensorflow" in sys.modules:
        return
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        import_module("tensorflow")
    finally:
        os.dup2(kept, 2)
        os.close(kept)


class Progress:
    """Show how far a dream is, on standard error: a bar on a terminal, else a line an octave."""

    def __init__(self, label: str, *, quiet: bool) -> None:
        self._label = label
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._begun: tuple[float, float] | None = None  # the first frame's time and progress: starting up is no guide
        self._said = 0
        self._drawn = 0.0

    def show(self, frame: "Frame") -> None:
        """Show this frame's place and the time left."""
        if self._quiet:
            return
        if self._begun is None:
            for note in frame.plan.notes if frame.plan is not None else ():
                self.say(note)
        place = f"octave {frame.octave} of {frame.octaves}, step {frame.step} of {frame.steps}"
        self._show(frame.progress, place, frame.octave if frame.ends_octave else self._said)

    def show_film(self, frame: "FilmFrame") -> None:
        """Show how far a film is, and the time left."""
        if not self._quiet:
            place = f"frame {frame.index + 1} of {frame.frames}" if frame.is_shown else "run-in"
            self._show(frame.progress, place, int(10 * frame.progress) if frame.index else 0)

    def _show(self, progress: float, place: str, part: int) -> None:
        """Show a place: at once on a terminal, elsewhere where a new part of the whole has come."""
        now = time.monotonic()
        if self._begun is None:
            self._begun = (now, progress)
        text = f"{progress:4.0%}  {place}{self._time_left(now, progress)}"
        if self._terminal and (now - self._drawn > 0.1 or progress == 1):
            self._drawn = now
            filled = round(24 * progress)
            line = f"{self._label} [{'#' * filled}{'.' * (24 - filled)}] {text}"
            print(f"\r{line[: shutil.get_terminal_size().columns - 1]}\x1b[K", end="", file=sys.stderr, flush=True)
        elif not self._terminal and part != self._said:
            self._said = part
            self.say(text.strip())

    def say(self, text: str) -> None:
        """Print a line about this photo."""
        if not self._quiet:
            print(f"{self._label}: {text}", file=sys.stderr, flush=True)

    def end(self, output: Path, about: str, *, finished: bool) -> int:
        """Say what was written, and return the exit status."""
        self.say(f"{'' if finished else 'interrupted, newest frame kept: '}{output}, {about}")
        return 0 if finished else 128 + signal.SIGINT

    def close(self) -> None:
        """Take the bar away."""
        if self._drawn:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._drawn = 0.0

    def _time_left(self, now: float, progress: float) -> str:
        begun, progress_then = self._begun or (now, progress)
        done = progress - progress_then
        return f", {duration((now - begun) / done * (1 - progress))} left" if done > 0 and progress < 1 else ""


def duration(seconds: float) -> str:
    """Return a time as people say it: 8 s, 3 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


def show_download(received: int, total: int) -> None:
    """Show how much of a network's weights has come."""
    share = f"{received / total:4.0%} of {total / 1e6:.0f} MB" if total else f"{received / 1e6:.0f} MB"
    if sys.stderr.isatty():
        end = "\n" if received == total else ""
        print(f"\rdownloading weights: {share}\x1b[K", end=end, file=sys.stderr, flush=True)
    elif received == total:
        print(f"downloaded weights: {share}", file=sys.stderr, flush=True)


def complain(message: str) -> None:
    """Print `message` as one line on standard error."""
    print(f"deepdream: {' '.join(message.split())}", file=sys.stderr)


def complain_of(photo: Path, error: Exception) -> None:
    """Print what is wrong with a photo, with its name."""
    complain(str(error) if photo.name in str(error) else f"{photo.name}: {error}")
