"""Fifty visitors on one server: they move sliders and dream for some minutes, each as a browser does.

    python -m benchmarks.load http://127.0.0.1:7860 --visitors 50 --minutes 10

Each keeps a heartbeat, begins with a sample photo, moves a slider every few seconds, and now and then dreams and
follows it to its end. It prints previews and dreams by percentile of their seconds, refusals by their words, errors,
and what /metrics says of the server's memory where a port is named. It is bounded: it goes to this machine alone
unless --elsewhere is given.
"""

import argparse
import asyncio
import json
import random
import secrets
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

HERE = ("127.0.0.1", "localhost")
MOST_VISITORS = 200
REFUSED = ("Too many", "as much as one address", "starts anew", "One of your dreams", "no room")
PERCENTILES = (50, 90, 95, 99, 100)
DREAM_SHARE = 0.01  # of what a visitor does; the rest are sliders
PATIENCE = 150.0  # seconds after the end for which what is under way is followed: a dream may have just been queued


@dataclass
class Figures:
    """Collect what all visitors saw."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {"preview": [], "dream": []})
    refusals: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    memory: list[tuple[float, float]] = field(default_factory=list)  # (second, bytes)


class Person:
    """Be one visitor: a session with its heartbeat, and one event after another."""

    def __init__(self, client: httpx.AsyncClient, config: dict[str, Any], figures: Figures, seed: int) -> None:
        self.client, self.config, self.figures = client, config, figures
        self.session, self.random = secrets.token_hex(6), random.Random(seed)
        self.values = {part["id"]: part["props"].get("value") for part in config["components"]}
        self.ids = {part["props"].get("elem_id"): part["id"] for part in config["components"]}

    async def live(self, until: float) -> None:
        """Come, look around until the end, and leave."""
        beating = asyncio.create_task(self.beat())
        try:
            await asyncio.sleep(self.random.uniform(0, 10))
            await self.do("identity", "resume", {"key": ""})
            await self.do("stage", "select", {"sample": self.random.choice(["sky", "cat", "coffee", "rocket"])})
            while time.monotonic() < until:
                await self.act()
                await asyncio.sleep(self.random.expovariate(1 / 6))
            await self.do("identity", "leave", {})
        finally:
            beating.cancel()

    async def act(self) -> None:
        """Move a slider, or dream."""
        if self.random.random() < DREAM_SHARE:
            await self.timed("dream", "dream", "click")
        else:
            self.values[self.ids["setting-seed"]] = self.random.randrange(1000)
            await self.timed("preview", "setting-seed", "input")

    async def beat(self) -> None:
        """Keep the heartbeat open."""
        async with self.client.stream("GET", f"gradio_api/heartbeat/{self.session}") as stream:
            async for _ in stream.aiter_bytes():
                pass

    async def timed(self, kind: str, element: str, event: str) -> None:
        """Do something, and note how long it took if it was done."""
        began = time.monotonic()
        if await self.do(element, event):
            self.figures.seconds[kind].append(time.monotonic() - began)

    async def do(self, element: str, event: str, data: Any = None) -> bool:
        """Trigger an event and follow it to its end; note a refusal or an error."""
        try:
            problem = await self.follow(self.body(element, event, data))
        except (httpx.HTTPError, ValueError, KeyError) as error:
            problem = f"{type(error).__name__}: {error}"
        if problem:
            refused = any(words in problem for words in REFUSED)
            (self.figures.refusals if refused else self.figures.errors)[problem[:90]] += 1
        return not problem

    def body(self, element: str, event: str, data: Any) -> dict[str, Any]:
        """Return the request of an event, with the values that the page has now."""
        target = [self.ids[element], event]
        listener = next(each for each in self.config["dependencies"] if target in map(list, each["targets"]))
        values = [self.values[each] for each in listener["inputs"]]
        about = {"fn_index": listener["id"], "session_hash": self.session, "event_data": data}
        return about | {"data": values, "trigger_id": self.ids[element]}

    async def follow(self, body: dict[str, Any]) -> str:
        """Send an event and wait for its end; return what went wrong, "" for nothing."""
        answer = await self.client.post("gradio_api/queue/join", json=body)
        if answer.status_code != 200:
            return f"{answer.status_code} {answer.text}"
        event = answer.json()["event_id"]
        where = {"session_hash": self.session}
        async with self.client.stream("GET", "gradio_api/queue/data", params=where) as stream:
            async for line in stream.aiter_lines():
                message = json.loads(line[5:]) if line.startswith("data:") else {}
                if message.get("msg") == "unexpected_error":
                    return str(message.get("message"))
                if message.get("msg") == "process_completed" and message.get("event_id") == event:
                    return "" if message["success"] else str(message["output"].get("error"))
        return "the stream ended before the event"


async def watch(figures: Figures, port: int, until: float) -> None:
    """Note the server's memory every ten seconds, as /metrics at `port` tells it."""
    async with httpx.AsyncClient() as client:
        began = time.monotonic()
        while port and time.monotonic() < until:
            text = (await client.get(f"http://127.0.0.1:{port}/metrics", timeout=30)).text
            line = next(line for line in text.splitlines() if line.startswith("process_resident_memory_bytes "))
            figures.memory.append((time.monotonic() - began, float(line.split()[1])))
            await asyncio.sleep(10)


