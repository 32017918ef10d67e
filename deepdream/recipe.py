"""Every setting of a dream as one frozen, hashable value, and the one table from which all else about settings is made.

The metadata of the fields of `Recipe` is that table: the checks, the options of the command line, the sliders of the page
and the table in the README are read off it. A recipe is written as JSON (in pictures and files) and as the short text of a
link; both hold a version and only what differs. Neither is ever evaluated, and sizes are limited before parsing.
"""

import dataclasses
import json
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from deepdream.errors import RecipeError, nearest, shown

VERSION = 1  # of the written form; raised when an older reader would misunderstand a newer recipe
MAX_JSON = 32_000  # characters; 64 layers with long names fit, and the EXIF segment of a JPEG (64 KiB) holds it
MAX_QUERY = 2_000  # characters, what every browser and chat program carries in a link
MAX_LAYERS = 64
MAX_OCTAVES = 16
MAX_SIDE = 16_384  # pixels
GROUPS = ("look", "octaves", "steps", "gradient", "transforms", "image", "finish", "seed")


@dataclass(frozen=True)
class Setting:
    """Describe one field of a recipe: what it means and what it may be.

    kind: "whole" or "number" (low to high, both allowed), "choice" (one of `choices`), "switch", "name", "layers" or "sizes".
    usual: the part of low..high that a slider should offer; step: a slider's step. optional: None is allowed, for "off".
    """

    help: str
    kind: str
    default: Any
    group: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    usual: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False
    advanced: bool = False

    @property
    def allowed(self) -> str:
        """Say in words what values are allowed."""
        words = {
            "whole": f"whole numbers from {self.low} to {self.high}",
            "number": f"numbers from {self.low} to {self.high}",
            "choice": ", ".join(self.choices),
            "switch": "true or false",
            "name": "a name of letters, digits and _, at most 64",
            "layers": f"1 to {MAX_LAYERS} pairs of a layer's name and a weight from -1000 to 1000",
            "sizes": f"up to {MAX_OCTAVES} pairs of height and width, each from 1 to {MAX_SIDE}",
        }[self.kind]
        return f"{words}, or none" if self.optional else words

    @property
    def slider(self) -> tuple[float | None, float | None]:
        """Return the lowest and highest value that a slider should offer."""
        return self.usual if self.usual is not None else (self.low, self.high)


@dataclass(frozen=True)
class Target:
    """Name what a dream makes larger: a layer, of it perhaps one channel, and perhaps at one place.

    channel: an index, a rank ("strongest", "weakest3", "middle") on the photo, a label when layer is "classes", or None for
    all channels. place: (x, y) as shares of width and height in [0, 1], or None for everywhere.
    """

    layer: str
    channel: int | str | None = None
    place: tuple[float, float] | None = None


_TARGET = re.compile(r"(?P<layer>[^\s:@,=]{1,100})(?::(?P<channel>[^:@,=]{1,60}))?(?:@(?P<x>[^@,=]{1,30}),(?P<y>[^@,=]{1,30}))?")
_RANK = re.compile(r"(?:strongest|weakest|middle)[0-9]{0,4}")


def parse_target(text: str) -> Target:
    """Read "layer", "layer:channel", "layer@x,y" or "layer:channel@x,y".

    Raises:
        RecipeError: the text is none of these, or the place is outside the picture.
    """
    match = _TARGET.fullmatch(text) if text.isprintable() else None
    if match is None:
        raise RecipeError(
            f"layers: {shown(text)} does not name a layer; allowed: a name as in conv4_2, with a channel as in conv4_2:17 or "
            "conv4_2:strongest, with a place as in conv4_2:17@0.5,0.3 or conv4_2@0.5,0.3, or a class as in classes:207.",
            "layers",
        )
    layer, channel = match["layer"], match["channel"]
    if layer == "classes" and (channel is None or match["x"] is not None):
        raise RecipeError(f"layers: {shown(text)} needs one class and no place, as in classes:207 or classes:school bus.", "layers")
    place = (_share(match["x"], text), _share(match["y"], text)) if match["x"] is not None else None
    return Target(layer, _channel(layer, channel, text), place)


def _channel(layer: str, channel: str | None, text: str) -> int | str | None:
    if channel is None:
        return None
    if channel.isascii() and channel.isdigit() and len(channel) <= 6:
        return int(channel)
    if layer != "classes" and not _RANK.fullmatch(channel):
        raise RecipeError(
            f"layers: {shown(text)} has the channel {shown(channel)}; allowed: a number from 0, or strongest, weakest, middle, "
            "strongest2 and so on.",
            "layers",
        )
    return channel.strip()


