"""Feature maps: the activations of a layer for a photo, as numbers and as pictures."""

from dataclasses import dataclass

import numpy as np

from deepdream.engine.compile import activations
from deepdream.errors import LayerError, RecipeError, quoted
from deepdream.images import Photo, as_photo, at_point, resize
from deepdream.inspection.colormap import colorize
from deepdream.inspection.contact_sheet import Cell, contact_sheet
from deepdream.networks import Network, load_network
from deepdream.objectives.aims import rank_channels

SCALES = ("own", "shared")


def feature_maps(
    photo: Photo | np.ndarray, network: Network | str, layer: str, *, precision: str = "fp32"
) -> "FeatureMaps":
    """Look at a photo, (h, w, 3) in [0, 1], and return what a layer answers.

    The photo is taken as large as it is: make it smaller first where memory or time is short. `network` is one that was
    loaded, or its name. In "fp32", the default here, the numbers are those of the Keras model to 1e-4.

    Raises:
        ImageError: the photo is no picture.
        NetworkError: the network is unknown.
        LayerError: the layer is unknown.
    """
    network = load_network(network) if isinstance(network, str) else network
    name = network.layer(layer).name
    pixels = as_photo(photo).pixels
    maps = activations(network, network.to_input(pixels)[None], [name], precision=precision)[name][0].numpy()
    return FeatureMaps(name, pixels, on_photo(maps, pixels, network))


def on_photo(maps: np.ndarray, photo: np.ndarray, network: Network) -> np.ndarray:
    """Return the part of maps (h', w', ...) that lies on a photo (h, w, 3).

    A photo below the network's smallest size is seen continued by its mirror image, to the right and downwards: of such
    maps each pixel of the photo gets its own cell.
    """
    height, width = photo.shape[:2]
    seen = max(height, network.minimum_size), max(width, network.minimum_size)
    return maps if seen == (height, width) else np.array(resize(maps, seen)[:height, :width])


@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """Hold a layer's activations for a photo.

    `maps` are float32 (h', w', c) on the layer's own scale, usually from 0 up, and cover the photo; `photo` is
    (h, w, 3) in [0, 1].
    """

    layer: str
    photo: np.ndarray  # (h, w, 3)
    maps: np.ndarray  # (h', w', c)

    def strengths(self, place: tuple[float, float] | None = None) -> np.ndarray:
        """Return each channel's mean over the photo, (c,), or its value at `place`: x and y as shares in [0, 1].

        Raises:
            RecipeError: the place is outside the photo.
        """
        if place is None:
            return self.maps.mean(axis=(0, 1))
        x, y = place
        if not (0.0 <= x <= 1.0 and 0.0 <= y <= 1.0):
            raise RecipeError(f"the place {place} is outside the picture; allowed: x and y from 0 to 1.", "place")
        return at_point(self.maps, place)

    def ranking(self, place: tuple[float, float] | None = None) -> np.ndarray:
        """Return the channels that respond, strongest first, on the whole photo or at a place; see `strengths`."""
        return rank_channels(self.strengths(place))

    def picture(self, channel: int, *, over: float = 0.0) -> np.ndarray:
        """Return one channel in colors at the photo's size, (h, w, 3) in [0, 1].

        The darkest color is `scale(channel)[0]`, the lightest `scale(channel)[1]`. `over` lays it over the photo: at 0
        the map alone, towards 1 the photo shows where the channel responds and is dark elsewhere.

        Raises:
            LayerError: the layer does not have the channel.
        """
        low, high = self.scale(channel)
        smooth = resize(self.maps[..., channel], self.photo.shape[:2])  # (h, w)
        colors = colorize(smooth, low, high)
        if over == 0.0:
            return colors
        response = np.clip((smooth - low) / (high - low if high > low else 1.0), 0.0, 1.0)[..., None]
        lit = self.photo * (0.3 + 0.7 * response)
        return np.clip((1.0 - over) * colors + over * lit, 0.0, 1.0).astype(np.float32)

    def scale(self, channel: int | None = None) -> tuple[float, float]:
        """Return the activations that the darkest and the lightest color stand for: of one channel, or of all.

        The low end is 0, or the least activation where some are negative.

        Raises:
            LayerError: the layer does not have the channel.
        """
        if channel is not None and not 0 <= channel < self.maps.shape[-1]:
            raise LayerError(f"{self.layer} has the channels 0 to {self.maps.shape[-1] - 1}, received {channel}.")
        values = self.maps if channel is None else self.maps[..., channel]
        return min(0.0, float(values.min())), float(values.max())

    def sheet(self, count: int = 64, *, place: tuple[float, float] | None = None, scale: str = "own") -> np.ndarray:
        """Return a contact sheet of the strongest channels, (h, w, 3) in [0, 1].

        Below each stand its number and its greatest value. `place` ranks them there. `scale` "own" stretches each
        channel, "shared" gives one color one meaning on the whole sheet; the caption says which, and its ends.

        Raises:
            RecipeError: the scale is another, or the place outside the photo.
        """
        if scale not in SCALES:
            raise RecipeError(f"scale: received {quoted(scale)}; allowed: {', '.join(SCALES)}.", "scale")
        channels = [int(channel) for channel in self.ranking(place)[:count]]
        low, high = self.scale()
        tiles = []
        for channel in channels:
            ends = (low, high) if scale == "shared" else self.scale(channel)
            greatest = float(self.maps[..., channel].max())
            tiles.append(Cell(colorize(self.maps[..., channel], *ends), f"{channel}  {greatest:.3g}"))
        meaning = (
            f"dark {low:.3g}, light {high:.3g}" if scale == "shared" else "light: each channel's own greatest value"
        )
        caption = f"{self.layer}: {len(channels)} of {self.maps.shape[-1]} channels, strongest first; {meaning}"
        blank = Cell(np.zeros((*self.maps.shape[:2], 3), np.float32), "none responds")
        return contact_sheet(tiles or [blank], caption=caption)
