"""Every text of the page: a JSON file a language, with the same keys in the same order.

The browser chooses by its own language: native Gradio labels through `gr.I18n`, the page's own pieces and the messages
of the server through the same keys. The English help of a setting, and of a look, is its own, and is not repeated here.
"""

import functools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deepdream.errors import RecipeError, quoted
from deepdream.film.settings import FilmSettings
from deepdream.presets.looks import LOOKS
from deepdream.recipe import Recipe
from deepdream.settings.table import Settings
from deepdream.style.settings import StyleSettings
from deepdream.web.wishes import Wishes

LANGUAGES = ("en", "ko", "vi")
# What the keys of settings begin with.
TABLES: dict[str, type[Settings]] = {"setting": Recipe, "painting": StyleSettings, "wish": Wishes, "film": FilmSettings}


_chosen: dict[str, Any] = {"languages": LANGUAGES, "title": ""}  # by the host


def choose(languages: Sequence[str] = LANGUAGES, title: str = "") -> None:
    """Speak these languages alone from now on, the first of them to who reads none, under a title of the host's own.

    Raises:
        RecipeError: a language is unknown, or none is left.
    """
    if not languages or not set(languages) <= set(LANGUAGES):
        raise RecipeError(f"languages: received {quoted(list(languages))}; allowed: some of {', '.join(LANGUAGES)}.")
    _chosen.update(languages=tuple(languages), title=title)
    tables.cache_clear()


@functools.cache
def tables() -> dict[str, dict[str, str]]:
    """Return language -> key -> text for every text of the page, those of the settings and looks among them."""
    own = _settings_in_english() | {f"look.{each.name}.help": each.sentence for each in LOOKS}
    return {each: own | texts for each, texts in spoken().items()}


def spoken() -> dict[str, dict[str, str]]:
    """Return language -> key -> text as the files have it; of a language not chosen, the texts of the first that is."""
    first, *_ = languages = _chosen["languages"]
    title = {"title": _chosen["title"]} if _chosen["title"] else {}
    return {each: texts_in(each if each in languages else first) | title for each in LANGUAGES}


def texts_in(language: str) -> dict[str, str]:
    """Return key -> text as a language's file has it."""
    return json.loads((Path(__file__).parent / f"{language}.json").read_text("utf-8"))


def say(key: str, accepted: str | None = None, /, **values: object) -> str:
    """Return a text for the languages that a browser accepts, with {name} replaced by `values`.

    accepted: the request's Accept-Language header, such as "ko-KR,ko;q=0.9,en;q=0.8"; its first known language counts.
    """
    return tables()[language_among(accepted)][key].format(**values)


def class_name(label: str, accepted: str | None = None) -> str:
    """Return what people call a class; its label where no language has a name for it."""
    return tables()[language_among(accepted)].get(f"class.{label}", label)


def language_among(accepted: str | None) -> str:
    """Return the first language of an Accept-Language header that the host speaks; the host's first where none is."""
    wished = [tag.strip()[:2].lower() for tag in (accepted if accepted is not None else "").split(",")]
    spoken_here = _chosen["languages"]
    return next((tag for tag in wished if tag in spoken_here), spoken_here[0])


def in_every_language(key: str) -> list[str]:
    """Return what a key says in each language; nothing where it is no key."""
    return [table[key] for table in tables().values() if key in table]


def _settings_in_english() -> dict[str, str]:
    about = {
        f"{prefix}.{name}": setting for prefix, table in TABLES.items() for name, setting in table.settings().items()
    }
    titles = {key: key.partition(".")[2].replace("_", " ").capitalize() for key in about}
    return titles | {f"{key}.help": setting.help for key, setting in about.items()}
