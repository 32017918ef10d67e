"""Photos, masks and guides on their way in: decoded apart from the page, the uploaded file dropped."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from deepdream.errors import DreamError, LargeError
from deepdream.images import Photo, read_image, resize
from deepdream.recipe import Recipe
from deepdream.web.components.pictures import samples
from deepdream.web.rooms.shared import sharing
from deepdream.web.server.events import caller_of, language_of
from deepdream.web.server.held import HeldPhoto, held_at, load_photo
from deepdream.web.server.host import QUICK, Host
from deepdream.web.server.messages import reason, refused, sorry, warn
from deepdream.web.server.uploads import Upload, uploaded_file
from deepdream.web.server.visitors import State, Visitor
from deepdream.web.texts import say

GUIDE_SIDE = 1024
STAGE_SIDE = 1600  # pixels of the longer side of a picture on the page; the saved file has the full size
SMALL = 3_000_000  # bytes of a photo that is taken in even where much is held already


@dataclass(eq=False)
class Material(State):
    """Hold what a visitor brought, for every room: the photo and what belongs to it, others beside it, and a guide."""

    photo: Photo | None = None  # as it will be dreamed, at the chosen size
    number: int = 0  # counts what was taken in the place of a photo; another size of the same has the same
    awaited: int = 0  # counts what was brought: one that is still being read counts no more once another one is
    name: str = ""  # as it was uploaded
    side: int = 0  # the size that `photo` was made for
    larger: bool = False  # a photo that is smaller than that is enlarged
    grown: bool = False  # `photo` is larger than what was uploaded
    file: Path | None = None  # a JPEG of it for the page
    veil: Path | None = None  # a PNG of how opaque it is, for one that is not all over
    carried: str = ""  # the settings that the photo brought along, as a link's text
    guide: np.ndarray | None = None
    guide_file: dict[str, str] = field(default_factory=dict)  # which one it was; see `told_of_file`
    mask: np.ndarray | None = None
    painted: Any = None  # the upload of the newest mask, which may still be read
    batch: list[tuple[str, Path]] = field(default_factory=list)  # (name, full photo) of all that were uploaded
    repainted: bool = False  # mask, guide or size changed since the last preview or dream

    def mask_for(self, size: tuple[int, int]) -> np.ndarray | None:
        """Return the painted mask for a photo of this size."""
        return resize(self.mask, size) if self.mask is not None else None


def upload_of(host: Host, named: Any, language: str | None) -> Upload:
    """Return the file of an upload that a request names, by its path or as a record with one.

    Raises:
        gr.Error: it names anything else.
    """
    path = uploaded_file(named.get("path") if isinstance(named, dict) else named, host.visitors.root)
    if path is None:
        raise sorry(say("not_uploaded", language))
    return path


def told_of_file(file: Path) -> dict[str, str]:
    """Tell which file a picture was, for the record of what is made with it: its name and its SHA-256."""
    with file.open("rb") as stream:
        return {"name": file.name[:100], "sha256": hashlib.file_digest(stream, "sha256").hexdigest()}


async def read_photo(host: Host, visitor: Visitor, named: Any, request: gr.Request) -> HeldPhoto:
    """Decode the upload that a request names into the visitor's private folder, and drop it with its own notes.

    Raises:
        ImageError: it is not a picture, damaged, too large, or more than this host holds.
        gr.Error: it is no upload.
    """
    file, stored = upload_of(host, named, language_of(request)), visitor.new_private_file()
    try:
        await host.decoders.photo(file, stored, caller=caller_of(request))
        photo = load_photo(stored)
        check_room(host, visitor, photo)
        return photo
    except Exception:
        stored.unlink(missing_ok=True)
        raise
    finally:
        host.visitors.uploads.drop(file)


async def read_shrunk(host: Host, visitor: Visitor, named: Any, request: gr.Request, side: int) -> Photo:
    """Decode an upload as `read_photo`, and keep it in memory alone, its longer side at most `side` pixels (0: all)."""
    photo = await read_photo(host, visitor, named, request)
    try:
        return await (host.quick if photo.planes.nbytes <= QUICK else host.do)(held_at, photo, side)
    finally:
        visitor.unlink_private(photo)  # what is mapped stays readable


def check_room(host: Host, visitor: Visitor, photo: HeldPhoto) -> None:
    """Let a photo that was stored stay only while its visitor, their address, and all together hold what is allowed.

    Raises:
        ImageError: they hold more.
    """
    size = photo.planes.nbytes
    if size <= SMALL:
        return
    visitors, limits = host.visitors, host.limits
    for holding, most in (
        (visitor.kept_bytes(), limits.kept),
        (visitors.kept_bytes(visitor.caller), limits.kept_a_caller),
        (visitors.kept_bytes(), limits.kept_of_all),
    ):
        if holding > most:
            raise LargeError(
                f"the photo takes {size / 1e6:.0f} MB; of {most / 1e6:.0f} MB for photos {holding / 1e6:.0f} are used "
                "here. Send a smaller one, fewer at once, or try again later."
            )


async def read_photos(
    host: Host, visitor: Visitor, items: Any, request: gr.Request
) -> tuple[list[tuple[str, HeldPhoto]], str]:
    """Read what was uploaded, one after another; return (name, photo) of each, and the settings that a single one
    brought along.

    Raises:
        gr.Error: none of them is a picture.
    """
    language = language_of(request)
    photos, carried, trouble = list[tuple[str, HeldPhoto]](), "", None
    wanted = items[: host.limits.photos] if isinstance(items, list) else []
    for item in wanted:
        carried = await carried_settings(host, item, request) if len(wanted) == 1 else ""
        try:
            photos.append((name_of(item), await read_photo(host, visitor, item, request)))
        except DreamError as error:
            trouble = error
    if not photos:
        raise refused("not_a_picture", trouble, language) if trouble else sorry(say("no_photo", language))
    if trouble is not None:
        warn(reason(trouble, language))
    return photos, carried


def take_photos(visitor: Visitor, photos: Sequence[tuple[str, Photo]], side: int, *, carried: str = "") -> None:
    """Make photos the visitor's own and show the first; what belonged to the one before goes.

    A dream of the one before ends, and goes into the history as far as it came.
    """
    stop_renders(visitor)
    batch = [(name, visitor.keep_photo(photo)) for name, photo in photos]
    prepared = _prepared(visitor, load_photo(batch[0][1]), side, larger=False)
    with visitor.lock:
        for state in visitor.states:
            state.renew()
        material = visitor.of(Material)
        for _, old in material.batch:
            if old not in [file for _, file in batch]:
                old.unlink(missing_ok=True)
        material.batch, material.name = batch, batch[0][0]
        material.number, material.awaited = material.number + 1, material.awaited + 1
        material.carried, material.larger = carried, False
        material.mask = material.painted = None
        _show(visitor, prepared)


def use_photo(visitor: Visitor, photo: Photo, side: int) -> None:
    """Bring a photo to the chosen size (0: its own), and make it the visitor's."""
    prepared = _prepared(visitor, photo, side, larger=visitor.of(Material).larger)
    with visitor.lock:
        _show(visitor, prepared)


