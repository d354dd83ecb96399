"""A process that a test starts, and patience with what happens in it.

Each is a fork of one server process that has imported the bot and the sandbox before, because importing them
anew takes longer than most tests; it runs the same module as `python -m` would, with an environment of its
own. What it wrote is kept in a file; nothing is left running when it is closed.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import runpy
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from multiprocessing.context import ForkServerProcess

ROOT: Final = Path(__file__).parents[2]
#: Seconds that anything in these tests may take before it counts as not happening.
PATIENCE: Final = 40.0
_LOOK: Final = 0.05
_INHERITED: Final = ("PATH", "HOME", "LANG", "TMPDIR")
_FORKS: Final = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["bot.lifetime", "sandbox.app"])

_Found = TypeVar("_Found")


async def until(look: Callable[[], Awaitable[_Found]], *, what: str, patience: float = PATIENCE) -> _Found:
    """Return what `look` returns as soon as that is something."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience
    while loop.time() < deadline:
        found = await look()
        if found:
            return found
        await asyncio.sleep(_LOOK)
    raise AssertionError(f"waited {patience:.0f} s in vain for: {what}")


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with nothing of the machine's own but what a process needs to start."""
    return {name: os.environ[name] for name in _INHERITED if name in os.environ} | dict(extra)


class Running:
    """A process that was started."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit status, or minus the signal that ended it; None while it runs."""
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def wait(self) -> int:
        """Wait for its end and return what `returncode` says then."""
        await asyncio.to_thread(self._process.join)
        assert self._process.exitcode is not None
        return self._process.exitcode


class Child:
    """A process whose output goes to a file."""

    def __init__(self, name: str, log: Path) -> None:
        self.name = name
        self.log = log
        self.process: Running | None = None

    async def spawn(self, *arguments: str, env: Mapping[str, str], cwd: Path) -> None:
        """Start it; its output is appended to what an earlier run wrote."""
        process = _FORKS.Process(
            target=_run, args=(arguments, environment(env), str(cwd), str(self.log)), name=self.name
        )
        await asyncio.to_thread(process.start)
        self.process = Running(process)

    def text(self) -> str:
        """Return everything it wrote."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, and return the exit code."""
        assert self.process
        self.process.send_signal(number)
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()

    async def close(self) -> None:
        """Make sure that nothing is left running."""
        if self.process and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()


def _run(arguments: tuple[str, ...], env: dict[str, str], cwd: str, log: str) -> None:
    """Be `python -m` with these arguments, in the new process."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor in (1, 2):
        os.dup2(output, descriptor)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv = list(arguments)
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
