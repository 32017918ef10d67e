"""Measure films: what they cost, whether they boil, flicker, pile up or leave ghosts, and the memory of a long one.

    python -m benchmarks.film cost boiling coherence drift occlusion memory      or some of them

Clips are made of the sample photos by known motion and read back from files. Each measure prints one line.
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from deepdream.dreaming import dream
from deepdream.film.change import unfinished
from deepdream.film.clip import open_clip
from deepdream.film.dreamer import Dreamer
from deepdream.film.encoding import Encoder, Format, new_container
from deepdream.film.film import Film
from deepdream.film.flow import way_of_flow
from deepdream.film.making import make_film
from deepdream.film.production import Order, Production
from deepdream.images import read_image
from deepdream.networks import load_network
from deepdream.recipe import Recipe

ASSETS = Path(__file__).parents[1] / "assets"
FPS = 24


def photo(name: str, width: int, height: int) -> np.ndarray:
    """Return a sample photo that covers width x height."""
    pixels = read_image(ASSETS / f"{name}.jpg").pixels
    scale = max(width / pixels.shape[1], height / pixels.shape[0])
    size = max(width, round(pixels.shape[1] * scale)), max(height, round(pixels.shape[0] * scale))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)[:height, :width]


def panned(name: str, width: int, height: int, count: int) -> list[np.ndarray]:
    """Return a pan over a photo, 2.3 pixels to the right and half a pixel down a frame."""
    ground = photo(name, width + 3 * count, height + count)
    return [_moved(ground, np.array([[1, 0, -2.3 * n], [0, 1, -0.5 * n]]), width, height) for n in range(count)]


def handheld(name: str, width: int, height: int, count: int) -> list[np.ndarray]:
    """Return a photo seen by a hand: it sways, turns and comes nearer."""
    ground = photo(name, width * 5 // 4, height * 5 // 4)
    frames = []
    for n in range(count):
        turn = cv2.getRotationMatrix2D((width * 0.62, height * 0.62), 3 * np.sin(n / 9), 1 + n / 300)
        turn[:, 2] -= width / 8 + 6 * np.sin(n / 7), height / 8 + 4 * np.cos(n / 5)
        frames.append(_moved(ground, turn, width, height))
    return frames


def crossing(width: int, height: int, count: int) -> list[np.ndarray]:
    """Return a square of another photo that crosses a photo that rests."""
    ground, square = photo("sky", width, height), photo("coffee", 60, 60)
    frames = []
    for n in range(count):
        frame = ground.copy()
        frame[60:120, 20 + 5 * n : 80 + 5 * n] = square
        frames.append(frame)
    return frames


def _moved(ground: np.ndarray, matrix: np.ndarray, width: int, height: int) -> np.ndarray:
    moved = cv2.warpAffine(ground, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.clip(moved, 0, 1)


@contextmanager
def written(pictures: list[np.ndarray]) -> Iterator[Path]:
    """Write pictures as a clip of high quality; it is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with new_container(path) as container:
            size = (pictures[0].shape[0], pictures[0].shape[1])
            encoder = Encoder(container, Format("h264", quality=8), size, Fraction(FPS), Fraction(1, FPS))
            for index, picture in enumerate(pictures):
                encoder.write(picture, index)
            encoder.close()
        yield path


def dreamed(pictures: list[np.ndarray], film: Film) -> tuple[np.ndarray, np.ndarray]:
    """Return a clip as it was read, and as it was dreamed."""
    with written(pictures) as path:
        clip = open_clip(path)
        source = np.stack([frame.picture for frame in clip.frames()])
        return source, np.stack([frame.image for frame in make_film(clip, film)])


def warp_error(frames: np.ndarray, source: np.ndarray) -> float:
    """Return the mean square difference along the source's own motion, where that is trusted (Lai and others, 2018)."""
    errors = []
    for n in range(len(source) - 1):
        way = way_of_flow(source[n], source[n + 1])
        seen = way.trust > 0.5
        errors.append(float(((way.carry(frames[n]) - frames[n + 1])[seen] ** 2).mean()))
    return float(np.mean(errors))


