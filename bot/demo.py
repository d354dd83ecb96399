"""The demo: a local Discord, a local image service and the real bot, with no token and no key.

Starts `python -m sandbox` and `python -m bot run` as two processes with an environment made from nothing,
so that neither a `.env` nor the caller's variables leak in, and stops both whichever way it ends.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import signal
import socket
import sys
import tempfile
import webbrowser
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import aiohttp

from bot.errors import EaselError, SettingsError

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence

#: Seconds that each process has to stop by itself.
STOP_SECONDS: Final = 20.0
#: Seconds until both must be up; a cold start on a slow disk takes a few.
START_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.1
_LAST_LINES: Final = 15
_LISTENING: Final = re.compile(r"sandbox listening on http://\S*:(\d+)")
#: What a Python process needs of its surroundings; everything else stays outside.
_INHERITED: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")
_LAST_PORT: Final = 65_535
_ANY_PERSON: Final = "101"
#: The folder that holds the packages `bot` and `sandbox`, installed or not.
_PROJECT: Final = Path(__file__).resolve().parent.parent
_T = TypeVar("_T")


class ChildEndedError(EaselError):
    """One of the two processes ended, or did not come up; the message shows its last lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What can be chosen; without `data` a temporary folder is used, and removed at the end."""

    host: str = "127.0.0.1"
    port: int = 8700
    realistic: bool = False
    data: Path | None = None
    open_browser: bool = True


async def run_demo(options: DemoOptions, tell: Callable[[str], None]) -> None:
    """Run the demo until Ctrl-C or a signal asks it to stop; `tell` takes the lines for its reader.

    Raises `SettingsError` if it cannot listen there, `ChildEndedError` if a process fails.
    """
    _check_port(options.host, options.port)
    with _data_folder(options.data) as folder:
        demo = Demo(options=options, folder=folder, tell=tell)
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        for number in signals:
            loop.add_signal_handler(number, demo.stop)
        try:
            await demo.run()
        finally:
            for number in signals:
                loop.remove_signal_handler(number)
    tell("The demo has stopped.")


@dataclass(slots=True)
class Child:
    """One of the two processes and the file that holds its output."""

    name: str
    process: Process
    log: Path

    def last_lines(self) -> str:
        """Return the end of what it wrote."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-_LAST_LINES:])

    async def stop(self) -> None:
        """Ask it to stop, wait, and force it if it does not."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self.process.wait()
        except TimeoutError:
            self.kill()
            await self.process.wait()

    def kill(self) -> None:
        """End it at once."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.kill()


