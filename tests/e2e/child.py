"""A process that a test starts, and patience with what happens in it.

What it wrote is kept in a file; nothing is left running when it is closed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Awaitable, Callable, Mapping

ROOT: Final = Path(__file__).parents[2]
#: Seconds that anything in these tests may take before it counts as not happening.
PATIENCE: Final = 40.0
_LOOK: Final = 0.05
_INHERITED: Final = ("PATH", "HOME", "LANG", "TMPDIR")

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


class Child:
    """A process whose output goes to a file."""

    def __init__(self, name: str, log: Path) -> None:
        self.name = name
        self.log = log
        self.process: Process | None = None

    async def spawn(self, *arguments: str, env: Mapping[str, str], cwd: Path) -> None:
        """Start it; its output is appended to what an earlier run wrote."""
        with self.log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment({"PYTHONPATH": str(ROOT), **env}),
                cwd=cwd,
            )

    def text(self) -> str:
        """Return everything it wrote."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, and return the exit code."""
        assert self.process
        with suppress(ProcessLookupError):
            self.process.send_signal(number)
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()

    async def close(self) -> None:
        """Make sure that nothing is left running."""
        if self.process and self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()
