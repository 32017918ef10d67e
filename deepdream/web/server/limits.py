"""What this host takes on: of one file, in one request, of one visitor and of all together; the one table of it.

Each limit says what it limits; the options of the server (`hosting.py`) are made from this table.
"""

from dataclasses import dataclass, field
from typing import Any

STREAMS_A_VISITOR = 4  # that last: a dream, its looks, a sheet of Explore, and one more


def limit(default: Any, help: str) -> Any:
    """Make a field of a table of settings: its default, and what it says of itself."""
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class Limits:
    """Say what this host takes on."""

    # one file
    upload: str = limit("40mb", "bytes of one file, such as 40mb")
    megapixels: float = limit(24.0, "of a photo, and of the largest octave")
    side: int = limit(20_000, "pixels of a photo's longer side, since a row of millions costs seconds")
    scans: int = limit(100, "of a progressive JPEG; cameras write about ten, and each decodes all of it once more")
    decoding_seconds: float = limit(10.0, "of the process that decodes one photo, and then ends")
    decoding_memory: float = limit(1.5, "gigabytes of that process")
    clip_seconds: float = limit(60.0, "of the process that decodes one clip, and then ends")
    clip_memory: float = limit(2.5, "gigabytes of that process")
    # one film
    film_seconds: float = limit(30.0, "seconds of a film, after which a clip is cut")
    film_bytes: int = limit(250_000_000, "bytes of its parts, after which it is stopped and kept")
    # one request
    photos: int = limit(20, "files in one upload")
    request: int = limit(2_000_000, "bytes of a request that is no upload")
    upload_request: int = limit(240_000_000, "bytes of an upload of several files")
    tool_request: int = limit(20_000_000, "bytes of one call by a language model, its photo included")
    tool_seconds: float = limit(60.0, "seconds after which such a call ends")
    silence: float = limit(30.0, "seconds without a byte after which a request ends")
    upload_seconds: float = limit(900.0, "seconds after which a request ends in any case")
    seconds: float = limit(900.0, "of the longest render, as the cost model expects it")
    memory: float = limit(5.0, "gigabytes of the whole process during a render, as the model expects it")
    # one visitor
    kept: int = limit(800_000_000, "bytes of photos and pictures of one visitor, on the disk and in memory")
    remembered: float = limit(900.0, "seconds for which a page is remembered after its last sign of life")
    remembered_program: float = limit(120.0, "the same for a program that has no page")
    unfollowed: float = limit(20.0, "seconds for which a program's render goes on after its stream ended")
    away: float = limit(90.0, "the same for a page's, after its last sign of life, where others wait")
    faces: int = limit(24, "looks that are dreamed small on a photo while the engine has time to spare; 0 for none")
    wall: float = limit(1800.0, "seconds after which any render is stopped and kept")
    # one caller, that is, one address
    uploads_a_caller: int = limit(18, "uploads of one address at a time")
    waiting_a_caller: int = limit(12, "renders of one address in the queue")
    seconds_an_hour: float = limit(0.0, "seconds of renders that one address gets in an hour; 0 for no end")
    visitors_a_caller: int = limit(60, "visitors of one address that are remembered")
    kept_a_caller: int = limit(
        1_500_000_000, "bytes of all photos and pictures of one address, and of its uploads in 15 minutes"
    )
    # all together
    waiting: int = limit(24, "renders in the queue")
    decoders: int = limit(2, "photos that are decoded at once")
    opening: int = limit(32, "photos that wait for that")
    kept_of_all: int = limit(4_000_000_000, "bytes of photos and pictures of all visitors, on the disk and in memory")
    disk: int = limit(8_000_000_000, "bytes of all files of visitors")
    disk_free: int = limit(500_000_000, "bytes that are left free on the disk")
    uploads: int = limit(36, "uploads at a time")
    visitors: int = limit(300, "that are remembered")
    networks: tuple[str, ...] = limit(
        ("all",), "those that visitors may choose, or all; one that is not here yet is downloaded when first chosen"
    )
