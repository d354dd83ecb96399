"""Everything that is shown keeps Discord's limits and stays in its place, whatever somebody wrote."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, Final

import pytest

from sandbox.discord.validation import check_message, check_thread
from sandbox.discord.validation.form import Form
from sandbox.discord.validation.interactions import AUTOCOMPLETE_RULE
from sandbox.discord.validation.modals import check_modal
from tests.unit.presentation.builders_for_staff import EVERYTHING

if TYPE_CHECKING:
    from tests.unit.presentation.builders import Sent

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBER: Final = "666666666666666666"
EXTREME: Final = {
    "nothing": "",
    "blank": "\u200b \u3164",
    "stars": "*" * 6000,
    "brackets": "<" * 6000,
    "hearts": "@here" * 1200,
    "bytes": "漢" * 6000,
    "towers": "🗼" * 6000,
    "family": "👩\u200d👩\u200d👧" * 1200,
    "accents": "a" + "\u0301" * 5999,
    "address": "https://good.example/" + "a_" * 2900,
}
HOSTILE: Final = {
    "markdown": "[EVIL](https://evil.example) **EVIL** *EVIL* __EVIL__ ~~EVIL~~ ||EVIL|| `EVIL` ``EVIL`` **",
    "fence": "```EVIL``` ``` EVIL ||",
    "lines": "EVIL\n# EVIL\n> EVIL\n- EVIL\n-# EVIL\n1. EVIL\n>>> EVIL\r\n* EVIL\u2028# EVIL",
    "mentions": f"@everyone @here <@{NUMBER}> <@!{NUMBER}> <@&{NUMBER}> <#{NUMBER}> EVIL",
    "markup": f"</evil:{NUMBER}> <:evil:{NUMBER}> <a:evil:{NUMBER}> <t:666666:R> <id:guide> <//evil>",
    "escapes": r"\[EVIL\](https://evil.example) \*\*EVIL\*\* \\**EVIL\\** \<@" + NUMBER + ">",
    "glued": f"http://evil.example/**EVIL** https://**EVIL** https://a/*<#{NUMBER}><t:666666:R> steam://a<:evil:{NUMBER}>",
    "direction": "\u202eEVIL \u2066EVIL \u2067EVIL \u2069EVIL \u200fEVIL \u061cEVIL",
    "unseen": "E\u200bV\u2060I\ufeffL @every\u200bone <@\u200b" + NUMBER + "> **\u200bEVIL**",
    "braces": "{EVIL} {0} {} {member} {{ }} %s %(EVIL)s",
}


async def built(name: str, text: str) -> list[Sent]:
    sent: Any = EVERYTHING[name](text)
    found: list[Sent] = await sent if inspect.isawaitable(sent) else sent
    assert found
    return found


@pytest.mark.parametrize("name", EVERYTHING)
@pytest.mark.parametrize("text", EXTREME.values(), ids=EXTREME)
async def test_discord_takes_the_longest_and_the_emptiest(name: str, text: str) -> None:
    for sent in await built(name, text):
        assert_taken(sent)
        for rendered in _rendered(sent):
            assert not re.search(r"None|<@0>|\{\w*\}", rendered)


@pytest.mark.parametrize("name", EVERYTHING)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_what_somebody_wrote_is_only_ever_text(name: str, text: str) -> None:
    # Also longer than what is shown in any place, so that a cut is seen.
    for sent in await built(name, text) + await built(name, (text + " ") * 30):
        assert_taken(sent)
        for rendered in _rendered(sent):
            assert_tame(rendered)
        for written in _written(sent):
            # A mention of everybody is made none by a character between that nobody sees.
            seen = written.replace("@\u200b", "@")
            assert not re.search(r"[\u202a-\u202e\u2066\u2067\u200b\u200e\u200f\u061c\ufeff]", seen)


def assert_taken(sent: Sent) -> None:
    """Fail if Discord would refuse it."""
    form = Form()
    if sent.message is not None:
        check_message(sent.message, files=sent.files, size_limit=10_000_000)
    if sent.name is not None:
        check_thread({"name": sent.name})
    if sent.form is not None:
        check_modal(form, sent.form)
    if sent.choices is not None:
        offered = [{"name": shown, "value": value} for shown, value in sent.choices]
        AUTOCOMPLETE_RULE(form, {"choices": offered})
    form.settle()


def assert_tame(text: str) -> None:
    """Fail if Discord's app would do anything else with what somebody wrote than to show it."""
    # Discord's app looks for bold before it looks for code.
    assert not re.search(r"\*\*[^*`]*`[^`]*\*\*", text)
    assert text.count("\u2068") == text.count("\u2069")
    assert not re.search(r"://[^\s<]*\u2069", text)
    assert not re.search(r"\u2068[^\u2069]*\n", text)
    # An address takes all up to a space or a bracket, also the backslashes; what is escaped or code is shown.
    left = re.sub(r"[a-z]+://[^\s<]+|\\[^0-9A-Za-z\s]|`[^`]*`", "", text)
    assert not re.search(r"@(everyone|here)", left)
    assert not re.search(rf"<[@#/:a-z!&]+{NUMBER}", left)
    assert not re.search(r"\]\(https?://evil", left)
    assert not re.search(r"<(t:666|id:|//|/evil|a?:evil)", left)
    assert not re.search(r"(\*|_|~~|\|\||`)\u2060?EVIL", left)
    assert not re.search(r"^(#+|>+|-#?|\*|\d+\.) *EVIL", left, re.MULTILINE)


def _rendered(sent: Sent) -> Iterator[str]:
    """Yield the texts in which Discord's app reads markdown and mentions."""
    body = sent.message or {}
    yield body.get("content", "")
    for embed in body.get("embeds", ()):
        yield embed.get("title", "")
        yield embed.get("description", "")
        for field in embed.get("fields", ()):
            yield from (field["name"], field["value"])
    yield from (part["content"] for part in _parts(body.get("components", ())) if "content" in part)


def _written(sent: Sent) -> Iterator[str]:
    """Yield every text that somebody reads but those of text fields, which hold what their reader wrote."""
    yield from _rendered(sent)
    yield sent.name or ""
    yield from (name for name, _ in sent.choices or ())
    body = sent.message or {}
    for embed in body.get("embeds", ()):
        yield from (embed.get("author", {}).get("name", ""), embed.get("footer", {}).get("text", ""))
    for part in _parts([*body.get("components", ()), *(sent.form or {}).get("components", ())]):
        yield from (str(part.get(key, "")) for key in ("label", "description", "placeholder"))


def _parts(parts: Any) -> Iterator[dict[str, Any]]:
    """Yield all components at any depth, with the options and pictures that they hold."""
    for part in parts:
        yield part
        yield from _parts(part.get("components", ()))
        yield from _parts(part.get("options", ()))
        yield from _parts(part.get("items", ()))
        for key in ("accessory", "component"):
            if isinstance(part.get(key), dict):
                yield from _parts([part[key]])


async def test_what_a_moderator_reads_of_a_prompt_shows_no_previews_of_its_addresses() -> None:
    # Discord makes previews of the addresses in a message's own text, but of none in its components.
    for name in ("queues", "details", "statements"):
        for sent in await built(name, "https://evil.example/preview"):
            assert "content" not in (sent.message or {})
