"""DeepDream studio: turn photos into dreams with a trained network, from Python, the command line or a web page.

The public names load their modules when they are first used (PEP 562), so that reading or writing a recipe or a picture
does not wait for TensorFlow.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import presets
    from .dreaming import deliver, dream
    from .errors import DownloadError, DreamError, ImageError, LayerError, NetworkError, RecipeError
    from .film.film import Film
    from .film.making import make_film
    from .frames import Frame
    from .images import Photo, read_image, read_recipe, write_image
    from .inspection.maps import feature_maps
    from .networks import load_network
    from .presets import from_link, preset, to_link
    from .recipe import Recipe
    from .style.paint import StyleSettings, stylize
    from .visualization.visualize import visualize

__version__ = "0.1.0"

_HOMES = {
    "DownloadError": "errors",
    "DreamError": "errors",
    "Film": "film.film",
    "Frame": "frames",
    "ImageError": "errors",
    "LayerError": "errors",
    "NetworkError": "errors",
    "Photo": "images",
    "Recipe": "recipe",
    "RecipeError": "errors",
    "StyleSettings": "style.paint",
    "deliver": "dreaming",
    "dream": "dreaming",
    "feature_maps": "inspection.maps",
    "from_link": "presets",
    "load_network": "networks",
    "make_film": "film.making",
    "preset": "presets",
    "presets": "presets",
    "read_image": "images",
    "read_recipe": "images",
    "stylize": "style.paint",
    "to_link": "presets",
    "visualize": "visualization.visualize",
    "write_image": "images",
}

__all__ = [
    "DownloadError",
    "DreamError",
    "Film",
    "Frame",
    "ImageError",
    "LayerError",
    "NetworkError",
    "Photo",
    "Recipe",
    "RecipeError",
    "StyleSettings",
    "deliver",
    "dream",
    "feature_maps",
    "from_link",
    "load_network",
    "make_film",
    "preset",
    "presets",
    "read_image",
    "read_recipe",
    "stylize",
    "to_link",
    "visualize",
    "write_image",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f".{_HOMES[name]}", __name__)
    value = home if name == _HOMES[name] else getattr(home, name)  # `presets` is a module itself
    globals()[name] = value  # the next use does not come here
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
