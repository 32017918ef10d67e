"""`python app.py` as people start it, and the folders that it claims and leaves clean."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from deepdream.errors import DreamError
from deepdream.web.server import folders

from .running import running

ROOT = Path(__file__).parents[2]


@pytest.fixture
def base(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delenv("GRADIO_TEMP_DIR", raising=False)
    monkeypatch.setattr(folders, "_claimed", {})
    return tmp_path / f"{folders.BASE}-{os.getuid()}"


def claim_elsewhere(temp):
    """Claim a folder in another process, which runs until its input is closed, and return it with the folder."""
    code = "import sys; from deepdream.web.server.folders import claim; print(claim(), flush=True); sys.stdin.read()"
    environment = {**os.environ, "TMPDIR": str(temp)}
    pipe = subprocess.PIPE
    other = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True
    )
    return other, Path(other.stdout.readline().strip())


def test_claiming_makes_two_halves_that_only_we_can_enter(base):
    own = folders.claim()
    assert own.parent == base and str(os.getpid()) not in own.name
    served = Path(os.environ["GRADIO_TEMP_DIR"])
    assert served == (own / "served").resolve() and served.is_dir()
    assert folders.private_folder() == own / "private"
    assert not any(folder.stat().st_mode & 0o077 for folder in (base, own, own / "private", served))


def test_the_path_that_answers_tell_does_not_tell_the_user(base):
    folders.claim()
    own = Path(os.environ["GRADIO_TEMP_DIR"]).relative_to(base.parent).parts
    assert len(own) == 1 and own[0].startswith("deepdream-served-") and str(os.getuid()) not in own[0].split("-")


def test_only_folders_whose_process_is_gone_are_swept(base):
    """Whatever its number: a process in another container has one of its own."""
    other, running = claim_elsewhere(base.parent)
    (base / "left-by-a-kill").mkdir()
    own = folders.claim()
    assert set(base.iterdir()) == {own, running, base / folders.LOCK}
    other.kill()
    other.wait()
    other.stdin.close(), other.stdout.close()
    assert running.is_dir()
    served = (running / "served").resolve()
    assert served.is_dir() and served != running / "served"
    folders.claim()
    assert not running.exists() and own.is_dir(), "our own first one is locked too"
    assert not served.exists() and (own / "served").is_dir()


def test_a_link_in_the_temp_folder_leads_nowhere(base, tmp_path):
    """The older name too: a link called deepdream-studio had all folders of its target removed."""
    target = tmp_path / "target"
    (target / "canary").mkdir(parents=True)
    for name in (base, tmp_path / folders.BASE):
        name.symlink_to(target)
    own = folders.claim()
    assert (target / "canary").is_dir() and list(target.iterdir()) == [target / "canary"]
    assert own.parent == tmp_path and own.stat().st_mode & 0o077 == 0


def test_a_base_that_others_can_write_to_is_not_used(base):
    base.mkdir()
    base.chmod(0o777)
    (base / "canary").mkdir()
    assert folders.claim().parent == base.parent
    assert (base / "canary").is_dir()


def test_a_link_inside_the_base_is_not_followed(base, tmp_path):
    (tmp_path / "target" / "canary").mkdir(parents=True)
    base.mkdir(mode=0o700)
    (base / "link").symlink_to(tmp_path / "target")
    folders.claim()
    assert (tmp_path / "target" / "canary").is_dir()


def test_two_users_each_have_a_base(base, monkeypatch):
    """One base for all was 0755 of the first user, and the second could not start."""
    own = folders.claim()
    monkeypatch.setattr("os.getuid", lambda: own.stat().st_uid + 1)
    assert folders.claim().parent != own.parent


def test_a_temp_folder_that_cannot_be_written_to_is_named(base, monkeypatch, tmp_path):
    """Photos once went into the folder that the page was started in."""
    missing = tmp_path / "missing"
    monkeypatch.setenv("TMPDIR", str(missing))
    with pytest.raises(DreamError, match="missing"):
        folders.claim()
    environment = {**os.environ, "TMPDIR": str(missing)}
    started = subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert started.returncode == 2 and len(started.stderr.strip().splitlines()) == 1 and "TMPDIR" in started.stderr


def test_without_a_claim_the_private_folder_is_elsewhere(base):
    folder = folders.private_folder()
    assert folder.is_dir() and base not in folder.parents


@pytest.mark.slow
def test_the_page_starts_answers_and_leaves_nothing(tmp_path):
    with running(tmp_path, "--root-path", "/dream", DEEPDREAM_METRICS_TOKEN="secret") as server:
        server.wait_until_ready()
        for token, status in (("secret", 200), ("secre", 404), ("x", 404)):
            asked = httpx.get(f"{server.local_url}metrics", headers={"Authorization": f"Bearer {token}"})
            assert asked.status_code == status and ("deepdream_sessions 0.0" in asked.text) == (status == 200)
        answer = httpx.get(server.local_url, timeout=30)
        assert answer.status_code == 200 and "DeepDream" in answer.text and "server" not in answer.headers
        assert all(httpx.get(f"{server.local_url}{name}").status_code == 404 for name in ("docs", "openapi.json"))
        assert "/dream" in httpx.get(f"{server.local_url}config", timeout=30).json()["root"]
        assert server.folders() and server.folders()[0].joinpath("served").is_dir()
        assert f"DeepDream studio is at {server.local_url}" in server.log.read_text()
        server.end()
        server.process.wait(30)
    assert not server.folders()
    assert ("runs as root" in server.log.read_text()) == (hasattr(os, "geteuid") and os.geteuid() == 0)


@pytest.mark.slow
def test_a_port_that_is_taken_is_named_in_one_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with running(tmp_path, port=port) as server:
            assert server.process.wait(60) == 2
            assert f"port {port}" in server.log.read_text().splitlines()[-1]


def test_a_second_server_that_starts_meanwhile_takes_the_next_port():
    """A port that was bound and not listened at could be bound twice; the one that was later ended in a traceback."""
    from deepdream.web import serving
    from deepdream.web.hosting import Hosting

    with serving._listen(Hosting()) as first, serving._listen(Hosting()) as second:
        port = first.getsockname()[1]
        assert second.getsockname()[1] > port
        with pytest.raises(DreamError, match=f"port {port}"):
            serving._listen(Hosting(port=port))


def test_an_address_for_a_week_leads_here(monkeypatch):
    """Gradio's tunnel is asked for the port that we listen at; where it cannot be had, one line says so."""
    from deepdream.web import serving

    asked = []
    tunnel = lambda *about: asked.append(about) or "http://abc.gradio.live"  # noqa: E731
    monkeypatch.setattr("gradio.networking.setup_tunnel", tunnel)
    page = SimpleNamespace(share_token="t")
    assert serving._lent_address(page, 7860) == "https://abc.gradio.live"
    assert asked == [("127.0.0.1", 7860, "t", None, None)]
    monkeypatch.setattr("gradio.networking.setup_tunnel", lambda *_: 1 / 0)
    with pytest.raises(DreamError, match="no public address"):
        serving._lent_address(page, 7860)


@pytest.mark.slow
def test_tensorflow_is_not_loaded_before_the_page_is_built():
    code = "import sys; from deepdream.web import build; build(); assert 'tensorflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)