def client_of(address: str, number: int) -> httpx.AsyncClient:
    """Return a visitor's own connections: on this machine from an address of the loopback that no other visitor has."""
    here = urlsplit(address).hostname in HERE
    own = f"127.9.{number // 250}.{number % 250 + 1}" if here else None
    transport = httpx.AsyncHTTPTransport(local_address=own, verify=not here, limits=httpx.Limits(max_connections=8))
    return httpx.AsyncClient(base_url=address, timeout=300, transport=transport)


async def load(address: str, visitors: int, minutes: float, metrics: int) -> Figures:
    """Let so many people come for so many minutes, and return what they saw."""
    figures, until = Figures(), time.monotonic() + 60 * minutes
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(client_of(address, number)) for number in range(visitors)]
        config = (await clients[0].get("config")).raise_for_status().json()
        people = [Person(client, config, figures, seed).live(until) for seed, client in enumerate(clients)]
        tasks = [asyncio.create_task(each) for each in (watch(figures, metrics, until), *people)]
        done, late = await asyncio.wait(tasks, timeout=60 * minutes + PATIENCE)
        figures.errors.update({"had not ended": len(late)} if late else {})
        figures.errors.update(f"{each.exception()!r}"[:90] for each in done if each.exception() is not None)
        for each in late:
            each.cancel()
    return figures


def tell(figures: Figures) -> None:
    """Print the figures."""
    for kind, seconds in figures.seconds.items():
        ordered = sorted(seconds)
        shown = [
            f"{p} %: {ordered[min(len(ordered) - 1, len(ordered) * p // 100)]:.2f} s" for p in PERCENTILES if ordered
        ]
        print(f"{len(ordered)} times {kind}:", ", ".join(shown))
    for name, counted in (("refusals", figures.refusals), ("errors", figures.errors)):
        print(f"{counted.total()} {name}", dict(counted))
    if figures.memory:
        third = len(figures.memory) // 3
        levels = [
            sum(size for _, size in part) / len(part) / 1e9
            for part in (figures.memory[third : 2 * third + 1], figures.memory[2 * third :])
        ]
        print(
            f"memory: {levels[0]:.2f} GB in the middle third, {levels[1]:.2f} GB in the last, "
            f"at most {max(size for _, size in figures.memory) / 1e9:.2f} GB"
        )


def main() -> None:
    """Read the options and run."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("address")
    options.add_argument("--visitors", type=int, default=50)
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--metrics", type=int, default=0, help="the server's metrics_port")
    options.add_argument("--elsewhere", action="store_true", help="the server is on another machine, and is yours")
    chosen = options.parse_args()
    if not chosen.elsewhere and urlsplit(chosen.address).hostname not in HERE:
        options.error("that is another machine; --elsewhere says that it is yours")
    visitors = min(chosen.visitors, MOST_VISITORS)
    tell(asyncio.run(load(chosen.address.rstrip("/") + "/", visitors, chosen.minutes, chosen.metrics)))


if __name__ == "__main__":
    main()
