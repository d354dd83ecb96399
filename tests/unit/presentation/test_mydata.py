"""What a member reads about their own data is plain, private to them, and fits a message."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.acts import ActKind
from bot.jobs import NOBODY, JobState
from bot.mydata import Erasure, JobCounts, KeptAct, KeptBlock, KeptData, KeptGrant, KeptQuota, KeptStudio
from bot.presentation.details import job_details
from bot.presentation.mydata import kept_embed
from bot.presentation.wording import Catalogue
from bot.service import Lineage
from tests.clocks import NOON
from tests.factories import GUILD, MEMBER, job_factory

CATALOGUE: Final = Catalogue()
UNKNOWN: Final = KeptData(
    member_id=MEMBER,
    since=None,
    edits_allowed=True,
    counts=JobCounts(),
    open_forms=0,
    studios=(),
    blocks=(),
    quotas=(),
    grants=(),
    acts=(),
    erasure=None,
)
KNOWN: Final = replace(UNKNOWN, since=NOON, counts=JobCounts(jobs=5, wordless=2, posted=3))
WISH: Final = Erasure(member_id=MEMBER, asked_at=NOON, due_at=NOON, done_at=None, left_behind=0)


def text(kept: KeptData) -> str:
    return str(kept_embed(CATALOGUE, "en-US", kept, names={GUILD: "Foxes *and* more"}).description)


def test_of_somebody_unknown_nothing_is_kept() -> None:
    assert text(UNKNOWN).startswith("Nothing")


def test_only_what_there_is_is_told() -> None:
    assert "**3** with words" in text(KNOWN)
    assert "**2** without words" in text(KNOWN)
    assert "under way" not in text(KNOWN)


def test_rules_are_told_with_the_servers_name_and_the_rest_is_counted() -> None:
    block = KeptBlock(guild_id=GUILD, until=None, reason="spam <@1>", at=NOON)
    kept = replace(
        KNOWN,
        blocks=(block, replace(block, guild_id=5, until=NOON)),
        quotas=(KeptQuota(guild_id=GUILD, daily_credits=None, concurrent_jobs=2, reset_at=None),),
        grants=(KeptGrant(guild_id=GUILD, credits=7, at=NOON),),
        acts=(KeptAct(guild_id=GUILD, at=NOON, kind=ActKind.BLOCK, job_id=None, detail="", reason="spam"),),
    )
    shown = text(kept)
    assert "Foxes \\*and\\* more\u2069 for good" in shown
    assert "spam \\<@1>" in shown
    assert ": 2 pictures at a time" in shown
    assert "7 credits on top" in shown
    one = replace(kept, grants=(KeptGrant(guild_id=GUILD, credits=1, at=NOON),), open_forms=1)
    studio = KeptStudio(guild_id=GUILD, channel_id=1, thread_id=1, updated_at=NOON)
    single = text(replace(one, studios=(studio,)))
    assert "gave you 1 credit on top" in single
    assert "1 thread as your studio." in single
    assert "1 form is open for you." in single
    assert "1 act of moderators" in shown


def test_the_longest_answer_fits_a_message() -> None:
    blocks = [KeptBlock(guild_id=n, until=NOON, reason="*" * 900, at=NOON) for n in range(500)]
    quotas = [KeptQuota(guild_id=n, daily_credits=9, concurrent_jobs=9, reset_at=None) for n in range(500)]
    kept = replace(KNOWN, blocks=tuple(blocks), quotas=tuple(quotas), erasure=WISH)
    names = dict.fromkeys(range(500), "*" * 100)
    assert len(kept_embed(CATALOGUE, "en-US", kept, names=names)) < 5000
    assert len(str(kept_embed(CATALOGUE, "en-US", kept, names=names).description)) <= 4096


def test_it_is_not_said_twice_that_only_its_member_sees_it() -> None:
    # Discord says it below every private answer.
    assert kept_embed(CATALOGUE, "en-US", KNOWN, names={}).footer.text is None


def test_an_erasure_is_told_while_it_lasts_and_when_it_is_done() -> None:
    assert "still at it" in text(replace(KNOWN, erasure=WISH))
    done = replace(WISH, done_at=NOON + timedelta(hours=1), left_behind=2)
    assert "is erased" in text(replace(KNOWN, erasure=done))
    assert "2 messages; a moderator can" in text(replace(KNOWN, erasure=done))


def test_an_erased_picture_says_so_and_names_nobody() -> None:
    erased = job_factory(state=JobState.DELIVERED, prompt="", member_id=NOBODY, erased_at=NOON)
    embed = job_details(CATALOGUE, "en-US", erased, Lineage(ancestors=(erased,)))
    assert embed.description == "The words of this picture were erased."
    shown = " ".join(str(field.value) for field in embed.fields)
    assert "somebody" in shown
    assert "1. erased picture" in shown
    assert f"<@{NOBODY}>" not in shown


def test_a_picture_whose_words_went_with_time_is_still_linked() -> None:
    old = job_factory(state=JobState.DELIVERED, prompt="", erased_at=NOON, message_id=9, message_channel_id=8)
    embed = job_details(CATALOGUE, "en-US", job_factory(), Lineage(ancestors=(old,)))
    assert f"/8/9) by <@{MEMBER}>" in str(embed.fields[-1].value)
