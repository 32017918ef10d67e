"""Who is on the page: one record and one random folder a visitor, gone when the tab closes.

Everything inside Gradio's upload folder can be fetched by whoever knows its name, so the names are random, nothing of
one visitor is ever named to another, and the folders are removed with their visitor and swept when the page starts.
"""

import contextlib
import secrets
import shutil
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
from PIL import Image

from deepdream.images import Photo, to_uint8
from deepdream.web.server.held import HeldPhoto, planes_of
from deepdream.web.server.limits import Limits
from deepdream.web.server.render import Render
from deepdream.web.server.uploads import HASH, Uploads

PREFIX = "visitor-"
KEPT_FILES = 12  # a browser may still be fetching the frame before the newest; more than this is waste


class State:
    """Be what one part of the page keeps of a visitor: made when it is first asked for, gone with them."""

    def kept_bytes(self) -> int:
        """Return the bytes of pictures in memory that count against what a visitor may hold."""
        return 0

    def renew(self) -> None:
        """Let go what belongs to the photo before: another one was brought."""


Kept = TypeVar("Kept", bound=State)
Kind = TypeVar("Kind", bound="Render")


@dataclass(eq=False)
class Visitor:
    """Keep what one open tab (or one client of the API) has on the server.

    folder: served by Gradio to whoever knows a name in it. private: never served; holds the photo in full. key: what
    their browser keeps to find them again; unlike the session's name it is never in an address or a log. page: a tab
    with a heartbeat, not a program that asks once. caller: whom they count for.
    """

    folder: Path
    private: Path
    lock: threading.RLock = field(default_factory=threading.RLock)
    generation: int = 0  # counts previews: an older one that is still at work stops
    renders: list[Render] = field(default_factory=list)  # running and waiting
    frames: list[Path] = field(default_factory=list)  # pictures of a moment, which go after some newer ones
    retired: list[Path] = field(default_factory=list)  # files that somebody may be fetching, and so do these
    closed: bool = False
    key: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    page: bool = False
    caller: str = ""
    last_visit: float = field(default_factory=time.monotonic)
    _states: "dict[type[State], State]" = field(default_factory=dict)

    def of(self, kind: type[Kept]) -> Kept:
        """Return what is kept of the visitor under a type, new if need be."""
        return cast(Kept, self._states.get(kind) or self._states.setdefault(kind, kind()))

    @property
    def states(self) -> list[State]:
        """All that is kept of the visitor."""
        return list(self._states.values())

    def running(self, kind: type[Kind]) -> Kind | None:
        """Return the visitor's first render of a kind, running or waiting."""
        return next((each for each in self.renders if type(each) is kind), None)

    def new_file(self, suffix: str) -> Path:
        """Return a new random path in the visitor's folder."""
        return self.folder / f"{secrets.token_urlsafe(12)}{suffix}"

    def write_picture(self, image: np.ndarray, *, quality: int = 88, keep: bool = False) -> Path:
        """Write a picture (h, w, 3), uint8 or in [0, 1], as JPEG and return its path.

        Unless `keep` it is one of a moment, as the frames of a dream, and goes after some newer ones of these alone.
        """
        path = self.new_file(".jpg")
        pixels = image if image.dtype == np.uint8 else to_uint8(image)
        Image.fromarray(pixels).save(path, quality=quality)
        if not keep:
            self._let_go(self.frames, path)
        return path

    def retire(self, path: Path) -> None:
        """Let a file go after some newer ones, frames not among them: a browser may be fetching it."""
        self._let_go(self.retired, path)

    def _let_go(self, files: list[Path], path: Path) -> None:
        with self.lock:
            files.append(path)
            while len(files) > KEPT_FILES:
                files.pop(0).unlink(missing_ok=True)

    def next_generation(self) -> int:
        """Count one preview up and return its number: work of an older number is out of date."""
        with self.lock:
            self.generation += 1
            return self.generation

    def new_private_file(self) -> Path:
        """Return a new random path, of a stored photo, where nobody can fetch it."""
        return self.private / f"{secrets.token_urlsafe(12)}.npy"

    def keep_photo(self, photo: "Photo") -> Path:
        """Store a photo in full, 8 bits a channel, where nobody can fetch it, and return the file."""
        if (stored := self._stored(photo)) is not None:
            return stored
        path = self.new_private_file()
        np.save(path, planes_of(photo))
        return path

    def unlink_private(self, photo: "Photo") -> None:
        """Remove the file of a photo; one that is mapped stays readable until it is given up."""
        if (stored := self._stored(photo)) is not None:
            stored.unlink(missing_ok=True)

    def _stored(self, photo: "Photo") -> Path | None:
        """Return the file in the private folder from which a photo is mapped."""
        name = getattr(photo.planes, "filename", None) if isinstance(photo, HeldPhoto) else None
        path = Path(name) if name is not None else None
        return path if path is not None and path.parent == self.private.resolve() and path.is_file() else None

    def kept_bytes(self) -> int:
        """Return the bytes of the photos and pictures that are kept for this visitor, on the disk and in memory.

        Without the lock, which must not be waited for on the event loop.
        """
        stored = 0
        with contextlib.suppress(OSError):  # the visitor has just gone
            for file in self.private.glob("*.npy"):
                with contextlib.suppress(OSError):  # it has just gone
                    stored += file.stat().st_size
        return stored + sum(state.kept_bytes() for state in self.states)


class TooMany(Exception):
    """Report that there is no place for another visitor."""


