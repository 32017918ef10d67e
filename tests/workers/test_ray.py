"""Workers on a Ray cluster of three machines, which are processes here and go away one by one."""

import asyncio
import contextlib
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import counting
import loops
import numpy as np
import pytest
import tiling
from counting import Counting, Deadly, Processors
from tiling import Tiling

from deepdream.errors import DreamError, RecipeError
from deepdream.film.film import Film
from deepdream.film.making import make_film
from deepdream.film.tracks import Formula
from deepdream.recipe import Recipe
from deepdream.turns import between_tiles
from deepdream.workers import Dream, open_workers
from deepdream.workers.batch import in_order

os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # before Ray loads: all of its addresses are 127.0.0.1
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
ray = pytest.importorskip("ray", reason='ray is not installed: pip install ".[ray]"')
pytestmark = pytest.mark.slow


PHOTO = np.random.default_rng(5).integers(0, 256, (96, 128, 3), np.uint8)
RECIPE = Recipe(octaves=2, steps=3, steps_growth=1.0, layers=(("conv2", 1.0),), seed=4)
FILM = Film(recipe=RECIPE, seconds=1, fps=4, tracks={"step_size": Formula("0.02 + 0.01 * t")})


@pytest.fixture(scope="module")
def cluster():
    from ray.cluster_utils import Cluster

    for module in (counting, tiling):
        ray.cloudpickle.register_pickle_by_value(module)  # the replicas do not find this folder
    noticed = {"health_check_period_ms": 500, "health_check_failure_threshold": 2}  # soon, when a machine goes
    head = {"num_cpus": 1, "include_dashboard": False, "_system_config": noticed}
    made = Cluster(initialize_head=True, head_node_args=head)
    made.others = [made.add_node(num_cpus=processors) for processors in (1, 2)]
    yield made
    ray.shutdown()
    made.shutdown()


@pytest.fixture(scope="module")
def four(cluster):
    from deepdream.workers.on_ray import RayWorkers

    async def as_in_a_notebook():
        return RayWorkers(cluster.address)

    with contextlib.closing(loops.run(as_in_a_notebook())) as workers:
        assert workers.count == 4
        yield workers


@pytest.fixture(scope="module")
def wanted():
    return pictures(open_workers())


def pictures(workers):
    """Return the pictures of a dream, of a folder, and of a film."""
    folder = [Dream(np.roll(PHOTO, shift, 0), RECIPE) for shift in range(6)]
    *_, dream = workers.frames(folder[0])
    frames = [dream, *in_order(workers, folder), *make_film(PHOTO, FILM, workers=workers)]
    return np.stack([frame.image for frame in frames])


def leave(cluster, workers, left):
    """Let the newest machine go away, and wait until its replicas are no longer counted."""
    cluster.remove_node(cluster.others.pop(), allow_graceful=False)
    deadline = time.monotonic() + 60
    while workers.count > left and time.monotonic() < deadline:
        time.sleep(0.1)
    assert workers.count == left


def lines(path):
    return [int(line) for line in Path(path).read_text().split()]


def test_pictures_are_the_same_here_in_processes_and_on_three_machines(four, processes, wanted):
    np.testing.assert_array_equal(pictures(processes), wanted)
    np.testing.assert_array_equal(pictures(four), wanted)


def test_every_frame_comes_in_order_and_errors_reach_the_reader(four):
    assert [frame.step for frame in four.frames(Counting(12))] == list(range(1, 13))
    assert [frame.step for frame in four.frames(Counting(12), pace=60)] == [1, 5, 10, 12]
    with pytest.raises(RecipeError, match="unlucky"):
        list(four.frames(Counting(4, wrong_at=2)))


def test_frames_come_beside_a_running_event_loop_and_leave_no_thread(four):
    async def as_in_a_notebook():
        assert asyncio.get_running_loop().is_running()
        left = four.frames(Counting(50, wait=0.01))
        assert next(left).step == 1
        left.close()
        return [frame.step for frame in four.frames(Counting(3))]

    assert loops.run(as_in_a_notebook()) == [1, 2, 3]
    assert not [each for each in threading.enumerate() if each.name.startswith("from-ray")]


def test_a_closed_stream_stops_within_a_step_and_the_next_begins_at_once(four, tmp_path):
    logs = [tmp_path / str(number) for number in range(4)]
    streams = [four.frames(Counting(50, wait=0.2, log=str(log))) for log in logs]
    for stream in streams:
        next(stream)
    before = len(lines(logs[0]))
    streams[0].close()
    begun = time.monotonic()
    assert next(four.frames(Counting(1))).is_last
    assert time.monotonic() - begun < 2, "each stream has ten seconds; benchmarks.engines tells how soon"
    assert len(lines(logs[0])) <= before + 2
    for stream in streams[1:]:
        stream.close()


def test_a_step_is_left_between_two_of_its_tiles(four):
    begun = time.monotonic()

    def enough():
        if time.monotonic() - begun > 0.5:
            raise TimeoutError

    others = [four.frames(Counting(1000, wait=0.02)) for _ in range(3)]
    for other in others:
        next(other)
    with pytest.raises(TimeoutError), between_tiles(enough):
        next(four.frames(Tiling(1, tiles=2000)))  # two thirds of a minute
    assert next(four.frames(Counting(1))).is_last
    assert time.monotonic() - begun < 15
    for other in others:
        other.close()