def _share(number: str, text: str) -> float:
    try:
        share = float(number)
    except ValueError:
        share = math.nan
    if not 0.0 <= share <= 1.0:
        raise RecipeError(f"layers: the place in {shown(text)} is outside the picture; allowed: x and y from 0 to 1.", "layers")
    return share


# The helpers below give a field its Setting; the group is set by position, from the first field of each group.


def _setting(default: Any, kind: str, help: str, **about: Any) -> Any:
    setting = Setting(help=help, kind=kind, default=default, optional=default is None, **about)
    return dataclasses.field(default=default, metadata={"setting": setting})


def _whole(
    default: int, help: str, low: int, high: int, *, group: str, usual: tuple[int, int] | None = None, advanced: bool = False
) -> Any:
    return _setting(default, "whole", help, low=low, high=high, step=1, group=group, usual=usual, advanced=advanced)


def _number(
    default: float | None,
    help: str,
    low: float,
    high: float,
    *,
    group: str,
    step: float = 0.01,
    usual: tuple[float, float] | None = None,
    advanced: bool = False,
) -> Any:
    return _setting(default, "number", help, low=low, high=high, step=step, group=group, usual=usual, advanced=advanced)


def _choice(help: str, *choices: str, group: str, advanced: bool = False) -> Any:
    """Make a field whose default is the first choice."""
    return _setting(choices[0], "choice", help, choices=choices, group=group, advanced=advanced)


def _switch(help: str, *, group: str, advanced: bool = False) -> Any:
    return _setting(False, "switch", help, group=group, advanced=advanced)