def cost() -> dict[str, float]:
    """Measure a flight and a clip of 640 x 360 through to the file, and how much of the time is not dreaming."""
    result = {}
    spent = _count_dreaming()
    with written(panned("sky", 640, 360, 12)) as path:
        Dreamer()(photo("sky", 640, 360), Recipe(steps=1))  # warm
        sources = {"flight": (ASSETS / "cat.jpg", Film(zoom=1.3, turn=10, seconds=0.5)), "clip": (path, Film())}
        for name, (source, film) in sources.items():
            production = Production(Order(source, film, path.with_name(f"{name}-film.mp4")))
            spent[0], begun, worked = 0.0, time.perf_counter(), time.process_time()
            count = sum(1 for _ in production.frames())
            production.finish()
            whole = time.perf_counter() - begun
            result |= {f"{name} s a frame": whole / count, f"{name} 240 frames s": whole / count * 240,
                       f"{name} processor s a frame": (time.process_time() - worked) / count,
                       f"{name} share not dreaming": 1 - spent[0] / whole}  # fmt: skip
            print(name, {key: round(value, 3) for key, value in result.items()}, flush=True)
    return result


def _count_dreaming() -> list[float]:
    """Count the seconds that dreams take."""
    spent, own = [0.0], Dreamer.__call__

    def timed(*arguments: object, **about: object) -> np.ndarray:
        begun = time.perf_counter()
        try:
            return own(*arguments, **about)
        finally:
            spent[0] += time.perf_counter() - begun

    Dreamer.__call__ = timed
    return spent


def boiling() -> dict[str, float]:
    """Measure thirty frames that are one picture: the mean change from frame to frame, in 255ths."""
    result = {}
    for name in ("cat", "sky"):
        with written([photo(name, 320, 180)] * 30) as path:
            still = next(open_clip(path).frames()).picture
            frames = _frames_of([still] * 30)
        changes = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2, 3)) * 255
        result |= {f"{name} mean": float(changes.mean()), f"{name} worst": float(changes.max())}
    return result


def _frames_of(pictures: list[np.ndarray]) -> np.ndarray:
    """Dream on pictures as on a clip without a file between."""
    from deepdream.film.change import Change, kept_share

    dreamer, change, frames = Dreamer(), None, []
    for n, picture in enumerate(pictures):
        if change is None:
            change = Change.first(picture, Recipe(), dreamer)
        else:
            way = way_of_flow(pictures[n - 1], picture)
            change = change.next(picture, way, Recipe(), dreamer, keep=kept_share(Film().memory, FPS), fps=FPS)
        frames.append(np.clip(picture + change.array, 0, 1))
    return np.stack(frames)


def coherence() -> dict[str, float]:
    """Measure the error along the motion against dreaming each frame alone, and both strengths."""
    result = {}
    for name, pictures in (("pan", panned("sky", 192, 108, 9)), ("hand", handheld("cat", 192, 108, 9))):
        source, film = dreamed(pictures, Film())
        alone = np.stack([Dreamer()(each, Recipe()) for each in source])
        ours, theirs, own = (warp_error(each, source) for each in (film, alone, source))
        strengths = [np.abs(each - source).mean() * 255 for each in (film, alone)]
        result |= {f"{name} ratio": ours / theirs, f"{name} without the source's own": (ours - own) / (theirs - own),
                   f"{name} strength": strengths[0] / strengths[1]}  # fmt: skip
    return result


