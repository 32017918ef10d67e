"""The room that shows what a network sees: in the photo, in its own channels, and before and after a dream."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from deepdream.errors import DreamError
from deepdream.networks import load_network
from deepdream.recipe import Recipe
from deepdream.visualization.job import Visualization
from deepdream.visualization.presets import PORTRAIT_PRESETS
from deepdream.web.components import pieces
from deepdream.web.components.controls import about_layers, known_targets, layer_menu, words
from deepdream.web.components.pictures import samples
from deepdream.web.components.pieces import Piece, strip
from deepdream.web.rooms.dream.layout import DreamTab
from deepdream.web.rooms.events import data_of, language_of, visitor_of
from deepdream.web.rooms.explore.comparing import compare
from deepdream.web.rooms.explore.exploring import (
    OVER,
    Superseded,
    channel_items,
    class_heat,
    explore,
    grown_layer,
    newest,
    wanted,
)
from deepdream.web.rooms.stage import file_value, stage_value
from deepdream.web.server.host import Host
from deepdream.web.server.messages import sorry, tell
from deepdream.web.server.visitors import Visitor
from deepdream.web.texts import say
from deepdream.workers import open_workers

if TYPE_CHECKING:
    from deepdream.networks import Network

FIRST_LAYER = "conv4_2"
GROWN_SIDE = 224  # pixels of a picture that is grown


class ExploreTab:
    """Hold the components of the room and the functions that its listeners call."""

    def __init__(self, host: Host, dream: DreamTab) -> None:
        self.host = host
        self.dream = dream

    # ------------------------------------------------------------------ what a layer sees

    async def enter(self, request: gr.Request, network: str, layer: str) -> Any:
        """Show the visitor's photo as a layer sees it; the row of channels and the views follow."""
        try:
            return await self.host.explore(self.seen, request, await self.host.fetch(network), layer)
        except DreamError as error:
            raise sorry(str(error)) from None

    def seen(self, request: gr.Request, loaded: "Network", layer: str) -> Any:
        """Look at the visitor's photo with a layer, if it is not the one that is shown."""
        visitor = self.visitor(request)
        if visitor.photo is None:
            return stage_value(visitor, "empty"), [], {}
        before = visitor.exploration
        if before is None or not before.shows(visitor.photo, loaded.name, layer):
            place = before.place if before is not None and before.photo is visitor.photo else None
            visitor.exploration = explore(loaded, visitor.photo, layer, self.host.turns, place=place)
        return *self.shown(visitor, request), compare(visitor, loaded, self.host.turns)

    async def choose_layer(self, event: gr.EventData, request: gr.Request, network: str) -> Any:
        """Look with another layer."""
        return await self.enter(request, network, str(data_of(event).get("name")))

    def choose_channel(self, event: gr.EventData, request: gr.Request) -> Any:
        """Show one channel at full size over the photo."""
        visitor = self.visitor(request)
        exploration, channel = visitor.exploration, data_of(event).get("id")
        if exploration is None or not isinstance(channel, int):
            raise sorry(say("gone", language_of(request)))
        exploration.channel = min(max(0, channel), exploration.maps.maps.shape[-1] - 1)
        return self.shown(visitor, request)

    def choose_place(self, event: gr.EventData, request: gr.Request) -> Any:
        """Rank the channels by what they answer at a place of the photo."""
        visitor = self.visitor(request)
        exploration, x, y = visitor.exploration, data_of(event).get("x"), data_of(event).get("y")
        if exploration is None or not isinstance(x, (int, float)) or not isinstance(y, (int, float)):
            raise sorry(say("no_photo", language_of(request)))
        exploration.rank_at((min(1.0, max(0.0, x)), min(1.0, max(0.0, y))))
        return self.shown(visitor, request)

    def choose_all(self, request: gr.Request) -> Any:
        """Rank the channels over the whole photo again."""
        visitor = self.visitor(request)
        if visitor.exploration is None:
            raise sorry(say("no_photo", language_of(request)))
        visitor.exploration.rank_at(None)
        return self.shown(visitor, request)

    def shown(self, visitor: Visitor, request: gr.Request) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Return the stage with the chosen channel on it, and the row of channels."""
        exploration = visitor.exploration
        assert exploration is not None
        maps, channel = exploration.maps, exploration.channel
        low, high = maps.scale(channel)
        picture = visitor.write_picture(maps.picture(channel, over=OVER))
        scale = {"layer": maps.layer, "channel": channel, "low": f"{low:.2g}", "high": f"{high:.2g}"}
        stage = stage_value(visitor, "ready", picture=picture, status={"key": "map_scale", **scale})
        return {**stage, "place": exploration.place}, channel_items(exploration, language_of(request))

    async def heat(self, request: gr.Request, network: str, layer: str, label: str) -> dict[str, Any]:
        """Show where in the photo a layer speaks for a class."""
        visitor = self.visitor(request)
        if visitor.photo is None:
            raise sorry(say("no_photo", language_of(request)))
        try:
            loaded = await self.host.fetch(network)
            image = await self.host.explore(class_heat, loaded, visitor.photo, layer, str(label), self.host.turns)
        except DreamError as error:
            raise sorry(str(error)) from None
        status = {"key": "heat_scale", "layer": layer, "label": label}
        stage = stage_value(visitor, "ready", picture=visitor.write_picture(image), status=status)
        return {**stage, "place": visitor.exploration.place if visitor.exploration is not None else None}

    async def heat_of(self, event: gr.EventData, request: gr.Request, network: str, layer: str) -> Any:
        """Show where the layer speaks for one of the likeliest classes, and choose that class."""
        label = str(data_of(event).get("label"))
        return await self.heat(request, network, layer, label), label

    def add_to_dream(self, request: gr.Request, network: str, dreamed: str, layers: Any) -> Any:
        """Add the chosen channel to what the Dream room makes larger."""
        visitor = self.visitor(request)
        exploration = visitor.exploration
        if exploration is None:
            raise sorry(say("no_photo", language_of(request)))
        tell(say("added", language_of(request), name=exploration.target), seconds=4)
        if network != dreamed:
            changed = gr.update(value=[[exploration.target, 1.0]], **about_layers(network))
            return network, changed, gr.update(visible=True)
        others = [pair for pair in layers if pair[0] != exploration.target] if isinstance(layers, list) else []
        return gr.skip(), [*others, [exploration.target, 1.0]], gr.update(visible=True)

    # ------------------------------------------------------------------ what it wants to see

    def target_now(self, request: gr.Request) -> Any:
        """Return the chosen channel as what is to be grown."""
        exploration = self.visitor(request).exploration
        return exploration.target if exploration is not None else gr.skip()

    async def grow(self, request: gr.Request, network: str, target: str, manner: str) -> AsyncIterator[Any]:
        """Grow what channels or classes want to see from noise, streamed."""
        visitor = self.visitor(request)
        generation = visitor.next_explored()
        shown: dict[str, Any] = {"name": target, "status": {"key": "starting"}, "progress": 0.0}
        yield shown
        try:
            layers = Recipe.parse("layers", target)
            portrait = PORTRAIT_PRESETS.get(manner, PORTRAIT_PRESETS["soft"]).replace(size=GROWN_SIDE)
            loaded = await self.host.fetch(network)
            job = Visualization(network, layers, portrait, loaded=loaded)
            frames = await self.host.explore(open_workers().frames, job)
            async for frame in newest(self.host, frames, wanted(visitor, generation, self.host.turns)):
                status = {"key": "step_of", "n": frame.step, "of": frame.steps}
                picture = file_value(visitor.write_picture(frame.image))
                progress = None if frame.is_last else frame.progress
                shown = {"name": target, "picture": picture, "status": status, "progress": progress}
                yield shown
        except Superseded:
            yield _ended(visitor, shown)
        except DreamError as error:
            yield {}
            raise sorry(str(error)) from None

    async def grow_layer(self, request: gr.Request, network: str, layer: str, manner: str) -> AsyncIterator[Any]:
        """Grow every channel of a layer, tile by tile; pictures that anybody here grew before come at once."""
        visitor = self.visitor(request)
        generation = visitor.next_explored()
        shown: dict[str, Any] = {"name": layer, "status": {"key": "starting"}, "progress": 0.0}
        yield shown
        try:
            loaded = await self.host.fetch(network)
            count = loaded.layer(layer).channels
            blocks = grown_layer(loaded, layer, manner, wanted(visitor, generation, self.host.turns))
            tiles: list[dict[str, Any]] = []
            while len(tiles) < count:
                tiles = [*tiles, *await self.host.explore(next, blocks)]
                status = {"key": "channel_of", "n": len(tiles), "of": count}
                progress = len(tiles) / count if len(tiles) < count else None
                shown = {"name": layer, "tiles": tiles, "status": status, "progress": progress}
                yield shown
        except Superseded:
            yield _ended(visitor, shown)
        except DreamError as error:
            yield {}
            raise sorry(str(error)) from None

    def choose_tile(self, event: gr.EventData, request: gr.Request, network: str) -> Any:
        """Choose a channel of the sheet: to grow it larger, and over the photo where that is what the room shows."""
        visitor, layer, channel = self.visitor(request), data_of(event).get("layer"), data_of(event).get("id")
        if not isinstance(layer, str) or not isinstance(channel, int):
            raise sorry(say("gone", language_of(request)))
        target, exploration = f"{layer}:{channel}", visitor.exploration
        if exploration is None or not exploration.shows(visitor.photo, network, layer):
            return target, gr.skip(), gr.skip()
        return target, *self.choose_channel(event, request)

    def stop(self, request: gr.Request) -> None:
        """End what grows; its newest picture stays."""
        visitor = self.visitor(request)
        visitor.halted = visitor.next_explored()

    # ------------------------------------------------------------------ helpers

    def visitor(self, request: gr.Request) -> Visitor:
        """Return who asks."""
        return visitor_of(self.host, request)

    async def choose_network(self, request: gr.Request, network: str) -> AsyncIterator[Any]:
        """Offer another network's layers and classes; it may have to be fetched first."""
        visitor = self.visitor(request)
        if network not in self.host.loaded:
            yield *[gr.skip()] * 4, stage_value(visitor, "waiting", status={"key": "fetching"})
        try:
            loaded = await self.host.fetch(network)
        except DreamError as error:
            before = visitor.exploration.network if visitor.exploration is not None else "compact"
            yield before, *[gr.skip()] * 3, stage_value(visitor, "ready")
            raise sorry(str(error)) from None
        menu = layer_items(network)
        chosen = loaded.default_layers[0][0]
        labels = list(loaded.labels)
        yield (
            network,
            gr.update(value=chosen, looks=menu),
            gr.update(choices=labels, value=labels[0] if labels else None),
            gr.update(choices=known_targets(network), value=f"{chosen}:0"),
            stage_value(visitor, "ready"),
        )

    # ------------------------------------------------------------------ layout

    def layout(self, tab: gr.Tab) -> None:
        """Draw the room: the photo as a layer sees it, then what the layer's channels want to see."""
        self.tab = tab
        labels = list(load_network("compact").labels)
        with gr.Row(elem_classes="room", elem_id="room-explore-room"):
            with gr.Column(elem_classes="canvas"):
                self.stage = Piece(
                    "stage",
                    pieces.markup("stage"),
                    events=("upload", "select", "point"),
                    value={"state": "empty"},
                    elem_id="seen-stage",
                    elem_classes="stage",
                    tools=["point"],
                    samples=[{key: sample[key] for key in ("name", "picture")} for sample in samples()],
                    most_photos=1,
                )
                self.channels = strip("channel_row", "channels")
                gr.Markdown(words("channel_scale"), elem_classes="note only-photo")
                with gr.Row(elem_classes="after-run only-photo", elem_id="with-channel"):
                    self.add = gr.Button(words("add_to_dream"), elem_id="add-to-dream", size="sm")
                    self.to_dream = gr.Button(words("go_to_dream"), elem_id="go-to-dream", size="sm", visible=False)
                    self.wish = gr.Button(words("grow_this"), elem_id="grow-this", size="sm")
                    self.all = gr.Button(words("whole_photo"), elem_id="whole-photo", size="sm")
                self.views = Piece("views", "", events=("select",), value={}, elem_id="views", elem_classes="views")
            with gr.Column(elem_classes="controls"):
                self.network = gr.Dropdown(
                    [(name, name) for name in self.host.networks()],
                    value="compact",
                    label=words("setting.network"),
                    elem_id="explore-network",
                )
                self.layers = Piece(
                    "chips",
                    pieces.chips("layer_menu"),
                    events=("select",),
                    value=FIRST_LAYER,
                    elem_id="explore-layers",
                    looks=layer_items("compact"),
                )
                gr.Markdown(words("wish_title"), elem_classes="heading")
                self.target = gr.Dropdown(
                    known_targets("compact"),
                    value=f"{FIRST_LAYER}:17",
                    allow_custom_value=True,
                    label=words("add_target"),
                    info=words("mix_help"),
                    elem_id="grow-target",
                )
                self.manner = gr.Radio(
                    [(words(f"manner.{name}"), name) for name in PORTRAIT_PRESETS],
                    value="soft",
                    label=words("manner"),
                    elem_id="grow-manner",
                    elem_classes="pills",
                )
                with gr.Row(elem_classes="after-run"):
                    self.go = gr.Button(words("grow"), elem_id="grow", variant="primary", size="sm")
                    self.whole = gr.Button(words("grow_layer"), elem_id="grow-layer", size="sm")
                    self.halt = gr.Button(words("stop_growing"), elem_id="stop-growing", size="sm")
                self.grown = Piece("grown", "", events=("select",), value={}, elem_id="grown", elem_classes="grown")
                gr.Markdown(words("heat_title"), elem_classes="heading")
                self.label = gr.Dropdown(labels, value=labels[0], label=words("class"), elem_id="heat-class")
                with gr.Row(elem_classes="after-run"):
                    self.show_heat = gr.Button(words("heat"), elem_id="heat", size="sm")

    def listen(self, page: gr.Blocks, tabs: gr.Tabs) -> None:
        """Connect the components with the functions above; none of these is an endpoint of the public API."""
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        at_once: dict[str, Any] = {**quiet, "queue": False}
        many: dict[str, Any] = {**quiet, "concurrency_limit": None}
        dream, made = self.dream, self.dream.made
        seen = [self.stage, self.channels]
        look: dict[str, Any] = {
            **many,
            "fn": self.enter,
            "inputs": [self.network, self.layers],
            "outputs": [*seen, self.views],
        }
        grow: dict[str, Any] = {
            **many,
            "fn": self.grow,
            "inputs": [self.network, self.target, self.manner],
            "outputs": self.grown,
            "trigger_mode": "multiple",  # a newer one ends the older
        }
        chosen = [self.network, self.layers, self.label, self.target]

        self.tab.select(**look)
        self.stage.upload(dream.photos.open_upload, dream.with_side, dream.opened, **many).success(**look)
        self.stage.select(dream.photos.open_sample, dream.with_side, dream.opened, **many).success(**look)
        self.layers.select(self.choose_layer, self.network, [*seen, self.views], **many)
        self.network.input(self.choose_network, self.network, [*chosen, self.stage], **many).success(**look)
        self.channels.select(self.choose_channel, None, seen, **many)
        self.stage.point(self.choose_place, None, seen, **many)
        self.all.click(self.choose_all, None, seen, **many)
        self.views.select(self.heat_of, [self.network, self.layers], [self.stage, self.label], **many)
        self.show_heat.click(self.heat, [self.network, self.layers, self.label], self.stage, **many)
        dreamed = [made["network"], made["layers"]]
        self.add.click(self.add_to_dream, [self.network, *dreamed], [*dreamed, self.to_dream], **many).success(
            dream.dreams.preview,
            dream.controls,
            [dream.stage, dream.cost, dream.looks],
            concurrency_id="preview",
            **many,
        )
        up = "() => { scrollTo({ top: 0 }); return []; }"
        self.to_dream.click(lambda: gr.Tabs(selected="dream"), None, tabs, js=up, **at_once)

        self.wish.click(self.target_now, None, self.target, **at_once).success(**grow)
        self.go.click(**grow)
        sheet = [self.network, self.layers, self.manner]
        self.grown.select(self.choose_tile, self.network, [self.target, *seen], **many)
        self.whole.click(self.grow_layer, sheet, self.grown, trigger_mode="multiple", **many)
        self.halt.click(self.stop, None, None, **at_once)


def layer_items(network: str) -> list[dict[str, Any]]:
    """Return a network's layers as chips, from edges to objects."""
    return [
        {
            "name": layer["name"],
            "key": f"layer.{layer['name']}",
            "title": layer["title"],
            "hue": 250 + round(130 * layer["at"]),
            "picture": layer["picture"],
        }
        for layer in layer_menu(network)
    ]


def _ended(visitor: Visitor, shown: dict[str, Any]) -> Any:
    """Return what is shown last of work that ended early: as it is after Stop, nothing where newer work has begun.

    Gradio sends a stream's last value once more when it ends.
    """
    stopped = visitor.halted == visitor.explored
    return {**shown, "progress": None, "status": {"key": "stopped_growing"}} if stopped else gr.skip()
