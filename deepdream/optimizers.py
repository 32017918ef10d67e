"""How steps are taken along a gradient: as it is, or by Adam; and the average of what the steps gave. NumPy only."""

import numpy as np

from deepdream.images import resize


class PlainAscent:
    """Step along the gradient as it is."""

    def __call__(self, g: np.ndarray) -> np.ndarray:
        return g


class Adam:
    """Divide the running mean of each number's gradient by its running size (Kingma, Ba, 2015)."""

    def __init__(self, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8) -> None:
        self._betas = beta_1, beta_2
        self._epsilon = epsilon
        self._mean: np.ndarray | None = None
        self._square: np.ndarray | None = None
        self._taken = 0

    def __call__(self, g: np.ndarray) -> np.ndarray:
        if self._mean is None or self._square is None:
            self._mean, self._square = np.zeros_like(g), np.zeros_like(g)
        beta_1, beta_2 = self._betas
        self._taken += 1
        self._mean *= beta_1
        self._mean += (1 - beta_1) * g
        self._square *= beta_2
        self._square += (1 - beta_2) * np.square(g)
        size = np.sqrt(self._square / (1 - beta_2**self._taken))
        size += self._epsilon
        return np.divide(self._mean / (1 - beta_1**self._taken), size, out=size)

    def resize(self, size: tuple[int, int]) -> None:
        """Bring the running means of a picture (1, h, w, 3) to another height and width: the next scale starts warm."""
        if self._taken:
            self._mean = resize(np.asarray(self._mean)[0], size)[None]
            self._square = resize(np.asarray(self._square)[0], size)[None]


OPTIMIZERS = {"ascent": PlainAscent, "adam": Adam}


class Average:
    """Average the pictures of the steps with exponentially falling weights that always sum to 1 (crowsonkb, 2021).

    decay: 0 is off; 0.99 remembers about a hundred pictures.
    """

    def __init__(self, decay: float) -> None:
        self._decay = decay
        self._sum: np.ndarray | None = None
        self._weight = 0.0

    @property
    def value(self) -> np.ndarray | None:
        """Return the average so far, or None where it is off or there was nothing yet."""
        return None if self._sum is None else self._sum / np.float32(self._weight)

    def take(self, picture: np.ndarray) -> None:
        """Add a picture."""
        if not self._decay:
            return
        if self._sum is None:
            self._sum = np.zeros_like(picture)
        self._sum *= np.float32(self._decay)
        self._sum += np.float32(1 - self._decay) * picture
        self._weight = self._decay * self._weight + 1 - self._decay
