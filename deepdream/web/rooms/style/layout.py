"""The room that paints a photo in the manner of other pictures."""

import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from deepdream.errors import DreamError
from deepdream.images import Photo, shrink, to_uint8
from deepdream.recipe import Recipe
from deepdream.style.scales import result_size
from deepdream.style.settings import STYLE_PRESETS, StyleSettings, from_record
from deepdream.web.components import pieces
from deepdream.web.components.controls import FINISH, control, settings_from, updates, words
from deepdream.web.components.pictures import inline_jpeg, samples
from deepdream.web.components.pieces import Piece
from deepdream.web.rooms.dream.layout import DreamTab
from deepdream.web.rooms.events import data_of, language_of, visitor_of
from deepdream.web.rooms.explore.comparing import lines_of
from deepdream.web.rooms.photos import read_notes, read_shrunk, take_photos
from deepdream.web.rooms.results import FORMATS
from deepdream.web.rooms.stage import SHOWN_SIDE, cost_value, file_value, stage_value
from deepdream.web.rooms.style.painting import (
    LOOK,
    MOST_STYLES,
    STYLE_SIDE,
    Painting,
    StyleRender,
    chosen_styles,
    content_of,
    gallery,
)
from deepdream.web.server.host import Host
from deepdream.web.server.messages import explained, sorry
from deepdream.web.server.render import Render
from deepdream.web.server.renders import follow, lasted, queue_render
from deepdream.web.server.visitors import OwnStyle, Visitor
from deepdream.web.texts import say

Values = tuple[Any, ...]
FIRST = ("style_weight", "style_scale", "steps", "size")  # shown without opening anything
BEGIN = STYLE_PRESETS[LOOK].replace(size=512)
STYLE_LOOKS = ("compact", "vgg19", "published")  # what needs no download first
SMALL = 168  # pixels of a style's small picture