def stop_renders(visitor: Visitor) -> None:
    """Ask a visitor's renders to end and to deliver what they have."""
    for render in list(visitor.renders):
        render.stop(keep=True)


def _prepared(visitor: Visitor, photo: Photo, side: int, *, larger: bool) -> dict[str, Any]:
    """Bring a photo to a size, and make its pictures for the page: what takes long, without the visitor's lock.

    Returned is what the fields of Material become, by name.
    """
    sized = held_at(photo, side, larger=larger)
    planes = held_at(sized, STAGE_SIDE).planes
    picture = visitor.write_picture(planes[..., :3], quality=92, keep=True)
    grown = max(sized.size) > max(photo.size)
    return {"photo": sized, "file": picture, "veil": _veil(visitor, planes), "side": side, "grown": grown}


def _veil(visitor: Visitor, planes: np.ndarray) -> Path | None:
    """Write how opaque a photo is; the page looks through it at all pictures of the photo, which are without alpha."""
    return None if planes.shape[2] < 4 or planes[..., 3].min() == 255 else write_opacity(visitor, planes[..., 3])


def write_opacity(visitor: Visitor, alpha: np.ndarray) -> Path:
    """Write how opaque a picture is, (h, w) of 8 bits, and return the file."""
    path, opaque = visitor.new_file(".png"), Image.fromarray(np.ascontiguousarray(alpha))
    Image.merge("LA", (Image.new("L", opaque.size), opaque)).save(path)
    return path


def _show(visitor: Visitor, prepared: dict[str, Any]) -> None:
    material = visitor.of(Material)
    for old in (material.file, material.veil):
        if old is not None:
            visitor.retire(old)
    for name, value in prepared.items():
        setattr(material, name, value)


async def read_mask(
    host: Host, visitor: Visitor, named: Any, request: gr.Request, size: tuple[int, int]
) -> np.ndarray | None:
    """Read a painted mask: 1 where its picture is opaque, at a photo's size (h, w); None where it is opaque all over.

    Raises:
        ImageError: it is not a picture, or too large.
    """
    alpha = (await read_shrunk(host, visitor, named, request, 0)).alpha
    return (await host.do(resize, alpha, size) > 0.5).astype(np.float32) if alpha is not None else None


async def read_notes(host: Host, items: Any, kind: str, request: gr.Request) -> dict[str, Any]:
    """Return the "recipe" or the "record" in the first of some uploads, and drop it.

    Raises:
        DreamError: it holds none.
        gr.Error: it is no upload.
    """
    file = upload_of(host, items[0] if isinstance(items, list) and items else None, language_of(request))
    try:
        return await host.decoders.notes(file, kind, caller=caller_of(request))
    finally:
        host.visitors.uploads.drop(file)


async def carried_settings(host: Host, named: Any, request: gr.Request) -> str:
    """Return the settings in a photo that was dreamed before, as a link's text, or "". The photo stays."""
    file = upload_of(host, named, language_of(request))
    try:
        return sharing.link_query(
            Recipe.from_dict(await host.decoders.notes(file, "recipe", caller=caller_of(request)))
        )
    except DreamError:
        return ""


def sample_photo(name: Any) -> Photo | None:
    """Return the sample picture of a name."""
    return next((read_image(sample["file"]) for sample in samples() if sample["name"] == name), None)


def name_of(item: Any) -> str:
    name = item.get("name") if isinstance(item, dict) else None
    return name[:100] if isinstance(name, str) else "photo"
