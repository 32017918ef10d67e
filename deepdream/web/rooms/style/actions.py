"""What the listeners of the style room do: choose styles and settings, paint."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import gradio as gr

from deepdream.errors import DreamError
from deepdream.images import Photo, shrink, to_uint8
from deepdream.networks import Network
from deepdream.recipe import Recipe
from deepdream.settings.finish import Finish
from deepdream.style.scales import result_size
from deepdream.style.settings import STYLE_PRESETS, StyleSettings, from_record
from deepdream.web.components.controls import settings_from, updates, words
from deepdream.web.components.pictures import inline_jpeg
from deepdream.web.rooms.shared.actions import Actions, Values, buttons, ending, newer_wish
from deepdream.web.rooms.shared.photos import Material, read_notes, read_shrunk, told_of_file, upload_of
from deepdream.web.rooms.shared.stage import lines_of, stage_value
from deepdream.web.rooms.style.painting import StyleRender, content_of, ending_status, keeping, lines_shown
from deepdream.web.rooms.style.previews import run_style_preview
from deepdream.web.rooms.style.state import (
    MOST_STYLES,
    PRESET,
    OwnStyle,
    Paintings,
    StyleState,
    Wish,
    gallery,
    known_styles,
)
from deepdream.web.server.events import data_of, language_of
from deepdream.web.server.messages import refused, sorry
from deepdream.web.server.previews import Preview
from deepdream.web.server.renders import Update, declined, run_render
from deepdream.web.server.visitors import Visitor
from deepdream.web.texts import say

REST = 0.3  # seconds without a move, after which the hand rests
SETTINGS = list(StyleSettings.settings())
LAYERS = ("content_layers", "style_layers")
OFFERED = ("compact", "vgg19", "published")  # what needs no download first
BEGIN = STYLE_PRESETS[PRESET].replace(size=512)
SIZES = (256, 512, 768, 1024, 2048)  # pixels of the longer side, beside the photo's own
STYLE_SIDE = 1024  # pixels of the longer side of a style picture
SMALL = 168  # of its small picture
UNCHANGED = [gr.skip() for _ in range(3 + len(SETTINGS))]  # of what `controls_of` sets


class StyleActions(Actions):
    """Paint for whoever asks."""

    history, ready, runs = Paintings, "ready_paint", StyleRender

    def settings(self, values: Sequence[Any]) -> StyleSettings:
        """Return the settings of the controls' values.

        Raises:
            RecipeError: a value is not allowed.
        """
        return settings_from(StyleSettings(), SETTINGS, values)

    def cost_of(self, visitor: Visitor, wish: Wish | None) -> dict[str, Any] | None:
        """Return the cost of a wish, of the visitor's photo as it is now."""
        photo = visitor.of(Material).photo
        if wish is None or photo is None:
            return None
        return self.host.costs.of_style(wish.settings, photo.size, wish.dream).told()

    def wish(self, visitor: Visitor, chosen: Any, dreaming: bool, values: Values) -> Wish | None:
        """Return what the controls' values, of a painting and then of a dream, ask for; None without a photo.

        Raises:
            DreamError: a value is not allowed.
        """
        settings = self.settings(values[: len(SETTINGS)])
        dream = self.recipe(values[len(SETTINGS) :]) if dreaming else None
        pairs = [list(pair) for pair in chosen if isinstance(pair, list)] if isinstance(chosen, list) else []
        material = visitor.of(Material)
        return Wish(material.photo, settings, pairs, dream, material.mask) if material.photo is not None else None

    def change(self, request: gr.Request, chosen: Any, dreaming: bool, *values: Any) -> dict[str, Any] | None:
        """Tell what a painting would cost now; a preview of other settings that is under way ends at its next step."""
        visitor = self.visitor(request)
        try:
            wish = self.wish(visitor, chosen, dreaming, values)
        except DreamError:
            return None
        state = visitor.of(StyleState)
        if wish is not None and not wish.same(state.wish):
            visitor.next_generation()
        state.wish = wish
        return self.cost_of(visitor, wish)

    async def enter(self, request: gr.Request, chosen: Any, dreaming: bool, *values: Any) -> AsyncIterator[Values]:
        """Show the visitor's photo, or the painting of it, and the row of earlier ones; one under way that nobody
        follows, is followed. The controls of a new page, as after a reload, are set as they were before.
        """
        visitor = self.visitor(request)
        state, controls = visitor.of(StyleState), UNCHANGED
        if state.meets(str(request.session_hash)):
            controls = controls_of(state, state.wish)
        if controls is UNCHANGED or state.wish is None:
            cost = self.change(request, chosen, dreaming, *values)
        else:
            cost = self.cost_of(visitor, state.wish)
        running, row = visitor.running(StyleRender), self.earlier(visitor)
        if running is None or running.wish.photo is not visitor.of(Material).photo:
            stage = self.painted_stage(visitor, state.wish.settings if state.wish is not None else BEGIN)
            yield stage, *buttons(free=True), lines_shown(visitor), row, cost, *controls
            return
        yield gr.skip(), *buttons(free=False), gr.skip(), row, cost, *controls
        if not running.followers:
            async for output in self.follow(visitor, running, request):
                yield *output, *UNCHANGED

    async def preview(self, request: gr.Request, chosen: Any, dreaming: bool, *values: Any) -> AsyncIterator[Any]:
        """Show a small quick painting as soon as the hand rests; an older one ends at its next step."""
        visitor = self.visitor(request)
        stale = newer_wish(visitor, visitor.next_generation())
        await asyncio.sleep(REST)
        await ending(visitor)
        try:
            wish = None if stale() else self.wish(visitor, chosen, dreaming, values)
            if wish is None or not self.paintable(wish):
                yield gr.skip()
                return
            standing = await self.host.do(self.without_preview, visitor, wish)
            if standing is not None:
                yield gr.skip() if stale() else standing
                return
            if (asking := await self.host.do(self.ask, visitor, wish.settings.network)) is not None:
                yield asking
                return
            if wish.settings.network not in self.host.loaded:
                yield await self.host.do(self.standing, visitor, {"key": "fetching"})
            network = await self.host.fetch(wish.settings.network)
            done = await self.host.preview(self.preview_now, visitor, wish, network, stale)
        except DreamError:  # half typed, or what Paint will say
            yield gr.skip()
            return
        shown = await self.host.preview(self.seen, visitor, wish.settings, done, stale, self.ready)
        if done is not None:  # as `shown` was looked at just now: one that came too late is not on the stage
            visitor.of(StyleState).previewed = None if stale() else wish
        yield shown

    def paintable(self, wish: Wish) -> bool:
        """Say whether the network is on this page, and can dream what is dreamed along."""
        name, dream = wish.settings.network, wish.dream
        return name in self.host.networks() and (dream is None or dream.network == name)

    def without_preview(self, visitor: Visitor, wish: Wish) -> Any:
        """Return the stage where it needs no preview, since it shows what is wished: the painting, or its preview."""
        paintings, state = visitor.of(Paintings), visitor.of(StyleState)
        painting = paintings.current
        if painting is not None and wish.same(painting.wish):
            if paintings.preview is None:
                return gr.skip()
            paintings.preview = None
            return self.painted_stage(visitor, painting.recipe, {"key": "restored"})
        return gr.skip() if paintings.preview is not None and wish.same(state.previewed) else None

    def preview_now(self, visitor: Visitor, wish: Wish, network: Network, stale: Callable[[], bool]) -> Preview | None:
        """Paint a preview and return it, or None where a newer one is wanted."""
        pictures, shares = visitor.of(StyleState).chosen(wish.chosen)
        given: dict[str, Any] = {"styles": pictures, "shares": shares, "dream": wish.dream, "mask": wish.mask}
        given |= {"turn": self.host.turns.preview_step, "costs": self.host.costs, "network": network, "stale": stale}
        return run_style_preview(wish.photo, wish.settings, **given)

    async def add_style(self, event: gr.EventData, request: gr.Request, chosen: Any) -> Any:
        """Take a style picture of the visitor's own, and choose it."""
        visitor, name = self.visitor(request), f"own-{secrets.token_hex(4)}"
        try:
            await self.take_style(visitor, name, data_of(event), request)
        except DreamError as error:
            raise refused("not_a_picture", error, language_of(request)) from None
        own = visitor.of(StyleState).own
        before = known_styles(own, chosen)[: MOST_STYLES - 1]
        return gr.update(value=[*before, [name, 1.0]], items=gallery(own))

    async def take_style(self, visitor: Visitor, name: str, named: dict[str, Any], request: gr.Request) -> None:
        """Take a style picture of the visitor's own under a name.

        Raises:
            DreamError: it is no picture, or more than may be held here.
            gr.Error: it is no upload.
        """
        about = await self.host.do(told_of_file, upload_of(self.host, named, language_of(request)))
        pixels = (await read_shrunk(self.host, visitor, named, request, STYLE_SIDE)).pixels
        style = OwnStyle(to_uint8(pixels), inline_jpeg(shrink(Photo(pixels), SMALL).pixels), about)
        with visitor.lock:
            visitor.of(StyleState).add(name, style)

    def choose_preset(self, name: str) -> list[Any]:
        """Set the controls to a named way of painting."""
        return values_of(STYLE_PRESETS.get(name, BEGIN).replace(size=BEGIN.size))

    async def choose_network(self, request: gr.Request, *values: Any) -> list[Any]:
        """Begin with the layers by which another network is known to paint, where it lacks the chosen ones.

        One that may not be fetched yet keeps them: the preview asks, and this is called again.
        """
        settings = self.settings(values)
        if self.to_fetch(self.visitor(request), settings.network):
            return [gr.skip() for _ in LAYERS]
        network = await self.host.fetch(settings.network)
        chosen = {name for name, _ in settings.content_layers + settings.style_layers}
        if chosen <= {layer.name for layer in network.layers}:
            return [gr.skip() for _ in LAYERS]
        return updates(LAYERS, settings.replace(**known_layers(network)))

    async def paint(self, request: gr.Request, chosen: Any, dreaming: bool, *values: Any) -> AsyncIterator[Values]:
        """Paint with the chosen settings: the stage, the buttons and the losses, four times a second.

        The painting before stays on the stage until the first frame is there.
        """
        visitor, language = self.visitor(request), language_of(request)
        wish = self.wish(visitor, chosen, dreaming, values)
        if wish is None:
            raise sorry(say("no_photo", language))
        if (asking := await self.host.do(self.ask, visitor, wish.settings.network)) is not None:
            yield asking, *buttons(free=True), *[gr.skip()] * 3
            return
        visitor.of(StyleState).wish = wish
        render = await self.render(visitor, wish, language)
        async for output in self.follow(visitor, render, request):
            yield output

    async def follow(self, visitor: Visitor, render: StyleRender, request: gr.Request) -> AsyncIterator[Values]:
        """Run a painting, or follow one that runs, to its end."""
        wish = render.wish
        before = await self.host.do(self.painted_stage, visitor, wish.settings)
        async for update in run_render(self.host, visitor, render, language_of(request)):
            stage, lines = gr.skip(), gr.skip()  # where another photo came meanwhile
            if visitor.of(Material).photo is wish.photo:
                stage, lines = await self.shown(visitor, render, update, before), lines_of(render.trace)
            row, cost = gr.skip(), gr.skip()
            if update.ended:
                row, cost = self.earlier(visitor), self.cost_of(visitor, wish)
            yield stage, *buttons(free=update.ended), lines, row, cost

    def painted_stage(self, visitor: Visitor, finish: Finish, status: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the stage with the painting that is shown, a preview over it, or the photo; by default it says how it
        came about.
        """
        paintings = visitor.of(Paintings)
        painting, covered = paintings.current, paintings.preview is not None
        if status is None:
            status = {"key": self.ready} if painting is None or covered else ending_status(painting)
        return self.preview_stage(visitor, finish, status)

    async def shown(
        self, visitor: Visitor, render: StyleRender, update: Update, before: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the stage of a painting under way, or of one that has ended."""
        if update.ended:
            early = update.status if update.status["key"] == "stopped_early" else None
            return await self.host.do(self.painted_stage, visitor, render.recipe, early)
        if update.path is None:
            return {**before, "state": "waiting", "status": update.status}
        return stage_value(visitor, "dreaming", picture=update.path, status=update.status)

    async def render(self, visitor: Visitor, wish: Wish, language: str | None) -> StyleRender:
        """Make the render of a painting of the visitor's photo, or show why there can be none."""
        settings, dream, original = wish.settings, wish.dream, wish.photo
        pictures, shares = await self.host.do(visitor.of(StyleState).chosen, wish.chosen)
        keep = await self.host.do(keeping, visitor, wish)
        network = await self.host.fetch(settings.network)
        for name, _ in (*settings.content_layers, *settings.style_layers):
            network.layer(name)
        if dream is not None and dream.network != settings.network:
            raise sorry(say("other_network", language))
        cost = self.host.costs.of_style(settings, original.size, dream)
        if cost.too_much:
            raise declined(self.host, cost, self.fitting(settings, original.size, dream), language)
        photo = await self.host.do(content_of, original, result_size(original.size, settings))
        return StyleRender(
            photo,
            Recipe().with_finish(settings),
            self.host.turns,
            mask=await self.host.do(visitor.of(Material).mask_for, photo.size),
            work=self.host.costs.style_work(settings, photo.size),
            expected=cost.seconds,
            verb="painting",
            workers=self.host.workers,
            keep=keep,
            wish=wish,
            styles=pictures,
            shares=shares,
        )

    def fitting(self, settings: StyleSettings, size: tuple[int, int], dream: Recipe | None = None) -> int | None:
        """Return the largest size on offer, below the painting's, that this host takes on for a photo of (h, w)."""
        smaller = [side for side in SIZES if side < max(result_size(size, settings))]
        costs = {side: self.host.costs.of_style(settings.replace(size=side), size, dream) for side in smaller}
        return max((side for side, cost in costs.items() if not cost.too_much), default=None)

    def share(self, *values: Any) -> dict[str, Any]:
        """Return the settings as a command."""
        from deepdream.cli.options import arguments_of

        changed = self.settings(values).changes(STYLE_PRESETS[PRESET])
        command = f"python -m deepdream style photo.jpg style.jpg -o painted.png --preset {PRESET}"
        return {"command": " ".join([command, *arguments_of(changed)])}

    async def load_settings(self, event: gr.EventData, request: gr.Request) -> list[Any]:
        """Take the settings in a picture that was painted here or on the command line."""
        try:
            record = await read_notes(self.host, data_of(event).get("files"), "record", request)
            return values_of(from_record(record))
        except DreamError as error:
            raise refused("no_settings", error, language_of(request)) from None


def known_layers(network: Network) -> dict[str, Any]:
    """Return the layers by which a network is known to paint, by setting; of another one, those of its dreams."""
    known = next((each for each in STYLE_PRESETS.values() if each.network == network.name), None)
    return {name: getattr(known, name) if known is not None else network.default_layers for name in LAYERS}


def sizes(side: int) -> list[tuple[str, int]]:
    """Return the sizes on offer by what they are called, and `side` among them."""
    offered = sorted({*SIZES, side} - {0})
    return [*[(str(each), each) for each in offered], (str(words("size_as_photo")), 0)]


def values_of(settings: StyleSettings) -> list[Any]:
    """Return what sets the controls to these settings; a size that is not on offer joins those that are."""
    values = dict(zip(SETTINGS, updates(SETTINGS, settings), strict=True))
    return list((values | {"size": gr.update(value=settings.size, choices=sizes(settings.size))}).values())


def controls_of(state: StyleState, wish: Wish | None) -> list[Any]:
    """Return what sets styles, dream, way of painting and controls to a wish; without one, what styles are on offer."""
    offered = gallery(state.own)
    if wish is None:
        return [gr.update(items=offered), *UNCHANGED[1:]]
    styles = gr.update(value=wish.chosen, items=offered)
    return [styles, wish.dream is not None, preset_of(wish.settings), *values_of(wish.settings)]


def preset_of(settings: StyleSettings) -> str:
    """Return the way of painting on offer from which fewest settings differ."""
    return min(OFFERED, key=lambda name: len(settings.changes(STYLE_PRESETS[name])))
