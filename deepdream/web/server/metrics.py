"""The ledger and the queue as Prometheus reads them, at a port of their own or for whoever knows a token.

The names follow https://prometheus.io/docs/practices/naming/: base units, `_total` for what only grows. No label names
anybody, and each has a handful of values. It needs prometheus-client, the extra `serve`.
"""

import secrets
from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from deepdream.errors import DreamError
from deepdream.web.server.host import Host
from deepdream.web.server.ledger import Distribution

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

LACKING = "metrics need a package that is not installed: pip install 'prometheus-client>=0.21,<1'"


def listen(host: Host, address: str, port: int) -> None:
    """Answer Prometheus at a port of its own, in a thread.

    Raises:
        DreamError: prometheus-client is not installed, or the port is taken.
    """
    registry = registry_of(host)
    from prometheus_client import start_http_server

    try:
        start_http_server(port, address, registry)
    except OSError as error:
        raise DreamError(f"metrics_port: nothing can listen at {address}, port {port}: {error.strerror}.") from None


def route(token: str) -> Route:
    """Return the page's own route, which is there only for whoever sends `token` ("": for nobody)."""

    async def answer(request: Request) -> Response:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not token or not secrets.compare_digest(given.encode(), token.encode()):
            return PlainTextResponse("Not found", 404)
        from prometheus_client import generate_latest

        content = generate_latest(registry_of(request.app.get_blocks().host))
        return Response(content, media_type="text/plain; version=0.0.4")

    return Route("/metrics", answer)


def registry_of(host: Host) -> "CollectorRegistry":
    """Return what Prometheus reads of a host.

    Raises:
        DreamError: prometheus-client is not installed.
    """
    try:
        from prometheus_client import CollectorRegistry, ProcessCollector
    except ImportError:
        raise DreamError(LACKING) from None
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Reading(host))
    return registry


class _Reading:
    """Read a host's numbers when somebody asks for them."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def collect(self) -> Iterator[Any]:
        """Yield all that is counted."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        turns, visitors = self.host.turns, self.host.visitors
        ledger = turns.ledger
        dreams = CounterMetricFamily("deepdream_dreams", "Whole renders that have ended", labels=["outcome"])
        yield _filled(dreams, ledger.dreams)
        refusals = CounterMetricFamily("deepdream_refusals", "What was refused, by reason", labels=["reason"])
        yield _filled(refusals, ledger.refusals)
        yield _histogram("deepdream_dream_seconds", "Seconds of the engine for one render", ledger.seconds)
        yield _histogram("deepdream_step_seconds", "Seconds of one step of a render", ledger.steps)
        yield _histogram("deepdream_queue_wait_seconds", "Seconds from the queue's end to the first step", ledger.waits)
        lengths = {"running": min(turns.engines, turns.length), "waiting": max(0, turns.length - turns.engines)}
        yield _filled(GaugeMetricFamily("deepdream_queue_length", "Renders under way", labels=["queue"]), lengths)
        kept = "Bytes of photos and pictures kept for visitors"
        yield GaugeMetricFamily("deepdream_kept_bytes", kept, visitors.kept_bytes())
        yield GaugeMetricFamily("deepdream_sessions", "Visitors that are remembered", len(visitors))


def _filled(family: Any, values: dict[str, int]) -> Any:
    for key, value in values.copy().items():  # which others may be counting up
        family.add_metric([key], value)
    return family


def _histogram(name: str, help: str, values: Distribution) -> Any:
    from prometheus_client.core import HistogramMetricFamily

    ends = [*(str(bound) for bound in values.bounds), "+Inf"]
    buckets = list(zip(ends, map(float, accumulate(values.counts)), strict=True))
    return HistogramMetricFamily(name, help, buckets=buckets, sum_value=values.total)
