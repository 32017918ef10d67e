"""The room where photos dream: one photo, one button, one large picture; every other control when it is wanted."""

import asyncio
import logging
import time
import zipfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from deepdream.errors import DreamError, ImageError
from deepdream.finishing import finish
from deepdream.images import Photo, read_image, read_recipe, resize, to_uint8, write_image
from deepdream.presets import PRESETS, preset
from deepdream.recipe import Recipe
from deepdream.web import pieces, sharing
from deepdream.web.controls import FINISH, FIRST, control, layer_menu, recipe_from, updates, words
from deepdream.web.costs import Cost
from deepdream.web.host import Host
from deepdream.web.pictures import looks, samples
from deepdream.web.pieces import Piece, strip
from deepdream.web.previews import run_preview, shrunk
from deepdream.web.rendering import Render, unfinished
from deepdream.web.seeing import strongest_at
from deepdream.web.texts import say
from deepdream.web.visitors import Result, Visitor, load_photo, uploaded_file

LOG = logging.getLogger(__name__)
SIDES = (512, 768, 1024, 1536, 2048, 0)  # pixels of the longer side; 0 is the photo's own size
SIDE = 1024
SHOWN_SIDE = 1600  # of the pictures sent to a browser; the saved file has the full size
STREAM_SIDE = 1280
RENDERS_A_VISITOR = 2  # one that runs and one that waits
FRAME_SECONDS = 0.25  # four frames a second are enough, and cost the ascent next to nothing
POLL_SECONDS = 0.02
THUMBNAIL = 220
MOST_FILM = 120e6  # bytes of frames kept for the filmstrip
UNCHANGED = Recipe()
FORMATS = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}

Values = tuple[Any, ...]


@dataclass(frozen=True)
class Update:
    """Tell how far a render is, and where its newest frame lies once there is one."""

    status: dict[str, Any]
    path: Path | None = None


