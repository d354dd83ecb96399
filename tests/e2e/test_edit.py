"""`/edit` in real processes: the right picture arrives, and what is of no use is refused before it costs."""

from __future__ import annotations

import io
import json
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import aiohttp
from PIL import Image

from tests.e2e.harness import ADA, BEN, MIA, Bot, Sandbox, until
from tests.e2e.reading import pictures_of, says
from tests.pictures import png

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from pathlib import Path

    from tests.e2e.reading import Message

EPHEMERAL = 1 << 6
VIEW_CHANNEL = 1 << 10
EMBED_LINKS = 1 << 14
RED, GREEN, BLUE = (220, 30, 30), (30, 200, 40), (30, 40, 220)
Colour = tuple[int, int, int]


async def send(sandbox: Sandbox, path: str, body: dict[str, Any], files: dict[str, tuple[str, bytes]]) -> Any:
    """Send a form with files, as the page does."""
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps(body), content_type="application/json")
    for key, (filename, data) in files.items():
        form.add_field(key, io.BytesIO(data), filename=filename, content_type="application/octet-stream")
    return await sandbox.ask("POST", path, data=form, expect=201)


async def edit(
    sandbox: Sandbox,
    channel: int,
    *pictures: bytes,
    user: int = MIA,
    filename: str = "picture.png",
    **options: object,
) -> None:
    """Run the command with these files."""
    body = {
        "user": user,
        "channel_id": str(channel),
        "name": "edit",
        "options": {"prompt": "as a poster", **options},
    }
    names = ("image", "image2", "image3", "image4")
    files = {f"files[{name}]": (filename, data) for name, data in zip(names, pictures, strict=False)}
    await send(sandbox, "/side/commands", body, files)


async def post(sandbox: Sandbox, channel: int, picture: bytes | None, *, user: int = BEN) -> Message:
    """Post a message as a person."""
    files = {"files[0]": ("theirs.png", picture)} if picture else {}
    message: Message = await send(
        sandbox, f"/side/channels/{channel}/messages", {"user": user, "content": "look"}, files
    )
    return message


async def link(sandbox: Sandbox, channel: int, message: Message) -> str:
    return f"https://discord.com/channels/{(await sandbox.guild())['id']}/{channel}/{message['id']}"


async def refusals(sandbox: Sandbox, channel: int) -> list[str]:
    """Return what Mia was told privately, without the marks around what is put in."""
    marks = str.maketrans("", "", "\u2068\u2069\\")
    seen = await sandbox.messages(channel, MIA)
    return [says(one).translate(marks) for one in seen if one["flags"] & EPHEMERAL]


async def refused(sandbox: Sandbox, bot: Bot, channel: int, words: str, edits: Awaitable[object]) -> None:
    """Run a command that is to be refused with these words, and nothing spent."""
    before = len(await refusals(sandbox, channel))
    await edits

    async def look() -> str:
        found = await refusals(sandbox, channel)
        return found[-1] if len(found) > before else ""

    assert words in await until(look, what=f"a refusal that says {words!r}")
    assert bot.jobs() == []
    assert await sandbox.tasks() == []


async def bytes_of(sandbox: Sandbox, url: str) -> bytes:
    async with sandbox.session.get(url) as answer:
        assert answer.status == 200
        return await answer.read()


async def colour_of(sandbox: Sandbox, message: Message) -> Colour:
    """Return the colour in the middle of the picture that a message brings."""
    (picture,) = pictures_of(message)
    return middle(await bytes_of(sandbox, picture.url))


def middle(data: bytes, across: float = 0.5) -> Colour:
    with Image.open(io.BytesIO(data)) as opened:
        found = opened.convert("RGB").resize((9, 9)).getpixel((int(across * 9), 4))
    assert isinstance(found, tuple)
    return (int(found[0]), int(found[1]), int(found[2]))


def is_like(colour: Colour, wanted: Colour) -> bool:
    """Whether the same of red, green and blue is the strongest, by far."""
    order = sorted(range(3), key=lambda part: colour[part])
    strongest = max(range(3), key=lambda part: wanted[part])
    return order[-1] == strongest and colour[strongest] > colour[order[-2]] + 40


async def the_card(sandbox: Sandbox, bot: Bot, channel: int) -> Message:
    """Wait for the card of the only command."""

    async def look() -> list[Message]:
        known = {row["card_message_id"] for row in bot.jobs()}
        return [one for one in await sandbox.messages(channel) if int(one["id"]) in known]

    (card,) = await until(look, what="the card")
    return card


