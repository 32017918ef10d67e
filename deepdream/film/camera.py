"""The camera: a moment's motion as a homography, and a picture that holds itself, so that a flight never ends.

The zoom of the films of 2015 enlarges its last frame for ever. Here the photo lies within itself, each copy smaller by
one factor r (or, without a zoom, at one turn of the loop): the camera leaves one level as the next one fills the view.
Level k fills the view at the moment where the motion has brought it there, so all levels move as one picture.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from deepdream.errors import RecipeError
from deepdream.film.score import Score
from deepdream.film.settings import Motion

RATIO = 4.0  # from one level to the next in a film that does not close
LEAST_ZOOM = 1.1  # over a whole loop; below it the loop is closed by time

Matrix = np.ndarray  # (3, 3), from a place (x, y, 1) in pixels to its new one


def step_matrix(motion: Motion, seconds: float, size: tuple[int, int]) -> Matrix:
    """Return where the motion takes each place of a picture (h, w) in `seconds`; turn and zoom are about its middle.

    Motion is a second's: a zoom z is z ** seconds, so that the number of frames a second changes nothing. A tilt turns
    about the horizontal axis, seen from one width away.
    """
    height, width = size
    angle, lean = math.radians(motion.turn * seconds), math.radians(motion.tilt * seconds)
    scale = motion.zoom**seconds
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    plane = np.array(
        [[cos, -sin, motion.x * width * seconds], [sin, cos, motion.y * height * seconds], [0, 0, 1]], np.float64
    )
    lens = np.diag([width, width, 1.0])
    leaning = np.array([[1, 0, 0], [0, math.cos(lean), -math.sin(lean)], [0, -math.sin(lean), math.cos(lean)]])
    leaning[1, 2] = 0.0  # the middle stays in the middle
    return _centered(size) @ lens @ leaning @ np.linalg.inv(lens) @ plane @ np.linalg.inv(_centered(size))


@dataclass(frozen=True)
class Pose:
    """Hold a level in the view: where its pixels lie, its scale, and how far it has come, 1 as it fills the view."""

    matrix: Matrix
    scale: float
    way: float


class Flight:
    """Know where the levels lie at each frame, and how far the picture moves from one frame to the next.

    Raises:
        RecipeError: a tilt turns a level on its edge.
    """

    def __init__(self, score: Score, size: tuple[int, int]) -> None:
        self._size = size
        self._closes = score.film.loop == "close"
        self._motions = [score.motion(frame) for frame in range(len(score))]
        self._seconds = 1 / score.film.fps
        self._phases = self._counted_phases()
        self._levels: dict[int, _Level] = {}
        self._check_edges()

    def step(self, frame: int) -> Matrix:
        """Return how the picture moves from `frame` to the one after it; a film that closes goes round."""
        return step_matrix(self._motions[frame % len(self._motions)], self._seconds, self._size)

    def poses(self, frame: int) -> list[Pose]:
        """Return the levels in view, the one behind first."""
        frame %= len(self._motions)
        phase = self._phases[frame]
        level = math.floor(phase + 1e-9)
        way = max(0.0, phase - level)
        poses = [self._pose(level, frame, 1.0)]
        if way > 1e-6:
            poses.append(self._pose(level + 1, frame, way))
        return poses

    def _pose(self, level: int, frame: int, way: float) -> Pose:
        if level not in self._levels:
            self._levels[level] = _Level(self.step, *self._birth(level))
        matrix = self._levels[level].matrix(frame)
        matrix = matrix / matrix[2, 2]
        return Pose(matrix, math.sqrt(abs(np.linalg.det(matrix[:2, :2]))), way)

    def _birth(self, level: int) -> tuple[int, Matrix]:
        """Return the frame before a level fills the view, and the motion until then; beyond the film by zooming on."""
        phases = self._phases
        for frame in range(len(phases) - 1):
            before, after = phases[frame], phases[frame + 1]
            if before == level or min(before, after) <= level < max(before, after) or after == level:
                part = (level - before) / (after - before) if after != before else 0.0
                motion = self._motions[min(frame, len(self._motions) - 1)]
                return frame, step_matrix(motion, part * self._seconds, self._size)
        nearest = int(np.argmin(np.abs(phases - level)))
        scale = np.diag([*[RATIO ** (level - phases[nearest])] * 2, 1.0])
        return nearest, _centered(self._size) @ scale @ np.linalg.inv(_centered(self._size))

    def _counted_phases(self) -> np.ndarray:
        """Return how many levels the camera has passed at each frame, up to the one after the last; (frames + 1,)."""
        zooms = np.cumsum([0.0, *(math.log(motion.zoom) * self._seconds for motion in self._motions)])
        if not self._closes:
            return zooms / math.log(RATIO)
        total = zooms[-1]
        if abs(total) < math.log(LEAST_ZOOM):
            return np.arange(len(zooms)) / (len(zooms) - 1)
        steady = all(motion == self._motions[0] for motion in self._motions)
        levels = max(1, round(abs(total) / math.log(RATIO))) if steady else 1
        return zooms * (levels / abs(total))

    def _check_edges(self) -> None:
        """Check that no level is seen from so low that a corner lies far away or behind the camera."""
        height, width = self._size
        corners = np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]], np.float64)
        for frame in range(len(self._motions)):
            behind, *before = (pose.matrix for pose in self.poses(frame))
            for matrix in (np.linalg.inv(behind), *before):  # the view on the level behind, a level before it whole
                depth = (matrix @ corners)[2] / matrix[2, 2]
                if depth.min() < 0.3 * depth.max():
                    raise RecipeError(
                        f"tilt: after {frame * self._seconds:.1f} s the picture leans too far to be seen; tilt less, "
                        "or zoom faster, so that new pictures come up.",
                        "tilt",
                    )


class _Level:
    """Know where a level's pixels lie at each frame, by the steps since the moment at which it fills the view.

    Steps since the film's first frame would not do: after a minute of zoom their numbers are too large to be exact.
    """

    def __init__(self, step: Callable[[int], Matrix], frame: int, birth: Matrix) -> None:
        """Take the motion from each frame to the next, and from `frame` to that moment."""
        self._step, self._frame = step, frame
        self._after = [np.linalg.inv(birth)]  # at `frame` and those after it
        self._before = self._after[:]  # at `frame` and those before it

    def matrix(self, frame: int) -> Matrix:
        """Return where the pixels lie at a frame; worked out in one order, so that it is the same after a break."""
        first, after, before = self._frame, self._after, self._before
        while len(after) <= frame - first:
            after.append(self._step(first + len(after) - 1) @ after[-1])
        while len(before) <= first - frame:
            before.append(np.linalg.inv(self._step(first - len(before))) @ before[-1])
        return after[frame - first] if frame >= first else before[first - frame]


class World:
    """Show a photo from any pose: shrunk copies of it, made once, keep small levels free of grain."""

    def __init__(self, photo: np.ndarray, size: tuple[int, int]) -> None:
        self._size = size
        self._copies = [photo]  # each half of the one before
        while min(self._copies[-1].shape[:2]) >= 16:
            height, width = self._copies[-1].shape[:2]
            half = cv2.resize(self._copies[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
            self._copies.append(half)

    def show(self, poses: list[Pose]) -> np.ndarray:
        """Return the view, (h, w, 3) in [0, 1]."""
        view = self._level(poses[0])
        for pose in poses[1:]:
            share = self._share(pose)[..., None]
            view = view + share * (self._level(pose) - view)
        return np.clip(view, 0.0, 1.0)

    def _level(self, pose: Pose) -> np.ndarray:
        """Sample one level; beyond its edges it is mirrored."""
        height, width = self._size
        wanted = pose.scale * width
        copy = next((each for each in reversed(self._copies) if each.shape[1] >= wanted * 0.99), self._copies[0])
        fit = _fit((copy.shape[0], copy.shape[1]), self._size)
        if np.allclose(pose.matrix @ fit, np.eye(3), atol=1e-9):
            return copy
        return cv2.warpPerspective(
            copy, pose.matrix @ fit, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
        )

    def _share(self, pose: Pose) -> np.ndarray:
        """Return how much of a level shows at each pixel: soft towards its edges while it is smaller than the view.

        Over the second half of its way it covers the view beyond its edges too, mirrored there, so that no ring closes.
        """
        height, width = self._size
        if pose.scale > 0.999:
            return np.full((height, width), smooth(pose.way), np.float32)
        feather = min(0.5, 1 - pose.scale)  # share of the picture
        rows, columns = (
            np.clip(np.minimum(each, 1 - each) / feather, 0, 1) for each in (_middles(height), _middles(width))
        )
        edge = np.minimum.outer(rows, columns).astype(np.float32)
        shape = cv2.warpPerspective(smooth(edge), pose.matrix, (width, height), flags=cv2.INTER_LINEAR)
        return smooth(pose.way) * (shape + (1 - shape) * smooth(max(0.0, 2 * pose.way - 1)))


def smooth(share: Any) -> Any:
    """Return a share in [0, 1], or an array of them, eased at both ends."""
    return share * share * (3 - 2 * share)


def fitted(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a picture shrunk to a size (h, w) by averages; float32."""
    if picture.shape[:2] == size:
        return np.array(picture, np.float32)
    return cv2.resize(picture, (size[1], size[0]), interpolation=cv2.INTER_AREA)


def _middles(length: int) -> np.ndarray:
    return (np.arange(length) + 0.5) / length


def _centered(size: tuple[int, int]) -> Matrix:
    """Return the shift from the middle of a picture to its first pixel's middle."""
    return np.array([[1, 0, (size[1] - 1) / 2], [0, 1, (size[0] - 1) / 2], [0, 0, 1]], np.float64)


def _fit(source: tuple[int, int], size: tuple[int, int]) -> Matrix:
    """Return where the pixels of a picture of one size lie in one of another size."""
    down, across = size[0] / source[0], size[1] / source[1]
    return np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]], np.float64)
