"""Checkpoints of a run: plain arrays in one npz, by part and variable path, with the settings as JSON."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import numpy as np

from training.settings import Settings

NEWEST = "newest.npz"

State = dict[str, np.ndarray]


def save_checkpoint(state: State, settings: Settings, *, run: Path, epoch: int | None) -> None:
    """Replace the run's newest checkpoint; at an epoch's end keep the averaged weights as epoch-NN.npz too."""
    written = {"settings": np.array(json.dumps(asdict(settings)))}
    save_arrays(run / NEWEST, state | written)
    if epoch is not None:
        kept = {key: array for key, array in state.items() if key.startswith("average/") or key == "step"}
        save_arrays(run / f"epoch-{epoch:02d}.npz", kept | written)


def load_checkpoint(path: Path, kind: type[Settings] = Settings) -> tuple[State, Settings]:
    """Read a checkpoint's arrays and the settings of its run, which are of that kind."""
    with np.load(path, allow_pickle=False) as opened:
        arrays = dict(opened)
    return arrays, kind(**json.loads(str(arrays.pop("settings"))))


def take_part(state: State, part: str) -> State:
    """Return one part of a checkpoint ("weights", "average" or "momentum") by variable path."""
    return {key.split("/", 1)[1]: array for key, array in state.items() if key.startswith(f"{part}/")}


def save_arrays(path: Path, arrays: State) -> None:
    """Write arrays in place of a file's."""
    # Written aside and moved, so that a run stopped here leaves the checkpoint before it whole.
    unfinished = path.with_suffix(".part.npz")
    np.savez(unfinished, **arrays)
    os.replace(unfinished, path)
