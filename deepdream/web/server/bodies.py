"""What a request may send: so many bytes, so many files, without a long silence, and so many uploads at a time."""

import asyncio
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from deepdream.web.server.limits import Limits
from deepdream.web.texts import say

AGAIN = {429: 5, 503: 30, 507: 60}  # seconds after which a caller may come back, by the status of a refusal


def when_again(status: int) -> dict[str, str]:
    """Return the header that tells when to come back, of an answer that refuses for now."""
    return {"Retry-After": str(AGAIN[status])} if status in AGAIN else {}


class Refusal(HTTPException):
    """End a request with a status and a text in the caller's language."""

    def __init__(self, status: int, key: str, headers: Headers) -> None:
        super().__init__(status, say(key, headers.get("accept-language")))
        self.key = key


class Body:
    """Receive a request's body, and end it beyond the limits or `most` bytes; `files` counts those of a form.

    The files are counted by the boundary that stands before each, also where it is cut in two.
    """

    def __init__(self, receive: Receive, headers: Headers, limits: Limits, *, most: int, upload: bool) -> None:
        self.receive, self.headers, self.limits, self.upload = receive, headers, limits, upload
        self.most = most
        boundary = re.search(r'boundary="?([^";,]+)', headers.get("content-type", ""))
        self.mark = f"--{boundary[1] if boundary else ''}".encode("latin-1", "replace")
        self.size, self.files, self.tail, self.ended = 0, 0, b"", False
        self.until = time.monotonic() + limits.upload_seconds
        length = headers.get("content-length", "0")
        self.take(int(length) if length.isdigit() else 0)
        self.size = 0

    async def __call__(self) -> Message:
        """Return the next part.

        Raises:
            Refusal: it is too much, or took too long.
        """
        if self.ended:  # what comes now is only that the caller has gone, which may take hours
            return await self.receive()
        try:
            patience = min(self.limits.silence, self.until - time.monotonic())
            message = await asyncio.wait_for(self.receive(), patience)
        except TimeoutError:
            raise Refusal(408, "too_slow", self.headers) from None
        self.ended = not message.get("more_body", False)
        part = message.get("body", b"")
        self.take(len(part))
        if self.upload:
            self.count(part)
        return message

    def take(self, size: int) -> None:
        """Count bytes.

        Raises:
            Refusal: there are too many by now.
        """
        self.size += size
        if self.size > self.most:
            raise Refusal(413, "too_many_bytes", self.headers)

    def count(self, part: bytes) -> None:
        """Count files.

        Raises:
            Refusal: there are too many by now.
        """
        seen = self.tail + part
        self.files += seen.count(self.mark)
        self.tail = seen[len(seen) - len(self.mark) + 1 :] if len(seen) >= len(self.mark) else seen
        if self.files > self.limits.photos + 1:  # the end of a form has a boundary too
            raise Refusal(413, "too_many_files", self.headers)


class Places:
    """Count what is under way, in all and of each caller: so many of a kind, refused beyond by the `key` of a text."""

    def __init__(self, a_caller: int, of_all: float, key: str) -> None:
        self.a_caller, self.of_all, self.key = a_caller, of_all, key
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    @contextmanager
    def one_for(self, caller: str, headers: Headers) -> Iterator[None]:
        """Hold a place for one more.

        Raises:
            Refusal: there is none.
        """
        with self._lock:
            if self._taken[caller] >= self.a_caller or self._taken.total() >= self.of_all:
                raise Refusal(429, self.key, headers)
            self._taken[caller] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[caller] -= 1
                self._taken += Counter()  # drops those that are at 0
