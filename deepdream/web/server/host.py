"""What all visitors of one server share: the engine's turns, the cost model, the folders, the loaded networks."""

import asyncio
import contextlib
import ctypes
import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from gradio.utils import get_upload_folder

from deepdream.errors import DownloadError, NetworkError, nearest, quoted
from deepdream.networks import Network, load_network, network_names
from deepdream.recipe import Recipe
from deepdream.web.server.costs import Costs
from deepdream.web.server.decoders import Decoders, clip_process
from deepdream.web.server.folders import private_folder
from deepdream.web.server.lifetimes import Keeper
from deepdream.web.server.limits import Limits
from deepdream.web.server.scheduler import Turns
from deepdream.web.server.visitors import Visitors
from deepdream.workers import Dream, Workers, open_workers

LOG = logging.getLogger(__name__)
WARM_SIDE = 192
EMBEDDED = "compact"
DOWNLOADS = 2  # at a time
REMEMBERED = 60.0  # seconds for which an address that gave nothing is not asked again
HANDS, QUICK_HANDS, EYES, EXPLORERS = 4, 4, 6, 6  # threads; see Host.do, quick, preview, explore
QUICK = 12_000_000  # bytes of a picture that is resized in some hundredths of a second
T = TypeVar("T")


class Host:
    """Hold what the page's functions share; made once by `build`.

    workers: who computes whole dreams, style transfers and the like; this process by default.
    """

    def __init__(self, visitors: Visitors, limits: Limits | None = None, workers: Workers | None = None) -> None:
        self.visitors = visitors
        self.limits = limits = limits or Limits()
        self.workers = workers or open_workers()
        self.turns = Turns(limits, lambda: self.workers.count)
        self.keeper = Keeper(visitors, self.turns, limits)
        self.costs = Costs(limits)
        self.decoders = Decoders(limits)
        self.clips = Decoders(limits, lambda: clip_process(limits))  # without the extra `film` nobody asks them
        self.warm = threading.Event()
        self.loaded: set[str] = set()  # networks that are in memory, or were
        self._missed: dict[str, tuple[float, str]] = {}  # when and why one could not be had
        self._downloads = ThreadPoolExecutor(DOWNLOADS, "download")
        self._hands = ThreadPoolExecutor(HANDS, "pictures")
        self._quick = ThreadPoolExecutor(QUICK_HANDS, "small pictures")
        self._eyes = ThreadPoolExecutor(EYES, "previews")
        self._explorers = ThreadPoolExecutor(EXPLORERS, "explorers")

    async def do(self, work: Callable[..., T], *about: Any) -> T:
        """Do work on pictures (to resize, encode, finish) away from the event loop, by hands that do nothing else.

        Each of these kinds of work has threads of its own, so that who fills one of them holds up no other.
        """
        return await _within(self._hands, work, *about)

    async def quick(self, work: Callable[..., T], *about: Any) -> T:
        """Do work on a picture of QUICK bytes at most, which so never waits for large ones."""
        return await _within(self._quick, work, *about)

    async def preview(self, work: Callable[..., T], *about: Any) -> T:
        """Dream a preview, or do another thing that takes the engine for some tenths of a second."""
        return await _within(self._eyes, work, *about)

    async def explore(self, work: Callable[..., T], *about: Any) -> T:
        """Take some steps of a longer piece of work of the rooms that explore."""
        return await _within(self._explorers, work, *about)

    def network(self, name: str) -> Network:
        """Return a network by name, loaded once a process; see `fetch` for one that may have to be downloaded.

        Raises:
            NetworkError: it is unknown, not among those that this host allows, or its weights cannot be had.
        """
        allowed = self.networks()
        if name not in allowed:
            raise NetworkError(f"the network {quoted(name)} is not on this page; {nearest(name, allowed)}")
        when, why = self._missed.get(name, (0.0, ""))
        if why and time.monotonic() - when < REMEMBERED:
            raise DownloadError(why)
        try:
            network = load_network(name)
        except DownloadError as error:
            self._missed[name] = time.monotonic(), str(error)
            raise
        self.loaded.add(name)
        return network

    async def fetch(self, name: str) -> Network:
        """Return a network by name, and hold up nobody who wants another one: downloads have threads of their own.

        Raises:
            NetworkError: as `network`.
        """
        here = name in self.loaded or name == EMBEDDED
        return await _within(self._eyes if here else self._downloads, self.network, name)

    def networks(self) -> tuple[str, ...]:
        """Return the networks that visitors may choose."""
        names, allowed = network_names(), self.limits.networks
        return names if allowed == ("all",) else tuple(name for name in names if name in allowed)

    def warm_up(self) -> None:
        """Start to load TensorFlow and compile the default dream in the background, and measure this host's speed.

        With it starts the keeper, who lets go what visitors left.
        """
        self.keeper.start()
        threading.Thread(target=self._warm_up, name="warm-up", daemon=True).start()

    def _warm_up(self) -> None:
        try:
            noise = np.random.default_rng(0).random((WARM_SIDE, WARM_SIDE, 3), np.float32)
            recipe = Recipe(octaves=1, steps=6)
            times = []
            with self.turns.preview_step():
                stream = Dream(noise, recipe, loaded=self.network(recipe.network)).frames()
                while True:
                    before = time.perf_counter()
                    if next(stream, None) is None:
                        break
                    times.append(time.perf_counter() - before)
            if len(times) > 3:  # the first steps trace and compile
                self.costs.learn(recipe, 3 * WARM_SIDE**2 / 1e6, float(np.median(times[2:])) * 3)
        except Exception:
            LOG.exception("the engine could not be warmed up; the first dream will say why")
        finally:
            self.warm.set()


async def _within(pool: ThreadPoolExecutor, work: Callable[..., T], *about: Any) -> T:
    """Do work in a thread of a pool, with the context of who asks."""
    return await asyncio.get_running_loop().run_in_executor(pool, copy_context().run, work, *about)


def share_heaps() -> None:
    """Let all threads share two of the C library's heaps, where it is glibc.

    Each render has a thread of its own; with a heap for each, what one gave back would not serve the next.
    """
    arena_max = -8  # M_ARENA_MAX of malloc.h
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(arena_max, 2)


def give_back_memory() -> None:
    """Hand what the C library keeps for later back to the system, where it is glibc: some milliseconds after a run."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def make_host(limits: Limits | None = None, workers: Workers | None = None) -> Host:
    """Make the shared part of a page, with a folder for photos that is never served.

    The served folder is Gradio's own, GRADIO_TEMP_DIR. It is swept only where that is named: Gradio's default is
    shared by every Gradio page of the machine.
    """
    share_heaps()
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        LOG.warning("this server runs as root: whoever finds a fault in it owns the machine. Run it as another user.")
    visitors = Visitors(Path(get_upload_folder()), private_folder(), limits)
    if os.environ.get("GRADIO_TEMP_DIR"):
        visitors.sweep()
    return Host(visitors, limits, workers)
