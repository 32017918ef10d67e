"""The published algorithms under their names, each also in its manner on the compact network.

Numbers are those of the sources; a step in another unit is converted to ours, an image on -1..1: 255 gray levels are
2, so 1.5 of 255 is 1.5 / 127.5. The sources, and where a preset departs from one:

    caffe_2015                  Mordvintsev, Olah, Tyka, dream.ipynb, 2015 (Inception5h for BVLC GoogLeNet)
    tensorflow_2015 and
    tensorflow_2015_laplacian   Mordvintsev, deepdream.ipynb in TensorFlow's examples, 2015 and 2016; its resize was the
                                older bilinear without half-pixel centers. The Laplacian one begins with 224 pixels
                                and keeps its largest size; ours begins with the photo's and comes back to it
    hvass                       Pedersen, TensorFlow tutorial 14, 2016; run without repeats (octaves=1) its step is 6 of
                                255, step_size=6 / 127.5. It cuts every picture into random tiles, 2 x 2 at least, ours
                                is whole up to 600 pixels; the layer, mixed3b, is our choice: its examples show conv2d2,
                                mixed3a, mixed4a, mixed4b, mixed4c and mixed5b
    keras_2017, chollet_book    Chollet, Keras example deep_dream.py and Deep Learning with Python, 2017
    keras_example               Chollet, keras.io "Deep Dream", 2020
    tensorflow_simple,
    tensorflow_octaves and
    tensorflow_tutorial         TensorFlow tutorial "DeepDream", 2019; it rounds to 8 bits between octaves, we do not
    pytorch_deepdream           Gordić, pytorch-deepdream, 2020; its step counts in ImageNet's standard deviations, and
                                so does its gradient: by both together it differs by 4.5 % between red, green and blue,
                                ours is one for all; it blurs the gradient in the shifted picture, ours when it is
                                shifted back, which differs at the edges; its blur grows by 2 / steps at a step, so with
                                another number of steps `smoothing` wants another start, 0.5 + 2 / steps

All of them are clipped to the valid range at each step, tiles cover every pixel, and octaves below a network's smallest
size are left out. A size that is whole but for rounding is that whole number: where a source's own floats miss it (90 *
0.7 is 62.99999999999999, of which Hvass's and TensorFlow's texts take 62) its octave is one pixel smaller.
"""

from deepdream.presets.preset import Preset
from deepdream.recipe import Recipe

_PLAIN = Recipe(  # what no source had
    balance=False,
    steps_growth=1.0,
    step_size_growth=1.0,
    headroom=0.0,
    smoothing=0.0,
    smoothing_growth=0.0,
    mirror=0,
)
_TENSORFLOW = _PLAIN.replace(
    network="inception_v3",
    layers=(("mixed3", 1.0), ("mixed5", 1.0)),
    objective="mean",
    octaves=1,
    octave_scale=1.3,
    carry="resize",
    resize="bilinear",
    steps=100,
    step_size=0.01,
    normalize="std",
    epsilon=1e-8,
    jitter=0,
)
_KERAS = _PLAIN.replace(
    network="inception_v3",
    layers=(("mixed4", 1.0), ("mixed5", 1.5), ("mixed6", 2.0), ("mixed7", 2.5)),
    objective="keras_l2",
    octaves=3,
    octave_scale=1.4,
    octave_rounding="power_int",
    carry="reinject",
    resize="bilinear",
    steps=20,
    step_size=0.01,
    normalize="mean_abs_floor",
    epsilon=1e-6,
    jitter=0,
    max_loss=15.0,
    max_loss_stop="after",
)
_KERAS_2017 = _KERAS.replace(
    layers=(("mixed2", 0.2), ("mixed3", 0.5), ("mixed4", 2.0), ("mixed5", 1.5)),
    resize="zoom",
    epsilon=1e-7,
    max_loss=10.0,
    max_loss_stop="before",
)
_CAFFE = _PLAIN.replace(
    network="inception5h",
    layers=(("mixed4c", 1.0),),
    objective="caffe_l2",
    octaves=4,
    octave_scale=1.4,
    octave_rounding="successive_round",
    carry="detail",
    resize="zoom",
    steps=10,
    step_size=1.5 / 127.5,
    normalize="mean_abs",
    epsilon=0.0,
    jitter=32,
)
_TENSORFLOW_2015 = _CAFFE.replace(
    objective="mean_square",
    octave_rounding="successive_int",
    resize="bilinear",
    epsilon=1e-7,
    jitter=512,  # the notebook rolls by anything up to a tile, so that seams fall elsewhere at each step
    tile_size=512,
)
_LAPLACIAN = _TENSORFLOW_2015.replace(
    layers=(("mixed4d_3x3_bottleneck_pre_relu:139", 1.0),),
    objective="mean",
    octaves=1,
    octaves_above=2,
    carry="resize",
    step_size=1.0 / 127.5,
    normalize="laplacian",
    laplacian_levels=4,
    epsilon=1e-10,
    start="noise",
)
_HVASS = _PLAIN.replace(
    network="inception5h_raw",  # fed with 0..255 as it is, where the 2015 notebook subtracts 117
    layers=(("mixed3b", 1.0),),
    objective="mean_square",
    octaves=5,
    octave_scale=1.0 / 0.7,
    octave_rounding="successive_int",
    carry="blend",
    blend=0.2,
    resize="lanczos",
    steps=10,
    step_size=3.0 / 127.5,
    normalize="tile_std",
    epsilon=1e-8,
    smoothing=0.5,
    smoothing_growth=4.0,
    smoothing_mode="color",
    jitter=0,
    tile_size=400,
)
_PYTORCH = _PLAIN.replace(
    network="vgg16",
    layers=(("block4_conv3", 1.0),),
    objective="mean_square",
    octaves=4,
    octave_scale=1.8,
    octave_rounding="power_round",
    carry="resize",
    resize="bilinear",
    steps=10,
    step_size=0.09 * 2 * 0.226,  # 0.226: the mean of ImageNet's standard deviations .229, .224, .225
    normalize="std",
    epsilon=0.0,
    smoothing=0.7,  # its sigma is (i + 1) / 10 * 2 + 0.5 at step i of 10
    smoothing_growth=2.0,
    smoothing_mode="kernel9",
    jitter=32,
)

