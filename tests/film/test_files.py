"""Files of films: colors, times, sound, notes, segments that survive a kill, and what strangers send."""

import json
import os
import re
import signal
import struct
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from tiny import photo, tiny_network

from deepdream.cli import main
from deepdream.errors import DreamError, ImageError, RecipeError
from deepdream.film.clip import open_clip, read_sound
from deepdream.film.encoding import CODECS, PRECISE, Encoder, Format, new_container
from deepdream.film.film import Film
from deepdream.film.making import make_film
from deepdream.film.notes import read_film
from deepdream.film.production import Order, Production
from deepdream.film.tracks import Heard, Keys
from deepdream.images import read_recipe, write_image
from deepdream.recipe import Recipe

TINY = tiny_network()
RECIPE = Recipe(layers=(("third", 1.0),), octaves=2, steps=2, jitter=2)


def gradient(h=48, w=64):
    y, x = np.mgrid[0:h, 0:w] / (max(h, w) - 1)
    return np.stack([x, y, 1 - x], axis=2).astype(np.float32)


def write_clip(
    path, pictures, *, rate=Fraction(30), pts=None, base=None, codec="h264", sound=False, late=0.0, edit=None
):
    """Write a clip with the program's own encoder, with a tone beside it."""
    base = base or 1 / rate
    with new_container(path) as container:
        encoder = Encoder(container, Format(codec, quality=4), pictures[0].shape[:2], rate, base)
        if edit is not None:
            edit(container.streams.video[0])
        track = container.add_stream("aac", rate=44_100) if sound else None
        for index, picture in enumerate(pictures):
            encoder.write(picture, pts[index] if pts is not None else index)
        encoder.close()
        if track is not None:
            write_tone(container, track, len(pictures) / float(rate), late)
    return path


def write_tone(container, track, seconds, late=0.0):
    samples = np.sin(np.arange(int(44_100 * seconds)) * 2 * np.pi * 440 / 44_100).astype(np.float32)[None]
    for at in range(0, samples.shape[1] - 1023, 1024):
        frame = av.AudioFrame.from_ndarray(samples[:, at : at + 1024], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 44_100, at + round(44_100 * late), Fraction(1, 44_100)
        container.mux(track.encode(frame))
    container.mux(track.encode(None))


def write_wave(path, rate, tone=None):
    tone = np.sin(np.arange(rate) * 2 * np.pi * 440 / rate).astype("<f4") if tone is None else tone
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, 1, rate, 4 * rate, 4, 32)  # float32, mono
    head = struct.pack("<4sI4s", b"RIFF", 36 + tone.nbytes, b"WAVE") + form + struct.pack("<4sI", b"data", tone.nbytes)
    path.write_bytes(head + tone.tobytes())


def pictures_of(path):
    with av.open(str(path)) as container:
        frames = container.decode(container.streams.video[0])
        return [frame.reformat(format="rgb24", interpolation=PRECISE).to_ndarray() / 255 for frame in frames]


def produce(order, *, resume=False, stop=None):
    production = Production(order, network=TINY, resume=resume)
    for frame in production.frames():
        if frame.index + 1 == stop:
            break
    count = production.finish()
    if stop is None:
        production.reel.remove()
    return count


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_image("photo.png", photo())
    return tmp_path


def order(output, source="photo.png", **about):
    film = Film(recipe=RECIPE, **{"seconds": 1, "fps": 8, "zoom": 1.3} | about.pop("film", {}))
    return Order(Path(source), film, Path(output), precision="fp32", **about)


# What is written


@pytest.mark.parametrize(("name", "codec", "bits"), [("a.mp4", None, 8), ("a.mp4", None, 10), ("a.webm", None, 8),
                                                     ("a.webm", "av1", 10), ("a.webm", None, 10), ("a.mp4", "av1", 8),
                                                     ("a.MP4", None, 8)])  # fmt: skip
