"""What the listeners of Explore do: look with a layer, and let channels and classes grow."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import gradio as gr

from deepdream.errors import DreamError
from deepdream.networks import Network
from deepdream.web.components.controls import about_layers, class_choices, known_targets, layer_menu
from deepdream.web.rooms.explore.exploring import channel_items, class_heat, compare, explore
from deepdream.web.rooms.explore.growing import Growth, Superseded, grown_layer, grown_target, wanted
from deepdream.web.rooms.explore.state import Exploration, ExploreState
from deepdream.web.rooms.shared.actions import Actions
from deepdream.web.rooms.shared.photos import Material
from deepdream.web.rooms.shared.stage import stage_value
from deepdream.web.server.events import data_of, language_of, point_of
from deepdream.web.server.messages import explained, tell
from deepdream.web.server.visitors import Visitor
from deepdream.web.texts import class_name, say

OVER = 0.35  # how much of the photo shows through a map


class ExploreActions(Actions):
    """Show whoever asks what a network sees."""

    # ------------------------------------------------------------------ what a layer sees

    async def enter(self, request: gr.Request, network: str, layer: str) -> Any:
        """Show the visitor's photo as a layer sees it; the row of channels and the views follow."""
        if (asking := await self.host.do(self.ask, self.visitor(request), network)) is not None:
            return asking, gr.skip(), gr.skip()
        return await self.host.explore(self.look, request, await self.host.fetch(network), layer)

    def look(self, request: gr.Request, network: Network, layer: str) -> Any:
        """Look at the visitor's photo with a layer, if it is not the one that is shown."""
        visitor = self.visitor(request)
        photo, state = visitor.of(Material).photo, visitor.of(ExploreState)
        if photo is None:
            return stage_value(visitor, "empty"), [], {}
        before = state.exploration
        if before is None or not before.shows(photo, network.name, layer):
            point = before.point if before is not None and before.photo is photo else None
            state.exploration = explore(network, photo, layer, self.host.turns, point=point)
        return *self.map_shown(request), compare(visitor, network, self.host.turns)

    async def choose_layer(self, event: gr.EventData, request: gr.Request, network: str) -> Any:
        """Look with another layer."""
        return await self.enter(request, network, str(data_of(event).get("name")))

    def choose_channel(self, event: gr.EventData, request: gr.Request) -> Any:
        """Show one channel at full size over the photo."""
        exploration, channel = self.exploration(request), data_of(event).get("id")
        if exploration is None or not isinstance(channel, int):
            raise self.sorry(request, "gone")
        exploration.channel = min(max(0, channel), exploration.maps.maps.shape[-1] - 1)
        return self.map_shown(request)

    def rank(self, event: gr.EventData, request: gr.Request) -> Any:
        """Rank the channels by what they answer at a point of the photo, or where none is named, over all of it."""
        exploration = self.exploration(request)
        if exploration is None:
            raise self.sorry(request, "no_photo")
        exploration.rank_at(point_of(event))
        return self.map_shown(request)

    def map_shown(self, request: gr.Request) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Return the stage with the chosen channel on it, and the row of channels."""
        visitor, exploration = self.visitor(request), self.exploration(request)
        assert exploration is not None
        maps, channel = exploration.maps, exploration.channel
        low, high = maps.scale(channel)
        picture = visitor.write_picture(maps.picture(channel, over=OVER))
        scale = {"layer": maps.layer, "channel": channel, "low": f"{low:.2g}", "high": f"{high:.2g}"}
        stage = stage_value(visitor, "ready", picture=picture, status={"key": "map_scale", **scale})
        return {**stage, "place": exploration.point}, channel_items(exploration, language_of(request))

    async def heat(self, request: gr.Request, network: str, layer: str, label: str) -> dict[str, Any]:
        """Show where in the photo a layer speaks for a class."""
        visitor = self.visitor(request)
        photo, exploration = visitor.of(Material).photo, visitor.of(ExploreState).exploration
        if photo is None:
            raise self.sorry(request, "no_photo")
        if (asking := await self.host.do(self.ask, visitor, network)) is not None:
            return asking
        loaded = await self.host.fetch(network)
        image, share = await self.host.explore(class_heat, loaded, photo, layer, str(label), self.host.turns)
        named = class_name(str(label), language_of(request))
        status = {"key": "heat_scale", "layer": layer, "label": named, "share": f"{100 * share:.2g}"}
        stage = stage_value(visitor, "ready", picture=await self.host.do(visitor.write_picture, image), status=status)
        return {**stage, "place": exploration.point if exploration is not None else None}

    async def heat_of(self, event: gr.EventData, request: gr.Request, network: str, layer: str) -> Any:
        """Show where the layer speaks for one of the likeliest classes, and choose that class."""
        label = str(data_of(event).get("label"))
        return await self.heat(request, network, layer, label), label

    def add_to_dream(self, request: gr.Request, network: str, dreamed: str, layers: Any) -> Any:
        """Add the chosen channel to what the dream's recipe makes larger."""
        exploration = self.exploration(request)
        if exploration is None:
            raise self.sorry(request, "no_photo")
        target = exploration.target
        tell(say("added", language_of(request), name=target), seconds=4)
        if network != dreamed:
            return network, gr.update(value=[[target, 1.0]], **about_layers(network)), gr.update(visible=True)
        others = [pair for pair in layers if pair[0] != target] if isinstance(layers, list) else []
        return gr.skip(), [*others, [target, 1.0]], gr.update(visible=True)

    # ------------------------------------------------------------------ what it wants to see

    def target_now(self, request: gr.Request) -> Any:
        """Return the chosen channel as what is to be grown."""
        exploration = self.exploration(request)
        return exploration.target if exploration is not None else gr.skip()

    async def grow(self, request: gr.Request, network: str, target: str, preset: str) -> AsyncIterator[Any]:
        """Grow what channels or classes want to see from noise, streamed."""
        async for shown in self.growing(request, network, target, partial(grown_target, target=target, preset=preset)):
            yield shown

    async def grow_layer(self, request: gr.Request, network: str, layer: str, preset: str) -> AsyncIterator[Any]:
        """Grow every channel of a layer, tile by tile."""
        async for shown in self.growing(request, network, layer, partial(grown_layer, layer=layer, preset=preset)):
            yield shown

    async def growing(
        self, request: gr.Request, network: str, name: str, grow: Callable[..., Growth]
    ) -> AsyncIterator[Any]:
        """Show what grows under a name, until it has grown, or Stop is pressed, or something newer grows."""
        visitor = self.visitor(request)
        if (asking := await self.host.do(self.ask, visitor, network)) is not None:
            yield {"name": name, "status": asking["status"]}
            return
        state = visitor.of(ExploreState)
        turn = wanted(visitor, state.begin(), self.host.turns)
        shown: dict[str, Any] = {"name": name, "status": {"key": "starting"}, "progress": 0.0}
        yield shown
        try:
            growth = grow(await self.host.fetch(network), visitor, turn)
            while (more := await self.host.explore(next, growth, None)) is not None:
                shown = {"name": name, **more}
                yield shown
        except Superseded:  # as it is after Stop, nothing where newer work has begun: Gradio sends the last value again
            ended = {**shown, "progress": None, "status": {"key": "stopped_growing"}}
            yield ended if state.halted == state.growing else gr.skip()
        except DreamError as error:
            yield {}
            raise explained(error, language_of(request)) from None

    def choose_tile(self, event: gr.EventData, request: gr.Request, network: str) -> Any:
        """Choose a channel of the sheet: to grow it larger, and over the photo where that is what the room shows."""
        visitor, layer, channel = self.visitor(request), data_of(event).get("layer"), data_of(event).get("id")
        if not isinstance(layer, str) or not isinstance(channel, int):
            raise self.sorry(request, "gone")
        target, exploration = f"{layer}:{channel}", self.exploration(request)
        if exploration is None or not exploration.shows(visitor.of(Material).photo, network, layer):
            return target, gr.skip(), gr.skip()
        return target, *self.choose_channel(event, request)

    def stop_growing(self, request: gr.Request) -> None:
        """End what grows; its newest picture stays."""
        state = self.visitor(request).of(ExploreState)
        state.halted = state.begin()

    # ------------------------------------------------------------------ with which network

    async def choose_network(self, request: gr.Request, network: str) -> AsyncIterator[Any]:
        """Offer another network's layers and classes; where it must be fetched first, ask, to be called again."""
        visitor = self.visitor(request)
        if (asking := await self.host.do(self.ask, visitor, network)) is not None:
            yield *[gr.skip()] * 4, asking
            return
        if network not in self.host.loaded:
            yield *[gr.skip()] * 4, stage_value(visitor, "waiting", status={"key": "fetching"})
        try:
            loaded = await self.host.fetch(network)
        except DreamError as error:
            exploration = self.exploration(request)
            before = exploration.network if exploration is not None else "compact"
            yield before, *[gr.skip()] * 3, stage_value(visitor, "ready")
            raise explained(error, language_of(request)) from None
        chosen, labels = loaded.default_layers[0][0], list(loaded.labels)
        yield (
            network,
            gr.update(value=chosen, looks=layer_chips(network)),
            gr.update(choices=class_choices(labels), value=labels[0] if labels else None),
            gr.update(choices=known_targets(network), value=f"{chosen}:0"),
            stage_value(visitor, "ready"),
        )

    def standing(self, visitor: Visitor, status: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the stage with the photo."""
        return stage_value(visitor, "ready", status=status)

    def exploration(self, request: gr.Request) -> Exploration | None:
        """Return what the visitor looks at."""
        return self.visitor(request).of(ExploreState).exploration


def layer_chips(network: str) -> list[dict[str, Any]]:
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
