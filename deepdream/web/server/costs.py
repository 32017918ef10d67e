"""What a dream will cost on this host: seconds, pixels and memory, told before the start.

Time is modelled as (megapixels × steps over the octaves) × (seconds a megapixel-step), a rate that is learnt for each
network and depth from every run here; until the first run a careful guess stands in. Memory is a fixed part for
TensorFlow and the network, and so many float32 pictures of the photo's size (measured; see `Costs.memory`); for a style
also the activations of the whole picture, up to those of a tile.
"""

import math
import re
import threading
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from deepdream.engine.network import CLASSES
from deepdream.errors import DreamError
from deepdream.images import shrunk_size
from deepdream.octaves import OctavePlan, Size, plan_octaves
from deepdream.recipe import Recipe
from deepdream.settings.targets import parse_target
from deepdream.style.scales import result_size, scale_sizes
from deepdream.style.settings import StyleSettings
from deepdream.tiles import fed_megapixels
from deepdream.web.server.limits import Limits

GUESS = 0.6  # seconds a megapixel-step of the compact network on two cores without bf16
DEARER = {"compact": 1.0}  # other networks, until they have been measured
OTHER = 3.0
STYLED = 1.5  # a step of a style transfer looks at more layers, and at a larger picture
DREAMED = 1.7  # of a style transfer's step, where a recipe's layers count as well; measured at 512 pixels
FILMED = 1.5  # a film's small pictures use a processor less well; flow, carrying and coding come on top
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

    def told(self) -> dict[str, Any]:
        """Return what the page tells of it, as plain data."""
        return {name: getattr(self, name) for name in ("seconds", "width", "height", "memory", "too_much")}


@dataclass(frozen=True)
class Planned:
    """Hold a dream's recipe with what follows from it for a photo: octaves, megapixel-steps, and cost.

    error: why the octaves cannot be planned; the dream itself will say it, and a cost is told all the same.
    """

    recipe: Recipe
    octaves: OctavePlan
    work: float
    cost: Cost
    error: DreamError | None = None

    def sizes(self, minimum: int) -> list[Size]:
        """Return the octaves' heights and widths, smallest first, for a network whose smallest side is `minimum`."""
        plan = self.octaves
        return [size for index, size in enumerate(plan.sizes) if min(size) >= minimum or index == plan.own]


@dataclass(frozen=True)
class Dearer:
    """Stand for settings whose steps have a price of their own, and, until that is known, one by `factor` above `like`.

    name: of what they are used for.
    """

    like: Recipe | StyleSettings
    name: str
    factor: float

    @property
    def network(self) -> str:
        """The network that is used."""
        return self.like.network


Priced: TypeAlias = Recipe | StyleSettings | Dearer


