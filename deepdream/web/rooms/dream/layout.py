"""The room where photos dream: one photo, one button, one large picture; every other control when it is wanted."""

from typing import Any

import gradio as gr

from deepdream.presets import PRESETS
from deepdream.recipe import Recipe
from deepdream.web.components import pieces
from deepdream.web.components.controls import FINISH, FIRST, control, words
from deepdream.web.components.pictures import preset_chips
from deepdream.web.components.pieces import Piece, chips, strip
from deepdream.web.rooms.dream.chance import ChanceActions
from deepdream.web.rooms.dream.faces import FaceActions
from deepdream.web.rooms.dream.kept import KeptDreams
from deepdream.web.rooms.dream.material import MaterialActions
from deepdream.web.rooms.dream.results import ResultActions
from deepdream.web.rooms.dream.settings import SettingsActions
from deepdream.web.rooms.dream.visits import VisitActions
from deepdream.web.rooms.shared.layout import (
    AT_ONCE,
    EACH,
    EACH_AT_ONCE,
    MANY,
    Control,
    Desk,
    add_other_controls,
    kept_piece,
    moves,
    part,
    pills,
    run_row,
    sheet,
    stage_piece,
    two_columns,
)
from deepdream.web.server.costs import SIDE, SIDES
from deepdream.web.wishes import READ, SETS, Wishes


