"""From a recipe to an objective: layers, channels by rank, classes, guides, resolved on one network and one photo.

What depends on the photo (which channel is strongest, the guide's features, even the weights) goes into the targets, so
that recipes of one structure share one compiled function and a live preview never waits for a new one.
"""

import dataclasses
import re
from dataclasses import dataclass, field

import numpy as np

from deepdream.engine.compile import IMAGE, activations
from deepdream.errors import LayerError, RecipeError
from deepdream.images import at_point, rescale, shrunk_size
from deepdream.networks import CLASSES, Network
from deepdream.objectives.algebra import PHOTO, WEIGHTS, Objective, Sum, Term
from deepdream.objectives.terms import (
    Caricature,
    Difference,
    Direction,
    Guide,
    Measure,
    TotalVariation,
)
from deepdream.recipe import Recipe
from deepdream.settings.targets import Target, parse_target

PLACE = "place/"  # targets that hold a place on the whole picture; who cuts the picture must move them along
RANKING_SIDE = 512  # pixels; the photo is looked at no larger than this to rank its channels
GUIDE_SIDE = 320  # pixels; as the notebook's 224, about what the networks were trained on


@dataclass(frozen=True, eq=False)
class Aim:
    """Hold what a dream of one photo makes larger.

    `objective` compiles once for all photos, `targets` are this photo's values, and `labels` name the parts of the loss
    as the recipe wrote them.
    """

    objective: Objective
    targets: dict[str, np.ndarray]
    labels: tuple[str, ...]


def from_objective(objective: Objective) -> Aim:
    """Return the aim of an objective that compares with nothing but the photo, as 2 * Measure("conv4_3").

    Places become targets, so that they are moved along where the picture is cut into tiles.

    Raises:
        RecipeError: a term looks up values that only an Aim can bring, as a guide's features.
    """
    targets: dict[str, np.ndarray] = {}
    terms: list[tuple[Term, float]] = []
    labels: dict[str, str] = {}  # by the part that a label names: terms of one part share it
    for index, (term, weight) in enumerate(objective.terms):
        place, label = getattr(term, "place", None), term.part
        looked_up = (*term.compares_with, place, getattr(term, "channel", None))
        missing = [name for name in looked_up if isinstance(name, str) and not name.startswith(PHOTO)]
        if missing:
            raise RecipeError(f"the objective needs {', '.join(missing)}; give an Aim that brings them in its targets.")
        if isinstance(place, tuple):
            name = f"{PLACE}{index}"
            targets[name] = np.array(place, np.float32)
            term = dataclasses.replace(term, place=name)  # type: ignore[type-var]
        labels.setdefault(term.part, label)
        terms.append((term, weight))
    return Aim(Sum(tuple(terms)), targets, tuple(labels.values()))


def from_recipe(
    recipe: Recipe, network: Network, photo: np.ndarray, *, guide: np.ndarray | None = None, precision: str = "auto"
) -> Aim:
    """Resolve a recipe's layers and weights into an objective and the arrays that it compares with.

    Args:
        recipe: its layers, objective, cosine_power, guide, total_variation and pull are used.
        network: what the layers are layers of.
        photo: (h, w, 3) in [0, 1]; channels are ranked on it.
        guide: a picture (h, w, 3) in [0, 1] whose features steer the dream instead of the layers' own strength, where
            the recipe names whole layers.
        precision: of the passes over the photo and the guide.

    Raises:
        LayerError: a layer, a channel or a class that the network does not have.
        RecipeError: a guide that no layer could follow.
    """
    resolver = _Resolver(recipe, network, photo, guide, precision)
    entries = [(resolver.term(index, name), weight, name) for index, (name, weight) in enumerate(recipe.layers)]
    if guide is not None and not resolver.guided:
        raise RecipeError(
            "the guide picture guides whole layers, and the recipe names only channels, places or classes; "
            "add a layer such as " + recipe.layers[0][0].split(":")[0].split("@")[0] + ", or leave the guide out.",
            "layers",
        )
    if recipe.total_variation:
        entries.append((TotalVariation(), -recipe.total_variation, "total_variation"))
    if recipe.pull:
        entries.append((Difference(IMAGE, PHOTO + IMAGE), -recipe.pull, "pull"))
    terms, weights, labels = zip(*entries, strict=True)
    targets = {**resolver.targets, WEIGHTS: np.array(weights, np.float32)}
    return Aim(Sum(tuple((term, 1.0) for term in terms)), targets, labels)


def rank_channels(strengths: np.ndarray) -> np.ndarray:
    """Return the channels that respond at all, strongest first; of equal ones the lower index comes first."""
    order = np.argsort(-strengths, kind="stable")
    return order[strengths[order] > 0]


