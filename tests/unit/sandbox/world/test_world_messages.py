"""Messages: what they mention, the files that they show, and who is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.discord import drafting
from sandbox.discord.errors import DiscordError
from sandbox.world import seed, shapes
from sandbox.world.drafts import Change, Draft
from sandbox.world.models import Attachment, MessageFlag
from tests.pictures import png

if TYPE_CHECKING:
    from sandbox.clock import MovableClock
    from sandbox.world.world import World
    from tests.unit.sandbox.world.conftest import Told

NAMES_ALL = f"<@{seed.BEN}> <@&{seed.MODERATOR_ROLE}> @everyone"


def _file(world: World, name: str = "a.png") -> Attachment:
    return Attachment(
        id=world.ids.next(), filename=name, size=3, content_type="image/png", width=64, height=48
    )


@pytest.mark.parametrize(
    ("author", "allowed", "users", "roles", "everyone"),
    [
        (seed.ADA, None, [seed.BEN], [seed.MODERATOR_ROLE], True),
        (seed.MIA, None, [seed.BEN], [], False),
        (seed.ADA, {"parse": []}, [], [], False),
        (seed.ADA, {"parse": ["users"]}, [seed.BEN], [], False),
        (seed.ADA, {"parse": [], "users": [str(seed.BEN)]}, [seed.BEN], [], False),
        (seed.ADA, {"parse": ["everyone"], "roles": [str(seed.MODERATOR_ROLE)]}, [], [202], True),
    ],
)
def test_a_message_mentions_what_is_allowed_to_it(
    world: World, author: int, allowed: Any, users: list[int], roles: list[int], *, everyone: bool
) -> None:
    draft = Draft(content=NAMES_ALL, allowed_mentions=allowed)
    message = world.post_message(seed.ART, author, draft)
    assert (message.mentions, message.mention_roles, message.mention_everyone) == (users, roles, everyone)


def test_text_in_components_mentions_too(world: World) -> None:
    text = {"type": 17, "components": [{"type": 10, "content": f"<@{seed.MIA}>"}]}
    draft = Draft(components=[text], flags=MessageFlag.IS_COMPONENTS_V2)
    assert world.post_message(seed.ART, seed.BOT, draft).mentions == [seed.MIA]


def test_components_get_numbers_that_are_free(world: World) -> None:
    row = {"type": 1, "components": [{"type": 2, "id": 2}, {"type": 2}]}
    message = world.post_message(seed.ART, seed.BOT, Draft(components=[row]))
    (numbered,) = message.components
    assert [numbered["id"], *(part["id"] for part in numbered["components"])] == [1, 2, 3]


def test_a_file_that_an_embed_shows_is_not_listed_until_the_embed_is_gone(world: World) -> None:
    draft = Draft(
        attachments=[_file(world), _file(world, "b.png")],
        embeds=[{"image": {"url": "attachment://a.png"}}],
    )
    message = world.post_message(seed.ART, seed.BOT, draft)
    shape = shapes.message(world, message)
    assert [one["filename"] for one in shape["attachments"]] == ["b.png"]
    assert shape["embeds"][0]["image"]["width"] == 64
    assert shape["embeds"][0]["image"]["url"].startswith("http://127.0.0.1:8700/discord/cdn/attachments/")
    world.edit_message(seed.ART, message.id, Change(embeds=[]))
    assert len(shapes.message(world, message)["attachments"]) == 2


def test_an_old_link_of_ours_in_an_embed_is_made_fresh(world: World, clock: MovableClock) -> None:
    file = _file(world)
    card = world.post_message(seed.ART, seed.BOT, Draft(attachments=[file]))
    old = shapes.message(world, card)["attachments"][0]["url"]
    clock.move(48 * 3600)
    message = world.post_message(seed.ART, seed.BOT, Draft(embeds=[{"image": {"url": old}}]))
    fresh = shapes.message(world, message)["embeds"][0]["image"]["url"]
    assert fresh != old
    assert fresh.partition("?")[0] == old.partition("?")[0]


def test_what_was_posted_is_not_changed_by_its_sender_afterwards(world: World) -> None:
    embed = {"title": "one"}
    message = world.post_message(seed.ART, seed.BOT, Draft(embeds=[embed]))
    embed["title"] = "two"
    assert message.embeds == [{"title": "one"}]


def test_a_private_answer_is_told_to_its_one_reader_only(world: World, told: Told) -> None:
    world.post_message(seed.ART, seed.BOT, Draft(content="psst"), only_for=seed.MIA)
    event = told.last("MESSAGE_CREATE")
    assert [user for user in world.users if world.sees(user, event)] == [seed.MIA]
    assert world.channel(seed.ART).last_message_id is None


def test_a_message_among_moderators_is_told_to_them(world: World, told: Told) -> None:
    world.post_message(seed.STAFF, seed.NOOR, Draft(content="x"))
    seen_by = [user for user in world.users if world.sees(user, told.last("MESSAGE_CREATE"))]
    assert seen_by == [seed.BOT, seed.NOOR, seed.ADA]


def test_a_nonce_holds_for_one_author_in_one_channel(world: World, clock: MovableClock) -> None:
    draft = Draft(content="x", nonce="n", enforce_nonce=True)
    first = world.post_message(seed.ART, seed.BOT, draft)
    assert world.post_message(seed.ART, seed.BOT, draft) is first
    assert world.post_message(seed.LOUNGE, seed.BOT, draft) is not first
    assert world.post_message(seed.ART, seed.MIA, draft) is not first
    clock.move(179)
    world.sweep()
    assert world.post_message(seed.ART, seed.BOT, draft) is first
    clock.move(1)
    world.sweep()
    assert world.post_message(seed.ART, seed.BOT, draft) is not first


def test_without_enforce_nonce_it_is_only_repeated_in_the_event(world: World, told: Told) -> None:
    draft = Draft(content="x", nonce="n")
    first = world.post_message(seed.ART, seed.BOT, draft)
    assert world.post_message(seed.ART, seed.BOT, draft) is not first
    assert told.last("MESSAGE_CREATE").data["nonce"] == "n"
    assert "nonce" not in shapes.message(world, first)


def test_an_edit_leaves_alone_what_it_does_not_name(world: World) -> None:
    draft = Draft(content="x", embeds=[{"title": "t"}], attachments=[_file(world)])
    message = world.post_message(seed.ART, seed.BOT, draft)
    world.edit_message(seed.ART, message.id, Change(content="y"))
    assert (message.content, message.embeds, len(message.attachments)) == ("y", [{"title": "t"}], 1)
    world.edit_message(seed.ART, message.id, Change(flags=MessageFlag.SUPPRESS_EMBEDS))
    assert shapes.message(world, message)["embeds"] == []


def test_components_v2_cannot_be_taken_back(world: World) -> None:
    draft = Draft(components=[{"type": 10, "content": "x"}], flags=MessageFlag.IS_COMPONENTS_V2)
    message = world.post_message(seed.ART, seed.BOT, draft)
    world.edit_message(seed.ART, message.id, Change(flags=0))
    assert message.flags & MessageFlag.IS_COMPONENTS_V2


async def test_deleting_a_message_drops_its_files(world: World) -> None:
    file = await world.keep_file("notes.txt", b"hello")
    assert file.content_type == "text/plain"
    message = world.post_message(seed.ART, seed.MIA, Draft(attachments=[file]))
    world.delete_message(seed.ART, message.id)
    assert await world.files.get(file.id) is None
    assert file.id not in world.attachments
    with pytest.raises(DiscordError) as refusal:
        world.message(seed.ART, message.id)
    assert refusal.value.code == 10008


def test_a_listener_that_fails_spoils_neither_the_change_nor_the_others(world: World, told: Told) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("no")

    world.subscribe(fail)
    later: list[str] = []
    world.subscribe(lambda event: later.append(event.type))
    world.post_message(seed.ART, seed.MIA, Draft(content="x"))
    assert later == ["MESSAGE_CREATE"]


async def test_an_edit_covers_and_uncovers_a_file_that_stays(world: World) -> None:
    plain = await world.keep_file("a.png", png(8, 6))
    named = await world.keep_file("SPOILER_b.png", png(8, 6))
    message = world.post_message(seed.ART, seed.BOT, Draft(attachments=[plain, named]))
    entries = [{"id": plain.id, "is_spoiler": True}, {"id": named.id, "is_spoiler": False}]
    change = await drafting.change(world, message, {"attachments": entries}, ())
    assert not plain.spoiler
    edited = world.edit_message(seed.ART, message.id, change)
    # What its name says cannot be taken back.
    assert [one.spoiler for one in edited.attachments] == [True, True]
    change = await drafting.change(world, edited, {"attachments": [{**entries[0], "is_spoiler": False}]}, ())
    (left,) = world.edit_message(seed.ART, message.id, change).attachments
    assert (left.filename, left.spoiler) == ("a.png", False)


async def test_a_medium_whose_file_is_gone_says_so(world: World) -> None:
    file = await world.keep_file("a.png", png(8, 6))
    first = world.post_message(seed.ART, seed.BOT, Draft(attachments=[file]))
    link = world.links.to(file, application_id=seed.BOT)
    items = [{"media": {"url": url}} for url in (link, "https://example.org/b.png")]
    gallery = world.post_message(seed.ART, seed.BOT, Draft(components=[{"type": 12, "items": items}]))

    def states() -> list[int]:
        (shown,) = shapes.message(world, gallery)["components"]
        return [item["media"]["loading_state"] for item in shown["items"]]

    assert states() == [2, 2]
    world.delete_message(seed.ART, first.id)
    assert states() == [3, 2]
