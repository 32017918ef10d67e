"""Photos, masks and guides on their way in: decoded by our own reader, the uploaded file dropped."""

from typing import Any

import numpy as np

from deepdream.errors import DreamError, ImageError
from deepdream.images import Photo, read_image, read_recipe, resize, shrink
from deepdream.web.rooms import sharing
from deepdream.web.rooms.stage import SHOWN_SIDE
from deepdream.web.server.host import Host
from deepdream.web.server.messages import sorry, warn
from deepdream.web.server.uploads import Upload, uploaded_file
from deepdream.web.server.visitors import Visitor
from deepdream.web.texts import say

GUIDE_SIDE = 1024
READABLE = 40.0  # megapixels; a photo above the host's own limit is still read, and can be shrunk


def upload_of(host: Host, named: Any, language: str | None) -> Upload:
    """Return the file of an upload that a request names, by its path or as a record with one.

    Raises:
        gr.Error: it names anything else.
    """
    path = uploaded_file(named.get("path") if isinstance(named, dict) else named, host.visitors.root)
    if path is None:
        raise sorry(say("not_uploaded", language))
    return path


def read_photo(host: Host, file: Upload) -> Photo:
    """Decode an upload and drop the file, which holds the photo's own notes.

    Raises:
        ImageError: it is not a picture, damaged, or too large.
    """
    try:
        return read_image(file, max_megapixels=max(host.limits.megapixels, READABLE))
    finally:
        host.visitors.uploads.drop(file)


def read_photos(host: Host, items: Any, language: str | None) -> tuple[list[tuple[str, Photo]], str]:
    """Read what was uploaded; return (name, photo) of each, and the settings that a single one brought along.

    Raises:
        gr.Error: none of them is a picture.
    """
    photos, carried, trouble = list[tuple[str, Photo]](), "", None
    wanted = items[: host.limits.photos] if isinstance(items, list) else []
    for item in wanted:
        file = upload_of(host, item, language)
        carried = carried_settings(file) if len(wanted) == 1 else ""
        try:
            photos.append((_name_of(item), read_photo(host, file)))
        except ImageError as error:
            trouble = error
    if not photos:
        raise sorry(f"{say('not_a_picture', language)} {trouble}" if trouble else say("no_photo", language))
    if trouble is not None:
        warn(str(trouble))
    return photos, carried


def take_photos(visitor: Visitor, photos: list[tuple[str, Photo]], side: int, *, carried: str = "") -> None:
    """Make photos the visitor's own and show the first; what belonged to the one before goes."""
    with visitor.lock:
        for _, old in visitor.batch:
            old.unlink(missing_ok=True)
        visitor.batch = [(name, visitor.keep_photo(photo)) for name, photo in photos]
        visitor.carried, visitor.mask, visitor.current, visitor.preview = carried, None, None, None
        use_photo(visitor, photos[0][1], side)


def use_photo(visitor: Visitor, photo: Photo, side: int) -> None:
    """Bring a photo to the chosen size (0: its own), and make its picture for the page."""
    visitor.photo, visitor.side = shrink(photo, side) if side > 0 else photo, side
    if visitor.photo_file is not None:
        visitor.frames.append(visitor.photo_file)  # a browser may be fetching it: it goes with the old frames
    picture = shrink(visitor.photo, SHOWN_SIDE).pixels
    visitor.photo_file = visitor.write_picture(picture, quality=92, keep=True)


def read_mask(host: Host, file: Upload, photo: Photo) -> np.ndarray | None:
    """Read a painted mask: 1 where its picture is opaque, at the photo's size; None where it is opaque all over.

    Raises:
        ImageError: it is not a picture, or too large.
    """
    try:
        alpha = read_image(file, max_megapixels=4.0).alpha
    finally:
        host.visitors.uploads.drop(file)
    return (resize(alpha, photo.size) > 0.5).astype(np.float32) if alpha is not None else None


def read_guide(host: Host, file: Upload) -> np.ndarray:
    """Read a guide picture, at most a megapixel of it.

    Raises:
        ImageError: it is not a picture, damaged, or too large.
    """
    return shrink(read_photo(host, file), GUIDE_SIDE).pixels


def carried_settings(file: Upload) -> str:
    """Return the settings in a photo that was dreamed before, as a link's text, or ""."""
    try:
        return sharing.link_query(read_recipe(file))
    except DreamError:
        return ""


def _name_of(item: Any) -> str:
    name = item.get("name") if isinstance(item, dict) else None
    return name[:100] if isinstance(name, str) else "photo"
