"""What goes, and when: renders that nobody follows, visitors who have left, uploads that nobody opened.

A look every few seconds, by a thread of its own: what is due goes, whether somebody else comes or not.
"""

import logging
import os
import shutil
import stat
import threading
import time
from collections import Counter, deque
from pathlib import Path

from deepdream.web.server.limits import Limits
from deepdream.web.server.messages import in_a_line
from deepdream.web.server.scheduler import Turns
from deepdream.web.server.uploads import HASH
from deepdream.web.server.visitors import Visitor, Visitors

LOG = logging.getLogger(__name__)
SECONDS = 5.0  # from one look to the next
ABORTED = 600.0  # seconds after which an upload that broke off goes; Gradio writes it as tmp* until it is whole
ROOM = 0.75  # of what may be held; beyond it those who are away go
UNOPENED = 900.0  # after which one goes that was never opened


class Keeper:
    """Look after what visitors have here."""

    def __init__(self, visitors: Visitors, turns: Turns, limits: Limits) -> None:
        self.visitors = visitors
        self.turns = turns
        self.limits = limits
        self.full = False  # no more uploads are taken
        self._lock = threading.Lock()
        self._uploads: deque[tuple[float, str, int]] = deque()  # when, whose, bytes: at most that lies here unopened
        self._unopened: Counter[str] = Counter()  # the sums of those bytes, by caller

    def start(self) -> None:
        """Look again and again, until the process ends."""
        threading.Thread(target=self._look_on, name="keeper", daemon=True).start()

    def _look_on(self) -> None:
        while True:
            try:
                self.look()
            except Exception as error:  # the next look goes on
                LOG.warning("the keeper stumbled: %s", in_a_line(error))
            time.sleep(SECONDS)

    def look(self) -> None:
        """Let go what is due."""
        for visitor in self.visitors.all():
            self.end_renders(visitor)
            limits = self.limits
            if self.visitors.away(visitor) > (limits.remembered if visitor.page else limits.remembered_program):
                self.visitors.end(visitor)
        self.sweep_uploads()
        self.measure()

    def end_renders(self, visitor: Visitor) -> None:
        """Stop the renders that nobody follows, and one that has run for too long.

        A page may come back, so what it left running is kept as far as it came, and gives way only to others. A
        program that broke off its stream has no way to come back.
        """
        away = self.visitors.away(visitor)
        for render in list(visitor.renders):
            lasted = time.monotonic() - render.started if render.started is not None else 0.0
            if not visitor.page and away > self.limits.unfollowed:
                render.stop()
            elif lasted > self.limits.wall or (away > self.limits.away and self.turns.others_wait):
                render.stop(keep=True)

    def sweep_uploads(self) -> None:
        """Remove uploads that broke off, and those that nobody opened."""
        now = time.time()
        for path in self.visitors.root.iterdir() if self.visitors.root.is_dir() else ():
            about = _about(path)
            age = now - about.st_mtime if about is not None else 0.0
            if path.name.startswith("tmp") and path.is_file() and age > ABORTED:
                path.unlink(missing_ok=True)
            elif HASH.fullmatch(path.name) and not path.is_symlink() and age > UNOPENED:
                shutil.rmtree(path, ignore_errors=True)

    def measure(self) -> None:
        """Find out whether there is room for more; where there is not, those who are away longest go first.

        But for no upload that nobody opened: whoever sends many closes the way for more, and ends nobody's work.
        """
        while (self._crowded() or self._nearly_held()) and (gone := self._longest_away()) is not None:
            self.visitors.end(gone)
        self.full = self._crowded(self.unopened())

    def _nearly_held(self) -> bool:
        """Say whether what visitors hold comes near the limit at which somebody who is here would be refused."""
        return self.visitors.kept_bytes() > ROOM * self.limits.kept_of_all

    def took(self, caller: str, size: int) -> None:
        """Note that a caller uploaded so many bytes; also where the upload broke off."""
        with self._lock:
            self._uploads.append((time.monotonic(), caller, size))
            self._unopened[caller] += size

    def unopened(self, caller: str | None = None) -> int:
        """Return the bytes that were uploaded lately, by all or by one caller."""
        with self._lock:
            while self._uploads and time.monotonic() - self._uploads[0][0] > UNOPENED:
                _, who, size = self._uploads.popleft()
                self._unopened[who] -= size
                self._unopened += Counter()  # drops those at 0
            return self._unopened.total() if caller is None else self._unopened[caller]

    def _crowded(self, unopened: int = 0) -> bool:
        """Say whether the disk holds more than it may, so many bytes of uploads among it."""
        root = self.visitors.root
        if not root.is_dir():
            return False
        folders = [folder for each in self.visitors.all() for folder in (each.folder, each.private)]
        held = sum(map(_size, folders)) + unopened
        return held > self.limits.disk or shutil.disk_usage(root).free < self.limits.disk_free

    def _longest_away(self) -> Visitor | None:
        away = [each for each in self.visitors.all() if self.visitors.away(each)]
        return max(away, key=self.visitors.away, default=None)


def _size(folder: Path) -> int:
    found = (_about(Path(at) / name) for at, _, names in os.walk(folder) for name in names)
    return sum(about.st_size for about in found if about is not None and stat.S_ISREG(about.st_mode))


def _about(path: Path) -> os.stat_result | None:
    """Return what the system tells of a path that was listed, or None: what visitors have here may go at any time."""
    try:
        return path.lstat()
    except OSError:
        return None
