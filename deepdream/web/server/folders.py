"""Where the page keeps files while it runs: two folders of this process, and none of an earlier start."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

BASE = "deepdream-studio"
PRIVATE = "private"


def claim() -> Path:
    """Make this process's folder, name its served half to Gradio, and sweep those of processes that are gone.

    It must be called before Gradio is imported, which reads GRADIO_TEMP_DIR then. A folder that is already named there
    stays. Returns the process's folder; it is removed when the process ends.
    """
    base = Path(tempfile.gettempdir()) / BASE
    own = base / str(os.getpid())
    for folder in base.iterdir() if base.is_dir() else ():
        if folder == own or not _is_running(folder.name):  # a process before us had our number
            shutil.rmtree(folder, ignore_errors=True)
    served = own / "served"
    for half in (served, own / PRIVATE):
        half.mkdir(parents=True, mode=0o700)
    os.environ.setdefault("GRADIO_TEMP_DIR", str(served))
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    return own


def private_folder() -> Path:
    """Return the folder for what is never served: this process's own half, or a new one where nothing was claimed."""
    own = Path(tempfile.gettempdir()) / BASE / str(os.getpid()) / PRIVATE
    if own.is_dir():
        return own
    folder = Path(tempfile.mkdtemp(prefix=f"{BASE}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _is_running(name: str) -> bool:
    if not name.isdigit():
        return False
    try:
        os.kill(int(name), 0)  # signal 0 only asks
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
