"""Write a file that gets its name once it is whole: nobody meets half of one, and a failure leaves nothing behind."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield where to write; what is there at the end without an error takes the place of `path`.

    Its ending is that of the path, by which libraries choose a format.
    """
    part = path.with_name(f".{path.stem[:100]}.{uuid.uuid4().hex[:8]}.part{path.suffix}")
    try:
        yield part
        os.replace(part, path)
    finally:
        with contextlib.suppress(OSError):  # of a folder that nobody may write to
            part.unlink(missing_ok=True)
