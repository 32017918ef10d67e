"""The room that shows what a network sees: in the photo, in its own channels, and before and after a dream."""

from typing import Any

import gradio as gr

from deepdream.networks import load_network
from deepdream.visualization.presets import PORTRAIT_PRESETS
from deepdream.web.components.controls import class_choices, known_targets, words
from deepdream.web.components.pieces import Piece, chips, strip
from deepdream.web.rooms.explore.actions import ExploreActions, layer_chips
from deepdream.web.rooms.shared.layout import AT_ONCE, EACH, MANY, Desk, pills, stage_piece, two_columns

FIRST_LAYER = "conv4_2"


class ExploreRoom:
    """Hold the components of the room, and connect them with what they do."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.actions = desk, ExploreActions(desk.host)

    # ------------------------------------------------------------------ layout

    def layout(self, tab: gr.Tab) -> None:
        """Draw the room: the photo as a layer sees it, then what the layer's channels want to see."""
        self.tab = tab
        two_columns(self.layout_canvas, self.layout_controls, elem_id="room-explore-room")

    def layout_canvas(self) -> None:
        """Draw the photo, the row of channels, and the plots of before and after."""
        self.stage = stage_piece("seen-stage", "point", "drop", tools=["point"])
        self.views = Piece("views", "", events=("select",), value={}, elem_id="views", elem_classes="views")
        self.channels = strip("channel_row", "channels")
        gr.Markdown(words("channel_scale"), elem_classes="note only-photo")
        with gr.Row(elem_classes="after-run only-photo", elem_id="with-channel"):
            self.add = gr.Button(words("add_to_dream"), elem_id="add-to-dream", size="sm")
            self.to_dream = gr.Button(words("go_to_dream"), elem_id="go-to-dream", size="sm", visible=False)
            self.wish = gr.Button(words("grow_this"), elem_id="grow-this", size="sm")
            self.all = gr.Button(words("whole_photo"), elem_id="whole-photo", size="sm")

    def layout_controls(self) -> None:
        """Draw the choice of a network and a layer, what grows, and where a class is seen."""
        names = [(name, name) for name in self.desk.host.networks()]
        self.network = gr.Dropdown(names, value="compact", label=words("setting.network"), elem_id="explore-network")
        self.layers = chips("layer_menu", "explore-layers", FIRST_LAYER, layer_chips("compact"))
        self.layout_growing()
        labels = class_choices(load_network("compact").labels)
        gr.Markdown(words("heat_title"), elem_classes="heading")
        self.label = gr.Dropdown(labels, value=labels[0][1], label=words("class"), elem_id="heat-class")
        with gr.Row(elem_classes="after-run"):
            self.show_heat = gr.Button(words("heat"), elem_id="heat", size="sm")

    def layout_growing(self) -> None:
        """Draw what shall grow and how, and what has grown."""
        gr.Markdown(words("wish_title"), elem_classes="heading")
        self.target = gr.Dropdown(
            known_targets("compact"),
            value=f"{FIRST_LAYER}:17",
            allow_custom_value=True,
            label=words("add_target"),
            info=words("mix_help"),
            elem_id="grow-target",
        )
        presets = [(words(f"manner.{name}"), name) for name in PORTRAIT_PRESETS]
        self.preset = pills(presets, "soft", "manner", "grow-manner")
        with gr.Row(elem_classes="after-run"):
            self.go = gr.Button(words("grow"), elem_id="grow", variant="primary", size="sm")
            self.whole = gr.Button(words("grow_layer"), elem_id="grow-layer", size="sm")
            self.halt = gr.Button(words("stop_growing"), elem_id="stop-growing", size="sm")
        self.grown = Piece("grown", "", events=("select",), value={}, elem_id="grown", elem_classes="grown")

    # ------------------------------------------------------------------ listeners

    def listen(self, page: gr.Blocks, tabs: gr.Tabs) -> None:
        """Connect the components with what they do."""
        self.listen_looking()
        self.listen_growing()
        dreamed = [self.desk.recipe["network"], self.desk.recipe["layers"]]
        self.add.click(self.actions.add_to_dream, [self.network, *dreamed], [*dreamed, self.to_dream], **MANY).success(
            **self.desk.preview
        )
        up = "() => { scrollTo({ top: 0 }); return []; }"
        self.to_dream.click(lambda: gr.Tabs(selected="dream"), None, tabs, js=up, **AT_ONCE)

    def listen_looking(self) -> None:
        """Connect what shows the photo as a layer sees it."""
        actions, given, shown = self.actions, [self.network, self.layers], [self.stage, self.channels]
        look: dict[str, Any] = {**MANY, "fn": actions.enter, "inputs": given, "outputs": [*shown, self.views]}
        chosen = [self.network, self.layers, self.label, self.target, self.stage]
        self.tab.select(**look)
        self.desk.take_photos(self.stage, look)
        self.layers.select(actions.choose_layer, self.network, [*shown, self.views], **EACH)
        other: dict[str, Any] = {**MANY, "fn": actions.choose_network, "inputs": self.network, "outputs": chosen}
        self.network.input(**other).success(**look)
        self.stage.drop(actions.agree, None, None, **MANY).success(**other).success(**look)
        self.channels.select(actions.choose_channel, None, shown, **EACH)
        self.stage.point(actions.rank, None, shown, **EACH)
        self.all.click(actions.rank, None, shown, **MANY)
        self.views.select(actions.heat_of, given, [self.stage, self.label], **EACH)
        self.show_heat.click(actions.heat, [*given, self.label], self.stage, **MANY)

    def listen_growing(self) -> None:
        """Connect what lets pictures grow; what is newer ends what is older."""
        actions = self.actions
        asked = [self.network, self.target, self.preset]
        grow: dict[str, Any] = {**EACH, "fn": actions.grow, "inputs": asked, "outputs": self.grown}
        self.wish.click(actions.target_now, None, self.target, **AT_ONCE).success(**grow)
        self.go.click(**grow)
        self.whole.click(actions.grow_layer, [self.network, self.layers, self.preset], self.grown, **EACH)
        self.grown.select(actions.choose_tile, self.network, [self.target, self.stage, self.channels], **EACH)
        self.halt.click(actions.stop_growing, None, None, **AT_ONCE)
