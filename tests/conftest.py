"""Share a quiet TensorFlow among all tests, and let no browser test skip unseen where one must run."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Before anything imports TensorFlow or Gradio.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

settings.register_profile("deepdream", deadline=None, derandomize=True)  # timings vary; a red test must stay red
settings.load_profile("deepdream")

BROWSER_REQUIRED = os.environ.get("DEEPDREAM_REQUIRE_BROWSER") == "1"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Turn a skipped browser test into a failure where DEEPDREAM_REQUIRE_BROWSER=1."""
    report = yield
    if BROWSER_REQUIRED and report.skipped and item.get_closest_marker("browser") is not None:
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
