"""Workers on a Ray cluster: a Serve deployment whose replicas each compute one job at a time, and a handle to it.

Nothing listens but Ray itself: no HTTP proxy, no dashboard, no usage report. Whoever reaches Ray's ports can run code
there, so a cluster of several machines wants a private network and `RAY_AUTH_MODE=token`.
"""

import asyncio
import contextlib
import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from deepdream.errors import DreamError
from deepdream.frames import Frame
from deepdream.networks import load_network
from deepdream.turns import heed, until
from deepdream.workers.jobs import CLOSED, LOOK, Elsewhere, Job, WorkerLostError, at_pace, packed
from deepdream.workers.processors import give_way

APP = "deepdream"
NETWORKS_HELD = 2  # by one replica
LONGEST_DREAM = 900.0  # seconds that a replica may finish its dream in when it is to go
MOST = 256  # replicas, where nobody says how many
COUNTED = 2.0  # seconds from one count of the cluster's processors to the next
JOINING = 60.0  # seconds that this machine has to join a cluster
OWN = {  # of a Ray of this machine alone
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # keeps it to 127.0.0.1, on every system
    "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.5",  # five times as calm: a hundredth of a processor less, all the time
}
PATIENCE = 5.0  # seconds for each part of a farewell: a cluster that is gone answers none
END = object()


class RayWorkers(Elsewhere):
    """Compute on as many replicas as the cluster has processors for, also when machines join it and leave."""

    def __init__(self, address: str | None = None, *, count: int | None = None) -> None:
        """Join a cluster, or start one of this machine alone, and deploy the replicas.

        Args:
            address: None for a Ray of this machine alone, "auto" for the cluster that it belongs to, or
                "ray://host:port" for one that it joins, with no processor of its own, until `close`.
            count: replicas, of one processor each, at most; by default as many as there are processors.

        Raises:
            DreamError: Ray is not installed, or there is no cluster at the address.
        """
        ray, self._serve = _modules(loopback=address is None)
        self._ray = ray
        self._ours = not ray.is_initialized()
        self._alone = self._ours and address is None  # the end of such a Ray ends its replicas
        self._node: _Node | None = None
        if self._ours:
            if address is not None and address.startswith("ray://"):
                self._node = _Node(address.removeprefix("ray://"))
            _connect(ray, address, self._node)
        self._most = count if count is not None else MOST
        self.count = self._counted()
        logging.getLogger("asyncio").addFilter(is_news)
        self._serve.start(proxy_location="Disabled")
        application = _deployment(self._serve, self.count, self._most)
        self._handle = self._serve.run(application, name=APP, route_prefix=None)
        self._closed = threading.Event()
        self._under_way: set[Any] = set()  # responses of Serve
        self._follower = threading.Thread(target=self._follow, name="ray-count", daemon=True)
        self._follower.start()

    def close(self) -> None:
        """Take the replicas down; leave a cluster that others use, end one of our own."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._follower.join(PATIENCE)
        for response in list(self._under_way):  # or Serve waits a minute for their ends before it takes a replica down
            response.cancel()
        _at_most(PATIENCE, self._take_down)
        if self._ours:
            _at_most(PATIENCE, self._ray.shutdown)
        if self._node is not None:
            self._node.leave()

    def _take_down(self) -> None:
        self._handle.shutdown()  # its thread would start a Ray of its own after the end of this one
        if not self._alone:
            self._serve.delete(APP)

    def _follow(self) -> None:
        """Keep the count: machines join and leave."""
        while not self._closed.wait(COUNTED):
            with contextlib.suppress(Exception):  # a cluster that does not answer has as many as before
                self.count = self._counted()

    def _counted(self) -> int:
        return max(1, min(self._most, int(self._ray.cluster_resources().get("CPU", 1))))

    def attempt(self, job: Job, resume: Frame | None, pace: float) -> Generator[Frame, None, None]:
        """See `Elsewhere.attempt`."""
        handle = self._handle.options(stream=True, multiplexed_model_id=job.network)
        with ThreadPoolExecutor(1, thread_name_prefix="from-ray") as reader:
            response = handle.frames.remote(job, resume, pace)
            self._under_way.add(response)
            try:
                for word, value in _alive(self._ray, response, reader):
                    if word == "error":
                        raise value
                    yield value
            except Exception:
                if self._closed.is_set():
                    raise DreamError(CLOSED) from None
                raise
            finally:
                self._under_way.discard(response)
                response.cancel()  # does nothing to one that is done; wakes a reader that still waits


def is_news(record: logging.LogRecord) -> bool:
    """Say whether to log a line: Serve asks replicas, also one that died, in tasks whose end it does not look at."""
    error = record.exc_info[1] if record.exc_info else None
    return not (type(error).__module__.startswith("ray.") and "never retrieved" in record.getMessage())


class Replica:
    """One worker: a thread that takes the steps, so that the event loop hears at once that it shall stop."""

    def __init__(self) -> None:
        give_way()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="dream")

    async def frames(self, job: Job, resume: Frame | None, pace: float) -> AsyncIterator[tuple[str, Any]]:
        """Yield ("frame", frame) until the job is done, or ("error", what was wrong with it)."""
        steps: Iterator[Frame | None] = iter(())
        left = threading.Event()
        try:
            await self.network(job.network)
            steps = await self._do(lambda: at_pace(job.frames(resume), pace))
            while (frame := await self._do(lambda: _step(steps, left))) is not END:
                if frame is not None:
                    yield "frame", packed(frame)
        except DreamError as error:
            yield "error", error
        finally:  # in the same thread, so after the step that it is in, or that it leaves between two tiles
            left.set()
            self._thread.submit(getattr(steps, "close", lambda: None))

    async def network(self, name: str) -> None:
        """Load a network; Serve sends jobs to a replica that holds theirs."""
        await self._do(lambda: load_network(name))

    def _do(self, work: Callable[[], Any]) -> Any:
        return asyncio.get_running_loop().run_in_executor(self._thread, work)


def _step(steps: Iterator[Frame | None], left: threading.Event) -> Any:
    """Take a step, or leave it between two of its tiles.

    Raises:
        LeftError: the reader has left.
    """
    with until(left.is_set):
        return next(steps, END)


def _deployment(serve: Any, count: int, most: int) -> Any:
    """Return the application: `count` replicas that take one job at a time, more of them while jobs wait.

    None of the `count` is taken down in idle times: with Ray 2.60 Serve's controller sometimes hears of no work at all,
    for as long as it lives (3 of 37 starts), and would leave one replica for all jobs.
    """
    held = serve.multiplexed(max_num_models_per_replica=NETWORKS_HELD)
    replica = type("Replica", (Replica,), {"network": held(Replica.network)})
    environment = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    return serve.deployment(
        replica,
        max_ongoing_requests=1,
        graceful_shutdown_timeout_s=LONGEST_DREAM,
        graceful_shutdown_wait_loop_s=0.2,
        ray_actor_options={"num_cpus": 1, "runtime_env": {"env_vars": environment}},
        autoscaling_config={
            "min_replicas": count,
            "max_replicas": most,
            "target_ongoing_requests": 1,
            "upscale_delay_s": 1,
            "downscale_delay_s": 120,
        },
    ).bind()


def _alive(ray: Any, response: Any, reader: ThreadPoolExecutor) -> Iterator[tuple[str, Any]]:
    """Yield what a replica sends, waited for by a thread: Serve refuses to wait beside an event loop, as Jupyter's.

    Raises:
        WorkerLostError: the replica or its machine is gone.
    """
    lost = (ray.exceptions.RayActorError, ray.exceptions.ObjectLostError, ray.exceptions.NodeDiedError)
    sent: Any
    try:
        while (sent := _awaited(reader.submit(next, response, END))) is not END:
            yield sent
    except lost:
        raise WorkerLostError from None


def _awaited(future: Future[Any]) -> Any:
    """Wait, and heed meanwhile what is to be done between tiles: it may end a step that lasts long."""
    while not wait([future], LOOK).done:
        heed()
    return future.result()


def _modules(*, loopback: bool) -> tuple[Any, Any]:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    for name, value in OWN.items() if loopback else ():  # which are read as Ray is imported
        os.environ.setdefault(name, value)
    try:
        import ray
        from ray import serve
    except ImportError:
        raise DreamError('Ray is not installed; pip install ".[ray]" adds it, --engines 4 needs none.') from None
    return ray, serve


class _Node:
    """This machine as part of a cluster: Ray's own client, for who stays outside, hands out no streams.

    Raises:
        DreamError: there is none at the address.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        start = [sys.executable, "-m", "ray.scripts.scripts", "start", f"--address={place}", "--num-cpus=0", "--block"]
        at_once = os.environ | {"RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S": "0"}  # no replica is here to be waited for
        self._process = session_with_us(start, at_once)
        late = threading.Timer(JOINING, end_session, (self._process, PATIENCE))  # what takes calls and is mute
        late.start()
        try:
            said = self._said()
        finally:
            late.cancel()
        if "Ray runtime started" not in said:
            self.leave()
            why = said.strip().splitlines()[-1][:200] if said.strip() else "no answer"
            raise DreamError(f"no Ray cluster at {place}: {why}; ray start --head begins one, at port 6379.")
        found = re.search(r"Local node IP: (\S+)", said)
        self.own = found[1] if found else None

    def _said(self) -> str:
        """Return what the process says until it has joined, or until it ends."""
        assert self._process.stdout is not None
        said = ""
        for line in self._process.stdout:
            said += re.sub(r"\x1b\[\d*m", "", line)
            if "Ray runtime started" in line:
                break
        return said

    def leave(self) -> None:
        """Leave the cluster, with all processes of this machine's part of it."""
        end_session(self._process, PATIENCE)


