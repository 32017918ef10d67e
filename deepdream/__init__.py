"""DeepDream studio: turn photos into dreams with a trained network, from Python, the command line or a web page.

The public names load their modules when they are first used (PEP 562), so that reading or writing a recipe or a picture
does not wait for TensorFlow.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same names as in _HOMES, for editors and type checkers
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
    "dreaming": ("deliver", "dream"),
    "errors": ("DownloadError", "DreamError", "ImageError", "LayerError", "NetworkError", "RecipeError"),
    "film.film": ("Film",),
    "film.making": ("make_film",),
    "frames": ("Frame",),
    "images": ("Photo", "read_image", "read_recipe", "write_image"),
    "inspection.maps": ("feature_maps",),
    "networks": ("load_network",),
    "presets": ("from_link", "preset", "presets", "to_link"),
    "recipe": ("Recipe",),
    "style.paint": ("StyleSettings", "stylize"),
    "visualization.visualize": ("visualize",),
}

__all__ = sorted(name for names in _HOMES.values() for name in names)


def __getattr__(name: str) -> Any:
    path = next((path for path, names in _HOMES.items() if name in names), None)
    if path is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f".{path}", __name__)
    value = home if name == path else getattr(home, name)  # `presets` is a module itself
    globals()[name] = value  # the next use does not come here
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
