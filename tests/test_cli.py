"""The command line, end to end in this process, on tiny pictures."""

import errno
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import deepdream
from deepdream import Recipe, preset, read_image, read_recipe, write_image
from deepdream.cli import VERBS, build_parser, main
from deepdream.cli.options import arguments_of, base_recipe
from deepdream.cli.progress import Progress, duration, show_download
from deepdream.cli.setting_options import settings_given
from deepdream.errors import ImageError
from deepdream.images import read_record, resize
from deepdream.settings.kinds import format_setting
from deepdream.variations import surprise

SIZE = (56, 72)  # the compact network dreams from 32 pixels on, so that there is room for a second octave
QUICK = ("--octaves", "2", "--steps", "2", "--jitter", "4")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Work in an empty folder with one photo, photo.png, 72 pixels wide and 56 high."""
    monkeypatch.chdir(tmp_path)
    draw_photo("photo.png", seed=0)
    return tmp_path


def draw_photo(path, *, seed, size=SIZE):
    coarse = np.random.default_rng(seed).random((5, 6, 3)).astype(np.float32)
    write_image(path, np.clip(resize(coarse, size), 0, 1))


def gray_levels_apart(one, other):
    return np.abs(read_image(one).pixels - read_image(other).pixels).max() * 255


def recipe_of(*arguments):
    options = build_parser().parse_args(["dream", "photo.png", "-o", "dream.png", *arguments])
    return base_recipe(options).replace(**settings_given(options))


def other_value(setting):
    """Return a value that is allowed and not the default."""
    if setting.kind == "choice":
        return next(each for each in setting.choices if each != setting.default)
    by_kind = {
        "switch": not setting.default if setting.kind == "switch" else None,
        "name": "inception_v3",
        "layers": (("conv3_2:7@0.5,0.25", -1.5), ("conv4_1", 1.0)),
        "sizes": ((20, 30), (40, 60)),
    }
    if setting.kind in by_kind:
        return by_kind[setting.kind]
    return setting.low if setting.low != setting.default else setting.high


# Options and recipes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", Recipe.settings())
def test_every_setting_is_an_option_that_reaches_the_recipe(name):
    value = other_value(Recipe.settings()[name])
    flag = "--guide-mode" if name == "guide" else f"--{name.replace('_', '-')}"
    switches = {True: [flag], False: [flag.replace("--", "--no-", 1)]}
    arguments = switches[value] if isinstance(value, bool) else [f"{flag}={format_setting(value)}"]
    assert recipe_of(*arguments) == Recipe().replace(**{name: value})
    assert arguments_of({name: value}) == arguments


def test_switches_can_be_switched_off_and_limits_taken_away(place):
    Path("base.json").write_text(Recipe(flip=True, max_loss=3.0).to_json())
    assert recipe_of("--recipe", "base.json", "--no-flip", "--max-loss", "none") == Recipe()
    assert arguments_of({"flip": False, "max_loss": None}) == ["--no-flip", "--max-loss=none"]


def test_layers_are_read_as_the_readme_writes_them():
    recipe = recipe_of("--octave-scale", "1.3", "--layers", "mixed3=1,mixed5=1.5", "--seed", "3")
    assert recipe == Recipe(octave_scale=1.3, layers=(("mixed3", 1.0), ("mixed5", 1.5)), seed=3)


def test_later_sources_go_before_earlier_ones(place):
    Path("own.json").write_text(json.dumps({"version": 2, "steps": 7, "jitter": 3}))
    base = preset("caffe_2015_compact")
    assert recipe_of("--preset", "caffe_2015_compact") == base
    assert recipe_of("--preset", "caffe_2015_compact", "--recipe", "own.json") == base.replace(steps=7, jitter=3)
    recipe = recipe_of("--preset", "caffe_2015_compact", "--recipe", "own.json", "--steps", "9")
    assert recipe == base.replace(steps=9, jitter=3)


# Dreams --------------------------------------------------------------------------------------------------------------


def test_dream_writes_a_changed_picture_of_the_photos_size_with_its_recipe_and_record(place, capsys):
    assert main(["dream", "photo.png", "-o", "dream.png", *QUICK, "--precision", "fp32"]) == 0
    assert read_image("dream.png").size == SIZE
    assert gray_levels_apart("photo.png", "dream.png") > 3
    assert read_recipe("dream.png") == Recipe(octaves=2, steps=2, jitter=4)
    record = read_record("dream.png")
    assert record["deepdream"] == deepdream.__version__
    assert (record["network"], record["weights"], record["precision"]) == ("compact", "embedded", "fp32")
    assert "seconds" not in record
    said = capsys.readouterr()
    assert said.out == ""
    assert "photo.png" in said.err and "octave 2 of 2" in said.err and "dream.png" in said.err


@pytest.mark.parametrize("ending", ["png", "jpg", "webp"])
def test_the_recipe_in_a_picture_gives_the_same_picture(place, ending):
    draw_photo("photo.png", seed=5)
    arguments = ["--preset", "compact_swirls", *QUICK, "--seed", "11", "--strength", "0.8"]
    assert main(["dream", "photo.png", "-o", f"first.{ending}", *arguments]) == 0
    assert main(["dream", "photo.png", "-o", f"again.{ending}", "--recipe", f"first.{ending}"]) == 0
    assert gray_levels_apart(f"first.{ending}", f"again.{ending}") <= 1


def test_the_same_command_writes_the_same_bytes(place):
    for name in ("one", "other"):
        assert main(["dream", "photo.png", "-o", f"{name}.png", *QUICK, "--precision", "fp32"]) == 0
    assert Path("one.png").read_bytes() == Path("other.png").read_bytes()


def test_an_option_after_the_recipe_changes_the_picture(place):
    assert main(["dream", "photo.png", "-o", "one.png", *QUICK]) == 0
    assert main(["dream", "photo.png", "-o", "two.png", "--recipe", "one.png", "--seed", "2"]) == 0
    assert gray_levels_apart("one.png", "two.png") > 1


def test_zero_steps_give_the_photo_back(place):
    assert main(["dream", "photo.png", "-o", "same.png", "--steps", "0"]) == 0
    assert gray_levels_apart("photo.png", "same.png") == 0


def test_transparency_comes_back(place):
    alpha = np.linspace(0, 1, 56 * 72, dtype=np.float32).reshape(SIZE)
    write_image("glass.png", read_image("photo.png").pixels, alpha=alpha)
    assert main(["dream", "glass.png", "-o", "dream.png", *QUICK]) == 0
    assert np.abs(read_image("dream.png").alpha - alpha).max() < 1 / 255


def test_each_octave_is_kept_on_request(place):
    arguments = ["--octaves", "3", "--octave-scale", "1.25", "--steps", "1", "--octaves-to", "octaves"]
    assert main(["dream", "photo.png", "-o", "dream.png", *arguments]) == 0
    kept = sorted(Path("octaves").iterdir())
    assert [each.name for each in kept] == [f"dream-octave-{number}.png" for number in (1, 2, 3)]
    assert [read_image(each).size for each in kept] == [(35, 46), (44, 57), SIZE]
    assert gray_levels_apart(kept[-1], "dream.png") == 0


def test_a_black_mask_keeps_the_photo_and_a_white_one_changes_nothing(place):
    for name, gray in (("black", 0.0), ("white", 1.0)):
        write_image(f"{name}.png", np.full((*SIZE, 3), gray, np.float32))
        assert main(["dream", "photo.png", "-o", f"{name}-dream.png", *QUICK, "--mask", f"{name}.png"]) == 0
    assert main(["dream", "photo.png", "-o", "dream.png", *QUICK]) == 0
    assert gray_levels_apart("black-dream.png", "photo.png") == 0
    assert gray_levels_apart("white-dream.png", "dream.png") <= 1


def test_a_guide_steers(place):
    draw_photo("guide.png", seed=9)
    assert main(["dream", "photo.png", "-o", "plain.png", *QUICK]) == 0
    assert main(["dream", "photo.png", "-o", "guided.png", *QUICK, "--guide", "guide.png"]) == 0
    assert gray_levels_apart("plain.png", "guided.png") > 1


@pytest.mark.slow
def test_another_network_dreams_with_its_own_layers_unless_told(place):
    arguments = ["--network", "inception_v3", "--weights", "none", "--steps", "1", "--octaves", "1"]
    assert main(["dream", "photo.png", "-o", "dream.png", *arguments]) == 0
    recipe = read_recipe("dream.png")
    assert recipe.network == "inception_v3"
    assert all(name.startswith("mixed") for name, _ in recipe.layers)
    assert read_record("dream.png")["weights"] == "random"


# Features, wishes and style ------------------------------------------------------------------------------------------


def test_features_fill_a_sheet_and_name_classes(place, capsys):
    assert main(["features", "photo.png", "-o", "sheet.png", "--layer", "conv3_2", "--count", "6", "--top", "3"]) == 0
    assert len(capsys.readouterr().out.splitlines()) >= 3
    assert min(read_image("sheet.png").size) > 32


def test_one_channel_has_the_photos_size(place):
    assert main(["features", "photo.png", "-o", "channel.png", "--layer", "conv3_2", "--channel", "5"]) == 0
    assert read_image("channel.png").size == SIZE


def test_visualize_shows_what_a_channel_wants(place):
    quick = ["--steps", "2", "--size", "32", "--quiet"]
    assert main(["visualize", "conv3_2:5", "-o", "one.png", *quick]) == 0
    assert read_image("one.png").size == (32, 32)
    assert main(["visualize", "conv3_2:5", "conv3_2:6", "-o", "sheet.png", *quick]) == 0
    assert read_image("sheet.png").size[1] > 64


def test_style_paints_a_photo(place):
    draw_photo("style.png", seed=4)
    quick = ["--preset", "compact", "--steps", "2", "--quiet"]
    assert main(["style", "photo.png", "style.png", "-o", "painted.png", *quick]) == 0
    assert read_image("painted.png").size == SIZE
    assert gray_levels_apart("photo.png", "painted.png") > 1


# Folders -------------------------------------------------------------------------------------------------------------


def test_a_folder_goes_into_a_folder_and_a_bad_file_is_named(place, capsys):
    Path("in").mkdir()
    draw_photo("in/a.png", seed=1)
    Path("in/b.jpg").write_text("no picture")
    draw_photo("in/c.webp", seed=3)
    Path("in/notes.txt").write_text("not looked at")
    assert main(["dream", "in", "-o", "new/out", *QUICK, "--format", "jpg"]) == 2
    assert sorted(each.name for each in Path("new/out").iterdir()) == ["a.jpg", "c.jpg"]
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("deepdream:")]
    assert len(errors) == 2
    assert "b.jpg" in errors[0]
    assert errors[1] == "deepdream: 1 of 3 photos failed: b.jpg"


def test_photos_of_one_name_do_not_overwrite_each_other(place):
    Path("in").mkdir()
    draw_photo("in/photo.jpg", seed=1)
    assert main(["dream", "photo.png", "in", "-o", "out", *QUICK, "--quiet"]) == 0
    assert sorted(each.name for each in Path("out").iterdir()) == ["photo-2.png", "photo.png"]


@pytest.mark.slow
def test_other_engines_make_the_same_pictures_and_a_second_start_makes_the_missing_ones(place, capsys):
    for number in range(3):
        draw_photo(f"photos-{number}.png", seed=number)
    Path("photos-1.txt.png").write_text("no picture")
    photos = sorted(map(str, Path().glob("photos-*.png")))
    assert main(["dream", *photos, "-o", "here/", *QUICK, "--precision", "fp32"]) == 2
    assert main(["dream", *photos, "-o", "there/", *QUICK, "--precision", "fp32", "--engines", "2"]) == 2
    assert "1 of 4 photos failed: photos-1.txt.png" in capsys.readouterr().err
    for number in range(3):
        assert Path(f"here/photos-{number}.png").read_bytes() == Path(f"there/photos-{number}.png").read_bytes()
    Path("there/photos-2.png").unlink()
    before = Path("there/photos-0.png").stat().st_mtime_ns
    again = [*photos[:1], photos[-1], "-o", "there/", *QUICK, "--precision", "fp32", "--resume"]
    assert main(["dream", *again]) == 0
    assert Path("there/photos-2.png").exists() and Path("there/photos-0.png").stat().st_mtime_ns == before


def test_a_picture_that_other_engines_made_and_nobody_can_write_does_not_end_the_others(place, monkeypatch, capsys):
    from deepdream.cli import batch
    from deepdream.workers.local import LocalWorkers

    for name in ("a.png", "b.png"):
        draw_photo(name, seed=1)
    Path("out/a.png").mkdir(parents=True)
    monkeypatch.setattr(batch, "engines_of", lambda *about: LocalWorkers())
    monkeypatch.setattr("tempfile.tempdir", str(place))
    assert main(["dream", "a.png", "b.png", "-o", "out", *QUICK, "--engines", "2"]) == 2
    assert Path("out/b.png").is_file() and "1 of 2 photos failed: a.png" in capsys.readouterr().err


def test_one_photo_goes_into_a_folder_that_is_there_or_ends_in_a_slash(place):
    assert main(["dream", "photo.png", "-o", "new/", "--steps", "0", "--quiet"]) == 0
    assert main(["dream", "photo.png", "-o", "new", "--steps", "0", "--quiet", "--format", "webp"]) == 0
    assert sorted(each.name for each in Path("new").iterdir()) == ["photo.png", "photo.webp"]


# What is said --------------------------------------------------------------------------------------------------------


BAD_INPUT = {
    "no verb": ("", "VERB"),
    "unknown verb": ("draem photo.png", "draem"),
    "unknown option": ("dream photo.png -o x.png --octave 3", "--octave"),
    "no output": ("dream photo.png", "--output"),
    "not a number": ("dream photo.png -o x.png --octaves many", "many"),
    "outside the range": ("dream photo.png -o x.png --octaves 17", "0 to 16"),
    "not a choice": ("dream photo.png -o x.png --carry detial", "nearest: detail"),
    "not a layer's name": ("dream photo.png -o x.png --layers =3", "layers"),
    "unknown layer": ("dream photo.png -o x.png --layers conv9_9", "conv9_9"),
    "unknown channel": ("dream photo.png -o x.png --layers conv4_2:9999", "9999"),
    "unknown preset": ("dream photo.png -o x.png --preset keras", "keras"),
    "unknown network": ("dream photo.png -o x.png --network compcat", "compact"),
    "unknown precision": ("dream photo.png -o x.png --precision fp8", "fp8"),
    "no such photo": ("dream nothing.png -o x.png", "nothing.png"),
    "no picture": ("dream words.txt -o x.png", "words.txt"),
    "too large a photo": ("dream photo.png -o x.png --max-megapixels 0.001", "megapixels"),
    "no megapixels": ("dream photo.png -o x.png --max-megapixels 0", "above 0"),
    "an empty folder": ("dream empty -o out", "empty"),
    "no ending": ("dream photo.png -o x", ".png"),
    "unknown ending": ("dream photo.png -o x.gif", ".png"),
    "ending and format differ": ("dream photo.png -o x.png --format jpg", "--format"),
    "unknown format": ("dream photo.png -o x.png --format gif", "gif"),
    "no such folder": ("dream photo.png -o nowhere/x.png", "nowhere"),
    "a file as folder of octaves": ("dream photo.png -o x.png --octaves-to words.txt", "words.txt"),
    "a file as folder": ("dream photo.png photo.png -o words.txt", "words.txt"),
    "the photo itself": ("dream photo.png -o photo.png", "overwritten"),
    "no such recipe": ("dream photo.png -o x.png --recipe nothing.json", "nothing.json"),
    "no recipe inside": ("dream photo.png -o x.png --recipe photo.png", "recipe"),
    "a wrong recipe": ("dream photo.png -o x.png --recipe wrong.json", "stepz"),
    "no such guide": ("dream photo.png -o x.png --guide nothing.png", "nothing.png"),
    "no such mask": ("dream photo.png -o x.png --mask nothing.png", "nothing.png"),
    "no random weights": ("dream photo.png -o x.png --weights none", "compact"),
    "no such model": ("dream photo.png -o x.png --network nothing.keras", "nothing.keras"),
    "no model": ("dream photo.png -o x.png --network words.h5", "words.h5"),
    "no value range": ("dream photo.png -o x.png --network words.h5 --value-range 255", "255"),
    "no such weights": ("dream photo.png -o x.png --network inception_v3 --weights nothing.h5", "nothing.h5"),
    "layers of an unknown network": ("layers compcat", "compact"),
    "nothing to do": ("features photo.png", "-o"),
    "a sheet without an ending": ("features photo.png -o sheet", ".png"),
    "a layer to look at": ("features photo.png -o x.png --layer conv9_9", "conv9_9"),
    "a channel to look at": ("features photo.png -o x.png --layer conv4_2 --channel 999", "999"),
    "a class to look for": ("features photo.png -o x.png --class unicorn", "unicorn"),
    "a wish of no layer": ("visualize conv9_9:3 -o x.png", "conv9_9"),
    "a wish of no class": ("visualize classes:unicorn -o x.png", "unicorn"),
    "a wish of no size": ("visualize conv4_2:3 -o x.png --size 4", "size"),
    "no style": ("style photo.png -o x.png --preset compact", "STYLE"),
    "no such style": ("style photo.png nothing.png -o x.png --preset compact", "nothing.png"),
    "shares of more styles": ("style photo.png photo.png -o x.png --preset compact --shares 1,2", "shares"),
    "engines for weights of one's own": (
        "dream photo.png -o x.png --engines 2 --weights none --network vgg16",
        "by name",
    ),
    "engines that keep no octaves": ("dream photo.png -o x.png --engines 2 --octaves-to .", "--octaves-to"),
    "no such look": ("style photo.png photo.png -o x.png --preset vgg", "vgg"),
    "preset that is none": ("presets caffe", "caffe_2015"),
    "recipe of no picture": ("recipe words.txt", "words.txt"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_ends_with_one_line_and_status_2(case, place, capsys):
    arguments, said = BAD_INPUT[case]
    for name in ("words.txt", "words.h5"):
        Path(name).write_text("just words")
    Path("wrong.json").write_text('{"version": 1, "stepz": 3}')
    Path("empty").mkdir()
    before = sorted(os.listdir())
    assert main(arguments.split()) == 2
    out, err = capsys.readouterr()
    (line,) = err.splitlines()
    assert out == ""
    assert line.startswith("deepdream: ")
    assert said in line
    assert sorted(os.listdir()) == before


def test_an_octave_that_ends_early_has_a_line_too(place, capsys):
    early = ("--max-loss", "0", "--steps", "3", "--octaves", "2")
    assert main(["dream", "photo.png", "-o", "dream.png", *early]) == 0
    said = capsys.readouterr().err
    assert "octave 1 of 2, step 1 of 3" in said and "octave 2 of 2, step 1 of 2" in said


def test_octaves_that_are_left_out_are_said(place, capsys):
    assert main(["dream", "photo.png", "-o", "dream.png", "--octaves", "6", "--steps", "1"]) == 0
    assert "octaves" in capsys.readouterr().err.splitlines()[0]


def test_quiet_says_nothing(place, capsys):
    assert main(["dream", "photo.png", "-o", "dream.png", *QUICK, "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_a_bar_that_is_taken_away(place, monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(["dream", "photo.png", "-o", "dream.png", *QUICK]) == 0
    drawn = terminal.getvalue()
    assert re.search(r"\rphoto\.png \[#+\.*\] +\d+%  octave \d of 2, step \d of 2", drawn)
    assert drawn.splitlines()[-1].split("\x1b[K")[-1].startswith("photo.png: dream.png, ")


def test_time_left_is_what_the_pace_so_far_promises(monkeypatch, capsys):
    progress = Progress("photo", quiet=False)
    times = iter([10.0, 20.0])
    monkeypatch.setattr("deepdream.cli.progress.time.monotonic", lambda: next(times))
    for share, step in ((0.1, 1), (0.3, 2)):
        progress.show(FakeFrame(progress=share, step=step))
    assert capsys.readouterr().err == "photo: 30%  octave 1 of 2, step 2 of 2, 35 s left\n"


class FakeFrame:
    octave, octaves, steps, is_last, plan = 1, 2, 2, False, None

    def __init__(self, *, progress, step):
        self.progress, self.step, self.ends_octave = progress, step, step == self.steps


@pytest.mark.parametrize(
    ("seconds", "text"), [(8.4, "8 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")]
)
def test_durations_are_said_as_people_say_them(seconds, text):
    assert duration(seconds) == text


def test_a_download_says_when_it_is_done(capsys):
    show_download(1_000_000, 88_000_000)
    show_download(88_000_000, 88_000_000)
    assert capsys.readouterr().err == "downloaded weights: 100% of 88 MB\n"


# Interrupts and pipes ------------------------------------------------------------------------------------------------


def interrupt_after(count, monkeypatch):
    """Let `dream` be interrupted, as by Ctrl-C, after this many frames; return the sizes of those given."""
    import deepdream.dreaming

    original = deepdream.dreaming.dream
    given = []

    def dream(*arguments, **options):
        for frame in original(*arguments, **options):
            if len(given) == count:
                raise KeyboardInterrupt
            given.append(frame.image.shape[:2])
            yield frame

    monkeypatch.setattr(deepdream.dreaming, "dream", dream)
    return given


def test_an_interrupt_keeps_the_newest_frame_at_the_photos_size(place, monkeypatch, capsys):
    given = interrupt_after(1, monkeypatch)
    assert main(["dream", "photo.png", "-o", "dream.png", "--octaves", "2", "--steps", "3"]) == 130
    assert given[0] != SIZE
    assert read_image("dream.png").size == SIZE
    assert gray_levels_apart("photo.png", "dream.png") > 1
    assert read_record("dream.png")["finished"] is False
    assert "interrupted" in capsys.readouterr().err


def test_a_request_to_terminate_keeps_the_newest_frame_too(place, monkeypatch):
    import deepdream.dreaming

    original, handler = deepdream.dreaming.dream, signal.getsignal(signal.SIGTERM)

    def dream(*arguments, **options):
        for frame in original(*arguments, **options):
            yield frame
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(deepdream.dreaming, "dream", dream)
    assert main(["dream", "photo.png", "-o", "dream.png", *QUICK, "--quiet"]) == 130
    assert read_image("dream.png").size == SIZE and read_record("dream.png")["finished"] is False
    assert signal.getsignal(signal.SIGTERM) is handler


def test_a_request_to_end_waits_while_a_picture_is_written(place, monkeypatch, capsys):
    from deepdream.images import write_image

    def slowly(*arguments, **options):
        signal.raise_signal(signal.SIGTERM)
        write_image(*arguments, **options)

    monkeypatch.setattr("deepdream.images.write_image", slowly)
    assert main(["dream", "photo.png", "-o", "dream.png", *QUICK, "--quiet"]) == 130
    assert read_record("dream.png")["finished"] is True
    assert capsys.readouterr().err == "deepdream: interrupted; what was done is kept.\n"


def test_a_folder_that_cannot_be_written_to_is_told_before_the_dream(place, monkeypatch, capsys):
    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("deepdream.cli.files.tempfile.TemporaryFile", refuse)
    monkeypatch.setattr("deepdream.dreaming.dream", lambda *about, **rest: pytest.fail("it was dreamed"))
    for out in ("dream.png", "folder/"):
        assert main(["dream", "photo.png", "-o", out, *QUICK]) == 2
        assert "Permission denied; choose another OUT." in capsys.readouterr().err


def test_a_picture_that_cannot_be_written_in_the_end_is_kept_elsewhere(place, monkeypatch, capsys, tmp_path):
    shelter = tmp_path / "shelter"
    shelter.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(shelter))
    replace = os.replace

    def fail(source, target):
        if Path(target).name == "dream.png" and shelter not in Path(target).parents:
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr("deepdream.images.writing.os.replace", fail)
    assert main(["dream", "photo.png", "-o", "dream.png", *QUICK, "--quiet"]) == 2
    (kept,) = shelter.glob("*/dream.png")
    assert read_image(kept).size == SIZE and read_recipe(kept).octaves == 2
    said = capsys.readouterr().err
    assert "No space left" in said and str(kept) in said and said.count("\n") == 1


def test_a_folder_that_nobody_may_write_to_ends_in_words(place, monkeypatch):
    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(ImageError, match="cannot be written: Permission denied"):
        write_image("dream.png", np.zeros((2, 2, 3), np.float32))


class ResourceExhaustedError(Exception):
    """As TensorFlow's, which this need not load."""


