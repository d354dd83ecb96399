"""What the local Discord answers, held against Discord's own OpenAPI description.

A bot that gets along with these answers gets along with the real ones, as far as their shape goes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from sandbox.app import serve
from sandbox.discord import errors
from sandbox.options import Options
from tests.integration.sandbox.openapi import Description

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BOT, MIA, STUDIO, ART, ANNOUNCEMENTS, VOICE = 100, 101, 200, 302, 306, 307

V2 = 1 << 15
EPHEMERAL = 1 << 6

BUTTON = {"type": 2, "style": 1, "label": "Again", "custom_id": "again:1"}
RATIO = {"type": 3, "custom_id": "ratio", "options": [{"label": "Wide", "value": "16:9"}]}
ROWS = [{"type": 1, "components": [BUTTON]}, {"type": 1, "components": [RATIO]}]
EMBED = {
    "title": "A castle",
    "description": "at sunset",
    "url": "https://example.com/",
    "color": 0xE67E22,
    "timestamp": "2026-01-01T00:00:00+00:00",
    "image": {"url": "attachment://castle.png"},
    "footer": {"text": "Easel"},
    "author": {"name": "Mia"},
    "fields": [{"name": "Ratio", "value": "16:9", "inline": True}],
}
NEW_COMPONENTS = [
    {
        "type": 17,
        "accent_color": 0xE67E22,
        "components": [
            {"type": 10, "content": "A castle"},
            {
                "type": 9,
                "components": [{"type": 10, "content": "at sunset"}],
                "accessory": {"type": 11, "media": {"url": "attachment://castle.png"}},
            },
            {"type": 12, "items": [{"media": {"url": "attachment://castle.png"}, "description": "A castle"}]},
            {"type": 14, "divider": True, "spacing": 1},
            {"type": 13, "file": {"url": "attachment://castle.png"}},
            {"type": 1, "components": [BUTTON]},
        ],
    }
]
COMMANDS = [
    {
        "name": "imagine",
        "description": "Make a picture.",
        "contexts": [0],
        "integration_types": [0],
        "options": [
            {"type": 3, "name": "prompt", "description": "What.", "required": True, "max_length": 1000},
            {
                "type": 3,
                "name": "ratio",
                "description": "How wide.",
                "choices": [{"name": "Wide", "value": "16:9"}],
            },
            {"type": 4, "name": "count", "description": "How many.", "min_value": 1, "max_value": 4},
            {"type": 11, "name": "reference", "description": "A picture."},
        ],
    },
    {"type": 3, "name": "Edit this picture"},
    {
        "name": "quota",
        "description": "Credits.",
        "default_member_permissions": "0",
        "options": [
            {
                "type": 1,
                "name": "show",
                "description": "Show.",
                "options": [{"type": 6, "name": "who", "description": "Whose."}],
            }
        ],
    },
]

#: The smallest PNG there is, more or less.
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)

#: Required by the description, but of no use to a bot like this one and not modelled.
LEFT_OUT = {
    "*": [
        *(".primary_guild", ".min_values", ".max_values", ".spoiler", ".accessory.description"),
        *(".media.id", ".file.id", ".member.id", ".member.user_id"),
    ],
    "PrivateApplicationResponse": [
        *(".type", ".eligible_oauth2_scopes", ".explicit_content_filter", ".flags_new"),
        *(".approximate_user_install_count", ".approximate_user_authorization_count"),
    ],
    "GuildWithCountsResponse": [
        *(".home_header", ".discovery_splash", ".incidents_data", ".safety_alerts_channel_id"),
        *(".max_presences", ".max_video_channel_users", ".max_stage_video_channel_users"),
        *(".widget_enabled", ".widget_channel_id"),
    ],
    "ThreadsResponse": [".has_more"],
}
#: Sent by Discord although the description does not have it.
UNDESCRIBED = [
    *(".interaction_metadata.name", ".image.attachment_id"),
    *(".media.loading_state", ".media.flags", ".file.loading_state", ".file.flags"),
]


class Discord:
    """A client of the local Discord: the bot's calls, what people do, and the description to hold against."""

    def __init__(self, address: str, session: aiohttp.ClientSession) -> None:
        self._address = address
        self._session = session
        self._description = Description()

    async def call(
        self, method: str, path: str, schema: str, body: Any = None, *, status: int = 200, file: bool = False
    ) -> Any:
        """Make a call as the bot, check its answer, and return it. A schema in `[]` is a list of it."""
        form: Any = None
        if file:
            form = aiohttp.FormData({"payload_json": json.dumps(body)})
            form.add_field("files[0]", PICTURE, filename="castle.png", content_type="image/png")
        url = f"{self._address}/discord/api/v10{path}"
        async with self._session.request(method, url, json=None if file else body, data=form) as response:
            answer = await response.json()
            assert response.status == status, answer
        self.check(schema, answer)
        return answer

    def check(self, schema: str, answer: Any) -> None:
        """Fail unless the answer is what Discord describes."""
        name = schema.strip("[]")
        answers = answer if name != schema else [answer]
        left_out = LEFT_OUT["*"] + LEFT_OUT.get(name, [])
        tolerated = tuple(
            [f"{place}: is missing" for place in left_out]
            + [f"{place}: is not described" for place in UNDESCRIBED]
        )
        problems = [
            problem
            for one in answers
            for problem in self._description.problems(name, one)
            if not problem.endswith(tolerated)
        ]
        assert not problems, "\n".join([f"not a {schema}:", *problems])

    async def play(self, what: str, **body: Any) -> Any:
        """Do something as a person."""
        async with self._session.post(f"{self._address}/side/{what}", json=body) as response:
            assert response.status < 300, await response.text()
            return await response.json()

    async def listen(self) -> aiohttp.ClientWebSocketResponse:
        """Go online, with no intents but that for servers."""
        socket = await self._session.ws_connect(f"{self._address}/discord/gateway?v=10&encoding=json")
        properties = {"os": "linux", "browser": "test", "device": "test"}
        identity = {"token": "sandbox-token", "intents": 1, "properties": properties}
        await socket.send_json({"op": 2, "d": identity})
        await self.heard(socket, "GUILD_CREATE")
        return socket

    @staticmethod
    async def heard(socket: aiohttp.ClientWebSocketResponse, kind: str) -> Any:
        """Wait for an event of this kind and return what it says."""
        while True:
            event = await socket.receive_json(timeout=10)
            if event["t"] == kind:
                return event["d"]