def drift(count: int = 300) -> dict[str, float]:
    """Measure a flight of 300 frames: light, color and the objective of its last thirty against frames 30 to 60.

    The camera passes two levels in the 240 frames between, so both parts show the same views.
    """
    film = Film(zoom=16 ** (FPS / 240), turn=20, seconds=count / FPS, side=160, fps=FPS)
    views = [frame.image for frame in make_film(read_image(ASSETS / "cat.jpg"), film.replace(recipe=Recipe(steps=0)))]
    frames = [frame.image for frame in make_film(read_image(ASSETS / "cat.jpg"), film)]
    network, early, late = load_network("compact"), slice(30, 60), slice(-30, None)
    first, last = (_looks(frames[part], views[part], network) for part in (early, late))
    return {f"{name} late over early": last[name] / first[name] for name in first}


def _looks(frames: list[np.ndarray], views: list[np.ndarray], network: object) -> dict[str, float]:
    def light(each: np.ndarray) -> float:
        return float((each @ np.array([0.2126, 0.7152, 0.0722], np.float32)).mean())

    def color(each: np.ndarray) -> float:
        return float((each.max(axis=2) - each.min(axis=2)).mean())

    objective = [next(iter(dream(each, unfinished(Recipe(octaves=1, steps=1)), network=network))).loss
                 for each in frames[::6]]  # fmt: skip
    pairs = list(zip(frames, views, strict=True))
    return {"luma": float(np.mean([light(frame) for frame in frames])),
            "luma against the view": float(np.mean([light(f) / light(v) for f, v in pairs])),
            "saturation": float(np.mean([color(frame) for frame in frames])),
            "saturation against the view": float(np.mean([color(f) / color(v) for f, v in pairs])),
            "objective": float(np.mean(objective))}  # fmt: skip


def occlusion() -> dict[str, float]:
    """Measure what a square leaves where it has passed: the change there against that of a fresh dream."""
    source, film = dreamed(crossing(320, 180, 24), Film())
    result = {}
    for n in (8, 16, 23):
        fresh = Dreamer()(source[n], Recipe()) - source[n]
        passed = (slice(60, 120), slice(20, 20 + 5 * n - 4))
        ours, theirs = (film[n] - source[n])[passed], fresh[passed]
        result[f"frame {n} deviation over fresh"] = float(ours.std() / theirs.std())
        square = photo("coffee", 60, 60) - 0.5  # a ghost looks like the square that was there
        ghosts = [
            float(np.corrcoef((film[n] - source[n])[60:120, x : x + 60].ravel(), square.ravel())[0, 1])
            for x in range(20, 20 + 5 * n - 60, 5)
        ]
        result[f"frame {n} likeness to the square"] = max(map(abs, ghosts), default=0.0)
    return result


def memory() -> dict[str, float]:
    """Measure 500 frames of 1280 x 720: the process's memory after 50 and after 500, and its peak, in GiB."""
    film = Film(zoom=1.2, seconds=500 / FPS, side=1280, recipe=Recipe(octaves=1, steps=1))
    with tempfile.TemporaryDirectory() as folder:
        picture = np.clip(photo("sky", 1280, 720), 0, 1)
        production = Production(Order(_saved(picture, Path(folder)), film, Path(folder) / "film.mp4"))
        result = {}
        for frame in production.frames():
            if frame.index + 1 in (50, 250, 500):
                result[f"after {frame.index + 1} frames"] = _resident()
    return result | {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}


def _saved(picture: np.ndarray, folder: Path) -> Path:
    from deepdream.images import write_image

    write_image(folder / "photo.png", picture)
    return folder / "photo.png"


def _resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**30


MEASURES: dict[str, Callable[[], dict[str, float]]] = {
    each.__name__: each for each in (cost, boiling, coherence, drift, occlusion, memory)
}


def main() -> None:
    """Run the measures that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measures", nargs="*", choices=[*MEASURES, []], default=list(MEASURES))
    for name in parser.parse_args().measures:
        print(name, json.dumps({key: round(float(value), 3) for key, value in MEASURES[name]().items()}), flush=True)


if __name__ == "__main__":
    main()