def test_video_is_tagged_plays_at_once_and_holds_its_film(here, name, codec, bits):
    wanted = order(name, codec=codec, bits=bits)
    assert produce(wanted) == 8
    with av.open(name) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        assert (context.width, context.height, stream.average_rate) == (48, 40, 8)
        frame = next(container.decode(stream))
        assert (frame.colorspace, frame.color_range) == (1, 1)  # BT.709, limited
        assert ("10" in frame.format.name) == (bits == 10)
    if name.lower().endswith("mp4"):
        data = Path(name).read_bytes()
        assert data.index(b"moov") < data.index(b"mdat")
        with av.open(name) as container:
            assert container.streams.video[0].codec_context.color_primaries == 1
    assert read_film(name) == wanted.film
    assert len(pictures_of(name)) == 8
    assert sorted(each.name for each in here.iterdir()) == [name, "photo.png"]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="the system does not list threads")
@pytest.mark.parametrize("codec", ["h264", "av1"])
def test_an_encoder_leaves_the_scheduling_of_threads_as_it_was(tmp_path, codec):
    with new_container(tmp_path / "a.mp4") as container:
        encoder = Encoder(container, Format(codec), (48, 64), Fraction(8), Fraction(1, 8))
        encoder.write(gradient(), 0)
        kinds = {os.sched_getscheduler(int(task)) for task in os.listdir("/proc/self/task")}
        encoder.close()
    assert kinds == {os.SCHED_OTHER}


@pytest.mark.parametrize("name", ["a.webp", "a.gif", "a.avif"])
def test_an_animated_picture_holds_all_frames_their_times_and_the_film(here, name):
    wanted = order(name)
    produce(wanted)
    with Image.open(name) as image:
        assert (image.n_frames, image.info.get("loop")) == (8, 0) or name == "a.avif"
        assert image.n_frames == 8 and image.size == (48, 40)
    assert read_film(name) == wanted.film
    if name == "a.webp":
        assert read_recipe(name) == wanted.film.recipe


def test_a_folder_gets_a_picture_a_frame_without_loss(here):
    produce(order("frames"))
    names = sorted(each.name for each in Path("frames").iterdir())
    assert names == [f"{index:05d}.png" for index in range(8)]
    made = [frame.image for frame in make_film(photo(), order("a.mp4").film, network=TINY, precision="fp32")]
    stored = np.asarray(Image.open("frames/00003.png")) / 255
    assert np.abs(stored - made[3]).max() <= 1.01 / 255 + np.abs(photo() - np.rint(photo() * 255) / 255).max()
    assert read_film("frames/00000.png") == order("a.mp4").film


def test_a_shorter_film_leaves_no_frames_of_a_longer_one_in_its_folder(here):
    Path("frames").mkdir()
    write_image("frames/00020.png", photo())
    Path("frames/00021.png").write_text("no picture")
    produce(order("frames"))
    produce(order("frames", film={"seconds": 0.5}))
    names = [f"{index:05d}.png" for index in (0, 1, 2, 3, 20, 21)]
    assert sorted(each.name for each in Path("frames").iterdir()) == names


def test_colors_survive_the_way_into_a_video_and_back(here):
    gray = [np.full((48, 64, 3), level / 255, np.float32) for level in (0, 16, 90, 128, 200, 255)]
    write_clip(here / "gray.mp4", gray)
    clip = open_clip("gray.mp4")
    for picture, frame in zip(gray, clip.frames(), strict=True):
        assert np.abs(frame.picture - picture).max() * 255 <= 2
    write_clip(here / "color.mp4", [gradient()])
    assert np.abs(next(open_clip("color.mp4").frames()).picture - gradient()).mean() * 255 < 3


def test_no_steps_return_a_clip_within_a_level_of_its_decode(here):
    write_clip(here / "clip.mp4", [gradient()[:, ::-1] * share for share in (1.0, 0.9, 0.8)])
    film = Film(recipe=RECIPE.replace(steps=0))
    frames = list(make_film(open_clip("clip.mp4"), film, network=TINY, precision="fp32"))
    for frame, decoded in zip(frames, pictures_of("clip.mp4"), strict=True):
        assert np.abs(frame.image - decoded).max() * 255 <= 1.01


