"""The live preview and the dream itself."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from deepdream.browser.table import lacking
from deepdream.images import Photo
from deepdream.networks import Network
from deepdream.presets import to_link
from deepdream.recipe import Recipe
from deepdream.settings.targets import parse_target
from deepdream.web.rooms.dream.keeping import film_value, keep_result, write_zip
from deepdream.web.rooms.dream.ongoing import Ongoing
from deepdream.web.rooms.dream.settings import preset_and_changes
from deepdream.web.rooms.dream.state import DreamState
from deepdream.web.rooms.shared.actions import CHANGED, Actions, Values, batch_cost, buttons, ending, newer_wish
from deepdream.web.rooms.shared.photos import Material, use_photo
from deepdream.web.rooms.shared.results import History, Result
from deepdream.web.rooms.shared.sharing import link_query
from deepdream.web.rooms.shared.stage import stage_value
from deepdream.web.server.beginnings import Beginning
from deepdream.web.server.costs import SIDES, Planned
from deepdream.web.server.events import data_of, language_of
from deepdream.web.server.held import load_photo
from deepdream.web.server.messages import warn_of
from deepdream.web.server.previews import run_preview
from deepdream.web.server.render import Render
from deepdream.web.server.renders import new_render, run_render
from deepdream.web.server.visitors import Visitor


class DreamActions(Actions):
    """Dream, at once and small while settings move, and at full size when asked."""

    async def preview(self, request: gr.Request, *values: Any) -> AsyncIterator[Any]:
        """Show a small quick dream of the newest settings; the newest wins, an older one ends at its next step."""
        visitor, recipe = self.visitor(request), self.recipe(values)
        await ending(visitor)
        planned, state = self.plan(visitor, recipe), visitor.of(DreamState)
        state.recipe, state.previewed = recipe, None
        about = batch_cost(visitor, planned), *preset_and_changes(recipe), link_query(recipe)
        if planned is None or visitor.renders:
            yield gr.skip(), *about
            return
        stale = newer_wish(visitor, visitor.next_generation())
        standing = await self.host.preview(self.elsewhere, visitor, recipe)
        if standing is not None:
            if not stale():
                visitor.of(History).preview = None  # of other settings
            yield gr.skip() if stale() else standing, *about
            return
        if not self.host.warm.is_set() or recipe.network not in self.host.loaded:
            waiting = "fetching" if self.host.warm.is_set() else "warming"
            yield await self.host.preview(self.standing, visitor, {"key": waiting}), *about
        network = await self.host.fetch(recipe.network)
        material = visitor.of(Material)
        photo = material.photo
        assert photo is not None
        given: dict[str, Any] = {"guide": material.guide, "mask": material.mask, "network": network, "stale": stale}
        given |= {"turn": self.host.turns.preview_step, "costs": self.host.costs}

        def previewed() -> dict[str, Any]:
            done = run_preview(photo, planned, **given)
            return self.seen(visitor, recipe, done, stale, "ready", unfinished=True)

        stage = await self.host.preview(previewed)
        if not stale():
            state.previewed = recipe
        yield stage, *about

    async def enter(self, request: gr.Request, *values: Any) -> AsyncIterator[Any]:
        """Show a preview where there is none, as of a photo that was brought in another room.

        A page that opens calls this, too, before it knows its settings: without a photo it says nothing of them.
        """
        visitor = self.visitor(request)
        if visitor.of(Material).photo is None or visitor.of(History).preview is not None:
            yield gr.skip()
            return
        async for outputs in self.preview(request, *values):
            yield outputs

    def choose_device(self, event: gr.EventData, request: gr.Request) -> None:
        """Have the visitor's own device dream previews from now on, or the server."""
        visitor = self.visitor(request)
        visitor.of(DreamState).device, visitor.of(Material).repainted = data_of(event).get("on") is True, True

    def elsewhere(self, visitor: Visitor, recipe: Recipe) -> Any:
        """Return the stage where this server dreams no preview of a recipe: none is needed, the visitor's device does
        it, or a network has to be fetched first. None where it does.
        """
        here = self.without_preview(visitor, recipe) or self.device_stage(visitor, recipe)
        return here or self.ask(visitor, recipe.network)

    def without_preview(self, visitor: Visitor, recipe: Recipe) -> Any:
        """Return the stage where it needs no preview, since it shows the dream of these settings, or can have none."""
        material, history = visitor.of(Material), visitor.of(History)
        if history.current is not None and history.current.recipe == recipe and not material.repainted:
            if history.preview is None:
                return gr.skip()
            return self.standing(visitor, {"key": "restored"})
        material.repainted = False
        return self.clash(visitor) if guide_leads_nothing(material, recipe) else None

    def device_stage(self, visitor: Visitor, recipe: Recipe) -> dict[str, Any] | None:
        """Return the stage that has the visitor's device dream a preview, or None where it shall not, or cannot."""
        material, state = visitor.of(Material), visitor.of(DreamState)
        leads = material.guide is not None or material.mask is not None
        if not state.device or material.photo is None or leads or lacking(recipe, material.photo.size):
            return None
        history, state.beginning = visitor.of(History), None
        history.preview = None
        key = "ready" if history.current is None else CHANGED["ready"]
        asked = {"link": to_link(recipe), "stamp": visitor.generation}
        return {**self.standing(visitor, {"key": key}), "device": asked}

    def clash(self, visitor: Visitor) -> dict[str, Any]:
        """Return the stage that says why a guide picture cannot lead these settings, with the way out."""
        return {**self.standing(visitor, {"key": "guide_clash"}), "remedy": "guide"}

    async def rest(self, request: gr.Request, *values: Any) -> AsyncIterator[Any]:
        """Go on with the preview as the dream itself, while the hand rests and the engine is idle."""
        visitor, recipe = self.visitor(request), self.recipe(values)
        planned, state = self.plan(visitor, recipe), visitor.of(DreamState)
        welcome = self.host.turns.idle and not self.host.turns.budgets.wait(visitor.caller)
        looked_at = (
            visitor.of(History).preview is not None
            and state.previewed is not None
            and state.previewed.with_finish(recipe) == recipe
        )
        if planned is None or planned.cost.too_much or visitor.renders or not looked_at or not welcome:
            yield gr.skip(), gr.skip()
            return
        network = await self.host.fetch(recipe.network)
        stale = newer_wish(visitor, visitor.next_generation())
        beginning = state.beginning = await self.host.preview(self.begin, visitor, recipe, network)
        dreamed, before = beginning.dreamed, beginning.seconds

        def sharpened() -> dict[str, Any] | None:
            done = beginning.go_on(stale)
            return self.seen(visitor, recipe, done, stale, "sharpening", unfinished=True) if done is not None else None

        while (stage := await self.host.preview(sharpened)) is not None:
            yield stage, gr.skip()
        self.host.turns.budgets.spend(visitor.caller, beginning.seconds - before)
        self.host.costs.learn(recipe, planned.work * (beginning.dreamed - dreamed), beginning.seconds - before)
        stage = await self.host.preview(self.preview_stage, visitor, recipe, {"key": "ready"})
        if stale():
            yield gr.skip(), gr.skip()
        else:
            yield stage, batch_cost(visitor, self.plan(visitor, recipe), begun=beginning.progress)

    def begin(self, visitor: Visitor, recipe: Recipe, network: Network) -> Beginning:
        """Return the beginning of a dream on what the visitor brought: the one that is there, if it is of the same."""
        material, begun = visitor.of(Material), visitor.of(DreamState).beginning
        assert material.photo is not None
        given = material.photo, recipe, material.guide, material.mask_for(material.photo.size)
        if begun is not None and begun.is_of(*given):
            return begun
        photo, _, guide, mask = given
        return Beginning(photo, recipe, network, self.host.turns, guide=guide, mask=mask)

    async def dream(self, request: gr.Request, *values: Any) -> AsyncIterator[Values]:
        """Dream with the chosen settings: the stage, the buttons and the rows, four times a second."""
        visitor, recipe = self.visitor(request), self.recipe(values)
        material, planned = visitor.of(Material), self.plan(visitor, recipe)
        if planned is None:
            raise self.sorry(request, "no_photo")
        if guide_leads_nothing(material, recipe):
            yield self.idle(visitor, await self.host.do(self.clash, visitor))
            return
        side = self.host.costs.fitting(recipe, planned.octaves.photo_size) if planned.cost.too_much else None
        if side is not None:
            stage = await self.host.do(self.preview_stage, visitor, recipe, {"key": "too_large"})
            yield self.idle(visitor, {**stage, "offer": side})
            return
        if (asking := await self.host.do(self.ask, visitor, recipe.network)) is not None:
            yield self.idle(visitor, asking)
            return
        await self.host.fetch(recipe.network)  # before it queues, so that nobody waits behind a download
        if len(material.batch) > 1:
            batch = visitor.of(DreamState).batch = Ongoing(self.dream_many(visitor, recipe, request))
            shown = batch.follow()
        else:
            shown = self.show(visitor, await self.host.do(self.render, visitor, planned, request), request)
        async for output in shown:
            yield output

    async def shrink(self, event: gr.EventData, request: gr.Request, *values: Any) -> AsyncIterator[Values]:
        """Bring the photo to the size that was offered, and dream."""
        visitor, side = self.visitor(request), data_of(event).get("side")
        batch = visitor.of(Material).batch
        if side in SIDES and batch and not visitor.renders:
            await self.host.do(use_photo, visitor, load_photo(batch[0][1]), int(side))
        async for output in self.dream(request, *values):
            yield output

    async def go_on(self, request: gr.Request, *values: Any) -> AsyncIterator[Values]:
        """Dream on at the full size from the picture that is there; it stays a dream of the same photo."""
        visitor = self.visitor(request)
        current = visitor.of(History).current
        if current is None:
            raise self.sorry(request, "gone")
        onward = self.recipe(values).replace(octaves=1, octaves_above=0, octave_sizes=(), start="photo")
        if (asking := await self.host.do(self.ask, visitor, onward.network)) is not None:
            yield self.idle(visitor, asking)
            return
        await self.host.fetch(onward.network)
        planned = self.host.costs.plan(onward, current.photo.size)
        render = await self.host.do(self.render, visitor, planned, request, current)
        async for output in self.show(visitor, render, request):
            yield output

    def render(
        self, visitor: Visitor, planned: Planned, request: gr.Request, original: Result | None = None, name: str = ""
    ) -> Render:
        """Make the render of a dream on what the visitor brought, or on from an `original` result.

        name: of its photo, by default the material's. What it delivers goes into the history, and on the stage while no
        other photo is there.
        """
        material = visitor.of(Material)
        shown, name = material.photo, name if name else material.name
        led = {"guide": material.guide_file} if material.guide is not None else {}
        photo = Photo(original.pixels(), original.photo.alpha) if original is not None else shown
        assert photo is not None

        def keep(render: Render) -> Result:
            kept = keep_result(visitor, render, original, name, on_stage=material.photo is shown)
            kept.record |= led
            return kept

        given: dict[str, Any] = {"guide": material.guide, "mask": material.mask_for(photo.size), "keep": keep}
        begun = visitor.of(DreamState).beginning
        if begun is not None and begun.is_of(photo, planned.recipe, given["guide"], given["mask"]):
            given["begun"] = begun
        render = new_render(self.host, photo, planned, language_of(request), **given)
        material.repainted = False
        return render

    async def show(self, visitor: Visitor, render: Render, request: gr.Request) -> AsyncIterator[Values]:
        """Run a render, or follow one that runs, to its end."""
        material = visitor.of(Material)
        shown = material.photo
        async for update in run_render(self.host, visitor, render, language_of(request)):
            if material.photo is not shown:
                if update.ended:
                    yield self.aside(visitor)
            elif not update.ended:
                yield self.busy(visitor, update.status, update.path)
            else:
                yield self.idle(visitor, await self.host.do(self.standing, visitor, update.status))

    async def dream_many(self, visitor: Visitor, recipe: Recipe, request: gr.Request) -> AsyncIterator[Values]:
        """Dream one photo after another, and give them all as a zip at the end."""
        made, refused, material = list[Result](), list[gr.Error](), visitor.of(Material)
        batch, side, state = material.batch, material.side, visitor.of(DreamState)
        state.halted = False
        for number, (name, file) in enumerate(batch, start=1):
            if material.batch is not batch:  # other photos came
                break
            material.mask = None  # it was painted on the first one
            await self.host.do(use_photo, visitor, load_photo(file), side)
            if state.halted:
                break
            planned = self.plan(visitor, recipe)
            assert planned is not None
            render = await self.host.do(partial(self.render, name=name), visitor, planned, request)
            ended = False
            try:
                async for update in run_render(self.host, visitor, render, language_of(request)):
                    ended = update.ended
                    if material.batch is batch and not ended:
                        yield self.busy(visitor, {**update.status, "photo": number, "photos": len(batch)}, update.path)
            except gr.Error as error:  # what is too much of one photo, or now, loses none of the others
                refused.append(error)
                warn_of(name, error)
                continue
            if not ended:  # the visitor is forgotten
                return
            made += [render.kept] if render.kept is not None else []
            if render.stopped:
                break
        yield await self.many_ended(visitor, batch, made, refused)

    async def many_ended(
        self, visitor: Visitor, batch: list[Any], made: list[Result], refused: list[gr.Error]
    ) -> Values:
        """Return the outputs once all that can be made of several photos is made: a zip, where it is anything.

        Raises:
            gr.Error: each of them was refused.
        """
        if visitor.of(Material).batch is not batch:
            return self.aside(visitor)
        if refused and not made:
            raise refused[-1]
        if not made:
            return self.idle(visitor, await self.host.do(self.standing, visitor, {"key": "stopped_early"}))
        archive = await self.host.do(write_zip, visitor, made)
        visitor.of(DreamState).keep_archive(archive)
        status = {"key": "batch_done", "n": len(made)}
        outputs = self.idle(visitor, await self.host.do(self.result_stage, visitor, made[-1], status))
        return *outputs[:-1], gr.update(value=str(archive), visible=True)

    def stop(self, request: gr.Request) -> None:
        """End the dream under way, which keeps what it has, and begin none of the photos that would follow."""
        self.visitor(request).of(DreamState).halted = True
        super().stop(request)

    def aside(self, visitor: Visitor) -> Values:
        """Return the outputs of a dream that has ended while another photo is on the stage."""
        return gr.skip(), *buttons(free=True), gr.skip(), self.earlier(visitor), gr.skip()

    def busy(self, visitor: Visitor, status: dict[str, Any], path: Path | None) -> Values:
        """Return the outputs of a dream under way; until its first frame the preview stays."""
        state = "waiting" if path is None else "dreaming"
        history = visitor.of(History)
        if path is None and history.preview is not None and history.preview_file in visitor.frames:
            path = history.preview_file
        stage = stage_value(visitor, state, picture=path, status=status)
        return stage, *buttons(free=False), gr.skip(), gr.skip(), gr.skip()

    def idle(self, visitor: Visitor, stage: dict[str, Any]) -> Values:
        """Return the outputs once a dream has ended."""
        rows = film_value(visitor.of(History).current), self.earlier(visitor)
        return stage, *buttons(free=True), *rows, gr.update(visible=False)


def guide_leads_nothing(material: Material, recipe: Recipe) -> bool:
    """Say whether a guide picture meets settings that name no whole layer, which is what it could lead."""
    targets = [parse_target(name) for name, _ in recipe.layers]
    return material.guide is not None and all(
        target.channel is not None or target.place is not None for target in targets
    )
