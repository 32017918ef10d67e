"""The one worker that is always there: this process."""

from collections.abc import Callable, Generator

from deepdream.frames import Frame
from deepdream.workers.jobs import Job, at_pace


class LocalWorkers:
    """Compute in this process and in the thread that takes the frames."""

    count = 1
    elsewhere = False

    def frames(
        self, job: Job, *, pace: float = 0.0, moved: Callable[[], None] | None = None
    ) -> Generator[Frame, None, None]:
        """See `Workers.frames`."""
        frames = job.frames()
        return (frame for frame in at_pace(frames, pace) if frame is not None)

    def close(self) -> None:
        """There is nothing to end."""
