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
from deepdream.settings.targets import parse_target
from deepdream.web.components.controls import recipe_from
from deepdream.web.rooms.dream.actions import SETTINGS, Actions, Values
from deepdream.web.rooms.events import data_of, language_of
from deepdream.web.rooms.photos import use_photo
from deepdream.web.rooms.results import keep_result, write_zip
from deepdream.web.rooms.sharing import look_of
from deepdream.web.rooms.stage import (
    film_value,
    history_value,
    preview_stage,
    result_stage,
    stage_value,
    standing_stage,
)
from deepdream.web.server.costs import SIDES
from deepdream.web.server.held import load_photo
from deepdream.web.server.messages import explained, sorry
from deepdream.web.server.previews import run_preview
from deepdream.web.server.render import Render
from deepdream.web.server.renders import POLL_SECONDS, fitting_side, follow, lasted, start_render
from deepdream.web.server.visitors import Result, Visitor
from deepdream.web.texts import say

if TYPE_CHECKING:
    from deepdream.networks import Network


class DreamActions(Actions):
    """Dream, at once and small while settings move, and at full size when asked."""

    async def preview(self, request: gr.Request, *values: Any) -> AsyncIterator[Any]:
        """Show a small quick dream of the newest settings; the newest wins, an older one ends at its next step."""
        visitor = self.visitor(request)
        await ending(visitor)
        about = self.cost_now(visitor, values), *told(values)
        if visitor.photo is None or visitor.renders:
            yield gr.skip(), *about
            return
        recipe = self.recipe(values)
        generation = visitor.next_generation()
        if visitor.current is not None and visitor.current.recipe == recipe and not visitor.repainted:
            late = visitor.preview is None  # else a preview of other settings lies over the dream of these
            yield gr.skip() if late else self.lifted(visitor), *about
            return
        visitor.repainted = False
        if guide_leads_nothing(visitor, recipe):
            yield self.clash(visitor), *about
            return
        if not self.host.warm.is_set() or recipe.network not in self.host.loaded:
            waiting = "fetching" if self.host.warm.is_set() else "warming"
            yield standing_stage(visitor, {"key": waiting}), *about
        try:
            network = await self.host.fetch(recipe.network)
            stage = await self.host.preview(self.preview_now, visitor, recipe, network, generation)
        except DreamError as error:
            raise sorry(str(error)) from None
        yield (stage if stage is not None else gr.skip()), *about

    def clash(self, visitor: Visitor) -> dict[str, Any]:
        """Return the stage that says why a guide picture cannot lead these settings, with the way out."""
        return {**standing_stage(visitor, {"key": "guide_clash"}), "remedy": "guide"}

    def lifted(self, visitor: Visitor) -> dict[str, Any]:
        """Take the preview away from over the finished dream, and return the stage."""
        visitor.preview = None
        return standing_stage(visitor, {"key": "restored"})

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
        if guide_leads_nothing(visitor, recipe):
            yield self.idle(visitor, self.clash(visitor))
            return
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
        shown, name = visitor.photo, visitor.photo_name
        photo = Photo(original.pixels(), original.photo.alpha) if original is not None else shown
        assert photo is not None
        render = start_render(
            self.host,
            visitor,
            photo,
            recipe,
            language=language_of(request),
            keep=partial(self.keep, visitor, original=original, shown=shown, name=name),
        )
        async for output in self.show(visitor, render, request):
            yield output

    async def show(self, visitor: Visitor, render: Render, request: gr.Request) -> AsyncIterator[Values]:
        """Follow a render to its end; it goes on where this breaks off, and can be followed again."""
        shown = visitor.photo
        async for update in follow(self.host, visitor, render):
            if visitor.photo is shown:
                yield self.busy(visitor, update.status, update.path)
        if visitor.closed:
            return
        if render.error is not None:
            raise explained(render.error, language_of(request))
        if visitor.photo is not shown:
            yield self.aside(visitor)
            return
        if render.kept is None:
            yield self.idle(visitor, standing_stage(visitor, {"key": "stopped_early"}))
            return
        status = {"key": "stopped" if render.stopped else "done", "seconds": lasted(render)}
        yield self.idle(visitor, await self.host.do(partial(result_stage, status=status), visitor, render.kept))

    async def dream_many(self, visitor: Visitor, recipe: Recipe, request: gr.Request) -> AsyncIterator[Values]:
        """Dream one photo after another, and give them all as a zip at the end."""
        made = list[Result]()
        brought, side = visitor.batch, visitor.side
        batch = list(brought)
        for number, (name, file) in enumerate(batch, start=1):
            visitor.mask = None  # it was painted on the first one
            await self.host.do(use_photo, visitor, load_photo(file), side)
            assert visitor.photo is not None
            shown = visitor.photo
            render = start_render(
                self.host,
                visitor,
                shown,
                recipe,
                language=language_of(request),
                keep=partial(self.keep, visitor, original=None, shown=shown, name=name),
            )
            async for update in follow(self.host, visitor, render):
                if visitor.batch is brought:
                    yield self.busy(visitor, {**update.status, "photo": number, "photos": len(batch)}, update.path)
            if visitor.closed:
                return
            if render.error is not None:
                raise explained(render.error, language_of(request))
            if render.kept is not None:
                made.append(render.kept)
            if render.stopped or visitor.batch is not brought:  # other photos came
                break
        if visitor.batch is not brought:
            yield self.aside(visitor)
            return
        if not made:
            yield self.idle(visitor, standing_stage(visitor, {"key": "stopped_early"}))
            return
        archive = await self.host.do(write_zip, visitor, made, [name for name, _ in batch])
        done = {"key": "batch_done", "n": len(made)}
        stage = await self.host.do(partial(result_stage, status=done), visitor, made[-1])
        yield *self.idle(visitor, stage)[:-1], gr.update(value=str(archive), visible=True)

    def keep(self, visitor: Visitor, render: Any, *, original: Result | None, shown: Photo | None, name: str) -> Result:
        """Keep what a render delivered, and learn from it how fast this host is.

        shown: the photo that was on the stage, of this `name`; where another is by now, that one stays.
        """
        work = self.host.costs.work(render.recipe, render.photo.size) * render.frame.progress
        self.host.costs.learn(render.recipe, work, render.seconds)
        kept = keep_result(visitor, render, original, name)
        if visitor.photo is shown:
            visitor.preview = None
        else:
            visitor.current = None
        return kept

    def stop(self, request: gr.Request) -> None:
        """Ask the visitor's renders to end and to deliver what they have."""
        for render in list(self.visitor(request).renders):
            render.stop(keep=True)

    def after_failure(self, request: gr.Request) -> Values:
        """Free the buttons after a dream that failed."""
        stage = standing_stage(self.visitor(request))
        return stage, gr.update(interactive=True), gr.update(interactive=False)

    def aside(self, visitor: Visitor) -> Values:
        """Return the outputs of a dream that has ended while another photo is on the stage."""
        buttons = gr.update(interactive=True), gr.update(interactive=False)
        return gr.skip(), *buttons, gr.skip(), history_value(visitor), gr.skip()

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


async def ending(visitor: Visitor) -> None:
    """Wait until the renders that were asked to stop have ended; one that was not, runs on."""
    while visitor.renders and all(render.stopping for render in visitor.renders):
        await asyncio.sleep(POLL_SECONDS)


def told(values: Values) -> tuple[str, list[str]]:
    """Return the look that the controls' values are, and the names of those that differ from the usual."""
    try:
        recipe = recipe_from(SETTINGS, values)
    except DreamError:
        return "", []
    return look_of(recipe), list(recipe.changes())


def guide_leads_nothing(visitor: Visitor, recipe: Recipe) -> bool:
    """Say whether a guide picture meets settings that name no whole layer, which is what it could lead."""
    targets = [parse_target(name) for name, _ in recipe.layers]
    return visitor.guide is not None and all(
        target.channel is not None or target.place is not None for target in targets
    )
