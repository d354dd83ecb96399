"""What cannot be had over the wire: caches that are wrong, messages of others, limits that differ by rung."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import discord
import pytest
from PIL import Image

from bot.engine.keeping import Original
from bot.engine.posting import Poster
from bot.engine.reach import Reach
from bot.errors import NowhereError, PostponedError
from bot.images import measure
from bot.jobs import Job, Place, Rung
from bot.presentation.wording import Catalogue
from tests.factories import CHANNEL, GUILD, MEMBER, THREAD, job_factory
from tests.pictures import noise

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.integration.engine.conftest import Bench

ME, SOMEBODY = 1, 2
#: The id of the direct conversation.
DIRECT = 77
PICTURE = noise(300, 300)
ORIGINAL = Original(data=PICTURE, info=measure(PICTURE))


def refusal(status: int, code: int) -> discord.HTTPException:
    kind = {403: discord.Forbidden, 404: discord.NotFound}.get(status, discord.HTTPException)
    return kind(cast("Any", SimpleNamespace(status=status, reason="No")), {"code": code, "message": "No"})


@dataclass
class FakeChannel:
    """Takes what it is not told to refuse, and shows its messages newest first."""

    id: int
    refusal: discord.HTTPException | None = None
    sent: list[dict[str, Any]] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)
    tries: int = 0

    async def send(self, **fields: Any) -> Any:
        self.tries += 1
        if self.refusal:
            raise self.refusal
        size = len(fields["file"].fp.getvalue()) if "file" in fields else 0
        self.sent.append({**fields, "size": size})
        return SimpleNamespace(id=9)

    async def history(self, *, limit: int) -> AsyncIterator[Any]:
        for message in self.messages[:limit]:
            yield message


class FakeClient:
    """A client in one server, whose cache knows the server and none of its channels."""

    def __init__(self) -> None:
        self.user = SimpleNamespace(id=ME)
        self.guild: Any = SimpleNamespace(
            unavailable=False,
            filesize_limit=100 * 1024 * 1024,
            get_member=lambda _: None,
            get_channel=lambda _: None,
            get_channel_or_thread=lambda _: None,
        )
        self.shard_count, self.shards = 2, {0: None, 1: None}
        self.channels = {each: FakeChannel(each) for each in (THREAD, CHANNEL, DIRECT)}
        self.http = SimpleNamespace(get_guild=self._get_guild)
        self.answers_for_guild: discord.HTTPException | None = None

    async def _get_guild(self, _: int, *, with_counts: bool) -> object:
        if self.answers_for_guild:
            raise self.answers_for_guild
        return {}

    def is_ready(self) -> bool:
        return True

    def get_guild(self, _: int) -> Any:
        return self.guild

    def get_partial_messageable(self, channel: int, *, guild_id: int | None) -> FakeChannel:
        return self.channels[channel]

    async def create_dm(self, _: object) -> FakeChannel:
        return self.channels[DIRECT]


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
def poster(bench: Bench, client: FakeClient) -> Poster:
    reach = Reach(bench.workplace, client=cast("Any", client))
    return Poster(bench.workplace, client=cast("Any", client), reach=reach, catalogue=Catalogue())


def in_thread(**fields: Any) -> Job:
    return job_factory(thread_id=THREAD, place=Place.THREAD, **fields)


def message(number: int, author: int, custom_id: str, *, minutes: int = 0) -> Any:
    job = in_thread()
    button = SimpleNamespace(custom_id=custom_id)
    row = SimpleNamespace(children=[button])
    at = job.created_at + timedelta(minutes=minutes)
    return SimpleNamespace(
        id=number,
        author=SimpleNamespace(id=author),
        components=[row],
        created_at=at,
        channel=SimpleNamespace(id=THREAD),
    )


async def test_only_its_own_message_with_the_jobs_own_button_is_adopted(
    poster: Poster, client: FakeClient
) -> None:
    job = in_thread()
    own = f"easel:info:{job.id}"
    client.channels[THREAD].messages = [
        message(1, SOMEBODY, own),
        message(2, ME, "easel:info:0000000000000000"),
        message(3, ME, own),
    ]
    found = await poster.find_posted(job)
    assert found
    assert found.message_id == 3
    client.channels[THREAD].messages.pop()
    assert await poster.find_posted(job) is None


async def test_messages_older_than_the_job_are_not_looked_through(poster: Poster, client: FakeClient) -> None:
    job = in_thread()
    own = f"easel:info:{job.id}"
    client.channels[THREAD].messages = [message(1, ME, "x", minutes=-5), message(2, ME, own)]
    assert await poster.find_posted(job) is None


@pytest.mark.parametrize("rung", [None, Rung.CHANNEL, Rung.DIRECT])
async def test_it_looks_as_far_down_as_the_delivery_had_come(
    poster: Poster, client: FakeClient, rung: Rung | None
) -> None:
    job = in_thread(rung=rung)
    client.channels[DIRECT].messages = [message(5, ME, f"easel:info:{job.id}")]
    found = await poster.find_posted(job)
    assert (found is not None) is (rung is Rung.DIRECT)


async def test_a_removal_that_the_cache_missed_is_waited_out_and_nobody_is_written_to(
    poster: Poster, client: FakeClient
) -> None:
    for channel in (THREAD, CHANNEL):
        client.channels[channel].refusal = refusal(403, 50001)
    client.answers_for_guild = refusal(404, 10004)
    for _ in range(2):
        with pytest.raises(PostponedError) as raised:
            await poster.post_picture(in_thread(), ORIGINAL)
        assert raised.value.retry_after == 2
    assert (client.channels[THREAD].tries, client.channels[DIRECT].tries) == (1, 0)


async def test_a_removal_is_waited_out_ever_more_patiently_and_for_a_day(
    bench: Bench, poster: Poster, client: FakeClient
) -> None:
    client.guild = None
    job = in_thread()
    waits: list[float | None] = []
    for hours in (0, 1, 22):
        bench.clock.advance(hours * 3600)
        with pytest.raises(PostponedError) as raised:
            await poster.post_picture(job, ORIGINAL)
        waits.append(raised.value.retry_after)
    assert waits == [2, 900, 3600]
    bench.clock.advance(3600)
    client.channels[DIRECT].refusal = refusal(403, 50278)
    with pytest.raises(NowhereError) as nowhere:
        await poster.post_picture(job, ORIGINAL)
    assert nowhere.value.code == 50278
    assert (client.channels[THREAD].tries, client.channels[CHANNEL].tries) == (0, 0)


async def test_a_server_that_another_process_hears_of_is_not_taken_for_left(
    poster: Poster, client: FakeClient
) -> None:
    client.guild, client.shards = None, {}
    posted = await poster.post_picture(in_thread(), ORIGINAL)
    assert posted.rung is Rung.THREAD


async def test_a_direct_message_has_its_own_limit(poster: Poster, client: FakeClient) -> None:
    for channel in (THREAD, CHANNEL):
        client.channels[channel].refusal = refusal(403, 50013)
    stream = io.BytesIO()
    Image.frombytes("RGB", (2000, 2000), random.Random(1).randbytes(12_000_000)).save(
        stream, "PNG", compress_level=0
    )
    large = stream.getvalue()
    assert discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES < len(large) < client.guild.filesize_limit
    posted = await poster.post_picture(in_thread(), Original(data=large, info=measure(large)))
    assert (posted.rung, posted.code) == (Rung.DIRECT, 50013)
    (sent,) = client.channels[DIRECT].sent
    assert sent["size"] <= discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES


async def test_direct_messages_opened_too_fast_are_no_refusal_of_the_member(
    poster: Poster, client: FakeClient
) -> None:
    for channel in (THREAD, CHANNEL):
        client.channels[channel].refusal = refusal(403, 50013)
    client.channels[DIRECT].refusal = refusal(403, 40003)
    with pytest.raises(PostponedError) as raised:
        await poster.post_picture(in_thread(), ORIGINAL)
    assert raised.value.retry_after == 60
    client.channels[DIRECT].refusal = None
    assert (await poster.post_picture(in_thread(), ORIGINAL)).rung is Rung.DIRECT


async def test_nobody_but_the_member_is_ever_mentioned(poster: Poster, client: FakeClient) -> None:
    await poster.post_picture(in_thread(prompt="@everyone <@5>"), ORIGINAL)
    (sent,) = client.channels[THREAD].sent
    allowed = sent["allowed_mentions"].to_dict()
    assert allowed == {"parse": [], "users": [MEMBER]}


async def test_a_doubtful_fault_is_told_from_a_plain_one(poster: Poster, client: FakeClient) -> None:
    client.channels[THREAD].refusal = refusal(503, 0)
    with pytest.raises(PostponedError) as raised:
        await poster.post_picture(in_thread(), ORIGINAL)
    assert raised.value.doubtful


async def test_a_picture_that_cannot_be_made_small_enough_goes_to_the_next_rung(
    poster: Poster, client: FakeClient
) -> None:
    client.channels[THREAD].refusal = refusal(413, 40005)
    posted = await poster.post_picture(in_thread(guild_id=GUILD), ORIGINAL)
    assert (posted.rung, posted.code, client.channels[THREAD].tries) == (Rung.CHANNEL, 40005, 3)
