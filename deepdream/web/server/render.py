"""One render on the page: a worker thread that owns the stream of frames, and the newest frame in a slot.

Nobody but the worker touches the stream: it takes a frame, reads the stop flag, and closes the stream itself, since
closing a generator from another thread raises. The page reads the slot at its own speed and never holds up the ascent.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from deepdream.errors import DreamError
from deepdream.frames import Frame, LossTrace
from deepdream.images import Photo, to_uint8
from deepdream.presets import name_of
from deepdream.recipe import Recipe
from deepdream.turns import LeftError, between_tiles, engine_lent
from deepdream.web.server.beginnings import Beginning
from deepdream.web.server.costs import Priced
from deepdream.web.server.scheduler import Turns
from deepdream.workers import Dream, Job, Workers, open_workers

LOG = logging.getLogger(__name__)
WAIT_SECONDS = 0.1
PACE = 0.2  # seconds between two frames of a worker: a little more often than the page shows them
MOST_FILM = 30e6  # bytes of frames, 8 bits a channel, kept for the filmstrip


@dataclass(eq=False)
class Render:
    """Run one dream in a thread of its own; a subclass runs another job.

    It ends by itself: whoever follows it only looks, and may go away and come back.
    `recipe` is what the visitor asked for; the run itself leaves finishing out, so that the page can change it
    afterwards. `every_octave` collects the last frame of each octave but the last for the
    filmstrip, with pictures of 8 bits a channel; none if they are more than MOST_FILM together.
    """

    photo: Photo
    recipe: Recipe
    turns: Turns
    guide: np.ndarray | None = None
    mask: np.ndarray | None = None
    work: float = 0.0  # megapixel-steps and seconds, by the cost model
    expected: float = 0.0
    workers: Workers = field(default_factory=open_workers)  # who computes it; this process does it step by step
    moves: int = 0  # how often a worker died, and another one went on
    verb: str = "dreaming"  # the key of the text that says how far it is
    caller: str = ""  # for whom it counts in the queue
    keep: "Callable[[Render], Any] | None" = None  # what becomes of it, followed or not
    kept: Any = None  # what that returned
    ended: "Callable[[Render], None] | None" = None
    begun: Beginning | None = None  # what the preview has done of it already
    frame: Frame | None = None
    every_octave: dict[int, Frame] = field(default_factory=dict)
    delivered: np.ndarray | None = None  # (h, w, 3) float32, once the work has ended
    trace: LossTrace | None = None  # the losses of its steps, once it has begun
    error: Exception | None = None
    version: int = 0  # counts frames, so that a reader knows a new one
    started: float | None = None
    seconds: float = 0.0  # in the engine alone
    stopped: bool = False
    queued: bool = False
    followers: int = 0  # streams that show it
    done: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)
    _abandoned: bool = False
    _filming: bool = True

    def start(self) -> bool:
        """Queue the render and start its thread; False if the host's queue is full."""
        ticket = self.turns.enter(self.expected, self.caller)
        if ticket is None:
            return False
        self._ticket, self._queued, self.queued = ticket, time.monotonic(), True
        threading.Thread(target=self._work, name="dream", daemon=True).start()
        return True

    def stop(self, *, keep: bool = False) -> None:
        """Ask the worker to end after the step it is in; with `keep` the newest frame is delivered."""
        self._abandoned = self._abandoned or not keep
        self._stop.set()

    @property
    def head_start(self) -> float:
        """The share of the dream that was done before this render began, in [0, 1]."""
        return self.begun.progress if self.begun is not None else 0.0

    @property
    def stopping(self) -> bool:
        """Whether the worker was asked to end."""
        return self._stop.is_set()

    @property
    def outcome(self) -> str:
        """How it ended: done, kept (stopped, with a picture), stopped or failed."""
        if self.error is not None:
            return "failed"
        if not self.stopped:
            return "done"
        return "kept" if self.delivered is not None else "stopped"

    @property
    def preset(self) -> str:
        """The name of the preset that it is, or "own"; so the log names it."""
        return name_of(self.recipe) or "own"

    @property
    def priced(self) -> Priced:
        """The settings by which the cost model knows it."""
        return self.recipe

    @property
    def rank(self) -> int:
        """How many renders come before this one."""
        return self.turns.rank(self._ticket)

    @property
    def wait(self) -> float:
        """How many seconds those renders are expected to take."""
        return self.turns.wait_for(self._ticket)

    def _work(self) -> None:
        try:
            while not self._ticket.ready.wait(WAIT_SECONDS) and not self._stop.is_set():
                pass
            if self._stop.is_set():
                self.stopped = True
            else:
                self._run()
        except DreamError as error:
            self.error = error
        except Exception as error:  # a bug of ours must end this render, not the page
            LOG.exception("a render failed")
            self.error = error
        finally:
            self.turns.leave(self._ticket)
            self.turns.ledger.ended(self.outcome, self.preset, self.photo.size, self.seconds)
            if self.ended is not None:
                self.ended(self)
            self.done.set()

    def _run(self) -> None:
        self.started, self.trace = time.monotonic(), LossTrace()
        self.turns.ledger.waits.add(self.started - self._queued)
        if self.begun is not None:
            self.every_octave |= self.begun.every_octave
        stream: Any = self.frames()
        try:
            while True:
                with self._turn(), between_tiles(self._between_tiles), engine_lent(self.turns.lent_back):
                    before = time.perf_counter()
                    frame = next(stream, None)
                    self.seconds += (lasted := time.perf_counter() - before)
                if frame is None:
                    break
                self.take(frame)
                self.turns.ledger.steps.add(lasted)
                self.version += 1
                self._ticket.seconds = self.expected * (1 - frame.progress)
                if self._stop.is_set():
                    self.stopped = not frame.is_last
                    break
        except LeftError:
            self.stopped = True
        finally:
            with self._turn():
                stream.close()
        if self.frame is not None and not self._abandoned:
            self.delivered = np.asarray(self.deliver(self.frame), np.float32)
            self.kept = self.keep(self) if self.keep is not None else None

    def take(self, frame: Any) -> None:
        """Take in the newest frame."""
        if self.frame is not None and frame.octave != self.frame.octave:
            self._keep_for_film(self.frame)
        self.frame = frame
        assert self.trace is not None
        self.trace.add(frame)

    def told(self, frame: Any) -> dict[str, Any]:
        """Return what a frame tells of how far the work is."""
        return {name: getattr(frame, name) for name in ("octave", "octaves", "step", "steps", "progress")}

    def _turn(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext() if self.workers.elsewhere else self.turns.render_step()

    def _moved(self) -> None:
        self.moves += 1

    def _between_tiles(self) -> None:
        if self._stop.is_set():
            raise LeftError
        if self.workers.elsewhere:
            return
        before = time.perf_counter()
        self.turns.give_way()
        self.seconds -= time.perf_counter() - before

    def _keep_for_film(self, frame: Frame) -> None:
        held = sum(each.image.nbytes for each in self.every_octave.values())
        if frame.image.size + held > MOST_FILM:
            self.every_octave.clear()
            self._filming = False
        if self._filming:
            self.every_octave[frame.octave] = replace(frame, image=to_uint8(frame.image))

    def frames(self) -> Iterator[Frame]:
        """Begin the work."""
        pace = PACE if self.workers.elsewhere else 0.0  # here each step has a turn of its own
        return self.workers.frames(self.job(), pace=pace, moved=self._moved)

    def job(self) -> Job:
        """Return what workers are asked for."""
        begun = self.begun.frame if self.begun is not None else None
        return Dream(self.photo.pixels, self.recipe, guide=self.guide, mask=self.mask, raw=True, begun=begun)

    def deliver(self, frame: Frame) -> np.ndarray:
        """Bring any of its frames to the photo's size, (h, w, 3) in [0, 1]."""
        from deepdream.dreaming import deliver

        return deliver(frame, self.photo, self.recipe, raw=True)
