"""Neural style transfer: `looks` are its settings, `painting` does it."""

from deepdream.style.looks import LOOKS, StyleSettings
from deepdream.style.painting import deliver_style, result_size, scale_sizes, stylize

__all__ = ["LOOKS", "StyleSettings", "deliver_style", "result_size", "scale_sizes", "stylize"]
