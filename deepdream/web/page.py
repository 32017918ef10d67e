"""The page as a whole: its rooms, its look, and what it is started with."""

import os
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from deepdream.web import api, device, unfurl
from deepdream.web.components.controls import words
from deepdream.web.components.pieces import STATIC, Piece, markup
from deepdream.web.files import compression, publish_scripts, route
from deepdream.web.privacy import Privacy
from deepdream.web.rooms.dream.layout import DreamRoom
from deepdream.web.rooms.explore.layout import ExploreRoom
from deepdream.web.rooms.film.layout import FilmRoom
from deepdream.web.rooms.shared.layout import Desk, Room
from deepdream.web.rooms.style.layout import StyleRoom
from deepdream.web.server import health, metrics
from deepdream.web.server.callers import Callers
from deepdream.web.server.door import Door
from deepdream.web.server.gate import GatedBlocks
from deepdream.web.server.host import make_host
from deepdream.web.server.limits import STREAMS_A_VISITOR, Limits
from deepdream.web.texts import say, tables
from deepdream.workers import Workers

NEVER = str(10**9)  # events, until Gradio makes a table of all: after each it takes 55 ms at 10,000 of them, for nobody
COLORS = {  # of the theme: by day, at night
    "body_background_fill": ("#f5f3ee", "#110f1c"),
    "body_text_color": ("#1f1c33", "#edebf7"),
    "body_text_color_subdued": ("#625d78", "#a7a2bf"),
    "block_background_fill": ("transparent", "transparent"),
    "block_label_background_fill": ("transparent", "transparent"),
    "block_border_width": ("0px", "0px"),
    "block_info_text_color": ("#625d78", "#a7a2bf"),
    "input_background_fill": ("#fffdf9", "#1a1829"),
    "input_border_color": ("#e2dcd1", "#2d2a42"),
    "background_fill_primary": ("#fffdf9", "#1a1829"),
    "background_fill_secondary": ("#f5f3ee", "#110f1c"),
    "border_color_primary": ("#e2dcd1", "#2d2a42"),
    "slider_color": ("#5b3fd6", "#ab97ff"),
    "loader_color": ("#5b3fd6", "#ab97ff"),
}


def build(*, limits: Limits | None = None, workers: Workers | None = None) -> gr.Blocks:
    """Make the page. `page.host` is what its visitors share, `page.rooms` its rooms by name; `launch_settings` is
    what launch or mount need.

    The engine is warmed up in the background once the page runs, so that it answers before TensorFlow is loaded.
    """
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = NEVER
    host = make_host(limits, workers)
    desk = Desk(host)
    rooms: dict[str, Room] = {
        "dream": DreamRoom(desk),
        "style": StyleRoom(desk),
        "film": FilmRoom(desk),
        "explore": ExploreRoom(desk),
    }
    with GatedBlocks(title=say("title"), analytics_enabled=False) as page:
        Piece("frame", markup("masthead"))
        with gr.Tabs(elem_id="rooms") as tabs:
            for name, room in rooms.items():
                with gr.Tab(words(f"room.{name}"), id=name, elem_id=f"room-{name}") as tab:
                    room.layout(tab)
        Piece("frame", markup("keys"))
        api.endpoints(host)  # first, or a listener whose function has the same name takes the endpoint's
        for room in rooms.values():
            room.listen(page, tabs)
        page.unload(lambda: None)  # for its heartbeat, which tells that a page is open; see the door
    page.keep_no_lists()
    page.queue(max_size=256, default_concurrency_limit=8)
    # Every page that is followed holds a place of Gradio's for as long as its stream lasts; forty would be all of them.
    page._queue.max_thread_count = STREAMS_A_VISITOR * host.limits.visitors
    page.host, page.rooms, page.unfurler = host, rooms, unfurl.Unfurler(host)
    return page


def launch_settings(
    limits: Limits | None = None, callers: Callers | None = None, *, metrics_token: str = "", legal: str = ""
) -> dict[str, Any]:
    """Return what `launch` or `gr.mount_gradio_app` is called with: the look, the texts, the door, and the limits of a
    public page.

    callers: who may call, and by which names; by default under any number, and by name from this machine alone.
    metrics_token: who knows it reads /metrics; "" for nobody. legal: a line on the privacy page.
    """
    os.environ["FORWARDED_ALLOW_IPS"] = ""  # or uvicorn believes what local callers say of themselves, before the door
    limits = limits if limits is not None else Limits()
    routes = [*device.routes(), route(), *health.routes(), metrics.route(metrics_token), unfurl.route()]
    routes.append(Privacy(limits, legal).route())
    door = Middleware(Door, limits=limits, callers=callers if callers is not None else Callers())
    script = (STATIC / "frames.js").read_text("utf-8")  # Gradio itself adds to the head after its own scripts
    return {
        "app_kwargs": {
            "routes": routes,
            "middleware": [door, compression(), Middleware(unfurl.Unfurling, script=script)],
        },
        "theme": theme(),
        "head": head(),
        "i18n": gr.I18n(**tables()),
        "footer_links": ["api", "settings"],
        "run_history": False,
        "max_file_size": limits.upload,
        "show_error": False,
        "enable_monitoring": False,
        "strict_cors": True,
        "state_session_capacity": 1000,
        "allowed_paths": [],
        "ssr_mode": False,
    }


def head() -> str:
    """Return what goes into the page's head: addresses of the style sheets and of the scripts, all fetched at once.

    Not by launch's `css`: Gradio rewrites every selector in it, also those that begin at the root.
    """
    folder, scripts = publish_scripts()
    preloads = "".join(f'<link rel="modulepreload" href="{folder}/{name}">' for name in scripts)
    return (
        '<meta name="color-scheme" content="light dark"><meta name="theme-color" content="#5b3fd6">'
        f'<link rel="stylesheet" href="{folder}/studio.css"><link rel="stylesheet" href="{folder}/sheet.css">{preloads}'
        f'<script type="module" src="{folder}/scripts/main.js"></script>'
    )


def theme() -> gr.themes.Base:
    """Return the theme below the style sheet: the system's fonts and dusk's colors, so that nothing flashes white
    first."""
    fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
    mono = ["ui-monospace", "Menlo", "Consolas", "monospace"]
    light, dark = ({f"{name}{end}": pair[at] for name, pair in COLORS.items()} for at, end in ((0, ""), (1, "_dark")))
    return gr.themes.Base(
        primary_hue="violet", neutral_hue="stone", font=fonts, font_mono=mono, radius_size="lg", text_size="md"
    ).set(**light, **dark)
