"""Share a quiet TensorFlow and empty caches among all tests, keep their memory low, let no browser test skip unseen."""

import atexit
import ctypes
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Before anything imports TensorFlow or Gradio.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
if sharing := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0")):  # processes, each with its part of the processors
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(max(1, (os.cpu_count() or 1) // sharing)))

# No test reads or fills the caches of whoever runs it.
CACHES = tempfile.mkdtemp(prefix="deepdream-tests-")
os.environ["XDG_CACHE_HOME"] = os.environ["KERAS_HOME"] = CACHES
atexit.register(shutil.rmtree, CACHES, ignore_errors=True)

settings.register_profile("deepdream", deadline=None, derandomize=True)  # timings vary; a red test must stay red
settings.load_profile("deepdream")

USUAL_POLICY = os.sched_getscheduler(0) if hasattr(os, "sched_getscheduler") else None
LONG = os.environ.get("DEEPDREAM_LONG") == "1"
BROWSER_REQUIRED = os.environ.get("DEEPDREAM_REQUIRE_BROWSER") == "1"


RUNNING = {"page_server", "attacked", "confined", "ask", "cluster", "two"}  # fixtures that start something


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what looks at a running page or cluster, or through a browser or Node; the laws are what is left."""
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.skipif(not LONG, reason="half a minute or more; DEEPDREAM_LONG=1 runs it"))
        if RUNNING & set(item.fixturenames) or item.get_closest_marker("browser") or item.get_closest_marker("attack"):
            item.add_marker(pytest.mark.slow)


memory_to_keep = 3 * 2**30  # bytes; a machine of 8 GiB shall run two workers of pytest
MEMORY_WORTH_A_SEARCH = 2**29  # bytes; to look for what can go takes a second


@pytest.fixture(autouse=True)
def memory_given_back() -> Iterator[None]:
    """Drop compiled functions and Keras graphs after a test that left much behind: they hold whole networks."""
    global memory_to_keep
    yield
    if resident_memory() > memory_to_keep and "tensorflow" in sys.modules:
        from keras import backend

        from deepdream.engine import compile as engine

        for function in vars(engine).values():
            if hasattr(function, "cache_clear"):
                function.cache_clear()
        backend.clear_session()
        gc.collect()
        if sys.platform == "linux":
            ctypes.CDLL(None).malloc_trim(0)  # glibc would keep what was freed
        memory_to_keep = max(memory_to_keep, resident_memory() + MEMORY_WORTH_A_SEARCH)  # what stays, stays


@pytest.fixture(autouse=True)
def in_turn_with_others() -> Iterator[None]:
    """Let no test leave this process before all others of the machine: see `threads_scheduled_as_before`."""
    yield
    if hasattr(os, "sched_getscheduler"):
        assert os.sched_getscheduler(0) == USUAL_POLICY, "this process was given a real-time priority"


def resident_memory() -> int:
    """Return the bytes of memory that this process holds; 0 where the system does not list them as Linux does."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, AttributeError):
        return 0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Turn a skipped browser test into a failure where DEEPDREAM_REQUIRE_BROWSER=1."""
    report = yield
    asked_for = "DEEPDREAM_" in str(report.longrepr)  # by a knob that nobody has set: no browser is missing
    if BROWSER_REQUIRED and report.skipped and not asked_for and item.get_closest_marker("browser") is not None:
        report.outcome = "failed"
        report.longrepr = f"DEEPDREAM_REQUIRE_BROWSER=1 allows no skipped browser test: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """Turn a browser test file that skips itself as a whole into a failure where DEEPDREAM_REQUIRE_BROWSER=1."""
    report = yield
    if BROWSER_REQUIRED and report.skipped and "browser" in collector.nodeid:
        report.outcome = "failed"
        report.longrepr = f"DEEPDREAM_REQUIRE_BROWSER=1 allows no skipped browser tests: {report.longrepr}"
    return report
