"""The looks on one's own photo in idle time; surprises, variations and mixtures."""

import contextlib
import dataclasses
from typing import Any

import gradio as gr
import numpy as np
import pytest

from deepdream.errors import RecipeError
from deepdream.images import Photo, read_image
from deepdream.networks import load_network
from deepdream.presets import PRESETS
from deepdream.recipe import Recipe
from deepdream.variations import mix
from deepdream.web.rooms.dream.chance import KEPT, Chances, Draw, locks_of, share_of
from deepdream.web.rooms.dream.faces import best_guesses, dream_small
from deepdream.web.server.events import data_of
from deepdream.web.server.scheduler import SPARE, Turns

from .conftest import ASSETS
from .test_page import give, small_photo

free = contextlib.nullcontext


def photo(side: int = 160) -> Photo:
    return Photo(np.random.default_rng(0).random((side * 3 // 4, side, 3), np.float32))


# In idle time


def test_the_engine_has_time_to_spare_only_a_while_after_the_last_step_of_a_preview(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("deepdream.web.server.scheduler.time.monotonic", lambda: now[0])
    turns = Turns()
    assert turns.spare
    with turns.preview_step():
        assert not turns.spare
    assert not turns.spare, "the preview may be between two of its steps"
    now[0] += SPARE + 0.01
    assert turns.spare
    ticket = turns.enter()
    assert not turns.spare, "somebody dreams"
    turns.leave(ticket)
    assert turns.spare


def test_a_small_dream_ends_before_its_next_step_once_the_engine_is_wanted():
    steps = []

    def stale() -> bool:
        return len(steps) >= 3

    @contextlib.contextmanager
    def turn():
        steps.append(1)
        yield

    assert dream_small(photo(), Recipe(), load_network("compact"), stale=stale, turn=turn) is None
    assert len(steps) == 3


@pytest.mark.parametrize("name", ["compact_penguins", "compact_temples"])
def test_what_a_photo_holds_is_guessed_among_the_first(name):
    network, sky = load_network("compact"), read_image(ASSETS / "sky.jpg")
    with_it = Photo(dream_small(sky, PRESETS[name].recipe, network, stale=lambda: False, turn=free))
    guesses = best_guesses(network, with_it, free)
    assert guesses[0] == "compact_default" and guesses.index(name) <= 3
    assert sorted(guesses) == sorted(each for each in PRESETS if each.startswith("compact_"))


# Draws


def test_a_draw_is_kept_once_newest_first_and_the_oldest_falls_off():
    chances = Chances()
    for count in range(KEPT + 3):
        chances.draw(Recipe(seed=count), count)
    chances.draw(Recipe(seed=KEPT), KEPT)
    assert [draw.number for draw in chances.draws] == [KEPT, KEPT + 2, KEPT + 1, *range(KEPT - 1, 2, -1)]


def test_a_new_photo_takes_the_pictures_of_draws_and_leaves_their_recipes(tmp_path):
    picture = tmp_path / "a.jpg"
    picture.write_bytes(b"")
    chances = Chances(draws=[Draw(1, Recipe(seed=1), picture)], offered=[Draw(2, Recipe(seed=2))])
    chances.renew()
    assert not picture.exists() and [draw.recipe.seed for draw in chances.draws] == [1] and not chances.offered


@pytest.mark.parametrize(
    "data", [None, {}, {"locks": "look"}, {"locks": 3, "far": "x"}, {"far": float("nan")}, {"far": 10**400}]
)
def test_odd_data_from_a_browser_locks_nothing_and_is_within_bounds(data):
    event = gr.EventData(None, data)
    assert locks_of(event) == [] and 0 <= share_of(data_of(event), "far") <= 1


def test_mixing_goes_between_what_was_there_and_the_look_however_often_the_slider_moves(page_server, monkeypatch):
    actions = page_server.rooms["dream"].chance
    chances = Chances()
    monkeypatch.setattr(actions, "visitor", lambda request: type("V", (), {"of": lambda self, kind: chances})())
    one, other = Recipe(), PRESETS["compact_temples"].recipe
    now = one
    for weight in (0.2, 0.9, 0.5):
        monkeypatch.setattr(actions, "recipe", lambda values, now=now: now)
        actions.mix(None, {"draws": [], "mix": {"look": "compact_temples", "weight": weight}})
        now = chances.mixed
        assert now == mix(one, other, weight)
    for odd in ({"mix": {"look": "no such"}}, {"mix": 3}, {}, None, "mix"):
        with pytest.raises(RecipeError):
            actions.mix(None, odd)


# In Chromium


def links(page: Any, row: str) -> list[str]:
    return page.locator(f"#chance [data-part={row}] a").evaluate_all("all => all.map(one => one.getAttribute('href'))")


@pytest.mark.browser
@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.long), 390])
def test_own_photo_on_looks_surprise_variations_and_mixture(visit, page_server, tmp_path, monkeypatch, width):
    monkeypatch.setattr(page_server.host, "limits", dataclasses.replace(page_server.host.limits, faces=2))
    page = visit(width=width, opened=False)
    before = page.get_attribute("#looks [data-name=compact_default] img", "src")
    give(page, small_photo(tmp_path))
    page.wait_for_function("document.querySelectorAll('#looks img[src*=\"/file=\"]').length === 2", timeout=60_000)
    assert page.get_attribute("#looks [data-name=compact_default] img", "src") != before

    page.click("#chance [data-part=surprise]")
    page.wait_for_selector("#chance [data-part=draws] img", timeout=30_000)
    (first,) = links(page, "draws")
    page.click("#chance [data-part=vary]")
    page.wait_for_function("document.querySelectorAll('#chance [data-part=offered] img').length === 4", timeout=60_000)
    offered = links(page, "offered")
    assert len({first, *offered}) == 5, "four that differ from each other, and from what is there"
    page.locator("#chance [data-part=offered] .shot").nth(1).click()
    page.wait_for_function("document.querySelectorAll('#chance [data-part=draws] a').length === 2", timeout=30_000)
    assert links(page, "draws") == [offered[1], first]

    page.select_option("#chance select", "compact_temples")
    page.wait_for_function("!document.querySelector('#looks [aria-pressed=true]')")  # neither the one nor the other
