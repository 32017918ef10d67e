"""Who may use the processor next: as many renders at a time as there are engines, callers in turn, previews between.

Gradio frees a slot as soon as its generator is cancelled, while the step it was in still runs, and one render lasts
seconds. So the engine is lent for one gradient step at a time: a preview that waits goes first, whole renders queue.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from deepdream.web.server.budgets import Budgets
from deepdream.web.server.ledger import Ledger
from deepdream.web.server.limits import Limits

Turn: TypeAlias = Callable[[], AbstractContextManager[None]]  # what lends the engine for one step

SPARE = 0.3  # seconds without a step of anybody's preview, after which the engine has time to spare
PREVIEW_STEPS_IN_A_ROW = 12  # after so many a waiting render gets one step, however many visitors move sliders


@dataclass(eq=False)
class Ticket:
    """Stand for one render in the queue; `ready` is set once it is the one that runs.

    seconds: how long it is expected to take, or still to take. caller: who asked for it. start: where it stands in the
    order, in seconds of work that its caller had been given or promised before it.
    """

    seconds: float = 0.0
    caller: str = ""
    start: float = 0.0
    ready: threading.Event = field(default_factory=threading.Event)


class Turns:
    """Lend the engine for one step at a time, and order whole renders so that callers take turns.

    A caller's next render starts, in the order, where their last one ends; somebody who comes anew starts where the
    running one did (start-time fair queueing, Goyal, Vin and Cheng 1996). So nobody waits behind more than one render
    of somebody who has queued many.
    """

    def __init__(self, limits: Limits | None = None, engines: Callable[[], int] = lambda: 1) -> None:
        self.limits = limits or Limits()
        self.budgets = Budgets(self.limits.seconds_an_hour)
        self.ledger = Ledger()
        self._engines = engines
        self.closing = False  # the server is about to end: no more renders are taken, those in the queue go on
        self._ends: dict[str, float] = {}  # by caller, of those that have a render in the queue
        self._condition = threading.Condition()
        self._busy = False
        self._previews = 0  # previews that wait for a step
        self._renders = 0
        self._preview_run = 0
        self._asked = 0.0  # when the newest step of a preview began or ended
        self._queue: list[Ticket] = []

    @contextmanager
    def preview_step(self) -> Iterator[None]:
        """Hold the engine for one step of a preview."""
        with self._condition:
            self._previews += 1
            self._take(lambda: not self._renders or self._preview_run < PREVIEW_STEPS_IN_A_ROW)
            self._previews -= 1
            self._preview_run += 1
            self._asked = time.monotonic()
        try:
            yield
        finally:
            self._asked = time.monotonic()
            self._give_back()

    @contextmanager
    def render_step(self) -> Iterator[None]:
        """Hold the engine for one step of a render; waiting previews go first.

        So may what nobody asked for, that looks at `spare` before each step.
        """
        self._take_for_render()
        try:
            yield
        finally:
            self._give_back()

    def give_way(self) -> None:
        """Lend the engine to previews that wait, in the middle of a render's step, and take it back after them."""
        if self._previews:
            self._give_back()
            self._take_for_render()

    @contextmanager
    def lent_back(self) -> Iterator[None]:
        """Leave the engine to anybody for a while, in the middle of a render's step, and take it back."""
        self._give_back()
        try:
            yield
        finally:
            self._take_for_render()

    def _take_for_render(self) -> None:
        with self._condition:
            self._renders += 1
            self._take(lambda: not self._previews or self._preview_run >= PREVIEW_STEPS_IN_A_ROW)
            self._renders -= 1
            self._preview_run = 0

    def _take(self, may: Callable[[], bool]) -> None:
        """Wait for the engine, and until one `may` have it; the condition is held."""
        self._condition.wait_for(lambda: not self._busy and may())
        self._busy = True

    def enter(self, seconds: float = 0.0, caller: str = "") -> Ticket | None:
        """Queue one render of so many expected seconds and return its ticket, or None if there is no place for it."""
        with self._condition:
            own, limits = sum(each.caller == caller for each in self._queue), self.limits
            if self.closing or len(self._queue) >= limits.waiting or own >= limits.waiting_a_caller:
                return None
            now = self._queue[0].start if self._queue else 0.0
            ticket = Ticket(seconds, caller, max(now, self._ends.get(caller, now)))
            self._ends[caller] = ticket.start + max(1.0, seconds)
            waiting = range(self.engines, len(self._queue))
            later = [index for index in waiting if self._queue[index].start > ticket.start]
            self._queue.insert(later[0] if later else len(self._queue), ticket)
            self._call()
            return ticket

    @property
    def engines(self) -> int:
        """How many renders run at once; engines join and leave."""
        return self._engines()

    @property
    def idle(self) -> bool:
        """Whether no render is under way and no preview waits, so that what nobody asked for may use the engine."""
        return not self._queue and not self._previews

    @property
    def spare(self) -> bool:
        """Whether the engine is idle, and has been for a moment: a preview is not between two of its steps."""
        return self.idle and time.monotonic() - self._asked > SPARE

    @property
    def length(self) -> int:
        """How many renders run or wait."""
        return len(self._queue)

    @property
    def others_wait(self) -> bool:
        """Whether anybody waits behind the renders that run."""
        return len(self._queue) > self.engines

    def rank(self, ticket: Ticket) -> int:
        """Return how many renders must end before this one: 0 means that it is its turn (or that it has left)."""
        with self._condition:
            self._call()  # an engine may have joined
            return max(0, self._queue.index(ticket) + 1 - self.engines) if ticket in self._queue else 0

    def wait_for(self, ticket: Ticket) -> float:
        """Return the seconds until this render's turn, as far as they can be expected."""
        with self._condition:
            before = self._queue[: self._queue.index(ticket)] if ticket in self._queue else []
            return sum(each.seconds for each in before) / self.engines if len(before) >= self.engines else 0.0

    def leave(self, ticket: Ticket) -> None:
        """Take a render out of the queue, done or not; the next one becomes ready."""
        with self._condition:
            if ticket in self._queue:
                self._queue.remove(ticket)
            if not any(each.caller == ticket.caller for each in self._queue):
                self._ends.pop(ticket.caller, None)
            self._call()

    def _call(self) -> None:
        for ticket in self._queue[: self.engines]:
            ticket.ready.set()

    def _give_back(self) -> None:
        with self._condition:
            self._busy = False
            self._condition.notify_all()
