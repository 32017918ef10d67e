"""What the listeners of the film room do: take photos, clips and films, tell the cost, film and keep."""

import importlib.util
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from deepdream.errors import DreamError, RecipeError
from deepdream.film.film import Film
from deepdream.film.settings import FilmSettings
from deepdream.images import Photo, shrink
from deepdream.presets import PRESETS
from deepdream.recipe import Recipe
from deepdream.web.components.controls import settings_from, updates
from deepdream.web.rooms.film.filming import FilmPlan, FilmRender, keep_film, plan_of
from deepdream.web.rooms.film.state import FORMATS, KINDS, REST, BroughtClip, FilmState, Source, kind_of
from deepdream.web.rooms.shared.actions import SETTINGS as RECIPE
from deepdream.web.rooms.shared.actions import Actions, Values, buttons
from deepdream.web.rooms.shared.photos import Material, check_room, name_of, stop_renders, upload_of
from deepdream.web.rooms.shared.sharing import recipe_of_look
from deepdream.web.rooms.shared.stage import file_value, stage_value
from deepdream.web.server.events import caller_of, data_of, language_of
from deepdream.web.server.held import held
from deepdream.web.server.messages import refused, sorry, warn
from deepdream.web.server.renders import refusal, run_render
from deepdream.web.server.uploads import Upload
from deepdream.web.server.visitors import Visitor
from deepdream.web.texts import say

SETTINGS = [name for name in FilmSettings.settings() if name != "bpm"]  # which is for keys, and those are not here
CHOICES = {"side": (360, 540, 720), "fps": (12, 24, 30)}  # the numbers of which a few are offered
BEGIN = Film(side=360, **KINDS["loop"])
OWN_LOOK = "own"  # the name of the look that the Dream room has; no key of a text, or Gradio would translate it
CLIP_SIDE = max(CHOICES["side"])
NO_PHOTO = (gr.skip(),) * 4  # what a new photo changes elsewhere on the page


def can_film() -> bool:
    """Say whether the libraries for films are here."""
    return all(importlib.util.find_spec(name) is not None for name in ("av", "cv2"))


