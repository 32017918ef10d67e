"""Collect these checks only where Keras runs on PyTorch: importing them chooses the backend for all tests."""

import os

collect_ignore_glob = [] if os.environ.get("KERAS_BACKEND") == "torch" else ["test_*.py"]
