"""The frozen settings: each one declared once, with its name, type, default and meaning.

They come from the environment and from a `.env` file, read by pydantic-settings; the environment wins.
Whatever is wrong stops the start with one sentence a problem that names the variable and says how to mend
it. The value of a secret never appears in such a sentence.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

LEAST_SECRET_LENGTH: Final = 32
_LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_DATABASE_SCHEME: Final = "sqlite+aiosqlite:///"


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
Count = Annotated[int, Field(ge=1)]
Credits = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Settings(BaseSettings):
    """Everything an operator can set; an attribute's upper-case name is its variable.

    `load_settings` makes one from the environment. Built directly, it reads nothing but its arguments.
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
    database_url: str = Field(
        "sqlite+aiosqlite:///data/easel.db",
        description="The database file; the part after the three slashes is its path.",
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
    poll_first_seconds: Seconds = Field(
        20, description="How long after sending a task it is first looked at."
    )
    poll_every_seconds: Seconds = Field(3, description="How long between two looks at a task.")
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
        """Leave the arguments alone as the source: which others there are is `load_settings`' matter."""
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


class _LiteralEnvFile(DotEnvSettingsSource):
    """A `.env` file in which a `$` is a dollar sign: pydantic-settings would put variables into secrets."""

    def _read_env_file(self, file_path: Path) -> Mapping[str, str | None]:
        written = dotenv_values(file_path, interpolate=False, encoding=self.env_file_encoding)
        return {name.lower(): value for name, value in written.items()}


class _SecretFiles(PydanticBaseSettingsSource):
    """Secrets in files of their own, as Docker hands them over: `NAME_FILE` names the file of `NAME`.

    `given` are the variables, named in small letters. What is wrong is kept in `problems`, by setting.
    """

    def __init__(self, settings_cls: type[BaseSettings], given: Mapping[str, str]) -> None:
        super().__init__(settings_cls)
        self._given = given
        self.problems: dict[str, str] = {}

    def __call__(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in SECRET_NAMES:
            try:
                value, key, _ = self.get_field_value(self.settings_cls.model_fields[name], name)
            except SettingsError as error:
                self.problems[name] = error.detail
                continue
            if value is not None:
                found[key] = value
        return found

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[str | None, str, bool]:
        """Return the file's content, None if no file is named; raise `SettingsError` for one of no use."""
        variable = field_name.upper()
        path = self._given.get(f"{field_name}_file")
        if path is None:
            return None, field_name, False
        if field_name in self._given:
            raise SettingsError(f"{variable}_FILE and {variable} are both set; keep one of them.")
        try:
            content = Path(path.strip()).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"{variable}_FILE names a file that cannot be read; check the path and its permissions.",
            ) from error
        if not content.strip():
            raise SettingsError(f"{variable}_FILE names an empty file; put the secret in it.")
        return content, field_name, False


def load_settings(environ: Mapping[str, str] | None = None, env_file: Path | None = Path(".env")) -> Settings:
    """Read the settings from `environ` (the process's own if None) and, below it, from `env_file`.

    An empty variable counts as unset. Raises `SettingsError`, one line a problem.
    """
    environment = EnvSettingsSource(Settings)
    if environ is not None:
        environment.env_vars = {name.lower(): value for name, value in environ.items()}
    written = _env_file_source(env_file)
    secret_files = _SecretFiles(Settings, _not_empty({**written.env_vars, **environment.env_vars}))
    values = _not_empty({**written(), **environment(), **secret_files()})
    problems = list(secret_files.problems.values())
    told = {name.upper() for name in secret_files.problems}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        sentences = (_sentence(details) for details in error.errors(include_url=False))
        problems += [sentence for sentence in sentences if sentence.split(" ", 1)[0] not in told]
    else:
        if not problems:
            return settings
    raise SettingsError("\n".join(problems))


def _env_file_source(env_file: Path | None) -> DotEnvSettingsSource:
    try:
        return _LiteralEnvFile(Settings, env_file=env_file)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{env_file} cannot be read; it must be a UTF-8 text file that this user may open.",
        ) from error


def _not_empty(variables: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in variables.items() if value and value.strip()}


_HOW_TO_GET: Final = {
    "discord_token": "copy the bot's token from Discord's developer portal into .env",
    "apixo_api_key": "copy the key of your APIXO account into .env",
}
#: What is wrong, by pydantic's type of error; braces are filled from the error's context.
_WORDS: Final = {
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "is too large a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_parsing": "must be true or false",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of {expected}",
    "string_too_short": "must not be empty",
    "value_error": "{error}",
}


def _sentence(details: ErrorDetails) -> str:
    context = details.get("ctx", {})
    if not details["loc"]:
        return str(context.get("error", details["msg"]))
    name = str(details["loc"][0])
    if details["type"] == "missing":
        return f"{name.upper()} is not set; {_HOW_TO_GET[name]}."
    wrong = _WORDS.get(details["type"], "has a value that makes no sense").format(**context)
    entry = (
        f" (entry {details['loc'][1] + 1})"
        if len(details["loc"]) > 1 and isinstance(details["loc"][1], int)
        else ""
    )
    return f"{name.upper()} {wrong}{entry}; mend it in .env or in the environment."