@pytest.fixture
async def discord() -> AsyncIterator[Discord]:
    headers = {"Authorization": "Bot sandbox-token"}
    async with (
        serve(Options(port=0, seconds=0)) as (options, _),
        aiohttp.ClientSession(headers=headers) as session,
    ):
        yield Discord(options.address, session)


async def test_a_message_is_as_described(discord: Discord) -> None:
    body = {
        "content": f"For <@{MIA}>",
        "embeds": [EMBED],
        "components": ROWS,
        "nonce": "job-1",
        "enforce_nonce": True,
        "attachments": [{"id": 0, "description": "A castle"}],
    }
    path = f"/channels/{ART}/messages"

    sent = await discord.call("POST", path, "MessageResponse", body, file=True)
    await discord.call("GET", f"{path}/{sent['id']}", "MessageResponse")
    await discord.call("PATCH", f"{path}/{sent['id']}", "MessageResponse", {"content": "Done."})
    reply = {"content": "And this.", "message_reference": {"message_id": sent["id"]}}
    await discord.call("POST", path, "MessageResponse", reply)
    await discord.call("GET", path, "[MessageResponse]")


async def test_a_message_of_components_v2_is_as_described(discord: Discord) -> None:
    body = {"flags": V2, "components": NEW_COMPONENTS, "attachments": [{"id": 0}]}
    await discord.call("POST", f"/channels/{ART}/messages", "MessageResponse", body, file=True)


async def test_threads_are_as_described(discord: Discord) -> None:
    sent = await discord.call("POST", f"/channels/{ART}/messages", "MessageResponse", {"content": "a"})
    body = {"name": "A castle", "auto_archive_duration": 1440}

    path = f"/channels/{ART}/messages/{sent['id']}/threads"
    thread = await discord.call("POST", path, "ThreadResponse", body, status=201)
    path = f"/channels/{ART}/threads"
    await discord.call("POST", path, "CreatedThreadResponse", {**body, "type": 11}, status=201)
    await discord.call("GET", f"/channels/{thread['id']}", "ThreadResponse")
    await discord.call("PATCH", f"/channels/{thread['id']}", "ThreadResponse", {"archived": True})
    await discord.call("GET", f"/guilds/{STUDIO}/threads/active", "ThreadsResponse")
    await discord.call("GET", f"/channels/{ART}/messages", "[MessageResponse]")


