"""How long an address of Discord's lasts, when it is read anew, and which hosts hold files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import discord
import pytest

from bot.engine.references import References, end_of, file_hosts
from bot.errors import PostponedError, ReferenceGoneError
from tests.clocks import NOON, FakeClock
from tests.factories import job_factory, reference_factory

if TYPE_CHECKING:
    from bot.jobs import Job, Reference

WHOLE = NOON.replace(microsecond=0)


def test_a_signed_address_says_when_it_ends() -> None:
    ends = WHOLE + timedelta(hours=24)
    url = f"https://cdn.discordapp.com/attachments/1/2/a.png?ex={int(ends.timestamp()):x}&is=0&hm=abc&"
    assert end_of(url) == ends


@pytest.mark.parametrize("query", ["", "?ex=", "?ex=never", "?ex=ffffffffffffffffffff", "?is=1"])
def test_an_address_that_says_nothing_has_no_known_end(query: str) -> None:
    assert end_of(f"https://cdn.discordapp.com/attachments/1/2/a.png{query}") is None


def test_a_discord_on_the_same_machine_holds_its_own_files_only_where_that_is_allowed() -> None:
    ours = file_hosts("http://127.0.0.1:8700/discord/api/v10", private=True)
    assert ours - file_hosts("http://127.0.0.1:8700/discord/api/v10", private=False) == {"127.0.0.1"}
    assert file_hosts("https://discord.com/api/v10", private=False) == {
        "cdn.discordapp.com",
        "media.discordapp.net",
    }


@dataclass
class FakeStore:
    """Remembers which addresses were stored."""

    renewed: list[tuple[Reference, ...]] = field(default_factory=list)

    async def renew_references(self, batch_id: str, references: tuple[Reference, ...]) -> None:
        del batch_id
        self.renewed.append(references)


@dataclass
class FakeChannel:
    """Has one message, or raises what the test says."""

    found: object

    async def fetch_message(self, message_id: int) -> object:
        assert message_id == 2
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def references_that_find(found: object, store: FakeStore, *, refreshed: str = "") -> References:
    async def request(route: object, **how: object) -> object:
        del route, how
        if not refreshed:
            raise discords(404)
        return {"refreshed_urls": [{"refreshed": refreshed}]}

    client = SimpleNamespace(
        get_partial_messageable=lambda _: FakeChannel(found), http=SimpleNamespace(request=request)
    )
    unused = cast("Any", None)
    return References(
        client=cast("Any", client),
        store=cast("Any", store),
        clock=FakeClock(),
        archive=unused,
        fetcher=unused,
        limit=4,
    )


def discords(status: int) -> discord.HTTPException:
    kind = {404: discord.NotFound, 403: discord.Forbidden}.get(status, discord.DiscordServerError)
    return kind(cast("Any", SimpleNamespace(status=status, reason="")), {"code": 0, "message": ""})


def edit(*, minutes: float, **fields: Any) -> Job:
    """Return a job whose reference is on its card, at an address that ends in so many minutes."""
    place = {"channel_id": 1, "message_id": 2, "attachment_id": 3, **fields}
    until = NOON + timedelta(minutes=minutes)
    return job_factory(batch_id="b" * 16, references=(reference_factory(url_until=until, **place),))


def card(name: str = f"before-{'b' * 16}-1.png") -> object:
    url = f"https://cdn.discordapp.com/attachments/1/3/{name}?ex=ffffffff"
    return SimpleNamespace(
        id=2,
        channel=SimpleNamespace(id=1),
        embeds=[discord.Embed().set_image(url=url)],
        attachments=[],
        components=[],
    )


async def test_an_address_that_lasts_is_used_without_a_question() -> None:
    store = FakeStore()
    job = edit(minutes=61)
    found = await references_that_find(RuntimeError("asked"), store).fresh_urls(job)
    assert found == (job.references[0].url,)


@pytest.mark.parametrize("minutes", [59, -1])
async def test_an_address_that_ends_soon_is_read_anew_from_the_card_and_stored(minutes: float) -> None:
    store = FakeStore()
    (url,) = await references_that_find(card(), store).fresh_urls(edit(minutes=minutes))
    assert url.endswith("?ex=ffffffff")
    ((stored,),) = store.renewed
    assert (stored.url, stored.attachment_id) == (url, 3)


@pytest.mark.parametrize("found", [discords(404), discords(403), discords(503), OSError("no network")])
async def test_where_the_card_cannot_be_read_an_address_that_still_works_is_used(found: object) -> None:
    job = edit(minutes=5)
    assert await references_that_find(found, FakeStore()).fresh_urls(job) == (job.references[0].url,)


@pytest.mark.parametrize("found", [discords(404), discords(403), card("another.png")])
async def test_a_picture_whose_card_is_gone_or_has_lost_it_is_gone(found: object) -> None:
    with pytest.raises(ReferenceGoneError):
        await references_that_find(found, FakeStore()).fresh_urls(edit(minutes=-1))


async def test_a_card_that_the_bot_may_not_read_has_its_addresses_renewed_all_the_same() -> None:
    store = FakeStore()
    fresh = f"https://cdn.discordapp.com/attachments/1/3/before-{'b' * 16}-1.png?ex=ffffffff"
    job = edit(minutes=-1, url=f"{fresh.partition('?')[0]}?ex=1")
    references = references_that_find(discords(403), store, refreshed=fresh)
    assert await references.fresh_urls(job) == (fresh,)
    ((stored,),) = store.renewed
    assert (stored.url, stored.attachment_id) == (fresh, 3)
    with pytest.raises(ReferenceGoneError):
        await references_that_find(discords(404), store, refreshed=fresh).fresh_urls(job)


async def test_a_picture_that_never_came_to_a_card_is_gone_when_its_address_has_ended() -> None:
    never = {"channel_id": None, "message_id": None, "attachment_id": None}
    references = references_that_find(RuntimeError("asked"), FakeStore())
    early = edit(minutes=5, **never)
    assert await references.fresh_urls(early) == (early.references[0].url,)
    with pytest.raises(ReferenceGoneError):
        await references.fresh_urls(edit(minutes=-1, **never))


@pytest.mark.parametrize("found", [discords(503), OSError("no network")])
async def test_where_discord_is_away_and_the_address_has_ended_the_job_waits(found: object) -> None:
    with pytest.raises(PostponedError):
        await references_that_find(found, FakeStore()).fresh_urls(edit(minutes=-1))