def session_with_us(command: list[str], environment: Mapping[str, str]) -> "subprocess.Popen[str]":
    """Start a command in a session that ends when our end of its input is closed, also by the death of this process.

    Ray ends a process whose cluster is gone without a word to anybody, a minute after.
    """
    script = (
        '"$@" & child=$!; exec >/dev/null 2>&1; read _; kill $child; (sleep "$PATIENCE"; kill -KILL 0) & wait $child'
    )
    about: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    shell = ["sh", "-c", script, "sh", *command]
    environment = {**environment, "PATIENCE": str(PATIENCE)}
    return subprocess.Popen(shell, env=environment, start_new_session=True, text=True, **about)


def end_session(process: "subprocess.Popen[str]", patience: float) -> None:
    """End a process that leads a session, and after its patience whatever is left of that."""
    process.stdin.close() if process.stdin is not None else process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(patience)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _at_most(seconds: float, work: Callable[[], None]) -> None:
    """Wait so long for work that may never end, and do without it if it fails."""

    def done() -> None:
        with contextlib.suppress(Exception):
            work()

    thread = threading.Thread(target=done, name="farewell", daemon=True)
    thread.start()
    thread.join(seconds)


def _connect(ray: Any, address: str | None, node: _Node | None) -> None:
    own: dict[str, Any] = {"include_dashboard": False} if address is None else {}
    if node is not None:
        address, own = node.place, {"_node_ip_address": node.own}
    try:
        ray.init(address=address or "local", namespace=APP, log_to_driver=False, **own)
    except OSError as error:  # no connection, or a temporary folder whose path is too long for a socket
        raise DreamError(f"no Ray cluster at {address}: {error}; ray start --head begins one.") from None
