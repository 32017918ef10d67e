"""The server that is attacked: `python serve.py FOLDER`, in the source tree that shall be tried.

It notes in FOLDER/audit.txt whatever Python opens, lists, moves or removes below FOLDER and what it asks of other
machines, which it does not get; and its address in FOLDER/address.txt.
"""

import dataclasses
import os
import signal
import sys
import threading
import time
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


OURS = ("127.0.0.1", "localhost", "::1", "0.0.0.0", "")


def audit() -> None:
    """Write a line for each file below the folder that is touched, and for each other machine; let nothing out."""
    notes, writing = os.open(FOLDER / "audit.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND), threading.local()

    def note(event: str, about: tuple) -> None:
        machine = elsewhere(event, about)
        path = touched(event, about) if event in NOTED and not getattr(writing, "now", False) else ""
        if machine or path:
            writing.now = True
            os.write(notes, f"{event} {machine or path}\n".encode("utf-8", "backslashreplace"))
            writing.now = False
        if machine:
            raise PermissionError(f"this server may not ask {machine}")

    sys.addaudithook(note)


def touched(event: str, about: tuple) -> str:
    """Return the file below the folder that an event is about, or ""."""
    path = os.path.abspath(os.fsdecode(about[0])) if isinstance(about[0], (str, bytes, Path)) else ""
    return path if path.startswith(str(FOLDER)) else ""


def elsewhere(event: str, about: tuple) -> str:
    """Return the other machine that an event is about, or ""."""
    if event == "socket.connect":
        host = about[1][0] if isinstance(about[1], tuple) else ""  # else it is a file of this machine
    else:
        host = about[0] if event in ("socket.getaddrinfo", "socket.gethostbyname") else ""
    name = os.fsdecode(host) if isinstance(host, (str, bytes)) else ""
    return "" if name in OURS else name


def stay(host: Any) -> None:
    """Have the server remember strangers for an hour, so that what goes in that time was taken away by others.

    And have it look every second for what is due, which is sooner than it would be, so that nobody waits for that.
    """
    if hasattr(host.limits, "remembered_program"):  # an older tree has neither
        from deepdream.web.server import lifetimes

        longer = dataclasses.replace(host.limits, remembered_program=3600.0, unfollowed=5.0)
        host.limits = host.visitors.limits = host.keeper.limits = longer
        lifetimes.SECONDS = 1.0


def behind_a_proxy() -> dict[str, Any]:
    """Return the settings by which a proxy at 127.0.0.9 is believed, in a tree that has such."""
    try:
        from deepdream.web.server.callers import Callers
    except ImportError:
        return {}
    return {"callers": Callers(names=("dream.example.org",), proxies=("127.0.0.9",))}


def end_with(parent: int) -> None:
    """End this process when the one that started it has gone, however that ended."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def main() -> None:
    """Serve the page until this process is ended."""
    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    if os.geteuid() == 0 or os.access("/", os.W_OK):
        sys.exit("the attacked server would be allowed to change this machine")
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    audit()
    sys.path.insert(0, os.getcwd())
    from deepdream.web import build, launch_settings

    page = build()
    page.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **launch_settings(**behind_a_proxy()))
    page.host.visitors.uploads.grace = 2.0
    stay(page.host)
    page.host.warm_up()
    page.host.warm.wait(120)
    (FOLDER / "address.tmp").write_text(page.local_url)
    (FOLDER / "address.tmp").rename(FOLDER / "address.txt")
    page.block_thread()


if __name__ == "__main__":
    main()