# Phones


def test_a_portrait_clip_comes_out_upright(here):
    marked = np.zeros((48, 64, 3), np.float32)
    marked[:24, :32] = (1, 0, 0)  # red at the top left of the sensor
    write_clip(here / "phone.mp4", [marked] * 2, edit=lambda stream: stream.set_display_rotation(-90.0))
    clip = open_clip("phone.mp4")
    picture = next(clip.frames()).picture
    assert clip.size == (64, 48) == picture.shape[:2]
    with av.open("phone.mp4") as container:
        rotation = next(container.decode(container.streams.video[0])).rotation
    assert abs(rotation) == 90
    corner = {90: (-4, 4), -90: (4, -4)}[rotation]  # counter-clockwise takes the top left to the bottom left
    assert picture[corner][0] > 0.8 and picture[corner][1] < 0.2


@pytest.mark.parametrize("varied", [False, True])
def test_times_and_sound_of_a_clip_are_kept(here, varied):
    count, base = 24, Fraction(1001, 30000)
    steps = np.array([1, 3, 1, 2] * 6) if varied else np.ones(count, int)
    pts = np.concatenate([[0], np.cumsum(steps[:-1])]).tolist()
    pictures = [np.roll(gradient(), index, axis=1) for index in range(count)]
    write_clip(here / "clip.mp4", pictures, rate=1 / base, pts=pts, base=base, sound=True)
    assert produce(order("out.mp4", "clip.mp4", film={"zoom": 1.0, "seconds": None})) == count

    def times(name):
        with av.open(name) as container:
            return [float(frame.time) for frame in container.decode(container.streams.video[0])]

    def packets(name):
        with av.open(name) as container:
            stream = container.streams.audio[0]
            return [(float(each.pts * each.time_base), bytes(each)) for each in container.demux(stream) if each.size]

    ours, theirs = np.array(times("out.mp4")), np.array(times("clip.mp4"))
    assert np.abs((ours - ours[0]) - (theirs - theirs[0])).max() < 1e-3
    for (when, sound), (before, original) in zip(packets("out.mp4"), packets("clip.mp4"), strict=False):
        assert sound == original and abs(when - before) < 0.02
    assert len(packets("out.mp4")) >= len(packets("clip.mp4")) - 2


@pytest.mark.parametrize("broken", [np.nan, np.inf, 1e30])
def test_a_broken_number_in_a_sound_does_not_silence_it(here, broken):
    tone = np.sin(np.arange(22_050) / 10).astype("<f4")
    tone[11_025] = broken
    write_wave(Path("tone.wav"), 22_050, tone)
    heard = read_sound("tone.wav").heard("loudness", np.array([0.2, 0.8]), 0.0, 0.0)
    assert (heard > 0.1).all()


def test_a_clips_own_sound_tells_the_beats_of_its_keys(here):
    write_clip(Path("clip.mp4"), [gradient()] * 8, rate=Fraction(8), sound=True)
    asked = order("a.mp4", "clip.mp4", film={"zoom": 1.0, "tracks": {"memory": Keys(((0, 1), (4, 2)), beats=True)}})
    assert Production(asked, network=TINY)._heard() is not None


def test_a_clips_sound_that_begins_late_is_heard_late(here):
    write_clip(Path("clip.mp4"), [gradient()] * 16, rate=Fraction(8), sound=True, late=0.5)
    asked = order("a.mp4", "clip.mp4", film={"zoom": 1.0, "tracks": {"memory": Heard("loudness", 0, 1)}})
    quiet, loud = Production(asked, network=TINY)._heard().heard("loudness", np.array([0.3, 0.7]), 0, 0)
    assert quiet < 0.1 and loud > 0.8


