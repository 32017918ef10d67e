"""The room that makes films of a photo or a clip."""

from dataclasses import replace
from typing import Any

import gradio as gr

from deepdream.film.settings import FilmSettings
from deepdream.web.components import pieces
from deepdream.web.components.controls import control, words
from deepdream.web.components.pictures import preset_chips
from deepdream.web.components.pieces import Dial, Piece, chips
from deepdream.web.rooms.film.actions import BEGIN, CHOICES, OWN_LOOK, SETTINGS, FilmActions, can_film
from deepdream.web.rooms.film.state import FORMATS, KINDS
from deepdream.web.rooms.shared.layout import (
    AT_ONCE,
    EACH,
    MANY,
    Control,
    Desk,
    part,
    pills,
    sheet,
    stage_piece,
    two_columns,
)

FIRST = ("zoom", "turn")  # shown without opening anything
ACCEPT = "image/*,video/*,.heic,.heif,.avif,.mkv,.json"
ADD = 'pip install "av>=15,<20" "opencv-python-headless>=4.10,<6"'


class FilmRoom:
    """Hold the components of the room, and connect them with what they do."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.actions = desk, FilmActions(desk.host)
        self.made: dict[str, Control] = {}
        self.here = can_film()

    # ------------------------------------------------------------------ layout

    def layout(self, tab: gr.Tab) -> None:
        """Draw the room: the picture first, then what kind of film; or how to add what films need."""
        self.tab = tab
        if not self.here:
            gr.Markdown(words("film_missing"), elem_id="film-missing")
            gr.Code(ADD, language="shell", show_label=False, interactive=False, elem_id="film-add")
            return
        two_columns(self.layout_canvas, self.layout_controls)
        self.controls = [self.made[name] for name in SETTINGS]

    def layout_canvas(self) -> None:
        """Draw the picture, what starts and stops, and what comes of it."""
        self.stage = stage_piece(
            "film-stage",
            "drop",
            tools=[],
            accept=ACCEPT,
            title="film_drop_title",
            start="film_start_title",
            keeps=False,  # it may be a clip
        )
        with gr.Row(elem_classes="actions"):
            self.go = gr.Button(words("film_go"), variant="primary", elem_id="make-film", elem_classes="go")
            self.halt = gr.Button(words("stop"), interactive=False, elem_id="stop-make-film", elem_classes="halt")
            self.cost = Piece("cost", "", elem_id="film-cost", elem_classes="cost only-photo")
        sheet("look", "tune")
        self.reel = Piece(
            "reel", pieces.markup("reel"), events=("sofar",), value={}, elem_id="reel", elem_classes="keep reel"
        )

    def layout_controls(self) -> None:
        """Draw what kind of film, how it moves, how it looks, and what file it becomes."""
        kinds = [(words(f"kind.{name}"), name) for name in KINDS]
        with part("look"):
            self.kind = pills(kinds, "loop", "film_kind", "film-kind", "kinds")
        with part("tune"):
            self.made |= {name: self.control(name) for name in FIRST}
            self.made["seconds"] = self.length()
            self.made |= {name: self.choice(name, sides) for name, sides in CHOICES.items()}
        with part("look"):
            self.look = self.looks("look", "film-look")
            with gr.Column(visible=False, elem_id="film-other") as self.second:
                self.other = self.looks("second_look", "film-other-look", "compact_animals")
        with part("tune"):
            self.format = pills([(name, name) for name in FORMATS], "mp4", "film_format", "film-format")
            with gr.Accordion(words("all_film_settings"), open=False, elem_id="film-advanced"):
                self.made |= {name: self.control(name) for name in SETTINGS if name not in self.made}

    def looks(self, title: str, name: str, value: str = OWN_LOOK) -> Piece:
        """Make the chips of the looks, of which the first is what the Dream room has."""
        own = {"name": OWN_LOOK, "key": "own_look", "title": OWN_LOOK, "hue": 265}
        return chips(title, name, value, [own, *preset_chips()])

    def control(self, name: str) -> Control:
        """Make the control of one setting, which begins with what the room begins with."""
        return control(name, replace(FilmSettings.settings()[name], default=getattr(BEGIN, name)), table="film")

    def length(self) -> Control:
        """Make the control of the seconds: within what this host takes on, where the setting itself has no end."""
        most, label = self.desk.host.limits.film_seconds, words("film.seconds")
        return Dial(1, most, value=BEGIN.seconds, step=0.5, label=label, elem_id="film-seconds", interactive=True)

    def choice(self, name: str, offered: tuple[int, ...]) -> Control:
        """Make the control of a number of which a few are offered."""
        choices = [(str(each), each) for each in offered]
        return pills(choices, int(getattr(BEGIN, name)), f"film.{name}", f"film-{name}")

    # ------------------------------------------------------------------ listeners

    def listen(self, page: gr.Blocks, tabs: gr.Tabs) -> None:
        """Connect the components with what they do."""
        if not self.here:
            return
        desk, actions, controls = self.desk, self.actions, self.controls
        asked = [self.kind, self.format, self.look, self.other, *controls, *desk.controls]
        running = [self.stage, self.go, self.halt, self.reel]
        priced: dict[str, Any] = {**AT_ONCE, "fn": actions.change, "inputs": asked, "outputs": self.cost}
        newest = {"trigger_mode": "always_last"}
        brought = [*desk.opened, self.stage, *asked]

        enter: dict[str, Any] = {**MANY, "fn": actions.enter, "inputs": asked, "outputs": [*running, self.cost]}
        self.tab.select(**enter)
        self.stage.drop(actions.agree, None, None, **MANY).success(**enter)
        for event, function in ((self.stage.upload, actions.bring), (self.stage.select, actions.choose_sample)):
            event(function, [desk.side, *asked], brought, **EACH).success(**priced)
        chosen = self.kind.input(actions.choose_kind, asked, [self.stage, *controls], **AT_ONCE)
        chosen.success(**priced)
        self.kind.change(lambda kind: gr.update(visible=kind == "morph"), self.kind, self.second, **AT_ONCE)
        moves = [self.look.select, self.other.select, *(each.input for each in controls)]
        gr.on(moves, **priced, **newest)

        run = self.go.click(actions.make, asked, running, trigger_mode="once", **MANY)
        run.failure(actions.after_film_failure, self.kind, running[:3], **AT_ONCE)
        self.halt.click(actions.stop, None, None, **AT_ONCE)
        self.reel.sofar(actions.so_far, None, self.reel, **MANY)
