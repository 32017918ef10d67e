"""Inputs of the public endpoints that say in their schema what they take, from the tables of settings and presets."""

from typing import Any

import gradio as gr

from deepdream.presets import PRESETS
from deepdream.recipe import Recipe
from deepdream.settings.kinds import MAX_LAYERS, MAX_OCTAVES, MAX_SIDE, Setting
from deepdream.web.components.pieces import drop_stub

PAIR = {"type": "array", "items": {}, "minItems": 2, "maxItems": 2}
TYPES: dict[str, dict[str, Any]] = {
    "whole": {"type": "integer"},
    "number": {"type": "number"},
    "choice": {"type": "string"},
    "switch": {"type": "boolean"},
    "name": {"type": "string", "pattern": "^[A-Za-z0-9_]{1,64}$"},
    "layers": {"type": "array", "items": PAIR, "minItems": 1, "maxItems": MAX_LAYERS},
    "sizes": {"type": "array", "items": PAIR, "maxItems": MAX_OCTAVES},
}


class PresetInput(gr.Textbox):
    """Take a preset's name, or "" for the usual one."""

    is_template = True  # the Gradio component that it extends draws it

    def api_info(self) -> dict[str, Any]:
        """Name every preset."""
        return {"type": "string", "enum": ["", *PRESETS]}


class RecipeInput(gr.Textbox):
    """Take settings that differ, as an object, as its JSON, or as a link's text; hand on what came."""

    is_template = True  # the Gradio component that it extends draws it

    def preprocess(self, payload: Any) -> Any:
        """Return what came."""
        return payload

    def api_info(self) -> dict[str, Any]:
        """Name every setting, what it means, and what it may be."""
        settings = {name: schema_of(about) for name, about in Recipe.settings().items()}
        return {"anyOf": [{"type": "string"}, {"type": "object", "properties": settings}]}


class SizeInput(gr.Number):
    """Take a picture's longer side in pixels, or 0 for its own."""

    is_template = True  # the Gradio component that it extends draws it

    def api_info(self) -> dict[str, Any]:
        """Say how large it may be."""
        return {"type": "integer", "minimum": 0, "maximum": MAX_SIDE}


def schema_of(about: Setting) -> dict[str, Any]:
    """Return the JSON schema of one setting; what is off where it is null has no type, which allows that."""
    limits = {"minimum": about.low, "maximum": about.high, "enum": list(about.choices) or None}
    schema = TYPES[about.kind] | {name: value for name, value in limits.items() if value is not None}
    if about.optional:
        schema = {name: value for name, value in schema.items() if name != "type"}
    return {"description": about.help} | schema


drop_stub(__file__)
