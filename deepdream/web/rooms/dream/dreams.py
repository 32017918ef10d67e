"""The live preview and the dream itself."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from deepdream.errors import DreamError
from deepdream.images import Photo
from deepdream.recipe import Recipe
from deepdream.web.rooms.dream.actions import Actions, Values
from deepdream.web.rooms.events import data_of, language_of
from deepdream.web.rooms.photos import use_photo
from deepdream.web.rooms.results import keep_result, write_zip
from deepdream.web.rooms.stage import film_value, history_value, preview_stage, result_stage, stage_value
from deepdream.web.server.costs import SIDES
from deepdream.web.server.held import load_photo
from deepdream.web.server.messages import explained, sorry
from deepdream.web.server.previews import run_preview
from deepdream.web.server.render import Render
from deepdream.web.server.renders import fitting_side, follow, lasted, start_render
from deepdream.web.server.visitors import Result, Visitor
from deepdream.web.texts import say

if TYPE_CHECKING:
    from deepdream.networks import Network


class DreamActions(Actions):
    """Dream, at once and small while settings move, and at full size when asked."""

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
            network = await self.host.fetch(recipe.network)
            stage = await asyncio.to_thread(self.preview_now, visitor, recipe, network, generation)
        except DreamError as error:
            raise sorry(str(error)) from None
        yield (stage if stage is not None else gr.skip()), cost

    def preview_now(
        self, visitor: Visitor, recipe: Recipe, network: "Network", generation: int
    ) -> dict[str, Any] | None:
        """Dream a preview and return the stage with it, or None where a newer one is wanted."""
        photo = visitor.photo
        assert photo is not None

        def stale() -> bool:
            return visitor.closed or visitor.generation != generation or bool(visitor.renders)

        done = run_preview(
            photo,
            recipe,
            network=network,
            turns=self.host.turns,
            costs=self.host.costs,
            stale=stale,
            guide=visitor.guide,
            mask=visitor.mask,
        )
        if done is None or stale():
            return None
        visitor.preview = done
        return preview_stage(visitor, recipe, {"key": "ready"})

    async def dream(self, request: gr.Request, *values: Any) -> AsyncIterator[Values]:
        """Dream with the chosen settings: the stage, the buttons and the rows, four times a second."""
        visitor = self.visitor(request)
        if visitor.photo is None:
            raise sorry(say("no_photo", language_of(request)))
        recipe = self.recipe(values)
        if self.host.costs.of(recipe, visitor.photo.size).too_much:
            side = fitting_side(self.host, recipe, visitor.photo)
            if side is not None:
                stage = await self.host.do(preview_stage, visitor, recipe, {"key": "too_large"}, side)
                yield self.idle(visitor, stage)
                return
        await self.fetch(recipe)
        several = len(visitor.batch) > 1
        stream = self.dream_many if several else self.dream_one
        async for output in stream(visitor, recipe, request):
            yield output

    async def shrink(self, event: gr.EventData, request: gr.Request, *values: Any) -> AsyncIterator[Values]:
        """Bring the photo to the size that was offered, and dream."""
        visitor = self.visitor(request)
        side = data_of(event).get("side")
        if side in SIDES and visitor.batch and not visitor.renders:
            await self.host.do(use_photo, visitor, load_photo(visitor.batch[0][1]), int(side))
        async for output in self.dream(request, *values):
            yield output

    async def go_on(self, request: gr.Request, *values: Any) -> AsyncIterator[Values]:
        """Dream on at the full size from the picture that is there; it stays a dream of the same photo."""
        visitor = self.visitor(request)
        if visitor.current is None:
            raise sorry(say("gone", language_of(request)))
        await self.fetch(self.recipe(values))
        onward = self.recipe(values).replace(octaves=1, octaves_above=0, octave_sizes=(), start="photo")
        async for output in self.dream_one(visitor, onward, request, original=visitor.current):
            yield output

    async def fetch(self, recipe: Recipe) -> None:
        """Load a recipe's network before its render queues, so that nobody waits behind a download."""
        try:
            await self.host.fetch(recipe.network)
        except DreamError as error:
            raise sorry(str(error)) from None

    async def dream_one(
        self, visitor: Visitor, recipe: Recipe, request: gr.Request, *, original: Result | None = None
    ) -> AsyncIterator[Values]:
        """Run one render and show it as it grows; from the photo, or on from an `original` result."""
        photo = Photo(original.pixels(), original.photo.alpha) if original is not None else visitor.photo
        assert photo is not None
        render = start_render(
            self.host,
            visitor,
            photo,
            recipe,
            language=language_of(request),
            keep=lambda ended: self.keep(visitor, ended, original),
        )
        async for output in self.show(visitor, render, request):
            yield output

    async def show(self, visitor: Visitor, render: Render, request: gr.Request) -> AsyncIterator[Values]:
        """Follow a render to its end; it goes on where this breaks off, and can be followed again."""
        async for update in follow(self.host, visitor, render):
            yield self.busy(visitor, update.status, update.path)
        if visitor.closed:
            return
        if render.error is not None:
            raise explained(render.error, language_of(request))
        if render.kept is None:
            yield self.idle(visitor, stage_value(visitor, "ready", status={"key": "stopped_early"}))
            return
        status = {"key": "stopped" if render.stopped else "done", "seconds": lasted(render)}
        yield self.idle(visitor, await self.host.do(partial(result_stage, status=status), visitor, render.kept))

    async def dream_many(self, visitor: Visitor, recipe: Recipe, request: gr.Request) -> AsyncIterator[Values]:
        """Dream one photo after another, and give them all as a zip at the end."""
        made = list[Result]()
        batch, side = list(visitor.batch), visitor.side
        for number, (_, file) in enumerate(batch, start=1):
            visitor.mask = None  # it was painted on the first one
            await self.host.do(use_photo, visitor, load_photo(file), side)
            assert visitor.photo is not None
            render = start_render(
                self.host,
                visitor,
                visitor.photo,
                recipe,
                language=language_of(request),
                keep=lambda ended: self.keep(visitor, ended, None),
            )
            async for update in follow(self.host, visitor, render):
                yield self.busy(visitor, {**update.status, "photo": number, "photos": len(batch)}, update.path)
            if visitor.closed:
                return
            if render.error is not None:
                raise explained(render.error, language_of(request))
            if render.kept is not None:
                made.append(render.kept)
            if render.stopped:
                break
        if not made:
            yield self.idle(visitor, stage_value(visitor, "ready", status={"key": "stopped_early"}))
            return
        archive = await self.host.do(write_zip, visitor, made, [name for name, _ in batch])
        done = {"key": "batch_done", "n": len(made)}
        stage = await self.host.do(partial(result_stage, status=done), visitor, made[-1])
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
