"""The room where photos dream: one photo, one button, one large picture; every other control when it is wanted."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from deepdream.presets import PRESETS
from deepdream.recipe import Recipe
from deepdream.web.components import pieces
from deepdream.web.components.controls import FINISH, FIRST, control, words
from deepdream.web.components.pictures import looks, samples
from deepdream.web.components.pieces import Piece, strip
from deepdream.web.components.wishes import READ, SETS, Wishes
from deepdream.web.rooms.dream.actions import SETTINGS
from deepdream.web.rooms.dream.photos import PhotoActions
from deepdream.web.rooms.dream.results import ResultActions
from deepdream.web.rooms.dream.settings import SettingsActions
from deepdream.web.rooms.dream.visits import VisitActions
from deepdream.web.server.costs import SIDE, SIDES
from deepdream.web.server.host import Host


class DreamTab:
    """Hold the components of the room, and connect them with what they do."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.photos, self.dreams = PhotoActions(host), VisitActions(host)
        self.results, self.settings = ResultActions(host), SettingsActions(host)
        self.made: dict[str, gr.components.Component] = {}  # the control of each setting
        self.controls: list[gr.components.Component] = []  # in the order of SETTINGS
        self.opened: list[gr.components.Component] = []
        self.with_side: list[gr.components.Component] = []
        self.wishes: dict[str, gr.components.Component] = {}
        self.previewed: list[gr.components.Component] = []

    def layout(self, tab: gr.Tab) -> None:
        """Draw the room: the picture first, then the controls; the style sheet puts them side by side."""
        with gr.Row(elem_classes="room"):
            with gr.Column(elem_classes="canvas"):
                self.layout_canvas()
            with gr.Column(elem_classes="controls"):
                self.looks = Piece(
                    "chips",
                    pieces.chips("look"),
                    events=("select",),
                    value="compact_default",
                    elem_id="looks",
                    looks=looks(),
                )
                self.layout_controls()
        self.identity = Piece(
            "identity", "", events=("resume", "leave"), value={}, elem_id="identity", visible="hidden"
        )
        self.memory = gr.BrowserState("", storage_key="deepdream-settings", secret="deepdream")

    def layout_canvas(self) -> None:
        """Draw the picture and all that is done with it."""
        self.stage = Piece(
            "stage",
            pieces.markup("stage"),
            events=("upload", "select", "mask", "point", "choose", "drop", "recipe", "shrink"),
            value={"state": "empty"},
            elem_id="stage",
            elem_classes="stage",
            samples=[{key: sample[key] for key in ("name", "picture")} for sample in samples()],
            most_photos=self.host.limits.photos,
            home=True,
        )
        with gr.Row(elem_classes="actions"):
            self.go = gr.Button(words("dream"), variant="primary", elem_id="dream", elem_classes="go")
            self.halt = gr.Button(words("stop"), interactive=False, elem_id="stop", elem_classes="halt")
            self.keeping = Piece(
                "keep",
                pieces.markup("keep"),
                events=("save", "settings", "recipe"),
                value={},
                elem_id="keep",
                elem_classes="keep only-done",
            )
            self.cost = Piece("cost", "", elem_id="cost", elem_classes="cost only-photo")
        with gr.Row(elem_classes="after-run only-photo"):
            self.onward = gr.Button(words("continue"), elem_id="continue", elem_classes="only-done", size="sm")
            self.again = gr.Button(words("again"), elem_id="again", elem_classes="only-done", size="sm")
            self.back = gr.Button(words("undo"), elem_id="undo", size="sm")
        with gr.Row(elem_classes="strengths only-photo"):
            self.made |= {name: control(name, Recipe.settings()[name]) for name in FINISH}
        self.zip = gr.DownloadButton(words("zip"), visible=False, elem_id="zip")
        self.film = strip("octave_row", "film", "only-done")
        self.history = strip("history", "history")

    def layout_controls(self) -> None:
        """Draw the controls, made from the recipe's table: the few first ones, and all others by group."""
        settings = Recipe.settings()
        self.wishes = {name: control(name, wish, table="wish") for name, wish in Wishes.settings().items()}
        sizes = [(str(side) if side else words("size_full"), side) for side in SIDES]
        self.side = gr.Radio(
            sizes, value=SIDE, label=words("size"), info=words("size_help"), elem_id="sizes", elem_classes="pills"
        )
        Piece("fold", pieces.markup("fold"), elem_id="unfold", folds="technical")
        with gr.Column(elem_id="technical"):  # no gr.Accordion: one that was never open loses what its pieces are told
            self.made |= {name: control(name, settings[name]) for name in ("layers", *FIRST)}
        with gr.Accordion(words("guide"), open=False, elem_id="guide"):
            gr.Markdown(words("guide_help"), elem_classes="note")
            self.guide = pieces.photo_input(label=words("guide"), show_label=False, elem_id="guide-picture", height=190)
        with gr.Accordion(words("advanced"), open=False, elem_id="advanced"):
            self.finder = Piece("finder", pieces.markup("finder"), events=("reset",), value=[], elem_id="finder")
            named = [
                (each.title, each.name) for each in PRESETS.values() if each.recipe.network in self.host.networks()
            ]
            self.published = gr.Dropdown(
                named, value=None, label=words("published"), info=words("published_help"), elem_id="published"
            )
            group = ""
            for name, setting in settings.items():
                if name in self.made:
                    continue
                if setting.group != group:
                    group = setting.group
                    gr.Markdown(words(f"group.{group}"), elem_classes="heading")
                self.made[name] = control(name, setting)
        self.made["network"].choices = [(name, name) for name in self.host.networks()]
        self.controls = [self.made[name] for name in SETTINGS]
        self.opened = [self.stage, self.cost, self.film, self.zip]  # what a new photo changes
        self.with_side = [self.side, *self.controls]
        self.previewed = [self.stage, self.cost, self.looks, self.finder]

    def listen(self, page: gr.Blocks, tabs: gr.Tabs) -> None:
        """Connect the components with the functions above; none of these is an endpoint of the public API."""
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        at_once: dict[str, Any] = {**quiet, "queue": False}
        many: dict[str, Any] = {**quiet, "concurrency_limit": None}
        controls, layers, network = self.controls, self.made["layers"], self.made["network"]
        live: dict[str, Any] = {
            **many,
            "fn": self.dreams.preview,
            "inputs": controls,
            "outputs": self.previewed,
            "trigger_mode": "always_last",
            "concurrency_id": "preview",
        }
        running = [self.stage, self.go, self.halt, self.film, self.history, self.zip]
        named = [*controls, self.looks, self.finder, *self.wishes.values()]
        restored = [self.stage, self.film, self.history, self.cost, *named]
        dreaming = [control for name, control in self.made.items() if name not in (*FINISH, "network")]

        self.stage.upload(self.photos.open_upload, self.with_side, self.opened, **many).success(**live)
        self.stage.select(self.photos.open_sample, self.with_side, self.opened, **many).success(**live)
        self.side.input(self.photos.change_size, self.with_side, [self.stage, self.cost], **many).success(**live)
        self.stage.mask(self.photos.set_mask, None, None, **many).success(**live)
        self.stage.point(self.settings.point, controls, self.stage, **many)
        self.stage.choose(self.settings.choose_seen, None, layers, **at_once).success(**live)
        self.stage.drop(self.photos.leave_out, None, self.guide, **many).success(**live)
        gr.on([self.guide.upload, self.guide.clear], self.photos.set_guide, self.guide, self.guide, **many).success(
            **live
        )

        gr.on(_moves(dreaming), **live)
        finishing = _moves([self.made[name] for name in FINISH])
        gr.on(finishing, self.results.refinish, controls, self.stage, trigger_mode="always_last", **many)
        network.input(self.settings.choose_network, network, layers, **many).success(**live)
        for name, wish in self.wishes.items():
            set_by = {
                "fn": self.settings.wish(name),
                "inputs": [wish, *controls],
                "outputs": [self.made[each] for each in SETS[name]],
            }
            gr.on(_moves([wish]), trigger_mode="always_last", **at_once, **set_by).success(**live)
        read = _moves([self.made[name] for name in READ])
        gr.on(read, self.settings.tell_wishes, controls, list(self.wishes.values()), **at_once)
        self.finder.reset(self.settings.reset, None, named, **at_once).success(**live)
        self.looks.select(self.settings.choose_look, None, named, **at_once).success(**live)
        self.published.input(self.settings.choose_named, self.published, named, **at_once).success(**live)

        starts = (
            (self.go.click, self.dreams.dream),
            (self.onward.click, self.dreams.go_on),
            (self.stage.shrink, self.dreams.shrink),
        )
        for event, function in starts:
            run = event(function, controls, running, trigger_mode="once", **many)
            run.then(self.settings.remember_settings, controls, self.memory, **at_once)
            run.failure(self.dreams.after_failure, None, running[:3], **at_once)
        self.halt.click(self.dreams.stop, None, None, **at_once)
        left = [self.identity, self.stage, self.film, self.history, self.zip, self.cost]
        self.identity.resume(self.dreams.resume, None, [self.identity, *running, self.cost, *named], **many)
        self.identity.leave(self.dreams.leave, None, left, **at_once)

        self.film.select(self.results.choose_octave, None, [self.stage, self.film], **many)
        self.history.select(self.results.restore, None, restored, **many)
        self.back.click(self.results.undo, None, restored, **many)
        self.again.click(self.photos.dream_again, controls, self.opened, **many).success(**live)
        self.keeping.save(self.results.save, controls, self.keeping, **many)
        self.keeping.settings(self.settings.share, controls, self.keeping, **at_once)
        for piece in (self.keeping, self.stage):
            piece.recipe(self.settings.load_recipe, None, named, **many).success(**live)
        page.load(self.settings.open_page, self.memory, named, **many)


def _moves(components: Sequence[gr.components.Component]) -> list[Any]:
    """Return the events by which people change controls: arrow keys never fire `release`, a preset never `input`."""
    inputs = [component.input for component in components]
    return inputs + [component.release for component in components if isinstance(component, gr.Slider)]
