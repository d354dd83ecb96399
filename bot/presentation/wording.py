"""The one catalogue call: an English sentence in, the reader's language out.

Sentences are written in English in the code, marked by `N_` or passed straight to `say`, and looked up in
GNU gettext catalogues under `locales/`. A language without a catalogue, or a sentence without a
translation, reads in English. Adding a language means adding a folder there, never touching code.
"""

from __future__ import annotations

import gettext
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from babel import Locale, UnknownLocaleError
from babel.lists import format_list

if TYPE_CHECKING:
    from collections.abc import Sequence

DOMAIN: Final = "easel"
FOLDER: Final = Path(__file__).parent / "locales"


class Catalogue:
    """Translations by Discord's locale codes (`en-US`, `de`, `pt-BR`, …)."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._load = lru_cache(maxsize=64)(self._find)

    def say(self, locale: str, sentence: str, /, **values: object) -> str:
        """Return the sentence in the reader's language with `values` put in for its braces."""
        return self._load(locale).gettext(sentence).format_map(values)

    def say_count(self, locale: str, one: str, many: str, /, *, count: int, **values: object) -> str:
        """Return the right plural form for `count`, which also fills `{count}`."""
        return self._load(locale).ngettext(one, many, count).format_map({"count": count, **values})

    def join(self, locale: str, parts: Sequence[str]) -> str:
        """Return the parts as a list in a sentence: “a, b, and c”."""
        return format_list(list(parts), locale=_babel_locale(locale))

    def _find(self, locale: str) -> gettext.NullTranslations:
        language = locale.replace("-", "_")
        return gettext.translation(
            DOMAIN,
            localedir=self._folder,
            languages=[language, language.partition("_")[0]],
            fallback=True,
        )


def _babel_locale(locale: str) -> Locale:
    try:
        return Locale.parse(locale, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")
