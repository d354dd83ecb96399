"""The demo as a newcomer runs it: two processes, one address, a clean end."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 40
#: What would break the bot if it leaked in from the folder or from the caller's environment.
FOREIGN = {"DISCORD_TOKEN": "of-the-real-bot", "DISCORD_API_URL": "http://192.0.2.1", "LOG_LEVEL": "nonsense"}


@asynccontextmanager
async def demo(cwd: Path, *arguments: str) -> AsyncIterator[Process]:
    """Start `easel demo` in a folder with somebody's `.env`; end it whatever happens."""
    (cwd / ".env").write_text("APIXO_API_KEY=of-the-real-bot\nHTTP_PORT=nonsense\n", encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "demo", "--no-browser", *arguments),
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TMPDIR": str(cwd), **FOREIGN},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(PATIENCE):
            await process.communicate()


async def address_of(process: Process) -> str:
    """Read what it prints up to the line that holds the address."""
    assert process.stdout is not None
    printed = ""
    async with asyncio.timeout(PATIENCE):
        while line := await process.stdout.readline():
            printed += line.decode()
            found = re.fullmatch(r" {4}(http://127\.0\.0\.1:\d+)\n", line.decode())
            if found:
                return found[1]
    assert process.stderr is not None
    pytest.fail(f"no address in: {printed}\n{(await process.stderr.read()).decode()}")


async def ended(process: Process) -> tuple[int | None, str, str]:
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


def left_over(folder: Path) -> list[Path]:
    return list(folder.glob("easel-demo-*"))


async def children_of(process: Process) -> list[int]:
    """The sandbox's process and the bot's, in the order of their start."""
    listed = await asyncio.create_subprocess_exec(
        "pgrep", "-P", str(process.pid), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await listed.communicate()
    return sorted(int(number) for number in out.split())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_bot_comes_online_and_a_signal_ends_everything(
    tmp_path: Path, number: signal.Signals
) -> None:
    async with demo(tmp_path, "--port", "0") as process:
        address = await address_of(process)
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{address}/side/state", params={"user": "101"}) as response,
        ):
            assert (await response.json())["bot_online"] is True
        children = await children_of(process)
        assert len(children) == 2
        process.send_signal(number)
        code, out, err = await ended(process)
    assert code == 0, err
    assert out.endswith("The demo has stopped.\n")
    assert not err
    assert not left_over(tmp_path)
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)


async def test_with_a_data_folder_everything_is_kept_there(tmp_path: Path) -> None:
    data = tmp_path / "kept here"
    async with demo(tmp_path, "--port", "0", "--data", str(data)) as process:
        await address_of(process)
        process.send_signal(signal.SIGINT)
        code, _, err = await ended(process)
    assert code == 0, err
    assert {"easel.db", "bot.log", "sandbox.log"} <= {path.name for path in data.iterdir()}
    assert "of-the-real-bot" not in (data / "bot.log").read_text(encoding="utf-8")


async def test_a_process_that_dies_ends_the_demo_and_is_named(tmp_path: Path) -> None:
    async with demo(tmp_path, "--port", "0") as process:
        await address_of(process)
        children = await children_of(process)
        os.kill(children[-1], signal.SIGKILL)
        code, _, err = await ended(process)
    assert code == 1
    assert err.startswith("The bot ended by itself (exit code -9). Its last lines:\n")
    with pytest.raises(ProcessLookupError):
        os.kill(children[0], 0)


async def test_an_address_that_is_not_this_machines_gets_one_sentence(tmp_path: Path) -> None:
    # One of those that are kept for documentation, so no machine has it.
    async with demo(tmp_path, "--port", "0", "--host", "192.0.2.1") as process:
        code, out, err = await ended(process)
    assert (code, out) == (2, "")
    assert err == "192.0.2.1 is not an address of this machine; choose another one with --host.\n"


async def test_a_busy_port_gets_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with demo(tmp_path, "--port", str(port)) as process:
            code, out, err = await ended(process)
    assert code == 2
    assert not out
    assert err == (
        f"Port {port} on 127.0.0.1 is not free; choose another one with --port, for example --port 9000.\n"
    )
