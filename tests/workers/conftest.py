"""Two worker processes for all tests of this folder."""

import contextlib

import pytest

from deepdream.workers.processes import ProcessWorkers


@pytest.fixture(scope="session")
def processes():
    with contextlib.closing(ProcessWorkers(2)) as workers:
        yield workers