@dataclass(frozen=True, kw_only=True, repr=False)
class Recipe:
    """Hold every setting of a dream; `Recipe()` is the default look of the compact network.

    A recipe is checked when it is made, is hashable, and never changes: `replace` gives a changed one. Lists become tuples,
    3.0 becomes 3 where a whole number is meant.

    Raises:
        RecipeError: a value has the wrong type, is not finite, or is outside what `Recipe.settings()` allows.
    """

    network: str = _setting(
        "compact", "name", "The trained network that dreams: compact needs no download, inception_v3 gives the classic look.",
        group="look",
    )  # fmt: skip
    layers: tuple[tuple[str, float], ...] = _setting(
        (("conv4_2", 1.0),),
        "layers",
        "What the network should see more of: layers and their weights. Early layers draw lines and textures, deep ones eyes, "
        "animals and buildings; a negative weight suppresses. A name may carry a channel (conv4_2:17, conv4_2:strongest), a "
        "place (conv4_2:17@0.5,0.3: shares of width and height) or be a class (classes:207).",
        group="look",
    )
    objective: str = _choice(
        "How a layer's activity is measured. The squares favor what is already strong in the photo; unit_norm lets layers of "
        "any scale count alike; caricature exaggerates what the network sees in the photo.",
        "mean_square", "mean", "caffe_l2", "keras_l2", "unit_norm", "caricature", "direction",
        group="look",
    )  # fmt: skip
    cosine_power: float = _number(
        0.0, "With caricature and direction: how strictly the direction counts more than the strength.", 0.0, 10.0,
        step=0.5, group="look", advanced=True,
    )  # fmt: skip
    guide: str = _choice(
        "With a guide picture: argmax copies the best matching feature at each place, dot pulls towards the average of all.",
        "argmax", "dot", group="look", advanced=True,
    )  # fmt: skip
    total_variation: float = _number(
        0.0, "Smoothness of the dream: punishes differences between neighboring pixels.", 0.0, 100.0,
        usual=(0.0, 1.0), group="look", advanced=True,
    )  # fmt: skip
    pull: float = _number(
        0.0, "How strongly the dream is pulled back towards the photo at each step.", 0.0, 100.0,
        usual=(0.0, 1.0), group="look", advanced=True,
    )  # fmt: skip

    octaves: int = _whole(
        4, "How many sizes are dreamed, from small to the photo's own: more octaves give larger shapes.", 1, MAX_OCTAVES,
        usual=(1, 8), group="octaves",
    )  # fmt: skip
    octave_scale: float = _number(
        1.4, "How much larger each octave is than the one before.", 1.0, 4.0, step=0.05, usual=(1.1, 2.0), group="octaves"
    )
    octaves_above: int = _whole(
        0, "Further octaves larger than the photo, shrunk back at the end: finer, calmer detail for much more time.", 0, 4,
        usual=(0, 2), group="octaves", advanced=True,
    )  # fmt: skip
    octave_rounding: str = _choice(
        "How sizes become whole pixels: powers of the scale (cut or rounded), or each octave from the one before; the "
        "successive ones also shrink the photo step by step.",
        "power_int", "power_round", "successive_int", "successive_round", group="octaves", advanced=True,
    )  # fmt: skip
    min_size: int = _whole(
        0, "Octaves whose smaller side has fewer pixels are left out; 0 stands for the network's smallest size.", 0, 4096,
        usual=(0, 512), group="octaves", advanced=True,
    )  # fmt: skip
    octave_sizes: tuple[tuple[int, int], ...] = _setting(
        (), "sizes", "The octaves' sizes themselves, as height and width in pixels, instead of a number and a scale.",
        group="octaves", advanced=True,
    )  # fmt: skip
    carry: str = _choice(
        "What goes from one octave to the next: detail and reinject bring back the photo's fine detail (before or after "
        "dreaming), resize does not, blend mixes in some of the photo.",
        "detail", "resize", "reinject", "blend", group="octaves",
    )  # fmt: skip
    blend: float = _number(0.2, "With carry blend: the photo's share at each octave.", 0.0, 1.0, group="octaves", advanced=True)
    resize: str = _choice(
        "The filter that changes sizes: bilinear (TensorFlow's), zoom (SciPy's) or lanczos (Pillow's, on 8 bits).",
        "bilinear", "zoom", "lanczos", group="octaves", advanced=True,
    )  # fmt: skip

    steps: int = _whole(10, "Steps at each octave: more steps, stronger dream. 0 changes nothing.", 0, 10_000, usual=(0, 100), group="steps")
    step_size: float = _number(
        0.0125, "How far a step goes, on a scale where black is -1 and white is 1: 0.01 is about 1.3 of 255 grey levels.", 0.0, 2.0,
        step=0.0005, usual=(0.001, 0.1), group="steps",
    )  # fmt: skip
    steps_growth: float = _number(
        1.0, "Factor on the number of steps from one octave to the next: below 1 spends more on the small, quick octaves.", 0.1, 10.0,
        step=0.05, usual=(0.5, 2.0), group="steps", advanced=True,
    )  # fmt: skip
    step_size_growth: float = _number(
        1.0, "Factor on the step size from one octave to the next: below 1 keeps fine detail gentle.", 0.1, 10.0,
        step=0.05, usual=(0.5, 2.0), group="steps", advanced=True,
    )  # fmt: skip
    optimizer: str = _choice("How steps are taken: plain ascent, or Adam.", "ascent", "adam", group="steps", advanced=True)
    averaging: float = _number(
        0.0, "Averages the pictures of the steps: 0 is off, 0.99 remembers about a hundred.", 0.0, 0.9999, group="steps", advanced=True
    )
    max_loss: float | None = _number(
        None, "An octave ends early when the loss passes this value; none never stops.", -1e12, 1e12,
        usual=(0.0, 100.0), step=0.5, group="steps", advanced=True,
    )  # fmt: skip
    max_loss_stop: str = _choice(
        "With max_loss: whether the step that passed it still counts (after) or not (before).", "after", "before",
        group="steps", advanced=True,
    )  # fmt: skip

    normalize: str = _choice(
        "What the gradient is divided by before a step: its standard deviation (of each tile: tile_std), its mean absolute "
        "value (mean_abs_floor: at least epsilon), or band by band (laplacian: soft, even at all scales).",
        "std", "tile_std", "mean_abs", "mean_abs_floor", "laplacian", "none", group="gradient", advanced=True,
    )  # fmt: skip
    epsilon: float = _number(
        1e-8, "Added to what the gradient is divided by (mean_abs_floor: its least value), in the network's own units.", 0.0, 1.0,
        step=1e-8, group="gradient", advanced=True,
    )  # fmt: skip
    smoothing: float = _number(
        0.0, "Blurs the gradient at three scales against fine grain: sigma in pixels at an octave's first step, 0 is off.", 0.0, 50.0,
        step=0.1, usual=(0.0, 5.0), group="gradient",
    )  # fmt: skip
    smoothing_growth: float = _number(
        0.0, "Added to the smoothing over the steps of an octave, in pixels.", 0.0, 50.0,
        step=0.1, usual=(0.0, 5.0), group="gradient", advanced=True,
    )  # fmt: skip
    smoothing_mode: str = _choice(
        "What is blurred: color blurs across red, green and blue too and keeps the photo's hues, channels gives pastel colors, "
        "kernel9 uses a short kernel.",
        "color", "channels", "kernel9", group="gradient", advanced=True,
    )  # fmt: skip
    laplacian_levels: int = _whole(4, "With normalize laplacian: how many times the picture is split.", 1, 10, group="gradient", advanced=True)

    jitter: int = _whole(
        16, "Each step shifts the picture by up to this many pixels, so that no grid shows.", 0, 1024, usual=(0, 64), group="transforms",
        advanced=True,
    )  # fmt: skip
    tile_size: int = _whole(
        0, "Large pictures are dreamed in tiles of this many pixels to save memory; 0 chooses by the memory at hand.", 0, 4096,
        usual=(0, 1024), group="transforms", advanced=True,
    )  # fmt: skip
    rotate: float = _number(
        0.0, "Each step turns the picture by up to this many degrees.", 0.0, 180.0, step=1.0, usual=(0.0, 45.0), group="transforms",
        advanced=True,
    )  # fmt: skip
    zoom_jitter: float = _number(
        0.0, "Each step enlarges or shrinks the picture by up to this share: 0.1 is a tenth.", 0.0, 0.5, group="transforms", advanced=True
    )
    flip: bool = _switch("Each step mirrors the picture, or not, at random.", group="transforms", advanced=True)

    start: str = _choice("What the dream grows from.", "photo", "noise", "gray", group="image", advanced=True)
    parametrization: str = _choice(
        "What is changed: pixels, or waves of all sizes (fourier), for pictures from noise.", "pixels", "fourier", group="image",
        advanced=True,
    )  # fmt: skip
    decorrelate: bool = _switch("Steps are taken in colors as natural photos mix them.", group="image", advanced=True)

    strength: float = _number(1.0, "How much of the dream is mixed into the photo at the end: 0 is the photo, 1 the dream.", 0.0, 2.0,
        usual=(0.0, 1.0), group="finish",
    )  # fmt: skip
    keep_colors: float = _number(0.0, "How much of the photo's own colors comes back at the end.", 0.0, 1.0, group="finish")
    contrast: float = _number(1.0, "Contrast of the dream at the end: 1 leaves it.", 0.0, 3.0, usual=(0.5, 1.5), group="finish")
    mask_softness: float = _number(
        0.0, "With a mask: how many pixels wide its edge fades.", 0.0, 1000.0, step=1.0, usual=(0.0, 100.0), group="finish", advanced=True
    )

    seed: int = _whole(
        0, "The start of all randomness: the same seed gives the same picture.", 0, 2**32 - 1, usual=(0, 9999), group="seed", advanced=True
    )

    def __post_init__(self) -> None:
        for name, setting in _SETTINGS.items():
            object.__setattr__(self, name, _checked(name, setting, getattr(self, name)))

    def __repr__(self) -> str:
        return f"Recipe({', '.join(f'{name}={value!r}' for name, value in self._changes(Recipe()).items())})"

    @classmethod
    def settings(cls) -> dict[str, Setting]:
        """Return the table of settings, by name, in the order in which they are shown."""
        return dict(_SETTINGS)

    def replace(self, **changes: Any) -> "Recipe":
        """Return this recipe with some settings changed.

        Raises:
            RecipeError: a name is not a setting, or a value is not allowed.
        """
        _refuse_unknown(changes)
        return dataclasses.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return the version and what differs from `Recipe()`, as JSON's types."""
        return {"version": VERSION, **{name: _listed(value) for name, value in self._changes(Recipe()).items()}}

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
        _refuse_unknown(changes)
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

        "1*keras_example*steps-30*layers-mixed4..mixed5-1.5" needs no percent-encoding in a URL. `base` is `Recipe()` and `name` empty
        when the text shall not lean on a preset; a text may be no longer than `from_query` reads, which 64 long names can pass.

        Raises:
            RecipeError: the text would be longer than 2,000 characters.
        """
        changes = self._changes(base if base is not None else Recipe())
        parts = [str(VERSION)] + ([name] if name else []) + [f"{key}-{_linked(value)}" for key, value in changes.items()]
        text = "*".join(parts)
        if len(text) > MAX_QUERY:
            raise RecipeError(f"the link would have {len(text)} characters; allowed: {MAX_QUERY}. Save the recipe as a file instead.")
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
            _refuse_unknown([key])
            if not dash or key in changes:
                raise RecipeError(f"{key}: the link gives it {'twice' if key in changes else 'no value'}.", key)
            changes[key] = _unlinked(key, value)
        return base.replace(**changes)

    def _changes(self, base: "Recipe") -> dict[str, Any]:
        return {name: getattr(self, name) for name in _SETTINGS if getattr(self, name) != getattr(base, name)}


_SETTINGS: dict[str, Setting] = {field.name: field.metadata["setting"] for field in dataclasses.fields(Recipe)}


def parse_setting(name: str, text: str) -> Any:
    """Read a setting's value from the text that a person types: "30", "0.5", "true", "none", "mixed3=1,mixed5=1.5", "100x150,200x300".

    Raises:
        RecipeError: `name` is not a setting, or the text is not a value for it.
    """
    _refuse_unknown([name])
    setting = _SETTINGS[name]
    text = text.strip()
    if setting.optional and text.lower() in ("none", "off", ""):
        return None
    value = _READERS.get(setting.kind, str)(text)
    return _checked(name, setting, value)


def format_setting(value: Any) -> str:
    """Return the text of a setting's value, which `parse_setting` reads back."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, tuple):
        return _plain(value)
    if value and isinstance(value[0][0], str):
        return ",".join(f"{name}={_plain(weight)}" for name, weight in value)
    return ",".join(f"{height}x{width}" for height, width in value)