def test_a_replica_that_is_killed_in_a_job_loses_nothing(four, tmp_path):
    log, trigger = tmp_path / "steps", tmp_path / "trigger"
    trigger.touch()
    moves = []
    frames = list(
        four.frames(
            Counting(12, wait=0.2, log=str(log), dies_at=7, trigger=str(trigger)), moved=lambda: moves.append(1)
        )
    )
    assert [frame.step for frame in frames] == list(range(1, 13))
    assert moves == [1]
    assert sorted(set(lines(log))) == list(range(12)) and len(lines(log)) <= 13, "at most one step is taken twice"


def test_a_dream_is_the_same_on_a_cluster_though_its_replica_is_killed(four, wanted, tmp_path):
    trigger, moves = tmp_path / "trigger", []
    trigger.touch()
    there = list(four.frames(Deadly(Dream(PHOTO, RECIPE), 4, str(trigger)), moved=lambda: moves.append(1)))
    assert moves == [1] and not trigger.exists()
    assert 6 <= len(there) <= 7, "at most one frame is dreamed twice"
    np.testing.assert_array_equal(there[-1].image, wanted[0])


def test_a_replica_computes_with_no_more_processors_than_are_its_share(four):
    photo = np.random.default_rng(6).integers(0, 256, (192, 256, 3), np.uint8)
    *_, last = four.frames(Processors(Dream(photo, Recipe(octaves=1, steps=40))))
    assert 0 < last.losses["processors"] < 1.2 and last.losses["threads"] <= 2


def test_a_film_of_four_uneven_replicas_is_in_order_and_bounded_while_a_machine_goes_away(four, cluster):
    begun, ahead = [], []

    def frames():
        for number in range(200):
            begun.append(number)
            yield Counting(1 + number % 5, wait=0.004, uneven=True)

    for number, frame in enumerate(in_order(four, frames())):
        assert frame.step == 1 + number % 5
        ahead.append(len(begun) - number)
        if number == 20:
            leave(cluster, four, 2)
    assert number == 199 and max(ahead) <= 2 * 4


def test_pictures_are_the_same_on_two_machines_and_on_one(four, cluster, wanted):
    np.testing.assert_array_equal(pictures(four), wanted)
    leave(cluster, four, 1)
    np.testing.assert_array_equal(pictures(four), wanted)


def ended(number):
    """Wait until a process is gone, or a zombie until whoever adopted it looks: its command line is empty then."""
    deadline, there = time.monotonic() + 30, Path(f"/proc/{number}/cmdline")
    with contextlib.suppress(OSError):  # it went between two looks
        while there.read_bytes() and time.monotonic() < deadline:
            time.sleep(0.05)
        return not there.read_bytes()
    return True


def test_what_ignores_its_end_is_ended_with_all_its_session():
    from deepdream.workers.on_ray import end_session

    deaf = ["sh", "-c", "trap '' TERM; sleep 60 & echo $!; wait; sleep 60"]
    process = subprocess.Popen(deaf, stdout=subprocess.PIPE, text=True, start_new_session=True)
    child = int(process.stdout.readline())
    end_session(process, 0.1)
    assert process.stdout.read() == "", "nobody holds its other end"
    assert ended(child)


def test_what_runs_with_us_ends_though_we_die_without_a_word():
    program = """
import os
from deepdream.workers.on_ray import session_with_us
started = session_with_us(["sh", "-c", "echo $$; exec sleep 60"], os.environ)
print(started.stdout.readline(), flush=True)
os._exit(1)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ended(int(done.stdout))


def test_that_serve_asked_a_replica_that_died_is_no_news():
    from deepdream.workers.on_ray import is_news

    def line(error, words):
        about = (type(error), error, None)
        return logging.LogRecord("asyncio", logging.ERROR, "", 0, words, None, about)

    unseen = "Task exception was never retrieved"
    assert not is_news(line(ray.exceptions.ActorUnavailableError("gone", None), unseen))
    assert is_news(line(ray.exceptions.ActorUnavailableError("gone", None), "Something else"))
    assert is_news(line(ValueError("ours"), unseen))
    assert is_news(logging.LogRecord("asyncio", logging.ERROR, "", 0, unseen, None, None))


def test_an_address_that_takes_calls_and_never_answers_is_given_up(monkeypatch):
    from deepdream.workers import on_ray

    monkeypatch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "1")  # or it would not even call
    monkeypatch.setattr(on_ray, "JOINING", 0.5)
    monkeypatch.setattr(on_ray, "PATIENCE", 0.2)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        with pytest.raises(DreamError, match="no Ray cluster at"):
            on_ray._Node(f"127.0.0.1:{mute.getsockname()[1]}")


def test_no_replica_is_taken_down_where_serve_hears_of_no_work():
    from ray import serve

    from deepdream.workers.on_ray import _deployment

    scaling = _deployment(serve, 3, 8)._bound_deployment._deployment_config.autoscaling_config
    assert (scaling.min_replicas, scaling.max_replicas) == (3, 8), "it began with three and kept one"


def test_workers_that_are_closed_in_the_middle_of_a_dream_are_soon_gone(four):
    stream = four.frames(Counting(10_000, wait=0.02))
    next(stream)
    begun = time.monotonic()
    four.close()
    assert time.monotonic() - begun < 15, "Serve waits a minute for a dream to end"
    with pytest.raises(DreamError, match="closed"):
        list(stream)
