"""What all photos of one `dream` command share, read before the first dream."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepdream import __version__
from deepdream.cli.network import load, network_name
from deepdream.cli.options import base_recipe
from deepdream.cli.progress import complain
from deepdream.cli.setting_options import settings_given
from deepdream.recipe import Recipe
from deepdream.settings.kinds import format_setting

if TYPE_CHECKING:
    import numpy as np

    from deepdream.images import Photo
    from deepdream.networks import Network


@dataclass(frozen=True, eq=False)
class Job:
    """What all photos of one command share."""

    recipe: Recipe
    network: "Network"
    weights: str
    precision: str
    guide: "np.ndarray | None"  # (h, w, 3)
    mask: "Photo | None"
    max_megapixels: float
    octaves_to: Path | None

    def record(self, finished: bool) -> dict[str, Any]:
        """Return what a picture tells of its making beside the recipe."""
        return {
            "deepdream": __version__,
            "network": self.network.name,
            "weights": self.weights,
            "precision": self.precision,
            "finished": finished,
        }


def prepare(options: argparse.Namespace) -> Job:
    """Read all that the photos share, so that a mistake in it is found before the first dream.

    Raises:
        DreamError: a setting, the network, the guide or the mask is wrong.
    """
    from deepdream.images import read_image

    base, changes = base_recipe(options), settings_given(options)
    named = changes.get("network", base.network)
    recipe = base.replace(**changes | {"network": network_name(named)})
    guide, mask = (
        read_image(path, max_megapixels=options.max_megapixels) if path is not None else None
        for path in (options.guide, options.mask)
    )
    network = load(named, options, quiet=options.quiet)
    if named != base.network and "layers" not in changes:
        recipe = recipe.replace(layers=network.default_layers)
        if not options.quiet and base.layers != Recipe().layers:
            layers = format_setting(recipe.layers)
            complain(f"the layers named are those of {base.network}; {recipe.network} dreams with its own, {layers}.")

    from deepdream.engine.precision import resolve_precision

    return Job(
        recipe=recipe,
        network=network,
        weights=name_weights(named, options),
        precision=resolve_precision(options.precision, network),
        guide=guide.pixels if guide is not None else None,
        mask=mask,
        max_megapixels=options.max_megapixels,
        octaves_to=options.octaves_to,
    )


def name_weights(network: str | Path, options: argparse.Namespace) -> str:
    """Return what the file's record says of the weights: where they come from, never a path."""
    if options.weights is not None:
        return "random" if options.weights == "none" else Path(options.weights).name
    if isinstance(network, Path):
        return "of the model"
    return "embedded" if network == "compact" else "imagenet"
