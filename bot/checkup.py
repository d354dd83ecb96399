"""The command `easel check`: whether what was set up works, one line a part.

Asks each outside party one harmless question and changes nothing; a running bot is not disturbed.
What may be set, and in which form, `bot.settings` has checked before.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from bot.archive import folder_of, open_archive
from bot.errors import ArchiveError, EaselError, KeyRefusedError, ProviderError, SettingsError
from bot.provider.budget import NoBudget
from bot.provider.client import ApixoClient
from bot.provider.exchange import user_agent

if TYPE_CHECKING:
    from pathlib import Path

    from bot.settings import Settings

_ASK_SECONDS: Final = 15.0
#: How long another writer may hold the database before the check says that it is in use, in seconds.
_LOCK_SECONDS: Final = 2.0
_BEFORE_ANY_PICTURE: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one part of the check found."""

    part: str
    ok: bool
    sentence: str

    def __str__(self) -> str:
        return f"{'ok ' if self.ok else 'BAD'}  {self.part}: {self.sentence}"


async def check_everything(settings: Settings) -> list[Finding]:
    """Ask Discord, the image service, the database and the archive, all at once."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_ASK_SECONDS)) as session:
        parts = await asyncio.gather(
            _check_discord(session, settings),
            _check_provider(session, settings),
            asyncio.to_thread(check_database, settings.database_file),
            check_archive(settings.archive_url),
        )
    return [Finding("Settings", True, "valid."), *parts]


async def ask_discord(session: aiohttp.ClientSession, settings: Settings, path: str) -> dict[str, Any]:
    """Return Discord's answer to a GET with the bot's token. Raises `EaselError` with a sentence."""
    headers = {
        "Authorization": f"Bot {settings.discord_token.get_secret_value()}",
        "User-Agent": f"DiscordBot ({user_agent()})",
    }
    try:
        async with session.get(f"{settings.discord_api_url}{path}", headers=headers) as response:
            status = response.status
            answer = await response.json(content_type=None) if status == 200 else {}
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise EaselError(
            f"cannot be reached at {settings.discord_api_url} ({type(error).__name__}); "
            "check DISCORD_API_URL and the network.",
        ) from error
    if status == 401:
        raise SettingsError(
            "DISCORD_TOKEN is refused; make a new one on the page “Bot” of your application "
            "in Discord's developer portal.",
        )
    if status != 200:
        raise EaselError(
            f"answered {status}, which says nothing about the token; "
            "check DISCORD_API_URL, or try again later.",
        )
    if not isinstance(answer, dict) or not str(answer.get("id", "")).isdecimal():
        raise EaselError(f"is not what answers at {settings.discord_api_url}; check DISCORD_API_URL.")
    return answer


async def application_id(settings: Settings) -> int:
    """Ask Discord which application the token belongs to. Raises `EaselError` with a sentence."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_ASK_SECONDS)) as session:
        try:
            answer = await ask_discord(session, settings, "/oauth2/applications/@me")
        except SettingsError:
            raise
        except EaselError as error:
            raise EaselError(f"Discord {error}") from error
    return int(answer["id"])


async def _check_discord(session: aiohttp.ClientSession, settings: Settings) -> Finding:
    try:
        me = await ask_discord(session, settings, "/users/@me")
    except EaselError as error:
        return Finding("Discord", False, str(error))
    return Finding("Discord", True, f"the token works; the bot is called {me.get('username', 'nothing')}.")


async def _check_provider(session: aiohttp.ClientSession, settings: Settings) -> Finding:
    client = ApixoClient(
        session=session,
        base_url=settings.apixo_base_url,
        api_key=settings.apixo_api_key,
        budget=NoBudget(),
    )
    try:
        balance = await client.balance()
    except KeyRefusedError:
        return Finding("APIXO", False, "APIXO_API_KEY is refused; copy the key of your account again.")
    except ProviderError as error:
        return Finding("APIXO", False, f"cannot be asked; check APIXO_BASE_URL and the network ({error}).")
    if balance is None:
        return Finding(
            "APIXO", True, "answers, but tells no balance, so the key and APIXO_BASE_URL could not be tried."
        )
    if balance <= 0:
        return Finding("APIXO", False, f"the key works, but the balance is {balance:.2f} USD; top it up.")
    return Finding("APIXO", True, f"the key works; the balance is {balance:.2f} USD.")


def check_database(file: Path) -> Finding:
    """Whether the database file can be written, or made; blocks for up to two seconds."""
    if not _is_there(file):
        return _check_makeable("Database", file)
    try:
        uri = f"{file.resolve().as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, uri=True, timeout=_LOCK_SECONDS, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("ROLLBACK")
    except sqlite3.Error as error:
        if "locked" in str(error):
            return Finding("Database", True, f"{file} is in use by a running bot.")
        return Finding(
            "Database", False, f"{file} cannot be written ({error}); check DATABASE_URL and the file."
        )
    return Finding("Database", True, f"{file} can be written.")


async def check_archive(url: str) -> Finding:
    """Whether pictures can be kept at `ARCHIVE_URL`; a bucket is asked for a list that is always empty."""
    if not url:
        return Finding("Archive", True, "pictures are not kept, because ARCHIVE_URL is empty.")
    if url.startswith("file:"):
        return await asyncio.to_thread(_check_folder, folder_of(url))
    try:
        await anext(open_archive(url).old_keys(_BEFORE_ANY_PICTURE), None)
    except (ArchiveError, SettingsError) as error:
        return Finding(
            "Archive", False, f"{url} cannot be listed; check ARCHIVE_URL and the variables AWS_* ({error})."
        )
    return Finding("Archive", True, f"{url} can be reached.")


def _check_folder(folder: Path) -> Finding:
    if not _is_there(folder):
        return _check_makeable("Archive", folder)
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return Finding("Archive", True, f"{folder} can be written.")
    return Finding("Archive", False, f"{folder} cannot be written; let this user write there.")


def _check_makeable(part: str, path: Path) -> Finding:
    folder = next(parent for parent in path.absolute().parents if _is_there(parent))
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return Finding(part, True, f"{path} does not exist yet and can be made.")
    return Finding(part, False, f"{path} cannot be made; let this user write to {folder}.")


def _is_there(path: Path) -> bool:
    # Unlike `Path.exists`, which raises where this user may not look.
    return os.access(path, os.F_OK)
