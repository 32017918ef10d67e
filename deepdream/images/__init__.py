"""Pictures: a photo in memory, read from and written to files with the recipe inside, and resized; no TensorFlow."""

from deepdream.images.metadata import read_recipe, read_record
from deepdream.images.photo import Photo, as_photo, at_point, row_blocks, to_uint8
from deepdream.images.reading import read_image
from deepdream.images.resizing import RESIZES, fit_size, rescale, resize, shrink, shrunk_size
from deepdream.images.writing import ENDINGS, encode_jpeg, write_image, write_moving

__all__ = [
    "ENDINGS",
    "RESIZES",
    "Photo",
    "as_photo",
    "at_point",
    "encode_jpeg",
    "fit_size",
    "read_image",
    "read_recipe",
    "read_record",
    "rescale",
    "resize",
    "row_blocks",
    "shrink",
    "shrunk_size",
    "to_uint8",
    "write_image",
    "write_moving",
]
