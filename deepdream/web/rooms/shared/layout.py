"""What the rooms have in common as they are drawn: the desk, the stage, and controls by group."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import gradio as gr

from deepdream.settings.kinds import Setting
from deepdream.web.components import pieces
from deepdream.web.components.controls import words
from deepdream.web.components.pictures import samples
from deepdream.web.components.pieces import Piece
from deepdream.web.rooms.shared.actions import SETTINGS, Actions
from deepdream.web.server.host import Host

# How listeners are connected; none of them is an endpoint of the public API.
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
AT_ONCE: dict[str, Any] = {**QUIET, "queue": False}
MANY: dict[str, Any] = {**QUIET, "concurrency_limit": None}
# What carries data is heard also while one before it is answered; Gradio would drop it.
EACH: dict[str, Any] = {**MANY, "trigger_mode": "multiple"}
EACH_AT_ONCE: dict[str, Any] = {**AT_ONCE, "trigger_mode": "multiple"}

Control: TypeAlias = Any  # a component; what each of them tells of, Gradio adds as it runs


@dataclass(eq=False)
class Desk:
    """Hold what the rooms share of one page; the room that draws a thing lays it here, and the others need not know it.

    recipe: the control of each of a dream's settings. side: of the photo's size. opened: what a new photo changes.
    preview: the listener that shows a preview of the settings as they are now.
    """

    host: Host
    recipe: dict[str, Control] = field(default_factory=dict)
    side: Control | None = None
    opened: list[Control] = field(default_factory=list)
    preview: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.photos = Actions(self.host)

    @property
    def controls(self) -> list[Control]:
        """The controls of a dream's settings, in the order of their table."""
        return [self.recipe[name] for name in SETTINGS]

    def take_photos(self, stage: Any, *then: dict[str, Any]) -> None:
        """Let photos be brought to a stage, by the listeners `then`, one after another, shown there."""
        given = [self.side, *self.controls]
        for event, function in ((stage.upload, self.photos.open_upload), (stage.select, self.photos.open_sample)):
            done = event(function, given, self.opened, **EACH)
            for listener in then:
                done = done.success(**listener)


class Room(Protocol):
    """Be one tab of the page: drawn first, and connected once all of them are drawn."""

    def layout(self, tab: gr.Tab) -> None:
        """Draw the room."""

    def listen(self, page: gr.Blocks, tabs: gr.Tabs) -> None:
        """Connect its components with what they do."""


def stage_piece(name: str, *events: str, most_photos: int = 1, keeps: bool = True, **about: Any) -> Piece:
    """Make a large picture that takes photos, which the browser keeps; `events`: what it tells besides those."""
    return Piece(
        "stage",
        pieces.markup("stage"),
        events=("upload", "select", *events),
        value={"state": "empty"},
        elem_id=name,
        elem_classes="stage",
        samples=[{key: sample[key] for key in ("name", "picture")} for sample in samples()],
        most_photos=most_photos,
        keeps=keeps,
        **about,
    )


def kept_piece(kind: str, room: str) -> Piece:
    """Make what has the browser keep a room's finished pictures and give them back; `back`: its line is mended."""
    events = ("keep", "give_back", "back")
    return Piece("kept", "", events=events, value={}, elem_id=f"kept-{kind}", visible="hidden", kind=kind, room=room)


def run_row(name: str, prefix: str = "") -> tuple[gr.Button, gr.Button, Piece, Piece]:
    """Make the row of what starts and stops a run, keeps its picture and tells its cost; `prefix` of the last two."""
    with gr.Row(elem_classes="actions"):
        go = gr.Button(words(name), variant="primary", elem_id=name, elem_classes="go")
        halt = gr.Button(
            words("stop"), interactive=False, elem_id=f"stop-{name}" if prefix else "stop", elem_classes="halt"
        )
        keep = Piece(
            "keep",
            pieces.markup("keep"),
            events=("save", "settings", "recipe"),
            value={},
            elem_id=f"{prefix}keep",
            elem_classes="keep only-done",
        )
        cost = Piece("cost", "", elem_id=f"{prefix}cost", elem_classes="cost only-photo")
    return go, halt, keep, cost


def pills(
    choices: Sequence[tuple[Any, Any]], value: Any, title: str, name: str, kind: str = "", **about: Any
) -> Control:
    """Make a row of choices, of which one is pressed; `title`: the key of its label."""
    classes = f"pills {kind}".split()
    return gr.Radio(choices, value=value, label=words(title), elem_id=name, elem_classes=classes, **about)


def moves(components: Sequence[Control]) -> list[Any]:
    """Return the events by which people change controls: arrow keys never fire `release`, a preset never `input`."""
    inputs = [component.input for component in components]
    return inputs + [component.release for component in components if isinstance(component, gr.Slider)]


def two_columns(canvas: Callable[[], None], controls: Callable[[], None], **about: Any) -> None:
    """Draw the picture first, then the controls; the style sheet puts them side by side."""
    with gr.Row(elem_classes="room", **about):
        with gr.Column(elem_classes="canvas"):
            canvas()
        with gr.Column(elem_classes="controls"):
            controls()


def part(name: str) -> gr.Column:
    """Open a part of a room's controls: on a phone one of them is shown, on a desk all stand where they are drawn."""
    return gr.Column(elem_classes=f"part part-{name}")


def sheet(*parts: str) -> None:
    """Make the tabs that open these parts on a phone."""
    Piece("sheet", pieces.markup("sheet"), elem_classes="sheet", parts=list(parts))


def add_other_controls(
    made: dict[str, Control], table: Mapping[str, Setting], make: Callable[[str], Control], networks: Sequence[str]
) -> None:
    """Make the controls of all settings of a table that have none yet, by group, and offer the host's networks."""
    group = ""
    for name, setting in table.items():
        if name in made:
            continue
        if setting.group != group:
            group = setting.group
            gr.Markdown(words(f"group.{group}"), elem_classes="heading")
        made[name] = make(name)
    made["network"].choices = [(name, name) for name in networks]