class Visitors:
    """Find the record of a visitor by the session's hash or their own key; forget it with all its files."""

    def __init__(self, root: Path, private: Path, limits: Limits | None = None) -> None:
        self.root = root
        self.private = private
        self.limits = limits or Limits()
        self.uploads = Uploads(root)
        self._lock = threading.RLock()
        self._records: dict[str, Visitor] = {}
        self._streams: Counter[str] = Counter()  # open ones, by session
        self._pages: Counter[str] = Counter()  # those of them that are heartbeats

    def __len__(self) -> int:
        return len(self.all())

    def all(self) -> list[Visitor]:
        """Return all visitors."""
        with self._lock:
            return list(dict.fromkeys(self._records.values()))

    def kept_bytes(self, caller: str | None = None) -> int:
        """Return the bytes of photos and pictures that are kept for all visitors, or for those of one caller."""
        return sum(visitor.kept_bytes() for visitor in self.all() if caller in (None, visitor.caller))

    def sweep(self) -> int:
        """Remove what an earlier start left behind, uploads too, and return how many folders there were."""
        left = [path for root in (self.root, self.private) if root.is_dir() for path in root.iterdir() if path.is_dir()]
        alive = {folder for visitor in self.all() for folder in (visitor.folder, visitor.private)}
        swept = [folder for folder in left if folder not in alive and _is_ours(folder.name)]
        for folder in swept:
            shutil.rmtree(folder, ignore_errors=True)
        return len(swept)

    def of(self, session: str | None, caller: str = "") -> Visitor:
        """Return the visitor of a session, new if need be; a session without a name gets a record of its own.

        Raises:
            TooMany: there is no place for a new one.
        """
        name = session if session else secrets.token_urlsafe(16)
        with self._lock:
            if name not in self._records:
                self._make_room(caller)
                self._records[name] = self._new(caller, page=self._pages[name] > 0)
            visitor = self._records[name]
            visitor.last_visit, visitor.caller = time.monotonic(), caller
            return visitor

    def resume(self, key: str, session: str, caller: str = "") -> Visitor | None:
        """Give a session the visitor whose key it knows, and return them; None where there is none, or not to be had.

        A visitor whose own tab is open stays with it: a second tab is a second visitor.
        """
        with self._lock:
            found = next((each for each in self.all() if secrets.compare_digest(each.key.encode(), key.encode())), None)
            sessions = [name for name, each in self._records.items() if each is found and name != session]
            if found is None or any(self._streams[name] for name in sessions):
                return None
            for name in sessions:
                del self._records[name]
            if self._records.get(session) not in (None, found):
                self.forget(session)  # what the new page was given before it told who it is
            self._records[session] = found
            found.last_visit, found.caller = time.monotonic(), caller
            found.page = found.page or self._pages[session] > 0
            return found

    def knows(self, key: str) -> bool:
        """Say whether there is a visitor of this key."""
        return any(secrets.compare_digest(each.key.encode(), key.encode()) for each in self.all())

    def arrive(self, session: str, *, page: bool) -> None:
        """Note that a stream of a session was opened: the heartbeat of a page, or what a program follows."""
        with self._lock:
            self._streams[session] += 1
            self._pages[session] += page
            if session in self._records and page:
                self._records[session].page = True

    def depart(self, session: str, *, page: bool) -> None:
        """Note that a stream of a session has ended."""
        with self._lock:
            self._streams[session] -= 1
            self._pages[session] -= page
            self._streams, self._pages = +self._streams, +self._pages  # without those that are at 0
            if session in self._records:
                self._records[session].last_visit = time.monotonic()

    def away(self, visitor: Visitor) -> float:
        """Return the seconds since a visitor's last sign of life; 0 while a stream of theirs is open."""
        with self._lock:
            sessions = [name for name, each in self._records.items() if each is visitor]
            return 0.0 if any(self._streams[name] for name in sessions) else time.monotonic() - visitor.last_visit

    def forget(self, session: str | None) -> bool:
        """End a visitor's work and remove all of their files; return whether there were any."""
        with self._lock:
            visitor = self._records.get(session) if session else None
        if visitor is not None:
            self.end(visitor)
        return visitor is not None

    def end(self, visitor: Visitor) -> None:
        """End a visitor's work and remove all of their files."""
        with self._lock:
            self._records = {name: each for name, each in self._records.items() if each is not visitor}
        visitor.closed = True
        with visitor.lock:
            visitor.generation += 1
            for render in visitor.renders:
                render.stop()
        for folder in (visitor.folder, visitor.private):
            shutil.rmtree(folder, ignore_errors=True)

    def _new(self, caller: str, *, page: bool) -> Visitor:
        name = PREFIX + secrets.token_urlsafe(16)
        (self.root / name).mkdir(parents=True)
        (self.private / name).mkdir(parents=True, mode=0o700)
        return Visitor(self.root / name, self.private / name, page=page, caller=caller)

    def _make_room(self, caller: str) -> None:
        """Let the visitor go who has been away for longest, where there are too many, or too many of one caller."""
        everybody = self.all()
        own = [each for each in everybody if each.caller == caller]
        crowd = own if len(own) >= self.limits.visitors_a_caller else everybody
        if crowd is everybody and len(everybody) < self.limits.visitors:
            return
        longest = max(crowd, key=self.away)
        if not self.away(longest):
            raise TooMany
        self.end(longest)


def _is_ours(name: str) -> bool:
    return name.startswith(PREFIX) or HASH.fullmatch(name) is not None