def parse_json(text: str | bytes) -> Any:
    """Parse JSON from a stranger: at most 32,000 characters, ten levels deep, finite numbers, no key twice.

    Raises:
        RecipeError: it is anything else.
    """
    if len(text) > MAX_JSON:
        raise RecipeError(f"the recipe has {len(text)} characters; allowed: {MAX_JSON}.")
    try:
        text = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        if _depth(text) > 10:
            raise RecipeError("the recipe is nested more than ten levels deep, so it is not a recipe.")
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_twice)
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise RecipeError(f"the recipe is not JSON: {shown(text)}.") from None


def _depth(text: str) -> int:
    """Count brackets, those inside strings too: they are too few in a true recipe to matter."""
    depth = deepest = 0
    for character in text:
        depth += (character in "[{") - (character in "]}")
        deepest = max(deepest, depth)
    return deepest


def _refuse_constant(name: str) -> None:
    raise RecipeError(f"the recipe holds {name}, which is not a number.")


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise RecipeError(f"the recipe gives a setting twice: {', '.join(key for key, _ in pairs)[:200]}.")
    return values


def _refuse_unknown(names: Iterable[Any]) -> None:
    for name in names:
        if name not in _SETTINGS:
            raise RecipeError(f"{shown(name)} is not a setting of a recipe; {nearest(str(name), _SETTINGS)}", str(name)[:60])


