"""Who may use the processor next: one render at a time, previews between its steps.

Gradio frees a slot as soon as its generator is cancelled, while the step it was in still runs, and one render lasts
seconds. So the engine is lent for one gradient step at a time: a preview that waits goes first, whole renders queue.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

PREVIEW_STEPS_IN_A_ROW = 12  # after so many a waiting render gets one step, however many visitors move sliders


@dataclass(eq=False)
class Ticket:
    """Stand for one render in the queue; `ready` is set once it is the one that runs.

    seconds: how long it is expected to take, or still to take.
    """

    seconds: float = 0.0
    ready: threading.Event = field(default_factory=threading.Event)


class Turns:
    """Lend the engine for one step at a time, and order whole renders first come, first served."""

    def __init__(self, *, limit: int = 24) -> None:
        self.limit = limit
        self._condition = threading.Condition()
        self._busy = False
        self._previews = 0  # previews that wait for a step
        self._renders = 0
        self._preview_run = 0
        self._queue: list[Ticket] = []

    @contextmanager
    def preview_step(self) -> Iterator[None]:
        """Hold the engine for one step of a preview."""
        with self._condition:
            self._previews += 1
            while self._busy or (self._renders and self._preview_run >= PREVIEW_STEPS_IN_A_ROW):
                self._condition.wait()
            self._previews -= 1
            self._preview_run += 1
            self._busy = True
        try:
            yield
        finally:
            self._give_back()

    @contextmanager
    def render_step(self) -> Iterator[None]:
        """Hold the engine for one step of a render; waiting previews go first."""
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

    def _take_for_render(self) -> None:
        with self._condition:
            self._renders += 1
            while self._busy or (self._previews and self._preview_run < PREVIEW_STEPS_IN_A_ROW):
                self._condition.wait()
            self._renders -= 1
            self._preview_run = 0
            self._busy = True

    def enter(self, seconds: float = 0.0) -> Ticket | None:
        """Queue one render of so many expected seconds and return its ticket, or None if the queue is full."""
        with self._condition:
            if len(self._queue) >= self.limit:
                return None
            ticket = Ticket(seconds)
            self._queue.append(ticket)
            self._queue[0].ready.set()
            return ticket

    def place(self, ticket: Ticket) -> int:
        """Return how many renders run before this one: 0 means that it is its turn (or that it has left)."""
        with self._condition:
            return self._queue.index(ticket) if ticket in self._queue else 0

    def wait_for(self, ticket: Ticket) -> float:
        """Return the seconds until this render's turn, as far as they can be expected."""
        with self._condition:
            return (
                sum(each.seconds for each in self._queue[: self._queue.index(ticket)]) if ticket in self._queue else 0.0
            )

    def leave(self, ticket: Ticket) -> None:
        """Take a render out of the queue, done or not; the next one becomes ready."""
        with self._condition:
            if ticket in self._queue:
                self._queue.remove(ticket)
            if self._queue:
                self._queue[0].ready.set()

    def _give_back(self) -> None:
        with self._condition:
            self._busy = False
            self._condition.notify_all()
