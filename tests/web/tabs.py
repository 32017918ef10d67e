"""A tab without a browser: its heartbeat, its events and their streams over plain HTTP, broken off when one likes."""

import json
import secrets
import threading
from collections.abc import Iterator
from typing import Any

import httpx


class Tab:
    """Be one tab at `page_server`, or a later page of the same browser."""

    def __init__(self, page_server: Any, *, source: str = "127.0.0.1") -> None:
        self.session = secrets.token_hex(6)
        self.api = f"{page_server.local_url}gradio_api"
        self.http = httpx.Client(timeout=60, transport=httpx.HTTPTransport(local_address=source))
        self.config = self.http.get(f"{page_server.local_url}config").json()
        self.values = {part["id"]: part["props"].get("value") for part in self.config["components"]}
        self._beating: tuple[httpx.Client, threading.Thread] | None = None

    def connect(self) -> None:
        """Open the heartbeat, and wait until the server beats."""
        beat, client = threading.Event(), httpx.Client(timeout=None)

        def listen() -> None:
            try:
                with client.stream("GET", f"{self.api}/heartbeat/{self.session}") as stream:
                    self._heart = stream
                    for _ in stream.iter_bytes():
                        beat.set()
            except (httpx.HTTPError, RuntimeError, OSError):
                pass

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        assert beat.wait(20)
        self._beating = (client, thread)

    def disconnect(self) -> None:
        """Break the heartbeat off, as a lost connection does."""
        if self._beating is not None:
            extension = self._heart.extensions["network_stream"]
            extension.get_extra_info("socket").shutdown(2)
            self._beating[1].join(10)
            self._beating = None

    def component(self, element: str) -> int:
        """Return the number of the component of that id on the page."""
        return next(part["id"] for part in self.config["components"] if part["props"].get("elem_id") == element)

    def number(self, element: str, event: str, then: int = 0) -> int:
        """Return the number of the first listener of a component's event, or of the one so many after it; the component
        by its id on the page.
        """
        target, listeners = [self.component(element), event], self.config["dependencies"]
        number = next(each["id"] for each in listeners if target in map(list, each["targets"]))
        for _ in range(then):
            number = next(each["id"] for each in listeners if each["trigger_after"] == number)
        return number

    def listener(self, element: str, event: str, then: int = 0) -> dict[str, Any]:
        """Return what Gradio tells of the listener of that number."""
        number = self.number(element, event, then)
        return next(each for each in self.config["dependencies"] if each["id"] == number)

    def send(self, element: str, event: str, event_data: Any = None, *, then: int = 0) -> str:
        """Trigger an event, or what follows it, with the values that the page begins with, and return its name."""
        listener = self.listener(element, event, then)
        body = {
            "data": [self.values[each] for each in listener["inputs"]],
            "fn_index": listener["id"],
            "session_hash": self.session,
            "event_data": event_data,
        }
        return self.http.post(f"{self.api}/queue/join", json=body).raise_for_status().json()["event_id"]

    def outputs(self, event: str) -> Iterator[list[Any]]:
        """Yield what an event says, to its end; streamed outputs come whole or as changes."""
        with self.http.stream("GET", f"{self.api}/queue/data", params={"session_hash": self.session}) as lines:
            for line in lines.iter_lines():
                message = json.loads(line[5:]) if line.startswith("data:") else {}
                if message.get("event_id") != event:
                    continue
                if message["msg"] in ("process_generating", "process_completed"):
                    yield message["output"].get("data", [message["output"].get("error")])
                if message["msg"] == "process_completed":
                    return

    def last(self, element: str, event: str, event_data: Any = None) -> list[Any]:
        """Trigger an event and return what it ended with."""
        *_, outputs = self.outputs(self.send(element, event, event_data))
        return outputs
