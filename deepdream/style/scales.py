"""The sizes at which a style is painted, smallest first."""

from deepdream.images import fit_size
from deepdream.style.settings import StyleSettings


def result_size(size: tuple[int, int], settings: StyleSettings) -> tuple[int, int]:
    """Return the result's height and width for a content photo of (h, w)."""
    return fit_size(size, settings.size) if settings.size > 0 else (size[0], size[1])


def scale_sizes(size: tuple[int, int], settings: StyleSettings) -> tuple[tuple[int, int], ...]:
    """Return the heights and widths of the scales, smallest first, for a result of (h, w)."""
    longest = max(size)
    sizes = [size]
    side = longest / settings.scale_factor
    # A last scale that is barely smaller than the first wished one would cost a start for nothing.
    while settings.first_size > 0 and side >= settings.first_size * 0.99:
        sizes.insert(0, fit_size(size, round(side)))
        side /= settings.scale_factor
    return tuple(sizes)