@dataclass(eq=False)
class _Resolver:
    """Turn one layer of a recipe after the other into a term, collecting the targets."""

    _recipe: Recipe
    _network: Network
    _photo: np.ndarray
    _guide: np.ndarray | None
    _precision: str
    targets: dict[str, np.ndarray] = field(default_factory=dict)
    guided: bool = False  # whether any term follows the guide
    _seen: dict[str, np.ndarray] = field(default_factory=dict)

    def term(self, index: int, name: str) -> Term:
        target = parse_target(name)
        layer = self._network.layer(target.layer)
        if target.channel is not None:
            return self._channel_term(index, name, target, layer.channels)
        if self._guide is not None and target.place is None:
            self.guided = True
            return self._guide_term(target.layer)
        if self._recipe.objective == "caricature":
            return Caricature(target.layer, self._recipe.cosine_power, self._place(index, target))
        if self._recipe.objective == "direction":  # what is seen at a place is raised everywhere
            return self._direction_term(index, target.layer, self._strengths(target), None)
        return Measure(target.layer, self._recipe.objective, None, self._place(index, target))

    def _channel_term(self, index: int, name: str, target: Target, channels: int) -> Term:
        channel = self._channel(name, target)
        kept = f"channel/{index}"
        if target.layer == CLASSES:  # the logit itself
            return Measure(CLASSES, "mean", self._keep(kept, np.array(channel, np.int32)))
        ranked_there = isinstance(target.channel, str)  # a place next to a rank says where to rank, not where to dream
        place = None if ranked_there else self._place(index, target)
        if self._recipe.objective in _BY_DIRECTION:
            return self._direction_term(index, target.layer, np.eye(channels, dtype=np.float32)[channel], place)
        return Measure(target.layer, self._recipe.objective, self._keep(kept, np.array(channel, np.int32)), place)

    def _channel(self, name: str, target: Target) -> int:
        if isinstance(target.channel, int):
            return self._network.channel(target.layer, target.channel)
        assert target.channel is not None
        if target.layer == CLASSES:
            return self._network.class_index(target.channel)
        return self._ranked(name, target, target.channel)

    def _ranked(self, name: str, target: Target, rank: str) -> int:
        order = rank_channels(self._strengths(target))
        if not len(order):
            raise LayerError(f'"{name}": no channel of {target.layer} responds there; choose a channel by its number.')
        match = re.fullmatch(r"([a-z]+)([0-9]*)", rank)
        assert match is not None  # the recipe has checked it
        nth = max(int(match[2] or 1), 1) - 1
        first = {"strongest": 0, "middle": len(order) // 2, "weakest": -1}[match[1]]
        position = first - nth if first < 0 else first + nth
        if not -len(order) <= position < len(order):
            raise LayerError(f'"{name}": only {len(order)} channels of {target.layer} respond there.')
        return int(order[position])

    def _guide_term(self, layer: str) -> Term:
        assert self._guide is not None
        features = self._features(layer, self._guide, GUIDE_SIDE)  # (h, w, c)
        if self._recipe.guide == "dot":
            return Direction(layer, self._keep(f"guide/{layer}", features.mean(axis=(0, 1))), self._recipe.cosine_power)
        return Guide(layer, self._keep(f"guide/{layer}", features.reshape(-1, features.shape[-1])))

    def _direction_term(self, index: int, layer: str, vector: np.ndarray, place: str | None) -> Term:
        return Direction(layer, self._keep(f"direction/{index}", vector), self._recipe.cosine_power, place)

    def _place(self, index: int, target: Target) -> str | None:
        return None if target.place is None else self._keep(f"{PLACE}{index}", np.array(target.place, np.float32))

    def _strengths(self, target: Target) -> np.ndarray:
        """Return what each channel has on the photo in the mean, or at the target's place, (c,)."""
        if target.layer not in self._seen:
            self._seen[target.layer] = self._features(target.layer, self._photo, RANKING_SIDE)
        seen = self._seen[target.layer]
        return seen.mean(axis=(0, 1)) if target.place is None else at_point(seen, target.place)

    def _features(self, layer: str, image: np.ndarray, side: int) -> np.ndarray:
        small = rescale(image, shrunk_size((image.shape[0], image.shape[1]), side))
        x = self._network.to_input(small)[None]
        return activations(self._network, x, [layer], precision=self._precision)[layer][0].numpy()

    def _keep(self, name: str, value: np.ndarray) -> str:
        self.targets[name] = np.asarray(value)
        return name


_BY_DIRECTION = ("caricature", "direction")
