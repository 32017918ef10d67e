"""Every setting of a dream as one frozen, hashable value, and the one table from which all else about settings is made.

The metadata of the fields of `Recipe` is that table: the checks, the options of the command line, the sliders of the
page and the table in the README are read off it. A recipe is written as JSON (in pictures and files) and as the short
text of a link; both hold a version and only what differs. Neither is ever evaluated, and sizes are limited before
parsing.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deepdream.errors import RecipeError, nearest, shown
from deepdream.settings.json_text import parse_json
from deepdream.settings.kinds import MAX_OCTAVES, format_linked, read_linked
from deepdream.settings.table import Settings, choice, number, setting, switch, whole

VERSION = 1  # of the written form; raised when an older reader would misunderstand a newer recipe
MAX_QUERY = 2_000  # characters, what every browser and chat program carries in a link
GROUPS = ("look", "octaves", "steps", "gradient", "transforms", "image", "finish", "seed")


@dataclass(frozen=True, kw_only=True, repr=False)
class Recipe(Settings):
    """Hold every setting of a dream; `Recipe()` is the default look of the compact network.

    A recipe is checked when it is made, is hashable, and never changes: `replace` gives a changed one.

    Raises:
        RecipeError: a value has the wrong type, is not finite, or is outside what `Recipe.settings()` allows.
    """

    TITLE = "a recipe"

    network: str = setting(
        "compact",
        "name",
        "The trained network that dreams: compact needs no download, inception_v3 gives the classic look.",
        group="look",
    )
    layers: tuple[tuple[str, float], ...] = setting(
        (("conv4_1", 0.5), ("conv4_3", 1.0), ("conv5_2", 0.1)),
        "layers",
        "What the network should see more of: layers and their weights. Early layers draw lines, deep ones eyes, "
        "animals and buildings; a negative weight suppresses. A name may carry a channel (conv4_2:17), a "
        "place (conv4_2:17@0.5,0.3: shares of width and height) or be a class (classes:207). A channel may be a rank "
        "on this photo: strongest, strongest2, middle, weakest; with a place it is ranked there.",
        group="look",
    )
    objective: str = choice(
        "How a layer's activity is measured. The squares favor what is already strong in the photo; unit_norm lets "
        "layers of any scale count alike; caricature exaggerates what the network sees at each place of the photo, "
        "direction what it sees on average, or at the layer's place. Layers that follow a guide do without.",
        "mean_square",
        "mean",
        "caffe_l2",
        "keras_l2",
        "unit_norm",
        "caricature",
        "direction",
        group="look",
    )
    cosine_power: float = number(
        0.0,
        "With caricature, direction and guide dot: how strictly the direction counts more than the strength.",
        0.0,
        10.0,
        step=0.5,
        group="look",
        advanced=True,
    )
    guide: str = choice(
        "With a guide picture, for whole layers: argmax copies the best matching feature at each place, dot pulls "
        "towards the average of all.",
        "argmax",
        "dot",
        group="look",
        advanced=True,
    )
    total_variation: float = number(
        0.0,
        "Smoothness of the dream: punishes differences between neighboring pixels.",
        0.0,
        100.0,
        usual=(0.0, 1.0),
        group="look",
        advanced=True,
    )
    pull: float = number(
        0.0,
        "How strongly the dream is pulled back towards the photo at each step.",
        0.0,
        100.0,
        usual=(0.0, 1.0),
        group="look",
        advanced=True,
    )

    octaves: int = whole(
        5,
        "How many sizes are dreamed, from small to the photo's own: more octaves give larger shapes.",
        1,
        MAX_OCTAVES,
        usual=(1, 8),
        group="octaves",
    )
    largest: float = number(
        0.0,
        "How large the largest things are, as a share of the picture's shorter side: the octaves then follow from it, "
        "each octave_scale larger than the one before, and a small and a large copy of a photo dream the same things "
        "in the same places. 0 counts octaves instead.",
        0.0,
        2.0,
        step=0.05,
        usual=(0.0, 1.0),
        group="octaves",
    )
    octave_scale: float = number(
        1.4,
        "How much larger each octave is than the one before.",
        1.0,
        4.0,
        step=0.05,
        usual=(1.1, 2.0),
        group="octaves",
    )
    octaves_above: int = whole(
        0,
        "Further octaves larger than the photo, shrunk back at the end: finer, calmer detail for much more time.",
        0,
        4,
        usual=(0, 2),
        group="octaves",
        advanced=True,
    )
    octave_rounding: str = choice(
        "How sizes become whole pixels: powers of the scale (cut or rounded), or each octave from the one before; the "
        "successive ones also shrink the photo step by step.",
        "power_int",
        "power_round",
        "successive_int",
        "successive_round",
        group="octaves",
        advanced=True,
    )
    min_size: int = whole(
        0,
        "Octaves whose smaller side has fewer pixels are left out; 0 stands for the network's smallest size.",
        0,
        4096,
        usual=(0, 512),
        group="octaves",
        advanced=True,
    )
    octave_sizes: tuple[tuple[int, int], ...] = setting(
        (),
        "sizes",
        "The octaves' sizes themselves, as height and width in pixels, instead of a number and a scale.",
        group="octaves",
        advanced=True,
    )
    carry: str = choice(
        "What goes from one octave to the next: detail and reinject bring back the photo's fine detail (before or "
        "after dreaming), resize does not, blend mixes in some of the photo.",
        "detail",
        "resize",
        "reinject",
        "blend",
        group="octaves",
    )
    blend: float = number(
        0.2, "With carry blend: the photo's share at each octave.", 0.0, 1.0, group="octaves", advanced=True
    )
    resize: str = choice(
        "The filter that changes sizes: bilinear (TensorFlow's), zoom (SciPy's), lanczos (Pillow's, on 8 bits) or "
        "bicubic (Pillow's; shrinks without aliasing).",
        "bilinear",
        "zoom",
        "lanczos",
        "bicubic",
        group="octaves",
        advanced=True,
    )

    steps: int = whole(
        10,
        "Steps at each octave: more steps, stronger dream. 0 changes nothing.",
        0,
        10_000,
        usual=(0, 100),
        group="steps",
    )
    step_size: float = number(
        0.0125,
        "How far a step goes, on a scale where black is -1 and white is 1: 0.01 is about 1.3 of 255 grey levels.",
        0.0,
        2.0,
        step=0.0005,
        usual=(0.001, 0.1),
        group="steps",
    )
    steps_growth: float = number(
        0.9,
        "Factor on the number of steps from one octave to the next: below 1 spends more on the small, quick octaves.",
        0.1,
        10.0,
        step=0.05,
        usual=(0.5, 2.0),
        group="steps",
        advanced=True,
    )
    step_size_growth: float = number(
        1.0,
        "Factor on the step size from one octave to the next: below 1 keeps fine detail gentle.",
        0.1,
        10.0,
        step=0.05,
        usual=(0.5, 2.0),
        group="steps",
        advanced=True,
    )
    optimizer: str = choice(
        "How steps are taken: plain ascent, or Adam.", "ascent", "adam", group="steps", advanced=True
    )
    averaging: float = number(
        0.0,
        "Averages the pictures of the steps: 0 is off, 0.99 remembers about a hundred.",
        0.0,
        0.9999,
        group="steps",
        advanced=True,
    )
    max_loss: float | None = number(
        None,
        "An octave ends early when the loss passes this value; none never stops.",
        -1e12,
        1e12,
        usual=(0.0, 100.0),
        step=0.5,
        group="steps",
        advanced=True,
    )
    max_loss_stop: str = choice(
        "With max_loss: whether the step that passed it still counts (after) or not (before).",
        "after",
        "before",
        group="steps",
        advanced=True,
    )

    normalize: str = choice(
        "What the gradient is divided by before a step: its standard deviation (of each tile: tile_std), its mean "
        "absolute value (mean_abs_floor: at least epsilon), or band by band (laplacian: soft, even at all scales).",
        "std",
        "tile_std",
        "mean_abs",
        "mean_abs_floor",
        "laplacian",
        "none",
        group="gradient",
        advanced=True,
    )
    epsilon: float = number(
        1e-8,
        "Added to what the gradient is divided by (mean_abs_floor, laplacian: its least value), in the network's own "
        "units; the presets hold those of their sources.",
        0.0,
        1.0,
        step=1e-8,
        group="gradient",
        advanced=True,
    )
    smoothing: float = number(
        0.7,
        "Blurs the gradient at three scales against fine grain: sigma in pixels at an octave's first step, 0 is off.",
        0.0,
        50.0,
        step=0.1,
        usual=(0.0, 5.0),
        group="gradient",
    )
    smoothing_growth: float = number(
        1.5,
        "Added to the smoothing over the steps of an octave, in pixels.",
        0.0,
        50.0,
        step=0.1,
        usual=(0.0, 5.0),
        group="gradient",
        advanced=True,
    )
    smoothing_mode: str = choice(
        "What is blurred: color blurs across red, green and blue too and keeps the photo's hues, channels gives "
        "pastel colors, kernel9 uses a short kernel.",
        "color",
        "channels",
        "kernel9",
        group="gradient",
        advanced=True,
    )
    laplacian_levels: int = whole(
        4, "With normalize laplacian: how many times the picture is split.", 1, 10, group="gradient", advanced=True
    )

    jitter: int = whole(
        16,
        "Each step shifts the picture by up to this many pixels, so that no grid shows.",
        0,
        1024,
        usual=(0, 64),
        group="transforms",
        advanced=True,
    )
    pad: int = whole(
        0,
        "Each step the network sees so many pixels of grey around the picture, so that nothing clings to its edges.",
        0,
        128,
        usual=(0, 32),
        group="transforms",
        advanced=True,
    )
    tile_size: int = whole(
        0,
        "Large pictures are dreamed in tiles of this many pixels to save memory; 0 chooses by the memory at hand.",
        0,
        4096,
        usual=(0, 1024),
        group="transforms",
        advanced=True,
    )
    rotate: float = number(
        0.0,
        "Each step turns the picture by up to this many degrees.",
        0.0,
        180.0,
        step=1.0,
        usual=(0.0, 45.0),
        group="transforms",
        advanced=True,
    )
    zoom_jitter: float = number(
        0.0,
        "Each step enlarges or shrinks the picture by up to this share: 0.1 is a tenth.",
        0.0,
        0.5,
        group="transforms",
        advanced=True,
    )
    flip: bool = switch("Each step mirrors the picture, or not, at random.", group="transforms", advanced=True)

    start: str = choice("What the dream grows from.", "photo", "noise", "gray", group="image", advanced=True)
    parametrization: str = choice(
        "What is changed: pixels, or waves of all sizes (fourier), for pictures from noise.",
        "pixels",
        "fourier",
        group="image",
        advanced=True,
    )
    decorrelate: bool = switch("Steps are taken in colors as natural photos mix them.", group="image", advanced=True)

    strength: float = number(
        1.0,
        "How much of the dream is mixed into the photo at the end: 0 is the photo, 1 the dream.",
        0.0,
        2.0,
        usual=(0.0, 1.0),
        group="finish",
    )
    keep_colors: float = number(
        0.0, "How much of the photo's own colors comes back at the end.", 0.0, 1.0, group="finish"
    )
    contrast: float = number(
        1.0, "Contrast of the dream at the end: 1 leaves it.", 0.0, 3.0, usual=(0.5, 1.5), group="finish"
    )
    mask_softness: float = number(
        0.0,
        "With a mask: how many pixels wide its edge fades.",
        0.0,
        1000.0,
        step=1.0,
        usual=(0.0, 100.0),
        group="finish",
        advanced=True,
    )

    seed: int = whole(
        0,
        "The start of all randomness: the same seed gives the same picture.",
        0,
        2**32 - 1,
        usual=(0, 9999),
        group="seed",
        advanced=True,
    )

    def __repr__(self) -> str:
        return f"Recipe({', '.join(f'{name}={value!r}' for name, value in self.changes().items())})"

    def to_dict(self) -> dict[str, Any]:
        """Return the version and what differs from `Recipe()`, as JSON's types."""
        return {"version": VERSION, **{name: _listed(value) for name, value in self.changes().items()}}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Recipe":
        """Make a recipe from what `to_dict` gives; "version" may be left out.

        Raises:
            RecipeError: an unknown name, a value that is not allowed, or a version that is too new.
        """
        if not isinstance(values, Mapping):
            raise RecipeError(f"a recipe is a JSON object of settings, received {shown(values)}.")
        _check_version(values.get("version", VERSION))
        changes = {name: value for name, value in values.items() if name != "version"}
        cls.refuse_unknown(changes)
        return cls(**changes)

    def to_json(self) -> str:
        """Return the JSON text of `to_dict`, in ASCII."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, text: str | bytes) -> "Recipe":
        """Read what `to_json` wrote.

        Raises:
            RecipeError: not JSON, longer than 32,000 characters, nested too deeply, or not a recipe.
        """
        return cls.from_dict(parse_json(text))

    def to_query(self, name: str = "", base: "Recipe | None" = None) -> str:
        """Return the short text for a link: the version, the preset `name` and what differs from its recipe `base`.

        "1*keras_example*layers-mixed4..mixed5-1.5*steps-30" needs no percent-encoding in a URL. Leave both out for a
        text that leans on no preset.

        Raises:
            RecipeError: the text would be longer than 2,000 characters.
        """
        changed = [f"{key}-{format_linked(value)}" for key, value in self.changes(base).items()]
        text = "*".join([str(VERSION), *([name] if name else []), *changed])
        if len(text) > MAX_QUERY:
            raise RecipeError(
                f"the link would have {len(text)} characters; allowed: {MAX_QUERY}. Save the recipe as a file instead."
            )
        return text

    @classmethod
    def from_query(cls, text: str, presets: "Mapping[str, Recipe] | None" = None) -> "Recipe":
        """Read what `to_query` wrote; `presets` are the recipes that it may lean on, by name.

        Raises:
            RecipeError: too long, not a recipe, an unknown preset or setting, or a value that is not allowed.
        """
        if len(text) > MAX_QUERY:
            raise RecipeError(f"the recipe in the link has {len(text)} characters; allowed: {MAX_QUERY}.")
        version, *parts = text.strip().split("*")
        _check_version(int(version) if re.fullmatch("[0-9]{1,6}", version) else version)
        base: Recipe = cls()
        if parts and "-" not in parts[0]:
            base = _named(parts.pop(0), presets if presets is not None else {})
        changes: dict[str, Any] = {}
        for part in parts:
            key, dash, value = part.partition("-")
            cls.refuse_unknown([key])
            if not dash or key in changes:
                raise RecipeError(f"{key}: the link gives it {'twice' if key in changes else 'no value'}.", key)
            changes[key] = read_linked(key, cls.settings()[key], value)
        return base.replace(**changes)


def _check_version(version: Any) -> None:
    if version == VERSION and not isinstance(version, bool):
        return
    if isinstance(version, int) and version > VERSION:
        raise RecipeError(
            f"the recipe has version {shown(version)}, this program reads up to {VERSION}: update deepdream."
        )
    raise RecipeError(f"the recipe's version is {shown(version)}; allowed: {VERSION}.")


def _named(name: str, presets: Mapping[str, Recipe]) -> Recipe:
    if name not in presets:
        raise RecipeError(f"{shown(name)} is not a preset; {nearest(name, presets)}")
    return presets[name]


def _listed(value: Any) -> Any:
    return [_listed(each) for each in value] if isinstance(value, tuple) else value
