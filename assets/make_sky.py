"""Render the sample picture `sky.jpg`: sunlit cumulus over hills, in about a minute, from one seed.

    python assets/make_sky.py [--size 1024x768] [--seed 11] [--output assets/sky.jpg]

A camera on a hill looks a little upwards. Each ray marches through a slab of cloud whose density is 1/f noise in three
dimensions; at each step a second, short march towards the sun gives the light that arrives there (Beer's law). The
hills are ridges of one-dimensional 1/f noise, paler with distance. Needs NumPy, SciPy, Pillow; only people run it.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter1d, map_coordinates

Array = np.ndarray

SUN = np.array([-0.80, 0.36, -0.30]) / 0.927  # a unit vector: low, on the left, a little behind the camera
CLOUD_BOTTOM, CLOUD_TOP = 1.0, 3.2  # kilometres above the camera


def main() -> None:
    parser = argparse.ArgumentParser(description="Render the sample sky.")
    parser.add_argument("--size", default="1024x768", help="width x height in pixels")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("sky.jpg"))
    options = parser.parse_args()
    w, h = (int(side) for side in options.size.split("x"))
    picture = render_sky(2 * h, 2 * w, seed=options.seed)
    picture = picture.reshape(h, 2, w, 2, 3).mean(axis=(1, 3))  # four rays a pixel, or the clouds' edges are speckled
    Image.fromarray(np.round(picture * 255).astype(np.uint8)).save(options.output, quality=90, subsampling=0)


def render_sky(h: int, w: int, *, seed: int) -> Array:
    """Return the sky as (h, w, 3) float32 sRGB in [0, 1]; the same seed gives the same picture."""
    random = np.random.default_rng(seed)
    noise = periodic_noise(160, dim=3, slope=1.75, random=random)
    rays = camera_rays(h, w, pitch=0.29, field_of_view=1.15)
    sky = sky_light(rays)
    light, transmitted = np.empty_like(sky), np.empty((h, w, 1), np.float32)
    for top in range(0, h, 32):  # in strips: a whole picture's samples would take gigabytes
        strip = slice(top, top + 32)
        light[strip], transmitted[strip] = march_clouds(rays[strip], noise, random)
    picture = add_hills(light + sky * transmitted, random)
    return np.clip(tone(picture), 0, 1).astype(np.float32)


def periodic_noise(size: int, *, dim: int, slope: float, random: np.random.Generator) -> Array:
    """Return 1/f^slope noise that repeats every `size` places on each of `dim` axes, mean 0, standard deviation 1."""
    spectrum = np.fft.rfftn(random.standard_normal((size,) * dim))
    axes = [np.fft.fftfreq(size)] * (dim - 1) + [np.fft.rfftfreq(size)]
    radius = np.sqrt(sum(axis**2 for axis in np.meshgrid(*axes, indexing="ij")))
    spectrum *= np.where(radius > 2.5 / size, np.maximum(radius, 1 / size) ** -slope, 0)
    field = np.fft.irfftn(spectrum, s=(size,) * dim, axes=range(dim))
    return (field / field.std()).astype(np.float32)


def camera_rays(h: int, w: int, *, pitch: float, field_of_view: float) -> Array:
    """Return unit vectors (h, w, 3), x to the right, y up, z ahead, for a camera turned up by `pitch` radians."""
    x = np.linspace(-1, 1, w) * np.tan(field_of_view / 2)
    y = -np.linspace(-1, 1, h) * np.tan(field_of_view / 2) * h / w
    across, up = np.meshgrid(x, y)
    ahead = np.ones_like(across)
    rays = np.stack(
        [across, up * np.cos(pitch) + ahead * np.sin(pitch), ahead * np.cos(pitch) - up * np.sin(pitch)], axis=-1
    )
    return rays / np.linalg.norm(rays, axis=-1, keepdims=True)


def sky_light(rays: Array) -> Array:
    """Return the clear sky's linear color (h, w, 3): deep blue above, pale and warm at the horizon."""
    height = np.clip(rays[..., 1:2], 0, 1)
    zenith, horizon = np.array([0.03, 0.12, 0.40]), np.array([0.74, 0.62, 0.52])
    haze = np.exp(-height * 6.5)
    warm = np.clip(rays @ SUN, 0, 1)[..., None] ** 3
    return zenith + (horizon - zenith) * haze + warm * np.array([0.25, 0.17, 0.08])


