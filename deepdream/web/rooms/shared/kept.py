"""Finished pictures that a visitor's browser keeps: handed to it as files, and taken back with their photos once this
server has forgotten them.
"""

import hashlib
import re
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
import numpy as np

from deepdream.errors import DreamError
from deepdream.images import Photo, to_uint8, write_image
from deepdream.recipe import Recipe
from deepdream.web.rooms.shared.actions import Actions
from deepdream.web.rooms.shared.photos import (
    Material,
    name_of,
    read_mask,
    read_shrunk,
    sample_photo,
    upload_of,
    use_photo,
    write_opacity,
)
from deepdream.web.rooms.shared.results import History, Result, add_thumbnail
from deepdream.web.rooms.shared.sharing import link_query
from deepdream.web.rooms.shared.stage import file_value
from deepdream.web.server.events import caller_of, data_of, language_of
from deepdream.web.server.held import HeldPhoto, held_at, load_photo, planes_of
from deepdream.web.server.visitors import Visitor

MOST = 6  # of the newest pictures
MARK = re.compile(r"[\w-]{8,24}")
PLAIN = Recipe()  # a picture as it was, before it is blended with its photo
NOTES = ("recipe", "record")


@dataclass(frozen=True)
class Brought:
    """Hold what a browser kept of a finished picture.

    picture: as it was before it was finished. recipe: what finishes it, a dream's with all else of it. source: the
    visitor's photo of which it was made, as large as it was then, or None where that is not at hand; mask: drawn on it.
    """

    picture: Photo
    recipe: Recipe
    record: dict[str, Any]
    photo_name: str = ""
    source: Photo | None = None
    mask: np.ndarray | None = None

    @property
    def raw(self) -> np.ndarray:
        """The colors of the picture, (h, w, 3), 8 bits a channel."""
        return np.array(planes_of(self.picture)[..., :3])

    def instead_of_photo(self) -> tuple[HeldPhoto, Recipe]:
        """Return the picture in the place of a photo that is not at hand, and a recipe that blends it with nothing."""
        return HeldPhoto(np.array(planes_of(self.picture))), self.recipe.with_finish(PLAIN)


@dataclass(eq=False)
class Source:
    """Hold a photo that pictures were made of, and itself at the longer sides that it had for them."""

    name: str
    photo: Photo
    sized: dict[int, Photo] = field(default_factory=dict)

    def holds(self, photo: Photo) -> bool:
        """Say whether a photo is it at one of its sizes."""
        return any(photo is each for each in self.sized.values())

    def at(self, side: int) -> Photo:
        """Return it with a longer side of so many pixels."""
        if side not in self.sized:
            self.sized[side] = held_at(self.photo, side, larger=side > max(self.photo.size))
        return self.sized[side]


