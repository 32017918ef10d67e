"""The files by which a browser dreams, made once for each version of this program and kept in the cache."""

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

from deepdream.browser.bundle import BROTLI, WAYS, Bundle, add_engine, all_scripts, write_contents
from deepdream.networks.download import cache_home

MANIFEST = "device.json"  # the ways to compute, and the paths of all files


def kept_files() -> Path:
    """Return the folder with the manifest and all files that it names, made where the cache has none.

    Raises:
        DownloadError: npm cannot bring the runtime.
        OSError: the cache cannot be written.
    """
    folder = cache_home() / "device" / _version()
    if not (folder / MANIFEST).is_file():
        _make(folder)
    return folder


def _version() -> str:
    """Return a hash of the sources from which the files are made: graphs, tables, scripts, and the network."""
    root = Path(__file__).parents[1]
    sources = [path for path in root.rglob("*.py") if path.relative_to(root).parts[0] != "web"]
    places = (*sorted(sources), *sorted((root / "networks").glob("compact*")))
    contents = [path.read_bytes() for path in places if path.is_file()]
    scripts = [content for _, content in sorted(all_scripts().items())]
    return hashlib.sha256(b"".join(contents + scripts)).hexdigest()[:16]


def _make(folder: Path) -> None:
    bundle = Bundle()
    manifest = {"urls": add_engine(bundle), "ways": WAYS}
    contents = {MANIFEST: json.dumps(manifest).encode()} | bundle.contents | bundle.compressed(BROTLI)
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".", dir=folder.parent))
    try:
        write_contents(partial, contents)
        os.replace(partial, folder)
    except OSError:
        shutil.rmtree(partial, ignore_errors=True)
        if not (folder / MANIFEST).is_file():  # nor has another process just made them
            raise
