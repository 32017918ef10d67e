"""Write the static site on which the visitor's own device dreams: scripts, graphs, runtime, and what makes it install.

Everything but the page itself lies under a name with its hash, and beside whatever shrinks lies its brotli form, for
servers that hand those out. Words, colors and pictures are those of the studio.
"""

import base64
import hashlib
import json
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from deepdream.browser.bundle import BROTLI, STATIC, WAYS, Bundle, add_engine, write_contents
from deepdream.errors import DreamError
from deepdream.recipe import Recipe

LANGUAGES = ("en", "ko", "vi")
SHOWN = ("setting.", "look.", "layer.", "channel.", "sample.")  # of its texts, and those of the page as a whole
SAMPLES = ("sky", "cat")  # of the folder assets, where it is there
STUDIO = files("deepdream") / "web"  # whose words, colors and pictures the site shares
SPACE = """---
title: DeepDream on your own device
emoji: 🌙
colorFrom: purple
colorTo: pink
sdk: static
pinned: false
license: apache-2.0
custom_headers:
  cross-origin-embedder-policy: require-corp
  cross-origin-opener-policy: same-origin
  cross-origin-resource-policy: cross-origin
---

DeepDream in the browser: the photo stays on the device. Written by `python -m deepdream site`.
"""


def write_site(folder: Path, *, quality: int = BROTLI) -> dict[str, int]:
    """Write the site into a folder, which is made where it is missing, and return the files' sizes by path.

    Raises:
        DreamError: the folder holds something else.
        DownloadError: npm cannot bring the runtime.
    """
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / "sw.js").is_file())):
        raise DreamError(f"{folder.name!r} holds something else; give a new folder, or one of an older site.")
    contents = site_contents(quality)
    for stale in (each for each in folder.glob("assets/**/*") if each.is_file()):
        stale.unlink()
    write_contents(folder, contents)
    return {path: len(content) for path, content in contents.items()}


def site_contents(quality: int = BROTLI) -> dict[str, bytes]:
    """Return all files of the site by their paths; `quality` is brotli's, from 0 to 11."""
    site = Bundle()
    urls = add_engine(site)
    pictures = {kind: _pictures(site, place) for kind, place in PICTURES.items()}
    config = {"urls": urls, "ways": WAYS, "pictures": pictures, "texts": _texts()}
    _add_page(site, config, f"{urls['scripts']}/page/app.js")
    site.contents["README.md"] = SPACE.encode()
    site.contents[".nojekyll"] = b""
    return site.contents | site.compressed(quality)


PICTURES = {"looks": "static/looks", "layers": "static/layers/compact"}


def _pictures(site: Bundle, place: str) -> dict[str, str]:
    found = sorted(each for each in (STUDIO / place).iterdir() if each.name.endswith(".jpg"))  # type: ignore[type-var]
    return {each.name.removesuffix(".jpg"): site.add(each.name, each.read_bytes()) for each in found}


def _texts() -> dict[str, dict[str, str]]:
    """Return language -> key -> text: of the studio's texts those that the site may show, and its own."""
    texts = {}
    for language in LANGUAGES:
        studio = json.loads((STUDIO / "texts" / f"{language}.json").read_text("utf-8"))
        own = json.loads((files("deepdream") / "browser" / "texts" / f"{language}.json").read_text("utf-8"))
        texts[language] = {key: words for key, words in studio.items() if key.startswith(SHOWN) or "." not in key} | own
    for name, about in Recipe.settings().items():
        texts["en"].setdefault(f"setting.{name}", name.replace("_", " ").capitalize())
        texts["en"].setdefault(f"setting.{name}.help", about.help)
    return texts


def _add_page(site: Bundle, config: dict[str, Any], app: str) -> None:
    manifest = {
        "name": "DeepDream", "short_name": "DeepDream", "start_url": "./", "display": "standalone",
        "background_color": "#110f1c", "theme_color": "#5b3fd6",
        "icons": [{"src": "icon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any maskable"}],
    }  # fmt: skip
    script = f"window.site = {json.dumps(config, ensure_ascii=False, separators=(',', ':'))};".replace("<", "\\u003c")
    places = {
        "manifest": "manifest.webmanifest",
        "icon": "icon.svg",
        "studio_css": site.add("studio.css", (STUDIO / "static" / "studio.css").read_bytes()),
        "site_css": site.add("site.css", (STATIC / "page" / "site.css").read_bytes()),
        "app": app,
        "config": script,
        "script_hash": "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        "samples": "".join(_sample(site, name) for name in SAMPLES),
        "noscript": escape(config["texts"]["en"]["device.noscript"]),
    }  # fmt: skip
    site.contents["icon.svg"] = (STATIC / "page" / "icon.svg").read_bytes()
    site.contents["manifest.webmanifest"] = json.dumps(manifest).encode()
    page = site.contents["index.html"] = _filled((STATIC / "page" / "index.html").read_text("utf-8"), places).encode()
    assets = sorted(path for path in site.contents if path.startswith("assets/"))
    version = "deepdream-" + hashlib.sha256(page + "".join(assets).encode()).hexdigest()[:12]
    known = {"version": version, "shell": "./ manifest.webmanifest icon.svg", "assets": " ".join(assets)}
    site.contents["sw.js"] = _filled((STATIC / "page" / "sw.js").read_text("utf-8"), known).encode()


def _sample(site: Bundle, name: str) -> str:
    photo = Path(__file__).parents[2] / "assets" / f"{name}.jpg"
    if not photo.is_file():  # an installed package has no such folder
        return ""
    path = site.add(photo.name, photo.read_bytes())
    about = f'class="sample" data-photo="{path}" data-name="{name}"'
    return f'<button type="button" {about}><img src="{path}" alt="" width="84" height="84"></button>'


def _filled(text: str, places: dict[str, str]) -> str:
    for name, value in places.items():
        text = text.replace(f"{{{name}}}", value)
    return text
