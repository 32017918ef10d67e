"""What a dream will cost on this host: seconds, pixels and memory, told before the start.

Time is modelled as (megapixels × steps over the octaves) × (seconds a megapixel-step), a rate that is learnt for each
network and depth from every run here; until the first run a careful guess stands in. Memory is a fixed part for
TensorFlow and the network, and so many float32 pictures of the photo's size (measured; see `Costs.memory`); for a style
also the activations of the whole picture, up to those of a tile.
"""

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from deepdream.errors import DreamError
from deepdream.images import shrunk_size
from deepdream.octaves import plan_octaves
from deepdream.recipe import Recipe
from deepdream.style.scales import result_size, scale_sizes
from deepdream.style.settings import StyleSettings
from deepdream.tiles import seen_in_tiles
from deepdream.web.server.limits import Limits

GUESS = 0.6  # seconds a megapixel-step of the compact network on two cores without bf16
DEARER = {"compact": 1.0}  # other networks, until they have been measured
OTHER = 3.0
STYLED = 1.5  # a step of a style transfer looks at more layers, and at a larger picture
MEMORY_FIXED = 0.85  # GB: TensorFlow, the page and a network
MEMORY_A_MEGAPIXEL = 0.07  # GB: six float32 pictures; measured peaks: 0.96 GB at 0.8 megapixels, 2.1 at 12, 4.5 at 48
ACTIVATIONS_A_MEGAPIXEL, ACTIVATIONS_MOST = 0.25, 0.8  # GB; of a larger picture those of a tile
STYLE_A_MEGAPIXEL = {"compact": 0.45}  # GB: the network's activations on the whole picture; measured at 1 megapixel
STYLE_OTHER = 2.6  # of VGG19
STYLE_MOST = 2.2  # above which a style is painted in tiles
LEARNING = 0.4
SIDES = (512, 768, 1024, 1536, 2048, 0)  # the sizes on offer: pixels of the longer side; 0 is the photo's own
SIDE = 1024


@dataclass(frozen=True)
class Cost:
    """Tell what a dream takes: expected seconds, the picture's width and height in pixels, gigabytes of memory.

    passes: what of it this host does not take on, "seconds", "megapixels" or "memory"; "" if it does.
    """

    seconds: float
    width: int
    height: int
    memory: float
    passes: str = ""

    @property
    def too_much(self) -> bool:
        """Say whether this host does not take it on."""
        return bool(self.passes)