async def test_what_is_given_is_shown_on_the_card_and_becomes_the_picture(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    await edit(sandbox, art, png(300, 400, RED))
    message = await sandbox.picture(await sandbox.studio(art))
    assert is_like(await colour_of(sandbox, message), RED)
    (job,) = await bot.states("delivered")
    assert (job["kind"], job["aspect_ratio"]) == ("edit", "3:4")
    (reference,) = json.loads(job["references"])
    assert (reference["source"], reference["width"], reference["height"]) == ("given", 300, 400)
    card = await the_card(sandbox, bot, art)
    (task,) = await sandbox.tasks()
    (used,) = task["input"]["image_urls"]
    before = card["embeds"][0]["image"]["url"]
    assert "/attachments/" in used
    assert used.partition("?")[0] == before.partition("?")[0]
    assert middle(await bytes_of(sandbox, before)) == RED

    async def redrawn() -> Message | None:
        found = await the_card(sandbox, bot, art)
        return found if f"/{message['id']})" in says(found) else None

    done = await until(redrawn, what="the card to link the picture")
    assert done
    assert done["embeds"][0]["image"]["url"].partition("?")[0] == before.partition("?")[0]


async def test_the_linked_and_the_newest_picture_are_found_and_the_card_says_so(
    sandbox: Sandbox, bot: Bot
) -> None:
    art, lounge = await sandbox.channel("art"), await sandbox.channel("lounge")
    await edit(sandbox, art, png(320, 180, RED))
    studio = await sandbox.studio(art)
    red = await sandbox.picture(studio)
    await edit(sandbox, lounge, png(180, 320, GREEN))
    green = await sandbox.picture(await sandbox.studio(lounge))

    await sandbox.command(art, "edit", {"prompt": "the newest of my studio"})
    await sandbox.picture(studio, 2)
    where = await link(sandbox, await sandbox.studio(lounge), green)
    await sandbox.command(art, "edit", {"prompt": "linked", "message": where})
    assert is_like(await colour_of(sandbox, await sandbox.picture(studio, 3)), GREEN)
    await sandbox.command(studio, "edit", {"prompt": "by id", "message": red["id"]})
    assert is_like(await colour_of(sandbox, await sandbox.picture(studio, 4)), RED)
    await sandbox.command(studio, "edit", {"prompt": "the newest here"})
    assert is_like(await colour_of(sandbox, await sandbox.picture(studio, 5)), RED)

    cards = "\n".join(says(one) for one in [*await sandbox.messages(art), *await sandbox.messages(studio)])
    assert f"From [this message]({where})" in cards
    guess = f"newest picture that I found, from [this message]({await link(sandbox, studio, red)})"
    assert cards.count(guess) == 1
    jobs = bot.jobs()
    made_from = [
        next((i for i, one in enumerate(jobs) if one["id"] == job["parent_id"]), None) for job in jobs
    ]
    assert made_from == [None, None, 0, 1, 0, 4]
    sources = [json.loads(row["references"])[0] for row in jobs]
    assert [each["source"] for each in sources] == ["given", "given", "newest", "linked", "linked", "newest"]
    assert sources[3]["origin_message_id"] == int(green["id"])


async def test_what_others_posted_is_found_only_where_the_bot_may_read_it(
    sandbox: Sandbox, idle_bot: Bot
) -> None:
    await idle_bot.start(MESSAGE_CONTENT_INTENT="true")
    art = await sandbox.channel("art")
    theirs = await post(sandbox, art, png(90, 90, BLUE))
    await sandbox.command(art, "edit", {"prompt": "the newest"})
    studio = await sandbox.studio(art)
    assert is_like(await colour_of(sandbox, await sandbox.picture(studio)), BLUE)
    (reference,) = json.loads(idle_bot.jobs()[0]["references"])
    assert (reference["author_id"], reference["origin_message_id"]) == (BEN, int(theirs["id"]))

    lounge = await sandbox.channel("lounge")
    await post(sandbox, lounge, png(90, 90, GREEN))
    files = {"files[0]": ("dance.gif", saved("GIF", (9, 9), (9, 9)))}
    await send(sandbox, f"/side/channels/{lounge}/messages", {"user": BEN, "content": "ha"}, files)
    await sandbox.command(lounge, "edit", {"prompt": "the newest still one"})
    still = await sandbox.picture(await sandbox.studio(lounge))
    assert is_like(await colour_of(sandbox, still), GREEN)

    await idle_bot.restart()
    await sandbox.command(art, "edit", {"prompt": "linked", "message": theirs["id"]})
    await sandbox.command(art, "edit", {"prompt": "still the newest of mine"})
    await sandbox.picture(studio, 2)
    assert any("save its picture" in one for one in await refusals(sandbox, art))


async def test_several_pictures_become_one_and_only_the_first_where_the_service_takes_one(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await edit(sandbox, art, png(90, 90, RED), png(90, 90, BLUE), aspect_ratio="16:9")
    studio = await sandbox.studio(art)
    both = await bytes_of(sandbox, pictures_of(await sandbox.picture(studio))[0].url)
    assert is_like(middle(both, 0.2), RED)
    assert is_like(middle(both, 0.8), BLUE)

    await sandbox.set_service(max_image_urls=1)
    for pictures in (2, 3):
        await edit(sandbox, art, png(90, 90, GREEN), png(90, 90, BLUE))
        one = await bytes_of(sandbox, pictures_of(await sandbox.picture(studio, pictures))[0].url)
        assert is_like(middle(one, 0.2), GREEN)
        assert is_like(middle(one, 0.8), GREEN)
    tasks = await sandbox.tasks()
    assert [len(task["input"]["image_urls"]) for task in tasks] == [2, 1, 1]
    cards = "\n".join(says(message) for message in await sandbox.messages(art))
    assert cards.count("it got only the first") == 2


async def test_after_a_wait_the_service_gets_an_address_that_has_not_ended(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path)
    bot = Bot(sandbox, tmp_path)
    try:
        await sandbox.start("--seconds", "0.5", "--link-hours", "0.001")
        await bot.start()
        art = await sandbox.channel("art")
        fault = await sandbox.fault("apixo", {"kind": "status", "status": 503}, path="generateTask")
        await edit(sandbox, art, png(90, 90, RED), png(90, 90, BLUE))
        await sandbox.hit(fault)
        card = await the_card(sandbox, bot, art)
        before = card["embeds"][0]["image"]["url"]

        async def ended() -> bool:
            async with sandbox.session.get(before) as answer:
                return answer.status == 404

        await until(ended, what="the first address to end")
        await sandbox.mend()
        message = await sandbox.picture(await sandbox.studio(art))
        both = await bytes_of(sandbox, pictures_of(message)[0].url)
        assert is_like(middle(both, 0.5), RED) or is_like(middle(both, 0.2), RED)
        (task,) = await sandbox.tasks()
        assert task["input"]["image_urls"][0] != before
    finally:
        await bot.close()
        await sandbox.close()


async def test_a_picture_whose_card_was_deleted_while_it_waited_costs_nothing_and_says_why(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    fault = await sandbox.fault("apixo", {"kind": "status", "status": 503}, path="generateTask")
    await edit(sandbox, art, png(90, 90, RED))
    await sandbox.hit(fault)
    studio = await sandbox.studio(art)
    card = await the_card(sandbox, bot, art)
    await sandbox.ask("DELETE", f"/side/world/messages/{art}/{card['id']}", expect=204)
    await sandbox.mend()
    (row,) = await bot.states("failed")
    assert (row["failure_cause"], row["credits"]) == ("image", 0)

    async def told() -> bool:
        return any("could not use the reference picture" in says(m) for m in await sandbox.messages(studio))

    await until(told, what="the reason")


def saved(kind: str, *sizes: tuple[int, int]) -> bytes:
    """Return a picture of that type; of several sizes, an animated one."""
    stream = io.BytesIO()
    first, *others = [Image.new("RGB", size, RED if index else BLUE) for index, size in enumerate(sizes)]
    first.save(stream, kind, **({"save_all": True, "append_images": others} if others else {}))
    return stream.getvalue()


def endless() -> bytes:
    """Return a small PNG of 20,000 x 20,000 pixels."""
    stream = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(stream, "PNG")
    return stream.getvalue()


async def test_files_that_cannot_be_used_are_refused_with_the_reason_before_anything_is_spent(
    sandbox: Sandbox, idle_bot: Bot
) -> None:
    await idle_bot.start(MAX_REFERENCE_IMAGES="2")
    art = await sandbox.channel("art")
    small = png(20, 20)
    rows = [
        ((), "I found no picture to edit"),
        ((b"these are words",), "is no JPG, PNG or WebP picture, whatever its name says"),
        ((small + os.urandom(10_200_000),), "10 MB is the most"),
        ((endless(),), "too many pixels: 50 million is the most"),
        ((saved("GIF", (9, 9)),), "is of the type GIF"),
        ((b"\0\0\0\x18ftypheic" + bytes(40),), "is of the type HEIC"),
        ((b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',), "is of the type SVG"),
        ((saved("WEBP", (9, 9), (9, 9)),), "is animated"),
        ((png(80, 80)[:-30],), "is damaged"),
        ((small, small, small), "That is 3 pictures; 2 is the most"),
        ((small, b"GIF89a"), "is of the type GIF"),
    ]
    for pictures, words in rows:
        await refused(sandbox, idle_bot, art, words, edit(sandbox, art, *pictures, filename="a_cat.png"))
    assert "cat.png" in (await refusals(sandbox, art))[-1]
    empty = sandbox.command(art, "edit", {"prompt": "  "}, unchecked=True)
    await refused(sandbox, idle_bot, art, "prompt is empty", empty)


async def test_messages_that_no_picture_may_be_taken_from_are_refused_with_the_reason(
    sandbox: Sandbox, bot: Bot
) -> None:
    art, staff, lounge = [await sandbox.channel(name) for name in ("art", "staff", "lounge")]
    hidden = await post(sandbox, staff, png(20, 20), user=ADA)
    closed = await post(sandbox, lounge, png(20, 20))
    gone = await post(sandbox, art, png(20, 20))
    await sandbox.ask("DELETE", f"/side/world/messages/{art}/{gone['id']}", expect=204)
    words = await post(sandbox, art, None)
    people = await sandbox.ask("GET", "/side/people")
    mention = next(f"<@{person['id']}>" for person in people if person["bot"])
    body = {"user": BEN, "content": f"{mention} no picture"}
    plain = await send(sandbox, f"/side/channels/{art}/messages", body, {})
    private = await link(sandbox, staff, hidden)
    rows = [
        ("https://discord.com/channels/1100000000000000001/2/3", "in another server"),
        (f"https://discord.com/channels/@me/{art}/{words['id']}", "direct conversation"),
        (private, "You can't see the channel"),
        (await link(sandbox, 999, words), "You can't see the channel"),
        (await link(sandbox, art, gone), "does not exist any more"),
        (await link(sandbox, lounge, closed), "may not look at that message"),
        (plain["id"], "no picture on that message"),
        ("9000000000000000000", "does not exist any more"),
        (f"9000000000000000000-{plain['id']}", "You can't see the channel"),
        ("99999999999999999999", "is no message"),
        ("the one above", "is no message"),
    ]
    for message, reason in rows:
        asked = sandbox.command(art, "edit", {"prompt": "a fox", "message": message})
        await refused(sandbox, bot, art, reason, asked)

    away = {"kind": "status", "status": 503}
    await sandbox.fault("discord", away, path=r"^/channels/\d+/messages", method="GET")
    for named in ({"message": plain["id"]}, {}):
        asked = sandbox.command(art, "edit", {"prompt": "a fox", **named})
        await refused(sandbox, bot, art, "Discord doesn't answer me properly", asked)
    await sandbox.mend()
    await sandbox.forbid(lounge, VIEW_CHANNEL)
    asked = sandbox.command(art, "edit", {"prompt": "a fox", "message": await link(sandbox, lounge, closed)})
    await refused(sandbox, bot, art, "may not look at that message", asked)


async def test_a_card_keeps_its_words_where_the_bot_may_not_embed_any_more(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await sandbox.fault("files", {"kind": "status", "status": 503})
    await edit(sandbox, art, png(90, 90, RED))
    await bot.states("ready")
    await bot.kill()
    with closing(sqlite3.connect(bot.database, timeout=10)) as database, database:
        # As after the 15 minutes in which the answer itself could be changed.
        database.execute("UPDATE jobs SET card_token = NULL, card_token_until = NULL")
    (easel,) = [each["id"] for each in await sandbox.ask("GET", "/side/people") if each["bot"]]
    rule = {"type": 1, "allow": "0", "deny": str(EMBED_LINKS)}
    await sandbox.ask("PUT", f"/side/world/channels/{art}/overwrites/{easel}", json=rule)
    before = says(await the_card(sandbox, bot, art))
    await sandbox.mend()
    await bot.start()
    await bot.states("delivered")

    async def announced() -> bool:
        return bot.jobs()[0]["due_at"] is None

    await until(announced, what="the card to be done with")
    card = await the_card(sandbox, bot, art)
    assert says(card) == before
    assert card["embeds"]
