"""Read strangers' pictures in a process of its own: `python -m deepdream.images.apart`, one job a line, as JSON.

A decoder cannot be interrupted, may take any memory and is the part most likely to be broken by a hostile file. So the
page has pictures decoded here, where a decode that lasts too long is ended with its process. Jobs:

    {"job": "weigh", "file": ..., "megapixels": ..., "side": ..., "scans": ...}    -> {"weight": megapixels of work}
    {"job": "photo", "file": ..., "into": "x.npy"}         -> {}; the file then holds uint8 (h, w, 3), or 4 with alpha
    {"job": "recipe", "file": ...}, {"job": "record", "file": ...}                 -> {"recipe" or "record": {...}}

An answer with "error" and "message" is that DreamError.
"""

import contextlib
import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from deepdream.errors import DreamError, ImageError, LargeError
from deepdream.images.metadata import read_recipe, read_record
from deepdream.images.opening import name_of, opened, stream
from deepdream.images.photo import to_uint8
from deepdream.images.reading import read_planes
from deepdream.settings.json_text import is_json

MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # within a scan: whatever ends it
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
SCAN_SHARE = 1 / 8  # of decoding a picture once: what one more scan of it costs, roughly


Job = Callable[..., dict[str, Any]]


def serve(jobs: Mapping[str, Job]) -> None:
    """Do the jobs that come in, by their names, until there are no more."""
    limit_memory(float(sys.argv[1]) if len(sys.argv) > 1 else 0.0)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line), jobs)), flush=True)  # noqa: T201  # the way back to who asked


def answer(job: dict[str, Any], jobs: Mapping[str, Job]) -> dict[str, Any]:
    """Do one job, and return its answer."""
    try:
        return jobs[job.pop("job")](**job)
    except DreamError as error:
        return {"error": type(error).__name__, "message": str(error)}
    except MemoryError:
        name = name_of(job["file"])
        return {"error": "LargeError", "message": f"{name} needs more memory than there is; make it smaller."}


def weigh(file: str, megapixels: float, side: int, scans: int) -> dict[str, Any]:
    """Tell from the header what decoding will cost; refuse what costs far more than its pixels.

    Raises:
        ImageError: it is no picture, or more than the limits allow.
    """
    name = name_of(file)
    with stream(file, name) as source:
        if is_json(source.read(64)):
            return {"weight": 0.0}
    with opened(file, name) as image:
        (width, height), kind, info = image.size, image.format, dict(image.info)
        coding = getattr(image, "tile", None)
    if width * height > megapixels * 1e6 or max(width, height) > side:
        raise LargeError(
            f"{name} has {width} x {height} pixels, that is {width * height / 1e6:.1f} megapixels; allowed: "
            f"{megapixels:g}, and {side} on a side. Make it smaller."
        )
    if kind == "BMP" and coding and coding[0][0] == "bmp_rle":
        raise ImageError(f"{name} is a BMP with run lengths, which takes long to read. Save it as PNG or JPEG.")
    weight = width * height / 1e6
    if kind in ("JPEG", "MPO") and info.get("progressive"):
        count = scans_of(file)
        if count > scans:
            raise ImageError(f"{name} is a JPEG of {count} scans; allowed: {scans}. Save it as a plain JPEG.")
        weight *= 1 + SCAN_SHARE * count
    return {"weight": weight}


def scans_of(file: str) -> int:
    """Count the scans of a JPEG's first picture: each goes over the whole picture once more."""
    data = Path(file).read_bytes()
    place, count = 2, 0
    while 0 <= place < len(data) - 3 and data[place] == 0xFF and data[place + 1] != END_OF_IMAGE:
        count += data[place + 1] == START_OF_SCAN
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        found = MARKER.search(data, place)
        place = found.start() if found else -1
    return count


def photo(file: str, into: str) -> dict[str, Any]:
    """Decode a photo into a file of 8 bits a channel."""
    planes = read_planes(file)
    planes = planes if planes.dtype == np.uint8 else to_uint8(planes)
    if planes.shape[2] == 4 and planes[..., 3].min() == 255:
        planes = planes[..., :3]
    np.save(into, np.ascontiguousarray(planes))
    return {}


def recipe(file: str) -> dict[str, Any]:
    """Return the recipe in a picture or JSON file."""
    return {"recipe": read_recipe(file).to_dict()}


def record(file: str) -> dict[str, Any]:
    """Return the record of a run in a picture."""
    return {"record": read_record(file)}


def limit_memory(gigabytes: float) -> None:
    """Let this process have only so much memory, where the system can, and the processor after all others."""
    with contextlib.suppress(ImportError, OSError, ValueError, AttributeError):
        os.nice(5)
        import resource

        if gigabytes:
            resource.setrlimit(resource.RLIMIT_AS, (int(gigabytes * 1e9), int(gigabytes * 1e9)))


JOBS: dict[str, Job] = {"weigh": weigh, "photo": photo, "recipe": recipe, "record": record}

if __name__ == "__main__":
    serve(JOBS)
