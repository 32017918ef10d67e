"""Formulas of time by a small grammar of our own: parsed into a tree, never evaluated by Python.

    sum     = product { ("+" | "-") product }
    product = signed { ("*" | "/") signed }
    signed  = ["-"] atom
    atom    = number | "t" | "pi" | "(" sum ")" | name "(" sum { "," sum } ")"      name: sin, cos, min, max

Angles are in radians; × and ÷ are read as * and /.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

import numpy as np

from deepdream.errors import RecipeError, quoted

MAX_LENGTH = 300  # characters
MAX_DEPTH = 20  # brackets and signs within one another

Tree: TypeAlias = "float | str | tuple[str, tuple[Tree, ...]]"

_TOKEN = re.compile(r"\s*([0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]{1,2})?|\.[0-9]+|[a-z]+|[-+*/(),])")
_FUNCTIONS: dict[str, Callable[..., np.ndarray]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "sin": np.sin,
    "cos": np.cos,
    "min": lambda *values: reduce(np.minimum, values),
    "max": lambda *values: reduce(np.maximum, values),
}
_ARGUMENTS = {"sin": (1, 1), "cos": (1, 1), "min": (2, 8), "max": (2, 8)}


@dataclass(frozen=True)
class Formula:
    """Hold a number that changes with time: `text` in the grammar above.

    Raises:
        RecipeError: the text is not a formula.
    """

    text: str

    def __post_init__(self) -> None:
        _Parser(self.text).parse()

    def values(self, times: np.ndarray) -> np.ndarray:
        """Return the formula's value at each time in seconds, float64 of the times' shape.

        Raises:
            RecipeError: it has no value at one of them, as 1 / 0 has not.
        """
        with np.errstate(all="ignore"):
            result = np.broadcast_to(_evaluated(_Parser(self.text).parse(), times), times.shape).astype(np.float64)
        if not np.isfinite(result).all():
            at = times[~np.isfinite(result)][0]
            raise RecipeError(f"the formula {quoted(self.text)} is no number at t = {at:g}; do not divide by zero.")
        return result


def _evaluated(tree: Tree, times: np.ndarray) -> np.ndarray:
    if isinstance(tree, str):
        return times
    if isinstance(tree, tuple):
        name, arguments = tree
        return _FUNCTIONS[name](*(_evaluated(each, times) for each in arguments))
    return np.asarray(tree, np.float64)


class _Parser:
    """Read a formula from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        if not isinstance(text, str) or not 0 < len(text) <= MAX_LENGTH:
            raise self._error(f"it needs 1 to {MAX_LENGTH} characters")
        self._tokens = self._split(text.replace("×", "*").replace("÷", "/"))
        self._depth = 0

    def parse(self) -> Tree:
        tree = self._sum()
        if self._tokens:
            raise self._error(f"{quoted(self._tokens[0])} was not expected")
        return tree

    def _split(self, text: str) -> list[str]:
        tokens, place = [], 0
        while text[place:].strip():
            match = _TOKEN.match(text, place)
            if match is None:
                raise self._error(f"{quoted(text[place:].strip()[0])} was not expected")
            tokens.append(match[1])
            place = match.end()
        return tokens

    def _sum(self) -> Tree:
        return self._chain("+-", self._product)

    def _product(self) -> Tree:
        return self._chain("*/", self._signed)

    def _chain(self, signs: str, part: Callable[[], Tree]) -> Tree:
        tree = part()
        while self._tokens and self._tokens[0] in signs:
            sign = self._tokens.pop(0)
            tree = (sign, (tree, part()))
        return tree

    def _signed(self) -> Tree:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"it is nested more than {MAX_DEPTH} deep")
        if self._tokens and self._tokens[0] == "-":
            self._tokens.pop(0)
            tree: Tree = ("-", (0.0, self._signed()))
        else:
            tree = self._atom()
        self._depth -= 1
        return tree

    def _atom(self) -> Tree:
        token = self._tokens.pop(0) if self._tokens else ""
        if token in _ARGUMENTS:
            return self._call(token)
        if token == "(":
            tree = self._sum()
            self._expect(")")
            return tree
        if token in ("t", "pi"):
            return token if token == "t" else float(np.pi)
        if not token or not (token[0].isdigit() or token[0] == "."):
            raise self._error(f"{quoted(token)} was not expected" if token else "something is missing at its end")
        return float(token)

    def _call(self, name: str) -> Tree:
        self._expect("(")
        arguments = [self._sum()]
        while self._tokens and self._tokens[0] == ",":
            self._tokens.pop(0)
            arguments.append(self._sum())
        self._expect(")")
        least, most = _ARGUMENTS[name]
        if not least <= len(arguments) <= most:
            raise self._error(f"{name} takes {least if least == most else f'{least} to {most}'} numbers")
        return name, tuple(arguments)

    def _expect(self, token: str) -> None:
        if not self._tokens or self._tokens.pop(0) != token:
            raise self._error(f"{quoted(token)} is missing")

    def _error(self, reason: str) -> RecipeError:
        return RecipeError(
            f"{quoted(self._text)} is not a formula: {reason}; allowed: numbers, t (seconds), pi, + - * / ( ), sin, "
            "cos, min, max."
        )
