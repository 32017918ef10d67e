"""Workers in this process and in others: the same stream, stopped within a step, undisturbed by deaths."""

import itertools
import math
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from counting import Counting, Processors
from tiling import Tiling

from deepdream.errors import DreamError, RecipeError
from deepdream.film.film import Film
from deepdream.film.making import make_film
from deepdream.film.tracks import Formula
from deepdream.images import write_image
from deepdream.recipe import Recipe
from deepdream.style.job import StyleTransfer
from deepdream.style.settings import STYLE_PRESETS
from deepdream.turns import between_tiles
from deepdream.visualization.job import Visualization
from deepdream.visualization.presets import Portrait
from deepdream.workers import Dream, jobs, open_workers
from deepdream.workers.batch import in_order
from deepdream.workers.processes import ProcessWorkers
from deepdream.workers.processors import GROUP, NICENESS, processors

FILMED = Recipe(octaves=1, steps=2, layers=(("conv2", 1.0),), jitter=4)


@pytest.fixture
def two(processes):
    return processes


@pytest.fixture(params=["here", "processes"])
def workers(request, two):
    return two if request.param == "processes" else open_workers("here")


def lines(path):
    return [int(line) for line in Path(path).read_text().split()] if Path(path).exists() else []


def test_every_frame_comes_in_order_and_whole(workers):
    frames = list(workers.frames(Counting(12)))
    assert [frame.step for frame in frames] == list(range(1, 13))
    assert all((frame.image == frame.step).all() and frame.image.dtype == np.float32 for frame in frames)
    assert frames[-1].is_last


def test_at_a_pace_the_last_of_each_octave_still_comes(workers):
    assert [frame.step for frame in workers.frames(Counting(12), pace=60)] == [1, 5, 10, 12]
    assert [frame.step for frame in workers.frames(Counting(12), pace=math.inf)] == [12]


def test_who_wants_the_last_frame_alone_gets_an_octaves_where_seconds_of_work_hang_on_it(monkeypatch):
    monkeypatch.setattr(jobs, "LOSS", 0.0)
    assert [frame.step for frame in open_workers().frames(Counting(12), pace=math.inf)] == [5, 10, 12]


def test_what_is_wrong_with_a_job_reaches_its_reader_and_the_worker_goes_on(workers):
    frames = workers.frames(Counting(4, wrong_at=2))
    with pytest.raises(RecipeError, match="unlucky"):
        list(frames)
    assert len(list(workers.frames(Counting(3)))) == 3


def test_a_closed_stream_stops_within_a_step_and_the_next_begins_at_once(workers, tmp_path):
    log = tmp_path / "steps"
    frames = workers.frames(Counting(50, wait=0.2, log=str(log)))
    taken = next(frames).step
    frames.close()
    begun = time.monotonic()
    assert next(workers.frames(Counting(1))).is_last
    assert time.monotonic() - begun < 2, "the stream has ten seconds; benchmarks.engines tells how soon"
    assert len(lines(log)) <= taken + 2


def test_a_step_is_left_between_two_of_its_tiles_and_the_next_begins_at_once(workers):
    begun = time.monotonic()

    def enough():
        if time.monotonic() - begun > 0.5:
            raise TimeoutError

    with pytest.raises(TimeoutError), between_tiles(enough):
        next(workers.frames(Tiling(1, tiles=1000)))
    assert next(workers.frames(Counting(1))).is_last
    assert time.monotonic() - begun < 5


def pids(workers):
    return [each.process.pid for each in workers._all]


def test_a_worker_that_is_killed_is_replaced_and_the_job_goes_on_where_it_was(two, tmp_path):
    log, trigger = tmp_path / "steps", tmp_path / "trigger"
    trigger.touch()
    before, moves = pids(two), []
    job = Counting(12, log=str(log), dies_at=7, trigger=str(trigger))
    frames = list(two.frames(job, moved=lambda: moves.append(True)))
    assert [frame.step for frame in frames] == list(range(1, 13))
    assert lines(log) == list(range(12)), "no step is taken twice"
    assert moves == [True]
    assert len(pids(two)) == 2 and len(set(pids(two)) & set(before)) == 1


