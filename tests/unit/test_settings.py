"""Settings: what is read, what wins, and the sentence that a wrong one gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr, ValidationError

from bot.environment import load_settings
from bot.errors import SettingsError
from bot.settings import SECRET_NAMES, Settings

if TYPE_CHECKING:
    from pathlib import Path

NEEDED = {"DISCORD_TOKEN": "token-value", "APIXO_API_KEY": "key-value"}
SECRET = "s" * 32


def load(**environ: str) -> Settings:
    return load_settings({**NEEDED, **environ}, None)


def refusal(**environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(**environ)
    return str(caught.value)


def test_two_values_are_enough() -> None:
    settings = load()
    assert settings.discord_token.get_secret_value() == "token-value"
    assert settings.apixo_api_key.get_secret_value() == "key-value"
    assert settings.database_url == "sqlite+aiosqlite:///data/easel.db"
    assert settings.public_url is None
    assert settings.quota_daily_credits == 20


def test_everything_missing_is_told_at_once_a_line_each() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({}, None)
    lines = str(caught.value).splitlines()
    assert [line.split()[0] for line in lines] == ["DISCORD_TOKEN", "APIXO_API_KEY"]
    assert lines[0].startswith("DISCORD_TOKEN is not set; copy")


def test_an_empty_value_is_an_unset_one() -> None:
    assert load(SERVER_DAILY_CREDITS="", PUBLIC_URL=" ", HTTP_PORT="").http_port == 8080
    assert refusal(DISCORD_TOKEN="").startswith("DISCORD_TOKEN is not set")


@pytest.mark.parametrize(
    "url", ["file:data/my images", "file:/srv/images", "file:///srv/images", "s3://my.bucket", "s3://b/p/q"]
)
def test_pictures_can_be_kept_in_a_folder_or_a_bucket(url: str) -> None:
    assert load(ARCHIVE_URL=url).archive_url == url


def test_an_empty_archive_address_is_not_an_unset_one(tmp_path: Path) -> None:
    assert load().archive_url == "file:data/images"
    assert load(ARCHIVE_URL="").archive_url == ""
    assert load(ARCHIVE_URL=" ").archive_url == ""
    file = tmp_path / ".env"
    file.write_text("ARCHIVE_URL=\nARCHIVE_DAYS=\n")
    settings = load_settings(NEEDED, file)
    assert (settings.archive_url, settings.archive_days) == ("", 30)


def test_lists_are_comma_separated() -> None:
    settings = load(DISCORD_GUILD_IDS="1, 2,,3 ", DISCORD_SHARD_COUNT="4", DISCORD_SHARD_IDS="0,3")
    assert settings.discord_guild_ids == (1, 2, 3)
    assert settings.discord_shard_ids == (0, 3)


def test_unknown_variables_of_the_machine_are_ignored() -> None:
    assert load(PATH="/bin", EASEL="1").http_host == "127.0.0.1"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        load().http_port = 1  # type: ignore[misc]


def test_an_address_loses_its_last_slash() -> None:
    assert load(APIXO_BASE_URL="http://127.0.0.1:1/api/").apixo_base_url == "http://127.0.0.1:1/api"


def test_the_log_level_may_be_written_small() -> None:
    assert load(LOG_LEVEL="debug").log_level == "DEBUG"


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"HTTP_PORT": "web"}, "HTTP_PORT must be a whole number; mend it in .env or in the environment."),
        ({"HTTP_PORT": "70000"}, "HTTP_PORT must be at most 65535; "),
        ({"QUOTA_DAILY_CREDITS": "-1"}, "QUOTA_DAILY_CREDITS must be at least 0; "),
        ({"CREDITS_MAX": f"{10**20}"}, "CREDITS_MAX must be at most 1000000000; "),
        ({"QUOTA_CONCURRENT_JOBS": f"{10**20}"}, "QUOTA_CONCURRENT_JOBS must be at most 1000000000; "),
        ({"LEASE_SECONDS": "1e20"}, "LEASE_SECONDS must be at most 1000000000"),
        ({"POLL_EVERY_SECONDS": "0"}, "POLL_EVERY_SECONDS must be more than 0"),
        ({"POLL_EVERY_SECONDS": "inf"}, "POLL_EVERY_SECONDS must be a finite number; "),
        ({"LEASE_SECONDS": "soon"}, "LEASE_SECONDS must be a number; "),
        ({"ALLOW_PRIVATE_PICTURE_HOSTS": "perhaps"}, "ALLOW_PRIVATE_PICTURE_HOSTS must be true or false; "),
        ({"APIXO_PROVIDER": "best"}, "APIXO_PROVIDER must be one of 'auto', 'value' or 'official'; "),
        ({"APIXO_SAFETY_TOLERANCE": "3"}, "APIXO_SAFETY_TOLERANCE must be at most 2; "),
        ({"DISCORD_GUILD_IDS": "1,art"}, "DISCORD_GUILD_IDS must be a whole number (entry 2); "),
        ({"DISCORD_API_URL": "discord.com"}, "DISCORD_API_URL must be a web address such as "),
        ({"APIXO_BASE_URL": "http://[::1/"}, "APIXO_BASE_URL must be a web address such as "),
        ({"DISCORD_TOKEN": "two words"}, "DISCORD_TOKEN must be one word without blanks"),
        ({"DATABASE_URL": "easel.db"}, "DATABASE_URL must name a SQLite file, for example "),
        ({"DATABASE_URL": "sqlite+aiosqlite:///"}, "DATABASE_URL must name a SQLite file"),
        ({"DATABASE_URL": "sqlite+aiosqlite:///:memory:"}, "DATABASE_URL must name a SQLite file"),
        (
            {"DATABASE_URL": "postgresql+asyncpg://h/d"},
            "DATABASE_URL names PostgreSQL, which a later version ",
        ),
        ({"ARCHIVE_URL": "data/images"}, "ARCHIVE_URL must be file:data/images or another folder, s3://"),
        ({"ARCHIVE_URL": "file:"}, "ARCHIVE_URL must be "),
        ({"ARCHIVE_URL": "file://elsewhere/images"}, "ARCHIVE_URL must be "),
        ({"ARCHIVE_URL": "s3://"}, "ARCHIVE_URL must be "),
        ({"ARCHIVE_URL": "s3://key:hunter2@bucket"}, "ARCHIVE_URL must be "),
        ({"ARCHIVE_DAYS": "0"}, "ARCHIVE_DAYS must be at least 1; "),
        ({"DISCORD_SHARD_IDS": "0"}, "DISCORD_SHARD_COUNT is not set, but DISCORD_SHARD_IDS needs it"),
        (
            {"DISCORD_SHARD_IDS": "2", "DISCORD_SHARD_COUNT": "2"},
            "DISCORD_SHARD_IDS must lie between 0 and 1.",
        ),
        ({"PUBLIC_URL": "https://bot.example"}, "CALLBACK_SECRET is not set, but PUBLIC_URL needs it; "),
        (
            {"PUBLIC_URL": "https://bot.example", "CALLBACK_SECRET": "short"},
            "CALLBACK_SECRET is too short to be safe; put at least 32 random characters there.",
        ),
        (
            {"PUBLIC_URL": "http://bot.example", "CALLBACK_SECRET": SECRET},
            "PUBLIC_URL must begin with https:// ",
        ),
        (
            {"SOFT_DEADLINE_SECONDS": "60", "HARD_DEADLINE_SECONDS": "60"},
            "HARD_DEADLINE_SECONDS must be more than SOFT_DEADLINE_SECONDS.",
        ),
    ],
)
def test_a_wrong_value_gets_one_sentence_that_names_it(environ: dict[str, str], sentence: str) -> None:
    text = refusal(**environ)
    assert text.startswith(sentence)
    assert len(text.splitlines()) == 1


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "[::1]:8080"])
def test_callbacks_on_this_machine_need_no_https(host: str) -> None:
    assert load(PUBLIC_URL=f"http://{host}", CALLBACK_SECRET=SECRET).public_url == f"http://{host}"


def test_secrets_are_neither_in_sentences_nor_in_the_representation() -> None:
    text = refusal(
        DISCORD_TOKEN="very hidden", CALLBACK_SECRET="also-hidden", PUBLIC_URL="https://bot.example"
    )
    assert "hidden" not in text
    assert "token-value" not in repr(load())
    assert "token-value" not in str(load().model_dump())


def test_the_list_of_secrets_names_every_secret_field() -> None:
    typed = {name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    assert set(SECRET_NAMES) == typed
    assert load(CALLBACK_SECRET=SECRET).secret_values == ("token-value", "key-value", SECRET)


def test_built_directly_it_reads_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PORT", "1")
    settings = Settings(discord_token=SecretStr("t"), apixo_api_key=SecretStr("k"))
    assert settings.http_port == 8080


class TestFiles:
    """Values that come from files: `.env` and Docker secrets."""

    def test_the_environment_wins_over_the_file(self, tmp_path: Path) -> None:
        env_file = tmp_path / ".env"
        env_file.write_text(
            "DISCORD_TOKEN=written\nAPIXO_API_KEY='quo${HOME}ted#1'\nHTTP_PORT=1 # a remark\n",
            encoding="utf-8",
        )
        settings = load_settings({"DISCORD_TOKEN": "given"}, env_file)
        assert settings.secret_values == ("given", "quo${HOME}ted#1")
        assert settings.http_port == 1

    def test_an_empty_variable_of_the_environment_hides_the_one_in_the_file(self, tmp_path: Path) -> None:
        env_file = tmp_path / ".env"
        env_file.write_text("HTTP_PORT=1\n", encoding="utf-8")
        assert load_settings({**NEEDED, "HTTP_PORT": ""}, env_file).http_port == 8080

    def test_the_file_may_hold_lists_other_things_and_the_names_of_secret_files(self, tmp_path: Path) -> None:
        (tmp_path / "token").write_text("from-file\n", encoding="utf-8")
        env_file = tmp_path / ".env"
        env_file.write_text(
            f"\ufeffDISCORD_TOKEN_FILE={tmp_path / 'token'}\nAPIXO_API_KEY=k\nDISCORD_GUILD_IDS=1,2\n"
            "COMPOSE_PROJECT_NAME=easel\nLOG_FORMAT\n",
            encoding="utf-8",
        )
        settings = load_settings({}, env_file)
        assert settings.secret_values == ("from-file", "k")
        assert settings.discord_guild_ids == (1, 2)
        assert settings.log_format == "text"

    def test_the_environment_of_the_process_is_read_when_no_other_is_given(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in {**NEEDED, "HTTP_PORT": "81"}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        assert load_settings().http_port == 81

    def test_an_absent_file_is_no_problem(self, tmp_path: Path) -> None:
        assert load_settings(NEEDED, tmp_path / "none").http_port == 8080

    def test_a_file_that_is_not_text_gets_a_sentence(self, tmp_path: Path) -> None:
        env_file = tmp_path / ".env"
        env_file.write_bytes(b"\xff\xfe\x00A")
        with pytest.raises(SettingsError, match="cannot be read; it must be a UTF-8 text file"):
            load_settings(NEEDED, env_file)

    def test_a_secret_may_be_a_file_whose_last_line_break_is_dropped(self, tmp_path: Path) -> None:
        secret = tmp_path / "token"
        secret.write_text("from-file\r\n", encoding="utf-8")
        settings = load_settings({"DISCORD_TOKEN_FILE": str(secret), "APIXO_API_KEY": "k"}, None)
        assert settings.discord_token.get_secret_value() == "from-file"

    def test_a_secret_given_twice_is_refused(self, tmp_path: Path) -> None:
        secret = tmp_path / "token"
        secret.write_text("from-file", encoding="utf-8")
        assert refusal(DISCORD_TOKEN_FILE=str(secret)) == (
            "DISCORD_TOKEN_FILE and DISCORD_TOKEN are both set; keep one of them."
        )

    @pytest.mark.parametrize(("content", "says"), [(None, "cannot be read"), (b"\n", "names an empty file")])
    def test_a_bad_secret_file_gets_one_sentence(
        self, tmp_path: Path, content: bytes | None, says: str
    ) -> None:
        secret = tmp_path / "key"
        if content is not None:
            secret.write_bytes(content)
        with pytest.raises(SettingsError) as caught:
            load_settings({"DISCORD_TOKEN": "t", "APIXO_API_KEY_FILE": str(secret)}, None)
        assert str(caught.value).startswith("APIXO_API_KEY_FILE names")
        assert says in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1