@pytest.mark.parametrize("error", [MemoryError(), ResourceExhaustedError("OOM when allocating tensor")])
def test_short_memory_is_told_in_words(place, monkeypatch, capsys, error):
    def dream(*arguments, **options):
        raise error

    monkeypatch.setattr("deepdream.dreaming.dream", dream)
    assert main(["dream", "photo.png", "-o", "dream.png", *QUICK]) == 2
    assert "the memory is short for this; take a smaller picture" in capsys.readouterr().err


def test_an_interrupt_before_the_first_frame_writes_nothing(place, monkeypatch, capsys):
    interrupt_after(0, monkeypatch)
    assert main(["dream", "photo.png", "-o", "dream.png", *QUICK, "--quiet"]) == 130
    assert not Path("dream.png").exists()
    assert capsys.readouterr().err == "deepdream: interrupted; nothing was kept.\n"


def test_an_interrupt_ends_a_whole_folder(place, monkeypatch):
    draw_photo("second.png", seed=1)
    interrupt_after(1, monkeypatch)
    assert main(["dream", "photo.png", "second.png", "-o", "out", *QUICK, "--quiet"]) == 130
    assert [each.name for each in Path("out").iterdir()] == ["photo.png"]


def test_an_interrupt_before_a_later_photo_says_what_is_kept(place, monkeypatch, capsys):
    draw_photo("second.png", seed=1)
    read = deepdream.images.read_image

    def read_first(path, **limits):
        if path.name == "second.png":
            raise KeyboardInterrupt
        return read(path, **limits)

    monkeypatch.setattr("deepdream.images.read_image", read_first)
    assert main(["dream", "photo.png", "second.png", "-o", "out", *QUICK, "--quiet"]) == 130
    assert capsys.readouterr().err == "deepdream: interrupted; pictures that were done and are kept: 1.\n"


