"""Every other way to an edit, in real processes: menus, buttons, once more, and what was guessed wrongly."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.e2e.harness import BEN, MIA, Bot, Sandbox, until
from tests.e2e.reading import befores_of, pictures_of, says
from tests.e2e.test_buttons import SEND_MESSAGES_IN_THREADS, Hands, button
from tests.e2e.test_edit import (
    BLUE,
    EPHEMERAL,
    GREEN,
    RED,
    bytes_of,
    colour_of,
    edit,
    is_like,
    middle,
    send,
    the_card,
)
from tests.pictures import png

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.reading import Message

EDIT, COMBINE = "Edit picture", "Use as reference"


async def two_pictures(sandbox: Sandbox, channel: int) -> int:
    """Have Ben post a red and a blue picture; return the message."""
    files = {"files[0]": ("red.png", png(90, 90, RED)), "files[1]": ("blue.png", png(90, 120, BLUE))}
    body = {"user": BEN, "content": "look"}
    return int((await send(sandbox, f"/side/channels/{channel}/messages", body, files))["id"])


async def told(sandbox: Sandbox, channel: int, words: str, *, user: int = MIA) -> Message:
    """Wait until this person is told something privately there."""

    async def look() -> Message | None:
        for message in await sandbox.messages(channel, user):
            if message["flags"] & EPHEMERAL and words in says(message):
                return message
        return None

    found = await until(look, what=f"a private answer that says {words!r}")
    assert found
    return found


async def test_the_menu_of_anybodys_message_edits_the_picture_that_was_chosen_even_after_a_restart(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    message = await two_pictures(sandbox, art)
    opened = await sandbox.menu(art, message, EDIT)
    form = await sandbox.form(opened)
    assert [option["label"] for option in form["pictures"]["options"]] == ["1. red.png", "2. blue.png"]
    await bot.restart()
    await sandbox.submit(
        opened,
        {"prompt": "as a poster", "pictures": ["1"], "mode": ["max"], "aspect_ratio": ["nearest"]},
    )
    made = await sandbox.picture(await sandbox.studio(art))
    assert is_like(await colour_of(sandbox, made), BLUE)
    (job,) = bot.jobs()
    assert (job["mode"], job["aspect_ratio"], job["prompt"]) == ("max", "3:4", "as a poster")
    (reference,) = json.loads(job["references"])
    assert (reference["owner_id"], reference["origin_message_id"]) == (BEN, message)
    card = await the_card(sandbox, bot, art)
    assert f"/{art}/{message})" in says(card)


async def test_a_picture_is_used_beside_another_one_that_comes_with_the_form(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    body = {"user": BEN, "content": "look"}
    files = {"files[0]": ("green.png", png(90, 90, GREEN))}
    message = await send(sandbox, f"/side/channels/{art}/messages", body, files)
    opened = await sandbox.menu(art, int(message["id"]), COMBINE)
    form = await sandbox.form(opened)
    assert "pictures" not in form
    values = {"prompt": "both", "mode": ["pro"], "aspect_ratio": ["16:9"]}
    await sandbox.submit(opened, values, {"files": png(90, 90, BLUE)})
    made = await sandbox.picture(await sandbox.studio(art))
    both = await bytes_of(sandbox, pictures_of(made)[0].url)
    assert is_like(middle(both, 0.2), GREEN)
    assert is_like(middle(both, 0.8), BLUE)
    assert len(befores_of(made)) == 2
    sources = [each["source"] for each in json.loads(bot.jobs()[0]["references"])]
    assert sources == ["chosen", "given"]


async def test_a_message_without_a_picture_and_an_empty_prompt_are_told(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    plain = await send(sandbox, f"/side/channels/{art}/messages", {"user": BEN, "content": "words"}, {})
    await sandbox.menu(art, int(plain["id"]), EDIT)
    await told(sandbox, art, "no picture on that message")
    opened = await sandbox.menu(art, await two_pictures(sandbox, art), EDIT)
    await sandbox.form(opened)
    await sandbox.submit(
        opened, {"prompt": "  \n ", "pictures": ["0"], "mode": ["pro"], "aspect_ratio": ["nearest"]}
    )
    await told(sandbox, art, "prompt is empty")
    assert bot.jobs() == []


async def test_a_picture_edited_three_times_over_shows_what_it_came_from_and_its_chain(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await edit(sandbox, art, png(90, 90, RED))
    studio = await sandbox.studio(art)
    hands = Hands(sandbox, studio)
    chain = [await sandbox.picture(studio)]
    for number in (2, 3, 4):
        opened = await hands.press(chain[-1], "edit")
        await sandbox.form(opened)
        values = {"prompt": f"step {number}", "mode": ["pro"], "aspect_ratio": ["nearest"]}
        await sandbox.submit(opened, values)
        chain.append(await sandbox.picture(studio, number))
    newest = chain[-1]
    assert is_like(await colour_of(sandbox, newest), RED)
    (before,) = befores_of(newest)
    assert before.alt.startswith("Before")
    assert is_like(middle(await bytes_of(sandbox, before.url)), RED)
    jobs = bot.jobs()
    assert [job["parent_id"] for job in jobs] == [None, *(job["id"] for job in jobs[:3])]
    details = says(await hands.ask(newest, "info"))
    assert f"of <@{MIA}>" in details
    links = [f"/{studio}/{message['id']})" for message in reversed(chain[:3])]
    positions = [details.index(link) for link in links]
    assert positions == sorted(positions)


async def test_an_edited_picture_is_made_again_varied_and_made_in_max_from_the_same_picture(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await edit(sandbox, art, png(90, 90, GREEN))
    studio = await sandbox.studio(art)
    hands = Hands(sandbox, studio)
    made = await sandbox.picture(studio)
    await hands.press(made, "reroll", user=BEN)
    assert is_like(await colour_of(sandbox, await sandbox.picture(studio, 2)), GREEN)
    await hands.press(made, "max")
    await sandbox.picture(studio, 3)
    opened = await hands.press(made, "vary")
    await sandbox.form(opened)
    await sandbox.submit(opened, {"prompt": "bluer", "mode": ["pro"], "aspect_ratio": ["1:1"]})
    assert is_like(await colour_of(sandbox, await sandbox.picture(studio, 4)), GREEN)
    jobs = await bot.states(*["delivered"] * 4)
    first = jobs[0]
    assert [(job["kind"], job["parent_id"]) for job in jobs[1:]] == [("edit", first["id"])] * 3
    assert [job["mode"] for job in jobs] == ["pro", "pro", "max", "pro"]
    assert [job["member_id"] for job in jobs] == [MIA, BEN, MIA, MIA]

    card = first["card_message_id"]
    await sandbox.ask("DELETE", f"/side/world/messages/{art}/{card}", expect=204)
    await hands.press(made, "reroll")
    assert "**Edit** goes on" in says(await told(sandbox, studio, "is gone with its card"))
    assert len(bot.jobs()) == 4


async def test_a_form_that_was_open_until_its_picture_had_another_address_still_works(
    tmp_path: Path,
) -> None:
    sandbox = Sandbox(tmp_path)
    bot = Bot(sandbox, tmp_path)
    try:
        await sandbox.start("--seconds", "0.2", "--link-hours", "0.001")
        await bot.start()
        art = await sandbox.channel("art")
        files = {"files[0]": ("theirs.png", png(90, 90, BLUE))}
        body = {"user": BEN, "content": "look"}
        message = await send(sandbox, f"/side/channels/{art}/messages", body, files)
        opened = await sandbox.menu(art, int(message["id"]), EDIT)
        await sandbox.form(opened)

        async def ended() -> bool:
            async with sandbox.session.get(message["attachments"][0]["url"]) as answer:
                return answer.status == 404

        await until(ended, what="the address to end")
        await sandbox.submit(opened, {"prompt": "late", "mode": ["pro"], "aspect_ratio": ["nearest"]})
        (row,) = await bot.states("delivered")
        assert json.loads(row["references"])[0]["origin_message_id"] == int(message["id"])
    finally:
        await bot.close()
        await sandbox.close()


async def test_where_the_bot_lost_its_rights_nobody_types_in_vain(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    await sandbox.imagine(art)
    studio = await sandbox.studio(art)
    hands = Hands(sandbox, studio)
    made = await sandbox.picture(studio)
    await sandbox.forbid(art, SEND_MESSAGES_IN_THREADS)
    await hands.press(made, "edit")
    await told(sandbox, studio, "Send Messages in Threads")
    assert len(bot.jobs()) == 1


async def test_twice_the_same_press_makes_one_edit(sandbox: Sandbox, bot: Bot) -> None:
    art = await sandbox.channel("art")
    await edit(sandbox, art, png(90, 90, GREEN))
    studio = await sandbox.studio(art)
    hands = Hands(sandbox, studio)
    made = await sandbox.picture(studio)
    await hands.press(made, "reroll")
    await hands.press(made, "reroll")
    await told(sandbox, studio, "already on its way")
    await bot.states("delivered", "delivered")


async def test_a_spoilered_edit_hides_the_picture_and_what_it_was_made_from(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await edit(sandbox, art, png(90, 90, RED), spoiler=True)
    studio = await sandbox.studio(art)
    made = await sandbox.picture(studio)
    assert all(shown.spoiler for shown in [*pictures_of(made), *befores_of(made)])
    assert is_like(await colour_of(sandbox, made), RED)
    card = await the_card(sandbox, bot, art)
    assert not any(embed.get("image") for embed in card["embeds"])
    (file,) = card["attachments"]
    assert file["filename"].startswith("SPOILER_before-")
    await Hands(sandbox, studio).press(made, "reroll")
    again = await sandbox.picture(studio, 2)
    assert all(shown.spoiler for shown in pictures_of(again))

    opened = await Hands(sandbox, studio).press(made, "edit")
    await sandbox.form(opened)
    await sandbox.submit(opened, {"prompt": "bluer", "mode": ["pro"], "aspect_ratio": ["nearest"]})
    edited = await sandbox.picture(studio, 3)
    assert all(shown.spoiler for shown in [*pictures_of(edited), *befores_of(edited)])
    await sandbox.command(studio, "edit", {"prompt": "the newest"})
    guessed = await sandbox.picture(studio, 4)
    assert all(shown.spoiler for shown in [*pictures_of(guessed), *befores_of(guessed)])
    cards = [one for one in await sandbox.messages(studio) if one["embeds"]]
    assert len(cards) == 3
    assert not any(embed.get("image") for card in cards for embed in card["embeds"])


async def test_its_member_describes_a_picture_in_other_words_and_nobody_else(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await sandbox.imagine(art, "a red fox")
    studio = await sandbox.studio(art)
    hands = Hands(sandbox, studio)
    made = await sandbox.picture(studio)
    await bot.states("delivered")
    assert not button(await hands.ask(made, "info", user=BEN), "alt")
    details = await hands.ask(made, "info")
    opened = await hands.press(details, "alt")
    assert (await sandbox.form(opened))["alt_text"]["value"] == "a red fox"
    await sandbox.submit(opened, {"alt_text": "A fox curled up in snow"})
    await told(sandbox, studio, "has its new alt text")
    (shown,) = pictures_of((await sandbox.pictures(studio))[0])
    assert shown.alt == "A fox curled up in snow"
    assert await bytes_of(sandbox, shown.url)
    assert bot.jobs()[0]["alt_text"] == "A fox curled up in snow"
    opened = await sandbox.menu(studio, int(made["id"]), EDIT)
    assert "pictures" not in await sandbox.form(opened), "one picture is taken for two"

    opened = await hands.press(details, "alt")
    assert (await sandbox.form(opened))["alt_text"]["value"] == "A fox curled up in snow"
    # Nothing is changed in a thread that sleeps, until somebody opens it.
    await sandbox.change_channel(studio, archived=True)
    await sandbox.submit(opened, {"alt_text": ""})

    async def the_prompt_again() -> bool:
        (shown,) = pictures_of((await sandbox.pictures(studio))[0])
        return shown.alt == "a red fox"

    await until(the_prompt_again, what="the prompt to be the alt text again")


async def test_a_card_that_discord_did_not_take_with_its_pictures_comes_without_them(
    sandbox: Sandbox, bot: Bot
) -> None:
    await sandbox.set_service(seconds=60)
    art = await sandbox.channel("art")
    await sandbox.fault(
        "discord", {"kind": "status", "status": 413}, path="messages/@original", method="PATCH", times=1
    )
    await edit(sandbox, art, png(90, 90, RED))
    card = await the_card(sandbox, bot, art)

    async def drawn() -> bool:
        (now,) = [one for one in await sandbox.messages(art) if one["id"] == card["id"]]
        return "as a poster" in says(now)

    await until(drawn, what="the card to be drawn")
    await bot.states("running")


async def test_a_picture_whose_file_is_gone_says_so_and_what_still_works(
    sandbox: Sandbox, idle_bot: Bot
) -> None:
    await idle_bot.start(ARCHIVE_URL="")
    art = await sandbox.channel("art")
    await sandbox.imagine(art, "a red fox")
    studio = await sandbox.studio(art)
    hands = Hands(sandbox, studio)
    made = await sandbox.picture(studio)
    opened = await hands.press(made, "edit")
    await sandbox.form(opened)
    await sandbox.fault("cdn", {"kind": "status", "status": 404}, path="easel-")
    await sandbox.submit(opened, {"prompt": "bluer", "mode": ["pro"], "aspect_ratio": ["nearest"]})
    said = says(await told(sandbox, studio, "file of that picture is gone"))
    assert "Re-roll" in said
    assert len(idle_bot.jobs()) == 1


async def test_a_picture_that_discord_has_lost_is_edited_from_the_kept_copy(
    sandbox: Sandbox, bot: Bot
) -> None:
    art = await sandbox.channel("art")
    await edit(sandbox, art, png(90, 90, GREEN))
    studio = await sandbox.studio(art)
    hands = Hands(sandbox, studio)
    opened = await hands.press(await sandbox.picture(studio), "edit")
    await sandbox.form(opened)
    await sandbox.fault("cdn", {"kind": "status", "status": 404}, path="easel-")
    await sandbox.submit(opened, {"prompt": "bluer", "mode": ["pro"], "aspect_ratio": ["nearest"]})
    made = await sandbox.picture(studio, 2)
    await sandbox.mend()
    assert is_like(await colour_of(sandbox, made), GREEN)
    await bot.states("delivered", "delivered")


async def test_as_many_pictures_as_a_message_holds_become_one_beside_nine_of_them(
    sandbox: Sandbox, idle_bot: Bot
) -> None:
    await idle_bot.start(MAX_REFERENCE_IMAGES="10")
    art = await sandbox.channel("art")
    files = {f"files[{number}]": (f"{number}.png", png(30, 30, RED)) for number in range(10)}
    body = {"user": BEN, "content": "look"}
    message = await send(sandbox, f"/side/channels/{art}/messages", body, files)
    opened = await sandbox.menu(art, int(message["id"]), EDIT)
    await sandbox.form(opened)
    picked = [str(number) for number in range(10)]
    await sandbox.submit(
        opened, {"prompt": "all", "pictures": picked, "mode": ["pro"], "aspect_ratio": ["nearest"]}
    )
    studio = await sandbox.studio(art)
    made = await sandbox.picture(studio)
    assert len(befores_of(made)) == 9
    (row,) = await idle_bot.states("delivered")
    assert len(json.loads(row["references"])) == 10
    details = says(await Hands(sandbox, studio).ask(made, "info"))
    assert details.count(f"/{art}/{message['id']})") == 1
