"""The room where photos dream: one photo, one button, one large picture; every other control when it is wanted."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from deepdream.errors import DreamError
from deepdream.images import Photo, read_image, read_recipe
from deepdream.presets import PRESETS, preset
from deepdream.recipe import Recipe
from deepdream.web import pieces, sharing
from deepdream.web.controls import FINISH, FIRST, control, known_targets, layer_menu, recipe_from, updates, words
from deepdream.web.costs import SIDE, SIDES
from deepdream.web.events import data_of, language_of
from deepdream.web.host import Host
from deepdream.web.photos import read_guide, read_mask, read_photos, take_photos, upload_of, use_photo
from deepdream.web.pictures import looks, samples
from deepdream.web.pieces import Piece, strip
from deepdream.web.previews import run_preview
from deepdream.web.results import (
    FORMATS,
    finished,
    finished_result,
    keep_result,
    pick_octave,
    with_finish,
    write_result,
    write_zip,
)
from deepdream.web.runs import end_render, explained, fitting_side, follow, lasted, sorry, start_render
from deepdream.web.seeing import strongest_at, with_portraits
from deepdream.web.shown import cost_value, file_value, film_value, history_value, result_stage, stage_value
from deepdream.web.texts import say
from deepdream.web.visitors import Result, Visitor, load_photo

Values = tuple[Any, ...]


class DreamTab:
    """Hold the components of the room and the functions that its listeners call."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.made: dict[str, gr.components.Component] = {}  # the control of each setting
        self.names: list[str] = []  # the settings, in the order of `controls`
        self.controls: list[gr.components.Component] = []
        self.opened: list[gr.components.Component] = []
        self.with_side: list[gr.components.Component] = []

    # ------------------------------------------------------------------ photos in

    def open_upload(self, event: gr.EventData, request: gr.Request, side: float, *values: Any) -> Values:
        """Take the photos that a visitor uploaded, and show the first."""
        photos, carried = read_photos(self.host, data_of(event).get("files"), language_of(request))
        return self.take(self.visitor(request), photos, side, values, carried=carried)

    def open_sample(self, event: gr.EventData, request: gr.Request, side: float, *values: Any) -> Values:
        """Take one of the sample pictures."""
        chosen = next((sample for sample in samples() if sample["name"] == data_of(event).get("sample")), None)
        if chosen is None:
            raise sorry(say("gone", language_of(request)))
        return self.take(self.visitor(request), [(chosen["name"], read_image(chosen["file"]))], side, values)

    def take(
        self, visitor: Visitor, photos: list[tuple[str, Photo]], side: float, values: Values, *, carried: str = ""
    ) -> Values:
        """Make photos the visitor's own; return the stage, the cost, and what belongs to no photo yet."""
        take_photos(visitor, photos, int(side), carried=carried)
        status = {"key": "photos_ready", "n": len(photos)} if len(photos) > 1 else {"key": "ready"}
        stage = stage_value(visitor, "ready", status=status)
        return stage, self.cost_now(visitor, values), [], [], gr.update(visible=False)

    def change_size(self, request: gr.Request, side: float, *values: Any) -> Values:
        """Bring the photo to another size."""
        visitor = self.visitor(request)
        if visitor.batch and int(side) in SIDES and not visitor.renders:
            with visitor.lock:
                visitor.current = None
                use_photo(visitor, load_photo(visitor.batch[0][1]), int(side))
        return stage_value(visitor, "ready"), self.cost_now(visitor, values)

    def set_mask(self, event: gr.EventData, request: gr.Request) -> None:
        """Take a painted mask, or none: where it is painted, the dream may go."""
        visitor = self.visitor(request)
        visitor.mask, visitor.repainted = None, not visitor.renders
        path = data_of(event).get("path")
        if path is None or visitor.photo is None:
            return
        try:
            visitor.mask = read_mask(
                self.host, upload_of(self.host, {"path": path}, language_of(request)), visitor.photo
            )
        except DreamError as error:
            raise sorry(str(error)) from None

    def set_guide(self, path: str | None, request: gr.Request) -> str | None:
        """Take a guide picture, or none; the page gets a copy of it."""
        visitor = self.visitor(request)
        visitor.guide, visitor.repainted = None, not visitor.renders
        if path is None:
            return None
        try:
            visitor.guide = read_guide(self.host, Path(path))
        except DreamError as error:
            raise sorry(f"{say('not_a_picture', language_of(request))} {error}") from None
        return str(visitor.write_picture(visitor.guide, keep=True))

    # ------------------------------------------------------------------ the live preview

    async def preview(self, request: gr.Request, *values: Any) -> AsyncIterator[Any]:
        """Show a small quick dream of the newest settings; the newest wins, an older one ends at its next step."""
        visitor = self.visitor(request)
        if visitor.photo is None or visitor.renders:
            yield gr.skip(), self.cost_now(visitor, values)
            return
        recipe = self.recipe(values)
        cost = self.cost_now(visitor, values)
        if visitor.current is not None and visitor.current.recipe == recipe and not visitor.repainted:
            yield gr.skip(), cost  # late: the full dream of these settings is there already
            return
        generation = visitor.next_generation()
        visitor.current, visitor.repainted = None, False
        if not self.host.warm.is_set():
            yield stage_value(visitor, "ready", status={"key": "warming"}), cost
        elif recipe.network not in self.host.loaded:
            yield stage_value(visitor, "ready", status={"key": "fetching"}), cost
        try:
            stage = await asyncio.to_thread(self.preview_now, visitor, recipe, generation)
        except DreamError as error:
            raise sorry(str(error)) from None
        yield (stage if stage is not None else gr.skip()), cost

    def preview_now(self, visitor: Visitor, recipe: Recipe, generation: int) -> dict[str, Any] | None:
        """Dream a preview and return the stage with it, or None where a newer one is wanted."""
        photo = visitor.photo
        assert photo is not None

        def stale() -> bool:
            return visitor.closed or visitor.generation != generation or bool(visitor.renders)

        done = run_preview(
            photo,
            recipe,
            network=self.host.network(recipe.network),
            turns=self.host.turns,
            costs=self.host.costs,
            stale=stale,
            guide=visitor.guide,
            mask=visitor.mask,
        )
        if done is None or stale():
            return None
        visitor.preview = done
        return self.preview_stage(visitor, recipe, {"key": "ready"})

    def preview_stage(
        self, visitor: Visitor, recipe: Recipe, status: dict[str, Any], offer: int | None = None
    ) -> dict[str, Any]:
        """Return the stage with the newest preview, finished as the recipe says."""
        preview = visitor.preview
        if preview is None or visitor.closed:
            return stage_value(visitor, "ready", status=status, offer=offer)
        picture = visitor.write_picture(finished(preview.image, preview.photo, recipe, preview.mask), quality=85)
        return stage_value(visitor, "ready", picture=picture, preview=True, status=status, offer=offer)

    # ------------------------------------------------------------------ the dream itself

    async def dream(self, request: gr.Request, *values: Any) -> AsyncIterator[Values]:
        """Dream with the chosen settings: the stage, the buttons and the rows, four times a second."""
        visitor = self.visitor(request)
        if visitor.photo is None:
            raise sorry(say("no_photo", language_of(request)))
        recipe = self.recipe(values)
        if self.host.costs.of(recipe, visitor.photo.size).too_much:
            side = fitting_side(self.host, recipe, visitor.photo)
            if side < max(visitor.photo.size):
                yield self.idle(visitor, self.preview_stage(visitor, recipe, {"key": "too_large"}, side))
                return
        several = len(visitor.batch) > 1
        stream = self.dream_many if several else self.dream_one
        async for output in stream(visitor, recipe, request):
            yield output

    async def shrink(self, event: gr.EventData, request: gr.Request, *values: Any) -> AsyncIterator[Values]:
        """Bring the photo to the size that was offered, and dream."""
        visitor = self.visitor(request)
        side = data_of(event).get("side")
        if side in SIDES and visitor.batch and not visitor.renders:
            with visitor.lock:
                use_photo(visitor, load_photo(visitor.batch[0][1]), int(side))
        async for output in self.dream(request, *values):
            yield output

    async def go_on(self, request: gr.Request, *values: Any) -> AsyncIterator[Values]:
        """Dream on at the full size from the picture that is there; it stays a dream of the same photo."""
        visitor = self.visitor(request)
        if visitor.current is None:
            raise sorry(say("gone", language_of(request)))
        onward = self.recipe(values).replace(octaves=1, octaves_above=0, octave_sizes=(), start="photo")
        async for output in self.dream_one(visitor, onward, request, original=visitor.current):
            yield output

    async def dream_one(
        self, visitor: Visitor, recipe: Recipe, request: gr.Request, *, original: Result | None = None
    ) -> AsyncIterator[Values]:
        """Run one render and show it as it grows; from the photo, or on from an `original` result."""
        photo = Photo(original.pixels(), original.photo.alpha) if original is not None else visitor.photo
        assert photo is not None
        render = start_render(self.host, visitor, photo, recipe, language=language_of(request))
        try:
            async for update in follow(self.host, visitor, render):
                yield self.busy(visitor, update.status, update.path)
            if visitor.closed:
                return
            if render.error is not None:
                raise explained(render, language_of(request))
            if render.delivered is None:
                yield self.idle(visitor, stage_value(visitor, "ready", status={"key": "stopped_early"}))
                return
            result = await asyncio.to_thread(self.keep, visitor, render, original)
            status = {"key": "stopped" if render.stopped else "done", "seconds": lasted(render)}
            yield self.idle(visitor, result_stage(visitor, result, status=status))
        finally:
            end_render(visitor, render)

    async def dream_many(self, visitor: Visitor, recipe: Recipe, request: gr.Request) -> AsyncIterator[Values]:
        """Dream one photo after another, and give them all as a zip at the end."""
        made = list[Result]()
        batch, side = list(visitor.batch), visitor.side
        for number, (_, file) in enumerate(batch, start=1):
            with visitor.lock:
                visitor.mask = None  # it was painted on the first one
                use_photo(visitor, load_photo(file), side)
            assert visitor.photo is not None
            render = start_render(self.host, visitor, visitor.photo, recipe, language=language_of(request))
            try:
                async for update in follow(self.host, visitor, render):
                    yield self.busy(visitor, {**update.status, "photo": number, "photos": len(batch)}, update.path)
                if visitor.closed:
                    return
                if render.error is not None:
                    raise explained(render, language_of(request))
                if render.delivered is not None:
                    made.append(await asyncio.to_thread(self.keep, visitor, render, None))
            finally:
                end_render(visitor, render)
            if render.stopped:
                break
        if not made:
            yield self.idle(visitor, stage_value(visitor, "ready", status={"key": "stopped_early"}))
            return
        archive = await asyncio.to_thread(write_zip, visitor, made, [name for name, _ in batch])
        stage = result_stage(visitor, made[-1], status={"key": "batch_done", "n": len(made)})
        yield *self.idle(visitor, stage)[:-1], gr.update(value=str(archive), visible=True)

    def keep(self, visitor: Visitor, render: Any, original: Result | None) -> Result:
        """Keep what a render delivered, and learn from it how fast this host is."""
        work = self.host.costs.work(render.recipe, render.photo.size) * render.frame.progress
        self.host.costs.learn(render.recipe, work, render.seconds)
        return keep_result(visitor, render, original)

    def stop(self, request: gr.Request) -> None:
        """Ask the visitor's renders to end and to deliver what they have."""
        for render in list(self.visitor(request).renders):
            render.stop(keep=True)

    def after_failure(self, request: gr.Request) -> Values:
        """Free the buttons after a dream that failed."""
        visitor = self.visitor(request)
        current = visitor.current
        stage = result_stage(visitor, current) if current is not None else stage_value(visitor, "ready")
        return stage, gr.update(interactive=True), gr.update(interactive=False)

    # ------------------------------------------------------------------ after the run

    def refinish(self, request: gr.Request, *values: Any) -> Any:
        """Apply strength, keep_colors and contrast anew, to the result or the preview, without a new dream."""
        visitor = self.visitor(request)
        recipe = self.recipe(values)
        if visitor.renders:
            return gr.skip()
        if visitor.current is not None:
            visitor.current.recipe = with_finish(visitor.current.recipe, recipe)
            return result_stage(visitor, visitor.current)
        return self.preview_stage(visitor, recipe, {"key": "ready"}) if visitor.preview is not None else gr.skip()

    def choose_octave(self, event: gr.EventData, request: gr.Request) -> Values:
        """Take a frame of the filmstrip for the result."""
        visitor = self.visitor(request)
        result = visitor.current
        octave = data_of(event).get("id")
        if result is None or octave not in [one for one, _ in result.film]:
            raise sorry(say("gone", language_of(request)))
        pick_octave(result, int(octave))
        return result_stage(visitor, result), film_value(result)

    def restore(self, event: gr.EventData, request: gr.Request) -> Values:
        """Bring back a picture of the history with its photo and settings."""
        visitor = self.visitor(request)
        result = next((each for each in visitor.results if each.name == data_of(event).get("id")), None)
        if result is None:
            raise sorry(say("gone", language_of(request)))
        return self.show_result(visitor, result)

    def undo(self, request: gr.Request) -> Values:
        """Go back to the result before the one that is shown, or to the newest where none is."""
        visitor = self.visitor(request)
        if not visitor.results or visitor.renders:
            return tuple(gr.skip() for _ in range(4 + len(self.controls)))
        shown = visitor.results.index(visitor.current) if visitor.current in visitor.results else len(visitor.results)
        return self.show_result(visitor, visitor.results[max(0, shown - 1)])

    def show_result(self, visitor: Visitor, result: Result) -> Values:
        """Make a result the current one: stage, filmstrip, history, cost, controls."""
        with visitor.lock:
            visitor.next_generation()
            if visitor.photo is not result.photo:
                take_photos(visitor, [(result.name, result.photo)], 0)
                visitor.photo = result.photo  # itself, so that the next one of it is not stored again
            visitor.current, visitor.preview, visitor.mask = result, None, result.mask
        rows = film_value(result), history_value(visitor), self.cost_of(visitor, result.recipe)
        stage = result_stage(visitor, result, status={"key": "restored"})
        return stage, *rows, *updates(self.names, result.recipe)

    def dream_again(self, request: gr.Request, *values: Any) -> Values:
        """Make the picture that is shown the photo of the next dream."""
        visitor = self.visitor(request)
        result = visitor.current
        if result is None or visitor.renders:
            raise sorry(say("gone", language_of(request)))
        return self.take(visitor, [(result.name, Photo(finished_result(result), result.photo.alpha))], 0, values)

    # ------------------------------------------------------------------ keep and share

    def save(self, event: gr.EventData, request: gr.Request, *values: Any) -> dict[str, Any]:
        """Write the picture that is shown, with its recipe inside, and hand its file to the browser.

        A slider of `finish` that was moved just now counts, even where its picture is still on its way.
        """
        visitor = self.visitor(request)
        format = data_of(event).get("format")
        if visitor.current is None or format not in FORMATS:
            raise sorry(say("gone", language_of(request)))
        try:
            visitor.current.recipe = with_finish(visitor.current.recipe, self.recipe(values))
            path = write_result(visitor, visitor.current, format)
        except DreamError as error:
            raise sorry(str(error)) from None
        return {"file": file_value(path), "name": f"{visitor.current.name}{path.suffix}", "stamp": time.time_ns()}

    def share(self, request: gr.Request, *values: Any) -> dict[str, Any]:
        """Return the settings as a link, a command and Python."""
        visitor = self.visitor(request)
        try:
            texts = sharing.share_texts(self.recipe(values))
        except DreamError as error:
            raise sorry(str(error)) from None
        return {**texts, "stays": visitor.mask is not None or visitor.guide is not None}

    def load_recipe(self, event: gr.EventData, request: gr.Request) -> list[Any]:
        """Take the settings in a picture, in a JSON file, or that the photo itself brought along."""
        query, files = data_of(event).get("query"), data_of(event).get("files")
        try:
            if isinstance(query, str) and query:
                return updates(self.names, sharing.recipe_from_link(query))
            item = files[0] if isinstance(files, list) and files else None
            file = upload_of(self.host, item, language_of(request))
            try:
                return updates(self.names, read_recipe(file))
            finally:
                self.host.visitors.uploads.drop(file)
        except DreamError as error:
            raise sorry(f"{say('no_settings', language_of(request))} {error}") from None

    def choose_look(self, event: gr.EventData) -> list[Any]:
        """Set the controls to a look."""
        return self.choose_named(data_of(event).get("name"))

    def choose_named(self, name: Any) -> list[Any]:
        """Set the controls to a preset."""
        if name is None:
            return [gr.skip() for _ in self.names]
        try:
            return updates(self.names, preset(str(name)))
        except DreamError as error:
            raise sorry(str(error)) from None

    def choose_network(self, name: str) -> Any:
        """Show the layers of another network, and begin with those that it is best known for."""
        try:
            layers = [list(pair) for pair in self.host.network(name).default_layers]
            return gr.update(value=layers, menu=layer_menu(name), known=known_targets(name))
        except DreamError as error:
            raise sorry(str(error)) from None

    async def point(self, event: gr.EventData, request: gr.Request, *values: Any) -> AsyncIterator[Any]:
        """List the channels that answer most strongly at a place of the photo, then what each wants to see."""
        visitor = self.visitor(request)
        x, y = data_of(event).get("x"), data_of(event).get("y")
        if visitor.photo is None or not isinstance(x, (int, float)) or not isinstance(y, (int, float)):
            raise sorry(say("no_photo", language_of(request)))
        place = (float(x), float(y))
        try:
            network = await asyncio.to_thread(self.host.network, self.recipe(values).network)
            items = await asyncio.to_thread(strongest_at, network, visitor.photo, place, self.host.turns)
            yield items
            portraits = with_portraits(network, items, self.host.turns)
            while not visitor.closed and not visitor.renders:
                more = await asyncio.to_thread(next, portraits, None)
                if more is None:
                    break
                yield more
        except DreamError as error:
            raise sorry(str(error)) from None

    def choose_seen(self, event: gr.EventData) -> list[list[Any]]:
        """Dream on one of the channels that were listed."""
        return [[str(data_of(event).get("id"))[:120], 1.0]]

    def open_page(self, request: gr.Request, remembered: Any) -> list[Any]:
        """Set the controls to the link's settings, else to those of the last visit."""
        query = request.query_params.get("r") if request.query_params else None
        text = query if query is not None else remembered
        try:
            recipe = sharing.recipe_from_link(text if isinstance(text, str) else "")
        except DreamError:
            if query is not None:
                gr.Warning(say("bad_link", language_of(request)))
            recipe = Recipe()
        if recipe == Recipe():  # what the page begins with: a quick visitor may have moved something by now
            return [gr.skip() for _ in self.names]
        return updates(self.names, recipe)

    def remember_settings(self, *values: Any) -> str:
        """Return the settings as the text that the browser keeps for the next visit."""
        try:
            return sharing.link_query(recipe_from(self.names, values))
        except DreamError:
            return ""

    # ------------------------------------------------------------------ helpers of the functions

    def visitor(self, request: gr.Request) -> Visitor:
        """Return who asks."""
        return self.host.visitors.of(request.session_hash)

    def recipe(self, values: Sequence[Any]) -> Recipe:
        """Return the recipe of the controls' values, or show what is wrong with them."""
        try:
            return recipe_from(self.names, values)
        except DreamError as error:
            raise sorry(str(error)) from None

    def cost_now(self, visitor: Visitor, values: Values) -> dict[str, Any] | None:
        """Return the cost of a dream with the controls' values."""
        try:
            return self.cost_of(visitor, recipe_from(self.names, values))
        except DreamError:
            return None

    def cost_of(self, visitor: Visitor, recipe: Recipe) -> dict[str, Any] | None:
        """Return the cost of dreams on all of the visitor's photos."""
        if visitor.photo is None:
            return None
        cost = self.host.costs.of(recipe, visitor.photo.size)
        return cost_value(replace(cost, seconds=cost.seconds * max(1, len(visitor.batch))))

    def busy(self, visitor: Visitor, status: dict[str, Any], path: Path | None) -> Values:
        """Return the outputs of a dream under way; until its first frame the preview stays."""
        state = "waiting" if path is None else "dreaming"
        if path is None and visitor.preview is not None and visitor.frames:
            path = visitor.frames[-1]
        stage = stage_value(visitor, state, picture=path, status=status, progress=status.get("progress"))
        return stage, gr.update(interactive=False), gr.update(interactive=True), gr.skip(), gr.skip(), gr.skip()

    def idle(self, visitor: Visitor, stage: dict[str, Any]) -> Values:
        """Return the outputs once a dream has ended."""
        rows = film_value(visitor.current), history_value(visitor)
        return stage, gr.update(interactive=True), gr.update(interactive=False), *rows, gr.update(visible=False)

    # ------------------------------------------------------------------ layout

    def layout(self, tab: gr.Tab) -> None:
        """Draw the room: the picture first, then the controls; the style sheet puts them side by side."""
        with gr.Row(elem_classes="room"):
            with gr.Column(elem_classes="canvas"):
                self.layout_canvas()
            with gr.Column(elem_classes="controls"):
                self.looks = Piece(
                    "chips",
                    pieces.chips("look"),
                    events=("select",),
                    value="compact_default",
                    elem_id="looks",
                    looks=looks(),
                )
                self.layout_controls()
        self.memory = gr.BrowserState("", storage_key="deepdream-settings", secret="deepdream")

    def layout_canvas(self) -> None:
        """Draw the picture and all that is done with it."""
        self.stage = Piece(
            "stage",
            pieces.markup("stage"),
            events=("upload", "select", "mask", "point", "recipe", "shrink"),
            value={"state": "empty"},
            elem_id="stage",
            elem_classes="stage",
            samples=[{key: sample[key] for key in ("name", "picture")} for sample in samples()],
            most_photos=self.host.limits.photos,
            home=True,
        )
        with gr.Row(elem_classes="actions"):
            self.go = gr.Button(words("dream"), variant="primary", elem_id="dream", elem_classes="go")
            self.halt = gr.Button(words("stop"), interactive=False, elem_id="stop", elem_classes="halt")
        self.cost = Piece("cost", "", elem_id="cost", elem_classes="cost only-photo")
        with gr.Column(elem_classes="only-done", elem_id="finishing"):
            self.keeping = Piece(
                "keep",
                pieces.markup("keep"),
                events=("save", "settings", "recipe"),
                value={},
                elem_id="keep",
                elem_classes="keep",
            )
        with gr.Row(elem_classes="after-run only-photo"):
            self.onward = gr.Button(words("continue"), elem_id="continue", elem_classes="only-done", size="sm")
            self.again = gr.Button(words("again"), elem_id="again", elem_classes="only-done", size="sm")
            self.back = gr.Button(words("undo"), elem_id="undo", size="sm")
        with gr.Row(elem_classes="strengths only-photo"):
            self.made |= {name: control(name, Recipe.settings()[name]) for name in FINISH}
        self.zip = gr.DownloadButton(words("zip"), visible=False, elem_id="zip")
        self.seen = strip("seen_row", "seen")
        self.film = strip("octave_row", "film", "only-done")
        self.history = strip("history", "history")

    def layout_controls(self) -> None:
        """Draw the controls, made from the recipe's table: the few first ones, and all others by group."""
        settings = Recipe.settings()
        self.made |= {name: control(name, settings[name]) for name in ("layers", *FIRST)}
        sizes = [(str(side) if side else words("size_full"), side) for side in SIDES]
        self.side = gr.Radio(
            sizes, value=SIDE, label=words("size"), info=words("size_help"), elem_id="sizes", elem_classes="pills"
        )
        with gr.Accordion(words("guide"), open=False, elem_id="guide"):
            gr.Markdown(words("guide_help"), elem_classes="note")
            self.guide = pieces.photo_input(label=words("guide"), show_label=False, elem_id="guide-picture", height=190)
        with gr.Accordion(words("advanced"), open=False, elem_id="advanced"):
            named = [
                (each.title, each.name) for each in PRESETS.values() if each.recipe.network in self.host.networks()
            ]
            self.published = gr.Dropdown(
                named, value=None, label=words("published"), info=words("published_help"), elem_id="published"
            )
            group = ""
            for name, setting in settings.items():
                if name in self.made:
                    continue
                if setting.group != group:
                    group = setting.group
                    gr.Markdown(words(f"group.{group}"), elem_classes="heading")
                self.made[name] = control(name, setting)
        self.made["network"].choices = [(name, name) for name in self.host.networks()]
        self.names = list(settings)
        self.controls = [self.made[name] for name in self.names]
        self.opened = [self.stage, self.cost, self.film, self.seen, self.zip]  # what a new photo changes
        self.with_side = [self.side, *self.controls]

    # ------------------------------------------------------------------ listeners

    def listen(self, page: gr.Blocks, tabs: gr.Tabs) -> None:
        """Connect the components with the functions above; none of these is an endpoint of the public API."""
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        at_once: dict[str, Any] = {**quiet, "queue": False}
        many: dict[str, Any] = {**quiet, "concurrency_limit": None}
        controls, layers, network = self.controls, self.made["layers"], self.made["network"]
        live: dict[str, Any] = {
            **many,
            "fn": self.preview,
            "inputs": controls,
            "outputs": [self.stage, self.cost],
            "trigger_mode": "always_last",
            "concurrency_id": "preview",
        }
        running = [self.stage, self.go, self.halt, self.film, self.history, self.zip]
        restored = [self.stage, self.film, self.history, self.cost, *controls]
        dreaming = [control for name, control in self.made.items() if name not in (*FINISH, "network")]

        self.stage.upload(self.open_upload, self.with_side, self.opened, **many).success(**live)
        self.stage.select(self.open_sample, self.with_side, self.opened, **many).success(**live)
        self.side.input(self.change_size, self.with_side, [self.stage, self.cost], **many).success(**live)
        self.stage.mask(self.set_mask, None, None, **many).success(**live)
        self.stage.point(self.point, controls, self.seen, **many)
        self.seen.select(self.choose_seen, None, layers, **at_once).success(**live)
        gr.on([self.guide.upload, self.guide.clear], self.set_guide, self.guide, self.guide, **many).success(**live)

        gr.on(_moves(dreaming), **live)
        finishing = _moves([self.made[name] for name in FINISH])
        gr.on(finishing, self.refinish, controls, self.stage, trigger_mode="always_last", **many)
        network.input(self.choose_network, network, layers, **many).success(**live)
        self.looks.select(self.choose_look, None, controls, **at_once).success(**live)
        self.published.input(self.choose_named, self.published, controls, **at_once).success(**live)

        starts = ((self.go.click, self.dream), (self.onward.click, self.go_on), (self.stage.shrink, self.shrink))
        for event, function in starts:
            run = event(function, controls, running, trigger_mode="once", **many)
            run.then(self.remember_settings, controls, self.memory, **at_once)
            run.failure(self.after_failure, None, running[:3], **at_once)
        self.halt.click(self.stop, None, None, **at_once)

        self.film.select(self.choose_octave, None, [self.stage, self.film], **many)
        self.history.select(self.restore, None, restored, **many)
        self.back.click(self.undo, None, restored, **many)
        self.again.click(self.dream_again, controls, self.opened, **many).success(**live)
        self.keeping.save(self.save, controls, self.keeping, **many)
        self.keeping.settings(self.share, controls, self.keeping, **at_once)
        for piece in (self.keeping, self.stage):
            piece.recipe(self.load_recipe, None, controls, **many).success(**live)
        page.load(self.open_page, self.memory, controls, **many)


def _moves(components: Sequence[gr.components.Component]) -> list[Any]:
    """Return the events by which people change controls: arrow keys never fire `release`, a preset never `input`."""
    inputs = [component.input for component in components]
    return inputs + [component.release for component in components if isinstance(component, gr.Slider)]
