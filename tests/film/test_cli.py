"""The verbs `film` and `morph`, end to end on tiny pictures."""

import numpy as np
import pytest
from tiny import photo

from deepdream.cli import build_parser, main
from deepdream.cli.film import film_of
from deepdream.film import production
from deepdream.film.film import Film
from deepdream.film.notes import read_film
from deepdream.film.tracks import Formula, Keys
from deepdream.images import write_image
from deepdream.networks import load_network
from deepdream.presets import preset
from deepdream.recipe import Recipe

QUICK = ("--octaves", "1", "--steps", "1", "--fps", "4", "--seconds", "1", "--precision", "fp32")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_image("photo.png", photo())
    return tmp_path


def film(*arguments):
    return film_of(build_parser().parse_args([*arguments, "-o", "out.mp4"]))


def test_a_loop_is_made_and_its_file_gives_the_film_back(here, capsys):
    assert main(["film", "photo.png", "-o", "loop.mp4", "--zoom", "1.3", "--turn", "10", "--loop", *QUICK]) == 0
    said = capsys.readouterr().err
    assert "4 frames of 48 x 40, about " in said and "frame 4 of 4" in said and "loop.mp4, 4 frames" in said
    made = read_film("loop.mp4")
    assert (made.zoom, made.turn, made.loop, made.seconds) == (1.3, 10, "close", 1)
    assert film("film", "photo.png", "--keys", "loop.mp4") == made
    assert sorted(each.name for each in here.iterdir()) == ["loop.mp4", "photo.png"]


def test_a_morph_goes_through_its_presets(here):
    assert main(["morph", "photo.png", "compact_eyes", "compact_swirls", "-o", "morph.webp", *QUICK]) == 0
    stops = read_film("morph.webp").stops
    assert [each.layers for each in stops] == [preset(name).layers for name in ("compact_eyes", "compact_swirls")]
    assert film("film", "photo.png", "--through", "compact_eyes,compact_swirls").stops[1] == preset("compact_swirls")


def test_options_lie_over_the_file_of_keys(here):
    (here / "keys.json").write_text('{"zoom": 1.2, "tracks": {"turn": "5 * t"}, "recipe": {"steps": 3}}')
    read = film("film", "photo.png", "--keys", "keys.json", "--zoom", "1.5", "--steps", "7", "--key", "y=0b:0, 4b:1")
    assert (read.zoom, read.recipe) == (1.5, Recipe(steps=7))
    assert dict(read.tracks) == {"turn": Formula("5 * t"), "y": Keys(((0, 0, "linear"), (4, 1, "linear")), True)}


def test_options_reach_the_stops_of_a_films_file(here):
    made = Film(stops=(preset("compact_eyes"), preset("compact_swirls")))
    (here / "keys.json").write_text(made.to_json())
    read = film("film", "photo.png", "--keys", "keys.json", "--steps", "7")
    assert read.stops == tuple(each.replace(steps=7) for each in made.stops)


def test_stops_dream_with_their_own_network(here):
    other = Recipe(network="vgg16", layers=(("block1_conv1", 1.0),))
    stops = tuple(preset(name).replace(octaves=1, steps=1) for name in ("compact_eyes", "compact_swirls"))
    (here / "keys.json").write_text(Film(recipe=other, stops=stops, seconds=0.5, fps=4).to_json())
    assert main(["film", "photo.png", "--keys", "keys.json", "-o", "a.mp4", "--precision", "fp32"]) == 0


def test_another_network_dreams_with_its_own_layers(here):
    assert main(["film", "photo.png", "--network", "vgg16", "--weights", "none", "-o", "a.mp4", *QUICK]) == 0
    assert read_film("a.mp4").recipe.layers == load_network("vgg16", weights=None).default_layers
    given = ["--network", "vgg16", "--weights", "none", "--layers", "block1_conv1=1"]
    assert main(["film", "photo.png", "-o", "b.mp4", *given, *QUICK]) == 0
    assert read_film("b.mp4").recipe.layers == (("block1_conv1", 1.0),)


@pytest.mark.parametrize("way", [["--preset", "compact_eyes"], ["--recipe", "photo.json"]])
def test_one_recipe_is_refused_beside_several(here, capsys, way):
    (here / "photo.json").write_text(Recipe(steps=3).to_json())
    assert main(["morph", "photo.png", "compact_eyes", "compact_swirls", "-o", "a.mp4", *way]) == 2
    assert "are of a film with one recipe" in capsys.readouterr().err


def test_an_interrupt_keeps_what_is_there_and_resume_goes_on(here, capsys, monkeypatch):
    command = ["film", "photo.png", "-o", "a.mp4", "--zoom", "1.3", *QUICK]
    frames = production.Production.frames

    def broken(self):
        for frame in frames(self):
            yield frame
            if frame.index == 1:
                raise KeyboardInterrupt

    monkeypatch.setattr(production.Production, "frames", broken)
    assert main(command) == 130
    assert "interrupted; --resume goes on. Kept: a.mp4, 2 frames" in capsys.readouterr().err
    monkeypatch.setattr(production.Production, "frames", frames)
    assert main([*command, "--resume"]) == 0
    said = capsys.readouterr().err
    assert "2 of them there" in said and "a.mp4, 4 frames" in said


def test_an_interrupt_while_the_file_is_written_says_how_to_go_on(here, capsys, monkeypatch):
    def interrupted(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(production.Production, "finish", interrupted)
    assert main(["film", "photo.png", "-o", "a.mp4", *QUICK]) == 130
    assert "interrupted; the film's parts are kept, and --resume goes on with them." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["photo.png", "-o", "a.mov"], "the ending chooses the format"),
        (["photo.png", "-o", "."], '"." has no name; choose a file'),
        (["photo.png", "-o", "no/a.mp4"], 'there is no folder "no"'),
        (["none.mp4", "-o", "a.mp4"], "'none.mp4' cannot be opened"),
        (["photo.png", "-o", "a.mp4", "--zoom", "9"], "zoom: received 9.0; allowed: numbers from 0.25 to 4"),
        (["photo.png", "-o", "a.mp4", "--key", "zoom"], "is not NAME=TEXT"),
        (["photo.png", "-o", "a.mp4", "--key", "zooom=1"], "'zooom' cannot have keys; nearest: zoom"),
        (["photo.png", "-o", "a.mp4", "--key", "zoom=import os"], "is not a formula"),
        (["photo.png", "-o", "a.mp4", "--key", "zoom=bass 1 2"], "follows the bass of a sound, but the film has none"),
        (["photo.png", "-o", "a.mp4", "--through", "compact_eye"], "'compact_eye' is not a preset; nearest"),
        (["photo.png", "-o", "a.mp4", "--seconds", "3600", "--fps", "60"], "more than 36000 frames"),
        (["photo.png", "-o", "a.mp4", "--quality", "60"], "quality: received 60; allowed: 0 to 51 with h264"),
        (["photo.png", "-o", "a.gif", "--bits", "10"], ".gif has no bits"),
        (["photo.png", "-o", "a.mp4", "--sound", "photo.png"], "is not a video that can be read"),
    ],
)
def test_mistakes_are_told_in_a_line(here, capsys, arguments, message):
    assert main(["film", *arguments]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len([line for line in said if line.startswith("deepdream: ")]) == 1
    assert message in " ".join(said)


def test_a_still_film_without_keys_is_one_dream(here):
    main(["film", "photo.png", "-o", "frames", *QUICK])
    pictures = [(here / "frames" / f"{index:05d}.png").read_bytes() for index in range(4)]
    assert len(set(pictures)) == 1 and np.ptp([len(each) for each in pictures]) == 0