def _check_version(version: Any) -> None:
    if version == VERSION and not isinstance(version, bool):
        return
    if isinstance(version, int) and version > VERSION:
        raise RecipeError(f"the recipe has version {shown(version)}, this program reads up to {VERSION}: update deepdream.")
    raise RecipeError(f"the recipe's version is {shown(version)}; allowed: {VERSION}.")


def _named(name: str, presets: Mapping[str, Recipe]) -> Recipe:
    if name not in presets:
        raise RecipeError(f"{shown(name)} is not a preset; {nearest(name, presets)}")
    return presets[name]


# Checks: each kind has one, value -> value in its stored form, or ValueError.


def _checked(name: str, setting: Setting, value: Any) -> Any:
    if value is None and setting.optional:
        return None
    try:
        return _CHECKS[setting.kind](setting, value)
    except (TypeError, ValueError, OverflowError):
        hint = f" {nearest(value, setting.choices)}" if isinstance(value, str) and setting.choices else ""
        raise RecipeError(f"{name}: received {shown(value)}; allowed: {setting.allowed}.{hint}", name) from None


def _checked_number(setting: Setting, value: Any) -> float:
    if isinstance(value, (bool, str, bytes)):
        raise ValueError
    number = float(value) + 0.0  # -0.0 becomes 0.0, so that equal recipes are written alike
    if not setting.low <= number <= setting.high:  # type: ignore[operator]  # also false for NaN
        raise ValueError
    return number


