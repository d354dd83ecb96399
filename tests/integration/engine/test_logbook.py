"""Acts reach the log channel: each once, whatever Discord or a crash does in between."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import discord
import pytest

from bot.acts import Act, ActKind, RecordedAct
from bot.engine.logbook import Logbook
from bot.presentation.wording import Catalogue
from bot.service import Officer
from bot.service.administration import Administration
from tests.factories import GUILD, MEMBER, NO_LIMITS
from tests.integration.engine.test_removal import refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.acts import DueActs
    from tests.integration.engine.conftest import Bench

BOT = 100
CHANNEL = 55


@dataclass
class FakeDiscord:
    """One log channel; `error` is raised by a post, `after` once it has been made."""

    now: Any
    lines: list[str] = field(default_factory=list)
    nonces: list[str] = field(default_factory=list)
    posts: list[int] = field(default_factory=list)
    error: Exception | None = None
    after: BaseException | None = None
    user: Any = field(default_factory=lambda: SimpleNamespace(id=BOT))

    def get_guild(self, guild_id: int) -> None:
        del guild_id

    def get_partial_messageable(self, channel_id: int, *, guild_id: int) -> Any:
        assert guild_id
        return SimpleNamespace(
            send=lambda text, **how: self._send(channel_id, text, **how), history=self._history
        )

    async def _send(self, channel_id: int, text: str, *, nonce: str, **how: Any) -> None:
        assert how["allowed_mentions"].to_dict() == discord.AllowedMentions.none().to_dict()
        self.posts.append(channel_id)
        if self.error:
            raise self.error
        self.lines.append(text)
        self.nonces.append(nonce)
        if self.after:
            raise self.after

    async def _history(self, *, limit: int) -> AsyncIterator[Any]:
        for line in list(reversed(self.lines))[:limit]:
            yield SimpleNamespace(author=self.user, content=line, created_at=self.now())


@pytest.fixture
def far_end(bench: Bench) -> FakeDiscord:
    return FakeDiscord(now=bench.clock.now)


@pytest.fixture
def logbook(bench: Bench, far_end: FakeDiscord) -> Logbook:
    return Logbook(bench.workplace, client=cast("Any", far_end), catalogue=Catalogue())


async def choose(bench: Bench, channel: int | None, guild: int = GUILD) -> None:
    """Choose a log channel, and leave nothing to be told of that."""
    act = Act(guild_id=guild, actor_id=7, kind=ActKind.SETTINGS, detail="log")
    await bench.store.change_server_settings(guild, lambda now: replace(now, log_channel_id=channel), act=act)
    await bench.store.leave_untold(guild, before=bench.clock.now())


async def acts(bench: Bench, guild: int = GUILD) -> tuple[RecordedAct, ...]:
    return (await bench.store.acts_of(guild, at_most=50)).acts


async def blocked(bench: Bench, *members: int, guild: int = GUILD) -> None:
    for member in members or (MEMBER,):
        await bench.store.block(guild_id=guild, member_id=member, until=None, reason="spam", actor_id=7)


def told(far_end: FakeDiscord) -> list[int]:
    """Return the numbers of the acts that were told, in the order of their lines."""
    return [
        int(number) for line in far_end.lines for number in re.findall(r"^-# #(\d+)$", line, re.MULTILINE)
    ]


async def take(bench: Bench) -> DueActs | None:
    """Take on what is to be told, as a process that is gone before it tells it."""
    return await bench.store.claim_acts(lease=bench.workplace.lease, fitting=len)


async def turn(logbook: Logbook) -> datetime | None:
    return await logbook._turn()


async def test_acts_are_told_once_in_their_order(
    bench: Bench, logbook: Logbook, far_end: FakeDiscord
) -> None:
    await choose(bench, CHANNEL)
    await blocked(bench, *range(1, 8))
    assert await turn(logbook) is None
    assert await turn(logbook) is None
    numbers = [act.id for act in reversed(await acts(bench))][1:]
    assert told(far_end) == numbers
    assert far_end.nonces == [f"act-{numbers[0]}"]
    assert 'easel_log_lines_total{outcome="told"} 7.0' in bench.workplace.metrics.render().decode()


async def test_without_a_log_channel_an_act_counts_as_told(
    bench: Bench, logbook: Logbook, far_end: FakeDiscord
) -> None:
    await blocked(bench)
    assert await turn(logbook) is None
    await choose(bench, CHANNEL)
    assert await turn(logbook) is None
    assert far_end.posts == []
    assert [act.kind for act in await acts(bench)] == [ActKind.SETTINGS, ActKind.BLOCK]


@pytest.mark.parametrize(
    "error",
    [refusal(discord.DiscordServerError, 503, 0), discord.RateLimited(60), aiohttp.ClientConnectionError()],
)
async def test_a_passing_fault_is_tried_again_in_the_same_order(
    bench: Bench, logbook: Logbook, far_end: FakeDiscord, error: Exception
) -> None:
    await choose(bench, CHANNEL)
    await blocked(bench, 1, 2)
    far_end.error = error
    due = await turn(logbook)
    assert due is not None
    assert due > bench.clock.now()
    far_end.error = None
    bench.clock.advance(61)
    await turn(logbook)
    (line,) = far_end.lines
    assert line.index("<@1>") < line.index("<@2>")
    assert await bench.store.log_trouble(GUILD) is None


async def test_a_line_whose_answer_was_lost_is_not_told_again(
    bench: Bench, logbook: Logbook, far_end: FakeDiscord
) -> None:
    await choose(bench, CHANNEL)
    await blocked(bench)
    far_end.after = aiohttp.ServerDisconnectedError()
    await turn(logbook)
    far_end.after = None
    bench.clock.advance(3600)
    assert await turn(logbook) is None
    assert len(far_end.lines) == 1


async def test_what_a_crash_left_is_told_when_its_lease_is_over(
    bench: Bench, logbook: Logbook, far_end: FakeDiscord
) -> None:
    await choose(bench, CHANNEL)
    await blocked(bench)
    assert await take(bench)
    assert await take(bench) is None
    await turn(logbook)
    assert far_end.lines == []
    bench.clock.advance(bench.workplace.lease.total_seconds())
    await turn(logbook)
    assert len(far_end.lines) == 1


async def test_what_came_after_a_crash_waits_until_the_earlier_was_told(
    bench: Bench, logbook: Logbook, far_end: FakeDiscord
) -> None:
    await choose(bench, CHANNEL)
    await choose(bench, CHANNEL + 1, GUILD + 1)
    await blocked(bench, 1, 2)
    assert await take(bench)
    await blocked(bench, 3)
    await blocked(bench, guild=GUILD + 1)
    due = await turn(logbook)
    assert far_end.posts == [CHANNEL + 1]
    assert due == bench.clock.now() + bench.workplace.lease
    far_end.lines.clear()
    bench.clock.advance(bench.workplace.lease.total_seconds())
    await turn(logbook)
    assert told(far_end) == [act.id for act in reversed(await acts(bench))][1:]


async def test_very_many_acts_take_few_messages_and_each_is_told_once_whatever_comes_between(
    bench: Bench, logbook: Logbook, far_end: FakeDiscord
) -> None:
    await choose(bench, CHANNEL)
    for number in range(80):
        reason = "*" * 400 if number % 20 == 0 else "spam"
        await bench.store.block(guild_id=GUILD, member_id=number, until=None, reason=reason, actor_id=7)
    for attempt in range(30):
        far_end.error = discord.RateLimited(60) if attempt % 3 == 0 else None
        far_end.after = aiohttp.ServerDisconnectedError() if attempt % 5 == 0 else None
        await turn(logbook)
        await blocked(bench, 1000 + attempt)
        bench.clock.advance(61)
    far_end.error = far_end.after = None
    while await turn(logbook):
        bench.clock.advance(61)
    page = await bench.store.acts_of(GUILD, at_most=500)
    assert told(far_end) == [act.id for act in reversed(page.acts)][1:]
    assert max(map(len, far_end.lines)) <= 2000
    assert len(far_end.posts) < 60


async def test_a_channel_that_takes_nothing_is_left_alone_for_a_growing_while_and_noted(
    bench: Bench, logbook: Logbook, far_end: FakeDiscord, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await choose(bench, CHANNEL)
    await blocked(bench)
    began = bench.clock.now()
    far_end.error = refusal(discord.Forbidden, 403, 50013)
    for _ in range(12 * 60):
        await turn(logbook)
        bench.clock.advance(60)
    assert 10 < len(far_end.posts) < 60
    trouble = await bench.store.log_trouble(GUILD)
    assert trouble is not None
    assert (trouble.channel_id, trouble.code, trouble.at) == (CHANNEL, 50013, began)
    asked = len(far_end.posts)
    await blocked(bench, 2)
    await turn(logbook)
    assert len(far_end.posts) == asked
    far_end.error = None
    bench.clock.advance(3600)
    await turn(logbook)
    assert len(told(far_end)) == 2
    assert await bench.store.log_trouble(GUILD) is None
    assert caplog.text.count("takes nothing") == 1
    assert "takes lines again" in caplog.text


async def test_a_channel_that_is_chosen_again_is_tried_at_once_with_all_that_waited(
    bench: Bench, logbook: Logbook, far_end: FakeDiscord
) -> None:
    await choose(bench, CHANNEL)
    await blocked(bench, 1)
    far_end.error = refusal(discord.Forbidden, 403, 50001)
    await turn(logbook)
    await blocked(bench, 2)
    await turn(logbook)
    assert len(far_end.posts) == 1
    far_end.error = None
    administration = Administration(store=bench.store, limits=NO_LIMITS)
    admin = Officer(guild_id=GUILD, actor_id=7)
    shown = await administration.settings(admin)
    assert shown.log_trouble is not None
    chosen = await administration.set_log(admin, CHANNEL)
    assert chosen.log_trouble is None
    assert await turn(logbook) is None
    assert told(far_end) == [act.id for act in reversed(await acts(bench))][1:]


async def test_another_channel_is_tried_at_once(bench: Bench, logbook: Logbook, far_end: FakeDiscord) -> None:
    await choose(bench, CHANNEL)
    await blocked(bench)
    far_end.error = refusal(discord.Forbidden, 403, 50001)
    await turn(logbook)
    far_end.error = None
    await choose(bench, CHANNEL + 1)
    await blocked(bench, 2)
    await turn(logbook)
    assert far_end.posts == [CHANNEL, CHANNEL + 1]


async def test_a_channel_that_is_gone_is_forgotten_and_that_is_noted(
    bench: Bench, logbook: Logbook, far_end: FakeDiscord
) -> None:
    await choose(bench, CHANNEL)
    await blocked(bench, 1, 2)
    far_end.error = refusal(discord.NotFound, 404, 10003)
    await turn(logbook)
    assert await turn(logbook) is None
    assert (await bench.store.server_settings(GUILD)).log_channel_id is None
    trouble = await bench.store.log_trouble(GUILD)
    assert trouble is not None
    assert trouble.code == 10003
    assert len(far_end.posts) == 1
    assert len(await acts(bench)) == 3


async def test_an_act_is_given_up_after_a_week_and_stays_in_the_list(
    bench: Bench, logbook: Logbook, far_end: FakeDiscord
) -> None:
    await choose(bench, CHANNEL)
    await blocked(bench)
    far_end.error = refusal(discord.Forbidden, 403, 50013)
    await turn(logbook)
    bench.clock.advance(timedelta(days=7).total_seconds())
    assert await turn(logbook) is None
    assert len(await acts(bench)) == 2


async def test_the_trouble_of_one_server_holds_up_no_other(
    bench: Bench, logbook: Logbook, far_end: FakeDiscord
) -> None:
    await choose(bench, CHANNEL)
    await choose(bench, CHANNEL + 1, GUILD + 1)
    await blocked(bench)
    await blocked(bench, guild=GUILD + 1)
    far_end.error = refusal(discord.Forbidden, 403, 50013)
    await turn(logbook)
    far_end.error = None
    await turn(logbook)
    assert far_end.posts == [CHANNEL, CHANNEL + 1]