@pytest.mark.parametrize(("name", "codec"), [("film.mp4", "aac"), ("film.webm", "opus")])
def test_a_sound_is_put_in_and_ends_with_the_film(here, name, codec):
    write_clip(here / "tone.mp4", [gradient()] * 90, sound=True)
    produce(order(name, sound=Path("tone.mp4"), film={"tracks": {"turn": Heard("middle", 0, 20)}}))
    with av.open(name) as container:
        stream = container.streams.audio[0]
        assert stream.codec_context.name == codec
        times = [float(each.time) for each in container.decode(stream)]
    assert abs(times[0]) < 0.03 and abs(times[-1] - 1) < 0.05
    heard = read_sound(name)
    assert heard.heard("middle", np.array([0.5]), 0, 0)[0] > 0.8


@pytest.mark.parametrize("rate", [192_000, 37_800])
def test_a_sound_of_any_rate_is_put_in(here, rate):
    write_wave(Path("tone.wav"), rate)
    produce(order("a.mp4", sound=Path("tone.wav")))
    assert read_sound("a.mp4").heard("loudness", np.array([0.5]), 0, 0)[0] > 0.8


@pytest.mark.parametrize("name", ["a.mp4", "a.webm"])
def test_a_clips_sound_that_begins_late_does_so_in_its_film(here, name):
    write_clip(here / "clip.mp4", [gradient()] * 30, sound=True, late=0.5)
    produce(order(name, "clip.mp4", film={"zoom": 1.0, "seconds": None}))
    with av.open(name) as container:
        assert float(next(container.decode(container.streams.audio[0])).time) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("name", ["a.mp4", "a.webm"])
def test_a_sound_that_is_damaged_ends_where_it_is(here, name):
    write_clip(here / "tone.mp4", [gradient()] * 60, sound=True)
    with av.open("tone.mp4") as container:
        packets = [each for each in container.demux(container.streams.audio[0]) if each.size]
        places = [(each.pos, each.size) for each in packets[20:]]
    content = bytearray(Path("tone.mp4").read_bytes())
    for at, size in places:
        content[at : at + size] = b"\xff" * size
    Path("tone.mp4").write_bytes(content)
    assert produce(order(name, sound=Path("tone.mp4"))) == 8


def test_a_clip_that_does_not_tell_its_length_is_counted(here):
    with av.open("clip.webm", "w", options={"live": "1"}) as container:  # as a browser records
        encoder = Encoder(container, Format("vp9", quality=4), (48, 64), Fraction(30), Fraction(1, 30))
        for index in range(20):
            encoder.write(gradient(), index)
        encoder.close()
    assert open_clip("clip.webm").length == 20
    assert open_clip("clip.webm", seconds=0.5).length == 15


@pytest.mark.parametrize(("curve", "signal"), [(18, 0.75), (16, 0.58)])
def test_white_of_hlg_and_pq_lands_where_its_twin_does(here, curve, signal):
    """10 bits, BT.2020: 203 nits, a signal of .75 in HLG and of .58 in PQ, are white on a screen of sRGB."""
    path = here / "hlg.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx265", rate=30, options={"x265-params": "log-level=none"})
        stream.height, stream.width, stream.pix_fmt = 64, 64, "yuv420p10le"
        context = stream.codec_context
        context.color_primaries, context.color_trc, context.colorspace, context.color_range = 9, curve, 9, 1
        for _ in range(3):
            planes = np.full((96, 64), 512, np.uint16)
            planes[:64] = round(64 + signal * 876)
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p10le")
            frame.color_primaries, frame.color_trc, frame.colorspace, frame.color_range = 9, curve, 9, 1
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    picture = next(open_clip(path).frames()).picture * 255
    assert np.abs(picture - 254).max() <= 3


# Going on