def _checked_whole(setting: Setting, value: Any) -> int:
    number = _checked_number(setting, value)
    if number != int(number):
        raise ValueError
    return int(number) if isinstance(value, float) else operator.index(value)


def _checked_choice(setting: Setting, value: Any) -> str:
    if not isinstance(value, str) or value not in setting.choices:
        raise ValueError
    return str(value)


def _checked_switch(setting: Setting, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _checked_name(setting: Setting, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch("[A-Za-z0-9_]{1,64}", value):
        raise ValueError
    return value


def _checked_layers(setting: Setting, value: Any) -> tuple[tuple[str, float], ...]:
    """Take pairs, a mapping, or names alone, which weigh 1."""
    if isinstance(value, str):
        raise ValueError
    pairs = [each if not isinstance(each, str) else (each, 1.0) for each in (value.items() if isinstance(value, Mapping) else value)]
    if not 1 <= len(pairs) <= MAX_LAYERS:
        raise ValueError
    weight = Setting(help="", kind="number", default=0.0, group="look", low=-1000.0, high=1000.0)
    layers = tuple((_checked_target(name), _checked_number(weight, amount)) for name, amount in pairs)
    names = [name for name, _ in layers]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RecipeError(f"layers: {twice[0]} is named twice; give it one weight.", "layers")
    return layers


def _checked_target(name: Any) -> str:
    if not isinstance(name, str):
        raise ValueError
    parse_target(name)
    return name


def _checked_sizes(setting: Setting, value: Any) -> tuple[tuple[int, int], ...]:
    if isinstance(value, str) or len(value) > MAX_OCTAVES:
        raise ValueError
    side = Setting(help="", kind="whole", default=1, group="octaves", low=1, high=MAX_SIDE)
    return tuple((_checked_whole(side, height), _checked_whole(side, width)) for height, width in value)


_CHECKS: dict[str, Callable[[Setting, Any], Any]] = {
    "whole": _checked_whole,
    "number": _checked_number,
    "choice": _checked_choice,
    "switch": _checked_switch,
    "name": _checked_name,
    "layers": _checked_layers,
    "sizes": _checked_sizes,
}


# Texts that people type: each reader gives a value, or the text itself for the check to refuse.


def _read_number(text: str) -> Any:
    try:
        return float(text) if len(text) <= 40 else text
    except ValueError:
        return text


def _read_switch(text: str) -> Any:
    return {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}.get(text.lower(), text)


def _read_layers(text: str) -> Any:
    """Split at commas, but not at the one inside a place."""
    parts = re.findall(r"([^,@=]+(?:@[^,=]*,[^,=]*)?)(?:=([^,=]*))?(?:,|$)", text[: MAX_JSON])
    return [(name.strip(), _read_number(weight.strip()) if weight else 1.0) for name, weight in parts]


def _read_sizes(text: str) -> Any:
    return [[_read_number(side) for side in size.split("x")] for size in text.split(",")] if text else []


_READERS: dict[str, Callable[[str], Any]] = {
    "whole": _read_number,
    "number": _read_number,
    "switch": _read_switch,
    "layers": _read_layers,
    "sizes": _read_sizes,
}


# Links: letters, digits and * - . _ pass unchanged through a URL, so that ":" is written "." and lists are joined by "..".


def _linked(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "1", False: "0", None: "none"}[value]
    if not isinstance(value, tuple):
        return _plain(value)
    if value and isinstance(value[0][0], str):
        return "..".join(_linked_name(name) + ("" if weight == 1.0 else f"-{_plain(weight)}") for name, weight in value)
    return "..".join(f"{height}x{width}" for height, width in value)


def _linked_name(name: str) -> str:
    escaped = quote(name, safe=":").replace(".", "%2E").replace("-", "%2D").replace("~", "%7E").replace(":", ".")
    return escaped


def _unlinked(key: str, text: str) -> Any:
    kind = _SETTINGS[key].kind
    if kind == "layers":
        items = [item.partition("-") for item in text.split("..")]
        return tuple((unquote(name.replace(".", ":")), _read_number(weight) if dash else 1.0) for name, dash, weight in items)
    return parse_setting(key, text.replace("..", ",") if kind == "sizes" else text)


def _plain(value: Any) -> str:
    """Return the shortest text that reads back as the same number: 1 for 1.0."""
    return repr(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e9 else str(value)


def _listed(value: Any) -> Any:
    return [_listed(each) for each in value] if isinstance(value, tuple) else value
