"""The page as an ASGI application, which any server can run: in one process, since visitors and queue live in it.

    uvicorn --factory --no-proxy-headers --timeout-graceful-shutdown 3 deepdream.web:application

The door itself finds out who calls, so the server must not change what a request says of that. An open page's
heartbeat lasts for ever, so the server must not wait for its end.
A folder is claimed before Gradio is imported, so this module imports neither Gradio nor the page when it is loaded.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from deepdream.errors import DreamError
from deepdream.web.hosting import Hosting, read_hosting
from deepdream.web.server.folders import claim
from deepdream.web.server.limits import Limits

if TYPE_CHECKING:
    from fastapi import FastAPI

OF_LAUNCH = ("strict_cors", "state_session_capacity")  # what a mounted page takes in another way


def application(settings: Hosting | None = None, limits: Limits | None = None, *, address: str = "") -> "FastAPI":
    """Return the page as an application; `app.state.page` is the page. The engine warms up once the server starts it.

    settings: as environment and file give them where none are given, with limits as for a public page: nobody knows
    where its server listens. limits: by default those, or with settings the usual ones. address: by which this machine
    reaches the page; tools for language models need it.

    Raises:
        DreamError: a setting is wrong, or the engines that shall compute whole dreams cannot be had.
    """
    if settings is None:
        settings, found = read_hosting([], public=True)
        limits = limits if limits is not None else found
    if settings.mcp and not address:
        raise DreamError("mcp: the page must know by which address it reaches itself; python app.py --mcp does.")
    if not os.environ.get("GRADIO_TEMP_DIR"):  # as `app.py` has done before
        claim()
    import gradio as gr
    from fastapi import FastAPI
    from starlette.routing import Mount

    from deepdream.web import device, texts
    from deepdream.web.page import build, launch_settings
    from deepdream.web.server.tools import guard
    from deepdream.workers import open_workers

    texts.choose(settings.languages, settings.title)
    workers = open_workers(settings.engines)
    page = build(limits=limits, workers=workers)

    @asynccontextmanager
    async def lifetime(_: FastAPI) -> AsyncIterator[None]:
        page.host.warm_up()
        device.offer(fetch=settings.device)
        yield
        workers.close()

    app = FastAPI(lifespan=lifetime, openapi_url=None, docs_url=None, redoc_url=None)
    about = launch_settings(limits, settings.callers(), metrics_token=settings.metrics_token, legal=settings.legal)
    page.state_session_capacity = about["state_session_capacity"]
    mounted: dict[str, Any] = {name: value for name, value in about.items() if name not in OF_LAUNCH}
    gr.mount_gradio_app(app, page, path="/", root_path=settings.root_path or None, mcp_server=settings.mcp, **mounted)
    if settings.mcp:
        guard(page.mcp_server_obj, address)
    app.state.page = page
    # Gradio notes it at a launch only.
    page.server_app = next(each.app for each in app.routes if isinstance(each, Mount))
    return app