class KeptActions(Actions):
    """Hand the pictures of one of a visitor's histories to a browser, and take them back."""

    def note_of(self, result: Result) -> dict[str, Any]:
        """Return the record from which `again` makes a result, beside its picture, its photo and its mask."""
        return result.note()["record"]

    @abstractmethod
    def again(self, visitor: Visitor, brought: Brought) -> Result:
        """Return the result that was handed out.

        Raises:
            DreamError: its record holds what is not allowed.
        """

    async def keep(self, event: gr.EventData, request: gr.Request) -> dict[str, Any]:
        """Return the visitor's newest pictures as files, oldest first, but those that the browser has as they are now.

        The event's data is {"known": TAGS}, the tags that came with what the browser has.
        """
        visitor, known = self.visitor(request), data_of(event).get("known")
        has = {each for each in known if isinstance(each, str)} if isinstance(known, list) else set()
        newest = [(each, tag_of(each)) for each in visitor.of(self.history).results[-MOST:]]
        told = [(visitor, each, tag, self.note_of(each)) for each, tag in newest if tag not in has]
        return {"made": [await self.host.do(handed, *about) for about in told]}

    async def take_back(self, visitor: Visitor, event: gr.EventData, request: gr.Request) -> list[Result]:
        """Put pictures that a browser kept into the history, below what was made since, and return them.

        The event's data is {"files": [{"path", "mask", "id", "of", "side"}, ...], "photos": [{"path", "name"} or
        {"sample"}, ...]}, the files oldest first. of: "own", made of the photo that is on the stage, or the number of
        another one among the photos; side: pixels of the longer side that it had.
        """
        given, sources, brought = data_of(event), dict[Any, Source | None](), list[Result]()
        for number, named in enumerate(items_of(given.get("photos"))):
            sources[number] = await self.read_source(visitor, named, request)
        sources["own"] = own = own_source(visitor)
        for item in items_of(given.get("files")):
            try:
                brought.append(await self.read(visitor, item, sources, request))
            except DreamError:  # damaged, or more than may be held here: the others are not lost with it
                continue
        if brought and own is not None and own.holds(brought[-1].source) and not visitor.of(self.history).results:
            await self.host.do(use_photo, visitor, brought[-1].source, max(brought[-1].source.size))
        await self.host.do(put_below, visitor, brought, self.history)
        return brought

    async def read_source(self, visitor: Visitor, named: dict[str, Any], request: gr.Request) -> Source | None:
        """Read a photo that pictures were made of; None for one that cannot be read, or is more than may be held."""
        sample = sample_photo(named.get("sample"))
        if sample is not None:
            return Source(str(named["sample"]), sample)
        try:
            return Source(name_of(named), await read_shrunk(self.host, visitor, named, request, 0))
        except DreamError:
            return None

    async def read(
        self, visitor: Visitor, item: dict[str, Any], sources: Mapping[Any, Source | None], request: gr.Request
    ) -> Result:
        """Read one of those files as a result.

        Raises:
            DreamError: it is no picture with settings, or more than may be held here.
            gr.Error: it is no upload.
        """
        file = upload_of(self.host, item, language_of(request))
        try:
            recipe, record = [await self.host.decoders.notes(file, kind, caller=caller_of(request)) for kind in NOTES]
            picture = await read_shrunk(self.host, visitor, item, request, 0)
        finally:
            self.host.visitors.uploads.drop(file)
        of, side, mask = item.get("of"), item.get("side"), None
        source = sources.get(of) if isinstance(of, (str, int)) else None
        if source is None:
            return marked(self.again(visitor, Brought(picture, Recipe.from_dict(recipe), record)), item)
        wanted = side if isinstance(side, int) and side > 0 else max(picture.size)
        photo = await self.host.do(source.at, min(wanted, max(*picture.size, *source.photo.size)))
        if item.get("mask") is not None:
            mask = await read_mask(self.host, visitor, item["mask"], request, photo.size)
        about = source.name, photo, mask
        return marked(self.again(visitor, Brought(picture, Recipe.from_dict(recipe), record, *about)), item)


def items_of(items: Any) -> list[dict[str, Any]]:
    """Return the records of a list that a browser sent, as many as it keeps."""
    return [each for each in items if isinstance(each, dict)][:MOST] if isinstance(items, list) else []


def own_source(visitor: Visitor) -> Source | None:
    """Return the photo that is on the stage."""
    material = visitor.of(Material)
    if material.photo is None:
        return None
    whole = load_photo(material.batch[0][1]) if material.batch else material.photo
    return Source(material.name, whole, {max(material.photo.size): material.photo})


def tag_of(result: Result) -> str:
    """Return what changes with all that a file of the result holds."""
    told = f"{result.picked} {link_query(result.recipe)}"
    return f"{result.mark}.{hashlib.sha256(told.encode()).hexdigest()[:8]}"


def handed(visitor: Visitor, result: Result, tag: str, note: dict[str, Any]) -> dict[str, Any]:
    """Write a result into files that it can be made from again: not yet finished, with its settings inside, and its
    mask.
    """
    path, mask = visitor.new_file(".png"), result.source_mask
    write_image(path, result.pixels(), alpha=result.photo.alpha, recipe=result.recipe, record=note)
    visitor.retire(path)
    files = {"file": file_value(path)}
    if mask is not None:
        files["mask"] = file_value(drawn := write_opacity(visitor, to_uint8(mask)))
        visitor.retire(drawn)
    about = {"photo": result.photo_name, "side": max(result.source.size)}
    return {"id": result.mark, "tag": tag, "files": files, **about}


def marked(result: Result, item: dict[str, Any]) -> Result:
    """Give a result the mark by which the browser knows it."""
    if isinstance(mark := item.get("id"), str) and MARK.fullmatch(mark):
        result.mark = mark
    return result


def put_below(visitor: Visitor, brought: list[Result], of: type[History] = History) -> None:
    """Put results below the visitor's own; where none was made since, the newest is shown if it is of their photo."""
    history, material = visitor.of(of), visitor.of(Material)
    with visitor.lock:
        there = {each.mark for each in history.results}
        new = history.fitting([each for each in brought if each.mark not in there])
        for result in new:
            result.name = history.new_name()
    for result in new:
        add_thumbnail(visitor, result)  # takes long, and others ask for the lock on the event loop
    with visitor.lock:
        if new and not history.results and not visitor.renders and new[-1].source is material.photo:
            history.current = new[-1]
            material.mask = material.mask if material.mask is not None else new[-1].source_mask
            visitor.next_generation()  # a preview under way would cover it
        history.results[:0] = new