@dataclass(eq=False)
class Costs:
    """Learn this host's speed from the runs on it, and tell the cost of the next."""

    limits: Limits = field(default_factory=Limits)
    _rates: dict[tuple[str, str], float] = field(default_factory=dict)
    _quick: dict[tuple[str, str], float] = field(default_factory=dict)  # of previews, whose steps are small
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, recipe: Recipe, size: tuple[int, int]) -> float:
        """Return the megapixel-steps of a dream on a photo of `size` (height, width)."""
        sizes = _octaves(recipe, size)
        steps = [recipe.steps * recipe.steps_growth**index for index in range(len(sizes))]
        seen = [seen_megapixels(each, recipe.pad + recipe.mirror, recipe.tile_size) for each in sizes]
        return sum(megapixels * count for megapixels, count in zip(seen, steps, strict=True))

    def rate(self, recipe: Recipe, *, quick: bool = False) -> float:
        """Return the seconds that one megapixel-step of this recipe takes, or of its preview."""
        with self._lock:
            for rates in (self._quick, self._rates) if quick else (self._rates,):
                if _kind(recipe) in rates:
                    return rates[_kind(recipe)]
            alike = [rate for (network, _), rate in self._rates.items() if network == recipe.network]
        return max(alike) if alike else GUESS * DEARER.get(recipe.network, OTHER)

    def learn(self, recipe: Recipe, work: float, seconds: float, *, quick: bool = False) -> None:
        """Take in that `work` megapixel-steps took `seconds` in the engine."""
        if work <= 0 or seconds <= 0 or (work < 0.05 and not quick):  # too short to tell
            return
        self._take_in(self._quick if quick else self._rates, _kind(recipe), seconds / work)

    def style_work(self, settings: StyleSettings, size: tuple[int, int]) -> float:
        """Return the megapixel-steps of a style transfer on a content photo of `size`."""
        sizes = scale_sizes(result_size(size, settings), settings)
        steps = [settings.steps * settings.steps_growth**index for index in range(len(sizes))]
        return sum(height * width * count for (height, width), count in zip(sizes, steps, strict=True)) / 1e6

    def learn_style(self, settings: StyleSettings, work: float, seconds: float) -> None:
        """Take in that `work` megapixel-steps of a style took `seconds` in the engine."""
        if work >= 0.05 and seconds > 0:
            self._take_in(self._rates, ("style", settings.network), seconds / work)

    def of_style(self, settings: StyleSettings, size: tuple[int, int]) -> Cost:
        """Return the cost of a style transfer on a content photo of `size` (height, width)."""
        with self._lock:
            rate = self._rates.get(("style", settings.network), GUESS * DEARER.get(settings.network, OTHER) * STYLED)
        height, width = result_size(size, settings)
        seconds = self.style_work(settings, size) * rate
        activations = STYLE_A_MEGAPIXEL.get(settings.network, STYLE_OTHER) * height * width / 1e6
        memory = self.memory((height, width)) + min(activations, STYLE_MOST)
        return Cost(seconds, width, height, memory, self._passed(seconds, height * width, memory))

    def _take_in(self, rates: dict[tuple[str, str], float], kind: tuple[str, str], measured: float) -> None:
        with self._lock:
            known = rates.get(kind)
            rates[kind] = measured if known is None else known + LEARNING * (measured - known)

    def memory(self, size: tuple[int, int]) -> float:
        """Return the gigabytes that the process is expected to hold while it dreams on a photo of `size`."""
        megapixels = size[0] * size[1] / 1e6
        activations = min(ACTIVATIONS_A_MEGAPIXEL * megapixels, ACTIVATIONS_MOST)
        return MEMORY_FIXED + MEMORY_A_MEGAPIXEL * megapixels + activations

    def of(self, recipe: Recipe, size: tuple[int, int]) -> Cost:
        """Return the cost of a dream on a photo of `size` (height, width)."""
        seconds = self.work(recipe, size) * self.rate(recipe)
        largest = max((size, *_octaves(recipe, size)), key=math.prod)
        memory = self.memory(largest)
        return Cost(seconds, size[1], size[0], memory, self._passed(seconds, math.prod(largest), memory))

    def _passed(self, seconds: float, pixels: int, memory: float) -> str:
        wishes = {"megapixels": pixels / 1e6, "memory": memory, "seconds": seconds}
        return next((name for name, wish in wishes.items() if wish > getattr(self.limits, name)), "")

    def fitting(self, recipe: Recipe, size: tuple[int, int], sides: Sequence[int]) -> int | None:
        """Return the largest of `sides` (pixels of the longer side) at which the dream stays within the limits."""
        for side in sorted(sides, reverse=True):
            if side < max(size) and not self.of(recipe, shrunk_size(size, side)).too_much:
                return side
        return None


def seen_megapixels(size: tuple[int, int], pad: int, tile_size: int = 0) -> float:
    """Return how many million pixels a network sees of a picture of `size` in a frame of `pad` pixels, in tiles."""
    return math.prod(seen_in_tiles(along, tile_size, pad=pad) for along in size) / 1e6


def _octaves(recipe: Recipe, size: tuple[int, int]) -> Sequence[tuple[int, int]]:
    try:
        return plan_octaves(size, recipe).sizes
    except DreamError:  # the dream itself will say what is wrong
        return (size,)


def _kind(recipe: Recipe) -> tuple[str, str]:
    """Name what sets the price of a step: the network and its deepest layer (names sort from early to deep)."""
    return recipe.network, max(name.split(":")[0].split("@")[0] for name, _ in recipe.layers)
