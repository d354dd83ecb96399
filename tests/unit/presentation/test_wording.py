"""Sentences come in the reader's language where there is one, in English elsewhere."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.presentation.wording import DOMAIN, FOLDER, Catalogue

ROOT = Path(__file__).parents[3]
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None, "say": (2,), "say_count": (2, 3)}


@pytest.fixture
def german(tmp_path: Path) -> Catalogue:
    catalog = Catalog(locale="de", domain=DOMAIN)
    catalog.add("Job {job_id}", "Auftrag {job_id}")
    catalog.add(("{count} picture", "{count} pictures"), ("{count} Bild", "{count} Bilder"))
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    stream = io.BytesIO()
    write_mo(stream, catalog)
    (folder / f"{DOMAIN}.mo").write_bytes(stream.getvalue())
    return Catalogue(tmp_path)


def test_a_sentence_comes_in_the_readers_language(german: Catalogue) -> None:
    assert german.say("de", "Job {job_id}", job_id="7") == "Auftrag 7"


def test_a_regional_locale_falls_back_to_its_language(german: Catalogue) -> None:
    assert german.say("de-AT", "Job {job_id}", job_id="7") == "Auftrag 7"


def test_an_unknown_language_reads_english(german: Catalogue) -> None:
    assert german.say("xx", "Job {job_id}", job_id="7") == "Job 7"


def test_plural_forms_follow_the_language(german: Catalogue) -> None:
    assert german.say_count("de", "{count} picture", "{count} pictures", count=2) == "2 Bilder"


def test_a_value_with_braces_is_put_in_as_it_is() -> None:
    assert Catalogue().say("en-US", "Job {job_id}", job_id="{evil}") == "Job {evil}"


def test_a_list_is_joined_as_the_language_does() -> None:
    assert Catalogue().join("en-US", ["a", "b", "c"]) == "a, b, and c"
    assert Catalogue().join("not a locale", ["a", "b"]) == "a and b"


def test_the_template_holds_exactly_the_sentences_of_the_code() -> None:
    """`make locales` brings the template up to date."""
    wanted = {
        message
        for folder in ("bot", "cogs")
        for _, _, message, _, _ in extract_from_dir(ROOT / folder, keywords=KEYWORDS)
    }
    with (FOLDER / f"{DOMAIN}.pot").open("rb") as file:
        held = {message.id for message in read_po(file) if message.id}
    assert held == wanted
