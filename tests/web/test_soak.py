"""Many dreams and previews, with cancels in between: nothing grows, and nothing is left behind.

DEEPDREAM_SOAK=1 runs it in full (200 dreams, 500 previews); otherwise it is a tenth of that.
"""

import os
import resource
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from .conftest import ASSETS

gradio_client = pytest.importorskip("gradio_client")
pytestmark = pytest.mark.slow

SHARE = 1.0 if os.environ.get("DEEPDREAM_SOAK") == "1" else 0.1
DREAMS, PREVIEWS = round(200 * SHARE), round(500 * SHARE)
GROWTH = 50.0  # MB


def memory() -> float:
    """Return the megabytes that this process holds now."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE") / 1e6
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def test_memory_and_folders_end_where_they_were(page_server, tmp_path):
    with Image.open(ASSETS / "cat.jpg") as cat:
        small = cat.convert("RGB").resize((160, 112))

    def photo(name: str) -> Any:
        """Return a file like no other: an equal one's time to go could come between this one's upload and its use."""
        path = tmp_path / f"{name}.jpg"
        small.save(path, comment=name)
        return gradio_client.handle_file(path)

    # Two clients for all of it: each holds some megabytes of the page's description, in this same process.
    dreamer, viewer = (
        gradio_client.Client(page_server.local_url, download_files=False, verbose=False) for _ in range(2)
    )

    def dream(number: int) -> None:
        job = dreamer.submit(
            photo(f"dream {number}"),
            recipe=f'{{"octaves": 2, "steps": 6, "seed": {number}}}',
            api_name="/dream",
        )
        if number % 4 == 3:
            time.sleep(0.2)
            job.cancel()
        else:
            job.result(timeout=60)

    def previews(count: int) -> None:
        for number in range(count):
            viewer.predict(photo(f"preview {count} {number}"), api_name="/preview")

    visitors = page_server.host.visitors
    before = set(visitors.root.rglob("*"))  # such as what an earlier page sent as it was closed
    early = max(3, DREAMS // 10)
    for number in range(early):
        dream(number)
    previews(max(3, PREVIEWS // 10))
    start = memory()
    beside = threading.Thread(target=previews, args=(PREVIEWS - PREVIEWS // 10,))
    beside.start()
    for number in range(early, DREAMS):
        dream(number)
    beside.join(600)
    grown = memory() - start
    for key in list(visitors._records):
        visitors.forget(key)
    deadline = time.monotonic() + 20
    left = [tmp_path]
    while left and time.monotonic() < deadline:
        time.sleep(0.2)
        left = [path for path in set(visitors.root.rglob("*")) - before if path.is_file()]
    assert not left
    assert not page_server.host.turns._queue
    assert grown < GROWTH, f"{grown:.0f} MB after {DREAMS} dreams and {PREVIEWS} previews"
