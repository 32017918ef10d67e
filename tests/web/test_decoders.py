"""Strangers' pictures: decoded apart, within time, memory, pixels and scans, callers taking turns."""

import threading
import time

import loops
import numpy as np
import pytest
from attacks import hostile
from PIL import Image

from deepdream.errors import ImageError
from deepdream.images import Photo, apart, read_image, to_uint8
from deepdream.web.server.decoders import BusyError, Decoders, photo_process
from deepdream.web.server.held import HeldPhoto, held, held_at, laid_aside, load_photo
from deepdream.web.server.limits import Limits

ALLOWED = {"megapixels": 1.0, "side": 2000, "scans": 20}


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    random = np.random.default_rng(0)
    Image.fromarray(random.integers(0, 256, (31, 47, 4), np.uint8).astype(np.uint8)).save(path)
    return path


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.png", lambda: hostile.png(1100, 1000), "1.1 megapixels; allowed: 1"),
        ("a.png", lambda: hostile.png(1, 2001), "2000 on a side"),
        ("a.bmp", lambda: hostile.rle_bmp(20, 20), "run lengths"),
        ("a.jpg", lambda: hostile.progressive_jpeg(64, 21), "21 scans; allowed: 20"),
        ("a.txt", lambda: b"no picture", "not a picture"),
    ],
)
def test_what_costs_far_more_than_its_pixels_is_refused_by_its_header(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content())
    with pytest.raises(ImageError, match=words):
        apart.weigh(str(path), **ALLOWED)


def test_the_weight_counts_scans_and_an_ordinary_progressive_photo_passes(tmp_path):
    plain, progressive = tmp_path / "plain.jpg", tmp_path / "progressive.jpg"
    picture = Image.effect_noise((640, 480), 60).convert("RGB")
    thumbnail = b"\xff\xd8\xff\xda" * 40  # within a segment: no scans of this picture
    picture.save(plain, comment=thumbnail)
    picture.save(progressive, progressive=True, comment=thumbnail)
    assert apart.weigh(str(plain), **ALLOWED)["weight"] == pytest.approx(0.3072)
    assert 5 < apart.scans_of(str(progressive)) < 20
    assert apart.weigh(str(progressive), **ALLOWED)["weight"] > 0.5


def test_a_photo_decoded_apart_is_what_read_image_gives(photo, tmp_path):
    stored = tmp_path / "stored.npy"
    loops.run(Decoders(Limits()).photo(photo, stored, caller="a"))
    back, direct = load_photo(stored), read_image(photo)
    np.testing.assert_array_equal(back.pixels, direct.pixels)
    np.testing.assert_array_equal(back.alpha, direct.alpha)
    assert back.size == direct.size == (31, 47)


def test_a_decode_that_takes_too_long_is_ended_and_the_next_one_works(photo, tmp_path, monkeypatch):
    process = photo_process(Limits(decoding_seconds=0.5))
    process._running()
    monkeypatch.setattr("deepdream.web.server.decoders.wait", lambda streams, seconds: [])
    with pytest.raises(ImageError, match=r"takes longer than 0\.5 seconds"):
        process.ask({"job": "photo", "file": str(photo), "into": str(tmp_path / "a.npy")})
    assert process._process is None
    monkeypatch.undo()
    process._seconds = Limits().decoding_seconds  # a process takes a while to begin
    assert process.ask({"job": "photo", "file": str(photo), "into": str(tmp_path / "b.npy")}) == {}
    process._end()


def test_a_decode_that_needs_too_much_memory_is_told_in_words(tmp_path):
    path = tmp_path / "large.png"
    path.write_bytes(hostile.png(4000, 4000, color=6))
    process = photo_process(Limits(decoding_memory=0.25))
    with pytest.raises(ImageError, match="memory"):
        process.ask({"job": "photo", "file": str(path), "into": str(tmp_path / "a.npy")})
    process._end()


