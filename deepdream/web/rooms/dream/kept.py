"""Dreams that a visitor's browser keeps: handed to it as files, and taken back once this server has forgotten them."""

import hashlib
import re
from typing import Any

import gradio as gr
import numpy as np

from deepdream.errors import DreamError
from deepdream.finishing import finish
from deepdream.images import Photo, write_image
from deepdream.recipe import Recipe
from deepdream.web.rooms.dream.stage import film_value
from deepdream.web.rooms.shared.actions import Actions, Values
from deepdream.web.rooms.shared.photos import Material, read_shrunk, upload_of
from deepdream.web.rooms.shared.results import History, Result
from deepdream.web.rooms.shared.sharing import link_query
from deepdream.web.rooms.shared.stage import file_value
from deepdream.web.rooms.shared.standing import add_thumbnail, history_value, standing_stage
from deepdream.web.server.events import caller_of, data_of, language_of
from deepdream.web.server.held import HeldPhoto, planes_of
from deepdream.web.server.visitors import Visitor

MOST = 6  # of the newest dreams
MARK = re.compile(r"[\w-]{8,24}")
PLAIN = Recipe()  # a dream as it was, before it is blended with its photo


class KeptActions(Actions):
    """Hand dreams to a browser, and take them back."""

    async def keep(self, event: gr.EventData, request: gr.Request) -> dict[str, Any]:
        """Return the visitor's newest dreams as files, oldest first, but those that the browser has as they are now.

        The event's data is {"known": TAGS}, the tags that came with what the browser has.
        """
        visitor, known = self.visitor(request), data_of(event).get("known")
        has = {each for each in known if isinstance(each, str)} if isinstance(known, list) else set()
        newest = [(each, tag_of(each)) for each in visitor.of(History).results[-MOST:]]
        return {"dreams": [await self.host.do(handed, visitor, each, tag) for each, tag in newest if tag not in has]}

    async def give_back(self, event: gr.EventData, request: gr.Request) -> Values:
        """Put dreams that a browser kept into the history, below what was dreamed since; the newest is shown.

        The event's data is {"files": [{"path", "id", "own"}, ...]}, oldest first. own: it is a dream of the photo that
        is on the stage; another's photo is not at hand, and the dream itself takes its place.
        """
        visitor, items = self.visitor(request), data_of(event).get("files")
        brought = list[Result]()
        for item in [each for each in items if isinstance(each, dict)][:MOST] if isinstance(items, list) else []:
            try:
                brought.append(await self.read(visitor, item, request))
            except DreamError:  # damaged, or more than may be held here: the others are not lost with it
                continue
        await self.host.do(put_below, visitor, brought)
        history, free = visitor.of(History), not visitor.renders
        if not brought or visitor.of(Material).photo is None:
            return gr.skip(), gr.skip(), gr.skip()
        stage = await self.host.do(standing_stage, visitor, {"key": "restored"}) if free else gr.skip()
        return stage, film_value(history.current), history_value(visitor)

    async def read(self, visitor: Visitor, item: dict[str, Any], request: gr.Request) -> Result:
        """Read one of those files as a result.

        Raises:
            DreamError: it is no picture with a recipe, or more than may be held here.
            gr.Error: it is no upload.
        """
        file = upload_of(self.host, item, language_of(request))
        try:
            recipe, record = [await self.host.decoders.notes(file, kind, caller=caller_of(request)) for kind in NOTES]
            dream = await read_shrunk(self.host, visitor, item, request, 0)
        finally:
            self.host.visitors.uploads.drop(file)
        return brought_back(visitor, dream, Recipe.from_dict(recipe), sound(record), item)


NOTES = ("recipe", "record")


def tag_of(result: Result) -> str:
    """Return what changes with all that a file of the result holds."""
    told = f"{result.picked} {link_query(result.recipe)}"
    return f"{result.mark}.{hashlib.sha256(told.encode()).hexdigest()[:8]}"


def handed(visitor: Visitor, result: Result, tag: str) -> dict[str, Any]:
    """Write a result into a file that it can be made from again: not yet finished, with its recipe inside."""
    path, plain = visitor.new_file(".png"), PLAIN.replace(mask_softness=result.recipe.mask_softness)
    pixels = finish(result.pixels(), result.photo.pixels, plain, result.mask)
    record = dict(result.record) | ({"octave": result.picked} if result.picked is not None else {})
    write_image(path, pixels, alpha=result.photo.alpha, recipe=result.recipe, record=record)
    visitor.retire(path)
    return {"id": result.mark, "tag": tag, "file": file_value(path), "photo": result.photo_name}


def sound(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record whose numbers are numbers."""
    return {name: value for name, value in record.items() if name != "continued" or isinstance(value, int)}


def brought_back(
    visitor: Visitor, dream: Photo, recipe: Recipe, record: dict[str, Any], item: dict[str, Any]
) -> Result:
    """Return the result of a dream's picture (h, w, 3), 8 bits a channel."""
    material, raw = visitor.of(Material), np.array(planes_of(dream)[..., :3])
    photo: Photo | None = material.photo if item.get("own") is True else None
    if photo is None or photo.size != dream.size:
        photo, recipe = HeldPhoto(np.array(planes_of(dream))), recipe.with_finish(PLAIN)  # nothing to blend it with
    result = Result("", recipe, photo, raw, record, photo_name=material.name)
    if isinstance(mark := item.get("id"), str) and MARK.fullmatch(mark):
        result.mark = mark
    return result


def put_below(visitor: Visitor, brought: list[Result]) -> None:
    """Put results below the visitor's own; the newest is the current one where none was dreamed since."""
    history = visitor.of(History)
    with visitor.lock:
        there = {each.mark for each in history.results}
        new = history.fitting([each for each in brought if each.mark not in there])
        for result in new:
            result.name = history.new_name()
            add_thumbnail(visitor, result)
        if new and not history.results and not visitor.renders:
            history.current = new[-1]
            visitor.next_generation()  # a preview under way would cover it
        history.results[:0] = new
