"""The verbs features, visualize and style, end to end in this process, on tiny pictures."""

from pathlib import Path

import numpy as np
import pytest

from deepdream import read_image, read_recipe, write_image
from deepdream.cli import main
from deepdream.images import read_record, resize
from deepdream.style import settings as style_settings
from deepdream.visualization.presets import PORTRAIT_PRESETS, Portrait

FAST = ("--steps", "2", "--size", "32")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """Work in an empty folder with two photos, and a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for seed, name in enumerate(("photo.png", "manner.png")):
        coarse = np.random.default_rng(seed).random((5, 6, 3)).astype(np.float32)
        write_image(name, np.clip(resize(coarse, (48, 64)), 0, 1))
    return tmp_path


def complaint(capsys, *arguments):
    assert main(list(arguments)) == 2
    lines = capsys.readouterr().err.splitlines()
    return lines[-1]


def test_features_writes_a_sheet_a_channel_or_a_class():
    assert main(["features", "photo.png", "-o", "sheet.png", "--layer", "conv2", "--count", "6"]) == 0
    assert main(["features", "photo.png", "-o", "channel.png", "--channel", "3"]) == 0
    assert main(["features", "photo.png", "-o", "class.png", "--class", "espresso"]) == 0
    assert read_image("channel.png").size == read_image("class.png").size == (48, 64)
    assert read_image("sheet.png").size != (48, 64)


def test_features_prints_the_classes_named(capsys):
    assert main(["features", "photo.png", "--top", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all("%" in line for line in lines)


@pytest.mark.parametrize(
    "option", [("--layer", "conv3_1"), ("--at", "0.2,0.9"), ("--count", "3"), ("--scale", "shared")]
)
def test_every_option_of_features_changes_the_picture(option):
    main(["features", "photo.png", "-o", "plain.png", "--layer", "conv2", "--count", "9"])
    main(["features", "photo.png", "-o", "other.png", "--layer", "conv2", "--count", "9", *option])
    plain, other = read_image("plain.png").pixels, read_image("other.png").pixels
    assert plain.shape != other.shape or not np.array_equal(plain, other)


def test_visualize_writes_one_picture_several_or_every_channel(capsys):
    assert main(["visualize", "conv2:17", "-o", "one.png", *FAST]) == 0
    assert read_image("one.png").size == (32, 32)
    assert read_record("one.png")["targets"] == ["conv2:17"]
    assert main(["visualize", "conv2:1", "classes:goldfish", "-o", "two.png", "--quiet", *FAST]) == 0
    assert main(["visualize", "conv1", "-o", "all.png", "--each-channel", "--tile", "16", "--quiet", *FAST]) == 0
    height, width = read_image("all.png").size
    assert height * width > 32 * 16 * 16
    assert main(["visualize", "conv2:1", "classes:3", "-o", "mix.png", "--mix", "--quiet", *FAST]) == 0
    assert read_image("mix.png").size == (32, 32)


def test_visualize_keeps_channels_unless_told_not_to(place):
    sheet = ["visualize", "conv1", "-o", "all.png", "--each-channel", "--quiet", *FAST]
    assert main([*sheet, "--no-cache"]) == 0
    assert not (place / "cache").exists()
    assert main(sheet) == 0
    assert len(list((place / "cache").rglob("*.png"))) == 32


def test_a_setting_goes_over_the_portrait():
    main(["visualize", "conv2:1", "-o", "soft.png", "--quiet", *FAST])
    main(["visualize", "conv2:1", "-o", "published.png", "--preset", "lucid", "--quiet", *FAST])
    changed = read_record("published.png")["portrait"]
    assert (changed["steps"], changed["vividness"]) == (2, PORTRAIT_PRESETS["lucid"].vividness)
    assert read_record("soft.png")["portrait"]["vividness"] == PORTRAIT_PRESETS["soft"].vividness
    assert set(changed) == set(Portrait.settings())


def test_a_network_alone_paints_with_its_own_preset():
    quick = ("--network", "compact", "--steps", "1", "--first-size", "0", "--quiet")
    assert main(["style", "photo.png", "manner.png", "-o", "out.png", *quick]) == 0
    assert read_record("out.png")["style"] == "compact"


def test_style_paints_offline_with_the_compact_network():
    quick = ("--preset", "compact", "--steps", "2", "--first-size", "0", "--quiet")
    assert main(["style", "photo.png", "manner.png", "-o", "out.png", *quick]) == 0
    assert read_image("out.png").size == (48, 64)
    assert read_record("out.png")["settings"] == {"steps": 2, "first_size": 0}
    assert main(["style", "photo.png", "manner.png", "photo.png", "--shares", "1,3", "-o", "two.png", *quick]) == 0
    assert main(["style", "photo.png", "manner.png", "-o", "both.png", "--dream", "compact_default", *quick]) == 0
    write_image("mask.png", np.zeros((48, 64, 3), np.float32))
    assert main(["style", "photo.png", "manner.png", "-o", "masked.png", "--mask", "mask.png", *quick]) == 0
    pictures = [read_image(f"{name}.png").pixels for name in ("out", "two", "both", "photo", "masked")]
    assert all(np.abs(pictures[0] - other).max() > 2 / 255 for other in pictures[1:4])
    assert np.abs(pictures[3] - pictures[4]).max() <= 1 / 255


def test_a_painting_keeps_the_photos_transparency():
    alpha = np.linspace(0, 1, 48 * 64, dtype=np.float32).reshape(48, 64)
    write_image("clear.png", read_image("photo.png").pixels, alpha=alpha)
    quick = ("--preset", "compact", "--steps", "1", "--first-size", "0", "--quiet")
    for name, more in (("same.png", ()), ("half.png", ("--size", "32"))):
        assert main(["style", "clear.png", "manner.png", "-o", name, *quick, *more]) == 0
    assert np.abs(read_image("same.png").alpha - alpha).max() < 0.01
    assert read_image("half.png").alpha.shape == (24, 32)


def test_an_interrupt_keeps_the_newest_frame(monkeypatch):
    from deepdream.style import paint as style

    original = style.stylize

    def interrupted(*arguments, **options):
        for number, frame in enumerate(original(*arguments, **options)):
            if number == 1:
                raise KeyboardInterrupt
            yield frame

    monkeypatch.setattr(style, "stylize", interrupted)
    quick = ("--preset", "compact", "--steps", "4", "--first-size", "40")
    assert main(["style", "photo.png", "manner.png", "-o", "out.png", *quick]) == 130
    assert read_image("out.png").size == (48, 64)
    assert read_record("out.png")["finished"] is False


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("features", "photo.png"), "say where to write"),
        (("features", "photo.png", "-o", "o.png", "--layer", "conf2"), '"conf2" is not a layer of compact'),
        (("features", "none.png", "-o", "o.png"), "cannot be opened"),
        (("visualize", "conv4_2:999", "-o", "o.png"), "conv4_2 has the channels 0 to 255, received 999"),
        (("visualize", "conv4_2:1", "-o", "o.txt"), "names no kind of picture"),
        (("visualize", "conv4_2:1", "-o", "o.png", "--steps", "-3"), "steps: received"),
        (("style", "photo.png", "manner.png", "-o", "o.png", "--preset", "compact", "--shares", "a"), "--shares: 'a'"),
        (("style", "photo.png", "-o", "o.png"), "STYLE"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line(capsys, arguments, message):
    assert message in complaint(capsys, *arguments)


def test_the_looks_of_styles_differ_and_are_allowed():
    looks = style_settings.STYLE_PRESETS
    assert len(set(looks.values())) == len(looks)
    assert looks["compact"].network == "compact"


def test_a_painting_gives_its_settings_to_the_next():
    paint = ["style", "photo.png", "manner.png", "--quiet", "-o"]
    assert main([*paint, "first.png", "--preset", "compact", "--first-size", "0", "--steps", "2", "--seed", "5"]) == 0
    assert main([*paint, "second.png", "--like", "first.png"]) == 0
    np.testing.assert_array_equal(read_image("first.png").pixels, read_image("second.png").pixels)
    assert main([*paint, "third.png", "--like", "photo.png"]) == 2
    write_image("odd.png", read_image("photo.png"), record={"style": ["compact"], "settings": {}})
    assert main([*paint, "third.png", "--like", "odd.png"]) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["visualize", "conv2:1", "conv2:2", "-o", "a.png", "--tile", "100000"], "--tile: received '100000'; allowed"),
        (["visualize", "conv2:1", "conv2:2", "-o", "a.png", "--columns", "-4"], "--columns"),
        (["features", "photo.png", "-o", "a.png", "--over", "nan"], "--over"),
        (["features", "photo.png", "-o", "a.png", "--count", "-3"], "--count"),
        (["features", "photo.png", "--top", "-2"], "--top"),
        (["visualize", "--mix", "conv2:1=big", "-o", "a.png"], "big"),
    ],
)
def test_numbers_out_of_bounds_are_refused(capsys, arguments, words):
    assert words in complaint(capsys, *arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["style", "photo.png", "manner.png", "--preset", "compact", "--like", "photo.png"], "--like: not allowed"),
        (["visualize", "conv2:1", "--mix", "--each-channel"], "--each-channel: not allowed with argument --mix"),
        (["visualize", "conv2:1", "conv2:2", "--mix", "--tile", "32"], "--tile: of a sheet"),
        (["visualize", "conv2:1", "conv2:2", "--no-cache"], "--no-cache: of --each-channel"),
        (["visualize", "conv2", "--each-channel", "--variants", "2"], "--variants: not of --each-channel"),
        (["features", "photo.png", "--class", "3", "--at", "0,0", "--count", "9"], "--at, --count: not of a class"),
        (["features", "photo.png", "--class", "3", "--channel", "0"], "--channel: not of a class"),
        (
            ["features", "photo.png", "--class", "3", "--precision", "bf16"],
            "--precision bf16: classes are seen in fp32",
        ),
        (["features", "photo.png", "--channel", "3", "--scale", "own"], "--scale: of a sheet"),
        (["features", "photo.png", "--over", "0"], "--over: of a channel or a class"),
    ],
)
def test_options_that_would_change_nothing_are_refused(capsys, arguments, words):
    assert words in complaint(capsys, *arguments, "-o", "a.png")
    assert not Path("a.png").exists()


def test_options_of_a_picture_need_a_place_for_it(capsys):
    assert "--class: of a picture" in complaint(capsys, "features", "photo.png", "--top", "3", "--class", "3")


def test_a_mix_weighs_its_targets():
    for name, weight in (("more", "2"), ("less", "-2")):
        assert main(["visualize", "--mix", "conv2:1", f"conv2:2={weight}", "-o", f"{name}.png", "--quiet", *FAST]) == 0
    assert np.abs(read_image("more.png").pixels - read_image("less.png").pixels).max() > 0.01


@pytest.mark.parametrize("how", [[], ["--each-channel"]])
def test_a_wrong_target_is_told_before_the_first_is_grown(capsys, monkeypatch, how):
    from deepdream.visualization.visualize import _Stepper

    monkeypatch.setattr(_Stepper, "step", lambda *about: pytest.fail("it was grown"))
    target = "conv9" if how else "conv2:999"
    complained = complaint(capsys, "visualize", "conv1" if how else "conv2:1", target, "-o", "a.png", *how, *FAST)
    assert "999" in complained or "conv9" in complained


def test_a_sheet_is_named_once_it_is_there(capsys):
    assert main(["visualize", "conv2:1", "conv2:2", "-o", "sheet.png", *FAST]) == 0
    assert "sheet.png, 2 pictures" in capsys.readouterr().err


def test_a_dead_target_leaves_the_others_on_the_sheet(monkeypatch):
    from deepdream.errors import DeadChannelError
    from deepdream.visualization import visualize as visualization

    grow = visualization.visualize

    def with_one_dead(network, target, *rest, **options):
        if target == "conv2:1":
            raise DeadChannelError("channel 1 of conv2 seems dead")
        return grow(network, target, *rest, **options)

    monkeypatch.setattr(visualization, "visualize", with_one_dead)
    assert main(["visualize", "conv2:1", "conv2:2", "-o", "sheet.png", "--columns", "2", "--quiet", *FAST]) == 0
    sheet = read_image("sheet.png").pixels
    assert sheet.shape[1] > 2 * 96
    assert np.ptp(sheet[24:100, 8:92]) < 0.02, "the dead one is gray"
    assert np.ptp(sheet[24:100, 110:190]) > 0.1


# A Keras model's file, in every verb that runs a network


@pytest.fixture
def model(place):
    """Write a small model that takes 0..255 though it does not say so: nothing in it rescales."""
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(1)
    bias = keras.initializers.RandomUniform(-1, 1, seed=2)  # beside which the range of the input matters
    x = keras.Input((None, None, 3))
    y = keras.layers.Conv2D(8, 3, padding="same", activation="relu", bias_initializer=bias, name="low")(x)
    y = keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu", bias_initializer=bias, name="high")(y)
    keras.Model(x, y).save("small.keras")
    return "small.keras"


VERBS = {
    "dream": ["dream", "photo.png", "--octaves", "1", "--steps", "2"],
    "features": ["features", "photo.png", "--layer", "high"],
    "visualize": ["visualize", "high:1", "--preset", "chollet", "--quiet", *FAST],
    "style": [
        "style",
        "photo.png",
        "manner.png",
        "--content-layers",
        "high=1",
        "--style-layers",
        "low=1",
        "--steps",
        "2",
    ],
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_takes_a_models_file_and_its_value_range(verb, model):
    ranges = {"guessed.png": [], "said.png": ["--value-range", "0,255"], "signed.png": ["--value-range", "-1,1"]}
    for name, more in ranges.items():
        assert main([*VERBS[verb], "--network", model, "-o", name, *more]) == 0
    guessed, said, signed = (read_image(name).pixels for name in ranges)
    assert not np.array_equal(said, guessed) and not np.array_equal(signed, guessed)


def test_layers_lists_those_of_a_models_file(model, capsys):
    assert main(["layers", model]) == 0
    assert {"low", "high"} <= {line.split()[0] for line in capsys.readouterr().out.splitlines()}


def test_a_models_file_may_be_called_as_a_network_is(model):
    Path(model).rename("compact.keras")
    assert main(["dream", "photo.png", "-o", "x.png", "--network", "compact.keras", "--steps", "0"]) == 0
    assert read_recipe("x.png").layers == (("high", 1.0),)


def test_what_does_not_fit_a_network_is_refused(model, capsys):
    assert "range of its own" in complaint(capsys, "layers", "compact", "--value-range", "0,255")
    assert "finite" in complaint(capsys, "layers", model, "--value-range", "0,inf")
    assert "range of its own" in complaint(capsys, "features", "photo.png", "-o", "x.png", "--value-range", "0,255")
    assert "holds its weights" in complaint(capsys, "dream", "photo.png", "-o", "x.png", "--network", model,
                                            "--weights", "other.h5")  # fmt: skip
    assert "compact" in complaint(capsys, "visualize", "conv2:1", "-o", "x.png", "--weights", "none")


def test_a_presets_layers_that_another_network_lacks_are_replaced_aloud(model, capsys):
    arguments = ["dream", "photo.png", "-o", "x.png", "--preset", "compact_eyes", "--network", model, "--steps", "0"]
    assert main(arguments) == 0
    assert "layers named are those of compact; small dreams with its own, high=1" in " ".join(
        capsys.readouterr().err.split()
    )
    assert read_recipe("x.png").layers == (("high", 1.0),)
    assert main([*arguments, "--layers", "low=2"]) == 0
    assert "layers named" not in capsys.readouterr().err