class Slow:
    """Stand for a process: weighs by the file's name, and does nothing before it is let."""

    def __init__(self, limits):
        self.go, self.done = threading.Event(), []
        Slow.made.append(self)

    def ask(self, job):
        if job["job"] == "weigh":
            return {"weight": 100.0 if "large" in job["file"] else 1.0}
        self.done.append(job["file"])
        assert self.go.wait(10)
        return {}


@pytest.fixture
def slow(monkeypatch):
    Slow.made = []
    monkeypatch.setattr("deepdream.web.server.decoders.photo_process", Slow)
    yield Slow.made
    for each in Slow.made:
        each.go.set()


def until(what):
    end = time.monotonic() + 10
    while not what() and time.monotonic() < end:
        time.sleep(0.005)
    assert what()


def test_large_pictures_leave_a_decoder_to_the_small_ones_and_callers_take_turns(slow, tmp_path):
    decoders, out = Decoders(Limits(opening=20)), tmp_path / "x.npy"
    enter = lambda name, caller: decoders._enter(name, {"job": "photo", "into": str(out)}, caller)  # noqa: E731
    enter("large-1", "a")
    until(lambda: any(each.done == ["large-1"] for each in slow))
    enter("large-2", "a")
    small = [enter(f"small-{number}", "a") for number in range(3)]
    until(lambda: any(each.done == ["small-0"] for each in slow))
    other = enter("of-another", "b")
    quick = next(each for each in slow if each.done == ["small-0"])
    quick.go.set()
    for job in (*small, other):
        job.result.result(10)
    assert quick.done == ["small-0", "of-another", "small-1", "small-2"]


def test_only_so_many_pictures_wait(slow, tmp_path):
    decoders = Decoders(Limits(opening=2, decoders=1))
    for number in range(3):
        decoders._enter(f"{number}", {"job": "photo"}, "a")
        until(lambda: slow and slow[0].done)  # the first one is out of the queue
    with pytest.raises(BusyError, match="try again"):
        decoders._enter("one more", {"job": "photo"}, "b")


def test_a_held_photo_is_the_photo_at_8_bits():
    random = np.random.default_rng(1)
    photo = Photo(random.random((9, 7, 3), np.float32), random.random((9, 7), np.float32))
    kept = held(photo)
    assert isinstance(kept, HeldPhoto) and held(kept) is kept and kept.size == photo.size
    np.testing.assert_array_equal(to_uint8(kept.pixels), to_uint8(photo.pixels))
    np.testing.assert_allclose(kept.alpha, photo.alpha, atol=0.5 / 255 + 1e-6)


def test_a_held_photo_shrinks_as_any_other_within_rounding():
    random = np.random.default_rng(2)
    kept = held(Photo(random.random((90, 120, 3), np.float32), random.random((90, 120), np.float32)))
    small, height, width = held_at(kept, 40), 30, 40
    assert small.size == (height, width) and held_at(kept, 0) is held_at(kept, 120) is kept
    assert held_at(kept, 240, larger=True).size == (2 * kept.size[0], 2 * kept.size[1])
    assert held_at(kept, 0, larger=True) is kept and held_at(kept, 40, larger=True).size == small.size
    means = kept.pixels.reshape(height, 3, width, 3, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(small.pixels, means, atol=1.01 / 255)
    means = kept.alpha.reshape(height, 3, width, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(small.alpha, means, atol=1.01 / 255)


def test_a_large_result_is_laid_aside_as_it_is(tmp_path):
    pixels = np.random.default_rng(0).random((1200, 1000, 3), np.float32)
    aside = laid_aside(pixels, tmp_path)
    assert isinstance(aside, np.memmap) and np.array_equal(aside, pixels) and not list(tmp_path.iterdir())
    small = pixels[:10]
    assert laid_aside(small, tmp_path) is small and laid_aside(pixels, tmp_path / "gone") is pixels
