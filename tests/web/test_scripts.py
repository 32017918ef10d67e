"""The page's scripts under Node, as far as they need no browser; from here, so that one command tests all."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "deepdream" / "web" / "static" / "scripts"
NODE = shutil.which("node")


def test_the_scripts_do_what_they_say():
    if NODE is None:
        assert not os.environ.get("DEEPDREAM_REQUIRE_BROWSER"), "node is not installed"
        pytest.skip("node is not installed")
    files = sorted(str(path) for path in (ROOT / "tests" / "web" / "scripts").glob("*.test.js"))
    done = subprocess.run([NODE, "--test", *files], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_every_script_is_imported_from_the_one_that_starts_the_page():
    reached, waiting = set(), ["main.js"]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        words = (SCRIPTS / name).read_text("utf-8").split("'")
        waiting += [word[2:] for word in words if word.startswith("./") and word.endswith(".js")]
    assert reached == {path.name for path in SCRIPTS.glob("*.js")}