def test_a_film_goes_on_after_a_break_to_the_same_pictures(here):
    film = {"seconds": 6, "fps": 4, "loop": "close"}
    produce(order("whole", film=film))
    production = Production(order("broken", film=film), network=TINY)
    for frame in production.frames():
        if frame.index == 18:
            break
    production.reel.abandon()  # as a kill would
    assert production.reel.frames == 16 and len(list(production.reel.folder.glob("state-*.npz"))) == 1
    (production.reel.folder / "000016.part.mkv").write_bytes(b"half")
    again = Production(order("broken", film=film), network=TINY, resume=True)
    indices = [frame.index for frame in again.frames()]
    assert indices == list(range(16, 24))
    assert again.finish() == 24
    for one, other in zip(sorted(Path("whole").iterdir()), sorted(Path("broken").iterdir()), strict=True):
        assert np.array_equal(np.asarray(Image.open(one)), np.asarray(Image.open(other)))


@pytest.mark.parametrize(("name", "varied"), [("a.mp4", False), ("a.mp4", True)])
def test_a_film_of_a_clip_goes_on_after_a_kill_to_the_same_bytes(here, name, varied):
    pictures = [np.roll(gradient(), 2 * index, axis=1) for index in range(20)]
    times = [2 * index + index % 2 for index in range(20)] if varied else None
    base = Fraction(1, 12) if varied else None
    write_clip(Path("clip.mp4"), pictures, rate=Fraction(6), pts=times, base=base, sound=True)
    asked = order(name, "clip.mp4", film={"zoom": 1.0, "seconds": None})
    produce(asked)
    whole = Path(name).read_bytes()
    killed = Production(asked, network=TINY)
    for frame in killed.frames():
        if frame.index == 15:
            break
    killed.reel.abandon()  # as a kill would
    assert 0 < killed.reel.frames < 15
    produce(asked, resume=True)
    assert Path(name).read_bytes() == whole


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.webp", "a.gif"])
def test_a_film_made_twice_has_the_same_bytes(here, name):
    made = []
    for _ in range(2):
        produce(order(name))
        made.append(Path(name).read_bytes())
    assert made[0] == made[1]


@pytest.mark.parametrize("content", ["", "{"])
def test_a_note_that_a_full_disk_cut_off_is_no_hindrance_to_begin_anew(here, content):
    parts = Path("a.mp4.parts")
    parts.mkdir()
    (parts / "film.json").write_text(content)
    assert produce(order("a.mp4")) == 8


def test_an_interrupt_while_a_frame_is_coded_leaves_no_frame_twice(here, monkeypatch):
    write, film = Encoder.write, {"fps": 2, "seconds": 5}  # segments of four frames

    def interrupted(self, picture, pts):
        write(self, picture, pts)
        if pts == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(Encoder, "write", interrupted)
    production = Production(order("a.mp4", film=film), network=TINY)
    with pytest.raises(KeyboardInterrupt):
        list(production.frames())
    production.finish()
    monkeypatch.setattr(Encoder, "write", write)
    assert produce(order("a.mp4", film=film), resume=True) == 10
    assert len(pictures_of("a.mp4")) == 10


def test_another_film_is_not_gone_on_with(here):
    produce(order("a.mp4"), stop=8)
    with pytest.raises(ImageError, match=r"holds another film \(film differ\)"):
        Production(order("a.mp4", film={"zoom": 1.5}), network=TINY, resume=True)


def test_what_was_made_before_a_stop_is_kept_and_plays(here):
    assert produce(order("a.mp4"), stop=5) == 5
    assert len(pictures_of("a.mp4")) == 5
    assert produce(order("a.mp4"), resume=True) == 8
    assert len(pictures_of("a.mp4")) == 8


def test_segments_are_joined_without_a_gap(here):
    produce(order("a.mp4", film={"seconds": 5}))
    with av.open("a.mp4") as container:
        times = [frame.pts * frame.time_base for frame in container.decode(container.streams.video[0])]
    assert np.array_equal(np.diff(np.array(times, float)), np.full(39, 1 / 8))


