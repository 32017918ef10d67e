"""How the server ends: nothing new begins, what runs may end or is stopped and kept, and pages fetch what they got."""

import time

from deepdream.web.server.host import Host
from deepdream.web.server.render import Render

KEEPING = 3.0  # seconds of the grace time in which stopped renders are brought to the photo's size and kept
FETCHING = 1.5  # of it in which pages fetch their pictures


def drain(host: Host, grace: float) -> None:
    """Take on nothing new, and return once all that runs has ended, at the latest after `grace` seconds.

    What still runs shortly before that is stopped and kept as far as it came.
    """
    end = time.monotonic() + grace
    host.turns.closing = True
    under_way = _renders(host)
    _wait(under_way, end - KEEPING - FETCHING)
    for render in under_way:
        render.stop(keep=True)
    _wait(under_way, max(end - FETCHING, time.monotonic() + min(grace, 1.0)))
    if under_way:
        time.sleep(min(grace, FETCHING))


def _renders(host: Host) -> list[Render]:
    return [render for visitor in host.visitors.all() for render in list(visitor.renders)]


def _wait(renders: list[Render], until: float) -> None:
    for render in renders:
        render.done.wait(max(0.0, until - time.monotonic()))
