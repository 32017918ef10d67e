"""The controls of a recipe, made from `Recipe.settings()`: one component a setting, and values both ways.

What the page has no control for (a place in a picture, a list of sizes) is typed as text; a value outside a slider's
usual range, which a preset or a loaded recipe may hold, widens the slider.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import gradio as gr

from deepdream.errors import RecipeError
from deepdream.networks import load_network, network_names
from deepdream.networks.channel_names import channel_names
from deepdream.settings.finish import Finish
from deepdream.settings.kinds import Setting, format_setting, read_typed
from deepdream.settings.table import Settings
from deepdream.web.components import atlas
from deepdream.web.components.pictures import LAYER_FACES, face
from deepdream.web.components.pieces import Dial, Piece, markup
from deepdream.web.texts import tables

FINISH = tuple(name for name, about in Finish.settings().items() if not about.advanced)  # beside the picture
FIRST = ("octaves", "octave_scale", "steps", "step_size")  # shown without opening anything
EXAMPLE = "conv4_2:17, classes:207"

Table = TypeVar("Table", bound=Settings)
words = gr.I18n(**tables())


def control(name: str, setting: Setting, *, table: str = "setting") -> gr.components.Component:
    """Make the component of one setting of a recipe, or of another `table`, whose texts begin with its name."""
    about: dict[str, Any] = {
        "label": words(f"{table}.{name}"),
        "info": words(f"{table}.{name}.help"),
        "elem_id": f"{table}-{name}",
        "interactive": True,
    }
    if setting.kind == "layers" and table == "setting":
        return Piece(
            "layers",
            markup("layers"),
            events=("input",),
            server_functions=[find_pictures],
            value=[list(pair) for pair in setting.default],
            elem_classes="layers",
            example=EXAMPLE,
            **about_layers("compact"),
        )
    if setting.kind == "name":
        return gr.Dropdown(list(network_names()), value=setting.default, **about)
    if setting.kind == "choice":
        return gr.Dropdown(list(setting.choices), value=setting.default, **about)
    if setting.kind == "switch":
        return gr.Checkbox(value=setting.default, **about)
    if setting.kind in ("layers", "sizes"):
        example = "240x320, 480x640" if setting.kind == "sizes" else None
        return gr.Textbox(value=format_setting(setting.default), max_length=400, placeholder=example, **about)
    if setting.typed:
        return gr.Number(value=setting.default, precision=0 if setting.kind == "whole" else None, **about)
    low, high = setting.slider
    return Dial(low, high, value=setting.default, step=setting.step, **about)


def about_layers(network: str) -> dict[str, Any]:
    """Return what the control of the layers shows and takes of a network."""
    layers = [{"name": layer.name, "channels": layer.channels} for layer in load_network(network).layers]
    return {"menu": layer_menu(network), "known": known_targets(network), "layers": layers}


def layer_menu(network: str) -> list[dict[str, Any]]:
    """Return the layers of a network for the row of layers: name, title, how deep it is from 0 to 1, and the keys of
    its channels' names; `atlas` says whether there are pictures of them.

    A network with very many layers shows about a dozen, evenly spread, and its default layers; the others can be typed.
    """
    loaded = load_network(network)
    named = [layer for layer in loaded.layers if layer.name != "classes"]
    if len(named) > 14:
        wanted = {name for name, _ in loaded.default_layers}
        mixed = [layer for layer in named if layer.name.startswith("mixed")]
        pool = mixed if len(mixed) >= 6 else named
        every = max(1, round(len(pool) / 12))
        named = [layer for index, layer in enumerate(pool) if index % every == 0 or layer.name in wanted]
    last, pictured = max(1, len(named) - 1), atlas.has_atlas(network)
    return [
        {
            "name": layer.name,
            "title": layer.title,
            "at": round(index / last, 3),
            "picture": face(LAYER_FACES / network / layer.name),
            "atlas": pictured,
            "names": {
                target.partition(":")[2]: f"channel.{name}"
                for target, name in channel_names(network).items()
                if target.startswith(f"{layer.name}:")
            },
        }
        for index, layer in enumerate(named)
    ]


def find_pictures(query: Any) -> list[dict[str, Any]]:
    """Answer the search for channels and classes by the pictures of the compact network's atlas."""
    return atlas.find(query) if isinstance(query, str) else []


def class_choices(labels: Sequence[str]) -> list[tuple[Any, str]]:
    """Return the classes as a list offers them: what people call each, and its label."""
    return [(words(key) if (key := f"class.{label}") in tables()["en"] else label, label) for label in labels]


def known_targets(network: str) -> list[str]:
    """Return what the field for layers offers while one types: the classes by their labels, and ranks of layers."""
    loaded = load_network(network)
    layers = [layer.name for layer in loaded.layers if layer.name != "classes"]
    classes = [f"classes:{label}" for label in loaded.labels if not set(label) & set(":@,=")]
    return classes + [f"{name}:{rank}" for name in layers[-14:] for rank in ("strongest", "weakest", "middle")]


def settings_from(base: Table, names: Sequence[str], values: Sequence[Any]) -> Table:
    """Return `base`, of any table of settings, with the controls' values, in the order of `names`.

    Raises:
        RecipeError: a value is not allowed; a request need not have come from our own sliders.
    """
    table = base.settings()
    return base.replace(**{name: _read(name, table[name], value) for name, value in zip(names, values, strict=True)})


def updates(names: Sequence[str], settings: Settings) -> list[Any]:
    """Return what sets the controls to these settings; a slider is widened where the value lies outside it."""
    return [_update(name, type(settings).settings()[name], getattr(settings, name)) for name in names]


def _read(name: str, setting: Setting, value: Any) -> Any:
    if setting.kind in ("sizes", "layers") and name != "layers":
        return read_typed(name, setting, value if isinstance(value, str) else "")
    if name == "layers":
        if not isinstance(value, list) or not all(isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in value):
            raise RecipeError("layers: choose at least one layer.", "layers")
        return [tuple(pair) for pair in value]
    if value is None and not setting.optional:
        return setting.default
    return value


def _update(name: str, setting: Setting, value: Any) -> Any:
    if name == "layers":
        return [list(pair) for pair in value]
    if setting.kind in ("sizes", "layers"):
        return format_setting(value)
    if setting.kind not in ("whole", "number") or setting.typed:
        return value
    low, high = setting.slider
    assert low is not None and high is not None
    return gr.update(value=value, minimum=min(low, value), maximum=max(high, value))
