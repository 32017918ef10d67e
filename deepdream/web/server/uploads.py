"""The gate for the files that requests name: an upload of this server, and nothing else.

Gradio puts an upload at root/<hash of its bytes>/<name>, and tells the browser that path; later requests name it. But a
request may name any path, so nothing is opened, removed or even looked at before `uploaded_file` has let it through.
"""

import logging
import re
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NewType

LOG = logging.getLogger(__name__)
HASH = re.compile("[0-9a-f]{40,128}")  # Gradio names an upload's folder by the hash of its bytes
UPLOAD_GRACE = 10.0  # seconds
MOST_CHARACTERS = 4096  # of a path

Upload = NewType("Upload", Path)  # what has passed the gate


def uploaded_file(path: object, root: Path) -> Upload | None:
    """Return `path` if it names a file that a visitor uploaded under `root`, else None.

    The words of the path come first: the system is asked about nothing that lies outside of root/<hash>/<name>, so that
    an answer tells nobody what else exists. Links are refused, and paths with dots.
    """
    if not isinstance(path, (str, Path)) or len(str(path)) > MOST_CHARACTERS or "\0" in str(path):
        return None
    file = Path(path)
    if ".." in file.parts or not HASH.fullmatch(file.parent.name):
        return None
    if file.parent.parent not in (root, root.resolve()):
        return None
    try:
        plain = stat.S_ISDIR(file.parent.lstat().st_mode) and stat.S_ISREG(file.lstat().st_mode)
    except (OSError, ValueError):  # it is not there, or no file can have that name
        return None
    return Upload(file) if plain else None


def named_files(data: Any) -> Iterator[object]:
    """Yield what stands under the key "path" in a request's data, at any depth; Gradio takes that for a file."""
    waiting = [data]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if each.get("path") is not None:
                yield each["path"]
            waiting.extend(each.values())
        elif isinstance(each, (list, tuple)):
            waiting.extend(each)


class Uploads:
    """Remove uploads soon after they were read: they hold the photo's own notes, such as where it was taken.

    Not at once: Gradio keeps equal uploads of two visitors as one file, and the second may be about to read it.
    """

    def __init__(self, root: Path, grace: float = UPLOAD_GRACE) -> None:
        self.root = root
        self.grace = grace
        self._lock = threading.Lock()
        self._waiting: set[Path] = set()

    def drop(self, file: Path) -> None:
        """Remove an upload, and its folder with it, once it has not been written for the grace time.

        What is no upload of this server stays, whoever asks.
        """
        if uploaded_file(file, self.root) is None:
            return
        with self._lock:
            if file in self._waiting:
                return
            self._waiting.add(file)
        self._later(file, self.grace)

    def _later(self, file: Path, seconds: float) -> None:
        timer = threading.Timer(seconds, self._remove, (file,))
        timer.daemon = True
        timer.start()

    def _remove(self, file: Path) -> None:
        upload = uploaded_file(file, self.root)  # again: it may be another by now
        young = self.grace - (time.time() - _written(upload)) if upload is not None else 0.0
        if young > 0.05:
            self._later(file, young)
            return
        with self._lock:
            self._waiting.discard(file)
        if upload is None:
            return
        upload.unlink(missing_ok=True)
        try:
            upload.parent.rmdir()
        except OSError:
            LOG.debug("the folder of an upload holds another")


def _written(file: Path) -> float:
    try:
        return file.lstat().st_mtime
    except OSError:
        return 0.0