@dataclass(eq=False)
class Costs:
    """Learn this host's speed from the runs on it, and tell the cost of the next."""

    limits: Limits = field(default_factory=Limits)
    beside: float = 0.0  # seconds of a preview that are not the engine's: resizing, and waiting where others are busy
    _rates: dict[tuple[str, str], float] = field(default_factory=dict)
    _quick: dict[tuple[str, str], float] = field(default_factory=dict)  # of previews, whose steps are small
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def plan(self, recipe: Recipe, size: Size) -> Planned:
        """Plan a dream on a photo of `size` (height, width), and tell its cost."""
        octaves, error = OctavePlan(size, (size,), 0, successive=False), None
        try:
            octaves = plan_octaves(size, recipe)
        except DreamError as trouble:
            error = trouble
        pad = recipe.pad + recipe.mirror
        work = sum(
            fed_megapixels(each, pad, recipe.tile_size) * recipe.steps * recipe.steps_growth**index
            for index, each in enumerate(octaves.sizes)
        )
        largest = max((size, *octaves.sizes), key=math.prod)
        cost = self.judged(work * self.rate(recipe), size, math.prod(largest), self.memory(largest))
        return Planned(recipe, octaves, work, cost, error)

    def style_work(self, settings: StyleSettings, size: Size) -> float:
        """Return the megapixel-steps of a style transfer on a content photo of `size`."""
        sizes = scale_sizes(result_size(size, settings), settings)
        steps = [settings.steps * settings.steps_growth**index for index in range(len(sizes))]
        return sum(height * width * count for (height, width), count in zip(sizes, steps, strict=True)) / 1e6

    def of_style(self, settings: StyleSettings, size: Size, dream: Recipe | None = None) -> Cost:
        """Return the cost of a style transfer on a content photo of `size` (height, width), and of a dream along."""
        painted = result_size(size, settings)
        activations = STYLE_A_MEGAPIXEL.get(settings.network, STYLE_OTHER) * math.prod(painted) / 1e6
        memory = self.memory(painted) + min(activations, STYLE_MOST)
        seconds = self.style_work(settings, size) * self.rate(priced_style(settings, dream))
        return self.judged(seconds, painted, math.prod(painted), memory)

    def rate(self, settings: Priced, *, quick: bool = False) -> float:
        """Return the seconds that one megapixel-step of a dream or a style takes, or of a dream's preview."""
        kind, guess = _kind(settings), GUESS * DEARER.get(settings.network, OTHER)
        with self._lock:
            for rates in (self._quick, self._rates) if quick else (self._rates,):
                if kind in rates:
                    return rates[kind]
            alike = [rate for (network, _), rate in self._rates.items() if network == settings.network]
        if isinstance(settings, Dearer):
            return self.rate(settings.like, quick=quick) * settings.factor
        if isinstance(settings, StyleSettings):
            return guess * STYLED
        return max(alike) if alike else guess

    def learn(self, settings: Priced, work: float, seconds: float, *, quick: bool = False) -> None:
        """Take in that `work` megapixel-steps took `seconds` in the engine."""
        if work <= 0 or seconds <= 0 or (work < 0.05 and not quick):  # too short to tell
            return
        rates, kind, measured = self._quick if quick else self._rates, _kind(settings), seconds / work
        with self._lock:
            known = rates.get(kind)
            rates[kind] = measured if known is None else known + LEARNING * (measured - known)

    def learn_beside(self, seconds: float) -> None:
        """Take in that a preview took so many seconds beside its steps."""
        with self._lock:
            self.beside += LEARNING * (seconds - self.beside)

    def memory(self, size: Size) -> float:
        """Return the gigabytes that the process is expected to hold while it dreams on a photo of `size`."""
        megapixels = size[0] * size[1] / 1e6
        activations = min(ACTIVATIONS_A_MEGAPIXEL * megapixels, ACTIVATIONS_MOST)
        return MEMORY_FIXED + MEMORY_A_MEGAPIXEL * megapixels + activations

    def judged(self, seconds: float, size: Size, pixels: int, memory: float) -> Cost:
        """Return a cost, and what of it this host does not take on."""
        wishes = {"megapixels": pixels / 1e6, "memory": memory, "seconds": seconds}
        passes = next((name for name, wish in wishes.items() if wish > getattr(self.limits, name)), "")
        return Cost(seconds, size[1], size[0], memory, passes)

    def fitting(self, recipe: Recipe, size: Size) -> int | None:
        """Return the largest side on offer, below the photo's, at which the dream stays within the limits."""
        for side in sorted(SIDES, reverse=True):
            if 0 < side < max(size) and not self.plan(recipe, shrunk_size(size, side)).cost.too_much:
                return side
        return None


def priced_style(settings: StyleSettings, dream: Recipe | None) -> StyleSettings | Dearer:
    """Return what sets the price of a style transfer, with a dream along or without."""
    return settings if dream is None else Dearer(settings, "style and dream", DREAMED)


def priced_film(recipe: Recipe) -> Dearer:
    """Return what sets the price of a film of a recipe."""
    return Dearer(recipe, "film", FILMED)


def _kind(settings: Priced) -> tuple[str, str]:
    """Name what sets the price of a step: the network and its deepest layer."""
    if isinstance(settings, Dearer):
        return settings.name, settings.network
    if isinstance(settings, StyleSettings):
        return "style", settings.network
    return settings.network, max((parse_target(name).layer for name, _ in settings.layers), key=_depth)


def _depth(layer: str) -> tuple[bool, list[int], str]:
    """Sort names of layers from early to deep: by the numbers in them, classes last."""
    return layer == CLASSES, [int(each) for each in re.findall(r"\d+", layer)], layer
