"""What the listeners of every room need: who asks, the recipe of the controls, its cost, and Stop.

A listener takes what Gradio hands to it, the values of all settings' controls last, and returns what the room's
components shall show. What a browser sends is a stranger's data, and is checked here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import gradio as gr

from deepdream.errors import DreamError
from deepdream.networks import megabytes_to_fetch
from deepdream.recipe import Recipe
from deepdream.settings.finish import Finish
from deepdream.web.components.controls import settings_from
from deepdream.web.rooms.shared.photos import Material, stop_renders
from deepdream.web.rooms.shared.results import History
from deepdream.web.rooms.shared.standing import preview_stage, standing_stage
from deepdream.web.server.costs import Planned
from deepdream.web.server.events import data_of, visitor_of
from deepdream.web.server.host import Host
from deepdream.web.server.previews import Preview
from deepdream.web.server.visitors import State, Visitor

SETTINGS = list(Recipe.settings())  # in the order in which controls hand over their values

Values = tuple[Any, ...]


@dataclass(eq=False)
class Downloads(State):
    """Hold which network's weights the visitor was last asked about, and those that they let this host fetch."""

    asked: str = ""
    agreed: set[str] = field(default_factory=set)


class Actions:
    """Act for whoever asks, on one host."""

    history: type[History] = History  # of the room's finished pictures

    def __init__(self, host: Host) -> None:
        self.host = host

    def visitor(self, request: gr.Request) -> Visitor:
        """Return who asks."""
        return visitor_of(self.host, request)

    def recipe(self, values: Sequence[Any]) -> Recipe:
        """Return the recipe of the controls' values.

        Raises:
            RecipeError: a value is not allowed; as any DreamError, it is shown to who asked.
        """
        return settings_from(Recipe(), SETTINGS, values)

    def plan(self, visitor: Visitor, recipe: Recipe) -> Planned | None:
        """Plan a dream on the visitor's photo, if there is one."""
        photo = visitor.of(Material).photo
        return self.host.costs.plan(recipe, photo.size) if photo is not None else None

    def cost_now(self, visitor: Visitor, values: Values) -> dict[str, Any] | None:
        """Return the cost of a dream with the controls' values; None where they are wrong."""
        try:
            return batch_cost(visitor, self.plan(visitor, self.recipe(values)))
        except DreamError:
            return None

    async def seen(
        self,
        visitor: Visitor,
        settings: Finish,
        done: Preview | None,
        stale: Callable[[], bool],
        key: str,
        **about: Any,
    ) -> dict[str, Any]:
        """Return the stage with a preview; it covers nothing that a newer wish was answered with meanwhile.

        about: what else the stage shall know.
        """
        if done is None or stale():
            return gr.skip()
        visitor.of(self.history).preview = done
        stage = await self.host.preview(partial(preview_stage, of=self.history), visitor, settings, {"key": key})
        return gr.skip() if stale() else {**stage, **about}

    def ask(self, visitor: Visitor, network: str) -> dict[str, Any] | None:
        """Return the stage that asks whether a network may be fetched, and tells its size; None where it need not.

        Every room asks before it has the host fetch a network that a visitor chose; see `agree`.
        """
        megabytes = self.to_fetch(visitor, network)
        if not megabytes:
            return None
        visitor.of(Downloads).asked = network
        return {**self.standing(visitor, {"key": "ask_network", "name": network, "n": megabytes}), "remedy": "network"}

    def standing(self, visitor: Visitor, status: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the room's stage as it stands."""
        return standing_stage(visitor, status, of=self.history)

    def after_failure(self, request: gr.Request) -> Values:
        """Free the buttons after a run that failed."""
        return self.standing(self.visitor(request)), *buttons(free=True)

    def to_fetch(self, visitor: Visitor, network: str) -> int:
        """Return about how many megabytes a network would take that the visitor has not agreed to yet, else 0."""
        agreed = self.host.loaded | visitor.of(Downloads).agreed
        return megabytes_to_fetch(network) if network not in agreed else 0

    def agree(self, event: gr.EventData, request: gr.Request) -> None:
        """Let the network be fetched that was asked about."""
        downloads = self.visitor(request).of(Downloads)
        if data_of(event).get("what") == "network":
            downloads.agreed.add(downloads.asked)

    def stop(self, request: gr.Request) -> None:
        """Ask the visitor's renders to end and to deliver what they have."""
        stop_renders(self.visitor(request))


def batch_cost(visitor: Visitor, planned: Planned | None, *, begun: float = 0.0) -> dict[str, Any] | None:
    """Return the cost of dreams on all of the visitor's photos, as plain data; a share of the first one is `begun`."""
    if planned is None:
        return None
    count = max(1, len(visitor.of(Material).batch))
    return replace(planned.cost, seconds=planned.cost.seconds * (count - begun)).told()


def buttons(*, free: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the button that starts a render, and Stop, become: one of them is free."""
    return gr.update(interactive=free), gr.update(interactive=not free)
