"""Export a checkpoint's averaged weights as the package's file: batch norm folded, float16 kernels, JSON beside it.

python -m training.export ~/compact-run/newest.npz --archive tiny-imagenet-200.zip
"""

import argparse
import json
from dataclasses import asdict, fields
from pathlib import Path

import keras
import numpy as np

from training.checkpoint import load_checkpoint, take_part
from training.data import ClassNames, load_class_names
from training.model import ARCHITECTURES, Arrays, Stage, build_model, fold, write_weights
from training.settings import Settings

PACKAGED = Path("deepdream/networks/compact.npz")

DATA = (
    "Tiny ImageNet (Stanford CS231n): 200 classes of ImageNet, 100,000 training and 10,000 validation pictures of "
    "64 x 64 pixels"
)
LICENCE = (
    "Trained on ImageNet pictures, whose terms of access allow research and education without commercial use; "
    "whether those terms reach trained weights is not settled. Use the weights accordingly."
)
LAYOUT = (
    "<layer>/kernel float16 (height, width, in, out), <layer>/bias float32, batch norm folded in; classes/kernel "
    "(in, 200), classes/bias; labels and wnids (200,); pool: 'average' or 'max'. Pictures RGB on -1..1. Every "
    "convolution pads kernel // 2 zeros on each side. pooled: a 2 x 2 pool before. squeeze: two convolutions, "
    "<layer>a with ReLU, then 1 x 1 <layer>b. residual: the stage's input (after the pool) is added before the ReLU. "
    "Then the mean over places, and classes."
)


def export(checkpoint: Path, *, archive: Path, output: Path, origin: str) -> None:
    """Write `output` (npz) and, beside it, a JSON of how the network came to be."""
    state, settings = load_checkpoint(checkpoint)
    folded = fold(take_part(state, "average"), ARCHITECTURES[settings.architecture])
    np.savez(output, **pack(folded, load_class_names(archive), pool=settings.pool))
    about = describe(settings, step=int(state["step"]), origin=origin)
    output.with_suffix(".json").write_text(json.dumps(about, indent=2) + "\n")


def pack(folded: Arrays, names: ClassNames, *, pool: str) -> dict[str, np.ndarray]:
    """Store kernels as float16 and biases as float32, with the classes' names and the kind of pool.

    Raises:
        ValueError: a kernel leaves float16's range.
    """
    packed = {}
    for path, array in folded.items():
        with np.errstate(over="ignore"):
            kept = array.astype(np.float16 if path.endswith("/kernel") else np.float32)
        if not np.isfinite(kept).all():
            raise ValueError(f"{path} holds values up to {np.abs(array).max():.3g}; float16 ends at 65504.")
        packed[path] = kept
    texts = {"labels": names.labels, "wnids": names.wnids, "pool": pool}
    return packed | {name: np.array(text) for name, text in texts.items()}


def load_exported(path: Path, *, architecture: str = "compact") -> keras.Model:
    """Build the folded network that a file holds; older files lack residual stages, and name no pool but had max."""
    with np.load(path, allow_pickle=False) as opened:
        weights = dict(opened)
    stages = tuple(stage for stage in ARCHITECTURES[architecture] if _is_held(stage, weights))
    model = build_model(stages, folded=True, pool=str(weights.get("pool", "max")))
    write_weights(model, weights)
    return model


def describe(settings: Settings, *, step: int, origin: str) -> dict[str, object]:
    """Return the record that goes beside the weights; `training.evaluate --record` adds the accuracy."""
    return {
        "network": settings.architecture,
        "data": DATA,
        "started_from": origin,
        "epochs": settings.epochs,
        "step": step,
        "seed": settings.seed,
        "command": _spell_command(settings, origin),
        "settings": asdict(settings),
        "accuracy": None,
        "licence": LICENCE,
        "layout": LAYOUT,
        "stages": [asdict(stage) for stage in ARCHITECTURES[settings.architecture]],
    }


def main() -> None:
    """Export from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path, help="newest.npz or epoch-NN.npz of a run")
    parser.add_argument("--archive", type=Path, required=True, help="tiny-imagenet-200.zip, for the classes' names")
    parser.add_argument("--output", type=Path, default=PACKAGED, help=f"default {PACKAGED}")
    parser.add_argument("--origin", default="", help="one sentence: which weights the run started from")
    given = parser.parse_args()
    export(given.checkpoint, archive=given.archive, output=given.output, origin=given.origin)


def _spell_command(settings: Settings, origin: str) -> str:
    changed = [f for f in fields(Settings) if getattr(settings, f.name) != f.default]
    options = [f"--{f.name.replace('_', '-')} {getattr(settings, f.name)}" for f in changed]
    start = ["--init START.npz"] if origin else []
    return " ".join(["python -m training.train --archive tiny-imagenet-200.zip --run RUN", *start, *options])


if __name__ == "__main__":
    main()


def _is_held(stage: Stage, weights: dict[str, np.ndarray]) -> bool:
    first = f"{stage.name}a" if stage.squeeze else stage.name
    return f"{first}/kernel" in weights