def test_a_worker_that_cannot_be_replaced_for_now_is_replaced_by_the_next_job(monkeypatch):
    """As where the system ended an idle one for want of memory, and has none for another yet."""
    alone = ProcessWorkers(1)
    try:
        (lost,) = alone._all
        lost.process.kill()
        lost.process.join()
        with monkeypatch.context() as patched:
            patched.setattr("deepdream.workers.processes._Process", lambda threads: os.open("", 0))
            with pytest.raises(OSError):
                next(alone.frames(Counting(1)))
        assert alone._idle.qsize() == 1, "else all later jobs would wait for ever"
        assert len(list(alone.frames(Counting(3)))) == 3
    finally:
        alone.close()


def test_a_job_that_kills_every_worker_is_given_up_in_words(two):
    with pytest.raises(DreamError, match="4 workers died over this dream"):
        list(two.frames(Counting(3, dies_at=1)))
    assert len(list(two.frames(Counting(3)))) == 3


def test_workers_that_are_closed_in_the_middle_of_a_dream_start_no_other_and_leave_nobody_waiting():
    closing = ProcessWorkers(1)
    begun = closing.frames(Counting(10_000, wait=0.02))
    next(begun)
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(next, closing.frames(Counting(1)))
        closing.close()
        with pytest.raises(DreamError, match="closed"):
            waiting.result(60)
    with pytest.raises(DreamError, match="closed"):
        list(begun)
    assert pids(closing) == []


def test_two_jobs_run_at_once_and_a_third_waits_for_one_to_end(two):
    streams = [two.frames(Counting(400, wait=0.01)) for _ in range(2)]
    for stream in streams:
        next(stream)  # both are at work now
    assert two._idle.empty()
    streams[0].close()
    assert next(two.frames(Counting(1))).is_last
    streams[1].close()


def test_results_come_in_order_though_the_first_is_slowest(two):
    waits = [0.05, 0.0, 0.02, 0.0, 0.0, 0.03]
    jobs = [Counting(steps, wait=wait) for steps, wait in enumerate(waits, start=1)]
    assert [frame.step for frame in in_order(two, jobs)] == [1, 2, 3, 4, 5, 6]


def test_a_batch_names_what_is_wrong_and_goes_on(two):
    outcomes = list(in_order(two, [Counting(1), Counting(2, wrong_at=1), Counting(3)]))
    assert isinstance(outcomes[1], RecipeError)
    assert [outcome.step for outcome in outcomes[::2]] == [1, 3]


def test_a_batch_takes_its_jobs_as_it_goes(two):
    taken = itertools.count()
    jobs = (Counting(number + 1) for number in taken)
    batch = in_order(two, jobs)
    assert [next(batch).step for _ in range(3)] == [1, 2, 3]
    batch.close()
    assert next(taken) <= 8


def test_a_batch_that_is_closed_waits_for_no_whole_job(two):
    batch = in_order(two, [Counting(1), *[Counting(500, wait=0.02) for _ in range(3)]])
    assert next(batch).step == 1
    begun = time.monotonic()
    batch.close()
    assert time.monotonic() - begun < 5, "each of the others takes ten seconds"


@pytest.mark.parametrize("changes", [{}, {"optimizer": "adam"}], ids=["plain", "adam"])
def test_a_dream_that_loses_its_worker_ends_as_if_undisturbed(two, changes):
    photo = np.random.default_rng(5).integers(0, 256, (96, 128, 3), np.uint8)  # frames larger than a pipe
    recipe = Recipe().replace(octaves=2, steps=3, steps_growth=1.0, layers=(("conv2", 1.0),), seed=4, **changes)
    undisturbed = list(open_workers("here").frames(Dream(photo, recipe)))
    moves, steps = [], []
    for frame in two.frames(Dream(photo, recipe), moved=lambda: moves.append(True)):
        steps.append((frame.octave, frame.step))
        if len(steps) == 4:
            os.kill(*two.busy, signal.SIGKILL)
    assert moves == [True]
    np.testing.assert_array_equal(frame.image, undisturbed[-1].image)
    assert len(steps) <= len(undisturbed) + (2 if changes else 1), "from the last frame, with Adam the last octave"


PICTURE = np.random.default_rng(7).integers(0, 256, (48, 64, 3), np.uint8)


