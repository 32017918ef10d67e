"""The same settings elsewhere: a link, a command line, a few lines of Python."""

import shlex
from typing import Any

from deepdream.cli.options import arguments_of
from deepdream.errors import RecipeError
from deepdream.presets import PRESETS, from_link, name_of, to_link
from deepdream.recipe import Recipe


def share_texts(recipe: Recipe) -> dict[str, str]:
    """Return {"query", "command", "python"}: three texts that give the same settings."""
    return {"query": link_query(recipe), "command": command_line(recipe), "python": python_lines(recipe)}


def link_query(recipe: Recipe) -> str:
    """Return the value of ?r= in a link; "" for the default settings."""
    return "" if recipe == Recipe() else to_link(recipe)


def recipe_from_link(text: str) -> Recipe:
    """Read what `link_query` wrote.

    Raises:
        RecipeError: too long, or not a recipe.
    """
    return from_link(text) if text else Recipe()


def command_line(recipe: Recipe) -> str:
    """Return the shortest command that dreams with these settings: a preset and what differs from it."""
    name, base = nearest_preset(recipe)
    words = ["python", "-m", "deepdream", "dream", "photo.jpg", "-o", "dream.png"]
    words += ["--preset", name] if name else []
    words += arguments_of(recipe.changes(base))
    return shlex.join(words)


def python_lines(recipe: Recipe) -> str:
    """Return Python that dreams with these settings."""
    name, base = nearest_preset(recipe)
    changes = ", ".join(f"{key}={value!r}" for key, value in recipe.changes(base).items())
    made = f'preset("{name}").replace({changes})' if name else f"Recipe({changes})"
    made = made.removesuffix(".replace()")
    imports = ", ".join(sorted(["dream", "preset" if name else "Recipe", "read_image", "write_image"], key=str.lower))
    return (
        f"from deepdream import {imports}\n\n"
        f"recipe = {made}\n"
        'photo = read_image("photo.jpg")\n'
        "for frame in dream(photo, recipe):\n"
        "    pass\n"
        'write_image("dream.png", frame.image, recipe=recipe)\n'
    )


def recipe_of_look(name: Any) -> Recipe:
    """Return the recipe of a look by its name, which a browser sent.

    Raises:
        RecipeError: there is no such look.
    """
    if not isinstance(name, str) or name not in PRESETS:
        raise RecipeError("look: choose one of those that are shown.")
    return PRESETS[name].recipe


def preset_of(recipe: Recipe) -> str:
    """Return the preset of our own that these settings are, whatever is done after the run; "" for none."""
    name = name_of(recipe)
    return name if name.startswith("compact_") else ""


def nearest_preset(recipe: Recipe) -> tuple[str, Recipe]:
    """Return the preset (or "" and the default) from which fewest settings differ."""
    candidates = [("", Recipe()), *((each.name, each.recipe) for each in PRESETS.values())]
    return min(candidates, key=lambda pair: len(recipe.changes(pair[1])))
