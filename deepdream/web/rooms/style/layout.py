"""The room that paints a photo in the manner of other pictures."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from deepdream.style.settings import STYLE_PRESETS, StyleSettings
from deepdream.web.components import pieces
from deepdream.web.components.controls import FINISH, control, updates, words
from deepdream.web.components.pieces import Piece, strip
from deepdream.web.rooms.shared.layout import (
    AT_ONCE,
    EACH,
    MANY,
    Control,
    Desk,
    add_other_controls,
    kept_piece,
    moves,
    part,
    pills,
    run_row,
    sheet,
    stage_piece,
    two_columns,
)
from deepdream.web.rooms.style.actions import BEGIN, LAYERS, OFFERED, SETTINGS, sizes
from deepdream.web.rooms.style.kept import KeptPaintings
from deepdream.web.rooms.style.results import PaintingActions
from deepdream.web.rooms.style.state import MOST_STYLES, PRESET, gallery

FIRST = ("style_weight", "style_scale", "steps", "size")  # shown without opening anything


class StyleRoom:
    """Hold the components of the room, and connect them with what they do."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.actions, self.kept_paintings = desk, PaintingActions(desk.host), KeptPaintings(desk.host)
        self.made: dict[str, Control] = {}

    # ------------------------------------------------------------------ layout

    def layout(self, tab: gr.Tab) -> None:
        """Draw the room: the picture first, then styles and settings."""
        self.tab = tab
        two_columns(self.layout_canvas, self.layout_controls)
        self.controls = [self.made[name] for name in SETTINGS]

    def layout_canvas(self) -> None:
        """Draw the picture and all that is done with it."""
        self.stage = stage_piece("style-stage", "mask", "drop", tools=["mask"])
        self.go, self.halt, self.keeping, self.cost = run_row("paint", "style-")
        sheet("look", "tune", "finish")
        with part("finish"):
            gr.Markdown(words("sheet.finish_later"), elem_classes="note only-sheet")
            with gr.Row(elem_classes="after-run only-photo"):
                self.onward = gr.Button(
                    words("dream_on_it"), elem_id="dream-on-it", elem_classes="only-done", size="sm"
                )
                self.back = gr.Button(words("undo"), elem_id="undo-paint", elem_classes="undo", size="sm")
            with gr.Row(elem_classes="strengths only-photo"):
                self.made |= {name: self.control(name) for name in FINISH}
            self.history = strip("paintings", "paintings", "earlier")
            self.losses = Piece("losses", "", value={}, elem_id="style-losses", elem_classes="losses")

    def layout_controls(self) -> None:
        """Draw the styles, and the controls made from the table of settings."""
        networks = self.desk.host.networks()
        with part("look"):
            self.layout_styles(networks)
        with part("tune"):
            self.made |= {name: self.control(name) for name in FIRST}
            self.dreaming = gr.Checkbox(False, label=words("dream_too"), elem_id="dream-too")
            with gr.Accordion(words("all_styles_settings"), open=False, elem_id="style-advanced"):
                add_other_controls(self.made, StyleSettings.settings(), self.control, networks)

    def layout_styles(self, networks: Sequence[str]) -> None:
        """Draw in whose manner it paints, and by which way."""
        offered = gallery({})
        self.styles = Piece(
            "styles",
            pieces.markup("styles"),
            events=("input", "bring"),
            value=[[offered[0]["id"], 1.0]] if offered else [],
            elem_id="styles",
            elem_classes="styles layers",
            items=offered,
            most=MOST_STYLES,
        )
        presets = [(words(f"style_look.{name}"), name) for name in OFFERED if STYLE_PRESETS[name].network in networks]
        self.preset = pills(presets, PRESET, "style_look", "style-look", visible=len(presets) > 1)

    def control(self, name: str) -> Control:
        """Make the control of one setting, which begins with what the room begins with."""
        if name == "size":
            help = words("painting_size_help")
            return pills(sizes(BEGIN.size), BEGIN.size, "painting.size", "painting-size", info=help)
        made = control(name, StyleSettings.settings()[name], table="painting")
        begin = updates([name], BEGIN)[0]
        made.value = begin["value"] if isinstance(begin, dict) else begin
        return made

    # ------------------------------------------------------------------ listeners

    def listen(self, page: gr.Blocks, tabs: gr.Tabs) -> None:
        """Connect the components with what they do."""
        desk, actions, controls = self.desk, self.actions, self.controls
        running = [self.stage, self.go, self.halt, self.losses, self.history, self.cost]
        wished = [self.styles, self.dreaming, self.preset, *controls]
        asked, newest = [self.styles, self.dreaming, *controls, *desk.controls], {"trigger_mode": "always_last"}
        entered: dict[str, Any] = {**MANY, "fn": actions.enter, "inputs": asked, "outputs": [*running, *wished]}
        priced: dict[str, Any] = {**AT_ONCE, "fn": actions.change, "inputs": asked, "outputs": self.cost}
        live: dict[str, Any] = {**MANY, **newest, "fn": actions.preview, "inputs": asked, "outputs": self.stage}

        self.tab.select(**entered).success(**live)
        kept = kept_piece("paintings", "style")  # outside of the tab, which is drawn when it is opened
        kept.keep(self.kept_paintings.keep, None, kept, **MANY)
        kept.give_back(self.kept_paintings.give_back, None, None, **MANY).success(**entered)
        kept.back(**entered)
        desk.take_photos(self.stage, entered, live)
        self.stage.mask(actions.set_mask, None, None, **EACH).success(**live)
        layers = {"inputs": controls, "outputs": [self.made[name] for name in LAYERS]}
        other: dict[str, Any] = {**MANY, **layers, "fn": actions.choose_network}
        self.made["network"].input(**other).success(**priced).success(**live)
        self.stage.drop(actions.agree, None, None, **MANY).success(**other).success(**live)
        brought = self.styles.bring(actions.add_style, self.styles, self.styles, **MANY)
        chosen = self.preset.input(actions.choose_preset, self.preset, controls, **AT_ONCE)
        loaded = self.keeping.recipe(actions.load_settings, None, controls, **MANY)
        for changed in (brought, chosen, loaded):
            changed.success(**priced).success(**live)
        made = [each for name, each in self.made.items() if name not in (*FINISH, "network")]
        gr.on(moves([self.styles, self.dreaming, *made]), **priced, **newest).success(**live)

        run = self.go.click(actions.paint, asked, running, trigger_mode="once", **MANY)
        run.failure(actions.after_failure, None, running[:3], **AT_ONCE)
        self.halt.click(actions.stop, None, None, **AT_ONCE)
        finishing = moves([self.made[name] for name in FINISH])
        gr.on(finishing, actions.refinish, controls, self.stage, **MANY, **newest)
        self.keeping.save(actions.save, controls, self.keeping, **MANY)
        self.keeping.settings(actions.share, controls, self.keeping, **AT_ONCE)
        restored = [*desk.opened, self.stage, self.losses, self.history, self.cost, *wished]
        self.history.select(actions.restore, desk.controls, restored, **EACH)
        self.back.click(actions.undo, desk.controls, restored, **MANY)
        onward = self.onward.click(actions.dream_on, desk.controls, desk.opened, **MANY)
        onward.success(lambda: gr.Tabs(selected="dream"), None, tabs, **AT_ONCE)
