"""Member-written text comes out safe, whole and within its length."""

from __future__ import annotations

import pytest

from bot.presentation.text import ALT_TEXT_LENGTH, alt_text, cut, flat, plain, shown
from tests.factories import job_factory

ISOLATES = "\u2068\u2069"


@pytest.mark.parametrize(
    "text",
    ["@everyone hi", "<@123456789012345678>", "<@&123456789012345678>", "@here"],
)
def test_a_shown_prompt_mentions_nobody(text: str) -> None:
    assert "@everyone" not in shown(text)
    assert "@here" not in shown(text)
    assert "<@1" not in shown(text)
    assert "<@&" not in shown(text)


def test_a_shown_prompt_brings_no_masked_link_channel_or_timestamp() -> None:
    text = shown("[free](https://evil.example) <#123456789012345678> <t:0:R>").strip(ISOLATES)
    assert text.startswith("\\[free\\](")
    assert "\\<#1" in text
    assert "\\<t:0" in text


def test_what_stands_between_two_masked_links_is_made_safe_as_well() -> None:
    text = shown("[a](b) **bold** ||hidden|| [click](https://evil.example) [c](d)").strip(ISOLATES)
    assert text == (r"\[a\](b) \*\*bold\*\* \|\|hidden\|\| \[click\](https://evil.example) \[c\](d)")
    assert shown("[a](b)](https://evil.example)").strip(ISOLATES) == r"\[a\](b)\](https://evil.example) "


def test_an_address_is_shown_as_it_was_written() -> None:
    assert "see https://art.example/a_red_fox" in shown("see https://art.example/a_red_fox")
    assert shown(r"a\*b").strip(ISOLATES) == r"a\\\*b"


@pytest.mark.parametrize("mark", ["`", "*", "_", "~", "|"])
def test_a_shown_prompt_cannot_step_out_of_its_formatting(mark: str) -> None:
    assert shown(f"a{mark}{mark}b").strip(ISOLATES) == f"a\\{mark}\\{mark}b"


@pytest.mark.parametrize("start", ["# big", "> quote", "- item", "-# small"])
def test_a_shown_prompt_begins_no_heading_quote_or_list(start: str) -> None:
    assert shown(start).strip(ISOLATES).startswith("\\")


def test_a_shown_prompt_stays_on_one_line() -> None:
    assert "\n" not in shown("first\n# second\r\nthird")


def test_marks_that_turn_the_direction_are_removed_and_the_rest_is_isolated() -> None:
    text = shown("abc \u202egnp.exe\u202c")
    assert "\u202e" not in text
    assert text[0] == "\u2068"
    assert text[-1] == "\u2069"


def test_right_to_left_letters_and_joined_emoji_stay() -> None:
    assert flat("קשת 👩‍🎨") == "קשת 👩‍🎨"


def test_control_characters_are_removed() -> None:
    assert flat("a\x00b\x1b[31mc") == "ab[31mc"


def test_a_short_text_is_not_cut() -> None:
    assert cut("castle", 6) == "castle"


def test_a_cut_text_ends_in_an_ellipsis_within_the_length() -> None:
    assert cut("a castle on a hill", 9) == "a castle…"


def test_a_cut_leaves_no_half_of_a_joined_emoji() -> None:
    painter = "👩\u200d🎨"
    assert cut(f"a{painter}{painter}", 4) == "a…"


def test_a_cut_leaves_no_letter_without_its_accent() -> None:
    assert cut("xe\u0301e\u0301", 3) == "x…"


def test_an_alt_text_of_the_longest_prompt_fits_discords_limit() -> None:
    assert len(alt_text(job_factory(prompt="a castle " * 700))) <= ALT_TEXT_LENGTH


def test_an_alt_text_is_what_its_member_wrote_where_they_did() -> None:
    assert alt_text(job_factory(prompt="a fox")) == "a fox"
    described = job_factory(prompt="a fox", alt_text="A fox asleep.\nIn snow.")
    assert alt_text(described) == "A fox asleep. In snow."
    assert alt_text(job_factory(prompt="a fox", alt_text="\u200b \u202e")) == "a fox"


def test_a_plain_name_is_not_escaped() -> None:
    assert plain("Mia_*x*", 80) == "Mia_*x*"


@pytest.mark.parametrize("alive", ["<#123456789012345678>", "<t:0:R>", "<:fox:1>", "</mod who:1>"])
@pytest.mark.parametrize("before", ["https://art.example/", "http://a/*", "see steam://a/b", "HTTPS://A/"])
def test_an_address_keeps_nothing_alive_that_is_glued_to_it(before: str, alive: str) -> None:
    # Discord's app reads an address up to a space or a bracket, so a backslash of ours would belong to it.
    assert f" \\{alive}" in shown(f"{before}{alive}")


def test_an_address_at_the_end_is_not_made_longer_by_the_isolate() -> None:
    assert shown("see https://art.example/fox").endswith("https://art.example/fox \u2069")


def test_of_a_pile_of_accents_a_few_stay() -> None:
    assert flat("e" + "\u0301" * 500 + "x") == "e" + "\u0301" * 4 + "x"
    assert flat("ก็ שָּׁ ệ") == "ก็ שָּׁ ệ"


def test_a_cut_leaves_no_letter_without_its_vowel() -> None:
    assert cut("कि कि", 4) == "कि…"


@pytest.mark.parametrize(
    "text", ["x" * 50, " \u200b a\u200b \u200b b " * 20, "e\u0301" * 50, "a   " * 30, "\u200b "]
)
@pytest.mark.parametrize("length", [1, 2, 5, 20, 40])
def test_a_long_text_is_cut_as_if_it_were_looked_at_to_its_end(text: str, length: int) -> None:
    assert plain(text, length) == cut(flat(text), length)
    assert "  " not in flat(text)
