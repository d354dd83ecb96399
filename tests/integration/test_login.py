"""The login: whatever answers instead of Discord, or in its name refuses a setting, gets one sentence."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import discord
import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.client import EaselClient
from bot.errors import DiscordLoginError
from bot.lifetime import _log_in
from bot.metrics import Metrics
from bot.presentation.wording import Catalogue
from bot.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

#: What Discord answers to a login: path to status, type and text.
DISCORD = {
    "/users/@me": (
        200,
        "application/json",
        json.dumps({"id": "1", "username": "easel", "discriminator": "0", "avatar": None}),
    ),
    "/oauth2/applications/@me": (
        200,
        "application/json",
        json.dumps(
            {
                "id": "1",
                "name": "Easel",
                "description": "",
                "bot_public": True,
                "bot_require_code_grant": False,
                "verify_key": "",
                "icon": None,
                "owner": {"id": "2", "username": "ada", "discriminator": "0", "avatar": None},
            }
        ),
    ),
    "/gateway/bot": (
        200,
        "application/json",
        json.dumps(
            {
                "url": "wss://gateway.example",
                "shards": 1,
                "session_start_limit": {"total": 1, "remaining": 1, "reset_after": 0, "max_concurrency": 1},
            }
        ),
    ),
}


@asynccontextmanager
async def logging_in(
    answers: dict[str, tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[EaselClient, Settings]]:
    """Serve the answers as if they were Discord's; yield a client and settings that lead there."""

    async def answer(request: web.Request) -> web.Response:
        status, content_type, text = answers[request.path]
        return web.Response(status=status, content_type=content_type, body=text.encode())

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    monkeypatch.setattr(discord.http.Route, "BASE", address)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", None)
    settings = Settings(
        discord_token=SecretStr("a-token"), apixo_api_key=SecretStr("a-key"), discord_api_url=address
    )
    client = EaselClient(
        service=cast("Any", None),
        catalogue=Catalogue(),
        metrics=Metrics(),
        guild_ids=(123,),
        shard_count=None,
        shard_ids=(),
        on_thread_gone=cast("Any", None),
    )
    try:
        yield client, settings
    finally:
        await client.close()
        await runner.cleanup()


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        ("text/html", "<html>Sign in to the network</html>"),
        ("application/json", "<html>"),
        ("application/json", "[]"),
        ("application/json", "{}"),
    ],
)
@pytest.mark.parametrize("path", ["/users/@me", "/oauth2/applications/@me"])
async def test_an_answer_that_is_not_discords_names_the_address(
    monkeypatch: pytest.MonkeyPatch, path: str, content_type: str, text: str
) -> None:
    async with logging_in({**DISCORD, path: (200, content_type, text)}, monkeypatch) as (client, settings):
        with pytest.raises(DiscordLoginError, match="is not Discord; check DISCORD_API_URL"):
            await _log_in(client, settings)


async def test_a_fault_of_ours_after_the_login_is_not_put_down_to_discord(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("ours")

    async with logging_in(DISCORD, monkeypatch) as (client, settings):
        monkeypatch.setattr(client, "add_dynamic_items", broken)
        with pytest.raises(KeyError, match="ours"):
            await _log_in(client, settings)


@pytest.mark.parametrize(("status", "code"), [(403, 50001), (404, 10004)])
async def test_a_server_in_which_no_commands_may_be_made_is_named_with_its_setting(
    monkeypatch: pytest.MonkeyPatch, status: int, code: int
) -> None:
    refusal = (status, "application/json", json.dumps({"code": code, "message": "No"}))
    answers = {**DISCORD, "/applications/1/guilds/123/commands": refusal}
    async with logging_in(answers, monkeypatch) as (client, settings):
        with pytest.raises(
            DiscordLoginError, match="DISCORD_GUILD_IDS names the server 123, where Easel may"
        ):
            await _log_in(client, settings)
