"""Where the page keeps files: a folder of this process, locked while it runs, and none of an earlier start.

The temp folder belongs to everybody on the machine, so nothing in it is believed: the base has the user's id in its
name, and is used only where it is a true folder of ours that nobody else can write to. Whether a process still runs is
told by a lock on a file that the system gives up when it ends, not by its number, which another container has too.

Answers name the files that a browser may fetch by their paths. So the served half lies beside the base, under a name
that is drawn and tells nobody's id; a link in the process's folder, where nobody else can write, leads to it.
"""

import atexit
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import IO

from deepdream.errors import DreamError

try:
    import fcntl
except ImportError:  # Windows, whose temp folder is each user's own; there a killed process leaves its folder
    fcntl = None  # type: ignore[assignment]

BASE = "deepdream-studio"
SERVED, PRIVATE, LOCK = "served", "private", "lock"
_claimed: dict[Path, IO[str]] = {}  # a lock lasts as long as its open file


def claim() -> Path:
    """Make this process's folder, name its served half to Gradio, and sweep those of processes that are gone.

    It must be called before Gradio is imported, which reads GRADIO_TEMP_DIR then. A folder that is already named there
    stays. Returns the process's folder; it is removed when the process ends.

    Raises:
        DreamError: the temp folder cannot be written to.
    """
    temp = _temp_folder()
    base = _trusted_base(temp)
    if base is None:
        own = _claim_in(temp, prefix=f"{BASE}-")
    else:
        with _locked(base / LOCK, wait=True):  # so that nobody sweeps a folder that has no lock yet
            _sweep(base)
            own = _claim_in(base, prefix="page-")
    os.environ.setdefault("GRADIO_TEMP_DIR", str((own / SERVED).resolve()))
    return own


def private_folder() -> Path:
    """Return the folder for what is never served: this process's own half, or a new one where nothing was claimed."""
    own = next((folder for folder in reversed(_claimed) if (folder / PRIVATE).is_dir()), None)
    if own is not None:
        return own / PRIVATE
    folder = Path(tempfile.mkdtemp(prefix=f"{BASE}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _temp_folder() -> Path:
    try:
        folder = Path(tempfile.gettempdir())
    except FileNotFoundError as error:
        raise DreamError(f"no folder for temporary files can be written to: {error}") from None
    named = os.environ.get("TMPDIR")
    if named and Path(named).resolve() != folder.resolve() and not os.access(named, os.W_OK | os.X_OK):
        raise DreamError(f'TMPDIR names "{named}", where nothing can be written; name another folder, or none.')
    if folder == Path.cwd() and not named:  # Python's last resort, where photos would stay beside the program
        raise DreamError("no folder for temporary files can be written to; name one in TMPDIR.")
    return folder


def _trusted_base(temp: Path) -> Path | None:
    """Return the folder that holds those of all our processes, or None where somebody else has put something there."""
    if fcntl is None:
        return None
    base = temp / f"{BASE}-{os.getuid()}"
    try:
        base.mkdir(mode=0o700, exist_ok=True)
        about = base.lstat()
    except OSError:  # a file or a broken link of that name
        return None
    ours = stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid() and about.st_mode & 0o077 == 0
    return base if ours else None


def _claim_in(base: Path, *, prefix: str) -> Path:
    own = Path(tempfile.mkdtemp(prefix=prefix, dir=base))  # random, and 0700
    (own / PRIVATE).mkdir(mode=0o700)
    if fcntl is None:
        (own / SERVED).mkdir()
    else:
        (own / SERVED).symlink_to(tempfile.mkdtemp(prefix="deepdream-served-", dir=tempfile.gettempdir()))
    _claimed[own] = _locked(own / LOCK)
    atexit.register(_remove, own)
    return own


def _remove(own: Path) -> None:
    """Remove a process's folder, with what is served of it."""
    shutil.rmtree((own / SERVED).resolve(), ignore_errors=True)
    shutil.rmtree(own, ignore_errors=True)


def _sweep(base: Path) -> None:
    for folder in base.iterdir():
        if folder.is_symlink() or not folder.is_dir():
            continue
        try:
            held = _locked(folder / LOCK)
        except OSError:  # its process runs
            continue
        _remove(folder)
        held.close()


def _locked(file: Path, *, wait: bool = False) -> IO[str]:
    """Open a file and lock it until it is closed, or until the process ends.

    Raises:
        OSError: somebody else holds it, and `wait` is not set.
    """
    opened = os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600), "w")
    if fcntl is not None:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            opened.close()
            raise
    return opened