def test_a_site_that_cannot_be_written_is_told(place, monkeypatch, capsys):
    site = pytest.importorskip("deepdream.browser.site")
    Path("file").write_text("")
    assert main(["site", "file/inside"]) == 2
    assert 'cannot make the folder "file/inside": Not a directory' in capsys.readouterr().err

    def full(folder):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(site, "write_site", full)
    assert main(["site", "new"]) == 2
    assert 'cannot write the site into "new": No space left on device' in capsys.readouterr().err


@pytest.mark.slow
def test_control_c_in_a_shell_keeps_the_newest_frame(place):
    command = [sys.executable, "-m", "deepdream", "dream", "photo.png", "-o", "dream.png", "--octaves", "2"]
    environment = {**os.environ, "PYTHONPATH": str(Path(deepdream.__file__).parents[1])}
    arguments = [*command, "--steps", "200", "--steps-growth", "10"]
    # A shell's background jobs ignore interrupts, and would hand that down.
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    piped = {"stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(arguments, env=environment, preexec_fn=heed, **piped) as process:
        assert "octave 1 of 2" in process.stderr.readline()  # the second octave would take long
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    assert (process.returncode, "newest frame kept" in said) == (130, True), said
    assert read_image("dream.png").size == SIZE


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")
def test_a_reader_that_goes_away_is_no_error():
    command = f"{sys.executable} -m deepdream settings | head -n 1"
    result = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, cwd=Path(deepdream.__file__).parents[1]
    )
    assert result.stdout.startswith("setting ")
    assert result.stderr == ""