def cloud_density(points: Array, noise: Array) -> Array:
    """Return the density of cloud, per kilometre, at points (..., 3): flat bases, billowing tops, clear gaps."""

    def sampled(scale: float, shift: float) -> Array:
        places = np.moveaxis(points * np.array([scale, scale * 0.85, scale]), -1, 0)
        return map_coordinates(noise, places + shift, order=1, mode="grid-wrap")

    rise = np.clip((points[..., 1] - CLOUD_BOTTOM) / (CLOUD_TOP - CLOUD_BOTTOM), 0, 1)
    billows = sampled(12.0, 0.0) + 0.16 * sampled(57.0, 31.0)
    shape = np.minimum(rise / 0.08, 1) * 2.0 - 2.0 - 1.5 * rise**1.6  # flat below, rounder and rarer above
    return np.clip((billows + shape - 0.62) * 22, 0, 18)


def march_clouds(rays: Array, noise: Array, random: np.random.Generator, *, steps: int = 140) -> tuple[Array, Array]:
    """Return the clouds' light (h, w, 3) and the share of the light behind them that passes, (h, w, 1)."""
    height = np.maximum(rays[..., 1], 0.02)
    near, far = CLOUD_BOTTOM / height, np.minimum(CLOUD_TOP / height, CLOUD_BOTTOM / height + 14)
    near, far = np.minimum(near, 40.0), np.minimum(far, 40.0)
    length = (far - near) / steps
    light = np.zeros(rays.shape, np.float32)
    transmitted = np.ones(rays.shape[:2], np.float32)
    place = near + length * random.random(rays.shape[:2])  # a random start hides the steps
    toward_sun = np.clip(rays @ SUN, -1, 1)
    phase = 0.75 + 0.5 * np.clip(toward_sun, 0, 1) ** 4
    for _ in range(steps):
        points = rays * place[..., None]
        density = cloud_density(points, noise)
        seen = (density > 0) & (transmitted > 0.01) & (rays[..., 1] > 0.005)
        if seen.any():
            shade = sunlight(points[seen], noise)[:, None]
            rise = np.clip((points[seen][:, 1:2] - CLOUD_BOTTOM) / (CLOUD_TOP - CLOUD_BOTTOM), 0, 1)
            ambient = np.array([0.135, 0.18, 0.29]) * (0.45 + 1.0 * rise)
            color = shade * np.array([1.95, 1.50, 1.02]) * phase[seen][:, None] + ambient
            haze = np.exp(-place[seen] / 26)[:, None]
            color = color * haze + np.array([0.66, 0.60, 0.55]) * (1 - haze)
            absorbed = 1 - np.exp(-density[seen] * length[seen])
            light[seen] += (transmitted[seen] * absorbed)[:, None] * color
            transmitted[seen] *= 1 - absorbed
        place = place + length
    return light, transmitted[..., None]


def sunlight(points: Array, noise: Array) -> Array:
    """Return the share of sunlight that reaches points (n, 3), by six samples towards the sun (Beer's law)."""
    depth = np.zeros(len(points))
    distance = 0.0
    for stride in (0.03, 0.05, 0.08, 0.13, 0.21, 0.34):
        distance += stride
        depth += stride * cloud_density(points + SUN * distance, noise)
    return 0.8 * np.exp(-depth * 1.15) + 0.2 * np.exp(-depth * 0.25)  # the second term: light scattered many times


def add_hills(picture: Array, random: np.random.Generator) -> Array:
    """Return the picture with ridges of hills along its lower edge, paler and bluer with distance."""
    h, w = picture.shape[:2]
    rows = np.arange(h)[:, None] / h
    result = picture
    ridges = ((0.825, 0.034, 0.72), (0.865, 0.042, 0.50), (0.91, 0.050, 0.27), (0.965, 0.05, 0.08))
    for level, relief, haze in ridges:
        outline = periodic_noise(4096, dim=1, slope=1.45, random=random)[:w] * relief * 0.5
        texture = periodic_noise(2048, dim=2, slope=1.25, random=random)[:h, :w]
        slope = np.gradient(gaussian_filter1d(outline, w / 90)) * w  # unsmoothed, every column would be its own streak
        edge = level - outline
        inside = np.clip((rows - edge) * h, 0, 1)[..., None]
        depth = np.clip((rows - edge) / 0.16, 0, 1)[..., None]
        lit = (0.75 + 0.45 * np.tanh(slope * 0.8)[None, :, None] + 0.28 * texture[..., None]) * (1 - 0.55 * depth)
        ground = np.array([0.085, 0.090, 0.028]) * np.clip(lit, 0.1, 2)
        color = ground * (1 - haze) + np.array([0.42, 0.44, 0.52]) * haze * (0.92 + 0.16 * depth)
        result = result * (1 - inside) + color * inside
    return result


def tone(linear: Array) -> Array:
    """Return sRGB in [0, 1] for linear light: highlights roll off instead of being cut."""
    rolled = 1 - np.exp(-1.45 * np.maximum(linear, 0))
    return np.where(rolled <= 0.0031308, 12.92 * rolled, 1.055 * rolled ** (1 / 2.4) - 0.055)


if __name__ == "__main__":
    main()
