"""Every setting of a dream as one frozen, hashable value, and the one table from which all else about settings is made.

The fields of `Recipe` are that table, in sections of a heading each: the checks, the options of the command line, the
sliders of the page, the table in the README and what files and links hold are read off it.
"""

from dataclasses import dataclass
from types import MappingProxyType

from deepdream.settings.codec import Coded
from deepdream.settings.finish import Finish, Seed
from deepdream.settings.kinds import MAX_OCTAVES
from deepdream.settings.table import Settings, choice, number, setting, switch, whole


@dataclass(frozen=True, kw_only=True, repr=False)
class _Look(Settings, group="look", basic=("network", "layers", "objective")):
    """What is made larger."""

    network: str = setting(
        "compact",
        "name",
        "The trained network that dreams: compact needs no download, inception_v3 gives the classic look.",
    )
    layers: tuple[tuple[str, float], ...] = setting(
        tuple((name, 1.0) for name in ("conv4_3", "conv5_2:217", "conv5_2:304", "conv5_2:186", "conv5_2:222")),
        "layers",
        "What the network should see more of: layers and their weights. Early layers draw lines, deep ones eyes, "
        "animals and buildings; a negative weight suppresses. A name may carry a channel (conv4_2:17), a "
        "place (conv4_2:17@0.5,0.3: shares of width and height) or be a class (classes:207). A channel may be a rank "
        "on this photo: strongest, strongest2, middle, weakest; with a place it is ranked there.",
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
    )
    cosine_power: float = number(
        0.0,
        "With caricature, direction and guide dot: how strictly the direction counts more than the strength.",
        0.0,
        10.0,
        step=0.5,
    )
    guide: str = choice(
        "With a guide picture, for whole layers: argmax copies the best matching feature at each place, dot pulls "
        "towards the average of all.",
        "argmax",
        "dot",
    )
    balance: bool = switch(
        "Each layer counts by its weight alone: its gradient is first scaled to the size of the others'.", on=True
    )
    total_variation: float = number(
        0.0, "Smoothness of the dream: punishes differences between neighboring pixels.", 0.0, 100.0, usual=(0.0, 1.0)
    )
    pull: float = number(
        0.0, "How strongly the dream is pulled back towards the photo at each step.", 0.0, 100.0, usual=(0.0, 1.0)
    )


@dataclass(frozen=True, kw_only=True, repr=False)
class _Octaves(Settings, group="octaves", basic=("octaves", "largest", "octave_scale", "carry")):
    """The sizes that are dreamed, and what is carried from one to the next."""

    octaves: int = whole(
        0,
        "How many sizes are dreamed, from small to the photo's own: more octaves give larger shapes. 0: as many as "
        "`largest` asks for.",
        0,
        MAX_OCTAVES,
        usual=(0, 8),
    )
    largest: float = number(
        0.5,
        "With 0 octaves: how large the largest things are, as a share of the picture's shorter side. The octaves "
        "follow from it, each octave_scale larger than the one before, so a small and a large copy of a photo dream "
        "the same things in the same places.",
        0.05,
        2.0,
        step=0.05,
        usual=(0.1, 1.0),
    )
    octave_scale: float = number(
        1.4, "How much larger each octave is than the one before.", 1.0, 4.0, step=0.05, usual=(1.1, 2.0)
    )
    octaves_above: int = whole(
        0,
        "Further octaves larger than the photo, shrunk back at the end: finer, calmer detail for much more time.",
        0,
        4,
        usual=(0, 2),
    )
    octave_rounding: str = choice(
        "How sizes become whole pixels: powers of the scale (cut or rounded), or each octave from the one before; the "
        "successive ones also shrink the photo step by step.",
        "power_int",
        "power_round",
        "successive_int",
        "successive_round",
    )
    min_size: int = whole(
        0,
        "Octaves whose smaller side has fewer pixels are left out; 0 stands for the network's smallest size.",
        0,
        4096,
        usual=(0, 512),
    )
    octave_sizes: tuple[tuple[int, int], ...] = setting(
        (), "sizes", "The octaves' sizes themselves, as height and width in pixels, instead of a number and a scale."
    )
    carry: str = choice(
        "What goes from one octave to the next: detail and reinject bring back the photo's fine detail (before or "
        "after dreaming), resize does not, blend mixes in some of the photo.",
        "detail",
        "resize",
        "reinject",
        "blend",
    )
    blend: float = number(0.2, "With carry blend: the photo's share at each octave.", 0.0, 1.0)
    resize: str = choice(
        "The filter that changes sizes: bicubic (Pillow's; shrinks without aliasing), bilinear (TensorFlow's), zoom "
        "(SciPy's) or lanczos (Pillow's, on 8 bits).",
        "bicubic",
        "bilinear",
        "zoom",
        "lanczos",
    )


