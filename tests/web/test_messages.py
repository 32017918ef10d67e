"""What the server says is text, and is said in one place."""

import html
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepdream.errors import DownloadError, DreamError, ImageError, LayerError, RecipeError
from deepdream.images import read_image, read_recipe
from deepdream.recipe import Recipe
from deepdream.web.server import messages
from deepdream.web.texts import in_every_language, say


@pytest.mark.parametrize("hostile", ["<img src=//host/x>", '<a href="x">y</a>', "<form>", "&lt;"])
def test_messages_are_text(hostile, monkeypatch):
    """Gradio draws them as HTML, and what they repeat may come from somebody else's picture."""
    shown = []
    monkeypatch.setattr("gradio.Warning", lambda message: shown.append(message))
    monkeypatch.setattr("gradio.Info", lambda message, duration: shown.append(message))
    messages.warn(hostile), messages.tell(hostile, seconds=1)
    shown.append(messages.sorry(hostile).message)
    assert [html.unescape(each) for each in shown] == [hostile] * 3
    assert not [each for each in shown if "<" in each]


def test_every_message_of_the_page_goes_through_one_place():
    """gr.Error, gr.Warning and gr.Info stand in messages.py alone."""
    web = Path(messages.__file__).parents[1]
    found = {path.name for path in web.rglob("*.py") if re.search(r"gr\.(Warning|Info|Error)\(", path.read_text())}
    assert found == {"messages.py"}


@pytest.mark.parametrize("language", ["ko-KR,ko;q=0.9", "vi-VN"])
def test_an_error_is_told_wholly_in_the_visitors_language(language):
    with pytest.raises(ImageError) as unknown:
        read_image(b"no picture")
    with pytest.raises(RecipeError) as wrong:
        Recipe(steps=-1)
    others = [DownloadError("could not download"), LayerError("no layer"), RecipeError("styles: none")]
    told = [messages.reason(error, language) for error in (unknown.value, wrong.value, *others)]
    assert "HEIC" in told[0] and "AVIF" in told[0]
    known = {"JPEG", "PNG", "WebP", "GIF", "BMP", "TIFF", "HEIC", "AVIF", "compact"}
    plain = [re.sub("|".join(known), "", each) for each in told]
    assert not [each for each in plain if re.search(r"\b(the|is|allowed|not|layer|of)\b", each)], plain
    assert len(set(told)) == len(told)


def test_every_kind_of_error_has_its_words_in_every_language():
    kinds, classes = set(), [DreamError]
    while classes:
        kinds.add(classes[-1].kind)
        classes += classes.pop().__subclasses__()
    assert {"damaged", "empty", "format", "large", "no_recipe", "picture", "network", "layer"} < kinds
    assert not [kind for kind in kinds if not in_every_language(f"wrong.{kind}")]


@pytest.mark.parametrize(
    ("raise_it", "kind"),
    [
        (lambda: read_image(b""), "empty"),
        (lambda: read_image(b"no picture"), "format"),
        (lambda: read_image(_png()[:-30]), "damaged"),
        (lambda: read_image(_png(), max_megapixels=1e-6), "large"),
        (lambda: read_recipe(_png()), "no_recipe"),
    ],
)
def test_an_error_knows_its_kind_whatever_its_words(raise_it, kind):
    with pytest.raises(ImageError) as found:
        raise_it()
    assert messages.reason(found.value, "ko") == say(f"wrong.{kind}", "ko")


def _png() -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.arange(192, dtype=np.uint8).reshape(8, 8, 3)).save(file, "PNG")
    return file.getvalue()


def test_in_english_an_error_keeps_its_values():
    with pytest.raises(RecipeError) as wrong:
        Recipe(steps=-1)
    assert messages.reason(wrong.value, "de-DE") == str(wrong.value)
