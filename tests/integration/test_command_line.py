"""The commands that ask somebody: check, invite, healthcheck, against real HTTP and real files."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import sqlite3
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.__main__ import CANNOT_START, FAILED, OK, main
from bot.checkup import application_id, check_archive, check_database, check_everything
from bot.errors import EaselError, SettingsError
from bot.metrics import Metrics
from bot.settings import Settings
from bot.web import WebServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

#: What both far ends answer: path to status and JSON.
WELL = {
    "/discord/users/@me": (200, {"id": "42", "username": "Easel"}),
    "/discord/oauth2/applications/@me": (200, {"id": "42", "name": "Easel"}),
    "/apixo/apikeys/current-balance": (200, {"code": 200, "message": "success", "data": 74.87}),
}


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that may not be looked into; not even by root, whom modes do not stop."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0)
    stat, access = Path.stat, os.access

    def guarded_stat(path: Path, **how: bool) -> os.stat_result:
        if folder in path.parents:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return stat(path, **how)

    def guarded_access(path: Path, mode: int) -> bool:
        return folder not in path.parents and (path != folder or mode == os.F_OK) and access(path, mode)

    monkeypatch.setattr(Path, "stat", guarded_stat)
    monkeypatch.setattr(os, "access", guarded_access)
    return folder


@asynccontextmanager
async def outside(answers: dict[str, tuple[int, object]], tmp_path: Path) -> AsyncIterator[Settings]:
    """Serve the answers and yield settings that lead there."""

    async def answer(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] in {"Bot the-token", "Bearer the-key"}
        status, body = answers[request.path]
        return web.Response(status=status, text=json.dumps(body), content_type="application/json")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield Settings(
            discord_token=SecretStr("the-token"),
            apixo_api_key=SecretStr("the-key"),
            discord_api_url=f"{address}/discord",
            apixo_base_url=f"{address}/apixo",
            database_url=f"sqlite+aiosqlite:///{tmp_path}/data/easel.db",
            archive_url=f"file:{tmp_path}/data/images",
        )
    finally:
        await runner.cleanup()


async def test_a_check_of_what_is_well_says_ok_a_line_each(tmp_path: Path) -> None:
    async with outside(WELL, tmp_path) as settings:
        lines = [str(finding) for finding in await check_everything(settings)]
    assert lines == [
        "ok   Settings: valid.",
        "ok   Discord: the token works; the bot is called Easel.",
        "ok   APIXO: the key works; the balance is 74.87 USD.",
        f"ok   Database: {tmp_path}/data/easel.db does not exist yet and can be made.",
        f"ok   Archive: {tmp_path}/data/images does not exist yet and can be made.",
    ]
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("path", "answer", "ok", "says"),
    [
        (
            "/discord/users/@me",
            (401, {"message": "401: Unauthorized"}),
            False,
            "DISCORD_TOKEN is refused; make",
        ),
        ("/discord/users/@me", (502, {}), False, "answered 502, which says nothing about the token"),
        ("/discord/users/@me", (200, {}), False, "is not what answers at http://127.0.0.1:"),
        ("/discord/users/@me", (200, []), False, "is not what answers at http://127.0.0.1:"),
        ("/apixo/apikeys/current-balance", (401, {"code": 401}), False, "APIXO_API_KEY is refused; copy"),
        (
            "/apixo/apikeys/current-balance",
            (500, {"code": 500}),
            False,
            "cannot be asked; check APIXO_BASE_URL",
        ),
        ("/apixo/apikeys/current-balance", (404, {"code": 404}), True, "answers, but tells no balance"),
        (
            "/apixo/apikeys/current-balance",
            (200, {"code": 200, "data": 0}),
            False,
            "the balance is 0.00 USD; top it up",
        ),
    ],
)
async def test_a_check_names_what_is_wrong(
    tmp_path: Path, path: str, answer: tuple[int, object], ok: bool, says: str
) -> None:
    async with outside({**WELL, path: answer}, tmp_path) as settings:
        findings = await check_everything(settings)
    found = findings[1 if path.startswith("/discord") else 2]
    assert found.ok is ok
    assert says in found.sentence
    assert all(other.ok for other in findings if other is not found)


async def test_a_check_of_an_unreachable_outside_names_the_settings(tmp_path: Path) -> None:
    async with outside(WELL, tmp_path) as settings:
        pass
    findings = await check_everything(settings)
    assert [finding.ok for finding in findings] == [True, False, False, True, True]
    assert "cannot be reached at http://127.0.0.1:" in findings[1].sentence
    assert "check APIXO_BASE_URL and the network" in findings[2].sentence


async def test_the_application_id_is_asked_with_the_token(tmp_path: Path) -> None:
    async with outside(WELL, tmp_path) as settings:
        assert await application_id(settings) == 42
    with pytest.raises(EaselError, match="Discord cannot be reached at"):
        await application_id(settings)


async def test_an_answer_that_is_not_discords_gets_one_sentence_at_the_invite_too(tmp_path: Path) -> None:
    async with outside({"/discord/oauth2/applications/@me": (200, {})}, tmp_path) as settings:
        with pytest.raises(EaselError, match=r"^Discord is not what answers at .*; check DISCORD_API_URL"):
            await application_id(settings)


async def test_a_refused_token_gets_one_sentence_at_the_invite_too(tmp_path: Path) -> None:
    async with outside({"/discord/oauth2/applications/@me": (401, {})}, tmp_path) as settings:
        with pytest.raises(SettingsError, match=r"^DISCORD_TOKEN is refused; make a new one"):
            await application_id(settings)


class TestArchive:
    """What the check says of the place for pictures."""

    async def test_a_folder_that_can_be_written_is_well(self, tmp_path: Path) -> None:
        assert str(await check_archive(f"file:{tmp_path}")) == f"ok   Archive: {tmp_path} can be written."

    async def test_a_file_in_the_folders_place_is_not(self, tmp_path: Path) -> None:
        file = tmp_path / "images"
        file.write_text("", encoding="utf-8")
        assert not (await check_archive(f"file:{file}")).ok
        assert "cannot be made" in (await check_archive(f"file:{file}/deeper")).sentence

    async def test_a_folder_that_this_user_may_not_look_into_is_not(self, closed: Path) -> None:
        finding = await check_archive(f"file:{closed}/images")
        assert str(finding).startswith("BAD ")
        assert f"let this user write to {closed}" in finding.sentence

    async def test_no_archive_is_well_too(self) -> None:
        assert (await check_archive("")).ok

    async def test_a_bucket_that_nobody_answers_for_names_the_variables(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "the-key",
            "AWS_SECRET_ACCESS_KEY": "the-secret",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "AWS_ALLOW_HTTP": "true",
        }.items():
            monkeypatch.setenv(name, value)
        finding = await check_archive("s3://pictures/easel")
        assert not finding.ok
        assert "check ARCHIVE_URL and the variables AWS_*" in finding.sentence
        assert "the-secret" not in finding.sentence


class TestDatabase:
    """What the check says of the database file."""

    def test_a_file_that_can_be_written_is_well_and_stays_as_it_is(self, tmp_path: Path) -> None:
        file = tmp_path / "easel.db"
        with closing(sqlite3.connect(file)) as database:
            database.execute("CREATE TABLE t (x)")
        before = file.read_bytes()
        assert check_database(file).ok
        assert file.read_bytes() == before

    def test_a_file_that_is_no_database_is_not(self, tmp_path: Path) -> None:
        file = tmp_path / "easel.db"
        file.write_bytes(b"not a database, but long enough to be looked at" * 40)
        finding = check_database(file)
        assert not finding.ok
        assert "file is not a database" in finding.sentence

    def test_a_folder_in_the_files_place_is_not(self, tmp_path: Path) -> None:
        assert not check_database(tmp_path).ok

    def test_a_file_in_the_folders_place_is_not(self, tmp_path: Path) -> None:
        (tmp_path / "data").write_text("", encoding="utf-8")
        finding = check_database(tmp_path / "data" / "easel.db")
        assert not finding.ok
        assert "cannot be made" in finding.sentence

    def test_a_folder_that_this_user_may_not_look_into_is_not(self, closed: Path) -> None:
        finding = check_database(closed / "easel.db")
        assert not finding.ok
        assert f"let this user write to {closed}" in finding.sentence

    def test_a_file_that_a_bot_is_writing_is_well(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.checkup._LOCK_SECONDS", 0.0)
        file = tmp_path / "easel.db"
        with closing(sqlite3.connect(file, isolation_level=None)) as database:
            database.execute("CREATE TABLE t (x)")
            database.execute("BEGIN IMMEDIATE")
            finding = check_database(file)
        assert finding.ok
        assert finding.sentence.endswith("is in use by a running bot.")


async def test_a_healthcheck_asks_the_running_bot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def ready() -> Sequence[str]:
        return ()

    monkeypatch.chdir(tmp_path)
    server = WebServer("127.0.0.1", 0, metrics=Metrics(), readiness=ready)
    await server.start()
    env_file = tmp_path / "settings"
    env_file.write_text(
        f"DISCORD_TOKEN=t\nAPIXO_API_KEY=k\nHTTP_HOST=0.0.0.0\nHTTP_PORT={server.port}\n", "utf-8"
    )
    arguments = ["--env-file", str(env_file), "healthcheck"]
    try:
        assert await asyncio.to_thread(main, arguments) == OK
    finally:
        await server.stop()
    assert await asyncio.to_thread(main, arguments) == FAILED
    assert capsys.readouterr().out.splitlines()[0] == "The bot is well."


def test_a_healthcheck_without_a_known_port_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"DISCORD_TOKEN": "t", "APIXO_API_KEY": "k", "HTTP_PORT": "0"}.items():
        monkeypatch.setenv(name, value)
    assert main(["healthcheck"]) == CANNOT_START
    assert capsys.readouterr().err.startswith("HTTP_PORT is 0, so nobody knows which port to ask")


@pytest.mark.parametrize(("command", "code"), [("check", FAILED), ("migrate", FAILED), ("run", OK)])
def test_a_command_that_is_broken_off_is_no_success(
    monkeypatch: pytest.MonkeyPatch, command: str, code: int
) -> None:
    def broken_off(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.__main__.load_settings", broken_off)
    assert main([command]) == code


@pytest.mark.parametrize("seconds", ["soon", "nan", "0", "-1", "1e300"])
def test_a_drain_takes_a_time_that_can_be_waited(capsys: pytest.CaptureFixture[str], seconds: str) -> None:
    with pytest.raises(SystemExit) as left:
        main(["jobs", "drain", f"--timeout={seconds}"])
    assert left.value.code == CANNOT_START
    assert "must be a number, more than 0 and at most 2592000" in capsys.readouterr().err


def test_jobs_of_a_folder_that_this_user_may_not_look_into_get_a_sentence(
    closed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite+aiosqlite:///{closed}/easel.db"
    for name, value in {"DISCORD_TOKEN": "t", "APIXO_API_KEY": "k", "DATABASE_URL": url}.items():
        monkeypatch.setenv(name, value)
    assert main(["jobs"]) == CANNOT_START
    assert capsys.readouterr().err == (
        f"The folder of the database file {closed}/easel.db cannot be read: Permission denied.\n"
    )


def test_an_env_file_that_this_user_may_not_look_at_gets_a_sentence(
    closed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--env-file", str(closed / ".env"), "check"]) == CANNOT_START
    assert capsys.readouterr().err.endswith(
        "cannot be read; it must be a UTF-8 text file that this user may open.\n"
    )


def test_an_env_file_that_does_not_exist_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--env-file", "/nowhere/.env", "check"]) == CANNOT_START
    assert "/nowhere/.env does not exist" in capsys.readouterr().err


def test_the_invite_names_each_permission_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["invite", "--application-id", "42"]) == OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("permissions=309237763072")
    assert lines[3] == "  View Channels: to see the channel in which somebody asks"
    assert len(lines) == 10