@pytest.mark.parametrize(
    "job",
    [
        StyleTransfer(PICTURE, (PICTURE[::-1], PICTURE[:, ::-1]), STYLE_PRESETS["compact"].replace(steps=2), (2, 1)),
        Visualization("compact", (("conv2", 1.0),), Portrait(size=32, steps=2)),
    ],
    ids=["style", "visualization"],
)
def test_a_style_transfer_and_a_visualization_are_the_same_elsewhere(two, job):
    here = list(open_workers("here").frames(job))
    there = list(two.frames(job))
    assert [frame.losses for frame in there] == [frame.losses for frame in here]
    np.testing.assert_array_equal(there[-1].image, here[-1].image)
    assert not job.goes_on_from(here[0])


@pytest.mark.parametrize(
    "film",
    [{"tracks": {"step_size": Formula("0.02 + 0.01 * t")}}, {"stops": (FILMED, FILMED.replace(seed=3))}],
    ids=["keys", "stops"],
)
def test_a_film_of_several_workers_is_that_of_one_and_goes_on_in_the_middle(two, film):
    wanted = Film(recipe=FILMED, seconds=1, fps=6, **film)
    alone = list(make_film(PICTURE, wanted))
    first = make_film(PICTURE, wanted, workers=two)
    begun = [next(first) for _ in range(2)]
    first.close()
    assert two.busy == []
    rest = list(make_film(PICTURE, wanted, workers=two, resume=begun[-1].state))
    assert [frame.index for frame in [*begun, *rest]] == list(range(6))
    for one, other in zip(alone, [*begun, *rest], strict=True):
        np.testing.assert_array_equal(one.image, other.image)


BUSY = Dream(PICTURE.repeat(4, 0).repeat(4, 1), Recipe(octaves=1, steps=40))


def test_an_engine_computes_with_no_more_processors_than_are_its_share(two):
    assert two._threads == max(1, len(os.sched_getaffinity(0)) // 2)
    own, theirs = (os.getpriority(os.PRIO_PROCESS, pid) for pid in (0, pids(two)[0]))
    assert theirs == min(19, own + NICENESS), "the page's own work goes first"
    if GROUP.exists():  # Linux heeds that within a session alone
        sessions = {os.getsid(pid) for pid in (0, *pids(two))}
        assert len(sessions) == 3
        assert Path(f"/proc/{pids(two)[0]}/autogroup").read_text().split()[-1] == str(NICENESS)
    *_, last = two.frames(Processors(BUSY))
    assert 0 < last.losses["processors"] < two._threads + 0.2
    assert last.losses["threads"] <= two._threads + 1, "TensorFlow's, and the one that takes the steps"


@pytest.mark.slow
def test_without_ray_a_dream_needs_none_and_who_asks_for_it_is_told(tmp_path):
    program = """
import sys
sys.modules["ray"] = None
from deepdream.cli import main
assert main(["dream", *sys.argv[1:], "--engines", "auto"]) == 2
sys.exit(main(["dream", *sys.argv[1:]]))
"""
    write_image(tmp_path / "photo.png", PICTURE / 255)
    asked = [str(tmp_path / "photo.png"), "-o", str(tmp_path / "dream.png"), "--steps", "1", "--octaves", "1"]
    done = subprocess.run([sys.executable, "-c", program, *asked], capture_output=True, text=True, timeout=100)
    assert "Ray is not installed" in done.stderr
    assert done.returncode == 0 and (tmp_path / "dream.png").exists(), done.stderr


@pytest.mark.parametrize("where", ["", "0", "-1", "many", "257", "http://host"])
def test_another_place_is_refused_in_words(where):
    with pytest.raises(DreamError, match="allowed: here, 1 to 256, ray, auto"):
        open_workers(where)


@pytest.mark.parametrize(
    ("quota", "most"),
    [("max 100000", 99), ("200000 100000", 2), ("150000 100000", 2), ("10000 100000", 1), ("", 99), ("1 0", 99)],
)
def test_processors_are_no_more_than_a_container_gives(quota, most, tmp_path, monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(99)), raising=False)
    (tmp_path / "cpu.max").write_text(quota)
    assert processors(tmp_path / "cpu.max") == most and processors(tmp_path / "none") == 99
