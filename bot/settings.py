"""The frozen settings: each one declared once, with its name, type, default and meaning.

What is allowed and what fits together is checked here; where the values come from, and what is said of a
wrong one, is the matter of `bot.environment`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

LEAST_SECRET_LENGTH: Final = 32
_LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_DATABASE_SCHEME: Final = "sqlite+aiosqlite:///"
#: A path, or one after an empty host, as `file:///srv/images`.
_FOLDER_ADDRESS: Final = re.compile(r"file:(?://(?=/))?(?!//).+")
_BUCKET_ADDRESS: Final = re.compile(r"s3://[\w.-]+(?:/[^?#]*)?", re.ASCII)


def _split_commas(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
        parts = urlsplit("")
    if not usable or parts.query or parts.fragment:
        raise ValueError("must be a web address such as https://example.org")
    return value.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]
Numbers = Annotated[tuple[int, ...], BeforeValidator(_split_commas)]
#: More than anybody means, and far from what a column of the database or a span of time cannot hold.
_MOST: Final = 1_000_000_000
Count = Annotated[int, Field(ge=1, le=_MOST)]
Credits = Annotated[int, Field(ge=0, le=_MOST)]
Seconds = Annotated[float, Field(gt=0, le=_MOST, allow_inf_nan=False)]


class Settings(BaseSettings):
    """Everything an operator can set; an attribute's upper-case name is its variable.

    `bot.environment` makes one from the environment. Built directly, it reads nothing but its arguments.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        str_strip_whitespace=True,
        # Lists are comma separated and not JSON; whatever else stands in `.env` is not ours.
        enable_decoding=False,
        dotenv_filtering="only_existing",
        env_file_encoding="utf-8-sig",
    )

    discord_token: SecretStr = Field(
        description="The bot's token, from the page “Bot” of your application in Discord's developer portal.",
    )
    discord_api_url: WebAddress = Field(
        "https://discord.com/api/v10",
        description="Discord's REST address; another one for a proxy or the sandbox.",
    )
    discord_guild_ids: Numbers = Field(
        (),
        description="Register the commands in these servers only (ids, comma separated); for development.",
    )
    discord_shard_count: Count | None = Field(
        None,
        description="How many gateway connections all processes hold together; empty lets Discord decide.",
    )
    discord_shard_ids: Numbers = Field(
        (),
        description="Which of these connections this process holds, comma separated; needs the count.",
    )
    apixo_api_key: SecretStr = Field(description="The key of your APIXO account.")
    apixo_base_url: WebAddress = Field(
        "https://api.apixo.ai/api/v1",
        description="The image service's address.",
    )
    apixo_provider: Literal["auto", "value", "official"] = Field(
        "auto",
        description="Which of the service's routes is used: auto, value or official.",
    )
    apixo_requests_per_minute: Count = Field(
        10_000,
        description="Your account's limit; Easel stays below it.",
    )
    apixo_max_concurrent_tasks: Count = Field(
        1_000,
        description="How many pictures may be in the making at once.",
    )
    apixo_safety_tolerance: int | None = Field(
        None,
        ge=0,
        le=2,
        description="How much the service's own filter lets pass, 0 (strict) to 2; empty: its own choice.",
    )
    max_reference_images: int = Field(
        4, ge=1, le=10, description="How many pictures one edit may start from."
    )
    guess_seconds: int = Field(
        10,
        ge=0,
        le=60,
        description="Seconds in which a member can say no to a picture that was found by itself; 0: none.",
    )
    message_content_intent: bool = Field(
        False,
        description="Find pictures that others posted, too; needs the intent in Discord's developer portal.",
    )
    database_url: str = Field(
        "sqlite+aiosqlite:///data/easel.db",
        description="The database file; the part after the three slashes is its path.",
    )
    archive_url: str = Field(
        "file:data/images",
        description="Where finished pictures are kept: file:folder or s3://bucket/prefix; empty: nowhere.",
    )
    archive_days: int = Field(
        30,
        ge=1,
        le=36_500,
        description="For how many days after its job's end a picture is kept.",
    )
    retention_days: int | None = Field(
        None,
        ge=1,
        le=36_500,
        description="After how many days prompts, names and references are erased; empty: never.",
    )
    public_url: WebAddress | None = Field(
        None,
        description="The web server's public https address; setting it turns callbacks on.",
    )
    callback_secret: SecretStr | None = Field(
        None,
        description="Signs the callback addresses; required with PUBLIC_URL, at least 32 random characters.",
    )
    http_host: str = Field(
        "127.0.0.1",
        min_length=1,
        description="Where the web server for callbacks, health and metrics listens.",
    )
    http_port: int = Field(8080, ge=0, le=65_535, description="The web server's port; 0 takes any free one.")
    quota_daily_credits: Credits = Field(20, description="Credits a member may spend in any 24 hours.")
    quota_concurrent_jobs: Count = Field(3, description="Pictures a member may have in the making at once.")
    server_daily_credits: Credits | None = Field(
        None,
        description="Credits all members of one server may spend in any 24 hours; empty means no limit.",
    )
    operator_daily_credits: Credits | None = Field(
        None,
        description="Credits all servers together may spend in any 24 hours; empty means no limit.",
    )
    credits_pro: Credits = Field(1, description="What a picture in mode pro costs a member.")
    credits_max: Credits = Field(2, description="What a picture in mode max costs a member.")
    poll_first_seconds: Seconds | None = Field(
        None, description="How long after sending a task it is first looked at; empty: as it was learned."
    )
    poll_every_seconds: Seconds | None = Field(
        None, description="How long between two looks; empty: as it was learned."
    )
    lease_seconds: Seconds = Field(
        30,
        description="After how long without a sign of life another worker takes a job over.",
    )
    soft_deadline_seconds: Seconds = Field(
        300, description="After how long a member is told that a picture is late."
    )
    hard_deadline_seconds: Seconds = Field(
        3_600, description="After how long a job is given up and refunded."
    )
    allow_private_picture_hosts: bool = Field(
        False,
        description="Fetch pictures from private network addresses too; only for the sandbox and tests.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="How much is logged: DEBUG, INFO, WARNING or ERROR."
    )
    log_format: Literal["text", "json"] = Field(
        "text",
        description="text for people, json (an object a line) for log collectors.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Leave the arguments alone as the source: which others there are, `bot.environment` knows."""
        return (init_settings,)

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper_case(cls, value: object) -> object:
        return value.strip().upper() if isinstance(value, str) else value

    @field_validator("discord_token", "apixo_api_key", "callback_secret")
    @classmethod
    def _one_word(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        text = value.get_secret_value().strip()
        if not text or any(character.isspace() or not character.isprintable() for character in text):
            raise ValueError("must be one word without blanks or line breaks")
        return SecretStr(text)

    @field_validator("database_url")
    @classmethod
    def _database_file(cls, value: str) -> str:
        if value.startswith("postgres"):
            raise ValueError(
                "names PostgreSQL, which a later version will support; "
                f"use {_DATABASE_SCHEME}data/easel.db for now",
            )
        path = value.removeprefix(_DATABASE_SCHEME)
        if path == value or not path.strip("/") or ":memory:" in path:
            raise ValueError(f"must name a SQLite file, for example {_DATABASE_SCHEME}data/easel.db")
        return value

    @field_validator("archive_url")
    @classmethod
    def _archive_place(cls, value: str) -> str:
        if value and not _FOLDER_ADDRESS.fullmatch(value) and not _BUCKET_ADDRESS.fullmatch(value):
            raise ValueError(
                "must be file:data/images or another folder, s3://bucket/prefix, or empty; "
                "keys for a bucket are not part of it but variables of the environment",
            )
        return value

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        for problem in (self._shard_problem(), self._callback_problem(), self._deadline_problem()):
            if problem:
                raise ValueError(problem)
        return self

    def _shard_problem(self) -> str:
        if self.discord_shard_ids and self.discord_shard_count is None:
            return "DISCORD_SHARD_COUNT is not set, but DISCORD_SHARD_IDS needs it; set both or neither."
        if any(not 0 <= shard < (self.discord_shard_count or 0) for shard in self.discord_shard_ids):
            return f"DISCORD_SHARD_IDS must lie between 0 and {(self.discord_shard_count or 0) - 1}."
        return ""

    def _callback_problem(self) -> str:
        if self.public_url is None:
            return ""
        parts = urlsplit(self.public_url)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK_HOSTS:
            return "PUBLIC_URL must begin with https:// because callbacks cross the internet."
        if self.callback_secret is None:
            return (
                "CALLBACK_SECRET is not set, but PUBLIC_URL needs it; "
                f"put at least {LEAST_SECRET_LENGTH} random characters there."
            )
        if len(self.callback_secret.get_secret_value()) < LEAST_SECRET_LENGTH:
            return (
                "CALLBACK_SECRET is too short to be safe; "
                f"put at least {LEAST_SECRET_LENGTH} random characters there."
            )
        return ""

    def _deadline_problem(self) -> str:
        if self.hard_deadline_seconds <= self.soft_deadline_seconds:
            return "HARD_DEADLINE_SECONDS must be more than SOFT_DEADLINE_SECONDS."
        return ""

    @property
    def database_file(self) -> Path:
        """The database's file, relative to the working directory unless it was given from the root."""
        return Path(self.database_url.removeprefix(_DATABASE_SCHEME).partition("?")[0])

    @property
    def secret_values(self) -> tuple[str, ...]:
        """The secrets in clear text, for whoever keeps them out of the logs."""
        secrets = (getattr(self, name) for name in SECRET_NAMES)
        return tuple(secret.get_secret_value() for secret in secrets if secret is not None)


#: Attributes that hold a secret; each can also be given as a file, by its name followed by `_FILE`.
SECRET_NAMES: Final = ("discord_token", "apixo_api_key", "callback_secret")
