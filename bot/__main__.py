"""The command line `easel`: run the bot, try it, check and prepare it.

Says one sentence and leaves with 2 when it cannot start, 1 when something failed later, 0 otherwise.
Each command's work is in a room of its own; here are only words, arguments and exit codes.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.environment import load_settings
from bot.errors import EaselError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.settings import Settings

OK: Final = 0
FAILED: Final = 1
CANNOT_START: Final = 2
_DEFAULT_ENV_FILE: Final = Path(".env")
_HEALTH_SECONDS: Final = 5.0
#: A month, in seconds.
_LONGEST_WAIT: Final = 2_592_000.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says and return the exit code."""
    options = parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except EaselError as error:
        print(error, file=sys.stderr)
        return CANNOT_START
    except KeyboardInterrupt:
        # Broken off is no success: `easel check && easel run` must not go on.
        return OK if command in (_run, _demo) else FAILED


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line."""
    easel = argparse.ArgumentParser(prog="easel", description="A Discord bot that makes pictures.")
    easel.add_argument(
        "--env-file",
        type=Path,
        help="read the settings from this file instead of .env",
    )
    commands = easel.add_subparsers(required=True, metavar="command")
    _add(commands, "run", _run, "run the bot")
    demo = _add(commands, "demo", _demo, "try the bot in a browser, with no token and no key")
    demo.add_argument(
        "--port", type=int, default=8700, help="where the page is (%(default)s; 0 takes a free one)"
    )
    demo.add_argument("--host", default="127.0.0.1", help="the address to listen on (%(default)s)")
    demo.add_argument(
        "--realistic", action="store_true", help="a picture takes as long as in earnest, about 30 s"
    )
    demo.add_argument("--data", type=Path, metavar="DIR", help="keep everything in this folder for next time")
    demo.add_argument("--no-browser", action="store_true", help="do not open a browser")
    _add(
        commands,
        "check",
        _check,
        "say whether the settings, Discord, APIXO, the database and the archive work",
    )
    _add(commands, "migrate", _migrate, "bring the database up to date; `run` does it by itself")
    invite = _add(commands, "invite", _invite, "print the link that adds the bot to a server")
    invite.add_argument("--application-id", type=int, help="asked from Discord if it is not given")
    jobs = _add(commands, "jobs", _jobs_list, "show what waits and what is under way")
    of_jobs = jobs.add_subparsers(metavar="what")
    _add(of_jobs, "list", _jobs_list, "show what waits and what is under way")
    drain = _add(of_jobs, "drain", _jobs_drain, "let the running bot finish what is under way, and stop")
    drain.add_argument(
        "--timeout",
        type=_seconds,
        default=600,
        metavar="SECONDS",
        help="go on as before if it is not done by then (%(default)s)",
    )
    _add(commands, "healthcheck", _healthcheck, "ask the running bot whether it is well, for containers")
    return easel


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    command: Callable[[argparse.Namespace], int],
    text: str,
) -> argparse.ArgumentParser:
    added = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    added.set_defaults(command=command)
    return added


def _settings(options: argparse.Namespace) -> Settings:
    chosen: Path | None = options.env_file
    if chosen is not None and not _may_be_there(chosen):
        raise SettingsError(f"The file {chosen} does not exist; give --env-file one that does.")
    return load_settings(env_file=chosen or _DEFAULT_ENV_FILE)


def _may_be_there(file: Path) -> bool:
    try:
        return file.exists()
    except OSError:
        # What is wrong with it is said by whoever reads it.
        return True


def _seconds(text: str) -> float:
    with suppress(ValueError):
        if 0 < float(text) <= _LONGEST_WAIT:
            return float(text)
    raise argparse.ArgumentTypeError(f"must be a number, more than 0 and at most {_LONGEST_WAIT:.0f}")


def _run(options: argparse.Namespace) -> int:
    # Here and not above: discord.py is slow to load, and the other commands do not need it.
    from bot import lifetime, logs  # noqa: PLC0415

    settings = _settings(options)
    logs.set_up_logging(settings.log_level, settings.log_format, settings.secret_values)
    return asyncio.run(lifetime.run(settings))


def _demo(options: argparse.Namespace) -> int:
    from bot import demo  # noqa: PLC0415 - aiohttp is slow to load

    choices = demo.DemoOptions(
        host=options.host,
        port=options.port,
        realistic=options.realistic,
        data=options.data,
        open_browser=not options.no_browser,
    )
    try:
        asyncio.run(demo.run_demo(choices, lambda line: print(line, flush=True)))
    except demo.ChildEndedError as error:
        print(error, file=sys.stderr)
        return FAILED
    return OK


def _check(options: argparse.Namespace) -> int:
    from bot import checkup  # noqa: PLC0415 - aiohttp is slow to load

    findings = asyncio.run(checkup.check_everything(_settings(options)))
    for finding in findings:
        print(finding)
    return OK if all(finding.ok for finding in findings) else FAILED


def _migrate(options: argparse.Namespace) -> int:
    from bot import clock, store  # noqa: PLC0415 - SQLAlchemy is slow to load

    settings = _settings(options)

    async def open_and_close() -> None:
        async with store.open_store(settings.database_url, clock=clock.SystemClock()):
            pass

    asyncio.run(open_and_close())
    print(f"{settings.database_file} is up to date.")
    return OK


def _invite(options: argparse.Namespace) -> int:
    from bot import checkup, invite  # noqa: PLC0415 - aiohttp is slow to load

    application_id: int | None = options.application_id
    if application_id is None:
        application_id = asyncio.run(checkup.application_id(_settings(options)))
    print(invite.invite_link(application_id))
    print("\nIt asks for these permissions and no others:")
    for permission in invite.PERMISSIONS:
        print(f"  {permission.name}: {permission.reason}")
    return OK


def _jobs_list(options: argparse.Namespace) -> int:
    from bot import upkeep  # noqa: PLC0415 - SQLAlchemy is slow to load

    for line in asyncio.run(upkeep.overview(_settings(options))):
        print(line)
    return OK


def _jobs_drain(options: argparse.Namespace) -> int:
    from bot import upkeep  # noqa: PLC0415 - SQLAlchemy is slow to load

    settings = _settings(options)

    async def drain() -> bool:
        # What `docker stop` and `timeout` send: the bot is to go on then, as it does after Ctrl-C.
        if task := asyncio.current_task():
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await upkeep.drain(settings, lambda line: print(line, flush=True), within=options.timeout)

    try:
        return OK if asyncio.run(drain()) else FAILED
    except asyncio.CancelledError:
        return FAILED


def _healthcheck(options: argparse.Namespace) -> int:
    settings = _settings(options)
    if settings.http_port == 0:
        raise SettingsError("HTTP_PORT is 0, so nobody knows which port to ask; set a number there.")
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - looked up, not bound to
    host = everywhere.get(settings.http_host, settings.http_host)
    connection = http.client.HTTPConnection(host, settings.http_port, timeout=_HEALTH_SECONDS)
    try:
        connection.request("GET", "/healthz")
        well = connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        well = False
    finally:
        connection.close()
    print("The bot is well." if well else f"The bot does not answer at port {settings.http_port}.")
    return OK if well else FAILED


if __name__ == "__main__":
    sys.exit(main())
