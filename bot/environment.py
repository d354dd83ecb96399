"""Reads the settings from the environment and from a `.env` file; the environment wins.

Done by pydantic-settings, but for secrets in files of their own. Whatever is wrong stops the start with one
sentence a problem that names the variable and says how to mend it; a secret's value never appears in one.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dotenv.parser import parse_stream
from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
)

from bot.errors import SettingsError
from bot.settings import SECRET_NAMES, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

#: Attributes to which an empty variable says something else than one that is not set.
_MAY_BE_EMPTY: Final = frozenset({"archive_url"})
_VARIABLES: Final = frozenset(
    [name.upper() for name in Settings.model_fields] + [f"{name.upper()}_FILE" for name in SECRET_NAMES]
)
#: How like a setting (1 is equal) a name is that counts as misspelt; others are somebody else's.
_ALIKE: Final = 0.85


class _LiteralEnvFile(DotEnvSettingsSource):
    """A `.env` file in which a `$` is a dollar sign: pydantic-settings would put variables into secrets.

    A line that is no setting, or names one almost, stops the start: without it a limit would be missing.
    """

    def _read_env_file(self, file_path: Path) -> Mapping[str, str | None]:
        with file_path.open(encoding=self.env_file_encoding) as file:
            lines = list(parse_stream(file))
        wrong = [
            f"{file_path} cannot be understood at line {line.original.line}; write it as NAME=value."
            for line in lines
            if line.error
        ]
        wrong += [
            f"{file_path} sets {key}, which is no setting; is {meant[0]} meant?"
            for key in sorted({line.key.upper() for line in lines if line.key} - _VARIABLES)
            if (meant := get_close_matches(key, _VARIABLES, n=1, cutoff=_ALIKE))
        ]
        if wrong:
            raise SettingsError("\n".join(wrong))
        return {line.key.lower(): line.value for line in lines if line.key is not None}


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
            content = Path(path.strip()).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"{variable}_FILE names a file that cannot be read; check the path and its permissions.",
            ) from error
        if not content.strip():
            raise SettingsError(f"{variable}_FILE names an empty file; put the secret in it.")
        return content, field_name, False


def load_settings(environ: Mapping[str, str] | None = None, env_file: Path | None = Path(".env")) -> Settings:
    """Read the settings from `environ` (the process's own if None) and, below it, from `env_file`.

    An empty variable counts as unset, except that an empty `ARCHIVE_URL` turns the archive off.
    Raises `SettingsError`, one line a problem.
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
        if env_file is not None and _would_be_passed_over(env_file):
            raise SettingsError(f"{env_file} is no file; put the settings into a text file of that name.")
        return _LiteralEnvFile(Settings, env_file=env_file)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{env_file} cannot be read; it must be a UTF-8 text file that this user may open.",
        ) from error


def _would_be_passed_over(env_file: Path) -> bool:
    # Docker makes a folder of a file that it does not find. What is empty on purpose, as /dev/null, may be.
    return env_file.exists() and not (env_file.is_file() or env_file.is_char_device())


def _not_empty(variables: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in variables.items()
        if value is not None and (value.strip() or name in _MAY_BE_EMPTY)
    }


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
    context = {
        name: f"{value:.15g}" if isinstance(value, float) else value
        for name, value in details.get("ctx", {}).items()
    }
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
