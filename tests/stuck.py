"""End a browser that never lets go of a page, say what it did, and let the next file of tests have another one."""

import os
import signal
import sys
import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE = 240.0  # seconds that one test with a browser may take: ten times what the longest takes on a busy machine
KEPT = 40  # of what the pages said last

said: deque[str] = deque(maxlen=KEPT)
asked: Counter[str] = Counter()


def listen(page: Any) -> None:
    """Remember what a page asks for and says, for the case that it gets stuck."""
    page.on("request", lambda request: asked.update([f"{request.method} {request.url.split('?')[0]}"]))
    page.on("framenavigated", lambda frame: said.append(f"went to {frame.url[:200]}"))
    page.on("console", lambda message: said.append(f"{message.type}: {message.text[:300]}"))


@contextmanager
def watched(patience: float = PATIENCE) -> Iterator[None]:
    """End the browsers that this process started when the block takes too long: what waits for them then fails."""
    said.clear()
    asked.clear()
    timer = threading.Timer(patience, give_up, [patience])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def give_up(patience: float) -> None:
    """Say what the pages were doing, and end the browsers."""
    most = "\n".join(f"  {count} x {what}" for what, count in asked.most_common(12))
    print(
        f"A browser was stuck for {patience:.0f} s. Requests:\n{most}\nLast said:", *said, sep="\n  ", file=sys.stderr
    )
    for process, name in descendants(os.getpid()):
        if "chrom" in name:
            print(f"  ended {name} ({process}), processor time {times(process)}", file=sys.stderr)
            os.kill(process, signal.SIGKILL)


def descendants(ancestor: int) -> Iterator[tuple[int, str]]:
    """Yield the number and the name of every process below one."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue  # it ended just now
        number, name = head.split(" (", 1)
        parents[int(number)] = (int(rest.split()[1]), name)
    for number, (_, name) in parents.items():
        above = number
        while above in parents and above != ancestor:
            above = parents[above][0]
        if above == ancestor and number != ancestor:
            yield number, name


def times(process: int) -> str:
    """Return the seconds that a process computed."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "unknown"
    return f"{(int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK'):.0f} s"
