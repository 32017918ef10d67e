"""Tools for language models (MCP): where calls go, how long one may take, and that it ends when its caller leaves.

Gradio answers a call by calling itself as a client. Where that client connects it would learn from the first caller's
headers, and it follows a call to its end whether anybody still waits for it or not.
"""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from PIL import Image

WAIT = 0.05  # seconds from one look at a call that has just begun to the next
_jobs: ContextVar[list[Any]] = ContextVar("jobs")  # of the request that is being answered


def guard(server: Any, address: str) -> None:
    """Have Gradio's MCP server call itself at `address` whatever a request says, and note the jobs of each request.

    A JPEG goes out as it lies there, not compressed once more; of a PNG, which would be large, only the address.
    """
    server._local_url = address
    vars(server).update(get_image=_shown, get_base64_data=_as_it_lies)
    make = server._get_or_create_client

    def client() -> Any:
        made = make()
        submit = type(made).submit

        def noted(*about: Any, **named: Any) -> Any:
            job = submit(made, *about, **named)
            _jobs.get([]).append(job)
            return job

        made.submit = noted
        return made

    server._get_or_create_client = client


@asynccontextmanager
async def one_call(seconds: float) -> AsyncIterator[None]:
    """End what a request began, once it is answered or its caller has left, and after so many seconds."""
    jobs: list[Any] = []
    token = _jobs.set(jobs)
    timer = asyncio.get_running_loop().call_later(seconds, lambda: asyncio.ensure_future(_end(jobs)))
    try:
        yield
    finally:
        timer.cancel()
        _jobs.reset(token)
        await asyncio.shield(_end(jobs))


def _shown(path: str) -> Image.Image | None:
    return Image.open(path) if path.endswith(".jpg") else None


def _as_it_lies(image: Image.Image, format: str) -> str:
    with image:
        return base64.b64encode(Path(image.filename).read_bytes()).decode()  # type: ignore[attr-defined]


async def _end(jobs: list[Any]) -> None:
    for job in jobs:
        while not job.done() and job.communicator.event_id is None:  # without that number Gradio ends nothing
            await asyncio.sleep(WAIT)
        if not job.done():
            await asyncio.to_thread(job.cancel)  # it asks this same server
