"""Long work gives way to others: it heeds, between two tiles, who wants it to end or to wait, and lends out the engine.

Who runs the work says so around it, by a context manager; the work itself knows of nobody.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

_between: ContextVar[Callable[[], None] | None] = ContextVar("between", default=None)
_aside: ContextVar[Callable[[], AbstractContextManager[None]]] = ContextVar("aside", default=nullcontext)


@contextmanager
def between_tiles(do: Callable[[], None]) -> Iterator[None]:
    """Have `do` called between any two tiles that this context works through; what it raises ends the work.

    A step on a large picture may last long: so it can be stopped, and give way to others, within a tile.
    """
    token = _between.set(do)
    try:
        yield
    finally:
        _between.reset(token)


class LeftError(Exception):
    """Nobody wants the work any more: it was left between two of its tiles."""


def until(left: Callable[[], bool]) -> AbstractContextManager[None]:
    """Have this context's work left, between any two tiles, once `left` says so.

    Raises:
        LeftError: it was left.
    """

    def look() -> None:
        if left():
            raise LeftError

    return between_tiles(look)


@contextmanager
def engine_lent(while_aside: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """Have `while_aside` entered wherever this context's work does without the engine for long; see `aside`."""
    token = _aside.set(while_aside)
    try:
        yield
    finally:
        _aside.reset(token)


def aside() -> AbstractContextManager[None]:
    """Return what to hold while a large picture is resized or finished: who lent the engine may have it back."""
    return _aside.get()()


def heed() -> None:
    """Do what `between_tiles` asked for: also while another process works through the tiles."""
    do = _between.get()
    if do is not None:
        do()