# Lists ---------------------------------------------------------------------------------------------------------------


def test_help_needs_no_tensorflow():
    code = (
        "import sys; from deepdream.cli import main\n"
        "try: main(['dream', '--help'])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "print([name for name in ('tensorflow', 'keras', 'gradio', 'numpy', 'PIL') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(deepdream.__file__).parents[1]
    )
    assert result.stdout.splitlines()[-1] == "[]", result.stderr


def test_help_explains_every_verb(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    listed = capsys.readouterr().out
    assert all(re.search(rf"^ +{name}\s+{verb.help}$", listed, re.MULTILINE) for name, verb in VERBS.items())


def test_layers_lists_each_layer_with_its_channels(capsys):
    assert main(["layers"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(re.match(r"conv4_2 +256 ", line) for line in lines)


def test_presets_lists_all_and_prints_one(capsys):
    assert main(["presets"]) == 0
    assert "caffe_2015" in capsys.readouterr().out
    assert main(["presets", "keras_example"]) == 0
    assert Recipe.from_json(capsys.readouterr().out) == preset("keras_example")


def test_recipe_prints_what_the_recipe_option_reads(place, capsys):
    write_image("made.jpg", read_image("photo.png").pixels, recipe=Recipe(steps=3), record={"precision": "fp32"})
    assert main(["recipe", "made.jpg"]) == 0
    Path("made.json").write_text(capsys.readouterr().out)
    assert recipe_of("--recipe", "made.json") == Recipe(steps=3)
    assert main(["recipe", "--record", "made.jpg"]) == 0
    assert json.loads(capsys.readouterr().out) == {"precision": "fp32"}


def test_a_surprise_is_printed_as_a_recipe(capsys):
    assert main(["recipe", "--surprise", "7"]) == 0
    printed = capsys.readouterr().out
    assert Recipe.from_json(printed) == surprise(7)
    assert main(["recipe", "--surprise", "7"]) == 0 and capsys.readouterr().out == printed


@pytest.mark.parametrize(
    "arguments",
    [
        ["dream", "photo.png", "--mask", "taken.png"],
        ["dream", "photo.png", "--guide", "taken.png"],
        ["style", "photo.png", "photo.png", "--mask", "taken.png"],
        ["film", "photo.png", "--sound", "taken.png"],
    ],
)
def test_nothing_is_written_over_a_mask_a_guide_or_a_sound(place, capsys, arguments):
    Path("taken.png").write_bytes(b"mine")
    assert main([*arguments, "-o", "taken.png"]) == 2
    assert "would be overwritten" in capsys.readouterr().err and Path("taken.png").read_bytes() == b"mine"


@pytest.mark.parametrize(
    "arguments", [["recipe", "--surprise", "7", "--record"], ["presets", "keras_example", "--markdown"]]
)
def test_what_a_list_would_ignore_is_refused(capsys, arguments):
    assert main(arguments) == 2
    assert f"{arguments[-1]}: of " in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["style", "features", "film"])
def test_no_verb_writes_over_what_it_reads(tmp_path, capsys, verb):
    photo = tmp_path / ("clip.mp4" if verb == "film" else "photo.png")
    photo.write_bytes(b"mine")
    others = {"style": [str(tmp_path / "s.png")], "features": ["--layer", "conv4_1"], "film": []}[verb]
    assert main([verb, str(photo), *others, "-o", str(photo)]) == 2
    assert "would be overwritten" in capsys.readouterr().err and photo.read_bytes() == b"mine"


@pytest.mark.parametrize("name, there", [("film.mp4", "folder"), ("film", "file")])
def test_a_film_that_could_not_take_its_place_is_refused_before_it_is_made(tmp_path, capsys, name, there):
    output = tmp_path / name
    output.mkdir() if there == "folder" else output.write_bytes(b"")
    assert main(["film", "assets/cat.jpg", "-o", str(output)]) == 2
    assert f"is a {there}" in capsys.readouterr().err