class DreamTab:
    """Hold the components of the room and the functions that its listeners call."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.names: list[str] = []  # the settings that have a control, in the order of `controls`
        self.controls: list[gr.components.Component] = []
        self.made: dict[str, gr.components.Component] = {}

    # ------------------------------------------------------------------ photos in

    def open_upload(self, event: gr.EventData, request: gr.Request, side: float, *values: Any) -> Any:
        """Take the photos that a visitor uploaded: decode them, forget the files, show the first."""
        visitor = self.visitor(request)
        uploads = [
            (self.upload(item, request), _name_of(item)) for item in list(event.files)[: self.host.limits.photos]
        ]
        photos, carried, trouble = [], "", None
        for file, name in uploads:
            try:
                photos.append((name, read_image(file, max_megapixels=max(self.host.limits.megapixels, 40.0))))
                carried = _carried(file) if len(uploads) == 1 else ""
            except ImageError as error:
                trouble = error
            finally:
                self.host.visitors.uploads.drop(file)
        if not photos:
            raise _sorry(
                f"{say('not_a_picture', _language(request))} {trouble}"
                if trouble
                else say("no_photo", _language(request))
            )
        if trouble:
            gr.Warning(str(trouble))
        return self.take(visitor, photos, side, values, carried=carried)

    def open_sample(self, event: gr.EventData, request: gr.Request, side: float, *values: Any) -> Any:
        """Take one of the sample pictures."""
        chosen = next((sample for sample in samples() if sample["name"] == event.sample), None)
        if chosen is None:
            raise _sorry(say("gone", _language(request)))
        return self.take(self.visitor(request), [(chosen["name"], read_image(chosen["file"]))], side, values)

    def take(
        self, visitor: Visitor, photos: list[tuple[str, Photo]], side: float, values: Values, *, carried: str = ""
    ) -> Any:
        """Make photos the visitor's own, and return the stage, the cost and the empty filmstrip."""
        with visitor.lock:
            for _, old in visitor.batch:
                old.unlink(missing_ok=True)
            visitor.batch = [(name, visitor.keep_photo(photo)) for name, photo in photos]
            visitor.carried, visitor.mask, visitor.current, visitor.preview = carried, None, None, None
            self.use(visitor, photos[0][1], int(side))
        status = {"key": "photos_ready", "n": len(photos)} if len(photos) > 1 else {"key": "ready"}
        return (
            self.stage_value(visitor, "ready", status=status),
            self.cost_value(visitor, values),
            [],
            gr.update(visible=False),
        )

    def use(self, visitor: Visitor, photo: Photo, side: int) -> None:
        """Bring a photo to the chosen size and make its picture for the page."""
        visitor.photo, visitor.side = shrunk(photo, side) if side > 0 else photo, side
        if visitor.mask is not None:
            visitor.mask = resize(visitor.mask, visitor.photo.size)
        if visitor.photo_file is not None:
            visitor.frames.append(visitor.photo_file)  # a browser may be fetching it now: it goes with the old frames
        visitor.photo_file = visitor.write_picture(
            to_uint8(shrunk(visitor.photo, SHOWN_SIDE).pixels), quality=92, keep=True
        )

    def change_size(self, request: gr.Request, side: float, *values: Any) -> Any:
        """Bring the photo to another size."""
        visitor = self.visitor(request)
        if visitor.batch and int(side) in SIDES and not visitor.renders:
            with visitor.lock:
                visitor.current = None
                self.use(visitor, load_photo(visitor.batch[0][1]), int(side))
        return self.stage_value(visitor, "ready" if visitor.photo else "empty"), self.cost_value(visitor, values)

    async def shrink(self, event: gr.EventData, request: gr.Request, *values: Any) -> AsyncIterator[Any]:
        """Bring the photo to the size that was offered, and dream."""
        visitor = self.visitor(request)
        if event.side in SIDES and visitor.batch and not visitor.renders:
            with visitor.lock:
                self.use(visitor, load_photo(visitor.batch[0][1]), int(event.side))
        async for output in self.dream(request, *values):
            yield output

    def set_mask(self, event: gr.EventData, request: gr.Request) -> None:
        """Take a painted mask, or none: where its picture is opaque, the dream may go."""
        visitor = self.visitor(request)
        visitor.mask = None
        if event.path is None or visitor.photo is None:
            return
        file = self.upload({"path": event.path}, request)
        try:
            alpha = read_image(file, max_megapixels=4.0).alpha
        except ImageError as error:
            raise _sorry(str(error)) from None
        finally:
            self.host.visitors.uploads.drop(file)
        if alpha is not None:  # a canvas that is painted all over has no transparent place: no mask
            visitor.mask = (resize(alpha, visitor.photo.size) > 0.5).astype(np.float32)

    def set_guide(self, path: str | None, request: gr.Request) -> str | None:
        """Take a guide picture, or none; the page gets a copy, and the upload goes."""
        visitor = self.visitor(request)
        visitor.guide = None
        if path is None:
            return None
        file = Path(path)
        try:
            guide = shrunk(read_image(file), SIDE)
        except ImageError as error:
            raise _sorry(f"{say('not_a_picture', _language(request))} {error}") from None
        finally:
            self.host.visitors.uploads.drop(file)
        visitor.guide = guide.pixels
        return str(visitor.write_picture(guide.pixels, keep=True))

    # ------------------------------------------------------------------ the live preview

    async def preview(self, request: gr.Request, *values: Any) -> AsyncIterator[Any]:
        """Show a small quick dream of the newest settings; the newest wins, and an older one ends at its next step."""
        visitor = self.visitor(request)
        if visitor.photo is None or visitor.renders:
            yield gr.skip(), self.cost_value(visitor, values)
            return
        generation = visitor.next_generation()
        recipe = self.recipe(values, request)
        cost = self.cost_value(visitor, values)
        visitor.current = None
        if not self.host.warm.is_set():
            yield self.stage_value(visitor, "ready", status={"key": "warming"}), cost
        try:
            stage = await asyncio.to_thread(self.preview_now, visitor, recipe, generation)
        except DreamError as error:
            raise _sorry(str(error)) from None
        yield (stage if stage is not None else gr.skip()), cost

    async def quick(self, visitor: Visitor, photo: Photo, recipe: Recipe) -> Path | None:
        """Return the file of a preview of a dream on any photo."""
        try:
            network = await asyncio.to_thread(self.host.network, recipe.network)
            done = await asyncio.to_thread(
                run_preview,
                photo,
                recipe,
                network=network,
                turns=self.host.turns,
                costs=self.host.costs,
                stale=lambda: visitor.closed,
            )
        except DreamError as error:
            raise _sorry(str(error)) from None
        return visitor.write_picture(finished(done.image, done.photo, recipe, None)) if done is not None else None

    def preview_now(self, visitor: Visitor, recipe: Recipe, generation: int) -> dict[str, Any] | None:
        """Dream a preview and return the stage with it, or None where a newer one is wanted."""
        photo = visitor.photo
        assert photo is not None

        def stale() -> bool:
            return visitor.closed or visitor.generation != generation or bool(visitor.renders)

        done = run_preview(
            photo, recipe, network=self.host.network(recipe.network), turns=self.host.turns, costs=self.host.costs, stale=stale,
            guide=visitor.guide, mask=visitor.mask,
        )  # fmt: skip
        if done is None or stale():
            return None
        visitor.preview = done
        return self.stage_value(
            visitor, "ready", picture=self.finished_preview(visitor, recipe), preview=True, status={"key": "ready"}
        )

    def finished_preview(self, visitor: Visitor, recipe: Recipe) -> Path | None:
        """Return the file of the newest preview, finished as the recipe says."""
        if visitor.preview is None or visitor.closed:
            return None
        return visitor.write_picture(
            finished(visitor.preview.image, visitor.preview.photo, recipe, visitor.preview.mask), quality=85
        )

    # ------------------------------------------------------------------ the dream itself

    async def dream(self, request: gr.Request, *values: Any) -> AsyncIterator[Any]:
        """Dream with the chosen settings: the stage, the buttons and the rows, four times a second."""
        visitor = self.visitor(request)
        if visitor.photo is None:
            raise _sorry(say("no_photo", _language(request)))
        recipe = self.recipe(values, request)
        if self.host.costs.of(recipe, visitor.photo.size).too_much and (
            side := self.fitting(recipe, visitor.photo)
        ) < max(visitor.photo.size):
            picture = self.finished_preview(visitor, recipe)
            stage = self.stage_value(visitor, "ready", picture=picture, preview=True, status={"key": "too_large"})
            yield self.idle(visitor, {**stage, "offer": side})
            return
        if len(visitor.batch) > 1:
            stream = self.dream_many(visitor, recipe, request)
        else:
            stream = self.dream_one(visitor, visitor.photo, recipe, request)
        async for output in stream:
            yield output

    async def go_on(self, request: gr.Request, *values: Any) -> AsyncIterator[Any]:
        """Dream on at the full size from the picture that is there; it stays a dream of the same photo."""
        visitor = self.visitor(request)
        result = visitor.current
        if result is None:
            raise _sorry(say("gone", _language(request)))
        recipe = self.recipe(values, request)
        onward = recipe.replace(octaves=1, octaves_above=0, octave_sizes=(), start="photo")
        base = Photo(result.pixels(), result.photo.alpha)
        async for output in self.dream_one(visitor, base, onward, request, original=result):
            yield output

    async def dream_one(
        self, visitor: Visitor, photo: Photo, recipe: Recipe, request: gr.Request, *, original: Result | None = None
    ) -> AsyncIterator[Any]:
        """Run one render and show it as it grows."""
        render = self.start(visitor, photo, recipe, request)
        try:
            async for stage in self.follow(visitor, render):
                yield self.busy(stage)
            if visitor.closed:
                return
            if render.error is not None:
                raise self.explained(render, request)
            if render.delivered is None:
                yield self.idle(visitor, self.stage_value(visitor, "ready", status={"key": "stopped_early"}))
                return
            result = await asyncio.to_thread(self.keep_result, visitor, render, original)
            key = "stopped" if render.stopped else "done"
            yield self.idle(
                visitor, self.result_stage(visitor, result, status={"key": key, "seconds": _lasted(render)})
            )
        finally:
            self.end(visitor, render)

    async def dream_many(self, visitor: Visitor, recipe: Recipe, request: gr.Request) -> AsyncIterator[Any]:
        """Dream one photo after another, and give them all as a zip at the end."""
        made: list[Path] = []
        batch, side = list(visitor.batch), visitor.side
        for number, (_, file) in enumerate(batch, start=1):
            with visitor.lock:
                visitor.mask = None  # it was painted on the first one's shape
                self.use(visitor, load_photo(file), side)
            assert visitor.photo is not None
            render = self.start(visitor, visitor.photo, recipe, request)
            try:
                async for stage in self.follow(visitor, render):
                    yield self.busy({**stage, "status": {**stage["status"], "photo": number, "photos": len(batch)}})
                if visitor.closed:
                    return
                if render.error is not None:
                    raise self.explained(render, request)
                if render.delivered is not None:
                    result = await asyncio.to_thread(self.keep_result, visitor, render, None)
                    made.append(await asyncio.to_thread(self.write_file, visitor, result, recipe, "png"))
            finally:
                self.end(visitor, render)
            if render.stopped:
                break
        if not made or visitor.current is None:
            yield self.idle(visitor, self.stage_value(visitor, "ready", status={"key": "stopped_early"}))
            return
        archive = visitor.new_file(".zip")
        await asyncio.to_thread(_zip, archive, made, [name for name, _ in batch])
        status = {"key": "batch_done", "n": len(made)}
        outputs = list(self.idle(visitor, self.result_stage(visitor, visitor.current, status=status)))
        outputs[-1] = gr.update(value=str(archive), visible=True)
        yield tuple(outputs)

    def start(self, visitor: Visitor, photo: Photo, recipe: Recipe, request: gr.Request) -> Render:
        """Put a render into the queue, within what one visitor and this host may have."""
        language = _language(request)
        cost = self.host.costs.of(recipe, photo.size)
        if cost.too_much:
            side = self.fitting(recipe, photo)
            raise _sorry(say("too_much", language, time=f"{max(1.0, cost.seconds / 60):.0f} min", n=side))
        expected = cost.seconds
        render = Render(photo, recipe, self.host.turns, guide=visitor.guide, mask=visitor.mask, expected=expected)
        with visitor.lock:
            if len(visitor.renders) >= RENDERS_A_VISITOR:
                raise _sorry(say("busy_yours", language))
            visitor.generation += 1  # a preview that is at work gives way
            if not render.start():
                raise _sorry(say("busy_host", language))
            visitor.renders.append(render)
        return render

    def fitting(self, recipe: Recipe, photo: Photo) -> int:
        """Return the largest side that this host takes on for a dream that is too much for it."""
        sides = [side for side in SIDES if side]
        found = self.host.costs.fitting(recipe, photo.size, sides)
        return found if found is not None else min(sides)

    def end(self, visitor: Visitor, render: Render) -> None:
        """Take a render off its visitor, whatever became of it."""
        if not render.done.is_set():  # the page went away, or the event was cancelled
            render.stop()
        with visitor.lock:
            if render in visitor.renders:
                visitor.renders.remove(render)

    async def follow(self, visitor: Visitor, render: Render) -> AsyncIterator[dict[str, Any]]:
        """Yield the stage while a render waits and works."""
        async for update in self.frames(visitor, render):
            if update.path is None:
                picture = visitor.frames[-1] if visitor.frames and visitor.preview is not None else None
                yield self.stage_value(visitor, "waiting", picture=picture, status=update.status)
            else:
                progress = update.status["progress"]
                yield self.stage_value(
                    visitor, "dreaming", picture=update.path, status=update.status, progress=progress
                )

    async def frames(self, visitor: Visitor, render: Render) -> AsyncIterator[Update]:
        """Yield what a render shows: at once when something happens, its frames at most four times a second."""
        display = await asyncio.to_thread(shrunk, render.photo, STREAM_SIDE)
        place, version, shown_at = -1, 0, 0.0
        while not render.done.is_set() and not visitor.closed:
            now = time.monotonic()
            if render.started is None and render.place != place:
                place = render.place
                yield Update(self.waiting_status(place, render.wait))
            frame = render.frame
            if frame is not None and render.version != version and now - shown_at >= FRAME_SECONDS:
                version, shown_at = render.version, now
                path = await asyncio.to_thread(_write_frame, visitor, frame.image, display, render.recipe)
                if path is None:
                    return
                begun = render.started
                left = (
                    (now - begun) * (1 - frame.progress) / frame.progress
                    if begun is not None and 0 < frame.progress < 1
                    else None
                )
                status = {
                    "key": "dreaming", "octave": frame.octave, "octaves": frame.octaves, "step": frame.step,
                    "steps": frame.steps, "left": left, "progress": frame.progress,
                }  # fmt: skip
                yield Update(status, path)
            await asyncio.sleep(POLL_SECONDS)

    def waiting_status(self, place: int, wait: float) -> dict[str, Any]:
        """Say why a render has not begun."""
        if place > 0:
            return {"key": "queued_time", "place": place, "seconds": wait}
        return {"key": "starting" if self.host.warm.is_set() else "warming"}

    def explained(self, render: Render, request: gr.Request) -> gr.Error:
        """Turn what ended a render into what the visitor is told."""
        if isinstance(render.error, DreamError):
            return _sorry(str(render.error))
        return _sorry(say("mistake", _language(request)))

    def keep_result(self, visitor: Visitor, render: Render, original: Result | None) -> Result:
        """Put a finished render into the visitor's history, with its small pictures."""
        assert render.delivered is not None and render.frame is not None
        self.host.costs.learn(
            render.recipe,
            self.host.costs.work(render.recipe, render.photo.size) * render.frame.progress,
            render.seconds,
        )
        photo = original.photo if original is not None else render.photo
        recipe = (
            original.recipe.replace(**{name: getattr(render.recipe, name) for name in FINISH})
            if original is not None
            else render.recipe
        )
        record: dict[str, Any] = {"seconds": round(render.seconds, 2), "size": [photo.size[1], photo.size[0]]}
        if render.stopped:
            record["stopped"] = {"octave": render.frame.octave, "step": render.frame.step}
        if original is not None:
            record["continued"] = int(original.record.get("continued", 0)) + 1
        result = Result(
            f"dream-{len(visitor.results) + 1}", recipe, photo, render.delivered, record=record, mask=render.mask
        )
        if original is None and sum(frame.image.nbytes for frame in render.every_octave.values()) < MOST_FILM:
            result.frames = {
                octave: frame for octave, frame in render.every_octave.items() if octave < render.frame.octave
            }
        visitor.remember(result)
        if visitor.closed:
            return result
        for octave, frame in sorted(result.frames.items()):
            result.film.append((octave, visitor.write_picture(_small(frame.image), keep=True)))
        result.thumbnail = visitor.write_picture(_small(self.finished(result, recipe, side=2 * THUMBNAIL)), keep=True)
        if result.film:
            result.film.append((render.frame.octave, result.thumbnail))
        return result

    def stop(self, request: gr.Request) -> None:
        """Ask the visitor's renders to end and to deliver what they have."""
        visitor = self.visitor(request)
        for render in list(visitor.renders):
            render.stop(keep=True)

    # ------------------------------------------------------------------ after the run

    def refinish(self, request: gr.Request, *values: Any) -> Any:
        """Apply strength, keep_colors and contrast anew, to the result or the preview, without a new dream."""
        visitor = self.visitor(request)
        recipe = self.recipe(values, request)
        if visitor.renders:
            return gr.skip()
        if visitor.current is not None:
            visitor.current.recipe = visitor.current.recipe.replace(**{name: getattr(recipe, name) for name in FINISH})
            return self.result_stage(visitor, visitor.current)
        picture = self.finished_preview(visitor, recipe)
        return (
            self.stage_value(visitor, "ready", picture=picture, preview=True, status={"key": "ready"})
            if picture
            else gr.skip()
        )

    def finished(self, result: Result, recipe: Recipe, *, side: int = 0) -> np.ndarray:
        """Return a result as `finish` makes it, at full size or with a longer side of `side` pixels."""
        raw, photo, mask = result.pixels(), result.photo, result.mask
        if side and max(photo.size) > side:
            raw, photo = shrunk(Photo(raw), side).pixels, shrunk(photo, side)
            mask = resize(mask, photo.size) if mask is not None else None
        return finished(raw, photo, recipe, mask)

    def pick_octave(self, event: gr.EventData, request: gr.Request) -> Any:
        """Take a frame of the filmstrip for the result: the dream as it was at the end of that octave."""
        from deepdream.dreaming import deliver

        visitor = self.visitor(request)
        result = visitor.current
        octave = event.id
        if result is None or octave not in [one for one, _ in result.film]:
            raise _sorry(say("gone", _language(request)))
        if result.final is None:
            result.final = result.raw
        if octave not in result.frames:  # the end of the run
            result.raw, result.picked = result.final, None
        else:
            result.raw = np.asarray(deliver(result.frames[octave], result.photo, unfinished(result.recipe)), np.float32)
            result.picked = octave
        return self.result_stage(visitor, result), self.film_value(result)

    def restore(self, event: gr.EventData, request: gr.Request) -> Any:
        """Bring back a picture of the history with its photo and settings."""
        visitor = self.visitor(request)
        result = next((each for each in visitor.results if each.name == event.id), None)
        if result is None:
            raise _sorry(say("gone", _language(request)))
        return self.show_result(visitor, result)

    def undo(self, request: gr.Request) -> Any:
        """Go back to the result before the one that is shown, or to the newest."""
        visitor = self.visitor(request)
        if not visitor.results or visitor.renders:
            return tuple(gr.skip() for _ in range(4 + len(self.controls)))
        index = (
            visitor.results.index(visitor.current) - 1
            if visitor.current in visitor.results
            else len(visitor.results) - 1
        )
        return self.show_result(visitor, visitor.results[max(0, index)])

    def show_result(self, visitor: Visitor, result: Result) -> Any:
        """Make a result the current one: stage, cost, filmstrip, history, controls."""
        with visitor.lock:
            visitor.current, visitor.preview = result, None
            visitor.next_generation()
            if visitor.photo is not result.photo:
                visitor.mask = result.mask
                visitor.batch = [(result.name, visitor.keep_photo(result.photo))]
                self.use(visitor, result.photo, 0)
        stage = self.result_stage(visitor, result, status={"key": "restored"})
        return (
            stage,
            self.film_value(result),
            self.history_value(visitor),
            _cost(self.cost_of(visitor, result.recipe)),
            *updates(self.names, result.recipe),
        )

    def dream_again(self, request: gr.Request, *values: Any) -> Any:
        """Make the picture that is shown the photo of the next dream."""
        visitor = self.visitor(request)
        result = visitor.current
        if result is None or visitor.renders:
            raise _sorry(say("gone", _language(request)))
        photo = Photo(self.finished(result, result.recipe), result.photo.alpha)
        return self.take(visitor, [(result.name, photo)], 0, values)

    # ------------------------------------------------------------------ keep and share

    def save(self, event: gr.EventData, request: gr.Request) -> dict[str, Any]:
        """Write the picture that is shown, with its recipe inside, and hand its file to the browser."""
        visitor = self.visitor(request)
        if visitor.current is None or event.format not in FORMATS:
            raise _sorry(say("gone", _language(request)))
        try:
            path = self.write_file(visitor, visitor.current, visitor.current.recipe, event.format)
        except ImageError as error:
            raise _sorry(str(error)) from None
        return {"file": _file(path), "name": f"{visitor.current.name}{path.suffix}", "stamp": time.time_ns()}

    def write_file(self, visitor: Visitor, result: Result, recipe: Recipe, format: str) -> Path:
        """Write a result in full size and return the file."""
        path = visitor.new_file(FORMATS[format])
        record = dict(result.record) | ({"octave": result.picked} if result.picked is not None else {})
        write_image(path, self.finished(result, recipe), recipe=recipe, record=record, alpha=result.photo.alpha)
        with visitor.lock:
            visitor.frames.append(path)
        return path

    def share(self, request: gr.Request, *values: Any) -> dict[str, Any]:
        """Return the settings as a link, a command and Python."""
        visitor = self.visitor(request)
        recipe = self.recipe(values, request)
        try:
            texts = sharing.share_texts(recipe)
        except DreamError as error:
            raise _sorry(str(error)) from None
        return {**texts, "stays": visitor.mask is not None or visitor.guide is not None}

    def load_recipe(self, event: gr.EventData, request: gr.Request) -> Any:
        """Take the settings in a picture, in a JSON file, or that the photo itself brought along."""
        data = event._data if isinstance(event._data, dict) else {}
        query = data.get("query")
        if isinstance(query, str) and query:
            try:
                return updates(self.names, sharing.recipe_from_link(query))
            except DreamError as error:
                raise _sorry(str(error)) from None
        files = data.get("files")
        file = self.upload(files[0] if isinstance(files, list) and files else {}, request)
        try:
            recipe = read_recipe(file)
        except DreamError as error:
            raise _sorry(f"{say('no_settings', _language(request))} {error}") from None
        finally:
            self.host.visitors.uploads.drop(file)
        return updates(self.names, recipe)

    def choose_look(self, event: gr.EventData) -> Any:
        """Set the controls to a look."""
        return self.choose_named(event.name)

    def choose_named(self, name: str | None) -> Any:
        """Set the controls to a preset; what is done after the run keeps the preset's own values too."""
        if name is None:
            return [gr.skip() for _ in self.names]
        try:
            return updates(self.names, preset(str(name)))
        except DreamError as error:
            raise _sorry(str(error)) from None

    def choose_network(self, name: str) -> Any:
        """Show the layers of another network, and begin with the layers that it is best known for."""
        try:
            network = self.host.network(name)
            return gr.update(value=[list(pair) for pair in network.default_layers], menu=layer_menu(name))
        except DreamError as error:
            raise _sorry(str(error)) from None

    async def point(self, event: gr.EventData, request: gr.Request, *values: Any) -> list[dict[str, Any]]:
        """List the channels that answer most strongly at a place of the photo."""
        visitor = self.visitor(request)
        if visitor.photo is None:
            raise _sorry(say("no_photo", _language(request)))
        try:
            place = (min(1.0, max(0.0, float(event.x))), min(1.0, max(0.0, float(event.y))))
            recipe = self.recipe(values, request)
            network = await asyncio.to_thread(self.host.network, recipe.network)
            return await asyncio.to_thread(strongest_at, network, visitor.photo, place, self.host.turns)
        except DreamError as error:
            raise _sorry(str(error)) from None
        except (TypeError, ValueError, AttributeError):
            raise _sorry(say("gone", _language(request))) from None

    def choose_seen(self, event: gr.EventData) -> list[list[Any]]:
        """Dream on one of the channels that were listed."""
        return [[str(event.id)[:120], 1.0]]

    def open_page(self, request: gr.Request, remembered: str | None) -> Any:
        """Set the controls to the link's settings, else to those of the last visit."""
        query = request.query_params.get("r") if request.query_params else None
        text = query if query is not None else remembered
        try:
            recipe = sharing.recipe_from_link(text if isinstance(text, str) else "")
        except DreamError:
            if query is not None:
                gr.Warning(say("bad_link", _language(request)))
            recipe = Recipe()
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

    def recipe(self, values: Sequence[Any], request: gr.Request) -> Recipe:
        """Return the recipe of the controls' values, or show what is wrong with them."""
        try:
            return recipe_from(self.names, values)
        except DreamError as error:
            raise _sorry(str(error)) from None

    def upload(self, item: Any, request: gr.Request) -> Path:
        """Return the file of an upload that a browser names, or refuse it."""
        path = uploaded_file(item.get("path") if isinstance(item, dict) else None, self.host.visitors.root)
        if path is None:
            raise _sorry(say("not_uploaded", _language(request)))
        return path

    def stage_value(
        self,
        visitor: Visitor,
        state: str,
        *,
        picture: Path | None = None,
        preview: bool = False,
        status: dict[str, Any] | None = None,
        progress: float | None = None,
    ) -> dict[str, Any]:
        """Return what the stage shows, as plain data."""
        if visitor.photo is None or visitor.photo_file is None:
            return {"state": "empty", "status": status}
        height, width = visitor.photo.size
        return {
            "state": state,
            "photo": _file(visitor.photo_file),
            "picture": _file(picture) if picture is not None else None,
            "width": width,
            "height": height,
            "preview": preview,
            "carried": visitor.carried,
            "status": status,
            "progress": progress,
        }

    def result_stage(self, visitor: Visitor, result: Result, *, status: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the stage with a result on it."""
        picture = visitor.write_picture(to_uint8(self.finished(result, result.recipe, side=SHOWN_SIDE)), quality=92)
        return self.stage_value(visitor, "done", picture=picture, status=status)

    def film_value(self, result: Result | None) -> list[dict[str, Any]]:
        """Return the filmstrip's items: the end of each octave."""
        if result is None or not result.film:
            return []
        of, last = len(result.film), result.film[-1][0]
        return [
            {
                "id": octave, "key": "octave_of", "n": octave, "of": of, "picture": _file(path),
                "current": octave == (result.picked if result.picked is not None else last),
            }
            for octave, path in result.film
        ]  # fmt: skip

    def history_value(self, visitor: Visitor) -> list[dict[str, Any]]:
        """Return the history's items, newest first."""
        return [
            {
                "id": result.name,
                "name": result.name.replace("dream-", "№ "),
                "picture": _file(result.thumbnail),
                "current": result is visitor.current,
            }
            for result in reversed(visitor.results)
            if result.thumbnail is not None
        ]

    def cost_of(self, visitor: Visitor, recipe: Recipe) -> Cost | None:
        """Return what a dream on the visitor's photos would cost."""
        if visitor.photo is None:
            return None
        cost = self.host.costs.of(recipe, visitor.photo.size)
        return replace(cost, seconds=cost.seconds * max(1, len(visitor.batch)))

    def cost_value(self, visitor: Visitor, values: Values) -> dict[str, Any] | None:
        """Return the cost as plain data."""
        try:
            return _cost(self.cost_of(visitor, recipe_from(self.names, values)))
        except DreamError:
            return None

    def busy(self, stage: dict[str, Any]) -> tuple[Any, ...]:
        """Return the outputs of a dream under way."""
        return (
            stage,
            gr.update(interactive=False),
            gr.update(interactive=True),
            gr.skip(),
            gr.skip(),
            gr.update(visible=False),
        )

    def idle(self, visitor: Visitor, stage: dict[str, Any]) -> tuple[Any, ...]:
        """Return the outputs once a dream has ended."""
        rows = self.film_value(visitor.current), self.history_value(visitor)
        return stage, gr.update(interactive=True), gr.update(interactive=False), *rows, gr.skip()

    # ------------------------------------------------------------------ layout

    def layout(self) -> None:
        """Draw the room: the picture first, then the controls; the style sheet puts them side by side."""
        with gr.Row(elem_id="studio"):
            with gr.Column(elem_id="canvas"):
                self.stage = Piece(
                    "stage", pieces.STAGE, events=("upload", "select", "mask", "point", "recipe", "shrink"), elem_classes="stage", elem_id="stage",
                    value={"state": "empty"}, samples=[{key: sample[key] for key in ("name", "picture")} for sample in samples()],
                    most_photos=self.host.limits.photos,
                )  # fmt: skip
                with gr.Row(elem_id="actions"):
                    self.go = gr.Button(words("dream"), variant="primary", elem_id="dream")
                    self.halt = gr.Button(words("stop"), interactive=False, elem_id="stop")
                self.cost = Piece("cost", "", elem_id="cost", elem_classes="only-photo")
                with gr.Column(elem_classes="only-done", elem_id="finishing"):
                    self.keep = Piece(
                        "keep",
                        pieces.KEEP,
                        events=("save", "settings", "recipe"),
                        elem_classes="keep",
                        elem_id="keep",
                        value={},
                    )
                with gr.Row(elem_classes="after-run only-photo"):
                    self.onward = gr.Button(words("continue"), elem_id="continue", elem_classes="only-done", size="sm")
                    self.again = gr.Button(words("again"), elem_id="again", elem_classes="only-done", size="sm")
                    self.back = gr.Button(words("undo"), elem_id="undo", size="sm")
                with gr.Row(elem_id="strengths", elem_classes="only-photo"):
                    self.made = {name: control(name, Recipe.settings()[name]) for name in FINISH}
                self.zip = gr.DownloadButton(words("zip"), visible=False, elem_id="zip")
                self.seen = strip("seen_row", "seen")
                self.film = strip("octave_row", "film", "only-done")
                self.history = strip("history", "history")
            with gr.Column(elem_id="panel"):
                self.looks = Piece(
                    "chips", pieces.CHIPS, events=("select",), elem_id="looks", value="compact_default", looks=looks()
                )
                self.layout_controls()
        self.memory = gr.BrowserState("", storage_key="deepdream-settings", secret="deepdream")

    def layout_controls(self) -> None:
        """Draw the controls, made from the recipe's table: the few first ones, and all others by group."""
        settings = Recipe.settings()
        made = self.made
        made["layers"] = control("layers", settings["layers"])
        for name in FIRST:
            made[name] = control(name, settings[name])
        self.side = gr.Radio(
            [(str(side) if side else words("size_full"), side) for side in SIDES], value=SIDE, label=words("size"),
            info=words("size_help"), elem_id="sizes",
        )  # fmt: skip
        with gr.Accordion(words("guide"), open=False, elem_id="guide"):
            self.guide = pieces.PhotoInput(label=words("guide"), show_label=False, elem_id="guide-picture", height=190)
        with gr.Accordion(words("advanced"), open=False, elem_id="advanced"):
            known = [each for each in PRESETS.values() if each.recipe.network in self.known_networks()]
            self.published = gr.Dropdown(
                [(each.title, each.name) for each in known], value=None, label=words("published"), elem_id="published"
            )
            group = ""
            for name, setting in settings.items():
                if name in made:
                    continue
                if setting.group != group:
                    group = setting.group
                    gr.Markdown(words(f"group.{group}"), elem_classes="heading")
                made[name] = control(name, setting)
        self.names = [name for name in settings if name in made]
        self.controls = [made[name] for name in self.names]

    def known_networks(self) -> tuple[str, ...]:
        """Return the networks that this page can load."""
        from deepdream.networks import network_names

        return network_names()

    # ------------------------------------------------------------------ listeners

    def listen(self, page: gr.Blocks) -> None:
        """Connect the components with the functions above; none of these is an endpoint of the public API."""
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        at_once: dict[str, Any] = {**quiet, "queue": False}
        many: dict[str, Any] = {**quiet, "concurrency_limit": None}
        live: dict[str, Any] = {
            "fn": self.preview, "inputs": self.controls, "outputs": [self.stage, self.cost], "trigger_mode": "always_last",
            "concurrency_id": "preview", **many,
        }  # fmt: skip
        opened = [self.stage, self.cost, self.film, self.zip]
        with_side = [self.side, *self.controls]
        running = [self.stage, self.go, self.halt, self.film, self.history, self.zip]
        restored = [self.stage, self.film, self.history, self.cost, *self.controls]

        self.stage.upload(self.open_upload, with_side, opened, **many).success(**live)
        self.stage.select(self.open_sample, with_side, opened, **many).success(**live)
        self.side.input(self.change_size, with_side, [self.stage, self.cost], **many).success(**live)
        self.stage.mask(self.set_mask, None, None, **many).success(**live)
        self.stage.point(self.point, self.controls, self.seen, **many)
        self.seen.select(self.choose_seen, None, self.made["layers"], **at_once).success(**live)
        gr.on([self.guide.upload, self.guide.clear], self.set_guide, self.guide, self.guide, **many).success(**live)

        finishing = [component for name, component in self.made.items() if name in FINISH]
        dreaming = [component for name, component in self.made.items() if name not in (*FINISH, "network")]
        gr.on(_moves(dreaming), **live)
        gr.on(_moves(finishing), self.refinish, self.controls, self.stage, trigger_mode="always_last", **many)
        self.made["network"].input(self.choose_network, self.made["network"], self.made["layers"], **many).success(
            **live
        )
        self.looks.select(self.choose_look, None, self.controls, **at_once).success(**live)
        self.published.input(self.choose_named, self.published, self.controls, **at_once).success(**live)

        for event, function in (
            (self.go.click, self.dream),
            (self.onward.click, self.go_on),
            (self.stage.shrink, self.shrink),
        ):
            run = event(function, self.controls, running, trigger_mode="once", **many)
            run.then(self.remember_settings, self.controls, self.memory, **at_once)
            run.failure(self.after_failure, None, running[:3], **at_once)
        self.halt.click(self.stop, None, None, **at_once)

        self.film.select(self.pick_octave, None, [self.stage, self.film], **many)
        self.history.select(self.restore, None, restored, **many)
        self.back.click(self.undo, None, restored, **many)
        self.again.click(self.dream_again, self.controls, opened, **many).success(**live)
        self.keep.save(self.save, None, self.keep, **many)
        self.keep.settings(self.share, self.controls, self.keep, **at_once)
        for piece in (self.keep, self.stage):
            piece.recipe(self.load_recipe, None, self.controls, **many).success(**live)
        page.load(self.open_page, self.memory, self.controls, **many)

    def after_failure(self, request: gr.Request) -> Any:
        """Free the buttons after a dream that failed."""
        visitor = self.visitor(request)
        state = "done" if visitor.current is not None else "ready"
        stage = (
            self.result_stage(visitor, visitor.current)
            if visitor.current is not None
            else self.stage_value(visitor, state)
        )
        return stage, gr.update(interactive=True), gr.update(interactive=False)


def finished(raw: np.ndarray, photo: Photo, recipe: Recipe, mask: np.ndarray | None) -> np.ndarray:
    """Apply what is done after the run, of which `raw` has only the mask; without a change `raw` itself is the picture."""
    if all(getattr(recipe, name) == getattr(UNCHANGED, name) for name in FINISH):
        return raw
    return finish(raw, photo.pixels, recipe, mask)


def _moves(components: Sequence[gr.components.Component]) -> list[Any]:
    """Return the events by which people change controls: arrow keys never fire `release`, a preset never `input`."""
    events = []
    for component in components:
        events.append(component.input)
        if isinstance(component, gr.Slider):
            events.append(component.release)
    return events


def _write_frame(visitor: Visitor, image: np.ndarray, display: Photo, recipe: Recipe) -> Path | None:
    """Write a frame at the display's size, finished as the recipe says, so that the picture never jumps."""
    picture = finished(resize(np.clip(image, 0.0, 1.0), display.size), display, recipe, None)
    try:
        return visitor.write_picture(picture, quality=85)
    except OSError:  # the visitor left, and the folder with them
        return None


def _zip(archive: Path, files: Sequence[Path], names: Sequence[str]) -> None:
    """Put finished pictures into one file; they are compressed already."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as target:
        for number, (file, name) in enumerate(zip(files, names, strict=False), start=1):
            target.write(file, f"{number:02d}-{_safe(name)}{file.suffix}")


def _safe(name: str) -> str:
    stem = "".join(character if character.isalnum() or character in "-_" else "-" for character in Path(name).stem)
    return stem[:60] or "photo"


def _small(image: np.ndarray) -> np.ndarray:
    return shrunk(Photo(np.clip(image, 0.0, 1.0).astype(np.float32, copy=False)), THUMBNAIL).pixels


def _file(path: Path | None) -> dict[str, Any] | None:
    """Describe a file so that Gradio turns it into a URL below the page's own address."""
    return {"path": str(path), "meta": {"_type": "gradio.FileData"}} if path is not None else None


def _cost(cost: Cost | None) -> dict[str, Any] | None:
    return None if cost is None else {
        "seconds": cost.seconds, "width": cost.width, "height": cost.height, "memory": cost.memory, "too_much": cost.too_much
    }  # fmt: skip


def _lasted(render: Render) -> float:
    return time.monotonic() - render.started if render.started is not None else 0.0


def _carried(file: Path) -> str:
    """Return the settings in a photo that was dreamed before, as a link's text, or ""."""
    try:
        return sharing.link_query(read_recipe(file))
    except DreamError:
        return ""


def _name_of(item: Any) -> str:
    name = item.get("name") if isinstance(item, dict) else None
    return name[:100] if isinstance(name, str) else "photo"


def _language(request: gr.Request) -> str | None:
    return request.headers.get("accept-language") if request.headers else None


def _sorry(message: str) -> gr.Error:
    """Make the error that a visitor sees: our words alone, no traceback in the log."""
    return gr.Error(message, print_exception=False)
