"""What becomes of a visitor's photo, on one screen; tests/web/test_privacy.py holds each sentence."""

import html
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from deepdream.web.server.budgets import HOUR
from deepdream.web.server.limits import Limits
from deepdream.web.texts import LANGUAGES, say

SENTENCES = ("photo", "gone", "uploads", "log", "address", "others", "browser", "link")
STYLE = (
    ":root{color-scheme:light dark}body{font:1.05rem/1.5 system-ui,sans-serif;max-width:38rem;margin:6vh auto;"
    "padding:0 1.2rem}li{margin:.5rem 0}"
)


@dataclass(frozen=True)
class Privacy:
    """Answer with the page; `legal` is a line of the host's own."""

    limits: Limits
    legal: str = ""

    def route(self) -> Route:
        """Return the route to it."""
        return Route("/privacy", self.answer)

    async def answer(self, request: Request) -> Response:
        """Answer in the reader's language, or in that of ?lang=."""
        asked = request.query_params.get("lang", "")
        return HTMLResponse(self.text(asked if asked in LANGUAGES else request.headers.get("accept-language")))

    def text(self, language: str | None) -> str:
        """Return the whole page as HTML."""
        title = html.escape(say("privacy.title", language))
        lines = [f'<li id="{name}">{html.escape(line)}</li>' for name, line in self.sentences(language).items()]
        legal = f"<p>{html.escape(self.legal)}</p>" if self.legal else ""
        return (
            '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>{title}</title><style>{STYLE}</style><main><h1>{title}</h1><ul>{''.join(lines)}</ul>{legal}</main>"
        )

    def sentences(self, language: str | None) -> dict[str, str]:
        """Return what it says, by name, with this host's own numbers."""
        numbers = {"minutes": f"{self.limits.remembered / 60:g}", "hours": f"{HOUR / 3600:g}"}
        return {name: say(f"privacy.{name}", language, **numbers) for name in SENTENCES}
