"""The README's block for nginx, whole and as it stands, before the attacked server."""

import json
import re
import shutil
import socket
import subprocess
import time
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image

from .client import META
from .conftest import TREE, Attacked, Confined

pytestmark = pytest.mark.attack

NAME = "dream.example.org"
AROUND = """
daemon off; worker_processes 1; pid {tmp}/nginx.pid; error_log stderr;
events {{ }}
http {{
    access_log off; {folders}
    ssl_certificate {tmp}/cert.pem; ssl_certificate_key {tmp}/key.pem;
    {block}
}}
"""
FOLDERS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def configuration(attacked: Attacked, folder: str, port: int) -> str:
    """Return the README's block with our ports, in what nginx needs around it here."""
    found = re.search(r"```nginx\n(.*?)```", (TREE / "README.md").read_text(), re.DOTALL)
    assert found, "the README says nothing that could be tried"
    block = found[1].replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    block = block.replace("127.0.0.1:7860;", f"{urlsplit(attacked.address).netloc}; proxy_bind 127.0.0.9;")
    return AROUND.format(
        tmp=folder, block=block, folders=" ".join(f"{name}_temp_path {folder}/{name};" for name in FOLDERS)
    )


@pytest.fixture
def proxy(attacked: Attacked, confined: Confined):
    """Start nginx and yield a client that calls the page through it, by its name."""
    if not (nginx := shutil.which("nginx")) or not shutil.which("openssl"):
        pytest.skip("nginx and openssl are not here")
    tmp = confined.scratch / "tmp"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp / "nginx.conf").write_text(configuration(attacked, str(tmp), port))
    made = ["-newkey", "rsa:2048", "-nodes", "-keyout", tmp / "key.pem", "-out", tmp / "cert.pem", "-days", "1"]
    subprocess.run(["openssl", "req", "-x509", *made, "-subj", f"/CN={NAME}"], check=True, capture_output=True)
    process = confined.start([nginx, "-p", str(tmp), "-c", str(tmp / "nginx.conf")])
    try:
        with httpx.Client(
            base_url=f"https://127.0.0.1:{port}", verify=False, headers={"Host": NAME}, timeout=60
        ) as client:
            wait_for(port, process)
            yield client
    finally:
        process.terminate()
        process.communicate(timeout=30)


def wait_for(port: int, process: subprocess.Popen) -> None:
    """Wait until somebody listens."""
    until = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"nginx does not listen: {process.communicate(timeout=5)[0] if process.poll() is not None else ''}")


def test_the_page_works_behind_nginx_as_the_readme_has_it(proxy, confined):
    """Once: 413 for photos above 1 MB, and addresses of the inner server in the answers."""
    assert proxy.get("/config").json()["root"] == f"https://{NAME}"
    noise = confined.scratch / "noise.bmp"
    Image.effect_noise((1400, 1200), 60).convert("RGB").save(noise)
    assert noise.stat().st_size > 5_000_000
    (path,) = proxy.post("/gradio_api/upload", files={"files": ("noise.bmp", noise.read_bytes())}).json()
    data = [{"path": path, **META}, "", '{"steps": 2, "octaves": 1}', 256]
    event = proxy.post("/gradio_api/call/dream", json={"data": data}).json()["event_id"]
    with proxy.stream("GET", f"/gradio_api/call/dream/{event}") as stream:
        lines = list(stream.iter_lines())
    assert "event: complete" in lines
    last = json.loads(lines[lines.index("event: complete") + 1].removeprefix("data: "))
    assert last[0]["url"].startswith(f"https://{NAME}/")
    shown = proxy.get(urlsplit(last[0]["url"]).path)
    assert shown.status_code == 200 and "max-age" in shown.headers["strict-transport-security"]
