"""Formulas of time: a small part of Python's grammar, whose tree is worked out here, node by node, never by Python.

    numbers, t, pi, + - * / ( ), and sin, cos of one number, min, max of two to eight

Angles are in radians; × and ÷ are read as * and /.
"""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from deepdream.errors import RecipeError, quoted

MAX_LENGTH = 300  # characters
MAX_DEPTH = 20  # signs and functions within one another

_ALLOWED = re.compile(r"(?!.*[0-9][a-df-z])[0-9a-zE.+\-*/×÷(),\s]+", re.DOTALL)  # of numbers only decimal ones
_ZEROS = re.compile(r"(?<![0-9.])0+(?=[0-9])")  # before a number, where Python takes none
_SIGNS: dict[type[ast.operator], Callable[..., np.ndarray]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
}
_FUNCTIONS: dict[str, tuple[Callable[..., np.ndarray], range]] = {  # and how many numbers they take
    "sin": (np.sin, range(1, 2)),
    "cos": (np.cos, range(1, 2)),
    "min": (lambda *values: reduce(np.minimum, values), range(2, 9)),
    "max": (lambda *values: reduce(np.maximum, values), range(2, 9)),
}


@dataclass(frozen=True)
class Formula:
    """Hold a number that changes with time: `text` in the grammar above.

    Raises:
        RecipeError: the text is not a formula.
    """

    text: str

    def __post_init__(self) -> None:
        self._worked_out(np.zeros(1))

    def values(self, times: np.ndarray) -> np.ndarray:
        """Return the formula's value at each time in seconds, float64 of the times' shape.

        Raises:
            RecipeError: it has no value at one of them, as 1 / 0 has not.
        """
        result = np.broadcast_to(self._worked_out(times), times.shape).astype(np.float64)
        if not np.isfinite(result).all():
            at = times[~np.isfinite(result)][0]
            raise RecipeError(f"the formula {quoted(self.text)} is no number at t = {at:g}; do not divide by zero.")
        return result

    def _worked_out(self, times: np.ndarray) -> np.ndarray:
        try:
            with np.errstate(all="ignore"):
                return _value(_parsed(self.text), times)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise RecipeError(
                f"{quoted(self.text)} is not a formula: {getattr(error, 'msg', error)}; allowed: numbers, t (seconds), "
                "pi, + - * / ( ), sin, cos, min, max."
            ) from None


def _parsed(text: str) -> ast.expr:
    if not isinstance(text, str) or not 0 < len(text) <= MAX_LENGTH:
        raise ValueError(f"it needs 1 to {MAX_LENGTH} characters")
    if not _ALLOWED.fullmatch(text):
        raise ValueError("it holds other signs")
    plain = _ZEROS.sub("", text.replace("×", "*").replace("÷", "/"))
    return ast.parse(" ".join(plain.split()), mode="eval").body


def _value(node: ast.expr, times: np.ndarray, depth: int = 0) -> np.ndarray:
    """Return what a tree is at these times.

    Raises:
        ValueError: it holds what no formula has.
    """
    match node:
        case ast.Constant(value=int() | float()):
            return np.asarray(node.value, np.float64)
        case ast.Name(id="t" | "pi"):
            return times if node.id == "t" else np.asarray(np.pi)
        case ast.BinOp() if type(node.op) in _SIGNS:
            return _SIGNS[type(node.op)](_value(node.left, times, depth), _value(node.right, times, depth))
        case ast.UnaryOp(op=ast.USub()) if depth < MAX_DEPTH:
            return np.negative(_value(node.operand, times, depth + 1))
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in _FUNCTIONS and depth < MAX_DEPTH:
            function, counts = _FUNCTIONS[name]
            if len(node.args) in counts:
                return function(*(_value(each, times, depth + 1) for each in node.args))
    raise ValueError(f"{quoted(ast.unparse(node))} was not expected")
