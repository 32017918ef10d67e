"""Every text of the page in English, Korean and Vietnamese: one table a room, joined here.

The browser chooses by its own language: native Gradio labels through `gr.I18n`, the page's own pieces and the
messages of the server through the same keys. The English help of a setting is the recipe's own table and is not
repeated here.
"""

from deepdream.recipe import Recipe
from deepdream.style.settings import StyleSettings
from deepdream.web.texts import channels, dream, explore, names, page, style
from deepdream.web.texts.settings import SETTINGS

LANGUAGES = ("en", "ko", "vi")
PAGE: dict[str, tuple[str, str, str]] = (
    page.TEXTS | dream.TEXTS | explore.TEXTS | style.TEXTS | names.TEXTS | channels.TEXTS
)


def tables() -> dict[str, dict[str, str]]:
    """Return language -> key -> text for every text of the page, the settings' titles and help among them."""
    tables: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for key, words in PAGE.items():
        for language, word in zip(LANGUAGES, words, strict=True):
            tables[language][key] = word
    for prefix, settings, words_of in (("setting", Recipe, SETTINGS), ("painting", StyleSettings, style.SETTINGS)):
        for name, setting in settings.settings().items():
            fallback = (name.replace("_", " ").capitalize(),) * 3 + (setting.help,) * 2
            *titles, korean, vietnamese = words_of.get(name, fallback)
            for language, title, help in zip(LANGUAGES, titles, (setting.help, korean, vietnamese), strict=True):
                tables[language][f"{prefix}.{name}"] = title
                tables[language][f"{prefix}.{name}.help"] = help
    return tables


def say(key: str, accepted: str | None = None, /, **values: object) -> str:
    """Return a text for the languages that a browser accepts, with {name} replaced by `values`.

    accepted: the request's Accept-Language header, such as "ko-KR,ko;q=0.9,en;q=0.8"; its first known language counts.
    """
    wished = [tag.strip()[:2].lower() for tag in (accepted if accepted is not None else "").split(",")]
    language = next((tag for tag in wished if tag in LANGUAGES), "en")
    return PAGE[key][LANGUAGES.index(language)].format(**values)