@dataclass(slots=True)
class Demo:
    """One run of the demo: its processes and the wish to stop."""

    options: DemoOptions
    folder: Path
    tell: Callable[[str], None]
    children: list[Child] = field(default_factory=list)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Run until asked to stop. Raises `ChildEndedError` if a process ends by itself."""
        playing = asyncio.create_task(self._play())
        wish = asyncio.create_task(self.stopping.wait())
        try:
            await asyncio.wait({playing, wish}, return_when=asyncio.FIRST_COMPLETED)
            if playing.done():
                await playing
        finally:
            playing.cancel()
            wish.cancel()
            await asyncio.gather(playing, wish, return_exceptions=True)
            # The bot first: it says goodbye to a Discord that is still there.
            for child in reversed(self.children):
                await child.stop()

    def stop(self) -> None:
        """Stop gently; asked a second time, at once."""
        if self.stopping.is_set():
            for child in self.children:
                child.kill()
        else:
            self.tell("\nStopping …")
        self.stopping.set()

    async def _play(self) -> None:
        self.tell("Starting a local Discord and the bot …")
        sandbox = await self._spawn("sandbox", _sandbox_arguments(self.options, self.folder), {})
        port = await self._until_up(sandbox, _port_of(sandbox))
        address = f"http://{_reachable(self.options.host)}:{port}"
        settings = _bot_settings(self.options, self.folder, address)
        bot = await self._spawn("bot", ["bot", "--env-file", os.devnull, "run"], settings)
        await self._until_up(bot, _bot_online(address))
        self.tell(f"\n    {address}\n")
        self.tell("Open this address and type /imagine with what you want to see.")
        self.tell(f"Both processes log to {self.folder}. Ctrl-C stops everything.")
        if self.options.open_browser and _has_screen():
            with suppress(webbrowser.Error, OSError):
                await asyncio.to_thread(webbrowser.open, address)
        await self._while_alive(_forever())

    async def _spawn(self, name: str, arguments: Sequence[str], settings: Mapping[str, str]) -> Child:
        log = self.folder / f"{name}.log"
        surroundings = {key: os.environ[key] for key in _INHERITED if key in os.environ}
        environ = {**surroundings, **settings, "PYTHONPATH": str(_PROJECT), "PYTHONUNBUFFERED": "1"}
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                cwd=self.folder,
                env=environ,
                # A terminal's Ctrl-C reaches only the demo, which then stops them in order.
                start_new_session=True,
            )
        child = Child(name, process, log)
        self.children.append(child)
        return child

    async def _until_up(self, child: Child, work: Coroutine[None, None, _T]) -> _T:
        """Return what `work` returns; raise `ChildEndedError` if that takes too long."""
        try:
            async with asyncio.timeout(START_SECONDS):
                return await self._while_alive(work)
        except TimeoutError:
            raise ChildEndedError(_too_slow(child)) from None

    async def _while_alive(self, work: Coroutine[None, None, _T]) -> _T:
        """Return what `work` returns; raise `ChildEndedError` if a process ends first."""
        task = asyncio.create_task(work)
        watchers = {asyncio.create_task(child.process.wait()): child for child in self.children}
        try:
            await asyncio.wait({task, *watchers}, return_when=asyncio.FIRST_COMPLETED)
            for watcher, child in watchers.items():
                if watcher.done():
                    raise ChildEndedError(_epitaph(child))
            return await task
        finally:
            for each in (task, *watchers):
                each.cancel()
            await asyncio.gather(task, *watchers, return_exceptions=True)


def _epitaph(child: Child) -> str:
    code = child.process.returncode
    return f"The {child.name} ended by itself (exit code {code}). Its last lines:\n{child.last_lines()}"


async def _port_of(sandbox: Child) -> int:
    """Wait for the line with which the sandbox says where it listens."""
    while True:
        found = _LISTENING.search(await asyncio.to_thread(sandbox.last_lines))
        if found:
            return int(found[1])
        await asyncio.sleep(_LOOK_SECONDS)


async def _bot_online(address: str) -> None:
    """Wait until the bot is connected and its commands can be typed."""
    async with aiohttp.ClientSession() as session:
        while True:
            with suppress(aiohttp.ClientError):
                async with session.get(f"{address}/side/state", params={"user": _ANY_PERSON}) as response:
                    state = await response.json()
                if state.get("bot_online") and state.get("commands"):
                    return
            await asyncio.sleep(_LOOK_SECONDS)


async def _forever() -> None:
    await asyncio.Event().wait()


def _too_slow(child: Child) -> str:
    waited = f"The {child.name} did not start within {START_SECONDS:.0f} seconds."
    return f"{waited} Its last lines:\n{child.last_lines()}"


def _sandbox_arguments(options: DemoOptions, folder: Path) -> list[str]:
    arguments = ["sandbox", "--host", options.host, "--port", str(options.port)]
    if options.data is not None:
        arguments += ["--data", str(folder / "world")]
    if options.realistic:
        arguments.append("--realistic")
    return arguments


def _bot_settings(options: DemoOptions, folder: Path, address: str) -> dict[str, str]:
    settings = {
        "DISCORD_TOKEN": "sandbox-token",
        "DISCORD_API_URL": f"{address}/discord/api/v10",
        "APIXO_API_KEY": "sandbox-key",
        "APIXO_BASE_URL": f"{address}/apixo/api/v1",
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'easel.db'}",
        "ARCHIVE_URL": f"file:{folder / 'images'}",
        "HTTP_PORT": "0",
        "ALLOW_PRIVATE_PICTURE_HOSTS": "true",
    }
    if not options.realistic:
        settings |= {"POLL_FIRST_SECONDS": "1", "POLL_EVERY_SECONDS": "0.5"}
    return settings


def _check_port(host: str, port: int) -> None:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except (OSError, OverflowError) as error:
        # A port that there cannot be is told first: the resolver complains of it as of an address.
        is_host = isinstance(error, socket.gaierror) or getattr(error, "errno", None) == errno.EADDRNOTAVAIL
        if is_host and 0 <= port <= _LAST_PORT:
            msg = f"{host} is not an address of this machine; choose another one with --host."
        else:
            msg = (
                f"Port {port} on {host} is not free; choose another one with --port, for example --port 9000."
            )
        raise SettingsError(msg) from error


def _reachable(host: str) -> str:
    """Return the address by which this machine reaches a server that listens on `host`."""
    if host in {"", "0.0.0.0", "::"}:  # noqa: S104 - compared with, not bound to
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _has_screen() -> bool:
    # Without one, webbrowser would start a text browser in this very terminal.
    return sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


@contextmanager
def _data_folder(data: Path | None) -> Iterator[Path]:
    if data is None:
        with tempfile.TemporaryDirectory(prefix="easel-demo-", ignore_cleanup_errors=True) as folder:
            yield Path(folder).resolve()
        return
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"{data} cannot be used as a folder; choose another one with --data.") from error
    yield data.resolve()
