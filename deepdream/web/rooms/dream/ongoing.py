"""Work that goes on to its end, whether a page follows it or not."""

import asyncio
from collections.abc import AsyncIterator

from deepdream.web.rooms.shared.actions import Values
from deepdream.web.server.renders import POLL_SECONDS


class Ongoing:
    """Take a stream of outputs to its end in a task of its own; who follows it sees the newest.

    It must be made on the event loop.
    """

    def __init__(self, outputs: AsyncIterator[Values]) -> None:
        self._newest: Values = ()
        self._version = 0
        self._task = asyncio.create_task(self._take(outputs))

    @property
    def ended(self) -> bool:
        """Whether nothing more comes."""
        return self._task.done()

    async def follow(self) -> AsyncIterator[Values]:
        """Yield the newest outputs, to the last; whoever breaks off ends nothing.

        Raises:
            Exception: what went wrong in the stream.
        """
        version, ended = 0, False
        while not ended:
            ended = self.ended  # asked first, so that the last outputs are seen
            if self._version != version:
                version = self._version
                yield self._newest
            elif not ended:
                await asyncio.sleep(POLL_SECONDS)
        self._task.result()

    async def _take(self, outputs: AsyncIterator[Values]) -> None:
        async for self._newest in outputs:
            self._version += 1