@pytest.mark.parametrize("channel", [ART, ANNOUNCEMENTS, VOICE])
async def test_a_channel_is_as_described(discord: Discord, channel: int) -> None:
    await discord.call("GET", f"/channels/{channel}", "GuildChannelResponse")


async def test_a_server_is_as_described(discord: Discord) -> None:
    path = f"/guilds/{STUDIO}"
    await discord.call("GET", path, "GuildWithCountsResponse")
    await discord.call("GET", f"{path}/channels", "[GuildChannelResponse]")
    await discord.call("GET", f"{path}/roles", "[GuildRoleResponse]")
    await discord.call("GET", f"{path}/members/{MIA}", "GuildMemberResponse")
    await discord.call("GET", f"{path}/members/{BOT}", "GuildMemberResponse")


async def test_the_bot_itself_is_as_described(discord: Discord) -> None:
    await discord.call("GET", "/users/@me", "UserPIIResponse")
    await discord.call("GET", "/oauth2/applications/@me", "PrivateApplicationResponse")
    await discord.call("GET", "/gateway/bot", "GatewayBotResponse")
    await discord.call("POST", "/users/@me/channels", "PrivateChannelResponse", {"recipient_id": str(MIA)})


async def test_commands_are_as_described(discord: Discord) -> None:
    path = f"/applications/{BOT}/commands"
    await discord.call("PUT", path, "[ApplicationCommandResponse]", COMMANDS)
    await discord.call("GET", path, "[ApplicationCommandResponse]")


async def test_an_interactions_answers_are_as_described(discord: Discord) -> None:
    await discord.call("PUT", f"/applications/{BOT}/commands", "[ApplicationCommandResponse]", COMMANDS)
    socket = await discord.listen()

    first = await _run_command(discord, socket)
    await _answer(discord, first, {"type": 5})
    webhook = f"/webhooks/{BOT}/{first['token']}"
    body = {"content": "Done.", "components": ROWS, "attachments": [{"id": 0}]}
    await discord.call("PATCH", f"{webhook}/messages/@original", "MessageResponse", body, file=True)
    await discord.call("GET", f"{webhook}/messages/@original", "MessageResponse")
    follow_up = {"content": "Psst.", "flags": EPHEMERAL}
    await discord.call("POST", f"{webhook}?wait=true", "MessageResponse", follow_up)

    second = await _run_command(discord, socket)
    answer = await _answer(discord, second, {"type": 4, "data": {"content": "Now.", "components": ROWS}})
    message = answer["resource"]["message"]
    pressed = {"user": MIA, "channel_id": ART, "message_id": message["id"], "custom_id": "again:1"}
    await discord.play("components", **pressed)
    third = await discord.heard(socket, "INTERACTION_CREATE")
    discord.check("MessageResponse", third["message"])
    await _answer(discord, third, {"type": 7, "data": {"content": "Again."}})

    await discord.play("components", **pressed)
    await _answer(discord, await discord.heard(socket, "INTERACTION_CREATE"), {"type": 6})
    await socket.close()


async def test_a_modals_answer_is_as_described(discord: Discord) -> None:
    await discord.call("PUT", f"/applications/{BOT}/commands", "[ApplicationCommandResponse]", COMMANDS)
    socket = await discord.listen()
    prompt = {"type": 4, "custom_id": "prompt", "style": 2}
    label = {"type": 18, "label": "Prompt", "component": prompt}
    modal = {"type": 9, "data": {"title": "Edit", "custom_id": "edit", "components": [label]}}

    await _answer(discord, await _run_command(discord, socket), modal)
    await socket.close()


async def test_errors_are_as_described(discord: Discord) -> None:
    messages = f"/channels/{ART}/messages"
    await discord.call("GET", "/channels/9", "ErrorResponse", status=404)
    for _ in range(5):
        await discord.call("POST", messages, "ErrorResponse", {}, status=400)
    await discord.call("POST", messages, "RatelimitedResponse", {}, status=429)
    discord.check("ErrorResponse", errors.not_modelled("GET", "/guilds/1/bans").body())


async def _run_command(discord: Discord, socket: aiohttp.ClientWebSocketResponse) -> Any:
    options = {"prompt": "a castle"}
    await discord.play("commands", user=MIA, channel_id=ART, name="imagine", options=options)
    return await discord.heard(socket, "INTERACTION_CREATE")


async def _answer(discord: Discord, interaction: Any, body: Any) -> Any:
    path = f"/interactions/{interaction['id']}/{interaction['token']}/callback?with_response=true"
    return await discord.call("POST", path, "InteractionCallbackResponse", body)
