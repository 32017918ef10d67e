"""The files by which a browser dreams, under names with their hashes: scripts, table, graphs, runtime, brotli forms."""

import hashlib
import json
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from deepdream.browser.export import export_all
from deepdream.browser.runtime import BUNDLES, runtime_files
from deepdream.browser.table import shared_table
from deepdream.networks import load_network

STATIC = files("deepdream") / "browser" / "static"
SCRIPTS = files("deepdream") / "web" / "static" / "scripts"  # the studio's, of which the page takes these
SHARED = ("camera.js", "dom.js", "files.js", "hand.js", "touch.js", "weights.js", "words.js")
# Ways to compute, the likely quickest first.
WAYS = (
    {"name": "webgpu", "provider": "webgpu", "threads": 1},
    {"name": "threads", "provider": "wasm", "threads": 4},
    {"name": "wasm", "provider": "wasm", "threads": 1},
)
BROTLI = 9  # of 11, which takes a hundred times as long for a twentieth of the bytes
SHRINKS = (".js", ".mjs", ".css", ".html", ".json", ".wasm", ".onnx", ".svg", ".webmanifest")


@dataclass
class Bundle:
    """Collect files by their paths."""

    contents: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, content: bytes) -> str:
        """Add a file under a name with its hash, and return that."""
        stem, dot, ending = name.partition(".")
        path = f"assets/{stem}-{hashlib.sha256(content).hexdigest()[:12]}{dot}{ending}"
        self.contents[path] = content
        return path

    def add_folder(self, name: str, sources: dict[str, bytes]) -> str:
        """Add files that name each other, in a folder whose name has the hash of all."""
        digest = hashlib.sha256(b"".join(path.encode() + sources[path] for path in sorted(sources))).hexdigest()[:12]
        folder = f"assets/{name}-{digest}"
        self.contents.update({f"{folder}/{path}": content for path, content in sources.items()})
        return folder

    def compressed(self, quality: int) -> dict[str, bytes]:
        """Return the brotli form of every file that it makes smaller by a twentieth, under its name with .br."""
        import brotli

        shrinking = {path: content for path, content in self.contents.items() if path.endswith(SHRINKS)}
        small = {f"{path}.br": brotli.compress(content, quality=quality) for path, content in shrinking.items()}
        return {path: content for path, content in small.items() if len(content) < 0.95 * len(self.contents[path[:-3]])}


def write_contents(folder: Path, contents: dict[str, bytes]) -> None:
    """Write files by their paths into a folder."""
    for path, content in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def add_engine(bundle: Bundle) -> dict[str, Any]:
    """Add all by which a browser dreams, and return the paths.

    Raises:
        DownloadError: npm cannot bring the runtime.
    """
    network = load_network("compact")
    table = json.dumps(shared_table(network), separators=(",", ":"))
    scripts = bundle.add_folder("app", all_scripts()) + "/browser/static"
    models = {name: each.SerializeToString() for name, each in export_all(network).items()}
    return {
        "table": bundle.add("table.json", table.encode()),
        "models": {name: bundle.add(f"{name}.onnx", model) for name, model in models.items()},
        "runtime": _runtime(bundle),
        "scripts": scripts,
        "worker": f"{scripts}/engine/worker.js",
    }


def all_scripts() -> dict[str, bytes]:
    """Return the scripts by their places in the package, at which they name each other."""
    own: list[tuple[str, Traversable]] = [
        (folder, each) for folder in ("engine", "page") for each in (STATIC / folder).iterdir()
    ]
    found = {f"browser/static/{folder}/{each.name}": each for folder, each in own if each.name.endswith(".js")}
    found |= {f"web/static/scripts/{name}": SCRIPTS / name for name in SHARED}
    return {path: each.read_bytes() for path, each in found.items() if each.name != "sw.js"}


def _runtime(bundle: Bundle) -> dict[str, dict[str, str]]:
    kept = {name: bundle.add(name, path.read_bytes()) for name, path in runtime_files().items()}
    return {way: {"script": kept[script], "wasm": kept[wasm]} for way, (script, wasm) in BUNDLES.items()}
