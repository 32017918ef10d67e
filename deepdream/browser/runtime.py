"""The runtime that computes in the browser: ONNX Runtime Web from npm, one version, checked by its hash."""

import base64
import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from deepdream.errors import DownloadError
from deepdream.networks.download import cache_home
from deepdream.replacing import replacing

PACKAGE = "onnxruntime-web@1.30.0"
SHA512 = "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
# By the way to compute: the script and what it loads. The one for WebGPU has WASM too, but is twice as large.
BUNDLES = {
    "wasm": ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"),
    "webgpu": ("ort.webgpu.bundle.min.mjs", "ort-wasm-simd-threaded.asyncify.wasm"),
}


def has_runtime() -> bool:
    """Return whether npm has fetched the runtime before."""
    return all(path.is_file() for path in _places().values())


def runtime_files() -> dict[str, Path]:
    """Return the runtime's files by name, fetched by npm where they are not in the cache yet.

    Raises:
        DownloadError: npm is missing, cannot reach its registry, or gives another file than ours.
    """
    if not has_runtime():
        _unpack(_fetched(), _places())
    return _places()


def _places() -> dict[str, Path]:
    folder = cache_home() / "runtime" / PACKAGE
    return {name: folder / name for bundle in BUNDLES.values() for name in bundle}


def _fetched() -> bytes:
    npm = shutil.which("npm")
    if npm is None:
        raise DownloadError(f"the site needs {PACKAGE}, which npm fetches; install Node.js with npm and try again.")
    with tempfile.TemporaryDirectory() as folder:
        told = subprocess.run([npm, "pack", PACKAGE], cwd=folder, capture_output=True, text=True, check=False)
        found = list(Path(folder).glob("*.tgz"))
        if told.returncode or not found:
            raise DownloadError(f"npm could not fetch {PACKAGE}: {told.stderr.strip()[-200:]}")
        archive = found[0].read_bytes()
    if base64.b64encode(hashlib.sha512(archive).digest()).decode() != SHA512:
        raise DownloadError(f"{PACKAGE} from npm is not the file that this program was made with; it is not used.")
    return archive


def _unpack(archive: bytes, places: dict[str, Path]) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as packed:
        for name, place in places.items():
            held = packed.extractfile(f"package/dist/{name}")
            assert held is not None
            place.parent.mkdir(parents=True, exist_ok=True)
            with replacing(place) as part:
                part.write_bytes(held.read())
