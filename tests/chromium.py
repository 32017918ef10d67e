"""Chromium as it is installed: where there is one, the shell without windows, which opens a page at less expense."""

import os
import shutil

import pytest

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def path() -> str:
    """Return its program; without it, or without playwright, the test skips, or fails where none may skip."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        required = os.environ.get("DEEPDREAM_REQUIRE_BROWSER") == "1"
        (pytest.fail if required else pytest.skip)("Chromium is not installed")
    return found