@pytest.mark.slow
def test_a_killed_command_goes_on_to_the_same_film(here):
    arguments = ["film", "photo.png", "--zoom=1.3", "--seconds=4", "--fps=6", "--octaves=1", "--steps=2",
                 "--precision=fp32", "-o"]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    assert main([*arguments, "whole"]) == 0
    command = [sys.executable, "-m", "deepdream", *arguments, "killed"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    parts, deadline = here / "killed.parts", time.monotonic() + 120
    while not list(parts.glob("[0-9]*@*.mkv")) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert main([*arguments, "killed", "--resume"]) == 0
    for one, other in zip(sorted(Path("whole").iterdir()), sorted(Path("killed").iterdir()), strict=True):
        assert np.array_equal(np.asarray(Image.open(one)), np.asarray(Image.open(other)))


# Strangers


def hostile_files(folder):
    secret = folder / "secret.mp4"
    write_clip(secret, [gradient()] * 3)
    data = secret.read_bytes()
    stsd = data.index(b"avc1")  # the sample description holds width and height 24 bytes on
    huge = data[: stsd + 28] + struct.pack(">HH", 16_384, 16_384) + data[stsd + 32 :]
    files = {
        "list.mp4": f"ffconcat version 1.0\nfile {secret.name}\n".encode(),
        "list.m3u8": b"#EXTM3U\n#EXTINF:1,\nsecret.mp4\n#EXT-X-ENDLIST\n",
        "list2.mp4": b"#EXTM3U\n#EXTINF:1,\nsecret.mp4\n#EXT-X-ENDLIST\n",
        "cut.mp4": data[: len(data) // 3],
        "empty.mp4": b"",
        "text.mp4": b"hello" * 1000,
        "noise.mov": np.random.default_rng(0).bytes(20_000),
        "sdp.mp4": b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
        "huge.mp4": huge,
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    with av.open(str(folder / "sound.mp4"), "w") as container:
        write_tone(container, container.add_stream("aac", rate=44_100), 1.0)
    return [*files, "sound.mp4", "missing.mp4"]


def test_strange_files_are_refused_in_a_sentence_and_quickly(here):
    for name in hostile_files(here):
        begun = time.perf_counter()
        try:
            clip = open_clip(here / name)
            assert name == "huge.mp4" and clip.size == (48, 64)  # the stream itself says what is true
        except ImageError as error:
            assert name in str(error) and str(here) not in str(error) and str(error).endswith("."), error
        assert time.perf_counter() - begun < 2, name


def test_headers_that_promise_too_much_are_refused_before_a_picture_is_decoded(here, monkeypatch):
    from deepdream.film import clip as module

    write_clip(here / "clip.mp4", [gradient()] * 3)
    monkeypatch.setattr(module, "_decoded", lambda *_: pytest.fail("decoded"))
    monkeypatch.setattr(module, "MAX_PIXELS", 48 * 64 - 1)
    with pytest.raises(ImageError, match="frames of 64 x 48 pixels; allowed"):
        open_clip("clip.mp4")
    monkeypatch.setattr(module, "MAX_PIXELS", 10**6)
    monkeypatch.setattr(module, "MAX_FRAMES", 2)
    with pytest.raises(ImageError, match="has 3 frames; allowed: 2"):
        open_clip("clip.mp4")


def test_a_clip_that_is_cut_off_ends_where_it_does(here):
    write_clip(here / "clip.webm", [gradient()] * 20, codec="vp9")
    data = (here / "clip.webm").read_bytes()
    (here / "cut.webm").write_bytes(data[: len(data) * 3 // 4])
    assert 1 <= len(list(open_clip("cut.webm").frames())) <= 20


@pytest.mark.parametrize("content", ["{}", '{"film": 9}', "[]", '{"zoom": "x"}'])
def test_files_without_a_film_are_refused_or_read_as_plain(here, content):
    Path("film.json").write_text(content)
    try:
        assert isinstance(read_film("film.json"), Film)
        assert content == "{}"
    except DreamError as error:
        assert str(error)
    with pytest.raises(ImageError, match=r"holds no (recipe|film)"):
        read_film("photo.png")


@pytest.mark.parametrize("content", ['{"zoom": 1', '{"zoom": NaN}', '{"zoom": 1, "zoom": 2}', "{" * 40_000, "[" * 20])
def test_a_films_file_that_is_no_json_is_not_called_a_recipe(here, content):
    Path("film.json").write_text('{"a": ' * (content[0] == "[") + content)
    with pytest.raises(RecipeError) as caught:
        read_film("film.json")
    assert "JSON" in str(caught.value) and "recipe" not in str(caught.value)


@pytest.mark.parametrize("content", [b"GIF89a" + b"x" * 20, b"GIF8", b"\0\0\0\x18ftypavif" + b"\0" * 40])
def test_a_damaged_animation_is_refused_in_words(here, content):
    Path("torn.gif").write_bytes(content)
    with pytest.raises(ImageError, match=r"'torn\.gif' is (damaged|not a picture)"):
        read_film("torn.gif")


def test_a_wrong_ending_is_refused(here):
    for name in ("a.mov", "a.txt", "a.mkv"):
        with pytest.raises(ImageError, match="the ending chooses the format"):
            Production(order(name), network=TINY)
    with pytest.raises(ImageError, match="does not hold vp9"):
        Production(order("a.mp4", codec="vp9"), network=TINY)


@pytest.mark.parametrize(
    ("name", "about", "words"),
    [
        ("a.mp4", {"quality": 52}, "quality: received 52; allowed: 0 to 51 with h264"),
        ("a.webm", {"quality": 64}, "quality: received 64; allowed: 0 to 63 with vp9"),
        ("a.mp4", {"quality": 20, "kilobits": 500}, "give one of them"),
        ("a.webm", {"codec": "vp9", "bits": 10}, "bits: received 10; allowed: 8, or 10 with h264, av1"),
        ("a.gif", {"quality": 20}, ".gif has no quality"),
        ("a.webp", {"codec": "h264", "kilobits": 500}, ".webp has no codec and no kilobits"),
        ("frames", {"bits": 10}, "a folder of PNG files has no bits"),
        ("a.gif", {"sound": Path("tone.wav")}, ".gif has no sound"),
        ("a.gif", {"film": {"fps": 60}}, "60 frames a second are more than the 50 of a GIF"),
    ],
)
def test_what_an_encoder_does_not_take_is_refused_at_once(here, name, about, words):
    with pytest.raises(ImageError, match=re.escape(words)):
        Production(order(name, **about), network=TINY)


@pytest.mark.parametrize("codec", ["h264", "vp9", "av1"])
def test_an_encoder_takes_every_quality_that_is_allowed(here, codec, capfd):
    for quality in (0, CODECS[codec].worst):
        with new_container(Path("a.webm" if codec == "vp9" else "a.mp4")) as container:
            encoder = Encoder(container, Format(codec, quality=quality), (48, 64), Fraction(8), Fraction(1, 8))
            encoder.write(gradient(), 0)
            encoder.close()
    assert "info" not in capfd.readouterr().err


@pytest.mark.parametrize(("name", "room"), [("a.mp4", 100), ("a.mp4", 1500), ("a.webp", 4000)])
def test_a_disk_that_is_full_is_told_in_words(here, name, room):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    production = Production(order(name), network=TINY)
    with pytest.raises(ImageError, match=r"the film cannot be written: .*; its parts that are whole are kept"):
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
            list(production.frames())
            production.finish()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert production.reel._open is None  # or its end would be a traceback
    production.reel.remove()
    assert [each.name for each in here.iterdir()] == ["photo.png"]


def test_a_film_in_a_file_is_read_from_deforums_settings_too(here):
    Path("keys.json").write_text(json.dumps({"zoom": "0:(1.02)", "fps": 10, "max_frames": 20}))
    assert read_film("keys.json").seconds == 2