@dataclass(frozen=True, kw_only=True, repr=False)
class _Steps(Settings, group="steps", basic=("steps", "step_size")):
    """How far the steps go, and how many there are."""

    steps: int = whole(
        12, "Steps at each octave: more steps, stronger dream. 0 changes nothing.", 0, 10_000, usual=(0, 100)
    )
    step_size: float = number(
        0.018,
        "How far a step goes, on a scale where black is -1 and white is 1: 0.01 is about 1.3 of 255 gray levels.",
        0.0,
        2.0,
        step=0.0005,
        usual=(0.001, 0.1),
    )
    steps_growth: float = number(
        0.8,
        "Factor on the number of steps from one octave to the next: below 1 spends more on the small, quick octaves.",
        0.1,
        10.0,
        step=0.05,
        usual=(0.5, 2.0),
    )
    step_size_growth: float = number(
        0.85,
        "Factor on the step size from one octave to the next: below 1 keeps fine detail gentle.",
        0.1,
        10.0,
        step=0.05,
        usual=(0.5, 2.0),
    )
    headroom: float = number(
        0.15,
        "Steps towards black and white grow shorter within this distance of them, so that colors do not burn out; the "
        "whole range is 1.",
        0.0,
        0.5,
        step=0.05,
    )
    optimizer: str = choice("How steps are taken: plain ascent, or Adam.", "ascent", "adam")
    averaging: float = number(
        0.0, "Averages the pictures of the steps: 0 is off, 0.99 remembers about a hundred.", 0.0, 0.9999
    )
    max_loss: float | None = number(
        None,
        "An octave ends early when the loss passes this value; none never stops.",
        -1e12,
        1e12,
        usual=(0.0, 100.0),
        step=0.5,
    )
    max_loss_stop: str = choice(
        "With max_loss: whether the step that passed it still counts (after) or not (before).", "after", "before"
    )


@dataclass(frozen=True, kw_only=True, repr=False)
class _Gradient(Settings, group="gradient", basic=("smoothing",)):
    """What is done to the gradient before a step."""

    normalize: str = choice(
        "What the gradient is divided by before a step: its standard deviation (of each tile: tile_std), its mean "
        "absolute value (mean_abs_floor: at least epsilon), or band by band (laplacian: soft, even at all scales).",
        "std",
        "tile_std",
        "mean_abs",
        "mean_abs_floor",
        "laplacian",
        "none",
    )
    epsilon: float = number(
        1e-8,
        "Added to what the gradient is divided by (mean_abs_floor, laplacian: its least value), in the network's own "
        "units; the presets hold those of their sources.",
        0.0,
        1.0,
        step=1e-8,
        typed=True,
    )
    smoothing: float = number(
        1.6,
        "Blurs the gradient at three scales against fine grain: sigma in pixels at an octave's first step, 0 is off.",
        0.0,
        50.0,
        step=0.1,
        usual=(0.0, 5.0),
    )
    smoothing_growth: float = number(
        2.0, "Added to the smoothing over the steps of an octave, in pixels.", 0.0, 50.0, step=0.1, usual=(0.0, 5.0)
    )
    smoothing_mode: str = choice(
        "What is blurred: color blurs across red, green and blue too and keeps the photo's hues, channels gives "
        "pastel colors, kernel9 uses a short kernel.",
        "color",
        "channels",
        "kernel9",
    )
    laplacian_levels: int = whole(4, "With normalize laplacian: how many times the picture is split.", 1, 10)


@dataclass(frozen=True, kw_only=True, repr=False)
class _Transforms(Settings, group="transforms", basic=()):
    """How each step looks at the picture."""

    jitter: int = whole(
        12, "Each step shifts the picture by up to this many pixels, so that no grid shows.", 0, 1024, usual=(0, 64)
    )
    pad: int = whole(
        0,
        "Each step the network sees so many pixels of gray around the picture, so that nothing clings to its edges.",
        0,
        128,
        usual=(0, 32),
    )
    mirror: int = whole(
        16,
        "Each step the network sees the picture continued by so many mirrored pixels, so that no frame grows at its "
        "edges.",
        0,
        128,
        usual=(0, 32),
    )
    tile_size: int = whole(
        0,
        "Large pictures are dreamed in tiles of this many pixels to save memory; 0 chooses by the memory at hand.",
        0,
        4096,
        usual=(0, 1024),
    )
    rotate: float = number(
        0.0, "Each step turns the picture by up to this many degrees.", 0.0, 180.0, step=1.0, usual=(0.0, 45.0)
    )
    zoom_jitter: float = number(
        0.0, "Each step enlarges or shrinks the picture by up to this share: 0.1 is a tenth.", 0.0, 0.5
    )
    flip: bool = switch("Each step mirrors the picture, or not, at random.")


@dataclass(frozen=True, kw_only=True, repr=False)
class _Start(Settings, group="image", basic=()):
    """What the dream grows from, and what of it is changed."""

    start: str = choice("What the dream grows from.", "photo", "noise", "gray")
    parametrization: str = choice(
        "What is changed: pixels, or waves of all sizes (fourier), for pictures from noise.", "pixels", "fourier"
    )
    decorrelate: bool = switch("Steps are taken in colors as natural photos mix them.")


@dataclass(frozen=True, kw_only=True, repr=False)
class Recipe(_Look, _Octaves, _Steps, _Gradient, _Transforms, _Start, Finish, Seed, Coded):
    """Hold every setting of a dream; `Recipe()` is the default preset, on the compact network.

    A recipe is checked when it is made, is hashable, and never changes: `replace` gives a changed one.

    Raises:
        RecipeError: a value has the wrong type, is not finite, or is outside what `Recipe.settings()` allows.
    """

    TITLE = "recipe"
    VERSION = 2
    EARLIER = MappingProxyType({1: MappingProxyType({
        "layers": (("conv4_1", 0.5), ("conv4_3", 1.0), ("conv5_2", 0.1)),
        "balance": False,
        "octaves": 5,
        "resize": "bilinear",
        "steps": 10,
        "step_size": 0.0125,
        "steps_growth": 0.9,
        "step_size_growth": 1.0,
        "headroom": 0.0,
        "smoothing": 0.7,
        "smoothing_growth": 1.5,
        "jitter": 16,
        "mirror": 0,
    })})  # fmt: skip
