"""Workers on a Ray cluster of two machines that are processes here."""

import asyncio
import contextlib
import os
import threading
import time
from pathlib import Path

import counting
import loops
import pytest
from counting import Counting

from deepdream.errors import RecipeError
from deepdream.workers.batch import in_order

os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # before Ray loads: all of its addresses are 127.0.0.1
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
ray = pytest.importorskip("ray", reason='ray is not installed: pip install ".[ray]"')
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster():
    from ray.cluster_utils import Cluster

    ray.cloudpickle.register_pickle_by_value(counting)  # the replicas do not find this folder
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    made.add_node(num_cpus=1)
    yield made
    ray.shutdown()
    made.shutdown()


@pytest.fixture(scope="module")
def two(cluster):
    from deepdream.workers.on_ray import RayWorkers

    async def as_in_a_notebook():
        return RayWorkers(cluster.address, count=2)

    with contextlib.closing(loops.run(as_in_a_notebook())) as workers:
        yield workers


def lines(path):
    return [int(line) for line in Path(path).read_text().split()]


def test_every_frame_comes_in_order_and_errors_reach_the_reader(two):
    assert [frame.step for frame in two.frames(Counting(12))] == list(range(1, 13))
    assert [frame.step for frame in two.frames(Counting(12), pace=60)] == [1, 5, 10, 12]
    with pytest.raises(RecipeError, match="unlucky"):
        list(two.frames(Counting(4, wrong_at=2)))


def test_frames_come_beside_a_running_event_loop_and_leave_no_thread(two):
    async def as_in_a_notebook():
        assert asyncio.get_running_loop().is_running()
        left = two.frames(Counting(50, wait=0.01))
        assert next(left).step == 1
        left.close()
        return [frame.step for frame in two.frames(Counting(3))]

    assert loops.run(as_in_a_notebook()) == [1, 2, 3]
    assert not [each for each in threading.enumerate() if each.name.startswith("from-ray")]


def test_a_closed_stream_stops_within_a_step_and_the_next_begins_at_once(two, tmp_path):
    logs = [tmp_path / "first", tmp_path / "second"]
    streams = [two.frames(Counting(500, wait=0.02, log=str(log))) for log in logs]
    for stream in streams:
        next(stream)
    before = len(lines(logs[0]))
    streams[0].close()
    begun = time.monotonic()
    assert next(two.frames(Counting(1))).is_last
    assert time.monotonic() - begun < 0.2
    assert len(lines(logs[0])) <= before + 10, "a fifth of a second, for word to get there"
    streams[1].close()


def test_a_replica_that_is_killed_in_a_job_loses_nothing(two, tmp_path):
    log, trigger = tmp_path / "steps", tmp_path / "trigger"
    trigger.touch()
    moves = []
    frames = list(
        two.frames(Counting(12, wait=0.2, log=str(log), dies_at=7, trigger=str(trigger)), moved=lambda: moves.append(1))
    )
    assert [frame.step for frame in frames] == list(range(1, 13))
    assert moves == [1]
    assert sorted(set(lines(log))) == list(range(12)) and len(lines(log)) <= 13, "at most one step is taken twice"


def test_a_batch_is_in_order_while_a_machine_goes_away(two, cluster):
    node = next(iter(cluster.worker_nodes))
    batch = in_order(two, (Counting(3, wait=0.02 * (number % 3)) for number in range(40)))
    outcomes = []
    for number, outcome in enumerate(batch):
        outcomes.append(outcome)
        if number == 8:
            cluster.remove_node(node, allow_graceful=False)
    assert len(outcomes) == 40 and all(outcome.step == 3 for outcome in outcomes)
