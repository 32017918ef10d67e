"""The server that is attacked: `python serve.py FOLDER`, in the source tree that shall be tried.

It notes in FOLDER/audit.txt whatever Python opens, lists, moves or removes below FOLDER, and its address in
FOLDER/address.txt.
"""

import dataclasses
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

FOLDER = Path(sys.argv[1])
NOTED = (
    "open",
    "os.listdir",
    "os.scandir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "os.truncate",
)


def audit() -> None:
    """Write a line for each file below the folder that is touched."""
    notes, writing = os.open(FOLDER / "audit.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND), threading.local()

    def note(event: str, about: tuple) -> None:
        if event in NOTED and not getattr(writing, "now", False):
            writing.now = True
            path = os.path.abspath(os.fsdecode(about[0])) if isinstance(about[0], (str, bytes, Path)) else ""
            if path.startswith(str(FOLDER)):
                os.write(notes, f"{event} {path}\n".encode("utf-8", "backslashreplace"))
            writing.now = False

    sys.addaudithook(note)


def stay(host: Any) -> None:
    """Have the server remember strangers for an hour, so that what goes in that time was taken away by others."""
    if hasattr(host.limits, "remembered_program"):  # an older tree has no such limit
        longer = dataclasses.replace(host.limits, remembered_program=3600.0)
        host.limits = host.visitors.limits = host.keeper.limits = longer


def main() -> None:
    """Serve the page until this process is ended."""
    if os.geteuid() == 0 or os.access("/", os.W_OK):
        sys.exit("the attacked server would be allowed to change this machine")
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    audit()
    sys.path.insert(0, os.getcwd())
    from deepdream.web import build, launch_settings

    page = build()
    page.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_settings())
    page.host.visitors.uploads.grace = 2.0
    stay(page.host)
    page.host.warm_up()
    page.host.warm.wait(120)
    (FOLDER / "address.tmp").write_text(page.local_url)
    (FOLDER / "address.tmp").rename(FOLDER / "address.txt")
    page.block_thread()


if __name__ == "__main__":
    main()
