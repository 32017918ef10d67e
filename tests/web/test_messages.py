"""What the server says is text, and is said in one place."""

import html
import re
from pathlib import Path

import pytest

from deepdream.web.server import messages


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