class DreamRoom:
    """Hold the components of the room, and connect them with what they do."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.made = desk, desk.recipe  # the control of each setting
        self.material, self.dreams = MaterialActions(desk.host), VisitActions(desk.host)
        self.results, self.settings = ResultActions(desk.host), SettingsActions(desk.host)
        self.faces, self.chance = FaceActions(desk.host), ChanceActions(desk.host)
        self.kept_dreams = KeptDreams(desk.host)

    # ------------------------------------------------------------------ layout

    def layout(self, tab: gr.Tab) -> None:
        """Draw the room, and lay on the desk what other rooms use of it."""
        self.tab = tab
        two_columns(self.layout_canvas, self.layout_controls)
        told = ("resume", "moved", "leave")
        self.identity = Piece("identity", "", events=told, value={}, elem_id="identity", visible="hidden")
        self.kept = kept_piece("dreams", "dream")
        self.memory = gr.BrowserState("", storage_key="deepdream-settings", secret="deepdream")
        self.desk.side, self.desk.opened = self.side, [self.stage, self.cost, self.film, self.zip]
        self.desk.preview = {
            **MANY,
            "fn": self.dreams.preview,
            "inputs": self.desk.controls,
            "outputs": [self.stage, self.cost, self.presets, self.finder, self.memory],
            "trigger_mode": "always_last",
            "concurrency_id": "preview",
        }

    def layout_canvas(self) -> None:
        """Draw the picture and all that is done with it."""
        told = ("mask", "point", "choose", "drop", "recipe", "shrink", "larger", "rest", "device")
        self.stage = stage_piece("stage", *told, most_photos=self.desk.host.limits.photos, home=True)
        self.go, self.halt, self.keeping, self.cost = run_row("dream")
        sheet("look", "see", "tune", "finish")
        with part("finish"):
            self.layout_finish()

    def layout_finish(self) -> None:
        """Draw what is done after a dream."""
        gr.Markdown(words("sheet.finish_later"), elem_classes="note only-sheet")
        with gr.Row(elem_classes="after-run only-photo"):
            self.onward = gr.Button(words("continue"), elem_id="continue", elem_classes="only-done", size="sm")
            self.again = gr.Button(words("again"), elem_id="again", elem_classes="only-done", size="sm")
            self.back = gr.Button(words("undo"), elem_id="undo", elem_classes="undo", size="sm")
            self.zip = gr.DownloadButton(words("zip"), visible=False, elem_id="zip", size="sm")
        with gr.Row(elem_classes="strengths only-photo"):
            self.made |= {name: self.control(name) for name in FINISH}
        self.film = strip("octave_row", "film", "only-done")
        self.history = strip("history", "history", "earlier")

    def layout_controls(self) -> None:
        """Draw the controls, made from the recipe's table: the few first ones, and all others by group."""
        with part("look"):
            self.presets = chips("look", "looks", "compact_default", preset_chips(), own=True)
            self.own_faces = Piece("faces", "", events=("fill",), value={}, elem_id="faces", visible="hidden")
        with part("tune"):
            self.layout_wishes()
        with part("look"):
            self.drawn = Piece(
                "chance",
                pieces.markup("chance"),
                events=("surprise", "vary", "take", "mix"),
                value={},
                elem_id="chance",
                elem_classes="chance",
                looks=preset_chips(),
            )
        Piece("fold", pieces.markup("fold"), elem_id="unfold", folds="technical")
        with gr.Column(elem_id="technical"):  # no gr.Accordion: one that was never open loses what its pieces are told
            with part("see"):
                self.made["layers"] = self.control("layers")
            with part("tune"):
                self.made |= {name: self.control(name) for name in FIRST}
        with part("see"), gr.Accordion(words("guide"), open=False, elem_id="guide"):
            gr.Markdown(words("guide_help"), elem_classes="note")
            self.guide = pieces.photo_input(label=words("guide"), show_label=False, elem_id="guide-picture", height=190)
        with part("tune"), gr.Accordion(words("advanced"), open=False, elem_id="advanced"):
            self.layout_advanced()

    def layout_wishes(self) -> None:
        """Draw what people ask for first, and the size."""
        self.wishes = {name: control(name, wish, table="wish") for name, wish in Wishes.settings().items()}
        sizes = [(str(side) if side else words("size_full"), side) for side in SIDES]
        self.side = pills(sizes, SIDE, "size", "sizes", info=words("size_help"))

    def layout_advanced(self) -> None:
        """Draw what finds a control, the published presets, and the controls that nobody needs at first."""
        self.finder = Piece("finder", pieces.markup("finder"), events=("reset",), value=[], elem_id="finder")
        networks = self.desk.host.networks()
        named = [(each.title, each.name) for each in PRESETS.values() if each.recipe.network in networks]
        self.published = gr.Dropdown(
            named, value=None, label=words("published"), info=words("published_help"), elem_id="published"
        )
        add_other_controls(self.made, Recipe.settings(), self.control, networks)

    def control(self, name: str) -> Control:
        """Make the control of one setting."""
        return control(name, Recipe.settings()[name])

    # ------------------------------------------------------------------ listeners

    def listen(self, page: gr.Blocks, tabs: gr.Tabs) -> None:
        """Connect the components with what they do."""
        self.running = [self.stage, self.go, self.halt, self.film, self.history, self.zip]
        self.named = [*self.desk.controls, self.presets, self.finder, *self.wishes.values()]
        network: dict[str, Any] = {"fn": self.settings.choose_network, "inputs": self.desk.controls}
        self.other_network = {**MANY, **network, "outputs": self.made["layers"]}
        self.listen_photos()
        self.listen_settings()
        self.listen_chance()
        self.listen_runs()
        self.listen_results()
        page.load(self.settings.open_page, self.memory, [self.identity, *self.named], **MANY)

    def listen_photos(self) -> None:
        """Connect what changes what the next dream takes in."""
        material, live, stage = self.material, self.desk.preview, self.stage
        self.desk.take_photos(stage, live)
        self.tab.select(**{**live, "fn": self.dreams.enter})
        composed = [self.made[name] for name in SETS["size"]]
        sized = self.side.input(
            material.change_size, [self.side, *self.desk.controls], [stage, self.cost, *composed], **MANY
        )
        sized.success(self.settings.tell_wishes, self.desk.controls, list(self.wishes.values()), **AT_ONCE)
        sized.success(**live)
        stage.larger(material.enlarge, self.desk.controls, [stage, self.cost], **MANY).success(**live)
        stage.rest(self.dreams.rest, self.desk.controls, [stage, self.cost], **MANY)
        stage.mask(material.set_mask, None, None, **EACH).success(**live)
        stage.device(self.dreams.choose_device, None, None, **AT_ONCE).success(**live)
        stage.drop(material.leave_out, None, self.guide, **MANY).success(**self.other_network).success(**live)
        guides = [self.guide.upload, self.guide.clear]
        gr.on(guides, material.set_guide, self.guide, self.guide, **MANY).success(**live)

    def listen_settings(self) -> None:
        """Connect the controls with the preview, and with what sets several of them."""
        settings, live, controls, named = self.settings, self.desk.preview, self.desk.controls, self.named
        layers, network = self.made["layers"], self.made["network"]
        gr.on(moves([each for name, each in self.made.items() if name not in (*FINISH, "network")]), **live)
        layers.input(settings.mix, controls, self.made["balance"], **AT_ONCE).success(**live)
        network.input(**self.other_network).success(**live)
        for name, wish in self.wishes.items():
            outputs, given = [self.made[each] for each in SETS[name]], [wish, *controls]
            moved: dict[str, Any] = {"fn": settings.wish(name), "inputs": given, "outputs": outputs, **AT_ONCE}
            gr.on(moves([wish]), trigger_mode="always_last", **moved).success(**live)
        read = moves([self.made[name] for name in READ])
        gr.on(read, settings.tell_wishes, controls, list(self.wishes.values()), **AT_ONCE)
        self.finder.reset(settings.reset, None, named, **AT_ONCE).success(**live)
        self.presets.select(settings.choose_chip, None, named, **EACH_AT_ONCE).success(**live)
        self.published.input(settings.choose_preset, self.published, named, **AT_ONCE).success(**live)
        for piece in (self.keeping, self.stage):
            piece.recipe(settings.load_recipe, None, named, **MANY).success(**live)
        self.keeping.settings(settings.share, controls, self.keeping, **AT_ONCE)
        self.stage.point(settings.point, controls, self.stage, **EACH)
        self.stage.choose(settings.choose_channel, None, layers, **AT_ONCE).success(**live)

    def listen_chance(self) -> None:
        """Connect what draws new settings, and what shows the looks on the photo."""
        chance, live, drawn, controls = self.chance, self.desk.preview, self.drawn, self.desk.controls
        self.own_faces.fill(self.faces.fill, None, self.own_faces, trigger_mode="always_last", **MANY)
        newest: dict[str, Any] = {"fn": chance.portray_newest, "inputs": controls, "outputs": drawn, **MANY}
        drawn.surprise(chance.surprise, controls, [drawn, *self.named], **AT_ONCE).success(**live).then(**newest)
        drawn.take(chance.take, None, [drawn, *self.named], **EACH_AT_ONCE).success(**live)
        drawn.vary(chance.vary, controls, drawn, **MANY)
        mixed = [drawn, *controls]
        drawn.mix(chance.mix, mixed, self.named, trigger_mode="always_last", **AT_ONCE).success(**live)

    def listen_runs(self) -> None:
        """Connect what starts a dream, ends it, and takes it up again."""
        dreams, controls = self.dreams, self.desk.controls
        starts = (
            (self.go.click, dreams.dream),
            (self.onward.click, dreams.go_on),
            (self.stage.shrink, dreams.shrink),
        )
        for event, function in starts:
            run = event(function, controls, self.running, trigger_mode="once", **MANY)
            run.then(self.settings.remember_settings, controls, self.memory, **AT_ONCE)
            run.failure(dreams.after_failure, None, self.running[:3], **AT_ONCE)
        self.halt.click(dreams.stop, None, None, **AT_ONCE)
        taken_up = [self.identity, *self.running, self.cost, *self.named]
        self.identity.resume(dreams.resume, controls, taken_up, **MANY)
        self.identity.moved(**self.desk.preview)
        self.identity.leave(dreams.leave, None, self.identity, **AT_ONCE)
        self.kept.keep(self.kept_dreams.keep, None, self.kept, **MANY)
        back = self.kept.give_back(self.kept_dreams.give_back, None, [self.stage, self.film, self.history], **MANY)
        back.success(**self.desk.preview)

    def listen_results(self) -> None:
        """Connect what is done with a finished dream."""
        results, controls = self.results, self.desk.controls
        restored = [self.stage, self.film, self.history, self.cost, *self.named]
        finishing = moves([self.made[name] for name in FINISH])
        gr.on(finishing, results.refinish, controls, self.stage, trigger_mode="always_last", **MANY)
        self.film.select(results.choose_octave, None, [self.stage, self.film], **EACH)
        self.history.select(results.restore, None, restored, **EACH)
        self.back.click(results.undo, None, restored, **MANY)
        again = self.again.click(results.dream_on, controls, self.desk.opened, **MANY)
        again.success(**self.desk.preview)
        self.keeping.save(results.save, controls, self.keeping, **MANY)