SOURCES = (
    Preset(
        "tensorflow_simple",
        "TensorFlow, one size",
        "The first half of TensorFlow's tutorial: one size, no shifts; fine, even patterns.",
        _TENSORFLOW,
    ),
    Preset(
        "tensorflow_octaves",
        "TensorFlow, octaves",
        "TensorFlow's tutorial with five sizes, two of them above the photo: patterns at all scales.",
        _TENSORFLOW.replace(octaves=3, octaves_above=2, steps=50),
    ),
    Preset(
        "tensorflow_tutorial",
        "TensorFlow, octaves and tiles",
        "The whole of TensorFlow's tutorial: five sizes in tiles with random shifts; rich and dense.",
        _TENSORFLOW.replace(octaves=3, octaves_above=2, tile_size=512, jitter=512),
    ),
    Preset(
        "tensorflow_2015",
        "TensorFlow notebook, 2015",
        "The first TensorFlow notebook: whole layers squared, in tiles of 512; on its own network dogs and slugs.",
        _TENSORFLOW_2015,
    ),
    Preset(
        "tensorflow_2015_laplacian",
        "Laplacian notebook, 2016",
        "One channel grown from noise, even at all scales: soft and clear like a pattern book.",
        _LAPLACIAN,
    ),
    Preset(
        "keras_example",
        "Keras example",
        "The example of keras.io: four layers together, the photo's detail put back after each size.",
        _KERAS,
    ),
    Preset(
        "keras_2017",
        "Keras example, 2017",
        "The older Keras example: earlier layers, stronger textures.",
        _KERAS_2017,
    ),
    Preset(
        "chollet_book",
        "Deep Learning with Python",
        "The settings of Chollet's book: mostly one middle layer, so feathers and fur.",
        _KERAS_2017.replace(layers=(("mixed2", 0.2), ("mixed3", 3.0), ("mixed4", 2.0), ("mixed5", 1.5))),
    ),
    Preset(
        "caffe_2015",
        "The original, 2015",
        "The notebook that named it: four sizes, detail carried along, shifts of 32 pixels.",
        _CAFFE,
    ),
    Preset(
        "hvass",
        "Hvass Labs",
        "Pedersen's tutorial 14: an early layer, gradients blurred at three scales; swirling and smooth.",
        _HVASS,
    ),
    Preset(
        "pytorch_deepdream",
        "pytorch-deepdream",
        "Gordić's version: gradients blurred channel by channel; bright, pastel patterns.",
        _PYTORCH,
    ),
)

# What stands in for a source's layers on the compact network: layers of about the same depth. A loss there has another
# scale, so a limit on it would mean nothing.
_ON_COMPACT = {
    "tensorflow_simple": (("conv3_2", 1.0), ("conv4_2", 1.0)),
    "tensorflow_octaves": (("conv3_2", 1.0), ("conv4_2", 1.0)),
    "tensorflow_tutorial": (("conv3_2", 1.0), ("conv4_2", 1.0)),
    "tensorflow_2015": (("conv4_2", 1.0),),
    "tensorflow_2015_laplacian": (("conv4_2:11", 1.0),),
    "keras_example": (("conv3_2", 1.0), ("conv4_1", 1.5), ("conv4_2", 2.0), ("conv5_1", 2.5)),
    "keras_2017": (("conv3_1", 0.2), ("conv3_2", 0.5), ("conv4_1", 2.0), ("conv4_2", 1.5)),
    "chollet_book": (("conv3_1", 0.2), ("conv3_2", 3.0), ("conv4_1", 2.0), ("conv4_2", 1.5)),
    "caffe_2015": (("conv4_2", 1.0),),
    "hvass": (("conv3_2", 1.0),),
    "pytorch_deepdream": (("conv4_1", 1.0),),
}


def _on_compact(source: Preset) -> Preset:
    recipe = source.recipe.replace(network="compact", layers=_ON_COMPACT[source.name], max_loss=None)
    return Preset(
        f"{source.name}_compact", f"{source.title} (compact)", f"{source.sentence} Here on the compact network.", recipe
    )


ON_COMPACT = tuple(map(_on_compact, SOURCES))
