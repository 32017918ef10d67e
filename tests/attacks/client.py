"""A stranger with an HTTP client: sends what they like to a server on this machine, and reads what it answers."""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx

PATIENCE = 280.0  # seconds
AS_JSON = {"content-type": "application/json"}
META = {"meta": {"_type": "gradio.FileData"}}


@dataclass
class Stranger:
    """Hold one session with a server at `address` (http://127.0.0.1:PORT/), called from the address `source`."""

    address: str
    source: str = "127.0.0.1"
    session: str = field(default_factory=lambda: secrets.token_hex(6))

    def __post_init__(self) -> None:
        assert self.address.startswith("http://127.0.0.1:"), "attacks go to this machine alone"
        self.api = f"{self.address}gradio_api"
        self.http = httpx.Client(timeout=PATIENCE, transport=httpx.HTTPTransport(local_address=self.source))

    def config(self) -> dict[str, Any]:
        """Return the page's description: components and events."""
        return self.http.get(f"{self.address}config").json()

    def upload(self, name: str, content: bytes) -> str:
        """Upload a file, and return the path that the server gives it; "" where it takes no more for now."""
        answer = self.http.post(f"{self.api}/upload", files={"files": (name, content)})
        return answer.json()[0] if answer.status_code == 200 else ""

    def call(self, name: str, data: list[Any]) -> str:
        """Call a named endpoint, and return the whole of its answer."""
        asked = self.http.post(f"{self.api}/call/{name}", json={"data": data})
        if asked.status_code != 200:
            return f"{asked.status_code} {asked.text}"
        return self.http.get(f"{self.api}/call/{name}/{asked.json()['event_id']}").text

    def trigger(self, number: int, data: list[Any], event_data: Any = None, trigger: int | None = None) -> str:
        """Trigger an event of the page by its number, and return the message that ends it, without its counters."""
        body = {
            "data": data,
            "fn_index": number,
            "session_hash": self.session,
            "event_data": event_data,
            "trigger_id": trigger,
        }
        # in ASCII, so that half a character gets through too
        asked = self.http.post(f"{self.api}/queue/join", content=json.dumps(body), headers=AS_JSON)
        if asked.status_code != 200:
            return f"{asked.status_code} {asked.text}"
        with self.http.stream("GET", f"{self.api}/queue/data", params={"session_hash": self.session}) as lines:
            for line in lines.iter_lines():
                message = json.loads(line[5:]) if line.startswith("data:") else {}
                if message.get("msg") == "process_completed":
                    return json.dumps({key: message.get(key) for key in ("success", "output")})
        return "no answer"


def words(answer: str) -> str:
    """Return an answer without what differs from call to call."""
    try:
        output = json.loads(answer).get("output") or {}
    except ValueError:
        return answer
    return json.dumps({"error": output.get("error"), "data": output.get("data")}, sort_keys=True)
