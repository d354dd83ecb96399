"""What even a moderator may not do, and how the times that they type are read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from discord import app_commands

from bot.acts import REASON_LENGTH
from bot.errors import (
    BlockTimeError,
    NotBlockableError,
    NothingToRemoveError,
    ReasonError,
    ReasonMissingError,
    RemovedJobError,
    SeveralPicturesError,
    Unblockable,
)
from bot.jobs import JobState
from bot.presentation.wording import Catalogue
from bot.service.moderation import (
    BLOCK_TIMES,
    BlockOrder,
    Person,
    _check_rank,
    block_time,
    offered_times,
    removable,
)
from bot.service.requests import checked_reason
from cogs.mod import ModCog
from tests.clocks import NOON
from tests.factories import GUILD, job_factory


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("90m", timedelta(minutes=90)),
        (" 12 H ", timedelta(hours=12)),
        ("3d", timedelta(days=3)),
        ("2 weeks", timedelta(weeks=2)),
        ("1 day, 6 hours", timedelta(hours=30)),
        ("1d6h30min", timedelta(hours=30, minutes=30)),
        ("365d", timedelta(days=365)),
        ("for  good", None),
        ("Forever", None),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str, time: timedelta | None) -> None:
    assert block_time(text) == time


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "5",
        "h",
        "0m",
        "30s",
        "366d",
        "999999w",
        "1 month",
        "-1h",
        "1.5h",
        "1h!",
        "٣h",
        "999999w" * 800,
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(BlockTimeError):
        block_time(text)


def test_everything_that_is_offered_is_a_time() -> None:
    assert offered_times("") == list(BLOCK_TIMES)
    assert offered_times("1") == ["1h", "12h", "1d"]
    assert offered_times("90m") == ["90m"]
    assert offered_times("1h") == ["1h"]
    assert offered_times("what") == list(BLOCK_TIMES)
    for time in BLOCK_TIMES:
        block_time(time)


def human(number: int, position: int | None, *, owner: bool = False, bot: bool = False) -> Person:
    rank = None if position is None else (position, -1)
    return Person(id=number, rank=rank, is_owner=owner, is_bot=bot)


@pytest.mark.parametrize(
    ("actor", "target", "why"),
    [
        (human(1, 5), human(1, 5), Unblockable.SELF),
        (human(1, 5, owner=True), human(1, 5, owner=True), Unblockable.SELF),
        (human(1, 5), human(2, 1, bot=True), Unblockable.BOT),
        (human(1, 5), human(2, 0, owner=True), Unblockable.OWNER),
        (human(1, 5), human(2, 5), Unblockable.ABOVE),
        (human(1, 5), human(2, 6), Unblockable.ABOVE),
        (human(1, 0), human(2, 0), Unblockable.ABOVE),
        (human(1, 5), human(2, 4), None),
        (human(1, 5), human(2, None), None),
        (human(1, 0, owner=True), human(2, 9), None),
    ],
)
def test_nobody_blocks_above_themselves(actor: Person, target: Person, why: Unblockable | None) -> None:
    order = BlockOrder(guild_id=GUILD, actor=actor, target=target)
    if why is None:
        _check_rank(order)
        return
    with pytest.raises(NotBlockableError) as caught:
        _check_rank(order)
    assert caught.value.why is why


def test_a_reason_is_kept_whole_or_refused() -> None:
    assert checked_reason(f" {'x' * REASON_LENGTH} ") == "x" * REASON_LENGTH
    assert checked_reason("one\n\n two ") == "one two"
    with pytest.raises(ReasonError):
        checked_reason("x" * (REASON_LENGTH + 1))


def test_a_reason_that_is_needed_has_something_visible_in_it() -> None:
    for nothing in ("", "  ", "\u200b", "\u2060 \n"):
        assert checked_reason(nothing) == " ".join(nothing.split())
        with pytest.raises(ReasonMissingError):
            checked_reason(nothing, needed=True)
    assert checked_reason("!", needed=True) == "!"


def test_only_one_posted_picture_can_be_meant() -> None:
    posted = job_factory(state=JobState.DELIVERED, message_id=1)
    removed = job_factory(state=JobState.DELIVERED, message_id=None)
    notice = job_factory(state=JobState.FAILED, message_id=2)
    waiting = job_factory(state=JobState.UNDELIVERABLE, archive_key="a.jpg")
    assert removable([removed, posted, notice]) is posted
    assert removable([waiting]) is waiting
    with pytest.raises(SeveralPicturesError):
        removable([posted, posted])
    with pytest.raises(SeveralPicturesError):
        removable([posted, job_factory(state=JobState.DELIVERING)])
    with pytest.raises(RemovedJobError):
        removable([removed, notice])
    with pytest.raises(RemovedJobError):
        removable([replace(waiting, removed_at=NOON)])
    with pytest.raises(NothingToRemoveError):
        removable([notice, job_factory()])


def test_a_picture_whose_message_was_deleted_by_hand_can_be_removed_while_a_copy_is_kept() -> None:
    kept = job_factory(state=JobState.DELIVERED, message_id=None, archive_key="a.jpg")
    assert removable([kept]) is kept
    with pytest.raises(RemovedJobError):
        removable([replace(kept, removed_at=NOON)])


def cog() -> ModCog:
    return ModCog(
        moderation=cast("Any", None),
        finder=cast("Any", None),
        remover=cast("Any", None),
        catalogue=Catalogue(),
    )


def test_other_files_add_their_commands_to_the_group() -> None:
    group = cog().mod

    @app_commands.command(name="jobs", description="x")
    async def jobs(interaction: Any) -> None:
        del interaction

    group.add_command(jobs)
    group.add_command(app_commands.Group(name="quota", description="x"))
    names = {"who", "remove", "block", "unblock", "log", "jobs", "quota"}
    assert {command.name for command in group.commands} == names
    assert "jobs" not in {command.name for command in cog().mod.commands}
    assert jobs.qualified_name == "mod jobs"


def test_the_group_is_for_those_who_manage_messages_and_for_servers_only() -> None:
    group = cog().mod
    assert group.default_permissions is not None
    assert group.default_permissions.value == 1 << 13
    assert group.guild_only


async def test_times_are_offered_while_somebody_types() -> None:
    sent: list[Any] = []

    async def offer(choices: list[app_commands.Choice[str]]) -> None:
        sent.extend(choice.value for choice in choices)

    interaction = SimpleNamespace(
        locale="en-US", response=SimpleNamespace(autocomplete=offer, is_done=lambda: False)
    )
    block = cast("app_commands.Command[Any, Any, Any]", cog().mod.get_command("block"))
    typed = SimpleNamespace(**{"for": "90"})
    await block._invoke_autocomplete(cast("Any", interaction), "for", cast("Any", typed))
    assert sent == list(BLOCK_TIMES)
    assert {option.display_name for option in block.parameters} == {"member", "for", "reason"}
