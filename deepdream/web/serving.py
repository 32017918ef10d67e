"""Serves the page with uvicorn until it is told to end, and ends it well."""

import os
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn

from deepdream.errors import DreamError
from deepdream.web.asgi import application
from deepdream.web.hosting import Hosting
from deepdream.web.server.draining import drain
from deepdream.web.server.limits import Limits
from deepdream.web.server.metrics import listen, registry_of
from deepdream.workers.processors import processors

FIRST_PORT = 7860
PORTS = 100  # that are tried, from the first
WAITING = 2048  # connections that the system holds for us
STREAMS = 1  # seconds for which streams that are still open may end by themselves
LEAVING = 2.0  # seconds that the process takes to end after that


def serve(settings: Hosting, limits: Limits, *, told: Callable[[str], None] = lambda line: None) -> None:
    """Serve the page until a signal ends it; `told` is given the addresses at which it can be found.

    Raises:
        DreamError: no port is free, the engines that shall compute whole dreams cannot be had, or no address is
            lent.
    """
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(processors()))  # TensorFlow reads it when it is loaded
    listening = _listen(settings)
    port = listening.getsockname()[1]
    address = f"http://{_named(settings.host)}:{port}/"
    app = application(settings, limits, address=address)
    page = app.state.page
    page.server_port, page.local_url = port, address
    _watch(page, settings)
    about = uvicorn.Config(
        app,
        log_level="critical",
        proxy_headers=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=STREAMS,
    )
    told(f"DeepDream studio is at {address}")
    if settings.share:
        told(f"and for a week at {_lent_address(page, port)}")
    Server(about, page, settings.grace).run(sockets=[listening])


class Server(uvicorn.Server):
    """Serve until a signal comes, and then for as long as what runs needs to end well; a second one ends it at once."""

    def __init__(self, about: uvicorn.Config, page: Any, grace: float) -> None:
        super().__init__(about)
        self.page, self.grace, self.told = page, grace, False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end: with the grace time where a service manager asks, soon where somebody pressed Ctrl-C."""
        if self.told:
            self.should_exit = self.force_exit = True
            return
        self.told = True
        grace = 0.0 if sig == signal.SIGINT else max(0.0, self.grace - STREAMS - LEAVING)
        threading.Thread(target=self._end, args=(grace,), name="drain", daemon=True).start()

    def _end(self, grace: float) -> None:
        try:
            drain(self.page.host, grace)
        finally:
            self.page.server_app.stop_event.set()  # ends the pages' heartbeats, which would last for ever
            self.should_exit = True


def _watch(page: Any, settings: Hosting) -> None:
    if settings.metrics_port or settings.metrics_token:
        registry_of(page.host)  # says at once what is lacking
    if settings.metrics_port:
        listen(page.host, settings.host, settings.metrics_port)


def _listen(settings: Hosting) -> socket.socket:
    first = settings.port or FIRST_PORT
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    for port in range(first, first + (1 if settings.port else PORTS)):
        listening = socket.socket(family)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((settings.host, port))
            listening.listen(WAITING)  # or a second server that starts may bind it, too
            return listening
        except OSError as error:
            listening.close()
            why = error
    raise DreamError(f"nothing can listen at {settings.host}, port {first}: {why.strerror}; name another --port.")


def _named(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)


def _lent_address(page: Any, port: int) -> str:
    """Return a public address that Gradio lends; its tunnel asks at this machine's own."""
    from gradio.networking import setup_tunnel

    try:
        return setup_tunnel("127.0.0.1", port, page.share_token, None, None).replace("http:", "https:", 1)
    except Exception as error:  # whatever the tunnel's program or the way there do
        raise DreamError(f"no public address is to be had for now: {error}") from None