class StyleTab:
    """Hold the components of the room and the functions that its listeners call."""

    def __init__(self, host: Host, dream: DreamTab) -> None:
        self.host = host
        self.dream = dream
        self.made: dict[str, gr.components.Component] = {}
        self.names = list(StyleSettings.settings())

    # ------------------------------------------------------------------ what is painted, and in whose manner

    def enter(self, request: gr.Request, *values: Any) -> Values:
        """Show the visitor's photo, or the painting of it."""
        visitor = self.visitor(request)
        if visitor.painting is not None and visitor.painting.original is visitor.photo:
            return self.shown(visitor, visitor.painting), self.cost_now(visitor, values), visitor.painting.lines
        return stage_value(visitor, "ready", status={"key": "ready_paint"}), self.cost_now(visitor, values), {}

    async def add_style(self, event: gr.EventData, request: gr.Request, chosen: Any) -> Any:
        """Take a style picture of the visitor's own, and choose it."""
        visitor = self.visitor(request)
        try:
            pixels = (await read_shrunk(self.host, visitor, data_of(event), request, STYLE_SIDE)).pixels
        except DreamError as error:
            raise sorry(f"{say('not_a_picture', language_of(request))} {error}") from None
        name = f"own-{secrets.token_hex(4)}"
        own = OwnStyle(to_uint8(pixels), inline_jpeg(shrunk_to(pixels, SMALL)))
        with visitor.lock:
            visitor.styles[name] = own
            while len(visitor.styles) > MOST_STYLES:
                del visitor.styles[next(iter(visitor.styles))]
        offered = gallery(visitor)
        known = {each["id"] for each in offered}
        before = [pair for pair in chosen if _names_one_of(known, pair)] if isinstance(chosen, list) else []
        return gr.update(value=[*before[: MOST_STYLES - 1], [name, 1.0]], items=offered)

    def choose_look(self, look: str) -> list[Any]:
        """Set the controls to a named way of painting."""
        named = STYLE_PRESETS.get(look, BEGIN)
        return updates(self.names, named.replace(size=BEGIN.size))

    # ------------------------------------------------------------------ the painting

    async def paint(self, request: gr.Request, chosen: Any, dreaming: bool, *values: Any) -> AsyncIterator[Values]:
        """Paint with the chosen settings: the stage, the buttons and the losses, four times a second."""
        visitor, language = self.visitor(request), language_of(request)
        if visitor.photo is None:
            raise sorry(say("no_photo", language))
        styled, dreamed = values[: len(self.names)], values[len(self.names) :]
        try:
            settings = settings_from(StyleSettings(), self.names, styled)
            pictures, shares = await self.host.do(chosen_styles, visitor, chosen)
            network = await self.host.fetch(settings.network)
            for name, _ in (*settings.content_layers, *settings.style_layers):
                network.layer(name)
        except DreamError as error:
            raise sorry(str(error)) from None
        dream = self.dream.settings.recipe(dreamed) if dreaming else None
        if dream is not None and dream.network != settings.network:
            raise sorry(say("other_network", language))
        cost = self.host.costs.of_style(settings, visitor.photo.size)
        if cost.too_much:
            raise sorry(say("too_large", language))
        photo = await self.host.do(content_of, visitor.photo, result_size(visitor.photo.size, settings))
        render = StyleRender(
            photo,
            Recipe().with_finish(settings),
            self.host.turns,
            mask=visitor.mask_for(photo.size),
            expected=cost.seconds,
            verb="painting",
            styles=pictures,
            shares=shares,
            settings=settings,
            workers=self.host.workers,
            dream=dream,
        )
        original = visitor.photo
        render.keep = lambda ended: self.keep(visitor, render, original)
        queue_render(visitor, render, language)
        async for output in self.follow(visitor, render, language):
            yield output

    async def follow(self, visitor: Visitor, render: Render, language: str | None) -> AsyncIterator[Values]:
        """Follow a painting to its end; it goes on where this breaks off."""
        async for update in follow(self.host, visitor, render):
            state = "waiting" if update.path is None else "dreaming"
            progress = update.status.get("progress")
            stage = stage_value(visitor, state, picture=update.path, status=update.status, progress=progress)
            yield stage, gr.update(interactive=False), gr.update(interactive=True), lines_of(render.trace)
        if visitor.closed:
            return
        if render.error is not None:
            raise explained(render.error, language)
        if render.kept is None:
            stage = stage_value(visitor, "ready", status={"key": "stopped_early"})
        else:
            stage = await self.host.do(self.shown, visitor, render.kept)
        yield stage, gr.update(interactive=True), gr.update(interactive=False), lines_of(render.trace)

    def keep(self, visitor: Visitor, render: StyleRender, original: Photo) -> Painting:
        """Keep what a render delivered, and learn from it how fast this host is."""
        assert render.frame is not None and render.delivered is not None
        work = self.host.costs.style_work(render.settings, render.photo.size) * render.frame.progress
        self.host.costs.learn_style(render.settings, work, render.seconds)
        seconds, stopped = lasted(render), render.stopped
        painting = Painting(
            raw=render.delivered,
            photo=render.photo,
            original=original,
            settings=render.settings,
            mask=render.mask,
            seconds=seconds,
            stopped=stopped,
            lines=lines_of(render.trace),
        )
        visitor.painting = painting
        return painting

    def shown(self, visitor: Visitor, painting: Painting) -> dict[str, Any]:
        """Return the stage with a painting on it."""
        picture = shrunk_to(painting.finished(), SHOWN_SIDE)
        status = {"key": "stopped" if painting.stopped else "done", "seconds": painting.seconds}
        return stage_value(visitor, "done", picture=visitor.write_picture(picture, quality=92), status=status)

    def after_failure(self, request: gr.Request) -> Values:
        """Free the buttons after a painting that failed."""
        visitor = self.visitor(request)
        return stage_value(visitor, "ready"), gr.update(interactive=True), gr.update(interactive=False)

    def refinish(self, request: gr.Request, *values: Any) -> Any:
        """Apply strength, keep_colors and contrast anew, without painting again."""
        visitor = self.visitor(request)
        if visitor.painting is None or visitor.renders:
            return gr.skip()
        self.take_finish(visitor.painting, values)
        return self.shown(visitor, visitor.painting)

    def take_finish(self, painting: Painting, values: Values) -> None:
        """Give a painting the strength, keep_colors and contrast of the controls."""
        try:
            asked = settings_from(StyleSettings(), self.names, values)
        except DreamError as error:
            raise sorry(str(error)) from None
        painting.settings = painting.settings.with_finish(asked)

    def dream_on_it(self, request: gr.Request, *values: Any) -> Values:
        """Make the painting the photo of the Dream room."""
        visitor = self.visitor(request)
        painting = visitor.painting
        if painting is None or visitor.renders:
            raise sorry(say("gone", language_of(request)))
        take_photos(visitor, [("painting", Photo(painting.finished(), painting.photo.alpha))], 0)
        stage = stage_value(visitor, "ready", status={"key": "ready"})
        return (
            stage,
            self.dream.photos.cost_now(visitor, values),
            [],
            gr.update(visible=False),
            gr.Tabs(selected="dream"),
        )

    # ------------------------------------------------------------------ keep

    def save(self, event: gr.EventData, request: gr.Request, *values: Any) -> dict[str, Any]:
        """Write the painting with its settings inside, and hand its file to the browser."""
        visitor, format = self.visitor(request), data_of(event).get("format")
        if visitor.painting is None or format not in FORMATS:
            raise sorry(say("gone", language_of(request)))
        self.take_finish(visitor.painting, values)
        try:
            path = visitor.painting.write(visitor, format)
        except DreamError as error:
            raise sorry(str(error)) from None
        return {"file": file_value(path), "name": f"painting{path.suffix}", "stamp": time.time_ns()}

    def share(self, *values: Any) -> dict[str, Any]:
        """Return the settings as a command."""
        from deepdream.cli.options import arguments_of

        try:
            changed = settings_from(StyleSettings(), self.names, values).changes(STYLE_PRESETS[LOOK])
        except DreamError as error:
            raise sorry(str(error)) from None
        command = " ".join(["python -m deepdream style photo.jpg style.jpg -o painted.png", f"--preset {LOOK}"])
        return {"command": " ".join([command, *arguments_of(changed)])}

    async def load_settings(self, event: gr.EventData, request: gr.Request) -> list[Any]:
        """Take the settings in a picture that was painted here or on the command line."""
        try:
            record = await read_notes(self.host, data_of(event).get("files"), "record", request)
            return updates(self.names, from_record(record))
        except DreamError as error:
            raise sorry(f"{say('no_settings', language_of(request))} {error}") from None

    # ------------------------------------------------------------------ helpers

    def visitor(self, request: gr.Request) -> Visitor:
        """Return who asks."""
        return visitor_of(self.host, request)

    def cost_now(self, visitor: Visitor, values: Values) -> dict[str, Any] | None:
        """Return the cost of a painting with the controls' values."""
        try:
            settings = settings_from(StyleSettings(), self.names, values)
        except DreamError:
            return None
        return cost_value(self.host.costs.of_style(settings, visitor.photo.size)) if visitor.photo is not None else None

    def change(self, request: gr.Request, *values: Any) -> dict[str, Any] | None:
        """Tell what a painting would cost now."""
        return self.cost_now(self.visitor(request), values)

    # ------------------------------------------------------------------ layout

    def layout(self, tab: gr.Tab) -> None:
        """Draw the room: the picture first, then styles and settings."""
        self.tab = tab
        with gr.Row(elem_classes="room"):
            with gr.Column(elem_classes="canvas"):
                self.layout_canvas()
            with gr.Column(elem_classes="controls"):
                self.layout_controls()

    def layout_canvas(self) -> None:
        """Draw the picture and all that is done with it."""
        self.stage = Piece(
            "stage",
            pieces.markup("stage"),
            events=("upload", "select", "mask"),
            value={"state": "empty"},
            elem_id="style-stage",
            elem_classes="stage",
            tools=["mask"],
            samples=[{key: sample[key] for key in ("name", "picture")} for sample in samples()],
            most_photos=1,
        )
        with gr.Row(elem_classes="actions"):
            self.go = gr.Button(words("paint"), variant="primary", elem_id="paint", elem_classes="go")
            self.halt = gr.Button(words("stop"), interactive=False, elem_id="stop-paint", elem_classes="halt")
            self.keeping = Piece(
                "keep",
                pieces.markup("keep"),
                events=("save", "settings", "recipe"),
                value={},
                elem_id="style-keep",
                elem_classes="keep only-done",
            )
            self.cost = Piece("cost", "", elem_id="style-cost", elem_classes="cost only-photo")
        with gr.Row(elem_classes="after-run only-photo"):
            self.onward = gr.Button(words("dream_on_it"), elem_id="dream-on-it", elem_classes="only-done", size="sm")
        with gr.Row(elem_classes="strengths only-photo"):
            self.made |= {name: self.control(name) for name in FINISH}
        self.losses = Piece("losses", "", value={}, elem_id="style-losses", elem_classes="losses")

    def layout_controls(self) -> None:
        """Draw the styles, and the controls made from the table of settings."""
        offered = gallery()
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
        looks = [(words(f"style_look.{name}"), name) for name in STYLE_LOOKS if self.may_use(STYLE_PRESETS[name])]
        self.look = gr.Radio(
            looks,
            value=LOOK,
            label=words("style_look"),
            elem_id="style-look",
            elem_classes="pills",
            visible=len(looks) > 1,
        )
        self.made |= {name: self.control(name) for name in FIRST}
        self.dreaming = gr.Checkbox(False, label=words("dream_too"), elem_id="dream-too")
        with gr.Accordion(words("all_styles_settings"), open=False, elem_id="style-advanced"):
            group = ""
            for name, setting in StyleSettings.settings().items():
                if name in self.made:
                    continue
                if setting.group != group:
                    group = setting.group
                    gr.Markdown(words(f"group.{group}"), elem_classes="heading")
                self.made[name] = self.control(name)
        self.made["network"].choices = [(name, name) for name in self.host.networks()]
        self.controls = [self.made[name] for name in self.names]

    def control(self, name: str) -> gr.components.Component:
        """Make the control of one setting, which begins with what the room begins with."""
        made = control(name, StyleSettings.settings()[name], table="painting")
        begin = updates([name], BEGIN)[0]
        made.value = begin["value"] if isinstance(begin, dict) else begin
        return made

    def may_use(self, look: StyleSettings) -> bool:
        """Say whether this host offers a look's network."""
        return look.network in self.host.networks()

    # ------------------------------------------------------------------ listeners

    def listen(self, page: gr.Blocks, tabs: gr.Tabs) -> None:
        """Connect the components with the functions above; none of these is an endpoint of the public API."""
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        at_once: dict[str, Any] = {**quiet, "queue": False}
        many: dict[str, Any] = {**quiet, "concurrency_limit": None}
        dream, controls = self.dream, self.controls
        entered: dict[str, Any] = {
            **many,
            "fn": self.enter,
            "inputs": controls,
            "outputs": [self.stage, self.cost, self.losses],
        }
        running = [self.stage, self.go, self.halt, self.losses]

        self.tab.select(**entered)
        self.stage.upload(dream.photos.open_upload, dream.with_side, dream.opened, **many).success(**entered)
        self.stage.select(dream.photos.open_sample, dream.with_side, dream.opened, **many).success(**entered)
        self.stage.mask(dream.photos.set_mask, None, None, **many)
        self.styles.bring(self.add_style, self.styles, self.styles, **many)
        self.look.input(self.choose_look, self.look, controls, **at_once).success(
            self.change, controls, self.cost, **at_once
        )
        priced = [self.made[name].input for name in self.names if name not in FINISH]
        gr.on(priced, self.change, controls, self.cost, trigger_mode="always_last", **at_once)

        run = self.go.click(
            self.paint, [self.styles, self.dreaming, *controls, *dream.controls], running, trigger_mode="once", **many
        )
        run.failure(self.after_failure, None, running[:3], **at_once)
        self.halt.click(dream.dreams.stop, None, None, **at_once)
        moves = [self.made[name].input for name in FINISH]
        gr.on(moves, self.refinish, controls, self.stage, trigger_mode="always_last", **many)
        self.keeping.save(self.save, controls, self.keeping, **many)
        self.keeping.settings(self.share, controls, self.keeping, **at_once)
        self.keeping.recipe(self.load_settings, None, controls, **many)
        self.onward.click(self.dream_on_it, dream.controls, [*dream.opened, tabs], **many)


def _names_one_of(known: set[str], pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) and pair[0] in known


def shrunk_to(image: Any, side: int) -> Any:
    """Return a picture (h, w, 3) with a longer side of at most `side` pixels."""
    return shrink(Photo(image), side).pixels
