"""The settings of a style transfer, and its presets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deepdream.errors import RecipeError
from deepdream.settings.codec import Coded
from deepdream.settings.finish import Finish, Seed
from deepdream.settings.table import Settings, choice, number, setting, whole

VGG19_CONTENT = (("block5_conv2", 1.0),)
VGG19_STYLE = tuple((f"block{block}_conv1", 0.2) for block in range(1, 6))


@dataclass(frozen=True, kw_only=True, repr=False)
class _Look(
    Settings,
    group="look",
    basic=(
        "network",
        "content_layers",
        "style_layers",
        "statistic",
        "content_weight",
        "style_weight",
        "total_variation",
    ),
):
    """What counts, and how much."""

    network: str = setting(
        "vgg19",
        "name",
        "The trained network that sees content and style: vgg19 is the classic, compact needs no download.",
    )
    content_layers: tuple[tuple[str, float], ...] = setting(
        VGG19_CONTENT, "layers", "Where the picture has to equal the content: deeper layers leave more freedom."
    )
    style_layers: tuple[tuple[str, float], ...] = setting(
        VGG19_STYLE,
        "layers",
        "Where the picture has to have the style's statistics: early layers carry colors and grain, later "
        "ones strokes and ornaments.",
    )
    statistic: str = choice(
        "What of a style counts: gram, which features come together; moments, how strong and how varied each "
        "feature is.",
        "gram",
        "moments",
    )
    content_weight: float = number(1.0, "How much the content counts.", 0.0, 1e9, usual=(0.0, 10.0))
    style_weight: float = number(40.0, "How much the style counts.", 0.0, 1e12, usual=(0.0, 200.0))
    measure: str = choice(
        "How differences count: relative to the size of what is wished, so that all layers, networks and "
        "pictures are alike; as their mean; or, of the content, as their sum, which is Gatys's.",
        "relative",
        "mean",
        "sum",
    )
    total_variation: float = number(
        0.0, "Smoothness: punishes differences between neighboring pixels.", 0.0, 1e9, usual=(0.0, 10.0)
    )
    total_variation_kind: str = choice(
        "How roughness is measured: keras by a power of 2.5, kind to soft edges; absolute as TensorFlow.",
        "keras",
        "absolute",
    )
    dream_weight: float = number(
        1.0, "With a dream recipe: how much its layers count beside content and style.", 0.0, 1e9, usual=(0.0, 4.0)
    )


@dataclass(frozen=True, kw_only=True, repr=False)
class _Scales(Settings, group="scales", basic=("size", "first_size", "style_scale")):
    """The sizes that are painted."""

    size: int = whole(0, "The result's longer side in pixels; 0 is the content photo's own.", 0, 8192, usual=(0, 1024))
    first_size: int = whole(
        128,
        "The longer side of the first, smallest scale: it sets the large shapes. 0 works at the full size only.",
        0,
        8192,
        usual=(0, 512),
    )
    scale_factor: float = number(2**0.5, "How much larger each scale is than the one before.", 1.05, 4.0)
    style_scale: float = number(
        1.0, "How large the style pictures are looked at, beside the result: smaller makes finer strokes.", 0.1, 4.0
    )


@dataclass(frozen=True, kw_only=True, repr=False)
class _Steps(Settings, group="steps", basic=("steps", "steps_growth", "step_size")):
    """How far the steps go, and how many there are."""

    steps: int = whole(60, "Steps at the first scale.", 0, 100_000, usual=(0, 500))
    steps_growth: float = number(
        1.0, "Factor on the number of steps from one scale to the next.", 0.1, 10.0, step=0.05, usual=(0.5, 2.0)
    )
    step_size: float = number(
        0.04,
        "How far Adam moves a pixel in a step, on a scale where black is -1 and white is 1.",
        0.0,
        2.0,
        step=0.005,
        usual=(0.005, 0.2),
    )
    momentum: float = number(0.9, "Adam's decay of the mean gradient.", 0.0, 0.9999)
    epsilon: float = number(1e-8, "Added to Adam's divisor, in the network's own units.", 0.0, 10.0, typed=True)
    averaging: float = number(
        0.97,
        "Averages the pictures of the steps, against flicker: 0 keeps the picture of least loss instead.",
        0.0,
        0.9999,
    )
    jitter: int = whole(
        8,
        "Each step looks at the picture shifted by up to this many pixels, mirrored at its edges, so that no "
        "grid shows.",
        0,
        64,
    )


@dataclass(frozen=True, kw_only=True, repr=False)
class _Start(Settings, group="image"):
    """What the picture grows from."""

    start: str = choice("What the picture grows from.", "photo", "noise")


@dataclass(frozen=True, kw_only=True, repr=False)
class StyleSettings(_Look, _Scales, _Steps, _Start, Finish, Seed, Coded):
    """Hold every setting of a style transfer; the table of its fields is what the options and sliders are made from.

    Raises:
        RecipeError: a value has the wrong type or is outside what `StyleSettings.settings()` allows.
    """

    TITLE = "style"


# "published" is the run of Yuan's TensorFlow text: 1000 steps at one size, from the photo, the picture of least loss
# kept, no total variation. Its learning rate of 5 is on 0..255. Content counts as a mean: the text's formula has a sum,
# with which a weight of 1e3 keeps the photo as it is; the code of the run, tf.reduce_mean.
STYLE_PRESETS = {
    "vgg19": StyleSettings(),
    "compact": StyleSettings(
        network="compact",
        content_layers=(("conv4_1", 1.0),),
        style_layers=(("conv1", 0.2), ("conv2", 0.2), ("conv3_1", 0.2), ("conv3_2", 0.2), ("conv4_1", 0.2)),
    ),
    "published": StyleSettings(
        measure="mean",
        content_weight=1e3,
        style_weight=1e-2,
        first_size=0,
        steps=1000,
        step_size=5 / 255 * 2,
        momentum=0.99,
        epsilon=0.1,
        averaging=0.0,
        jitter=0,
    ),
}


def from_record(record: Mapping[str, Any]) -> StyleSettings:
    """Return the settings in the record of a picture that was painted; see `images.read_record`.

    Raises:
        RecipeError: it holds none, or some that are not allowed.
    """
    look, changed = record.get("style"), record.get("settings")
    if not isinstance(look, str) or look not in STYLE_PRESETS or not isinstance(changed, Mapping):
        raise RecipeError("the picture holds no settings of a style transfer.")
    return STYLE_PRESETS[look].replace(**{str(name): value for name, value in changed.items()})
