"""What the page's pieces show, as plain data: numbers, keys of texts, and Gradio's records of files."""

import math
import time
from pathlib import Path
from typing import Any

import numpy as np

from deepdream.frames import LossTrace
from deepdream.images import Photo
from deepdream.networks import Network
from deepdream.web.rooms.shared.photos import Material
from deepdream.web.server.scheduler import Turns
from deepdream.web.server.visitors import Visitor

POINTS = 160  # of one line of a plot


def stage_value(
    visitor: Visitor,
    state: str,
    *,
    picture: Path | None = None,
    preview: bool = False,
    status: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what the stage shows; state: "empty", "ready", "waiting", "dreaming" or "done"."""
    material = visitor.of(Material)
    if material.photo is None:
        return {"state": "empty", "status": status}
    height, width = material.photo.size
    return {
        "state": state,
        "photo": file_value(material.file),
        "number": material.number,
        "picture": file_value(picture),
        "veil": file_value(material.veil),
        "width": width,
        "height": height,
        "preview": preview,
        "carried": material.carried,
        "status": status,
        "larger": material.side if max(material.photo.size) < material.side else None,
        "chips": chips_of(material),
    }


def chips_of(material: Material) -> list[dict[str, Any]]:
    """Return what else the next dream takes in, each of which can be left out."""
    there = {
        "photos": len(material.batch) > 1,
        "guide": material.guide is not None,
        "mask": material.mask is not None,
        "larger": material.grown,
    }
    count = {"larger": material.side}
    return [{"what": what, "n": count.get(what, len(material.batch))} for what, is_there in there.items() if is_there]


def lines_of(trace: LossTrace | None) -> dict[str, list[float | None]]:
    """Return the parts of a run's loss and its share of clipped pixels as lines of at most POINTS values."""
    if trace is None or not trace.steps:
        return {}
    chosen = np.unique(np.linspace(0, len(trace.steps) - 1, POINTS).astype(int))
    lines = {**trace.parts, "clipped": trace.clipped}
    return {
        part: [round(values[index], 6) if math.isfinite(values[index]) else None for index in chosen]
        for part, values in lines.items()
    }


def classes_of(picture: Photo | np.ndarray, network: Network, turns: Turns) -> list[list[Any]]:
    """Return the five likeliest labels of a picture with their probabilities, found in a turn of the engine."""
    from deepdream.inspection.views import top_classes

    with turns.preview_step():
        return [[name, round(share, 4)] for name, share in top_classes(picture, network)]


def saved_value(path: Path, name: str) -> dict[str, Any]:
    """Return what the button for keeping hands to the browser: a file under a name, told apart from the last one."""
    return {"file": file_value(path), "name": f"{name}{path.suffix}", "stamp": time.time_ns()}


def file_value(path: Path | None) -> dict[str, Any] | None:
    """Describe a file so that Gradio turns it into a URL below the page's own address."""
    return {"path": str(path), "meta": {"_type": "gradio.FileData"}} if path is not None else None
