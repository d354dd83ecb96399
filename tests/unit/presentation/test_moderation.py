"""The lines that tell acts: who, what, whom and why, within Discord's limits whatever was typed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.acts import REASON_LENGTH, ActKind, ActPage, Block, BlockDetail, RecordedAct
from bot.errors import BlockedError, NotBlockableError, NotModeratorError, Scope, Unblockable
from bot.jobs import JobState, ReferenceSource
from bot.presentation.failures import error_sentence
from bot.presentation.moderation import act_line, act_mark, show_acts, show_origins, time_choices
from bot.presentation.wording import Catalogue
from bot.service.moderation import BLOCK_TIMES, PAGE, Origins
from bot.service.requests import Lineage
from tests.clocks import NOON
from tests.factories import GUILD, job_factory, reference_factory

CATALOGUE = Catalogue()
LINK = f"https://discord.com/channels/{GUILD}/{GUILD}/{GUILD}"


def act(kind: ActKind, **fields: Any) -> RecordedAct:
    given: dict[str, Any] = {"guild_id": GUILD, "actor_id": 7, "member_id": 8, "id": 42, "at": NOON}
    return RecordedAct(kind=kind, **{**given, **fields})


def line(kind: ActKind, **fields: Any) -> str:
    return act_line(CATALOGUE, "en-US", act(kind, **fields))


def test_a_line_tells_who_did_what_to_whom_and_why() -> None:
    until = datetime(2026, 3, 15, tzinfo=UTC)
    blocked = line(ActKind.BLOCK, detail=BlockDetail(until=until, cancelled=2).text(), reason="*spam* <#1>")
    assert "<@7> blocked <@8> until <t:1773532800:f>. 2 waiting pictures were called off" in blocked
    assert "\\*spam\\* \\<#1>" in blocked
    assert "<@8> for good." in line(ActKind.BLOCK, detail=BlockDetail(until=None).text())
    removed = line(ActKind.REMOVE, detail=LINK, job_id="0" * 16)
    assert removed.startswith(f"<@7> removed a picture of <@8> (job {'0' * 16}, [where it was]({LINK})).")
    assert line(ActKind.UNBLOCK).startswith("<@7> lifted the block of <@8>.")
    assert "spoiler: on" in line(ActKind.SETTINGS, detail="spoiler: on")
    assert "None" not in line(ActKind.QUOTA, member_id=None, detail="5 credits")


@pytest.mark.parametrize("kind", ActKind)
def test_a_line_fits_into_a_message_and_ends_with_its_number(kind: ActKind) -> None:
    text = line(kind, reason="*" * REASON_LENGTH, detail="_" * 4000, job_id="0" * 16, id=10**18)
    assert len(text) <= 2000
    assert text.endswith(act_mark(act(kind, id=10**18)))


@pytest.mark.parametrize("kind", ActKind)
async def test_a_page_of_the_longest_acts_fits_into_an_embed(kind: ActKind) -> None:
    sent: list[dict[str, Any]] = []

    async def send(**message: Any) -> None:
        sent.append(message)

    longest = act(kind, reason="*" * REASON_LENGTH, detail="_" * 400, job_id="0" * 16, id=10**18)
    interaction = SimpleNamespace(
        locale="en-US",
        type=discord.InteractionType.application_command,
        response=SimpleNamespace(send_message=send),
    )
    page = ActPage(acts=(longest,) * PAGE, has_older=True, has_newer=True)
    await show_acts(CATALOGUE, cast("Any", interaction), page)
    (message,) = sent
    assert len(message["embed"].description) <= 4096
    assert message["ephemeral"]
    assert [item.item.custom_id for item in message["view"].children] == [
        f"easel:modlog:after.{10**18}",
        f"easel:modlog:before.{10**18}",
    ]


def test_times_are_offered_in_words() -> None:
    named = {choice.value: choice.name for choice in time_choices(CATALOGUE, "en-US", [*BLOCK_TIMES, "90m"])}
    assert named["1h"] == "1 hour"
    assert named["7d"] == "7 days"
    assert named["for good"] == "for good"
    assert named["90m"] == "90m"


def test_a_blocked_member_reads_until_when_and_the_whole_reason() -> None:
    reason = "x" * REASON_LENGTH
    sentence = error_sentence(CATALOGUE, "en-US", BlockedError(until=NOON, reason=reason))
    assert f"until <t:{int(NOON.timestamp())}:f>" in sentence
    assert reason in sentence
    assert "until" not in error_sentence(CATALOGUE, "en-US", BlockedError(until=None, reason="spam"))


def test_every_refusal_has_a_sentence_of_its_own() -> None:
    errors = [NotBlockableError(why) for why in Unblockable] + [NotModeratorError(scope) for scope in Scope]
    assert len({error_sentence(CATALOGUE, "en-US", error) for error in errors}) == len(errors)


def test_no_mention_is_cut_in_two() -> None:
    places = " ".join(f"<#{GUILD + number}>" for number in range(25))
    told = line(ActKind.SETTINGS, detail=f"places: added {places}")
    assert re.search(r"<#\d+> …\.\n-# #42$", told)
    assert told.count("<#") == told.count(">") - 1


async def test_everything_that_is_known_of_a_picture_fits_into_an_embed_and_is_said_once() -> None:
    sent: list[dict[str, Any]] = []

    async def edit(**message: Any) -> None:
        sent.append(message)

    huge = 2**63 - 1
    found = {"origin_channel_id": huge, "origin_message_id": huge, "author_id": huge, "owner_id": huge}
    job = job_factory(
        prompt="*_`~|" * 1200,
        guild_id=huge,
        member_id=huge,
        references=(reference_factory(source=ReferenceSource.LINKED, **found),) * 4,
        state=JobState.DELIVERED,
        batch_size=4,
        message_channel_id=huge,
        message_id=huge,
        cost_ms=10**6,
        submitted_at=NOON,
        completed_at=NOON,
        finished_at=NOON,
    )
    block = Block(guild_id=huge, member_id=huge, until=NOON, reason="*" * REASON_LENGTH, actor_id=7, at=NOON)
    lineage = Lineage(ancestors=(job,) * 6, more=True)
    origins = Origins(job=job, batch=(job,) * 4, lineage=lineage, block=block)
    interaction = SimpleNamespace(locale="en-US", edit_original_response=edit)
    await show_origins(CATALOGUE, cast("Any", interaction), origins)
    embed = sent[0]["embed"]
    assert len(embed) <= 6000
    assert all(len(part.value) <= 1024 for part in embed.fields)
    names = [part.name for part in embed.fields]
    assert len(set(names)) == len(names)
    assert {"State", "Started from", "Made from", "All pictures of this command", "Blocked"} <= set(names)
    assert [file.filename for file in sent[0]["attachments"]] == [f"prompt-{job.id}.txt"]