class FilmActions(Actions):
    """Film for whoever asks.

    A listener's values are the kind of film, the format, the look, the second look, then the film's settings, then a
    dream's.
    """

    runs = FilmRender

    def film(self, values: Sequence[Any]) -> tuple[str, str, Film]:
        """Return the kind, the format and the film of the controls' values.

        Raises:
            RecipeError: a value is not allowed.
        """
        kind, format, look, other = values[:4]
        if kind not in KINDS or format not in FORMATS:
            raise RecipeError(f"a film is one of {', '.join(KINDS)}, in one of {', '.join(FORMATS)}.")
        own = dreamed(values)
        film = moved(values).replace(recipe=self.look(look, own))
        if kind == "morph":
            return kind, format, film.replace(stops=(film.recipe, self.look(other, own)), **REST)
        if kind == "clip":
            return kind, format, film.replace(loop="none", **REST)
        return kind, format, film

    def look(self, name: Any, own: Sequence[Any]) -> Recipe:
        """Return the recipe of a look, or that of the Dream room.

        Raises:
            RecipeError: there is no such look.
        """
        return self.recipe(own) if name == OWN_LOOK else recipe_of_look(name)

    def source(self, visitor: Visitor, kind: Any) -> Source | None:
        """Return what a film of a kind is made of."""
        return visitor.of(FilmState).clip if kind == "clip" else visitor.of(Material).photo

    def film_cost(self, visitor: Visitor, values: Values) -> dict[str, Any] | None:
        """Return the cost of the film of the controls' values; None where they are wrong, or nothing is there."""
        source = self.source(visitor, values[0])
        try:
            return plan_of(self.host.costs, self.film(values)[2], source).cost.told() if source is not None else None
        except DreamError:
            return None

    def change(self, request: gr.Request, *values: Any) -> dict[str, Any] | None:
        """Tell what a film would cost now."""
        return self.film_cost(self.visitor(request), values)

    def choose_kind(self, request: gr.Request, *values: Any) -> list[Any]:
        """Set the controls to where a kind of film begins, and show what it is made of."""
        visitor, begin = self.visitor(request), KINDS.get(values[0], {})
        stage = gr.skip() if visitor.renders else self.stage(visitor, values[0])
        return [stage, *controls_of(moved(values).replace(**begin))]

    # ------------------------------------------------------------------ what comes in

    async def bring(self, event: gr.EventData, request: gr.Request, side: float, *values: Any) -> Values:
        """Take a photo, a clip, or the settings of a film that was made here."""
        files = data_of(event).get("files")
        named = files[0] if isinstance(files, list) and files else None
        name = name_of(named)
        file = upload_of(self.host, named, language_of(request))
        try:
            found = await self.host.clips.answer(file, {"job": "look"}, caller=caller_of(request))
        except DreamError as error:
            self.host.visitors.uploads.drop(file)
            raise refused("no_settings", error, language_of(request)) from None
        if found["is"] == "film":
            self.host.visitors.uploads.drop(file)
            restored = self.restore(self.visitor(request), Film.from_dict(found["film"]), request)
            return *NO_PHOTO, *restored
        if found["is"] == "clip":
            await self.take_clip(self.visitor(request), file, name, request)
            return *NO_PHOTO, *self.opened(self.visitor(request), "clip", values)
        opened = await self.open_upload(event, request, side, *dreamed(values))
        return *opened, *self.opened(self.visitor(request), photo_kind(values), values)

    async def choose_sample(self, event: gr.EventData, request: gr.Request, side: float, *values: Any) -> Values:
        """Take one of the sample pictures."""
        opened = await self.host.do(self.open_sample, event, request, side, *dreamed(values))
        return *opened, *self.opened(self.visitor(request), photo_kind(values), values)

    def opened(self, visitor: Visitor, kind: str, values: Values) -> Values:
        """Return the stage, and the controls with the kind that fits what was brought; all others stay."""
        other = kind != values[0]
        controls = controls_of(moved(values).replace(**KINDS[kind])) if other else [gr.skip()] * len(SETTINGS)
        return self.stage(visitor, kind), kind, *[gr.skip()] * 3, *controls, *[gr.skip()] * len(RECIPE)

    def restore(self, visitor: Visitor, film: Film, request: gr.Request) -> Values:
        """Set all controls to a film's; what the page has no control for is named."""
        if film.tracks or len(film.stops) > 2:
            warn(say("film_keys", language_of(request)))
        kind, first = kind_of(film), film.all_recipes[0]
        second = film.stops[1] if len(film.stops) > 1 else None
        look, other = _look_of(first), _look_of(second) if second is not None else gr.skip()
        own = first if look == OWN_LOOK else second if second is not None and other == OWN_LOOK else None
        recipe = updates(RECIPE, own) if own is not None else [gr.skip()] * len(RECIPE)
        status = {"key": "film_restored"}
        return self.stage(visitor, kind, status), kind, gr.skip(), look, other, *controls_of(film), *recipe

    async def take_clip(self, visitor: Visitor, file: Upload, name: str, request: gr.Request) -> None:
        """Have a clip decoded and coded anew, and make it the visitor's.

        Raises:
            gr.Error: it is no clip that can be read, or more than this host holds.
        """
        into = visitor.new_private_file().with_suffix(".mp4")
        job = {"job": "clip", "into": str(into), "side": CLIP_SIDE, "seconds": self.host.limits.film_seconds}
        try:
            answer = await self.host.clips.answer(file, job, caller=caller_of(request))
            clip = await self.host.do(_first_look, visitor, into, name, answer["frames"])
            check_room(self.host, visitor, held(clip.photo))
        except DreamError as error:
            into.unlink(missing_ok=True)
            raise refused("not_a_clip", error, language_of(request)) from None
        finally:
            self.host.visitors.uploads.drop(file)
        stop_renders(visitor)
        visitor.of(FilmState).take(clip)

    # ------------------------------------------------------------------ films

    async def enter(self, request: gr.Request, *values: Any) -> AsyncIterator[Values]:
        """Show the visitor's photo or clip, or the film of it; a film that is being made and that nobody follows, is
        followed.
        """
        visitor = self.visitor(request)
        running = visitor.running(FilmRender)
        if running is None:
            yield (
                self.stage(visitor, values[0]),
                *buttons(free=True),
                self.reel(visitor),
                self.film_cost(visitor, values),
            )
        elif not running.followers:
            async for update in self.follow(visitor, running, language_of(request)):
                yield *update, gr.skip()

    async def make(self, request: gr.Request, *values: Any) -> AsyncIterator[Values]:
        """Make a film: the stage, the buttons and what can be downloaded."""
        visitor, language = self.visitor(request), language_of(request)
        kind, _, film = self.film(values)
        for network in {recipe.network for recipe in film.all_recipes}:
            if (asking := await self.host.do(self.ask, visitor, network)) is not None:
                yield {**asking, **self.stage(visitor, kind, asking["status"])}, *buttons(free=True), gr.skip()
                return
        render = await self.render(visitor, values, language)
        async for update in self.follow(visitor, render, language):
            yield update

    async def follow(self, visitor: Visitor, render: FilmRender, language: str | None) -> AsyncIterator[Values]:
        """Show a film that is being made, to its end."""
        kind = "clip" if isinstance(render.source, BroughtClip) else "film"
        async for update in run_render(self.host, visitor, render, language):
            if update.ended:
                yield self.stage(visitor, kind, update.status), *buttons(free=True), self.reel(visitor)
                continue
            state = "waiting" if update.path is None else "dreaming"
            shown = self.material(visitor, kind, state, update.path, update.status)
            yield shown, *buttons(free=False), {} if update.path is None else gr.skip()

    async def render(self, visitor: Visitor, values: Values, language: str | None) -> FilmRender:
        """Make the render of the film that the controls ask for, or say why there can be none."""
        kind, format, film = self.film(values)
        source, most = self.source(visitor, kind), self.host.limits.film_seconds
        if source is None:
            raise sorry(say("no_clip" if kind == "clip" else "no_photo", language))
        if visitor.running(FilmRender) is not None:
            raise sorry(say("busy_film", language))
        if (film.seconds or 0) > most:
            raise sorry(say("film_too_long", language, n=f"{most:g}"))
        for recipe in film.all_recipes:
            await self.host.fetch(recipe.network)
        planned = plan_of(self.host.costs, film, source)
        if planned.cost.too_much:
            minutes = say("minutes", language, n=f"{max(1.0, planned.cost.seconds / 60):.0f}")
            longest = f"{self.host.limits.seconds / 60:.0f}"
            raise refusal(self.host, "film_too_much", language, time=minutes, most=longest)
        return await self.host.do(self.new_render, visitor, kind, format, planned, source, values[2])

    def new_render(
        self, visitor: Visitor, kind: str, format: str, planned: FilmPlan, source: Source, look: str
    ) -> FilmRender:
        """Return the render of a film."""
        photo = source.photo if isinstance(source, BroughtClip) else source
        name = source.name if isinstance(source, BroughtClip) else visitor.of(Material).name
        about = (Path(name).stem, PRESETS[look].title if look in PRESETS else "", kind)
        return FilmRender(
            shrink(photo, max(planned.size)),
            planned.film.all_recipes[0].with_finish(Recipe()),  # its frames are finished
            self.host.turns,
            work=planned.work,
            expected=planned.cost.seconds,
            verb="filming",
            workers=self.host.workers,
            keep=partial(keep_film, visitor, about),
            film=planned.film,
            source=source,
            output=visitor.new_file(FORMATS[format]),
            folder=visitor.new_private_file().with_suffix(".parts"),
            most=self.host.limits.film_bytes,
        )

    async def so_far(self, request: gr.Request) -> Any:
        """Show the parts of the film that are whole by now."""
        visitor = self.visitor(request)
        render = visitor.running(FilmRender)
        if render is None:
            return gr.skip()
        path = visitor.new_file(render.output.suffix)
        if not await self.host.do(render.so_far, path):
            warn(say("film_not_yet", language_of(request)))
            return gr.skip()
        visitor.retire(path)
        return {"part": file_value(path), "plays": path.suffix in (".mp4", ".webm")}

    def after_film_failure(self, request: gr.Request, kind: str) -> Values:
        """Free the buttons after a film that failed."""
        return self.stage(self.visitor(request), kind), *buttons(free=True)

    # ------------------------------------------------------------------ what is shown

    def stage(self, visitor: Visitor, kind: str, status: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the stage with the film of what is there, or with what a film could be made of."""
        made, source = visitor.of(FilmState).made, self.source(visitor, kind)
        if source is None:
            return {"state": "empty", "status": status if status is not None or kind != "clip" else {"key": "no_clip"}}
        if made is None or made.source is not source:
            return self.material(visitor, kind, "ready", status=status if status is not None else {"key": "ready_film"})
        told = status if status is not None else {"key": "stopped" if made.stopped else "done", "seconds": made.seconds}
        shown = self.material(visitor, kind, "done", None if made.plays else made.path, told)
        return {**shown, "film": file_value(made.path) if made.plays else None}

    def material(
        self,
        visitor: Visitor,
        kind: str,
        state: str,
        picture: Path | None = None,
        status: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the stage with the photo or the clip that a film of a kind is made of."""
        clip = visitor.of(FilmState).clip
        if kind != "clip":
            return {**stage_value(visitor, state, picture=picture, status=status), "carried": ""}
        if clip is None:
            return {"state": "empty", "status": status}
        height, width = clip.photo.size
        shown = {"photo": file_value(clip.poster), "picture": file_value(picture), "width": width, "height": height}
        return {**shown, "state": state, "status": status}

    def reel(self, visitor: Visitor) -> dict[str, Any]:
        """Return what can be downloaded."""
        made = visitor.of(FilmState).made
        if made is None:
            return {}
        return {"file": file_value(made.path), "name": f"film{made.path.suffix}", "about": list(made.about)}


def moved(values: Sequence[Any]) -> Film:
    """Return the film of the controls of its own settings."""
    return settings_from(BEGIN, SETTINGS, values[4 : 4 + len(SETTINGS)])


def dreamed(values: Sequence[Any]) -> Sequence[Any]:
    """Return what a dream's controls hold."""
    return values[4 + len(SETTINGS) :]


def photo_kind(values: Sequence[Any]) -> str:
    """Return the kind of film that is chosen, or the first where that is not of photos."""
    return "loop" if values[0] == "clip" else values[0]


def controls_of(film: Film) -> list[Any]:
    """Return what sets the controls to a film's settings; a number that is not offered is offered from then on."""
    values = dict(zip(SETTINGS, updates(SETTINGS, film), strict=True))
    for name, offered in CHOICES.items():
        number = getattr(film, name)
        values[name] = gr.update(value=number, choices=[(f"{each:g}", each) for each in sorted({*offered, number})])
    return list(values.values())


def _first_look(visitor: Visitor, file: Path, name: str, frames: int) -> BroughtClip:
    """Read the first picture of a clip of our own making."""
    from deepdream.film.clip import open_clip

    clip = open_clip(file, side=CLIP_SIDE)
    picture = next(clip.frames()).picture
    photo = held(Photo(picture))
    poster = visitor.write_picture(picture, quality=92, keep=True)
    return BroughtClip(name, file, photo, poster, frames, float(clip.rate))


def _look_of(recipe: Recipe) -> str:
    return next((name for name, each in PRESETS.items() if each.recipe == recipe), OWN_LOOK)
